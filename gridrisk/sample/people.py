"""Buildings and customers of the sample city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.sample import words
from gridrisk.sample.blocks import row_y
from gridrisk.sample.segments import MUNICIPAL, RISER, SERVICE
from gridrisk.sample.streets import INDUSTRY, OLD, PUBLIC, SLAB, TOWER
from gridrisk.sample.tables import dates, flags, numbered, optional, partly, polygons

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gridrisk.sample.design import Design
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.nature import Nature

_PUBLIC_KINDS = (
    ("school", 0.22),
    ("kindergarten", 0.13),
    ("hospital", 0.07),
    ("elderly_home", 0.06),
    ("welfare", 0.02),
    ("hotel", 0.10),
    ("market", 0.07),
    ("government", 0.13),
    ("canteen", 0.10),
    ("entertainment", 0.05),
    ("religious", 0.03),
    ("other", 0.02),
)
_PEOPLE = {"school": 900, "kindergarten": 200, "hospital": 700, "elderly_home": 120, "market": 250, "hotel": 180}
_CRITICAL = ("hospital", "elderly_home", "school", "kindergarten", "welfare")


@dataclass(frozen=True)
class Built:
    """Buildings as a survey has them, and the illegal ones that were built over pipes."""

    table: pd.DataFrame
    geometry: NDArray[np.object_]
    illegal: NDArray[np.bool_]


@dataclass(frozen=True)
class Uses:
    """What each regular building is used for: floors, the kind of place, households a staircase, people."""

    floors: NDArray[np.int64]
    kind: NDArray[np.object_]
    households: NDArray[np.int64]
    people: NDArray[np.float64]


def uses(design: Design, makeup: MakeUp) -> Uses:
    """Decide the use of every building."""
    rng = makeup.chance(61)
    block = design.houses.block
    kind, n = design.blocks.kind[block], len(block)
    least, most = makeup.by_kind("floors.lowest")[kind], makeup.by_kind("floors.highest")[kind]
    compound = rng.random(len(design.blocks.kind))[block]
    floors = np.floor(least + (most - least + 0.99) * np.clip(compound + rng.normal(0, 0.12, n), 0, 1)).astype(np.int64)
    names, weights = zip(*_PUBLIC_KINDS, strict=True)
    place = np.array(names, dtype=object)[rng.choice(len(names), n, p=np.array(weights) / sum(weights))]
    place = np.where(kind == INDUSTRY, "industry", np.where(kind == PUBLIC, place, "resident")).astype(object)
    flats = np.select([kind == OLD, kind == SLAB, kind == TOWER], [1 + floors, 2 * floors, 4 * floors], 0)
    homes = np.where(kind == SLAB, 2, 1) * flats * makeup.city.number("people_per_household")
    crowd = np.full(n, 60.0)
    for name, people in _PEOPLE.items():
        crowd[place == name] = people
    crowd = crowd * rng.lognormal(0, 0.4, n)
    head_count: NDArray[np.float64] = np.where(place == "resident", homes * rng.uniform(0.8, 1.05, n), crowd).round()
    return Uses(floors, place, flats, head_count)


def buildings(design: Design, use: Uses, makeup: MakeUp) -> Built:
    """Draw all buildings: the regular ones, extensions over courtyard pipes, kiosks over mains."""
    rng = makeup.chance(62)
    houses, n = design.houses, len(design.houses.block)
    kind = design.blocks.kind[houses.block]
    bent = rng.random(n) < np.where(np.isin(kind, (PUBLIC, OLD)), 0.3, 0.08)
    shape = _footprints(design, houses.block, houses.x_m, houses.y_m, bent)
    unsure = rng.random((n, 3)) < makeup.city.table("unknown")["boolean"] / 2
    permit_lost = unsure[:, 0] | (kind == OLD) & (rng.random(n) < 0.15)
    below = np.isin(kind, (TOWER, PUBLIC)) & (rng.random(n) < 0.65)
    words_of = np.array(["老旧民居", "住宅", "高层住宅", "公共建筑", "厂房"], dtype=object)
    regular = pd.DataFrame(
        {
            "kind": words_of[kind],
            "height_m": np.round(use.floors * np.where(kind == INDUSTRY, 6.0, 3.0) + rng.uniform(0.3, 1.5, n), 1),
            "floors": use.floors,
            "people": use.people,
            "permitted": flags(np.ones(n, dtype=bool), permit_lost),
            "basement": flags(below, unsure[:, 1] & (kind != TOWER)),
        }
    )
    over, crowd = _illegal(design, makeup, rng)
    lean = pd.DataFrame(
        {
            "kind": np.where(np.arange(len(over)) < crowd, "违章搭建", "亭棚"),
            "height_m": np.round(rng.uniform(2.4, 3.6, len(over)), 1),
            "floors": 1,
            "people": np.round(rng.uniform(0, 6, len(over))),
            "permitted": partly(0.0, 0.3, len(over), rng),
            "basement": flags(np.zeros(len(over), dtype=bool), np.zeros(len(over), dtype=bool)),
        }
    )
    table = pd.concat([regular, lean], ignore_index=True)
    return Built(
        numbered(table, "JZ", "building_id", 7),
        np.concatenate([shape, over]),
        np.r_[np.zeros(n, bool), np.ones(len(over), bool)],
    )


def _footprints(
    design: Design,
    block: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    bent: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Draw rectangles, and shapes of an L where `bent` (the back corner is missing; the front stays whole)."""
    shape = np.empty(len(block), dtype=object)
    for which, us, vs in (
        (~bent, (0.0, 1.0, 1.0, 0.0), (0.0, 0.0, 1.0, 1.0)),
        (bent, (0.0, 1.0, 1.0, 0.45, 0.45, 0.0), (0.0, 0.0, 0.5, 0.5, 1.0, 1.0)),
    ):
        b, xs, ys = block[which], x[which], y[which]
        ring = [
            design.on_ground(b, xs[:, 0] + u * (xs[:, 1] - xs[:, 0]), ys[:, 0] + v * (ys[:, 1] - ys[:, 0]))
            for u, v in zip(us, vs, strict=True)
        ]
        shape[which] = polygons(ring)
    return shape


