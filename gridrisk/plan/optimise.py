"""The schedule: which project in which year, proved close to the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.plan.problem import Problem, build_problem, disruption, gain_of, mobilisation_saved
from gridrisk.plan.reasons import explain
from gridrisk.plan.relax import slot_years
from gridrisk.plan.result import Schedule, Status
from gridrisk.plan.search import Found, relative_gap, search
from gridrisk.plan.ties import near_ties

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

    Progress = Callable[[float, float, float], None]


def schedule(
    projects: pd.DataFrame,
    scenario: Scenario,
    *,
    time_limit_s: float | None = None,
    progress: Progress | None = None,
) -> Schedule:
    """Choose a year for each project, or none, so that the least risk is carried over the horizon.

    Budgets (in all, by payer) and crews hold in every year, what must be renewed is built by its year, no project is
    built in a year closed by a no-dig order, and one that meets road works or a community's renovation saves part of
    its reinstatement. A mandatory project due after the last year of the plan may wait. Where the scenario says so,
    neighbours of one street and year mobilise once, and works at once in a town, households without gas in the heating
    season and a town's share are kept to. A project that waits for another is built after it; in a plan by quarters
    each gets a quarter.

    Parameters
    ----------
    projects
        On project_id, with the columns of `build_projects` and `price`. ``pinned_year`` (fixed by the planner),
        ``started`` (begun or contracted), ``excluded`` (taken out), ``former_year`` (in the plan before), ``after``
        (ids of the projects that it waits for) and ``price_index`` (1/a) may be missing.
    scenario
        Years, money, crews, growth of risk.
    time_limit_s
        Takes the place of the scenario's.
    progress
        Called while solving with the bound on the risk removed, the best so far, and the relative gap.

    Returns
    -------
    Schedule
        The same for the same input, whatever the order of its rows (unless the time runs out). Ctrl-C while solving
        gives the best plan so far.
    """
    problem = build_problem(projects, scenario)
    seconds = scenario.time_limit_s if time_limit_s is None else time_limit_s
    found = search(problem, gap=scenario.gap, time_limit_s=seconds, progress=progress)
    return _finish(problem, projects, scenario, found)


def _finish(problem: Problem, projects: pd.DataFrame, scenario: Scenario, found: Found) -> Schedule:
    """Put the answer into frames."""
    chosen = np.full(len(problem.ids), -1, dtype=np.int64) if found.chosen is None else found.chosen
    planned = found.chosen is not None
    gain = gain_of(problem, chosen)
    gap = relative_gap(gain, found.bound) if planned else float("nan")
    status: Status = "optimal" if planned and gap <= scenario.gap + 1e-9 else "feasible"
    if not planned:
        status = "no_plan" if found.relaxation is None else "infeasible"
    index = pd.Index(problem.ids, name="project_id", dtype="str")
    built = np.flatnonzero(chosen >= 0)
    removed = np.zeros(len(index))
    removed[built] = problem.worth[built, chosen[built]]
    apart = disruption(projects.sort_index(), scenario)
    saved = _saved(problem, chosen)
    cost = problem.cost.max(axis=1)
    cost[built] = problem.cost[built, chosen[built]]
    cost -= saved.get("yuan", np.zeros(len(index), dtype=np.int64))
    base = float(problem.base.sum())
    objective = base - gain if planned else float("nan")
    least = min(base - found.bound, objective) if planned else float("nan")
    prices, ties = _prices(problem, found), near_ties(problem, chosen, found.reduced)
    return Schedule(
        status=status,
        assignment=pd.Series(
            np.where(chosen >= 0, problem.years[np.maximum(chosen, 0)], 0), index=index, dtype="int64", name="year"
        ),
        quarter=_quarters(problem, chosen, index),
        length_m=pd.Series(problem.length_mm / 1000, index=index, name="length_m"),
        disruption=float(apart[built].sum()),
        objective=objective,
        bound=least,
        gap=(objective - least) / objective if objective > 0 else 0.0 if planned else float("nan"),
        gap_removed=gap,
        years=_by_year(problem, chosen, removed),
        risk_removed=pd.Series(removed, index=index, name="risk_removed"),
        cost_yuan=pd.Series(cost / 100, index=index, name="cost_yuan"),
        mobilisation_saved=pd.DataFrame(saved, index=index).astype("float64") / 100,
        shadow_price=prices if planned else prices.iloc[:0],  # a nought would say that more money brings nothing
        near_ties=ties if planned else ties.iloc[:0],
        reasons=explain(problem, projects, chosen, found),
        relaxation=found.relaxation,
        notes=_notes(problem, projects, scenario, found),
    )


def _quarters(problem: Problem, chosen: NDArray[np.int64], index: pd.Index) -> pd.Series:
    """Return the quarter of each project, missing where it is in none."""
    quarter = np.where(chosen >= 0, problem.periods.quarter[np.maximum(chosen, 0)], 0)
    return pd.Series(quarter, index=index, dtype="Int64", name="quarter").replace(0, pd.NA)


def _saved(problem: Problem, chosen: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Return by payer (``yuan`` for all) the fen that each project saves because a neighbour mobilises for it."""
    saves = mobilisation_saved(problem, chosen)
    out = {}
    for payer, by_corridor in problem.corridors.saved.items():
        fen = np.zeros(len(problem.ids), dtype=np.int64)
        fen[saves] = by_corridor[problem.corridors.number[saves]]
        out[payer] = fen
    return out


