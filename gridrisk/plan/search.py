"""The search for a plan: greedy, linear model and repair, and the mixed-integer model on what is still in doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.plan.core import Layout, build_model, full_columns
from gridrisk.plan.greedy import greedy, polish
from gridrisk.plan.lagrange import Prices, charge
from gridrisk.plan.linear import Linear, doubtful, linear
from gridrisk.plan.problem import gain_of, keeps_all, used
from gridrisk.plan.relax import Relaxation, relax
from gridrisk.plan.solver import Solution, interruptible, maximise, with_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gridrisk.plan.lagrange import Bound
    from gridrisk.plan.problem import Problem
    from gridrisk.plan.solver import Model

    Progress = Callable[[float, float, float], None]

#: How often a plan that breaks a limit within the solver's tolerance is cut off before it is repaired.
_MOST_CUTS = 20
#: How many projects are opened around the linear model, and the share of the time for each try.
_OPENED = (150, 600, 2_400)
_SHARE_AROUND = 0.12
#: A share of a project nearer to none or all than this counts as such.
_WHOLE = 1e-6
#: A problem of so few columns is solved to the end, which takes no longer than to stop.
_SMALL = 60


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to.

    Attributes
    ----------
    chosen
        Number of the year of each project, −1 for none; None where no plan was found.
    bound
        No plan is worth more.
    prices, reduced
        Prices of what is scarce, and what they say of each project.
    relaxation
        What is missing where what must be renewed does not fit.
    stopped
        Whether a person stopped the search.
    """

    chosen: NDArray[np.int64] | None
    bound: float
    prices: Prices
    reduced: Bound
    relaxation: Relaxation | None = None
    stopped: bool = False


def search(problem: Problem, *, gap: float, time_limit_s: float, progress: Progress | None = None) -> Found:
    """Look for the plan that is worth most.

    Parameters
    ----------
    problem
        The problem.
    gap
        Relative gap at which the search stops.
    time_limit_s
        Seconds of solving; the plan made at once is not counted.
    progress
        Called with bound, best and gap.
    """
    first = greedy(problem)
    with interruptible() as stop:
        found = linear(problem, first, time_limit_s=time_limit_s)
        bound = found.bound
        best = _best_start(problem, first, found.hint, found.prices)
        if best is None:
            relaxation, best = relax(problem, time_limit_s=time_limit_s)
            if relaxation.needed:
                return Found(None, bound.total, found.prices, bound, relaxation, stop.asked)
            if not keeps_all(problem, best):
                return Found(None, bound.total, found.prices, bound, None, stop.asked)
            best = polish(problem, best)
        result = Found(best, bound.total, found.prices, bound, None, stop.asked)
        reached = gain_of(problem, best)
        if progress is not None:
            progress(bound.total, reached, relative_gap(reached, bound.total))
        small = int(problem.allowed.sum()) <= _SMALL
        if stop.asked or (not small and relative_gap(reached, bound.total) <= gap):
            return replace(result, stopped=stop.asked)
        left = max(time_limit_s - found.seconds, 0.1)
        if not small:
            spent, best = _around(problem, found, best, gap, left)
            left = max(left - spent, 0.1)
            reached = gain_of(problem, best)
            if progress is not None:
                progress(bound.total, reached, relative_gap(reached, bound.total))
            if relative_gap(reached, bound.total) <= gap:
                return replace(result, chosen=best, stopped=stop.asked)
        solution, best = _branch(problem, bound, best, 0.0 if small else gap, left, progress)
        least = max(solution.bound, gain_of(problem, best)) if solution.outcome != "stopped" else bound.total
        return replace(result, chosen=best, bound=min(bound.total, least), stopped=stop.asked)


def relative_gap(reached: float, bound: float) -> float:
    """Return how far a plan may be from the best, as a share of the bound."""
    return max(0.0, bound - reached) / bound if bound > 0 else 0.0


def _best_start(
    problem: Problem, first: NDArray[np.int64], hint: NDArray[np.float64], prices: Prices
) -> NDArray[np.int64] | None:
    """Return the best of the plans made at once, or None where none keeps every limit, floor and duty."""
    merit = problem.value.max(axis=1, initial=0.0) / np.maximum(
        charge(problem, prices).min(axis=1, initial=np.inf), 1e-300
    )
    plans = [first, greedy(problem, hint), greedy(problem, hint, merit=merit)]
    whole = [plan for plan in plans if keeps_all(problem, plan)]
    if not whole:
        return None
    return polish(problem, max(whole, key=lambda plan: gain_of(problem, plan)), merit=merit)


