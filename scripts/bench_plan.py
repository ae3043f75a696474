"""Time the schedule on random projects, beside simpler rules on the same money.

Usage: python scripts/bench_plan.py [--projects N ...] [--gap G] [--seconds S] [--seed N]
                                    [--mobilisation FACTOR] [--whole SECONDS]

With --mobilisation the fixed sums are so many times dearer; with --whole HiGHS solves the whole model beside it.

The instances are like a city's list: many small projects, risk with a long tail, streets whose projects share
mobilisation, some projects due, some met by road works, some in closed roads; money of all payers and of one, crews,
works at once in a town and households without gas are all scarce.
"""

from __future__ import annotations

import argparse
import platform
import resource
import time
import tomllib

import numpy as np
import pandas as pd

from gridrisk import assets, plan
from gridrisk.plan.core import build_model
from gridrisk.plan.greedy import greedy
from gridrisk.plan.problem import Problem, build_problem, keeps_all
from gridrisk.plan.solver import maximise

YEARS = 3
START = 2026
#: Share of all candidates for which there is money and crews.
_SHARE = 0.18


def projects(count: int, seed: int, mobilisation: float = 1.0) -> pd.DataFrame:
    """Return projects as a city has them."""
    rng = np.random.default_rng(seed)
    length_m = np.exp(rng.normal(np.log(220), 0.75, count)).clip(30, 3000).round(3)
    unit = rng.choice([900, 1400, 1900, 2800], count, p=[0.45, 0.3, 0.17, 0.08]) * np.exp(rng.normal(0, 0.2, count))
    fixed = np.rint(rng.integers(20_000_00, 60_000_00, count) * mobilisation)
    city = np.rint(length_m * unit * rng.choice([0.0, 0.3], count, p=[0.6, 0.4]) * 100)
    company = np.rint(length_m * unit * 100) - city + fixed
    saving_city, saving_company = np.rint(city * 0.2), np.rint((company - fixed) * 0.2)
    risk = np.exp(rng.normal(-3.2, 1.0, count)) * length_m * rng.choice([1, 3, 8], count, p=[0.6, 0.3, 0.1])
    mandatory = rng.random(count) < 0.025
    due = START + rng.integers(0, YEARS, count)
    works = START + rng.integers(0, YEARS, count)
    closed = ~mandatory & (rng.random(count) < 0.1)
    streets = max(1, int(count / 3.2))
    street = rng.integers(0, streets, count)
    towns = min(60, max(4, count // 500))
    return pd.DataFrame(
        {
            "risk": risk * np.exp(rng.normal(0, 1.1, count)),
            "length_m": length_m,
            "mandatory": mandatory,
            "deadline_year": pd.Series(due).astype("Int64"),
            "works_year": pd.Series(works).where(rng.random(count) < 0.18).astype("Int64"),
            "no_dig_until": pd.Series(pd.Timestamp(f"{START}-12-31"), index=range(count)).where(closed),
            "cost_yuan": (company + city) / 100,
            "saving_yuan": (saving_company + saving_city) / 100,
            "fixed_yuan": fixed / 100,
            "cost_gas_company": company / 100,
            "saving_gas_company": saving_company / 100,
            "fixed_gas_company": fixed / 100,
            "cost_city": city / 100,
            "saving_city": saving_city / 100,
            "fixed_city": 0.0,
            "setting": "municipal",
            "place": [f"S{i}" for i in street],
            "town_id": [f"T{i}" for i in street * towns // streets],
            "households": rng.integers(0, 400, count),
            "age": rng.integers(1, 60, count),
        }
    ).set_index(pd.Index([f"R-{i:07d}" for i in range(count)], name="project_id"))


def scenario(table: pd.DataFrame, gap: float, seconds: float) -> plan.Scenario:
    """Return a scenario in which everything is scarce."""
    yearly = [0.32, 0.33, 0.35]
    raw = tomllib.loads((assets.folder("models") / "scenarios" / "default.toml").read_text(encoding="utf-8"))
    del raw["budget_from_need"]

    def of(total: float, digits: int) -> list[float]:
        return [round(total * _SHARE * part, digits) for part in yearly]

    towns = table["town_id"].nunique()
    raw |= {
        "start_year": START,
        "years": YEARS,
        "budget_yuan": of(float(table["cost_yuan"].sum()), 2),
        "budget_by_payer_yuan": {"city": of(float(table["cost_city"].sum()) * 1.1, 2)},
        "crew_km": of(float(table["length_m"].sum()) / 1000 * 1.2, 3),
        "heating_households": of(float(table["households"].sum()) * 0.34 * 1.3, 0),
        "town_works": max(3, int(len(table) / towns * 0.11)),
        "mobilisation_shared": {"value": 0.7, "unit": "–", "source": "engineering judgement", "status": "assumption"},
        "gap": gap,
        "time_limit_s": seconds,
    }
    return plan.parse_scenario(raw)


def removed_by(problem: Problem, chosen: np.ndarray) -> float:
    """Return the risk that a choice removes."""
    built = np.flatnonzero(chosen >= 0)
    return float(problem.worth[built, chosen[built]].sum())


def run(count: int, gap: float, seconds: float, seed: int, mobilisation: float, whole: float) -> None:
    """Solve one instance and print how it compares."""
    table = projects(count, seed, mobilisation)
    case = scenario(table, gap, seconds)
    before = time.process_time()
    made = plan.schedule(table, case)
    spent = time.process_time() - before
    faults = plan.verify(table, made, case) if count <= 20_000 else []
    checked = f"{len(faults)} faults" if count <= 20_000 else "checked by arrays"
    removed = float(made.years["risk_removed"].sum())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:>9,} projects  {made.status:<10} risk left {made.objective:,.1f}  removed {removed:,.1f}  "
        f"certified gap {made.gap_removed:7.3%} of what is removed  {spent:7.2f} CPU s  {memory:,.0f} MB  {checked}"
    )
    problem = build_problem(table, case)
    years = made.assignment.to_numpy() - START
    assert keeps_all(problem, np.where(made.assignment.to_numpy() > 0, years, -1)), "a limit is broken"
    merits = {"greedy by risk for the money": None, "worst first": table["risk"], "oldest first": table["age"]}
    for name, merit in merits.items():
        chosen = greedy(problem, merit=None if merit is None else merit.to_numpy(dtype=float))
        other = removed_by(problem, chosen)
        print(f"{'':>9}  {name:<29} removes {other:,.1f}; the plan removes {removed / other - 1:+.2%} more")
    if whole:
        before = time.process_time()
        model, _ = build_model(problem)
        solved = maximise(model, gap=gap, time_limit_s=whole)
        spent = time.process_time() - before
        reached = float(model.gain @ solved.x.round()) if solved.x is not None else float("nan")
        print(
            f"{'':>9}  HiGHS on the whole model: removed {reached:,.1f}, bound {solved.bound:,.1f}, gap "
            f"{1 - reached / solved.bound:.3%}, {spent:.2f} CPU s"
        )
        assert removed <= solved.bound * (1 + 1e-6), "above the bound of the whole model"


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--gap", type=float, default=0.005)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mobilisation", type=float, default=1.0)
    parser.add_argument("--whole", type=float, default=0.0)
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}; CPU seconds from projects in memory to the plan")
    for count in options.projects:
        run(count, options.gap, options.seconds, options.seed, options.mobilisation, options.whole)


if __name__ == "__main__":
    main()
