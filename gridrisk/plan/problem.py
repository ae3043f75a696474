"""The scheduling problem as arrays: what each project is worth and uses in each year, and what there is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError, ParameterError
from gridrisk.i18n import msg
from gridrisk.plan import money

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

_REQUIRED = ("risk", "length_m", "mandatory", "deadline_year", "works_year", "no_dig_until", "cost_yuan", "saving_yuan")
#: Kilometres are counted in whole millimetres, money in whole fen.
MM_PER_KM = 1_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """Something there is only so much of each year.

    Attributes
    ----------
    name
        ``total`` (money of all payers), a payer, or ``crew``.
    use
        What each project takes in each year, whole fen or millimetres, (projects, years).
    most
        What there is, (years,).
    scale
        Units that make one unit of the solver's row: 10,000 yuan or 100 m, so that its tolerance is below a fen.
    """

    name: str
    use: NDArray[np.int64]
    most: NDArray[np.int64]
    scale: float


@dataclass(frozen=True, slots=True)
class Problem:
    """A scheduling problem; rows are projects in the order of their ids, columns the years of the plan.

    Attributes
    ----------
    ids, years
        Names of rows and columns.
    value
        Risk removed over the horizon by building a project in a year.
    base
        Risk carried over the horizon by each project that is never built.
    allowed
        False where a no-dig order, or the deadline of what must be renewed, forbids the year.
    forced
        True where the project must be in the plan.
    due
        Last year by which a mandatory project is built (past the plan: not forced); 0 for others.
    no_dig
        Where a no-dig order forbids the year.
    excepted
        Mandatory projects that are built in spite of a no-dig order that leaves no year up to their deadline.
    cost
        Whole fen of all payers, (projects, years).
    limits
        Budgets and crews.
    """

    ids: NDArray[np.object_]
    years: NDArray[np.int64]
    value: NDArray[np.float64]
    base: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    forced: NDArray[np.bool_]
    due: NDArray[np.int64]
    no_dig: NDArray[np.bool_]
    excepted: NDArray[np.bool_]
    cost: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    limits: tuple[Limit, ...]


def build_problem(projects: pd.DataFrame, scenario: Scenario) -> Problem:
    """Put projects and scenario into arrays, projects in the order of their ids.

    Risk grows by ``growth`` and counts less by ``discount`` each year: year s of the plan (0 the first) weighs
    ((1 + growth) / (1 + discount))^s. A project built in year t removes (1 − residual_share) of its risk in half of
    year t and in all later years of the horizon.

    Raises
    ------
    DataError
        Where projects lack a column or hold a number that cannot be.
    ParameterError
        Where the scenario has money for a payer that nobody knows.
    """
    _check(projects)
    table = pd.DataFrame(projects.drop(columns="geometry", errors="ignore")).sort_index()
    years = np.arange(scenario.first_year, scenario.last_year + 1, dtype=np.int64)
    weights = year_weights(scenario)
    risk = table["risk"].to_numpy(dtype=float)
    due = due_years(table, scenario)
    no_dig = forbidden(table, years, int(scenario.season_months.value))
    forced = (due > 0) & (due <= scenario.last_year)
    late = forced[:, None] & (years[None, :] > due[:, None])
    excepted = forced & (no_dig | late).all(axis=1) & scenario.no_dig_exception
    no_dig &= ~excepted[:, None]
    cost, by_payer = costs(table, years, list(scenario.budget_by_payer_yuan))
    length_mm = np.rint(table["length_m"].to_numpy(dtype=float) * 1000).astype(np.int64)
    limits = [
        Limit(payer, use, budget_fen(scenario.by_year(scenario.budget_by_payer_yuan[payer])), 1e6)
        for payer, use in by_payer.items()
    ]
    if scenario.budget_yuan is not None or scenario.budget_from_need is not None:
        most = (
            need_budget(table, scenario, cost, no_dig, due)
            if scenario.budget_from_need is not None
            else budget_fen(scenario.by_year(scenario.budget_yuan or 0.0))
        )
        limits.insert(0, Limit("total", cost, most, 1e6))
    if scenario.crew_km is not None:
        most_mm = np.array(
            [int(Decimal(str(km)) * MM_PER_KM) for km in scenario.by_year(scenario.crew_km)], dtype=np.int64
        )
        limits.append(Limit("crew", np.repeat(length_mm[:, None], len(years), axis=1), most_mm, 1e5))
    return Problem(
        ids=table.index.to_numpy(dtype=object),
        years=years,
        value=np.outer(risk, removal_weights(scenario, weights)),
        base=risk * weights.sum(),
        allowed=~no_dig & ~late,
        forced=forced,
        due=due,
        no_dig=no_dig,
        excepted=excepted,
        cost=cost,
        length_mm=length_mm,
        limits=tuple(limits),
    )


def used(limit: Limit, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how much of a limit is used in each year, whole units."""
    built = np.flatnonzero(chosen >= 0)
    total = np.zeros(len(limit.most), dtype=np.int64)
    np.add.at(total, chosen[built], limit.use[built, chosen[built]])
    return total


def year_weights(scenario: Scenario) -> NDArray[np.float64]:
    """Return the weight of each year of the horizon, the first year of the plan counting 1."""
    ratio = (1 + scenario.growth.value) / (1 + scenario.discount.value)
    return np.asarray(ratio ** np.arange(int(scenario.horizon_years.value)), dtype=np.float64)


