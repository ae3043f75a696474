"""The scheduling problem as arrays: what each project is worth and uses in each year, and what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.plan.dates import column, due_years, forbidden, former_years, on_time, pinned_years
from gridrisk.plan.limits import Corridors, Floor, Limit, build_floors, build_limits, corridors_of
from gridrisk.plan.order import Order, order_of, pass_on
from gridrisk.plan.periods import Periods, periods_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

_REQUIRED = ("risk", "length_m", "mandatory", "deadline_year", "works_year", "no_dig_until", "cost_yuan", "saving_yuan")


@dataclass(frozen=True, slots=True)
class Problem:
    """A scheduling problem; rows are projects in the order of their ids, columns the periods of the plan.

    Attributes
    ----------
    ids
        Names of the rows.
    periods
        The columns: years, or quarters of years.
    worth
        Risk removed over the horizon by building a project in a period.
    value
        The same, less what it counts for that households are cut off, and what it is worth that a project keeps the
        year it had in the plan before.
    base
        Risk carried over the horizon by each project that is never built, and the worth of its former year.
    allowed
        False where a no-dig order, the deadline of what must be renewed, or the planner forbids the period.
    in_time
        False where a period is after the deadline of what must be renewed, or too late for what waits for it.
    forced
        True where the project must be in the plan, also because one that must be waits for it.
    due
        Last year by which a mandatory project is built (past the plan: not forced); 0 for others.
    pinned
        Number of the year that the planner has fixed; −1 where none.
    former
        Number of the year in the plan before; −1 where it was in none of these years.
    no_dig
        Where a no-dig order forbids the period.
    order
        Projects that wait for others.
    excepted
        Mandatory projects that are built in spite of a no-dig order that leaves no year up to their deadline.
    cost
        Whole fen of all payers, of a project built without its neighbours, (projects, periods).
    limits, floors
        What there is only so much of, and what must be reached.
    corridors
        Streets and communities whose projects share mobilisation when built in one year.
    """

    ids: NDArray[np.object_]
    periods: Periods
    worth: NDArray[np.float64]
    value: NDArray[np.float64]
    base: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    in_time: NDArray[np.bool_]
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
    order: Order

    @property
    def years(self) -> NDArray[np.int64]:
        """Calendar year of each period, (periods,)."""
        return self.periods.year


def build_problem(projects: pd.DataFrame, scenario: Scenario) -> Problem:
    """Put projects and scenario into arrays, projects in the order of their ids.

    Risk grows by ``growth`` and counts less by ``discount`` each year: year s of the plan (0 the first) weighs
    ((1 + growth) / (1 + discount))^s. A project built in year t removes (1 − residual_share) of its risk in half of
    year t (in a plan by quarters: in what is left of it from the middle of the quarter) and in all later years of the
    horizon.

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
    periods = periods_of(scenario)
    last = int(periods.years[-1])
    risk = table["risk"].to_numpy(dtype=float)
    due = due_years(table, scenario)
    closed = forbidden(table, periods, int(scenario.season_months.value))
    pinned = pinned_years(table, periods.years, due, periods.within(closed))
    here = (pinned[:, None] == periods.place[None, :]) & _pinned_quarter(table, periods)
    started = column(table, "started", default=False).fillna(False).to_numpy(dtype=bool)
    excluded = column(table, "excluded", default=False).to_numpy(dtype=bool)
    must = (due > 0) & (due <= last)
    in_time = on_time(table, periods, due) | (here & started[:, None])
    excepted = (must | (pinned >= 0)) & (closed | ~in_time).all(axis=1) & scenario.no_dig_exception
    no_dig = closed & ~excepted[:, None] & ~(here & started[:, None])
    allowed = ~no_dig & in_time & ~excluded[:, None] & ((pinned < 0)[:, None] | here)
    order = order_of(table, periods.lag)
    allowed, in_time, forced = pass_on(order, allowed, in_time, must | (pinned >= 0))
    corridors = corridors_of(table, scenario)
    length_mm = np.rint(table["length_m"].to_numpy(dtype=float) * 1000).astype(np.int64)
    weights = year_weights(scenario)
    worth = np.outer(risk, removal_weights(scenario, weights, periods))
    former = former_years(table, periods.years)
    keeping = np.where(former >= 0, worth.max(axis=1, initial=0.0) * scenario.change_cost.value, 0.0)
    cost, limits = build_limits(table, scenario, periods, no_dig=no_dig, due=due, corridors=corridors)
    return Problem(
        ids=table.index.to_numpy(dtype=object),
        periods=periods,
        worth=worth,
        value=worth + keeping[:, None] * (former[:, None] == periods.place) - disruption(table, scenario)[:, None],
        base=risk * weights.sum() + keeping,
        allowed=allowed,
        in_time=in_time,
        forced=forced,
        due=due,
        pinned=pinned,
        former=former,
        no_dig=no_dig,
        excepted=excepted,
        cost=cost,
        length_mm=length_mm,
        limits=limits,
        floors=build_floors(table, scenario, length_mm, np.asarray(allowed.any(axis=1))),
        corridors=corridors,
        order=order,
    )


