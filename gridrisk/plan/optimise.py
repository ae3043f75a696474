"""The schedule: which project in which year, proved close to the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.plan.greedy import greedy, polish
from gridrisk.plan.problem import Problem, build_problem, used
from gridrisk.plan.reasons import explain
from gridrisk.plan.relax import Relaxation, relax
from gridrisk.plan.result import Schedule, Status
from gridrisk.plan.solver import Layout, Model, Solution, build_model, maximise, with_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

    Progress = Callable[[float, float, float], None]

#: How often a plan that breaks a limit within the solver's tolerance is cut off before it is repaired.
_MOST_CUTS = 20
#: A problem of so few columns is solved to the end, which takes no longer than to stop.
_SMALL = 60


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
    its reinstatement. A mandatory project due after the last year of the plan may wait.

    Parameters
    ----------
    projects
        On project_id, with the columns of `build_projects` and `price`.
    scenario
        Years, money, crews, growth of risk.
    time_limit_s
        Takes the place of the scenario's.
    progress
        Called while solving with the bound on the risk removed, the best so far, and the relative gap.

    Returns
    -------
    Schedule
        The same for the same input, whatever the order of its rows (unless the time runs out).
    """
    problem = build_problem(projects, scenario)
    seconds = scenario.time_limit_s if time_limit_s is None else time_limit_s
    notes = _notes(problem, projects, scenario)
    model, layout = build_model(problem)
    linear = maximise(model, relaxed=True, time_limit_s=seconds)
    prices = _prices(problem, layout, linear)
    if linear.outcome == "infeasible":
        return _infeasible(problem, projects, seconds, prices, notes)
    start = _start(problem, layout, linear)
    solution, chosen = _solve(problem, model, layout, start, scenario.gap, seconds, progress)
    if solution.outcome == "infeasible":
        return _infeasible(problem, projects, seconds, prices, notes)
    bound = min(solution.bound, linear.bound)
    if chosen is None:
        chosen = np.full(len(problem.ids), -1, dtype=np.int64)
        return _finish("no_plan", problem, projects, chosen, bound, prices, notes, None)
    status: Status = "optimal" if _gap(_removed(problem, chosen), bound) <= scenario.gap + 1e-9 else "feasible"
    return _finish(status, problem, projects, chosen, bound, prices, notes, None)


def _solve(
    problem: Problem,
    model: Model,
    layout: Layout,
    start: NDArray[np.float64] | None,
    gap: float,
    seconds: float,
    progress: Progress | None,
) -> tuple[Solution, NDArray[np.int64] | None]:
    """Solve, and cut off answers that break a limit within the solver's tolerance until none does.

    A set of projects that costs a fen too much in a year can never be built together in it, so at least one of them
    is left out: a row that holds for every true plan. If answers keep breaking limits the cheapest way back is taken.
    """
    solution = Solution("stopped", None, np.inf, np.zeros(0), 0.0)
    left = seconds
    stop = 0.0 if len(layout.project) <= _SMALL else gap
    for _ in range(_MOST_CUTS):
        solution = maximise(model, gap=stop, time_limit_s=max(left, 0.1), start=start, progress=progress)
        left -= solution.seconds
        if solution.x is None:
            return solution, None if start is None else polish(problem, _choose(problem, layout, start))
        chosen = _choose(problem, layout, solution.x)
        broken = [int(year) for limit in problem.limits for year in np.flatnonzero(used(limit, chosen) > limit.most)]
        if not broken:
            return solution, polish(problem, chosen)
        for year in sorted(set(broken)):
            columns = np.flatnonzero((layout.year == year) & (chosen[layout.project] == year))
            model = with_row(model, columns, len(columns) - 1.0)
    return solution, None if start is None else polish(problem, _choose(problem, layout, start))


def _choose(problem: Problem, layout: Layout, x: NDArray[np.float64]) -> NDArray[np.int64]:
    chosen = np.full(len(problem.ids), -1, dtype=np.int64)
    built = np.flatnonzero(x > 0.5)
    chosen[layout.project[built]] = layout.year[built]
    return chosen


def _start(problem: Problem, layout: Layout, linear: Solution) -> NDArray[np.float64] | None:
    """Return the better of two plans made at once, or None where neither places all that must be renewed."""
    plans = [greedy(problem)]
    if linear.x is not None:
        hint = np.zeros_like(problem.value)
        hint[layout.project, layout.year] = linear.x
        plans.append(greedy(problem, hint))
    whole = [plan for plan in plans if (plan[problem.forced] >= 0).all()]
    if not whole:
        return None
    best = max(whole, key=lambda plan: _removed(problem, plan))
    return np.asarray(best[layout.project] == layout.year, dtype=np.float64)


def _removed(problem: Problem, chosen: NDArray[np.int64]) -> float:
    built = np.flatnonzero(chosen >= 0)
    return float(problem.value[built, chosen[built]].sum())


