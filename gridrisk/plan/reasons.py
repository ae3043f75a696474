"""Why each project is built in its year, or not at all: one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.plan.words import limit_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem
    from gridrisk.plan.relax import Relaxation


def explain(
    problem: Problem,
    projects: pd.DataFrame,
    chosen: NDArray[np.int64],
    prices: pd.Series,
    relaxation: Relaxation | None,
) -> dict[str, Message]:
    """Return one sentence a project.

    Parameters
    ----------
    problem, chosen
        The problem and the year number of each project (−1: not built).
    projects
        The projects, for their dates.
    prices
        What one more yuan (kilometre) of each limit and year would remove; see `Schedule.shadow_price`.
    relaxation
        Given where what must be renewed does not fit.
    """
    table = projects.loc[pd.Index(problem.ids)]
    elsewhere = _elsewhere(problem, prices)
    out: dict[str, Message] = {}
    for row, project_id in enumerate(problem.ids):
        if relaxation is not None:
            text = _unplanned_infeasible(problem, row, relaxation)
        elif chosen[row] >= 0:
            text = msg(
                "{why}; {when}",
                why=_why(problem, table, row, int(chosen[row]), elsewhere),
                when=_when(problem, table, row, int(chosen[row])),
            )
        else:
            text = _why_not(problem, table, row, elsewhere)
        out[str(project_id)] = text
    return out


def _elsewhere(problem: Problem, prices: pd.Series) -> NDArray[np.float64]:
    """Return what the money and crews of each project would remove elsewhere, (projects, years)."""
    total = np.zeros_like(problem.value)
    years = len(problem.years)
    for number, limit in enumerate(problem.limits):
        unit = 1e6 if limit.name == "crew" else 100
        total += limit.use / unit * prices.to_numpy()[number * years : (number + 1) * years]
    return total


def _why(problem: Problem, table: pd.DataFrame, row: int, year: int, elsewhere: NDArray[np.float64]) -> Message:
    if problem.excepted[row]:
        return msg(
            "must be renewed by the end of {due}, and needs the approval to dig up a road that is closed until {date}",
            due=int(problem.due[row]),
            date=table["no_dig_until"].iloc[row].date(),
        )
    if problem.forced[row]:
        return msg("must be renewed by the end of {due}", due=int(problem.due[row]))
    value, price = problem.value[row, year], elsewhere[row, year]
    if price <= 0:
        return msg("removes {value} of risk, and there is money for it", value=f"{value:.3g}")
    if value >= price:
        return msg(
            "removes {value} of risk, no less than the {price} that its money and crews would remove elsewhere",
            value=f"{value:.3g}",
            price=f"{price:.3g}",
        )
    return msg(
        "removes {value} of risk with money that dearer projects leave over; at the margin it would remove {price}",
        value=f"{value:.3g}",
        price=f"{price:.3g}",
    )


def _when(problem: Problem, table: pd.DataFrame, row: int, year: int) -> Message:
    full, cost = int(problem.cost[row].max()), int(problem.cost[row, year])
    name = int(problem.years[year])
    works = table["works_year"].iloc[row]
    if not pd.isna(works) and int(works) == name:
        return msg(
            "in {year} it goes together with the works planned there and saves {yuan} yuan",
            year=name,
            yuan=f"{(full - cost) / 100:,.0f}",
        )
    if year == 0:
        return msg("in {year}, as early as possible", year=name)
    if problem.no_dig[row, :year].all():
        return msg("{year} is the first year that the no-dig order leaves open", year=name)
    if problem.forced[row] and year == int(problem.due[row] - problem.years[0]):
        return msg("in {year}, the last year allowed: the years before are full with work worth more then", year=name)
    return msg("in {year}: the years before are full with work that is due or worth more then", year=name)


def _why_not(problem: Problem, table: pd.DataFrame, row: int, elsewhere: NDArray[np.float64]) -> Message:
    if problem.no_dig[row].all():
        until = table["no_dig_until"].iloc[row]
        return msg("not in the plan: a no-dig order until {date} closes every year", date=until.date())
    years = np.flatnonzero(problem.allowed[row])
    cost = f"{problem.cost[row, years].min() / 100:,.0f}"
    if problem.value[row].max() <= 0:
        return msg("not in the plan: no risk of it is known that it would remove")
    dear = [limit for limit in problem.limits if (limit.use[row, years] > limit.most[years]).all()]
    if dear:
        return msg("not in the plan: it needs more than any open year has ({limit})", limit=limit_name(dear[0].name))
    margin = problem.value[row, years] - elsewhere[row, years]
    best = int(years[int(margin.argmax())])
    value, price = problem.value[row, best], elsewhere[row, best]
    if value < price:
        return msg(
            "not in the plan: its {cost} yuan would remove {price} of risk elsewhere, here only {value}; "
            "it comes in when money removes as little elsewhere",
            cost=cost,
            value=f"{value:.3g}",
            price=f"{price:.3g}",
        )
    return msg("not in the plan, a near miss: no year has the {cost} yuan and crews that it needs left over", cost=cost)


def _unplanned_infeasible(problem: Problem, row: int, relaxation: Relaxation) -> Message:
    project_id = str(problem.ids[row])
    if project_id in relaxation.closed:
        return msg(
            "no plan: must be renewed by the end of {due}, but a no-dig order closes every year until then",
            due=int(problem.due[row]),
        )
    if problem.forced[row]:
        return msg(
            "no plan: must be renewed by the end of {due}; with what is missing it would be built in {year}",
            due=int(problem.due[row]),
            year=relaxation.years[project_id],
        )
    return msg("no plan: what must be renewed does not fit, so nothing else is planned")