def _pinned_quarter(table: pd.DataFrame, periods: Periods) -> NDArray[np.bool_]:
    """Say which periods the quarter that a planner has fixed allows, (projects, periods)."""
    quarter = column(table, "pinned_quarter", pd.NA).astype("Int64").fillna(0).to_numpy(dtype=np.int64)[:, None]
    return np.asarray((quarter == 0) | (periods.quarter == 0) | (periods.quarter == quarter), dtype=bool)


def disruption(table: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
    """Return what it counts for that the households of each project are cut off once; unknown ones count as none."""
    homes = column(table, "households", 0).astype("Float64").fillna(0).to_numpy(dtype=float)
    return np.asarray(homes * scenario.disruption.value, dtype=np.float64)


def openings(problem: Problem, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the corridors that are opened and the numbers of the years, each pair once."""
    built = np.flatnonzero((chosen >= 0) & (problem.corridors.number >= 0))
    count = len(problem.periods.years)
    pairs = np.unique(problem.corridors.number[built] * count + problem.periods.place[chosen[built]])
    return pairs // count, pairs % count


def used(problem: Problem, limit: Limit, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how much of a limit is used, whole units, (groups, slots)."""
    built = np.flatnonzero((chosen >= 0) & (limit.group >= 0))
    built = built[limit.slot[chosen[built]] >= 0]
    total = np.zeros_like(limit.most)
    np.add.at(total, (limit.group[built], limit.slot[chosen[built]]), limit.use[built, chosen[built]])
    if limit.opening.any():
        corridor, year = openings(problem, chosen)
        np.add.at(total, (limit.open_group[corridor], limit.open_slot[year]), limit.opening[corridor])
    return total


def reached(floor: Floor, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how much of a floor is reached, whole units, (groups,)."""
    built = np.flatnonzero((chosen >= 0) & (floor.group >= 0))
    total = np.zeros_like(floor.least)
    np.add.at(total, floor.group[built], floor.use[built])
    return total


def keeps_all(problem: Problem, chosen: NDArray[np.int64]) -> bool:
    """Say whether a choice of periods keeps every limit, floor, duty and sequence."""
    built = np.flatnonzero(chosen >= 0)
    return bool(
        problem.allowed[built, chosen[built]].all()
        and (chosen[problem.forced] >= 0).all()
        and problem.order.kept(chosen).all()
        and all((used(problem, limit, chosen) <= limit.most).all() for limit in problem.limits)
        and all((reached(floor, chosen) >= floor.least).all() for floor in problem.floors)
    )


def mobilisation_saved(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which projects save the mobilisation: of a corridor's projects in one year, all but the first by id."""
    out = np.zeros(len(problem.ids), dtype=bool)
    built = np.flatnonzero((chosen >= 0) & (problem.corridors.number >= 0))
    pairs = problem.corridors.number[built] * len(problem.periods.years) + problem.periods.place[chosen[built]]
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


def removal_weights(scenario: Scenario, weights: NDArray[np.float64], periods: Periods) -> NDArray[np.float64]:
    """Return the years of risk removed by building in each period of the plan, per unit of risk."""
    later = (weights.sum() - np.cumsum(weights))[periods.place]
    own = weights[periods.place] * (1 - periods.elapsed())
    result: NDArray[np.float64] = (1 - scenario.residual_share.value) * (later + own)
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