def _prices(problem: Problem, found: Found) -> pd.Series:
    """Return what one more yuan (kilometre, work, household) a year would remove, from the linear model.

    Of a limit by quarters it is the best of the quarters of a year.
    """
    keys: list[tuple[str, int]] = []
    values: list[float] = []
    for limit, price in zip(problem.limits, found.prices.limits, strict=True):
        of = slot_years(problem, limit)
        for group, name in enumerate(limit.groups):
            label = f"{limit.name}:{name}" if name else limit.name
            keys += [(label, int(year)) for year in problem.periods.years]
            best = [price[group, of == year].max(initial=0.0) for year in problem.periods.years]
            values += [float(value) * limit.per_unit for value in best]
    index = pd.MultiIndex.from_tuples(keys, names=["limit", "year"]) if keys else pd.MultiIndex.from_arrays([[], []])
    return pd.Series(values, index=index, dtype="float64", name="shadow_price")


def _by_year(problem: Problem, chosen: NDArray[np.int64], removed: NDArray[np.float64]) -> pd.DataFrame:
    """Return the table of the years; money exact, budget missing where there is none in all."""
    count = len(problem.periods.years)
    built = np.flatnonzero(chosen >= 0)
    year = problem.periods.place[chosen[built]]
    total = next((limit.most[0] / 100 for limit in problem.limits if limit.name == "total"), np.full(count, np.nan))
    spent = np.zeros(count, dtype=np.int64)
    saved = _saved(problem, chosen).get("yuan", np.zeros(len(chosen), dtype=np.int64))
    np.add.at(spent, year, problem.cost[built, chosen[built]] - saved[built])
    return pd.DataFrame(
        {
            "cost_yuan": spent / 100,
            "budget_yuan": total,
            "length_m": np.bincount(year, weights=problem.length_mm[built], minlength=count) / 1000,
            "risk_removed": np.bincount(year, weights=removed[built], minlength=count),
            "projects": np.bincount(year, minlength=count).astype(np.int64),
        },
        index=pd.Index(problem.periods.years, name="year"),
    )


def _notes(problem: Problem, projects: pd.DataFrame, scenario: Scenario, found: Found) -> tuple[Message, ...]:
    """Say what the reader of the plan must know."""
    notes = _money_notes(problem, scenario)
    mandatory = projects["mandatory"].to_numpy(dtype=bool)
    if found.stopped:
        notes.append(msg("the search was stopped; this is the best plan found until then"))
    if problem.excepted.any():
        notes.append(
            msg(
                "{count} projects must be renewed although a no-dig order closes their road up to the deadline; they "
                "are planned all the same and need the approval of the city government",
                count=int(problem.excepted.sum()),
            )
        )
    later = int((problem.due > scenario.last_year).sum())
    if later:
        notes.append(
            msg(
                "{count} projects must be renewed only after {year}, the last year of the plan, so they may wait",
                count=later,
                year=scenario.last_year,
            )
        )
    overdue = int((projects["deadline_year"].fillna(9999).to_numpy(dtype=int)[mandatory] < scenario.first_year).sum())
    if overdue:
        notes.append(
            msg("{count} projects are overdue already; they are due in {year}", count=overdue, year=scenario.first_year)
        )
    if scenario.quarters and scenario.crew_km is None and not scenario.crew_km_by_trade:
        notes.append(
            msg(
                "the plan is by quarters, but no crews are limited, so all is built as early in a year as it may be; "
                "give crew_km or crew_km_by_trade in the scenario"
            )
        )
    return tuple(notes + _unknown_notes(projects, scenario))


def _money_notes(problem: Problem, scenario: Scenario) -> list[Message]:
    if scenario.budget_from_need is None:
        return []
    money = [
        f"{int(year)}: {most / 100:,.0f}"
        for year, most in zip(problem.periods.years, problem.limits[0].most[0], strict=True)
    ]
    return [
        msg(
            "no budget was given: assumed are {yuan} yuan, what must be renewed by its date, spread as evenly as the "
            "dates allow, and {share} % of the cost of the other candidates; give budget_yuan in a scenario to plan "
            "with your own money",
            yuan="; ".join(money),
            share=f"{scenario.budget_from_need.value * 100:g}",
        )
    ]


def _unknown_notes(projects: pd.DataFrame, scenario: Scenario) -> list[Message]:
    notes = []
    unknown = int((projects["risk_unknown"] > 0).sum()) if "risk_unknown" in projects.columns else 0
    if unknown:
        notes.append(
            msg(
                "{count} projects have segments of unknown risk, which count as none when works are chosen",
                count=unknown,
            )
        )
    if scenario.heating_households is not None:
        homes = int(projects["households"].isna().sum()) if "households" in projects.columns else len(projects)
        if homes:
            notes.append(
                msg(
                    "for {count} projects it is not known how many households lose gas; they count as none in the "
                    "limit of the heating season",
                    count=homes,
                )
            )
    if "town_id" in projects.columns and (scenario.town_works is not None or scenario.town_share is not None):
        lost = int(projects["town_id"].isna().sum())
        if lost:
            notes.append(msg("{count} projects lie in no known town and count in none", count=lost))
    return notes