def _gap(removed: float, bound: float) -> float:
    return max(0.0, bound - removed) / bound if bound > 0 else 0.0


def _prices(problem: Problem, layout: Layout, linear: Solution) -> pd.Series:
    """Return what one more yuan (or kilometre of crew) a year would remove, from the rows of the linear model."""
    rows = linear.prices[layout.first_limit_row :]
    per_unit = [1e6 if limit.name == "crew" else 100 for limit in problem.limits]
    index = pd.MultiIndex.from_tuples(
        [(limit.name, int(year)) for limit in problem.limits for year in problem.years], names=["limit", "year"]
    )
    scale = np.repeat(
        [unit / limit.scale for unit, limit in zip(per_unit, problem.limits, strict=True)], len(problem.years)
    )
    return pd.Series(rows * scale if len(rows) else [], index=index, dtype="float64", name="shadow_price")


def _infeasible(
    problem: Problem, projects: pd.DataFrame, seconds: float, prices: pd.Series, notes: tuple[Message, ...]
) -> Schedule:
    chosen = np.full(len(problem.ids), -1, dtype=np.int64)
    relaxation = relax(problem, time_limit_s=seconds)
    return _finish("infeasible", problem, projects, chosen, float("nan"), prices, notes, relaxation)


def _finish(
    status: Status,
    problem: Problem,
    projects: pd.DataFrame,
    chosen: NDArray[np.int64],
    bound: float,
    prices: pd.Series,
    notes: tuple[Message, ...],
    relaxation: Relaxation | None,
) -> Schedule:
    """Put the answer into frames; `bound` is on the risk removed."""
    index = pd.Index(problem.ids, name="project_id", dtype="str")
    built = np.flatnonzero(chosen >= 0)
    removed = np.zeros(len(index))
    removed[built] = problem.value[built, chosen[built]]
    cost = problem.cost.max(axis=1)
    cost[built] = problem.cost[built, chosen[built]]
    year = np.where(chosen >= 0, problem.years[np.maximum(chosen, 0)], 0)
    base = float(problem.base.sum())
    planned = status in {"optimal", "feasible"}
    objective = base - float(removed.sum()) if planned else float("nan")
    least = min(base - bound, objective) if planned else float("nan")
    return Schedule(
        status=status,
        assignment=pd.Series(year, index=index, dtype="int64", name="year"),
        objective=objective,
        bound=least,
        gap=(objective - least) / objective if objective > 0 else 0.0 if planned else float("nan"),
        gap_removed=_gap(float(removed.sum()), bound) if planned else float("nan"),
        years=_by_year(problem, chosen, removed),
        risk_removed=pd.Series(removed, index=index, name="risk_removed"),
        cost_yuan=pd.Series(cost / 100, index=index, name="cost_yuan"),
        shadow_price=prices,
        reasons=explain(problem, projects, chosen, prices, relaxation),
        relaxation=relaxation,
        notes=notes,
    )


def _by_year(problem: Problem, chosen: NDArray[np.int64], removed: NDArray[np.float64]) -> pd.DataFrame:
    """Return the table of the years; money exact, budget missing where there is none in all."""
    count = len(problem.years)
    built = np.flatnonzero(chosen >= 0)
    year = chosen[built]
    total = next((limit.most / 100 for limit in problem.limits if limit.name == "total"), np.full(count, np.nan))
    spent = np.zeros(count, dtype=np.int64)
    np.add.at(spent, year, problem.cost[built, year])
    return pd.DataFrame(
        {
            "cost_yuan": spent / 100,
            "budget_yuan": total,
            "length_m": np.bincount(year, weights=problem.length_mm[built], minlength=count) / 1000,
            "risk_removed": np.bincount(year, weights=removed[built], minlength=count),
            "projects": np.bincount(year, minlength=count).astype(np.int64),
        },
        index=pd.Index(problem.years, name="year"),
    )


def _notes(problem: Problem, projects: pd.DataFrame, scenario: Scenario) -> tuple[Message, ...]:
    """Say what the reader of the plan must know."""
    notes = []
    mandatory = projects["mandatory"].to_numpy(dtype=bool)
    if scenario.budget_from_need is not None:
        notes.append(
            msg(
                "no budget was given: {yuan} yuan a year are assumed, enough for what must be renewed and {share} % of "
                "the cost of the other candidates; give budget_yuan in a scenario to plan with your own money",
                yuan=f"{problem.limits[0].most[0] / 100:,.0f}",
                share=f"{scenario.budget_from_need.value * 100:g}",
            )
        )
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
    unknown = int((projects["risk_unknown"] > 0).sum()) if "risk_unknown" in projects.columns else 0
    if unknown:
        notes.append(
            msg(
                "{count} projects have segments of unknown risk, which count as none when works are chosen",
                count=unknown,
            )
        )
    return tuple(notes)
