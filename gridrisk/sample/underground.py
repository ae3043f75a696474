"""What lies in the ground beside gas: other utilities, shared trenches, manholes and ducts, the sensors in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.sample.blocks import row_y
from gridrisk.sample.segments import COURTYARD, MUNICIPAL
from gridrisk.sample.streets import LANE
from gridrisk.sample.tables import Layer, flags, lines, numbered, partly, points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.design import Design
    from gridrisk.sample.makeup import MakeUp

#: Share of the half width at which a utility runs, and the least rank of street that has one.
_STREET_UTILITIES = {"sewer": 0.0, "water": 0.30, "drain": -0.25, "power": -0.87, "telecom": 0.90}
_MANHOLE_M = 38.0


@dataclass(frozen=True)
class Trenches:
    """Other utilities laid in one trench with gas: which segments, with what, and whether kept apart."""

    segment: NDArray[np.int64]
    kind: NDArray[np.object_]
    isolated: NDArray[np.bool_]
    line: NDArray[np.object_]


def trenches(design: Design, makeup: MakeUp) -> Trenches:
    """Choose the mains and courtyards whose gas shares a trench, and draw the neighbour 0.35 m beside it."""
    rng = makeup.chance(74)
    pipes = design.pipes
    share = makeup.city.table("hazards")["shared_trench"]
    run_shared = rng.random(int(design.run.max()) + 2) < share
    block_shared = rng.random(len(design.blocks.kind)) < share
    length = np.hypot(*(pipes.end - pipes.start).T)
    on_run = (design.run >= 0) & run_shared[design.run] & ~pipes.wet
    in_yard = (pipes.setting == COURTYARD) & block_shared[pipes.block]
    k = np.flatnonzero((on_run | in_yard) & (length > 6.0))
    batch = np.where(pipes.setting[k] == MUNICIPAL, design.run[k] + len(block_shared), pipes.block[k])
    most = int(batch.max(initial=0)) + 1
    kind = np.array(["power", "water", "telecom", "drain"], dtype=object)[rng.choice(4, most, p=(0.4, 0.3, 0.2, 0.1))][
        batch
    ]
    along = (pipes.end[k] - pipes.start[k]) / length[k, None]
    aside = np.c_[-along[:, 1], along[:, 0]] * 0.35
    side = np.stack([pipes.start[k] + aside, pipes.middle()[k] + aside, pipes.end[k] + aside], axis=1)
    return Trenches(k, kind, rng.random(most)[batch] < 0.45, lines(side))


def recorded(design: Design, shared: Trenches, makeup: MakeUp) -> tuple[NDArray[np.object_], pd.arrays.BooleanArray]:
    """Return what the pipe records say of shared trenches: with which utility, and whether isolated; often nothing."""
    rng = makeup.chance(75)
    n, k = len(design.pipes), shared.segment
    known = rng.random(len(k)) < makeup.city.table("hazards")["shared_recorded"]
    told = known & (rng.random(len(k)) < 0.7)
    kinds, isolated, unknown = np.full(n, None, dtype=object), np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    kinds[k[known]] = shared.kind[known]
    isolated[k], unknown[k] = shared.isolated, ~told
    return kinds, flags(isolated, unknown)


def utilities(design: Design, shared: Trenches, makeup: MakeUp) -> Layer:
    """Return the other utilities: along every street, before the rows of the courtyards, and in shared trenches."""
    rng = makeup.chance(76)
    ground, plan = design.ground, design.plan
    kinds, shapes = [], []
    edges = np.flatnonzero(design.mains.kept & ~plan.bridge)
    for kind, lateral in _STREET_UTILITIES.items():
        e = edges if kind in {"sewer", "water", "power"} else edges[ground.rank[edges] < LANE]
        node = plan.edge_nodes[e]
        shapes.append(lines(ground.node[node] + lateral * ground.corner[node]))
        kinds.append(np.full(len(e), kind, dtype=object))
    block, row = _rows(design)
    blocks = design.blocks
    y = row_y(blocks, block, row) - np.maximum(0.085 * blocks.pitch_m[block, 1], 1.9)
    left, right = blocks.inset_m[block, 3] + 3.0, blocks.size_m[block, 0] - blocks.inset_m[block, 1] - 3.0
    ends = np.stack([design.on_ground(block, left, y), design.on_ground(block, right, y)], axis=1)
    shapes.append(lines(ends))
    kinds.append(np.full(len(block), "sewer", dtype=object))
    plain = sum(len(part) for part in kinds)
    kind_of = np.concatenate([*kinds, shared.kind])
    n = len(kind_of)
    laying = np.where(np.isin(kind_of, ("power", "telecom")), np.where(rng.random(n) < 0.5, "duct", "direct"), "direct")
    told = np.r_[np.zeros(plain, dtype=bool), rng.random(len(shared.segment)) < 0.4]
    isolated = np.r_[np.zeros(plain, dtype=bool), shared.isolated]
    depth = np.select([kind_of == "sewer", kind_of == "drain"], [2.4, 1.9], 0.9) + rng.gamma(2.0, 0.15, n)
    table = pd.DataFrame(
        {
            "kind": kind_of,
            "laying": laying,
            "isolated": flags(isolated, ~told),
            "depth_m": np.round(np.where(rng.random(n) < 0.2, np.nan, depth), 2),
            "owner": np.where(np.isin(kind_of, ("sewer", "drain", "water")), "云澜市水务集团", "云澜市线缆管理所"),
        }
    )
    return Layer(numbered(table, "GX", "utility_id", 7), np.concatenate([*shapes, shared.line]))


def _rows(design: Design) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    key = np.unique(design.houses.block * 1024 + design.houses.row)
    return key // 1024, key % 1024


def voids(design: Design, makeup: MakeUp) -> tuple[Layer, Layer]:
    """Return confined spaces: manholes as points; cable ducts and culverts as lines."""
    rng = makeup.chance(77)
    ground, plan = design.ground, design.plan
    edges = np.flatnonzero(design.mains.kept & ~plan.bridge)
    count = np.maximum(1, np.floor(ground.length[edges] / _MANHOLE_M)).astype(np.int64)
    edge = np.repeat(edges, count)
    serial = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    t = (serial + rng.uniform(0.3, 0.7, len(edge))) / np.repeat(count, count)
    point = ground.start[edge] + (t * ground.length[edge])[:, None] * ground.direction[edge]
    spots = numbered(pd.DataFrame({"kind": np.full(len(edge), "manhole", dtype=object)}), "JC", "void_id", 7)
    draw = rng.random(len(edges))
    parts, kinds = [], []
    for kind, which, lateral in (
        ("cable_duct", (draw < 0.10) & (ground.rank[edges] < 2), -0.95),
        ("culvert", draw > 0.965, -0.25),
    ):
        node = plan.edge_nodes[edges[which]]
        parts.append(lines(ground.node[node] + lateral * ground.corner[node]))
        kinds.append(np.full(int(which.sum()), kind, dtype=object))
    ducts = numbered(pd.DataFrame({"kind": np.concatenate(kinds)}), "GQ", "void_id", 7)
    return Layer(spots, points(point)), Layer(ducts, np.concatenate(parts))


def sensors(manholes: Layer, makeup: MakeUp) -> Layer:
    """Return the few methane sensors there are, each in a manhole."""
    rng = makeup.chance(80)
    count = max(3, len(manholes.geometry) // 150)
    k = np.sort(rng.choice(len(manholes.geometry), min(count, len(manholes.geometry)), replace=False))
    table = pd.DataFrame(
        {
            "void_id": manholes.table.index.to_numpy(dtype=object)[k],
            "kind": np.full(len(k), "激光甲烷", dtype=object),
            "online": partly(0.9, 0.05, len(k), rng),
        }
    )
    return Layer(numbered(table, "CG", "sensor_id", 5), manholes.geometry[k])
