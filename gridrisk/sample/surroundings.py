"""What lies around the gas pipes of the sample city: towns, streets, compounds, other utilities, voids, works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from affine import Affine
from scipy.spatial import cKDTree

from gridrisk.layers.raster import Raster
from gridrisk.sample import words
from gridrisk.sample.attributes import street_names
from gridrisk.sample.streets import INDUSTRY, OLD, PUBLIC
from gridrisk.sample.tables import (
    Layer,
    dates,
    flags,
    integers,
    lines,
    numbered,
    optional,
    partly,
    points,
    polygons,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.design import Design
    from gridrisk.sample.makeup import MakeUp

_RANK_WORDS = ("主干路", "次干路", "支路", "巷道")


@dataclass(frozen=True)
class Towns:
    """Towns as areas around seats."""

    layer: Layer
    seats: NDArray[np.float64]

    def of(self, point: NDArray[np.float64]) -> NDArray[np.object_]:
        """Return the town_id of places."""
        nearest = cKDTree(self.seats).query(point)[1]
        ids: NDArray[np.object_] = self.layer.table.index.to_numpy(dtype=object)[nearest]
        return ids


def towns(design: Design, makeup: MakeUp) -> Towns:
    """Divide the ground among five to twelve towns, one of them a development zone where the works are."""
    rng = makeup.chance(71)
    node = design.ground.node
    on = np.unique(design.plan.edge_nodes[design.mains.kept])
    count = int(np.clip(round(len(on) ** 0.5 / 4), 5, len(words.TOWNS)))
    seats = node[[on[rng.integers(len(on))]]]
    for _ in range(count - 1):
        far = cKDTree(seats).query(node[on])[0]
        seats = np.vstack([seats, node[on[np.argmax(far * rng.uniform(0.6, 1.0, len(on)))]]])
    outline = shapely.buffer(shapely.convex_hull(shapely.multipoints(node[on])), 150.0)
    cells = shapely.voronoi_polygons(shapely.multipoints(seats), extend_to=shapely.buffer(outline, 100.0), ordered=True)
    area = np.array(shapely.intersection(shapely.get_parts(cells), outline), dtype=object)
    centre = design.on_ground(np.arange(len(design.blocks.kind)), *(design.blocks.size_m / 2).T)
    held = cKDTree(seats).query(centre[design.mains.chosen])[1]
    works = np.bincount(held, weights=design.blocks.kind[design.mains.chosen] == INDUSTRY, minlength=count)
    zone = int(np.argmax(works))
    table = pd.DataFrame(
        {
            "name": [words.DEVELOPMENT_ZONE if i == zone else words.TOWNS[i] for i in range(count)],
            "development_zone": np.arange(count) == zone,
        },
        index=pd.Index([f"990{101 + i}" for i in range(count)], name="town_id"),
    )
    return Towns(Layer(table, area), seats)


def roads(design: Design, makeup: MakeUp) -> Layer:
    """Return the streets with their names, the works programme and the years in which nobody may dig."""
    rng = makeup.chance(72)
    edges = np.flatnonzero(design.mains.kept)
    street = design.plan.line_street[design.plan.edge_line[edges]]
    _, number = np.unique(street, return_inverse=True)
    draw = rng.random(number.max() + 1)[number]
    later = rng.integers(0, 5, number.max() + 1)[number]
    year = makeup.as_of.year
    fresh = (np.array(year + 1 + later - 1970).astype("datetime64[Y]")).astype("datetime64[D]") - 1
    table = pd.DataFrame(
        {
            "name": street_names(design)[edges],
            "class": np.array(_RANK_WORDS, dtype=object)[design.ground.rank[edges]],
            "works_year": integers(year + later, draw >= 0.16),
            "no_dig_until": dates(fresh, draw > 0.92),
        }
    )
    ends = design.ground.node[design.plan.edge_nodes[edges]]
    return Layer(numbered(table, "DL", "road_id"), lines(ends))


def communities(design: Design, makeup: MakeUp) -> Layer:
    """Return the residential compounds."""
    rng = makeup.chance(73)
    blocks = design.blocks
    k = np.flatnonzero(design.mains.chosen & ~blocks.park & ~np.isin(blocks.kind, (INDUSTRY, PUBLIC)))
    inset, size = blocks.inset_m[k] - 3.0, blocks.size_m[k]
    left, bottom, right, top = inset[:, 3], inset[:, 0], size[:, 0] - inset[:, 1], size[:, 1] - inset[:, 2]
    ring = [design.on_ground(k, x, y) for x, y in ((left, bottom), (right, bottom), (right, top), (left, top))]
    old = blocks.built[k] < 2000
    planned = old & (rng.random(len(k)) < 0.35)
    table = pd.DataFrame(
        {
            "name": words.compounds(k, blocks.built[k]),
            "old_community": flags(old, rng.random(len(k)) < 0.05),
            "renovation_year": integers(makeup.as_of.year + rng.integers(0, 5, len(k)), ~planned),
        }
    )
    return Layer(numbered(table, "XQ", "community_id"), polygons(ring))


def works(design: Design, makeup: MakeUp) -> tuple[Layer, Layer]:
    """Return building sites as areas and utility laying as lines, active around the day of the survey."""
    rng = makeup.chance(78)
    ground, plan = design.ground, design.plan
    count = max(10, len(design.pipes) // 120)
    edges = np.flatnonzero(design.mains.kept & ~plan.bridge)
    e = edges[rng.integers(0, len(edges), count)]
    along = rng.uniform(0.1, 0.9, count) * ground.length[e]
    off = np.where(
        rng.random(count) < 0.6, rng.normal(0, 8, count), rng.choice([-1, 1], count) * rng.uniform(25, 90, count)
    )
    centre = ground.start[e] + along[:, None] * ground.direction[e] + off[:, None] * ground.normal[e]
    size = np.clip(rng.lognormal(2.3, 0.6, count), 3, 45)[:, None]
    corners = 9
    angle = (np.arange(corners) + rng.uniform(-0.3, 0.3, (count, corners))) * 2 * np.pi / corners
    reach = size * rng.uniform(0.7, 1.15, (count, corners))
    ring = centre[:, None] + np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=-1)
    area = polygons(list(ring.swapaxes(0, 1)))
    narrow = rng.random(count) < 0.15
    half = (np.minimum(along, 40.0)[:, None] * ground.direction[e])[narrow]
    laid = lines(np.stack([centre[narrow] - half, centre[narrow] + half], axis=1))
    kinds = ("excavation", "piling", "building", "demolition", "drilling", "planting", "loading", "other")
    kind = np.array(kinds, dtype=object)[rng.choice(8, count, p=(0.34, 0.13, 0.17, 0.09, 0.08, 0.1, 0.05, 0.04))]
    kind[narrow] = np.where(rng.random(int(narrow.sum())) < 0.3, "jacking", "utility_laying")
    table = numbered(_works_table(kind, makeup, rng), "SG", "work_id", 5)
    return Layer(table[~narrow], area[~narrow]), Layer(table[narrow], laid)


def _works_table(kind: NDArray[np.object_], makeup: MakeUp, rng: np.random.Generator) -> pd.DataFrame:
    n, as_of = len(kind), np.datetime64(makeup.as_of)
    start = as_of + rng.integers(-260, 100, n)
    end = start + rng.integers(20, 300, n)
    state = np.select([start > as_of, end < as_of], ["planned", "done"], "active")
    depth = np.select([np.isin(kind, ("planting", "loading")), kind == "piling"], [0.6, 18.0], 2.5)
    firm = np.array(["云澜建工", "青桐市政", "石埠基础", "松岗园林", "枫岭电力安装"], dtype=object)
    return pd.DataFrame(
        {
            "kind": kind,
            "start_on": dates(start),
            "end_on": dates(end, rng.random(n) >= 0.08),
            "contractor": firm[rng.integers(0, len(firm), n)],
            "permit": optional(rng.random(n) < 0.75, [f"云施{makeup.as_of.year}-{i:04d}" for i in range(1, n + 1)]),
            "plan_signed": partly(0.55, 0.15, n, rng),
            "guardian": partly(0.5, 0.2, n, rng),
            "depth_m": np.round(np.where(rng.random(n) < 0.2, np.nan, depth * rng.lognormal(0, 0.3, n)), 1),
            "status": state,
        }
    )


def depots(design: Design, makeup: MakeUp) -> Layer:
    """Return the stores of bottled gas: one filling station and a few supply stations, mostly near the old town."""
    rng = makeup.chance(79)
    chosen = np.flatnonzero(design.mains.chosen & ~design.blocks.park)
    weight = np.where(design.blocks.kind[chosen] == OLD, 3.0, 1.0)
    count = min(3 + len(design.pipes) // 12_000, len(chosen))
    b = rng.choice(chosen, count, replace=False, p=weight / weight.sum())
    place = design.on_ground(b, design.blocks.inset_m[b, 3], design.blocks.inset_m[b, 0] - 2.0)
    kind = np.where(np.arange(count) == 0, "filling_station", "supply_station")
    table = pd.DataFrame(
        {
            "kind": kind,
            "capacity_m3": np.where(kind == "filling_station", 200.0, np.round(rng.uniform(2, 12, count), 1)),
        }
    )
    return Layer(numbered(table, "PZ", "depot_id", 4), points(place))


def population(place: NDArray[np.float64], people: NDArray[np.float64], cell_m: float = 100.0) -> Raster:
    """Count people in cells."""
    low = np.floor(place.min(axis=0) / cell_m) * cell_m - 2 * cell_m
    columns, rows = (np.ceil((place.max(axis=0) - low) / cell_m).astype(int) + 2).tolist()
    column, row = ((place - low) / cell_m).astype(np.int64).T
    count = np.bincount((rows - 1 - row) * columns + column, weights=people, minlength=rows * columns).astype(
        np.float64
    )
    return Raster(count.reshape(rows, columns), Affine(cell_m, 0, low[0], 0, -cell_m, low[1] + rows * cell_m))


def ground_movement(design: Design, makeup: MakeUp, cell_m: float = 50.0) -> Raster:
    """Return how much the ground moves, 0–1: soft along the river, some hollows, firm elsewhere."""
    rng = makeup.chance(81)
    node = design.ground.node
    low = np.floor(node.min(axis=0) / cell_m) * cell_m - 2 * cell_m
    columns, rows = (np.ceil((node.max(axis=0) - low) / cell_m).astype(int) + 2).tolist()
    x = low[0] + (np.arange(columns) + 0.5) * cell_m
    y = low[1] + (rows - np.arange(rows) - 0.5) * cell_m
    place = np.stack(np.meshgrid(x, y), axis=-1)
    bank = shapely.segmentize(shapely.linearrings(design.plan.warp(design.plan.river)), 40.0)
    distance = np.asarray(cKDTree(shapely.get_coordinates(bank)).query(place.reshape(-1, 2))[0]).reshape(rows, columns)
    value = 0.55 * np.exp(-distance / 260.0)
    for _ in range(6):
        length = design.plan.radius_m * rng.uniform(0.3, 1.2)
        angle = rng.uniform(0, 2 * np.pi)
        wave = 2 * np.pi / length * np.array([np.cos(angle), np.sin(angle)])
        value = value + 0.06 * (1 + np.sin(place @ wave + rng.uniform(0, 2 * np.pi)))
    value = np.clip(value - 0.15, 0, 1)
    return Raster(value, Affine(cell_m, 0, low[0], 0, -cell_m, low[1] + rows * cell_m))


def sample(raster: Raster, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a raster's values at places inside it."""
    grid = raster.transform
    column, row = (point[:, 0] - grid.c) / grid.a, (point[:, 1] - grid.f) / grid.e
    values: NDArray[np.float64] = raster.values[np.floor(row).astype(int), np.floor(column).astype(int)]
    return values
