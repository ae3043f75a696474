"""Plans beside one another: two scenarios, less and more money, and likelihoods within their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.plan.greedy import greedy
from gridrisk.plan.optimise import schedule
from gridrisk.plan.problem import build_problem
from gridrisk.plan.scenario import Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem
    from gridrisk.plan.result import Schedule
    from gridrisk.plan.scenario import Scenario

    Tell = Callable[[int, int], None]

#: A normal deviate exceeds this with a chance of one in twenty: an interval of 90 % is so many deviations either way.
_Z90 = 1.6448536269514722


def compare(plans: dict[str, Schedule]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put plans of the same projects side by side.

    Parameters
    ----------
    plans
        By name.

    Returns
    -------
    pandas.DataFrame
        On name: status, cost_yuan, length_m, projects, risk_removed, risk_left, gap.
    pandas.DataFrame
        On project_id, one column a plan with its year (0 = not in it): only projects that differ.
    """
    sums = pd.DataFrame(
        {
            name: {
                "status": plan.status,
                "cost_yuan": float(plan.years["cost_yuan"].sum()),
                "length_m": float(plan.years["length_m"].sum()),
                "projects": int(plan.years["projects"].sum()),
                "risk_removed": float(plan.years["risk_removed"].sum()),
                "risk_left": plan.objective,
                "gap": plan.gap_removed,
            }
            for name, plan in plans.items()
        }
    ).T.rename_axis("plan")
    years = pd.DataFrame({name: plan.assignment for name, plan in plans.items()})
    differs = (years.max(axis=1) != years.min(axis=1)).to_numpy(dtype=bool)
    return sums, years[differs]


def frontier(
    projects: pd.DataFrame,
    scenario: Scenario,
    *,
    age: pd.Series | None = None,
    shares: Sequence[float] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    tell: Tell | None = None,
) -> pd.DataFrame:
    """Say how much risk more and more money removes, and how much by simpler lists on the same money.

    Every step has the money for what must be renewed, year by year as the dates ask for it, and a larger share of what
    all other candidates cost. All other limits of the scenario hold but those of payers. Where what must be renewed
    does not fit for another reason there is no plan, and the row says so.

    Parameters
    ----------
    projects
        As for `schedule`.
    scenario
        Years, crews and the like; its money is not used.
    age
        Age of each project in years, on project_id, for a list by age; None leaves it out.
    shares
        Steps of money, as a share of what the candidates cost that need not be renewed.
    tell
        Called with the number of the step and of all steps.

    Returns
    -------
    pandas.DataFrame
        share, budget_yuan (of all years), cost_yuan, risk_removed, risk_left, gap, status, per_million (risk removed
        by one more million yuan in the first year), and risk_removed of the lists: greedy, worst_first, by_age.
    """
    table = projects.sort_index()
    risk = table["risk"].to_numpy(dtype=float) / np.maximum(table["length_m"].to_numpy(dtype=float), 1e-9)
    merits: dict[str, NDArray[np.float64] | None] = {"greedy": None, "worst_first": risk}
    if age is not None:
        merits["by_age"] = age.reindex(table.index).fillna(-1.0).to_numpy(dtype=float)
    rows = []
    for step, share in enumerate(shares):
        if tell is not None:
            tell(step, len(shares))
        need = Judged(value=share, unit="–", source="steps of the frontier", status="assumption")
        money: dict[str, object] = {"budget_yuan": None, "budget_by_payer_yuan": {}, "budget_from_need": need}
        case = scenario.model_copy(update=money)
        made = schedule(table, case)
        row: dict[str, object] = {
            "share": share,
            "budget_yuan": float(made.years["budget_yuan"].sum()),
            "cost_yuan": float(made.years["cost_yuan"].sum()),
            "risk_removed": float(made.years["risk_removed"].sum()),
            "risk_left": made.objective,
            "gap": made.gap_removed,
            "status": made.status,
            "per_million": float(made.shadow_price.get(("total", case.first_year), 0.0)) * 1e6,
        }
        planned = made.status in {"optimal", "feasible"}
        problem = build_problem(table, case)
        row |= {name: _removed(problem, merit) if planned else np.nan for name, merit in merits.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def _removed(problem: Problem, merit: NDArray[np.float64] | None) -> float:
    """Return what a list by merit removes with the same limits and duties."""
    chosen = greedy(problem, merit=merit)
    built = np.flatnonzero(chosen >= 0)
    return float(problem.worth[built, chosen[built]].sum())


def robustness(
    projects: pd.DataFrame,
    scenario: Scenario,
    *,
    segments: pd.DataFrame,
    draws: int,
    seed: int,
    tell: Tell | None = None,
) -> pd.DataFrame:
    """Say how often each project stays in the plan when likelihoods move within their intervals.

    The likelihood of each segment is drawn lognormally, so that nine draws in ten lie within its interval; the risk
    moves in proportion. Segments move each by itself, so the swing of a long project is less than that of its pipes.

    Parameters
    ----------
    projects
        As for `schedule`, with ``pipe_ids``.
    scenario
        The scenario.
    segments
        On pipe_id: risk, failures_per_km_year, and the same with ``_low`` and ``_high`` (90 %).
    draws, seed
        How many plans are made, and the seed of the draws.
    tell
        Called with the number of the draw and of all draws.

    Returns
    -------
    pandas.DataFrame
        On project_id: share_in (of all draws, in any year), share_same_year (as in the plan), most_common_year (0 =
        not in the plan).
    """
    table = projects.sort_index()
    plan = schedule(table, scenario)
    pairs = table["pipe_ids"].explode()
    owner = table.index.get_indexer(pairs.index)
    own = segments.reindex(pairs.to_numpy())
    risk = own["risk"].fillna(0.0).to_numpy(dtype=float)
    interval = own[["failures_per_km_year_low", "failures_per_km_year_high"]].to_numpy(dtype=float)
    spread = np.diff(np.log(interval), axis=1)[:, 0]
    sigma = np.where(np.isfinite(spread) & (spread > 0), spread / (2 * _Z90), 0.0)
    generator = np.random.default_rng(seed)
    years = np.zeros((draws, len(table)), dtype=np.int64)
    # a draw is looked at as a whole: a tenth of a percent more or less changes little
    case = scenario.model_copy(update={"gap": max(scenario.gap, 0.002)})
    for draw in range(draws):
        if tell is not None:
            tell(draw, draws)
        factor = np.exp(sigma * generator.standard_normal(len(sigma)) - sigma**2 / 2)
        drawn = np.bincount(owner, weights=risk * factor, minlength=len(table))
        years[draw] = schedule(table.assign(risk=drawn), case).assignment.to_numpy(dtype=np.int64)
    planned = np.asarray(plan.assignment.reindex(table.index), dtype=np.int64)
    kinds = np.array([0, *range(scenario.first_year, scenario.last_year + 1)], dtype=np.int64)
    counts = (years[:, :, None] == kinds).sum(axis=0)
    return pd.DataFrame(
        {
            "year": planned,
            "share_in": (years > 0).mean(axis=0),
            "share_same_year": (years == planned).mean(axis=0),
            "most_common_year": kinds[counts.argmax(axis=1)],
        },
        index=table.index,
    )
