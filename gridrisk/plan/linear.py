"""The linear model: prices of what is scarce, a bound over all projects, and how much of each it would build.

Only what is promising is given to the solver. The bound is that of `gridrisk.plan.lagrange` at the solver's prices, so
it holds for all projects, and projects that these prices would choose are added until there are none. Of a very large
problem the prices come from a sample first; then it is solved in parts, or only what those prices leave in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, hstack

from gridrisk.plan.core import Layout, build_model
from gridrisk.plan.greedy import for_the_money
from gridrisk.plan.lagrange import Bound, Prices, charge, evaluate
from gridrisk.plan.parts import Joined, locally_scarce, parts, promising, sample, split, spread
from gridrisk.plan.solver import Model, maximise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem

#: Up to so many projects all are solved; up to the second number the promising ones; beyond, parts or those in doubt.
_ALL = 300
_WHOLE = 15_000
_DOUBT = 9_000
#: A project is promising where it removes at least this share of what the last one chosen by greedy does for a yuan.
_PROMISING = 0.6
_ROUNDS = 5
_NEAR = 1e-4
#: Above so many projects in a part its linear model takes longer than it is worth.
_LARGEST_PART = 30_000
#: What is given to the solver of a part: what is worth this share of its money, and more where that was not enough.
_WORTH_ITS_MONEY = (0.8, 0.4)
_FAR = 0.01
#: What breaking a limit by one unit of its row costs in the linear model, in units of the largest gain.
_PENALTY = 2.0


@dataclass(frozen=True, slots=True)
class Linear:
    """What the linear model says: how much of each project in each year, prices, and the bound over all projects."""

    hint: NDArray[np.float64]
    prices: Prices
    bound: Bound
    seconds: float


def linear(problem: Problem, start: NDArray[np.int64], *, time_limit_s: float) -> Linear:
    """Solve the linear model.

    Parameters
    ----------
    problem
        The problem.
    start
        Years of a plan made at once, which tells what is promising.
    time_limit_s
        Limit of each of the few runs of the solver.
    """
    if len(problem.ids) > _WHOLE:
        return _very_large(problem, start, time_limit_s)
    rows = np.ones(len(problem.ids), dtype=bool)
    worth = for_the_money(problem)
    chosen = (start >= 0) & ~problem.forced
    if len(rows) > _ALL and chosen.any():
        rows = (worth >= _PROMISING * np.quantile(worth[chosen], 0.05)) | problem.forced | (start >= 0)
        rows |= problem.order.members(len(rows))
    mask = np.repeat(rows[:, None], len(problem.years), axis=1)
    best: Linear | None = None
    spent = 0.0
    for _ in range(_ROUNDS):
        found = _solve(problem, mask, None, time_limit_s)
        spent += found.seconds
        if best is None or found.bound.total < best.bound.total:
            best = replace(found, seconds=spent)
        value = float((found.hint * problem.value).sum())
        missed = (found.bound.net > 1e-9 * np.abs(problem.value).max(initial=0.0)) & ~mask
        if not missed.any() or found.bound.total - value <= _NEAR * abs(found.bound.total) or spent > time_limit_s:
            break
        mask |= missed.any(axis=1)[:, None]
    return best if best is not None else found


def _very_large(problem: Problem, start: NDArray[np.int64], time_limit_s: float) -> Linear:
    """Solve a very large problem part by part where towns or zones have limits of their own, else what is in doubt."""
    small = sample(problem)
    prices = spread(problem, _solve(small, np.ones_like(small.allowed), None, time_limit_s).prices)
    if locally_scarce(problem, prices):
        pieces = parts(problem)
        if max(len(rows) for rows in pieces) <= _LARGEST_PART:
            return _by_parts(problem, pieces, prices, start, time_limit_s)
    return _in_doubt(problem, prices, time_limit_s)


def _by_parts(
    problem: Problem, pieces: list[NDArray[np.int64]], prices: Prices, start: NDArray[np.int64], time_limit_s: float
) -> Linear:
    """Solve the parts one by one, each with its share of what the whole city has, and put them together."""
    joined, hint, spent = Joined(problem), np.zeros_like(problem.value), 0.0
    good = [promising(problem, prices, share) | problem.forced[:, None] for share in _WORTH_ITS_MONEY]
    for rows in pieces:
        part = split(problem, rows, start)
        for mask in good:
            found = _solve(part, mask[rows], None, max(time_limit_s - spent, 1.0))
            spent += found.seconds
            if found.bound.total - float((found.hint * part.value).sum()) <= _FAR * abs(found.bound.total):
                break
        hint[rows] = found.hint
        joined.add(part, found.prices)
    prices = joined.prices()
    return Linear(hint, prices, evaluate(problem, prices), spent)


def _in_doubt(problem: Problem, prices: Prices, time_limit_s: float) -> Linear:
    """Decide what first prices leave no doubt about, and solve the rest."""
    bound = evaluate(problem, prices)
    open_rows = doubtful(problem, prices, bound, _DOUBT) | problem.order.members(len(problem.ids))
    best: Linear | None = None
    spent = 0.0
    for _ in range(_ROUNDS):
        taken = np.where(open_rows, -1, bound.best)
        mask = np.repeat(open_rows[:, None], len(problem.years), axis=1)
        found = _solve(problem, mask, taken, time_limit_s)
        spent += found.seconds
        hint = found.hint
        rows = np.flatnonzero(taken >= 0)
        hint[rows, taken[rows]] = 1.0
        if best is None or found.bound.total < best.bound.total:
            best = replace(found, seconds=spent)
        value = float((hint * problem.value).sum())
        wrong = ~open_rows & (found.bound.best != bound.best)
        if not wrong.any() or found.bound.total - value <= _NEAR * abs(found.bound.total) or spent > time_limit_s:
            break
        open_rows |= wrong
    return best if best is not None else found


def doubtful(problem: Problem, prices: Prices, bound: Bound, count: int) -> NDArray[np.bool_]:
    """Say which `count` projects lie nearest to another choice, for what they use."""
    rows = np.arange(len(problem.ids))
    loss = bound.loss.copy()
    built = bound.best >= 0
    loss[rows[built], bound.best[built]] = np.inf
    other = loss.min(axis=1)
    idle = np.where(built & ~problem.forced, bound.net[rows, np.maximum(bound.best, 0)], np.inf)
    margin = np.minimum(other, idle)
    cost = np.maximum(charge(problem, prices).max(axis=1), 1e-12 * max(np.abs(problem.value).max(initial=0.0), 1e-300))
    order = np.argsort(margin / cost, kind="stable")
    out = np.zeros(len(rows), dtype=bool)
    out[order[:count]] = True
    return out


def _solve(problem: Problem, mask: NDArray[np.bool_], taken: NDArray[np.int64] | None, time_limit_s: float) -> Linear:
    model, layout = build_model(problem, mask, taken)
    solution = maximise(model, relaxed=True, time_limit_s=time_limit_s)
    if solution.outcome == "infeasible":
        solution = maximise(_elastic(model, layout), relaxed=True, time_limit_s=time_limit_s)
    hint = np.zeros_like(problem.value)
    if solution.x is not None:
        hint[layout.project, layout.year] = solution.x[: len(layout.project)]
    prices = prices_of(problem, layout, solution.prices)
    return Linear(hint, prices, evaluate(problem, prices), solution.seconds)


def prices_of(problem: Problem, layout: Layout, duals: NDArray[np.float64]) -> Prices:
    """Return prices of whole units from the dual values of the rows."""
    at = layout.first_limit_row
    limits = []
    for limit in problem.limits:
        rows = duals[at : at + limit.most.size].reshape(limit.most.shape)
        limits.append(np.maximum(rows, 0.0) / limit.scale)
        at += limit.most.size
    floors = []
    for floor in problem.floors:
        floors.append(np.maximum(-duals[at : at + len(floor.least)], 0.0) / floor.scale)
        at += len(floor.least)
    order = duals[layout.first_order_row :].reshape(len(problem.order), len(problem.years))
    return Prices(tuple(limits), tuple(floors), np.maximum(order, 0.0))


def _elastic(model: Model, layout: Layout) -> Model:
    """Let every limit and floor be broken at a price that no plan would pay, so that there always is an answer."""
    last = model.rows.shape[0]
    soft = np.arange(layout.first_limit_row, layout.first_link_row)
    sign = np.where(np.isfinite(model.low[soft]), 1.0, -1.0)
    extra = coo_array((sign, (soft, np.arange(len(soft)))), shape=(last, len(soft))).tocsr()
    penalty = _PENALTY * float(np.abs(model.gain).max(initial=1.0))
    return Model(
        gain=np.concatenate([model.gain, np.full(len(soft), -penalty)]),
        rows=hstack([model.rows, extra], format="csr"),
        low=model.low,
        high=model.high,
        upper=np.concatenate([model.upper, np.full(len(soft), np.inf)]),
        whole=np.concatenate([model.whole, np.zeros(len(soft), dtype=bool)]),
    )
