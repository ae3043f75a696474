"""Mains cut into segments at tees and surveyed points, and the stations that join the pressure levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.sample.mains import (
    CLASSES,
    HIGH_A,
    LOW,
    MEDIUM_A,
    MEDIUM_B,
    SUB_HIGH_A,
    SUB_HIGH_B,
    Frame,
    Mains,
    entry_t,
)
from gridrisk.sample.segments import (
    CABINET,
    CITY_GATE,
    REGULATOR_STATION,
    Segments,
    Stations,
    join_segments,
    join_stations,
    segments,
    stations,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.blocks import Blocks
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.streets import Plan

_GAP_M = 2.6
_CAP_M = 12.0


@dataclass(frozen=True)
class Runs:
    """A main along one street edge, from corner to corner, still in one piece.

    `before` and `after` are its classes on both sides of a station in its middle (equal where there is none).
    """

    edge: NDArray[np.int64]
    lateral: NDArray[np.float64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    from_m: NDArray[np.float64]
    to_m: NDArray[np.float64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    station: NDArray[np.bool_]


@dataclass(frozen=True)
class StreetNet:
    """Everything along the streets: segments, stations, and where each served block taps a main."""

    pipes: Segments
    run: NDArray[np.int64]
    runs: Runs
    stations: Stations
    tap: NDArray[np.float64]
    tap_class: NDArray[np.int64]


@dataclass(frozen=True)
class _Knots:
    """Points where runs are cut, in order along each: filler (-1), station (-2) or the block that taps there."""

    run: NDArray[np.int64]
    at_m: NDArray[np.float64]
    what: NDArray[np.int64]


def draw(plan: Plan, blocks: Blocks, ground: Frame, mains: Mains, makeup: MakeUp, *, segments_wanted: int) -> StreetNet:
    """Cut all mains into segments and join the levels by stations."""
    rng = makeup.chance(41)
    trunk_class = SUB_HIGH_A if segments_wanted >= 50_000 else SUB_HIGH_B
    runs = _runs(plan, ground, mains, makeup, trunk_class)
    knots = _knots(plan, blocks, ground, mains, runs, makeup, rng)
    point = _points(ground, runs, knots, rng)
    street, run = _segments(ground, plan, runs, knots, point, rng)
    middle = knots.what == -2
    own = runs.edge[knots.run[middle]]
    between = stations(point[middle], kind=REGULATOR_STATION, inlet=MEDIUM_A, outlet=MEDIUM_B, edge=own)
    stubs, others = _corner_stations(plan, ground, mains, makeup, trunk_class)
    n = len(blocks.kind)
    tap, tap_class = np.full((n, 2), np.nan), np.full(n, -1, dtype=np.int64)
    taps = knots.what >= 0
    tap[knots.what[taps]] = point[taps]
    tap_class[knots.what[taps]] = _class_at(runs, knots)[taps]
    return StreetNet(
        join_segments([street, stubs]),
        np.r_[run, np.full(len(stubs), -1)],
        runs,
        join_stations([between, others]),
        tap,
        tap_class,
    )


def _runs(plan: Plan, ground: Frame, mains: Mains, makeup: MakeUp, trunk_class: int) -> Runs:
    share = makeup.city.table("street_lateral")
    old = mains.old_node[plan.edge_nodes]
    outer = np.where(old, MEDIUM_B, MEDIUM_A)
    inner = np.where(old.all(axis=1), MEDIUM_B, MEDIUM_A)
    parts = []
    for mask, name, klass in (
        (mains.medium, "medium", None),
        (mains.low, "low", LOW),
        (mains.trunk, "trunk", trunk_class),
    ):
        e = np.flatnonzero(mask)
        node = plan.edge_nodes[e]
        start, end = (ground.node[node[:, k]] + share[name] * ground.corner[node[:, k]] for k in (0, 1))
        along = [((p - ground.start[e]) * ground.direction[e]).sum(axis=1) for p in (start, end)]
        station = mains.station[e] if klass is None else np.zeros(len(e), dtype=bool)
        capped = mains.interface[e] & ~station if klass is None else station
        begin = capped & (mains.capped_end[e] == 0)
        close = capped & (mains.capped_end[e] == 1)
        cap = np.minimum(_CAP_M, 0.3 * np.abs(along[1] - along[0]))
        off = ground.normal[e] * (share[name] * ground.half[e])[:, None]
        for which, sign, k, points in ((begin, 1.0, 0, start), (close, -1.0, 1, end)):
            along[k] = along[k] + np.where(which, sign * cap, 0.0)
            moved = ground.start[e] + along[k][:, None] * ground.direction[e] + off
            points[which] = moved[which]
        if klass is None:
            before = np.where(station, outer[e, 0], inner[e])
            after = np.where(station, outer[e, 1], inner[e])
        else:
            before = after = np.full(len(e), klass)
        parts.append((e, np.full(len(e), share[name]), start, end, along[0], along[1], before, after, station))
    return Runs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _knots(
    plan: Plan,
    blocks: Blocks,
    ground: Frame,
    mains: Mains,
    runs: Runs,
    makeup: MakeUp,
    rng: np.random.Generator,
) -> _Knots:
    length = runs.to_m - runs.from_m
    fill = np.maximum(0, np.ceil(length / makeup.city.number("survey_spacing_m")).astype(np.int64) - 1)
    run = np.repeat(np.arange(len(fill)), fill)
    serial = np.arange(len(run)) - np.repeat(np.cumsum(fill) - fill, fill)
    at = runs.from_m[run] + (serial + 1 + rng.uniform(-0.2, 0.2, len(run))) / (fill[run] + 1) * length[run]
    middle = np.flatnonzero(runs.station)
    served = np.flatnonzero(mains.served)
    edge = mains.entry[served]
    by_edge = np.full(len(ground.length), -1, dtype=np.int64)
    carries = runs.lateral != makeup.city.table("street_lateral")["trunk"]
    by_edge[runs.edge[carries]] = np.flatnonzero(carries)
    span = plan.edge_t[edge]
    tee = (entry_t(blocks)[served] - span[:, 0]) / (span[:, 1] - span[:, 0]) * ground.length[edge]
    knot_run = np.r_[run, middle, by_edge[edge]]
    knot_at = np.r_[at, (runs.from_m + 0.5 * length)[middle], tee]
    what = np.r_[np.full(len(run), -1), np.full(len(middle), -2), served]
    order = np.lexsort((what, knot_at, knot_run))
    return _apart(runs, _Knots(knot_run[order], knot_at[order], what[order]))


def _apart(runs: Runs, knots: _Knots) -> _Knots:
    """Push cuts of one run apart, and all of them back between its ends where they do not fit."""
    run = knots.run
    count = np.bincount(run, minlength=len(runs.edge))
    rank = np.arange(len(run)) - np.repeat(np.cumsum(count) - count, count)
    first, last = runs.from_m[run], runs.to_m[run]
    room = np.maximum(last - first, 0.5)
    gap = np.minimum(_GAP_M, room / (count[run] + 1))
    at = np.maximum(knots.at_m - first, gap)
    block = float(room.max(initial=1.0)) * 4.0 + 1e4
    lifted = np.maximum.accumulate(at - rank * gap + run * block) - run * block + rank * gap
    top = np.zeros(len(runs.edge))
    np.maximum.at(top, run, lifted)
    over = top[run] > room - gap
    # squeezing by one factor keeps the order and leaves no cut on another
    factor = np.where(over, (room - gap) / np.maximum(top[run], 1e-9), 1.0)
    return _Knots(run, first + lifted * factor, knots.what)


def _points(ground: Frame, runs: Runs, knots: _Knots, rng: np.random.Generator) -> NDArray[np.float64]:
    r = knots.run
    e = runs.edge[r]
    room = runs.to_m[r] - runs.from_m[r]
    share = (knots.at_m - runs.from_m[r]) / np.maximum(room, 0.5)
    side = runs.lateral[r] * ground.half[e] + rng.normal(0, 0.12, len(r))
    along_street = ground.start[e] + knots.at_m[:, None] * ground.direction[e] + ground.normal[e] * side[:, None]
    straight = runs.start[r] + share[:, None] * (runs.end[r] - runs.start[r])
    short = (room < 20.0)[:, None]
    point: NDArray[np.float64] = np.where(short, straight, along_street)
    return point


def _class_at(runs: Runs, knots: _Knots) -> NDArray[np.int64]:
    """Return the class of the segment that ends at each cut (that begins there, behind the station)."""
    behind = np.zeros(len(knots.run), dtype=bool)
    station = np.full(len(runs.edge), np.inf)
    mid = knots.what == -2
    station[knots.run[mid]] = np.flatnonzero(mid)
    behind = np.arange(len(knots.run)) > station[knots.run]
    return np.where(behind, runs.after[knots.run], runs.before[knots.run])


def _segments(
    ground: Frame, plan: Plan, runs: Runs, knots: _Knots, point: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Segments, NDArray[np.int64]]:
    """Join the cuts of each run, and its ends, by segments."""
    n = len(runs.edge)
    count = np.bincount(knots.run, minlength=n)
    run = np.repeat(np.arange(n), count + 1)
    base = np.cumsum(count + 1) - (count + 1)
    start = np.empty((len(run), 2))
    end = np.empty_like(start)
    tail = base[knots.run] + np.arange(len(knots.run)) - (np.cumsum(count) - count)[knots.run]
    end[tail], start[tail + 1] = point, point
    start[base], end[base + count] = runs.start, runs.end
    klass = np.empty(len(run), dtype=np.int64)
    klass[tail] = _class_at(runs, knots)
    mid = knots.what == -2
    klass[tail[mid]] = runs.before[knots.run[mid]]
    klass[base + count] = runs.after
    edge = runs.edge[run]
    rank = ground.rank[edge]
    bore = np.where(
        klass >= SUB_HIGH_B,
        400,
        np.where(klass == LOW, np.where(rng.random(n)[run] < 0.5, 150, 200), np.array([300, 200, 150, 150])[rank]),
    )
    bore = np.where((klass == MEDIUM_A) & (rank == 0) & (rng.random(n)[run] < 0.3), 250, bore)
    room = np.hypot(*(end - start).T)
    bend = np.where(room > 12.0, rng.normal(0, 0.25, len(run)), 0.0)
    made = segments(start, end, bend=bend, pressure=klass, bore=bore, edge=edge, wet=plan.bridge[edge])
    return made, run


def _turned(vector: NDArray[np.float64], degrees: float, factor: float) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(degrees)) * factor, np.sin(np.radians(degrees)) * factor
    turned: NDArray[np.float64] = vector @ np.array([[c, s], [-s, c]])
    return turned


def _corner_stations(
    plan: Plan, ground: Frame, mains: Mains, makeup: MakeUp, trunk_class: int
) -> tuple[Segments, Stations]:
    """Set gates, regulator and district stations at street corners, with a short pipe in and out."""
    share = makeup.city.table("street_lateral")
    edge_at = np.zeros(len(ground.node), dtype=np.int64)
    edge_at[plan.edge_nodes[mains.kept]] = np.flatnonzero(mains.kept)[:, None]

    def corner(node: NDArray[np.int64], name: str) -> NDArray[np.float64]:
        point: NDArray[np.float64] = ground.node[node] + share[name] * ground.corner[node]
        return point

    direct = not mains.trunk.any()
    outlet = MEDIUM_A if direct else trunk_class
    gate, reg, low = mains.gates, mains.regulators, mains.district
    at_gate = ground.node[gate] + _turned(ground.corner[gate], -38.0, 1.5)
    at_reg = ground.node[reg] + _turned(ground.corner[reg], 32.0, 1.2)
    at_low = ground.node[low] + _turned(ground.corner[low], -30.0, 0.95)
    feed = np.where(mains.old_node[low], MEDIUM_B, MEDIUM_A)
    pipes = [
        segments(at_gate, corner(gate, "medium" if direct else "trunk"), pressure=outlet, bore=400, edge=edge_at[gate]),
        segments(corner(reg, "trunk"), at_reg, pressure=trunk_class, bore=300, edge=edge_at[reg]),
        segments(at_reg, corner(reg, "medium"), pressure=MEDIUM_A, bore=300, edge=edge_at[reg]),
        segments(corner(low, "medium"), at_low, pressure=feed, bore=150, edge=edge_at[low]),
        segments(at_low, corner(low, "low"), pressure=LOW, bore=200, edge=edge_at[low]),
    ]
    places = [
        stations(at_gate, kind=CITY_GATE, inlet=HIGH_A, outlet=outlet, edge=edge_at[gate]),
        stations(at_reg, kind=REGULATOR_STATION, inlet=trunk_class, outlet=MEDIUM_A, edge=edge_at[reg]),
        stations(at_low, kind=CABINET, inlet=feed, outlet=LOW, edge=edge_at[low]),
    ]
    assert len(CLASSES) > HIGH_A
    return join_segments(pipes), join_stations(places)
