"""A plan at once: mandatory projects by deadline, then the most risk for the money. The solver starts from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridrisk.plan.problem import used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem


def greedy(
    problem: Problem, hint: NDArray[np.float64] | None = None, *, merit: NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """Return the year number of each project, −1 where it is not built; no limit is broken.

    Mandatory projects come first, by deadline and each as early as it fits; one that finds no place is left out, so
    look at `forced`. Then come the others by risk removed for the money, each as early as it fits.

    Parameters
    ----------
    hint
        How much of each project is built in each year by a linear model, (projects, years): what it builds whole
        keeps its year, and comes first.
    merit
        Another order than risk removed for the money, the highest first, (projects,).
    """
    left = [limit.most.copy() for limit in problem.limits]
    uses = [limit.use for limit in problem.limits]
    chosen = np.full(len(problem.ids), -1, dtype=np.int64)

    def place(row: int, year: int) -> bool:
        if not problem.allowed[row, year] or any(
            use[row, year] > room[year] for use, room in zip(uses, left, strict=True)
        ):
            return False
        for use, room in zip(uses, left, strict=True):
            room[year] -= use[row, year]
        chosen[row] = year
        return True

    worth = for_the_money(problem) if merit is None else merit
    weight = np.zeros_like(problem.value) if hint is None else hint
    share = weight.max(axis=1, initial=0.0)
    # by duty and deadline, then by what the linear model builds, then by risk for the money
    due = np.where(problem.forced, problem.due, np.iinfo(np.int64).max)
    for row in np.lexsort((-worth, -np.round(share, 6), due)).tolist():
        if not problem.forced[row] and problem.value[row].max(initial=0.0) <= 0:
            continue
        years = np.argsort(-np.round(weight[row], 6), kind="stable").tolist()
        next((year for year in years if place(row, year)), None)
    return chosen


def for_the_money(problem: Problem) -> NDArray[np.float64]:
    """Return the risk removed by a fen, of each project built in the first year at its lowest cost."""
    cheapest = problem.cost.min(axis=1, initial=np.iinfo(np.int64).max)
    return np.asarray(problem.value[:, 0] / np.maximum(cheapest, 1), dtype=np.float64)


def polish(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a plan at least as good: each project earlier where there is room, and others added that still fit.

    Projects are taken in order of the risk removed for the money, so the outcome does not depend on chance.
    """
    room = [limit.most - used(limit, chosen) for limit in problem.limits]
    uses = [limit.use for limit in problem.limits]
    out = chosen.copy()
    worth = for_the_money(problem)
    for row in np.argsort(-worth, kind="stable").tolist():
        now = int(out[row])
        gain = problem.value[row] - (problem.value[row, now] if now >= 0 else 0.0)
        for year in np.argsort(-gain, kind="stable").tolist():
            if gain[year] <= 0:
                break
            if not problem.allowed[row, year] or any(
                use[row, year] > left[year] for use, left in zip(uses, room, strict=True)
            ):
                continue
            for use, left in zip(uses, room, strict=True):
                left[year] -= use[row, year]
                if now >= 0:
                    left[now] += use[row, now]
            out[row] = year
            break
    return out
