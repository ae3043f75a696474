"""The scheduling problem as arrays: what each project is worth and uses in each year, and what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.plan.dates import column, due_years, forbidden, former_years, pinned_years
from gridrisk.plan.limits import Corridors, Floor, Limit, build_floors, build_limits, corridors_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

_REQUIRED = ("risk", "length_m", "mandatory", "deadline_year", "works_year", "no_dig_until", "cost_yuan", "saving_yuan")


@dataclass(frozen=True, slots=True)
class Problem:
    """A scheduling problem; rows are projects in the order of their ids, columns the years of the plan.

    Attributes
    ----------
    ids, years
        Names of rows and columns.
    worth
        Risk removed over the horizon by building a project in a year.
    value
        The same, and what it is worth that a project keeps the year it had in the plan before.
    base
        Risk carried over the horizon by each project that is never built, and the worth of its former year.
    allowed
        False where a no-dig order, the deadline of what must be renewed, or the planner forbids the year.
    forced
        True where the project must be in the plan.
    due
        Last year by which a mandatory project is built (past the plan: not forced); 0 for others.
    pinned
        Number of the year that the planner has fixed; −1 where none.
    former
        Number of the year in the plan before; −1 where it was in none of these years.
    no_dig
        Where a no-dig order forbids the year.
    excepted
        Mandatory projects that are built in spite of a no-dig order that leaves no year up to their deadline.
    cost
        Whole fen of all payers, of a project built without its neighbours, (projects, years).
    limits, floors
        What there is only so much of, and what must be reached.
    corridors
        Streets and communities whose projects share mobilisation when built in one year.
    """

    ids: NDArray[np.object_]
    years: NDArray[np.int64]
    worth: NDArray[np.float64]
    value: NDArray[np.float64]
    base: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    forced: NDArray[np.bool_]
    due: NDArray[np.int64]
    pinned: NDArray[np.int64]
    former: NDArray[np.int64]
    no_dig: NDArray[np.bool_]
    excepted: NDArray[np.bool_]
    cost: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    limits: tuple[Limit, ...]
    floors: tuple[Floor, ...]
    corridors: Corridors


def build_problem(projects: pd.DataFrame, scenario: Scenario) -> Problem:
    """Put projects and scenario into arrays, projects in the order of their ids.

    Risk grows by ``growth`` and counts less by ``discount`` each year: year s of the plan (0 the first) weighs
    ((1 + growth) / (1 + discount))^s. A project built in year t removes (1 − residual_share) of its risk in half of
    year t and in all later years of the horizon.

    Parameters
    ----------
    projects
        On project_id, see `schedule`.
    scenario
        The scenario.

    Raises
    ------
    DataError
        Where projects lack a column or hold a number that cannot be.
    ParameterError
        Where the scenario has money for a payer that nobody knows, or a pin cannot be kept.
    """
    _check(projects)
    table = pd.DataFrame(projects.drop(columns="geometry", errors="ignore")).sort_index()
    years = np.arange(scenario.first_year, scenario.last_year + 1, dtype=np.int64)
    weights = year_weights(scenario)
    risk = table["risk"].to_numpy(dtype=float)
    due = due_years(table, scenario)
    no_dig = forbidden(table, years, int(scenario.season_months.value))
    pinned = pinned_years(table, years, due, no_dig)
    excluded = column(table, "excluded", default=False).to_numpy(dtype=bool)
    forced = ((due > 0) & (due <= scenario.last_year)) | (pinned >= 0)
    late = ((due > 0) & (due <= scenario.last_year))[:, None] & (years[None, :] > due[:, None])
    excepted = forced & (no_dig | late).all(axis=1) & scenario.no_dig_exception
    no_dig &= ~excepted[:, None] & ~(pinned[:, None] == np.arange(len(years)))
    allowed = ~no_dig & ~late & ~excluded[:, None]
    allowed &= (pinned < 0)[:, None] | (pinned[:, None] == np.arange(len(years)))
    corridors = corridors_of(table, scenario)
    length_mm = np.rint(table["length_m"].to_numpy(dtype=float) * 1000).astype(np.int64)
    worth = np.outer(risk, removal_weights(scenario, weights))
    former = former_years(table, years)
    keeping = np.where(former >= 0, worth.max(axis=1, initial=0.0) * scenario.change_cost.value, 0.0)
    cost, limits = build_limits(table, scenario, years, no_dig=no_dig, due=due, corridors=corridors)
    return Problem(
        ids=table.index.to_numpy(dtype=object),
        years=years,
        worth=worth,
        value=worth + keeping[:, None] * (former[:, None] == np.arange(len(years))),
        base=risk * weights.sum() + keeping,
        allowed=allowed,
        forced=forced,
        due=due,
        pinned=pinned,
        former=former,
        no_dig=no_dig,
        excepted=excepted,
        cost=cost,
        length_mm=length_mm,
        limits=limits,
        floors=build_floors(table, scenario, length_mm, allowed.any(axis=1)),
        corridors=corridors,
    )


def openings(problem: Problem, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the corridors that are opened and the years, each pair once."""
    built = np.flatnonzero((chosen >= 0) & (problem.corridors.number >= 0))
    count = len(problem.years)
    pairs = np.unique(problem.corridors.number[built] * count + chosen[built])
    return pairs // count, pairs % count