def removal_weights(scenario: Scenario, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the years of risk removed by building in each year of the plan, per unit of risk."""
    later = weights.sum() - np.cumsum(weights)
    result: NDArray[np.float64] = (1 - scenario.residual_share.value) * (later + weights / 2)[: scenario.years]
    return result


def due_years(projects: pd.DataFrame, scenario: Scenario) -> NDArray[np.int64]:
    """Return the last year for each mandatory project, 0 for the others.

    A date that is past is due in the first year; none, or one further off than ``mandatory_within_years`` allows, is
    due with the last year that it allows.
    """
    latest = scenario.first_year + int(scenario.mandatory_within_years.value) - 1
    due = projects["deadline_year"].astype("Int64").fillna(latest).to_numpy(dtype=np.int64)
    mandatory = projects["mandatory"].to_numpy(dtype=bool)
    return np.where(mandatory, np.clip(due, scenario.first_year, latest), 0)


def forbidden(projects: pd.DataFrame, years: NDArray[np.int64], season_months: int) -> NDArray[np.bool_]:
    """Say which years a no-dig order closes: those of which it leaves fewer whole months than `season_months`."""
    free = (projects["no_dig_until"] + pd.Timedelta(days=1)).dt
    month = free.year * 12 + free.month - 1 + (free.day > 1)
    open_from = np.ceil((month.fillna(0).to_numpy(dtype=float) - 12 + season_months) / 12)
    return np.asarray(years[None, :] < open_from[:, None], dtype=bool)


def costs(
    projects: pd.DataFrame, years: NDArray[np.int64], payers: list[str]
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.int64]]]:
    """Return fen by project and year, in all and for each of `payers`, less what is saved in the year of works.

    Raises
    ------
    ParameterError
        Where a payer has no column.
    """
    works = projects["works_year"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    met = (works[:, None] == years[None, :]).astype(np.int64)
    known = sorted(column.removeprefix("cost_") for column in projects.columns if column.startswith("cost_"))
    unknown = [payer for payer in payers if payer not in known or payer == "yuan"]
    if unknown:
        raise ParameterError(
            *(
                msg(
                    "budget_by_payer_yuan.{payer}: no such payer; use one of {known}",
                    payer=payer,
                    known=", ".join(name for name in known if name != "yuan"),
                )
                for payer in unknown
            )
        )

    def of(name: str) -> NDArray[np.int64]:
        full = money.fen(projects[f"cost_{name}"])
        saved = money.fen(projects[f"saving_{name}"])
        return np.asarray(full[:, None] - met * saved[:, None], dtype=np.int64)

    return of("yuan"), {payer: of(payer) for payer in payers}


def budget_fen(yuan: list[float]) -> NDArray[np.int64]:
    """Return budgets in whole fen, a part of a fen not counted."""
    return np.array(
        [int((Decimal(str(value)) * 100).to_integral_value(rounding=ROUND_FLOOR)) for value in yuan], dtype=np.int64
    )


def need_budget(
    projects: pd.DataFrame,
    scenario: Scenario,
    cost: NDArray[np.int64],
    no_dig: NDArray[np.bool_],
    due: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the level yearly budget that the need asks for, whole fen, (years,).

    The smallest whole number of steps with which the mandatory projects, taken by deadline, fit year by year; plus a
    share of the cost of the others, spread over the years.
    """
    if scenario.budget_from_need is None:
        raise ParameterError(msg("no money: give budget_yuan, budget_by_payer_yuan or budget_from_need"))
    step = int(budget_fen([scenario.budget_step_yuan.value])[0])
    must = projects["mandatory"].to_numpy(dtype=bool)
    rows = np.flatnonzero(must & (due <= scenario.last_year))
    low, high = 0, int(-(-int(cost[rows].max(axis=1).sum()) // step)) if len(rows) else 0
    while low < high:
        middle = (low + high) // 2
        if _fits(cost[rows], no_dig[rows], due[rows] - scenario.first_year, middle * step):
            high = middle
        else:
            low = middle + 1
    rest = int(cost[~must].max(axis=1).sum()) if (~must).any() else 0
    extra = int(rest * scenario.budget_from_need.value / scenario.years)
    return np.full(scenario.years, high * step + -(-extra // step) * step, dtype=np.int64)


def _fits(cost: NDArray[np.int64], no_dig: NDArray[np.bool_], due: NDArray[np.int64], budget: int) -> bool:
    """Say whether projects fit by their deadlines, each put into the earliest year with room, by deadline."""
    left = [budget] * cost.shape[1]
    order = np.lexsort((-cost[:, 0], due))
    for row in order.tolist():
        window = [t for t in range(int(due[row]) + 1) if not no_dig[row, t]]
        if not window:
            continue  # closed road: no money helps
        year = next((t for t in window if cost[row, t] <= left[t]), None)
        if year is None:
            return False
        left[year] -= int(cost[row, year])
    return True


def _check(projects: pd.DataFrame) -> None:
    missing = [column for column in _REQUIRED if column not in projects.columns]
    if missing:
        raise DataError(msg("projects have no {columns}; build and price them first", columns=", ".join(missing)))
    if projects.index.has_duplicates:
        raise DataError(msg("project ids are not unique"))
    for column in ("risk", "length_m", "cost_yuan"):
        values = projects[column].to_numpy(dtype=float)
        bad = projects.index[~(np.isfinite(values) & (values >= 0))]
        if len(bad):
            raise DataError(
                msg(
                    "project {id}: {column} is {value}; it must be a number from 0 up",
                    id=bad[0],
                    column=column,
                    value=projects[column][bad[0]],
                )
            )
