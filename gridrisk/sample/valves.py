"""Valves where practice puts them: at branch-offs, along mains, around stations, at courtyard inlets, at buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridrisk.sample.mains import LOW, MEDIUM_A, MEDIUM_B
from gridrisk.sample.segments import COURTYARD, MUNICIPAL, SERVICE, Segments, Stations, Valves, join_valves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.mains import Mains
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.street_pipes import Runs

STREET, STATION, INLET, BUILDING = range(4)
_OFF_M = 1.2


def place(
    pipes: Segments,
    run: NDArray[np.int64],
    runs: Runs,
    laid: Mains,
    places: Stations,
    makeup: MakeUp,
    rng: np.random.Generator,
) -> Valves:
    """Set all valves; each lies on its segment, a little way from the end that it guards."""
    table = makeup.city.table("valves")
    return join_valves(
        [
            _branch_offs(pipes, run, runs, laid, rng),
            _intervals(pipes, run, table["interval_m"]),
            _around_stations(pipes, places),
            _inlets(pipes),
            _buildings(pipes, table["building"], rng),
        ]
    )


def _valves(
    pipes: Segments,
    rows: NDArray[np.int64],
    at_end: NDArray[np.bool_],
    kind: int,
    ring: NDArray[np.bool_] | None = None,
) -> Valves:
    point = pipes.near(rows, _OFF_M, at_end=at_end)
    n = len(rows)
    closing = np.zeros(n, dtype=bool) if ring is None else ring
    return Valves(point, rows, np.full(n, kind), closing)


def _branch_offs(pipes: Segments, run: NDArray[np.int64], runs: Runs, laid: Mains, rng: np.random.Generator) -> Valves:
    """Guard street crossings: one valve on every branch but one at each; on low streets every third crossing."""
    rows = np.flatnonzero(run >= 0)
    order = rows[np.argsort(run[rows], kind="stable")]
    changes = np.flatnonzero(np.diff(run[order], prepend=-1, append=-2))
    first, last = order[changes[:-1]], order[changes[1:] - 1]
    ends = np.r_[first, last]
    at_end = np.r_[np.zeros(len(first), bool), np.ones(len(last), bool)]
    point = np.where(at_end[:, None], pipes.end[ends], pipes.start[ends])
    _, node, count = np.unique(np.round(point, 3), axis=0, return_inverse=True, return_counts=True)
    node = node.ravel()
    shuffled = np.lexsort((rng.random(len(ends)), node))
    spare = np.zeros(len(ends), dtype=bool)
    spare[shuffled[np.flatnonzero(np.diff(node[shuffled], prepend=-1))]] = True
    some = np.where(pipes.pressure[ends] == LOW, rng.random(len(ends)) < 0.3, True)
    pick = (count[node] >= 3) & ~spare & some
    edge = runs.edge[run[ends]]
    # at one end only: a main closed at both would be cut off
    ring = (
        laid.medium[edge]
        & ~laid.tree[edge]
        & ~at_end
        & np.isin(pipes.pressure[ends], (MEDIUM_B, MEDIUM_A))
        & ~laid.interface[edge]
    )
    return _valves(pipes, ends[pick], at_end[pick], STREET, ring[pick])


def _intervals(pipes: Segments, run: NDArray[np.int64], interval_m: float) -> Valves:
    """Set a section valve whenever a main has gone on for `interval_m`, at the next surveyed point."""
    rows = np.flatnonzero((run >= 0) & (pipes.pressure >= MEDIUM_B))
    rows = rows[np.argsort(run[rows], kind="stable")]
    length = np.hypot(*(pipes.end[rows] - pipes.start[rows]).T)
    walked = np.cumsum(length)
    due = np.floor(walked / interval_m) != np.floor((walked - length) / interval_m)
    inner = np.r_[run[rows][1:] == run[rows][:-1], False]
    chosen = rows[due & inner]
    n = len(chosen)
    return Valves(pipes.end[chosen].copy(), chosen, np.full(n, STREET), np.zeros(n, dtype=bool))


def _around_stations(pipes: Segments, places: Stations) -> Valves:
    """Set a valve on every pipe that ends at a station which is not a mere box on a wall."""
    key = _keys(places.point)
    start, end = np.isin(_keys(pipes.start), key), np.isin(_keys(pipes.end), key)
    plain = pipes.house < 0
    rows = np.r_[np.flatnonzero(start & plain), np.flatnonzero(end & plain)]
    at_end = np.r_[np.zeros((start & plain).sum(), bool), np.ones((end & plain).sum(), bool)]
    return _valves(pipes, rows, at_end, STATION)


def _keys(point: NDArray[np.float64]) -> NDArray[np.complex128]:
    keys: NDArray[np.complex128] = point[:, 0] + 1j * point[:, 1]
    return keys


def _inlets(pipes: Segments) -> Valves:
    """Set a valve where a courtyard leaves the street."""
    rows = np.flatnonzero(pipes.setting == COURTYARD)
    _, head = np.unique(pipes.block[rows], return_index=True)  # the inlet is drawn first
    rows = rows[head]
    on_street = np.isin(_keys(pipes.start[rows]), _keys(pipes.end[pipes.setting == MUNICIPAL]))
    rows = rows[on_street]
    return _valves(pipes, rows, np.zeros(len(rows), dtype=bool), INLET)


def _buildings(pipes: Segments, share: float, rng: np.random.Generator) -> Valves:
    """Set a valve before the wall of some buildings, and of all that have a box or take medium pressure."""
    rows = np.flatnonzero(pipes.setting == SERVICE)
    rows = rows[(rng.random(len(rows)) < share) | (pipes.pressure[rows] != LOW)]
    return _valves(pipes, rows, np.ones(len(rows), dtype=bool), BUILDING)