def _illegal(design: Design, makeup: MakeUp, rng: np.random.Generator) -> tuple[NDArray[np.object_], int]:
    """Draw what was built over pipes; return the shapes and how many of them are extensions of buildings."""
    table, houses, blocks = makeup.city.table("hazards"), design.houses, design.blocks
    share = np.where(blocks.kind[houses.block] == OLD, table["extension_old"], table["extension"])
    k = np.flatnonzero(houses.gas & (rng.random(len(houses.block)) < share))
    middle, half = houses.x_m[k].mean(axis=1), (houses.x_m[k, 1] - houses.x_m[k, 0]) * rng.uniform(0.15, 0.3, len(k))
    x = np.stack([middle - half, middle + half], axis=1)
    front = row_y(blocks, houses.block[k], houses.row[k]) - rng.uniform(0.4, 0.9, len(k))
    y = np.stack([front, houses.y_m[k, 0]], axis=1)
    lean = _footprints(design, houses.block[k], x, y, np.zeros(len(k), dtype=bool))
    pipes = design.pipes
    along = pipes.end - pipes.start
    length = np.hypot(*along.T)
    m = np.flatnonzero(
        (pipes.setting == MUNICIPAL) & ~pipes.wet & (length > 18) & (rng.random(len(pipes)) < table["kiosk"])
    )
    forward = along[m] / length[m, None]
    across = np.c_[-forward[:, 1], forward[:, 0]]
    centre = pipes.start[m] + along[m] * rng.uniform(0.3, 0.7, (len(m), 1)) + across * rng.normal(0, 0.4, (len(m), 1))
    ring = [centre + s * 2.4 * forward + t * 1.4 * across for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    kiosk = polygons(ring)
    return np.concatenate([lean, kiosk]), len(lean)


def customers(
    design: Design,
    true: Nature,
    use: Uses,
    town_of: Callable[[NDArray[np.float64]], NDArray[np.object_]],
    makeup: MakeUp,
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return the customers' fields indexed by customer_id, and their places.

    One row for every staircase of flats, every public place and works, and every eating place on a street.
    """
    rng = makeup.chance(63)
    parts = [_homes(design, true, use, rng), _places(design, true, use, rng), _eating(design, true, makeup, rng)]
    house = np.concatenate([p.pop("house").to_numpy() for p in parts])
    shift = np.concatenate([np.asarray(p.pop("shift")) for p in parts])
    table = pd.concat(parts, ignore_index=True)
    houses = design.houses
    x = houses.x_m[house, 0] + (0.1 + 0.8 * shift) * (houses.x_m[house, 1] - houses.x_m[house, 0])
    y = houses.y_m[house, 0] + rng.uniform(0.05, 0.45, len(house)) * (houses.y_m[house, 1] - houses.y_m[house, 0])
    place = design.on_ground(houses.block[house], x, y)
    block = houses.block[house]
    kind = design.blocks.kind[block]
    name = pd.Series(words.compounds(block, design.blocks.built[block]))
    table["address"] = name + (house % 97 + 1).astype(str) + "号" + table.pop("sign").fillna("")
    table["town_id"] = town_of(place)
    table["building_height_m"] = np.round(use.floors[house] * 3.0 + 1, 1)
    old = ((kind == OLD) | (kind == SLAB)) & (design.blocks.built[block] < 2000)
    table["old_community"] = flags(old, rng.random(len(old)) < 0.06)
    table["critical"] = flags(table["kind"].isin(_CRITICAL).to_numpy(), rng.random(len(old)) < 0.05)
    _devices(table, rng)
    return numbered(table, "YH", "customer_id", 7), place


def _devices(table: pd.DataFrame, rng: np.random.Generator) -> None:
    """Fill in which safety devices a place has, partly not known; changes the table that it was given."""
    n = len(table)
    home, gas = (table["kind"] == "resident").to_numpy(), (table["fuel"] == "pipe").to_numpy()
    for name, at_home, elsewhere in (
        ("alarm", 0.12, 0.75),
        ("alarm_linked_shutoff", 0.05, 0.6),
        ("self_closing_valve", 0.4, 0.2),
        ("metal_hose", 0.6, 0.8),
        ("safety_kit", 0.15, 0.05),
        ("smart_meter", 0.45, 0.6),
        ("burner_ok", 0.85, 0.88),
    ):
        has = rng.random(n) < np.where(home, at_home, elsewhere) * np.where(gas, 1.0, 0.6)
        table[name] = flags(has, rng.random(n) < 0.18)


def _riser_of(design: Design, setting: int) -> NDArray[np.int64]:
    """Return the first segment of a setting at every building, -1 where it has none."""
    first = np.full(len(design.houses.block), -1, dtype=np.int64)
    rows = np.flatnonzero(design.pipes.setting == setting)[::-1]
    first[design.pipes.house[rows]] = rows
    return first


def _known(
    ids: NDArray[np.object_], rows: NDArray[np.int64], share: float, rng: np.random.Generator
) -> NDArray[np.object_]:
    """Return pipe numbers of segments where there is one and the register has it."""
    return optional((rows >= 0) & (rng.random(len(rows)) < share), ids[np.maximum(rows, 0)])


def _homes(design: Design, true: Nature, use: Uses, rng: np.random.Generator) -> pd.DataFrame:
    pipes = design.pipes
    lives = np.flatnonzero((use.kind == "resident") & (use.households > 0))
    risers = np.flatnonzero((pipes.setting == RISER) & ~true.idle)
    risers = risers[use.kind[pipes.house[risers]] == "resident"]
    dry = np.setdiff1d(lives, pipes.house[risers])
    house = np.r_[pipes.house[risers], dry]
    riser = np.r_[risers, np.full(len(dry), -1)]
    kind = design.blocks.kind[design.houses.block[house]]
    draw = rng.random(len(house))
    other = np.where(draw < np.where(kind == OLD, 0.86, 0.55), "bottle", np.where(draw < 0.97, "electric", "none"))
    homes = use.households[house] * np.where((riser < 0) & (kind == SLAB), 2, 1)
    return pd.DataFrame(
        {
            "house": house,
            "shift": rng.random(len(house)),
            "kind": "resident",
            "fuel": np.where(riser >= 0, "pipe", other),
            "households": homes,
            "pipe_id": _known(true.pipe_id, riser, 0.96, rng),
            "peak_m3h": np.round(np.where(riser >= 0, homes * 0.45, np.nan), 2),
            "needy": partly(0.04, 0.1, len(house), rng),
            "sign": None,
        }
    )


def _places(design: Design, true: Nature, use: Uses, rng: np.random.Generator) -> pd.DataFrame:
    house = np.flatnonzero(use.kind != "resident")
    riser = _riser_of(design, RISER)[house]
    riser = np.where((riser >= 0) & true.idle[riser], -1, riser)
    n = len(house)
    industry = use.kind[house] == "industry"
    dry = np.where(rng.random(n) < 0.45, "bottle", np.where(rng.random(n) < 0.7, "electric", "none"))
    opened = np.datetime64("1996-01-01") + rng.integers(0, 9500, n)
    return pd.DataFrame(
        {
            "house": house,
            "shift": rng.random(n),
            "kind": use.kind[house],
            "fuel": np.where(riser >= 0, "pipe", dry),
            "pipe_id": _known(true.pipe_id, riser, 0.96, rng),
            "peak_m3h": np.round(
                np.where(riser >= 0, rng.lognormal(2.2, 0.7, n) * np.where(industry, 12, 1), np.nan), 1
            ),
            "area_m2": np.round(rng.lognormal(6.0, 0.7, n)),
            "premises": np.where(use.kind[house] == "hotel", "large_hotel", "courtyard"),
            "licensed": partly(1.0, 0.1, n, rng),
            "legal_building": partly(1.0, 0.1, n, rng),
            "opened_on": dates(opened),
            "sign": None,
        }
    )


def _eating(design: Design, true: Nature, makeup: MakeUp, rng: np.random.Generator) -> pd.DataFrame:
    """Place restaurants and shops in the buildings that stand at a street."""
    table, houses, blocks = makeup.city.table("catering"), design.houses, design.blocks
    kind = blocks.kind[houses.block]
    edge = (houses.row == 0) | (houses.column == 0)
    edge |= (houses.row == blocks.rows[houses.block] - 1) | (houses.column == blocks.columns[houses.block] - 1)
    house = np.repeat(
        np.arange(len(edge)), np.where(edge & (kind != INDUSTRY), rng.poisson(table["per_building"], len(edge)), 0)
    )
    n, kind = len(house), kind[house]
    service = _riser_of(design, SERVICE)[house]
    service = np.where((service >= 0) & true.idle[service], -1, service)
    draw = rng.random((n, 8))
    bottle = np.where(kind == OLD, table["bottle_old"], table["bottle"])
    fuel = np.where((service >= 0) & (draw[:, 0] > bottle + table["electric"]), "pipe", "bottle")
    fuel = np.where(draw[:, 0] < table["electric"], "electric", fuel)
    area = np.round(np.clip(rng.lognormal(4.3, 0.75, n), 12, 2500))
    kitchen = area * rng.uniform(0.15, 0.35, n)
    seen = draw[:, 1] < table["kitchen_known"]
    as_of = np.datetime64(makeup.as_of)
    opened = as_of - rng.integers(400, 6500, n)
    recent = draw[:, 2] < table["after_2023"]
    opened = np.where(recent, np.minimum(np.datetime64("2023-10-02") + rng.integers(0, 400, n), as_of), opened)
    converted = (fuel == "pipe") & (draw[:, 3] < 0.3)
    lit = as_of - rng.integers(10, 700, n)
    lit = np.where(converted & (lit > opened), lit, np.datetime64("NaT"))
    checked = np.where(draw[:, 4] < 0.7, np.minimum(lit + 20, as_of), np.datetime64("NaT"))
    street = ("street", "courtyard", "pedestrian_street", "temporary", "mobile")
    mall = ("complex", "office_tower", "street", "pedestrian_street", "large_hotel")
    premises = np.where(
        kind == PUBLIC,
        np.array(mall)[rng.choice(5, n, p=(0.4, 0.2, 0.2, 0.12, 0.08))],
        np.array(street)[rng.choice(5, n, p=(0.84, 0.07, 0.04, 0.03, 0.02))],
    )
    premises = optional(draw[:, 5] >= 0.08, premises)

    level = np.array(["ground", "upper", "semi_basement", "basement"])[rng.choice(4, n, p=(0.86, 0.11, 0.01, 0.02))]
    return pd.DataFrame(
        {
            "house": house,
            "shift": rng.random(n),
            "kind": np.array(["catering", "shop", "entertainment"])[rng.choice(3, n, p=(0.84, 0.13, 0.03))],
            "fuel": fuel,
            "pipe_id": _known(true.pipe_id, np.where(fuel == "pipe", service, -1), 0.9, rng),
            "peak_m3h": np.round(np.where(fuel == "pipe", 1.5 + area * 0.03, np.nan), 1),
            "area_m2": np.where(draw[:, 6] < 0.15, np.nan, area),
            "floor_area_kind": level,
            "premises": premises,
            "licensed": partly(table["licensed"], 0.15, n, rng),
            "legal_building": partly(0.95, 0.2, n, rng),
            "kitchen_area_m2": np.where(seen, np.round(kitchen, 1), np.nan),
            "vent_area_m2": np.where(
                seen & (draw[:, 7] < 0.85), np.round(kitchen * rng.uniform(0.04, 0.25, n), 2), np.nan
            ),
            "kitchen_outside_opening": partly(0.7, 0.3, n, rng),
            "opened_on": dates(opened, draw[:, 7] >= 0.12),
            "wants_electric": partly(0.07, 0.3, n, rng),
            "converted_on": dates(lit),
            "verified_on": dates(checked),
            "sign": words.eating_places(rng.integers(0, 10_000, n)),
        }
    )