def used(problem: Problem, limit: Limit, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how much of a limit is used, whole units, (groups, years)."""
    built = np.flatnonzero((chosen >= 0) & (limit.group >= 0))
    total = np.zeros_like(limit.most)
    np.add.at(total, (limit.group[built], chosen[built]), limit.use[built, chosen[built]])
    if limit.opening.any():
        corridor, year = openings(problem, chosen)
        np.add.at(total, (np.zeros_like(year), year), limit.opening[corridor])
    return total


def reached(floor: Floor, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how much of a floor is reached, whole units, (groups,)."""
    built = np.flatnonzero((chosen >= 0) & (floor.group >= 0))
    total = np.zeros_like(floor.least)
    np.add.at(total, floor.group[built], floor.use[built])
    return total


def keeps_all(problem: Problem, chosen: NDArray[np.int64]) -> bool:
    """Say whether a choice of years keeps every limit, floor and duty."""
    built = np.flatnonzero(chosen >= 0)
    return bool(
        problem.allowed[built, chosen[built]].all()
        and (chosen[problem.forced] >= 0).all()
        and all((used(problem, limit, chosen) <= limit.most).all() for limit in problem.limits)
        and all((reached(floor, chosen) >= floor.least).all() for floor in problem.floors)
    )


def mobilisation_saved(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which projects save the mobilisation: of a corridor's projects in one year, all but the first by id."""
    out = np.zeros(len(problem.ids), dtype=bool)
    built = np.flatnonzero((chosen >= 0) & (problem.corridors.number >= 0))
    pairs = problem.corridors.number[built] * len(problem.years) + chosen[built]
    first = np.unique(pairs, return_index=True)[1]
    out[built] = True
    out[built[first]] = False
    return out


def gain_of(problem: Problem, chosen: NDArray[np.int64]) -> float:
    """Return the sum of `value` of a plan."""
    built = np.flatnonzero(chosen >= 0)
    return float(problem.value[built, chosen[built]].sum())


def year_weights(scenario: Scenario) -> NDArray[np.float64]:
    """Return the weight of each year of the horizon, the first year of the plan counting 1."""
    ratio = (1 + scenario.growth.value) / (1 + scenario.discount.value)
    return np.asarray(ratio ** np.arange(int(scenario.horizon_years.value)), dtype=np.float64)


def removal_weights(scenario: Scenario, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the years of risk removed by building in each year of the plan, per unit of risk."""
    later = weights.sum() - np.cumsum(weights)
    result: NDArray[np.float64] = (1 - scenario.residual_share.value) * (later + weights / 2)[: scenario.years]
    return result


def _check(projects: pd.DataFrame) -> None:
    missing = [column for column in _REQUIRED if column not in projects.columns]
    if missing:
        raise DataError(msg("projects have no {columns}; build and price them first", columns=", ".join(missing)))
    if projects.index.has_duplicates:
        raise DataError(msg("project ids are not unique"))
    for name in ("risk", "length_m", "cost_yuan"):
        values = projects[name].to_numpy(dtype=float)
        bad = projects.index[~(np.isfinite(values) & (values >= 0))]
        if len(bad):
            raise DataError(
                msg(
                    "project {id}: {column} is {value}; it must be a number from 0 up",
                    id=bad[0],
                    column=name,
                    value=projects[name][bad[0]],
                )
            )
