"""A very large problem in pieces: a sample of it for first prices, and parts that share no limit of a town or zone.

Limits of the whole city (money, crews) are shared out among the parts as a first plan uses them. Whatever comes of it
is only where the search starts: the bound is worked out over all projects, see `gridrisk.plan.lagrange`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridrisk.plan.lagrange import Prices, charge
from gridrisk.plan.order import Order
from gridrisk.plan.problem import reached, used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.limits import Floor, Limit
    from gridrisk.plan.problem import Problem

    Index = NDArray[np.int64]

_SAMPLE = 6_000
#: Parts are put together up to so many projects; one that is larger by itself stays as it is.
_PART = 5_000
_BY_ROW = (
    *("ids", "worth", "value", "base", "allowed", "in_time", "forced", "due", "pinned", "former", "no_dig"),
    *("excepted", "cost", "length_mm"),
)


def sample(problem: Problem) -> Problem:
    """Return some corridors and lone projects, always the same, with the limits cut down in proportion.

    The groups of a local limit are taken together, as a few projects of a town tell nothing about its limit.
    """
    count = len(problem.ids)
    lone = problem.corridors.count + np.arange(count)
    unit = np.where(problem.corridors.number >= 0, problem.corridors.number, lone)
    inside = np.random.default_rng(0).random(problem.corridors.count + count) < _SAMPLE / count
    rows = np.flatnonzero(inside[unit])
    share = len(rows) / count
    limits, floors = [], []
    for limit in problem.limits:
        most, group, at = limit.most, limit.group, limit.open_group
        if _is_local(limit):
            most, group, at = most.sum(axis=0, keepdims=True), np.minimum(group, 0), np.zeros_like(at)
        most = (most * share).astype(np.int64)
        limits.append(replace(limit, group=group, groups=limit.groups[:1], open_group=at, most=most))
    for floor in problem.floors:
        least, group = floor.least, floor.group
        if _is_local(floor):
            least, group = least.sum(keepdims=True), np.minimum(group, 0)
        floors.append(replace(floor, group=group, groups=floor.groups[:1], least=(least * share).astype(np.int64)))
    return _rows_of(problem, rows, tuple(limits), tuple(floors))


def spread(problem: Problem, found: Prices) -> Prices:
    """Return the prices of the sample as prices of the whole problem."""
    limits = [np.repeat(p, len(limit.groups) // len(p), axis=0) for limit, p in _pairs(problem.limits, found.limits)]
    floors = [np.repeat(p, len(floor.groups) // len(p)) for floor, p in _pairs(problem.floors, found.floors)]
    return Prices(tuple(limits), tuple(floors), np.zeros((len(problem.order), len(problem.years))))


def locally_scarce(problem: Problem, prices: Prices) -> bool:
    """Say whether a limit of single towns or zones has a price."""
    return any(_is_local(limit) and bool(p.any()) for limit, p in _pairs(problem.limits, prices.limits))


def parts(problem: Problem) -> list[Index]:
    """Return the rows of parts that share no corridor and no group of a local limit, small ones put together."""
    count = len(problem.ids)
    at: list[Index] = [np.zeros(0, dtype=np.int64)]
    node: list[Index] = [np.zeros(0, dtype=np.int64)]
    nodes = count
    shared = [(problem.corridors.number, problem.corridors.count)]
    shared += [(limit.group, len(limit.groups)) for limit in problem.limits if _is_local(limit)]
    shared += [(floor.group, len(floor.groups)) for floor in problem.floors if _is_local(floor)]
    for group, groups in shared:
        members = np.flatnonzero(group >= 0).astype(np.int64)
        at.append(members)
        node.append(nodes + group[members])
        nodes += groups
    ends = (np.concatenate(at), np.concatenate(node))
    _, part = connected_components(coo_array((np.ones(len(ends[0])), ends), shape=(nodes, nodes)), directed=False)
    number = np.unique(part[:count], return_inverse=True)[1]
    size = np.bincount(number)
    bundle = (np.cumsum(size) - 1) // _PART
    bundle = np.where(size > _PART, len(size) + np.arange(len(size)), bundle)[number]
    order = np.argsort(bundle, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(bundle[order])) + 1)


def split(problem: Problem, rows: Index, start: Index) -> Problem:
    """Return a part of a problem, with as much of what the whole city shares as it uses in a first plan."""
    mine = np.full(len(problem.ids), -1, dtype=np.int64)
    mine[rows] = start[rows]
    equal = len(rows) / len(problem.ids)

    def share(own: Index, all_of_it: Index) -> float:
        return int(own.sum()) / int(all_of_it.sum()) if all_of_it.sum() > 0 else equal

    limits = [
        limit
        if _is_local(limit)
        else replace(
            limit,
            most=(limit.most * share(used(problem, limit, mine), used(problem, limit, start))).astype(np.int64),
        )
        for limit in problem.limits
    ]
    floors = [
        floor
        if _is_local(floor)
        else replace(floor, least=(floor.least * share(reached(floor, mine), reached(floor, start))).astype(np.int64))
        for floor in problem.floors
    ]
    return _rows_of(problem, rows, tuple(limits), tuple(floors))


def promising(problem: Problem, prices: Prices, share: float) -> NDArray[np.bool_]:
    """Say where a project is worth more than this share of what it uses of the limits of the whole city."""
    limits = [np.zeros_like(p) if _is_local(limit) else p * share for limit, p in _pairs(problem.limits, prices.limits)]
    floors = [np.zeros_like(p) for p in prices.floors]
    return np.asarray(problem.value > charge(problem, Prices(tuple(limits), tuple(floors), prices.order)))


class Joined:
    """Prices of the whole problem, put together from its parts."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._limits = [np.zeros(limit.most.shape) for limit in problem.limits]
        self._floors = [np.zeros(floor.least.shape) for floor in problem.floors]

    def add(self, part: Problem, found: Prices) -> None:
        """Take over the prices of a part: of local limits as they are, of others by the share that the part has."""
        limits = zip(self._limits, self._problem.limits, part.limits, found.limits, strict=True)
        for whole, limit, mine, price in limits:
            if _is_local(limit):
                groups = np.unique(mine.group[mine.group >= 0])
                whole[groups] = price[groups]
            else:
                np.add(whole, price * mine.most / np.maximum(limit.most, 1), out=whole)
        floors = zip(self._floors, self._problem.floors, part.floors, found.floors, strict=True)
        for whole, floor, due, price in floors:
            if _is_local(floor):
                groups = np.unique(due.group[due.group >= 0])
                whole[groups] = price[groups]
            else:
                np.add(whole, price * due.least / np.maximum(floor.least, 1), out=whole)

    def prices(self) -> Prices:
        """Return the prices of all parts together; sequences have none."""
        order = np.zeros((len(self._problem.order), len(self._problem.years)))
        return Prices(tuple(self._limits), tuple(self._floors), order)


def _is_local(what: Limit | Floor) -> bool:
    return len(what.groups) > 1


def _pairs(what: tuple[Any, ...], prices: tuple[Any, ...]) -> zip[tuple[Any, Any]]:
    return zip(what, prices, strict=True)


def _rows_of(problem: Problem, rows: Index, limits: tuple[Limit, ...], floors: tuple[Floor, ...]) -> Problem:
    """Return a problem of some rows; sequences are left out, as its prices are only where the search starts."""
    none = np.zeros(0, dtype=np.int64)
    return replace(
        problem,
        **{name: getattr(problem, name)[rows] for name in _BY_ROW},
        limits=tuple(replace(limit, use=limit.use[rows], group=limit.group[rows]) for limit in limits),
        floors=tuple(replace(floor, use=floor.use[rows], group=floor.group[rows]) for floor in floors),
        corridors=replace(problem.corridors, number=problem.corridors.number[rows]),
        order=Order(none, none, problem.order.lag),
    )