def _around(
    problem: Problem, found: Linear, best: NDArray[np.int64], gap: float, seconds: float
) -> tuple[float, NDArray[np.int64]]:
    """Look for a better plan near the linear model: what it builds whole stays, what it leaves in doubt is solved.

    More and more projects are opened while that helps and time is left; what the linear model says of the others is
    taken as it is. Returns the seconds spent and the better plan.
    """
    spent = 0.0
    rows = np.arange(len(problem.ids))
    whole = found.hint.max(axis=1, initial=0.0) >= 1 - _WHOLE
    for count in _OPENED:
        if count >= len(rows):
            break
        open_rows = doubtful(problem, found.prices, found.bound, count) | problem.order.members(len(rows))
        open_rows |= ((found.hint > _WHOLE) & (found.hint < 1 - _WHOLE)).any(axis=1) | (problem.forced & ~whole)
        taken = np.where(whole & ~open_rows, found.hint.argmax(axis=1), -1)
        model, layout = build_model(problem, np.repeat(open_rows[:, None], len(problem.years), axis=1), taken)
        most = max(0.1, min(seconds - spent, _SHARE_AROUND * seconds))
        decided = gain_of(problem, taken)
        solution = maximise(
            model,
            gap=max(gap / 4, 1e-5),
            time_limit_s=most,
            enough=found.bound.total * (1 - gap) - decided,
        )
        spent += solution.seconds
        if solution.x is None:
            continue
        chosen = np.where(taken >= 0, taken, _choose(problem, layout, solution.x))
        if not keeps_all(problem, chosen):
            continue
        better = polish(problem, chosen)
        if gain_of(problem, better) > gain_of(problem, best):
            best = better
        if relative_gap(gain_of(problem, best), found.bound.total) <= gap:
            break
    return spent, best


def _branch(
    problem: Problem,
    bound: Bound,
    best: NDArray[np.int64],
    gap: float,
    seconds: float,
    progress: Progress | None,
) -> tuple[Solution, NDArray[np.int64]]:
    """Solve the mixed-integer model of all that could still make the plan better.

    A project and year by which the bound falls below the best plan so far can be in no better one, so it is left out.
    Answers that break a limit within the solver's tolerance are cut off: a set of projects that costs a fen too much
    in a year can never be built together in it, so at least one of them is left out, a row that holds for every true
    plan. If answers keep breaking limits the plan from the start stands.
    """
    slack = bound.total - gain_of(problem, best)
    open_columns = bound.loss <= slack + 1e-7 * abs(bound.total)
    built = np.flatnonzero(best >= 0)
    open_columns[built, best[built]] = True
    model, layout = build_model(problem, open_columns)
    solution = Solution("stopped", None, np.inf, np.zeros(0), 0.0)
    start = full_columns(problem, layout, best)
    left = seconds
    for _ in range(_MOST_CUTS):
        solution = maximise(model, gap=gap, time_limit_s=max(left, 0.1), start=start, progress=progress)
        left -= solution.seconds
        if solution.x is None:
            return solution, best
        chosen = _choose(problem, layout, solution.x)
        broken = _broken(problem, chosen)
        if not broken:
            if keeps_all(problem, chosen):
                better = polish(problem, chosen)
                best = better if gain_of(problem, better) > gain_of(problem, best) else best
            return solution, best
        model = _cut(model, layout, chosen, broken)
    return solution, best


def _choose(problem: Problem, layout: Layout, x: NDArray[np.float64]) -> NDArray[np.int64]:
    chosen = np.full(len(problem.ids), -1, dtype=np.int64)
    built = np.flatnonzero(x[: len(layout.project)] > 0.5)
    chosen[layout.project[built]] = layout.year[built]
    return chosen


def _broken(problem: Problem, chosen: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    """Return for every limit that is broken the columns that count in it, (projects, periods)."""
    out = []
    for limit in problem.limits:
        group, slot = np.nonzero(used(problem, limit, chosen) > limit.most)
        for g, s in zip(group.tolist(), slot.tolist(), strict=True):
            mine = (limit.group == g)[:, None] & (limit.slot == s)[None, :]
            if limit.opening.any():
                opens = np.append(limit.open_group == g, False)[problem.corridors.number]
                mine |= opens[:, None] & (limit.open_slot[problem.periods.place] == s)[None, :]
            out.append(mine)
    return out


def _cut(model: Model, layout: Layout, chosen: NDArray[np.int64], broken: list[NDArray[np.bool_]]) -> Model:
    for counts in broken:
        inside = counts[layout.project, layout.year] & (chosen[layout.project] == layout.year)
        columns = np.flatnonzero(inside)
        model = with_row(model, columns, len(columns) - 1.0)
    return model
