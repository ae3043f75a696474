"""The money that the need asks for, where nobody has said how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridrisk.errors import ParameterError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

    Index = NDArray[np.int64]


def need_budget(
    projects: pd.DataFrame, scenario: Scenario, cost: Index, no_dig: NDArray[np.bool_], due: Index
) -> Index:
    """Return the yearly budgets that the need asks for, whole fen, (years,).

    What must be renewed sets the course: by the end of each year there must have been money for all that is due by
    then, spread as evenly as that allows (work may come early, never late), so the years need not be equal. Where
    projects, taken whole, still do not fit, every year gets the same number of steps more. A share of the cost of the
    other candidates is added, spread evenly.
    """
    if scenario.budget_from_need is None:
        raise ParameterError(msg("no money: give budget_yuan, budget_by_payer_yuan or budget_from_need"))
    step = round(scenario.budget_step_yuan.value * 100)
    must = projects["mandatory"].to_numpy(dtype=bool)
    rows = np.flatnonzero(must & (due <= scenario.last_year))
    place = due[rows] - scenario.first_year
    course = _in_steps(even_course(_due_by_year(cost[rows], no_dig[rows], place)), step)
    more, most = 0, int(-(-int(cost[rows].max(axis=1).sum()) // step)) if len(rows) else 0
    while more < most:
        middle = (more + most) // 2
        if _fits(cost[rows], no_dig[rows], place, course + middle * step):
            most = middle
        else:
            more = middle + 1
    rest = int(cost[~must].max(axis=1).sum()) if (~must).any() else 0
    extra = int(rest * scenario.budget_from_need.value / scenario.years)
    return np.asarray(course + most * step + -(-extra // step) * step, dtype=np.int64)


def even_course(due: Index) -> NDArray[np.float64]:
    """Return yearly sums, as even as can be, whose running total is never below that of `due` and ends with it.

    The slopes of the least concave curve above the running total; they never grow from one year to the next.
    """
    total = np.concatenate([[0.0], np.cumsum(due, dtype=np.float64)])
    out = np.zeros(len(due))
    start = 0
    while start < len(due):
        slope = (total[start + 1 :] - total[start]) / np.arange(1, len(due) - start + 1)
        # the last of equal slopes, so that the course does not depend on rounding
        end = start + len(slope) - int(slope[::-1].argmax())
        out[start:end] = slope.max()
        start = end
    return out


def _due_by_year(cost: Index, no_dig: NDArray[np.bool_], place: Index) -> Index:
    """Return what each year must have paid for at the latest: projects at their full cost in their last open year."""
    years = cost.shape[1]
    usable = ~no_dig & (np.arange(years) <= place[:, None])
    out = np.zeros(years, dtype=np.int64)
    last = years - 1 - usable[:, ::-1].argmax(axis=1)
    able = usable.any(axis=1)
    np.add.at(out, last[able], cost[able].max(axis=1))
    return out


def _in_steps(course: NDArray[np.float64], step: int) -> Index:
    return np.asarray(np.ceil(course / step - 1e-9), dtype=np.int64) * step


def _fits(cost: Index, no_dig: NDArray[np.bool_], place: Index, budget: Index) -> bool:
    """Say whether projects fit by their deadlines, each put into the earliest year with room, by deadline."""
    left = budget.tolist()
    order = np.lexsort((-cost[:, 0], place))
    for row in order.tolist():
        window = [t for t in range(int(place[row]) + 1) if not no_dig[row, t]]
        if not window:
            continue  # closed road: no money helps
        year = next((t for t in window if cost[row, t] <= left[t]), None)
        if year is None:
            return False
        left[year] -= int(cost[row, year])
    return True
