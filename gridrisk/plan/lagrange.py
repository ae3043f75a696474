"""A bound that is true over all projects, from any prices of what is scarce; and what it says of each project.

The limits are taken out of the model and charged at their prices. What is left falls apart into single projects and
corridors, each solved exactly: a corridor over all sets of years in which it can be opened. Whatever the prices, the
sum is never below the best plan (weak duality); at the prices of the linear model it is as low as that model's bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem

    Array = NDArray[np.float64]

#: Sets of years are listed up to so many years; beyond, opening a corridor counts as free, which keeps the bound true.
_MOST_YEARS = 6
_NEVER = -1e300


@dataclass(frozen=True, slots=True)
class Prices:
    """What one whole unit of each limit is worth, (groups, slots) each, of each floor, (groups,) each, and of order.

    The price of order, (pairs, periods), is what it is worth that a pair need not be kept by that period.
    """

    limits: tuple[Array, ...]
    floors: tuple[Array, ...]
    order: Array


@dataclass(frozen=True, slots=True)
class Bound:
    """What the prices say.

    Attributes
    ----------
    total
        No plan can be worth more.
    net
        What each project is worth in each period less what it uses, (projects, periods); −inf where not allowed.
    loss
        By how much the bound falls where a project is built in that period all the same, (projects, periods), from 0
        up.
    best
        Period that the prices would choose for each project, −1 for none.
    """

    total: float
    net: Array
    loss: Array
    best: NDArray[np.int64]


def charge(problem: Problem, prices: Prices) -> Array:
    """Return what each project uses in each period at these prices, (projects, periods)."""
    total = np.zeros_like(problem.value)
    for limit, price in zip(problem.limits, prices.limits, strict=True):
        by_period = limit.by_period(price)
        total += np.append(by_period, np.zeros((1, by_period.shape[1])), axis=0)[limit.group] * limit.use
    for floor, price in zip(problem.floors, prices.floors, strict=True):
        total -= (np.append(price, 0.0)[floor.group] * floor.use)[:, None]
    order = problem.order
    if len(order):
        # a row of period t counts all that is built by t; what is waited for has to be built `lag` periods before
        later = np.cumsum(prices.order[:, ::-1], axis=1)[:, ::-1]
        np.add.at(total, order.then, later)
        np.subtract.at(total, order.first, np.pad(later, ((0, 0), (0, order.lag)))[:, order.lag :])
    return total


def opening_charge(problem: Problem, prices: Prices) -> Array:
    """Return what opening each corridor uses in each year at these prices, (corridors, years)."""
    total = np.zeros((problem.corridors.count, len(problem.periods.years)))
    for limit, price in zip(problem.limits, prices.limits, strict=True):
        if limit.opening.any():
            total += limit.opening[:, None] * price[limit.open_group][:, limit.open_slot]
    return total


def evaluate(problem: Problem, prices: Prices) -> Bound:
    """Return the bound at these prices."""
    net = np.where(problem.allowed, problem.value - charge(problem, prices), -np.inf)
    constant = sum(float((p * limit.most).sum()) for limit, p in zip(problem.limits, prices.limits, strict=True))
    constant -= sum(float((p * floor.least).sum()) for floor, p in zip(problem.floors, prices.floors, strict=True))
    rows = len(problem.ids)
    idle = np.where(problem.forced & problem.allowed.any(axis=1), _NEVER, 0.0)
    years = net.argmax(axis=1) if rows else np.zeros(0, dtype=np.int64)
    top = net[np.arange(rows), years] if rows else np.zeros(0)
    best = np.where(top > idle, years, -1).astype(np.int64)
    each = np.maximum(top, idle)
    loss = each[:, None] - net
    alone = problem.corridors.number < 0
    total = constant + float(each[alone].sum())
    shared = np.flatnonzero(~alone)
    if len(shared):
        opening = opening_charge(problem, prices)
        if opening.shape[1] > _MOST_YEARS:
            opening = np.zeros_like(opening)
        inner = _Corridors(net[shared], idle[shared], problem.corridors.number[shared], opening, problem.periods.place)
        total += float(inner.value.sum())
        loss[shared] = inner.loss
        best[shared] = inner.best
    return Bound(total, net, np.maximum(loss, 0.0), best)


class _Corridors:
    """The best set of years to open each corridor in, by listing them all."""

    def __init__(
        self, net: Array, idle: Array, corridor: NDArray[np.int64], opening: Array, place: NDArray[np.int64]
    ) -> None:
        count, years = opening.shape
        sets = range(1 << years) if opening.any() else [(1 << years) - 1]
        by_year = np.column_stack([net[:, place == year].max(axis=1) for year in range(years)])
        self.value = np.full(count, -np.inf)
        opened = np.zeros(count, dtype=np.int64)
        # the most that a corridor is worth where a project of it is built in a period, (projects, periods)
        through = np.full(net.shape, -np.inf)
        for chosen in sets:
            inside = [year for year in range(years) if chosen >> year & 1]
            each = np.maximum(by_year[:, inside].max(axis=1), idle) if inside else idle
            worth = np.bincount(corridor, weights=each, minlength=count) - opening[:, inside].sum(axis=1)
            better = worth > self.value
            self.value[better] = worth[better]
            opened[better] = chosen
            for period in np.flatnonzero(np.isin(place, inside)).tolist():
                through[:, period] = np.maximum(through[:, period], worth[corridor] - each + net[:, period])
        self.loss = self.value[corridor][:, None] - through
        within = (opened[corridor][:, None] >> place[None, :]) & 1
        net = np.where(within == 1, net, -np.inf)
        period = net.argmax(axis=1)
        self.best = np.where(net[np.arange(len(net)), period] > idle, period, -1).astype(np.int64)
