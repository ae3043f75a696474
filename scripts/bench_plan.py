"""Time the schedule on random projects, beside simpler rules on the same money.

Usage: python scripts/bench_plan.py [--projects N ...] [--gap G] [--seconds S] [--seed N]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from gridrisk import plan
from gridrisk.plan.greedy import greedy
from gridrisk.plan.problem import build_problem

YEARS = 3
START = 2026


def projects(count: int, seed: int) -> pd.DataFrame:
    """Return projects as a city has them: many small ones, risk with a long tail, some due, some met by road works."""
    rng = np.random.default_rng(seed)
    length_m = np.exp(rng.normal(np.log(220), 0.75, count)).clip(30, 3000).round(3)
    unit = rng.choice([900, 1400, 1900, 2800], count, p=[0.45, 0.3, 0.17, 0.08]) * np.exp(rng.normal(0, 0.2, count))
    cost = np.rint((length_m * unit + 30_000) * 100)
    saving = np.rint(cost * 0.2)
    risk = np.exp(rng.normal(-3.2, 1.0, count)) * length_m * rng.choice([1, 3, 8], count, p=[0.6, 0.3, 0.1])
    mandatory = rng.random(count) < 0.025
    due = START + rng.integers(0, YEARS, count)
    works = START + rng.integers(0, YEARS, count)
    closed = ~mandatory & (rng.random(count) < 0.1)
    return pd.DataFrame(
        {
            "risk": risk * np.exp(rng.normal(0, 1.1, count)),
            "length_m": length_m,
            "mandatory": mandatory,
            "deadline_year": pd.Series(due).astype("Int64"),
            "works_year": pd.Series(works).where(rng.random(count) < 0.18).astype("Int64"),
            "no_dig_until": pd.Series(pd.Timestamp(f"{START}-12-31"), index=range(count)).where(closed),
            "cost_yuan": cost / 100,
            "saving_yuan": saving / 100,
            "age": rng.integers(1, 60, count),
        }
    ).set_index(pd.Index([f"R-{i:07d}" for i in range(count)], name="project_id"))


def scenario(table: pd.DataFrame, gap: float, seconds: float) -> plan.Scenario:
    """Return a scenario with money and crews for about a fifth of the projects."""
    budget = [round(float(table["cost_yuan"].sum()) * 0.18 * share, 2) for share in (0.32, 0.33, 0.35)]
    crew = [round(float(table["length_m"].sum()) / 1000 * 0.19 * share, 3) for share in (0.32, 0.33, 0.35)]
    text = f"start_year = {START}\nyears = {YEARS}\nbudget_yuan = {budget}\ncrew_km = {crew}\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench.toml"
        path.write_text(f"{text}gap = {gap}\ntime_limit_s = {seconds}\n", encoding="utf-8")
        return plan.load_scenario(path)


def run(count: int, gap: float, seconds: float, seed: int) -> None:
    """Solve one instance and print how it compares."""
    table = projects(count, seed)
    case = scenario(table, gap, seconds)
    before = time.process_time()
    made = plan.schedule(table, case)
    spent = time.process_time() - before
    faults = plan.verify(table, made, case)
    removed = float(made.years["risk_removed"].sum())
    print(
        f"{count:>9,} projects  {made.status:<10} gap {made.gap_removed:8.4%}  {spent:8.2f} CPU s  faults {len(faults)}"
    )
    problem = build_problem(table, case)
    merits = {"by risk for the money": None, "worst first": table["risk"], "oldest first": table["age"]}
    for name, merit in merits.items():
        chosen = greedy(problem, merit=None if merit is None else merit.to_numpy(dtype=float))
        built = np.flatnonzero(chosen >= 0)
        other = float(problem.value[built, chosen[built]].sum())
        print(f"{'':>9}  {name:<24} removes {other / removed:7.2%} of what the plan removes")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--gap", type=float, default=0.005)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for count in options.projects:
        run(count, options.gap, options.seconds, options.seed)


if __name__ == "__main__":
    main()
