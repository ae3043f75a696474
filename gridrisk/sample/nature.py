"""What the pipes truly are: when they were laid, of what, by whom together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.sample.mains import LOW, MEDIUM_A, MEDIUM_B, SUB_HIGH_B
from gridrisk.sample.segments import COURTYARD, MUNICIPAL, RISER, SERVICE
from gridrisk.sample.streets import OLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.design import Design
    from gridrisk.sample.makeup import MakeUp

MATERIALS = ("grey_cast_iron", "ductile_iron", "steel", "pe")
GREY, DUCTILE, STEEL, PE = range(4)
#: Nominal bore to outer diameter of polyethylene pipe, millimetres.
_PE_OUTER = {40: 50, 50: 63, 65: 75, 80: 90, 100: 110, 150: 160, 200: 200, 250: 250, 300: 315, 400: 400}
_ID_PREFIX = ("SZ", "TY", "RH", "LG")


@dataclass(frozen=True)
class Nature:
    """What the pipes truly are; the survey knows less.

    `batch` numbers what was laid together by one crew: a street's main, or a courtyard.
    """

    pipe_id: NDArray[np.object_]
    batch: NDArray[np.int64]
    year: NDArray[np.int64]
    material: NDArray[np.int64]
    diameter_mm: NDArray[np.float64]
    cathodic: NDArray[np.bool_]
    length_m: NDArray[np.float64]
    idle: NDArray[np.bool_]


def decide(design: Design, makeup: MakeUp) -> Nature:
    """Decide when and of what every pipe was made."""
    rng = makeup.chance(51)
    pipes = design.pipes
    blocks = len(design.blocks.kind)
    street = design.plan.line_street[design.plan.edge_line]
    _, street_number = np.unique(street, return_inverse=True)
    on_street = pipes.setting == MUNICIPAL
    level = np.where(pipes.pressure >= SUB_HIGH_B, 2, np.where(pipes.pressure == LOW, 0, 1))
    batch = np.where(on_street, blocks + street_number[pipes.edge] * 3 + level, pipes.block)
    batches = blocks + 3 * (int(street_number.max()) + 1)
    year = _years(design, batch, batches, makeup, rng)
    draw = rng.random(batches)[batch]
    material = _materials(design, year, draw, makeup)
    outer = np.zeros(401)
    outer[list(_PE_OUTER)] = list(_PE_OUTER.values())
    bore = np.where(material == GREY, np.maximum(pipes.bore, 75), pipes.bore)
    bore = np.where((bore == 80) & np.isin(material, (GREY, DUCTILE)), 100, bore)
    diameter = np.where(material == PE, outer[pipes.bore], bore.astype(np.float64))
    buried_steel = (material == STEEL) & (pipes.setting != RISER)
    guard = np.where(pipes.pressure >= SUB_HIGH_B, 1.0, np.where(year >= 2000, 0.6, 0.1))
    leaf = np.isin(pipes.setting, (SERVICE, RISER))
    idle_house = rng.random(len(design.houses.block) + 1) < makeup.city.table("hazards")["idle"]
    return Nature(
        pipe_id=_ids(pipes.setting),
        batch=batch,
        year=year,
        material=material,
        diameter_mm=diameter,
        cathodic=buried_steel & (rng.random(batches)[batch] < guard),
        length_m=_lengths(design),
        idle=leaf & idle_house[pipes.house],
    )


def _lengths(design: Design) -> NDArray[np.float64]:
    pipes = design.pipes
    middle = pipes.middle()
    length: NDArray[np.float64] = np.hypot(*(middle - pipes.start).T) + np.hypot(*(pipes.end - middle).T)
    return length


def _ids(setting: NDArray[np.int64]) -> NDArray[np.object_]:
    ids = np.empty(len(setting), dtype=object)
    for kind, prefix in enumerate(_ID_PREFIX):
        rows = np.flatnonzero(setting == kind)
        ids[rows] = [f"{prefix}{number:07d}" for number in range(1, len(rows) + 1)]
    return ids


def _years(
    design: Design, batch: NDArray[np.int64], batches: int, makeup: MakeUp, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Courtyards follow their buildings, streets their quarter; part of the old has been renewed since."""
    pipes, blocks, latest = design.pipes, design.blocks, makeup.as_of.year - 1
    late = rng.random(batches)[batch]
    distance = np.hypot(*((pipes.start - design.plan.warp.origin) / design.plan.radius_m).T)
    per_batch = np.zeros(batches)
    np.maximum.at(per_batch, batch, distance)  # the whole batch bears one year
    along = 1980 + 40 * np.clip(per_batch[batch] + (late - 0.5) * 0.7, 0.05, 1.0)
    old_street = pipes.pressure <= MEDIUM_B
    street = np.where(old_street, 1962 + 30 * late, along)
    street = np.where(pipes.pressure >= SUB_HIGH_B, 1996 + 18 * late, street)
    kind = blocks.kind[pipes.block]
    built = blocks.built[pipes.block]
    yard = np.where(kind == OLD, np.clip(built + 15 * late, 1962, 1992), built + 3 * late)
    year = np.where(pipes.setting == MUNICIPAL, street, yard)
    renewed = (rng.random(batches)[batch] < makeup.share("renewed")) & (year < 1996)
    year = np.where(renewed, 2007 + (latest - 2007) * rng.random(batches)[batch], year)
    return np.minimum(np.floor(year), latest).astype(np.int64)


def _materials(design: Design, year: NDArray[np.int64], draw: NDArray[np.float64], makeup: MakeUp) -> NDArray[np.int64]:
    pipes = design.pipes
    era = makeup.city.table("material_years")
    body = np.isin(pipes.setting, (MUNICIPAL, COURTYARD)) & ~pipes.wet
    grey = body & (year <= era["grey_iron_last"]) & (pipes.pressure <= MEDIUM_B) & (draw < 0.74)
    grey &= (pipes.setting == MUNICIPAL) | (design.blocks.kind[pipes.block] == OLD)
    ductile = (pipes.setting == MUNICIPAL) & (pipes.pressure <= MEDIUM_A) & (draw > 0.78) & ~pipes.wet
    ductile &= (year >= era["ductile_first"]) & (year <= era["ductile_last"])
    usual = np.clip((year - era["pe_first"]) / (era["pe_usual"] - era["pe_first"]), 0, 1)
    plastic = (pipes.setting != RISER) & (pipes.pressure <= MEDIUM_A) & ~pipes.wet & (year >= era["pe_first"])
    plastic &= draw < 0.3 + 0.63 * usual
    material = np.where(plastic, PE, STEEL)
    material = np.where(ductile & ~plastic, DUCTILE, material)
    return np.where(grey, GREY, material)
