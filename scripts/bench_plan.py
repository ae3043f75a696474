"""Time the schedule on random projects, beside simpler rules on the same money and beside other solvers.

Usage: python scripts/bench_plan.py [--projects N ...] [--kind city|corridors] [--gap G] [--seconds S] [--seed N]
                                    [--mobilisation FACTOR] [--whole SECONDS] [--cpsat SECONDS]

Instances of the kind ``city`` are like a city's list: many small projects, risk with a long tail, streets whose
projects share mobilisation, some projects due, some met by road works, some in closed roads; money of all payers and of
one, crews, works at once in a town and households without gas are all scarce. Those of the kind ``corridors`` are paid
from three funds, with crews by region and open corridors by zone. With --mobilisation the fixed sums are so many times
dearer; with --whole HiGHS, with --cpsat OR-Tools CP-SAT solves the whole model beside it, on one thread, and no plan
may be above the bound of another.
"""

from __future__ import annotations

import argparse
import platform
import resource
import time

import numpy as np
from bench_plan_cases import START, corridor_problem, projects, scenario
from ortools.sat.python import cp_model

from gridrisk import plan
from gridrisk.plan.core import build_model
from gridrisk.plan.greedy import greedy, polish
from gridrisk.plan.problem import Problem, build_problem, gain_of, keeps_all
from gridrisk.plan.search import relative_gap, search
from gridrisk.plan.solver import maximise

#: CP-SAT counts in whole numbers: the best project is worth so much.
_LARGEST = 10**9
_LEAST_SHOWN = 20_000


def run(options: argparse.Namespace, count: int) -> None:
    """Solve one instance and print how it compares."""
    if options.kind == "city":
        table = projects(count, options.seed, options.mobilisation)
        case = scenario(table, options.gap, options.seconds)
        before = time.process_time()
        made = plan.schedule(table, case)
        spent = time.process_time() - before
        faults = plan.verify(table, made, case) if count <= _LEAST_SHOWN else []
        assert not faults, faults[0]
        problem = build_problem(table, case)
        chosen = np.where(made.assignment.to_numpy() > 0, made.assignment.to_numpy() - START, -1)
        bound = gain_of(problem, chosen) / (1 - made.gap_removed)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        before = time.process_time()
        letters = sum(len(str(text)) for text in made.reasons.values())
        told = f", its reasons ({letters:,} letters) {time.process_time() - before:.2f} CPU s"
        merits = {"worst first": table["risk"].to_numpy(), "oldest first": table["age"].to_numpy(dtype=float)}
    else:
        problem = corridor_problem(count, options.seed, options.mobilisation)
        before = time.process_time()
        found = search(problem, gap=options.gap, time_limit_s=options.seconds)
        spent = time.process_time() - before
        assert found.chosen is not None, "no plan was found"
        chosen, bound = found.chosen, found.bound
        memory, told = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, ""
        merits = {"worst first": problem.base}
    assert keeps_all(problem, chosen), "a limit is broken"
    removed = gain_of(problem, chosen)
    print(
        f"{count:>9,} projects, {options.kind}: removed {removed:,.1f}, certified gap "
        f"{relative_gap(removed, bound):.3%}, {spent:.2f} CPU s, {memory:,.0f} MB{told}"
    )
    plain = greedy(problem)
    _beside("greedy by risk for the money", problem, plain, removed)
    _beside("the same, improved", problem, polish(problem, plain), removed)
    for name, merit in merits.items():
        _beside(name, problem, greedy(problem, merit=merit), removed)
    if options.whole:
        _whole(problem, options.gap, options.whole, (removed, bound))
    if options.cpsat:
        _cpsat(problem, options.gap, options.cpsat, (removed, bound))


def _beside(name: str, problem: Problem, chosen: np.ndarray, removed: float) -> None:
    other = gain_of(problem, chosen)
    lost = int((problem.forced & (chosen < 0)).sum())
    duty = f", leaves out {lost} that must be renewed" if lost else ""
    print(f"{'':>9}  {name:<29} removes {other:,.1f}; the plan removes {removed / other - 1:+.2%} more{duty}")


def _whole(problem: Problem, gap: float, seconds: float, ours: tuple[float, float]) -> None:
    before = time.process_time()
    model, _ = build_model(problem)
    solved = maximise(model, gap=gap, time_limit_s=seconds)
    spent = time.process_time() - before
    reached = float(model.gain @ solved.x.round()) if solved.x is not None else float("nan")
    _tell("HiGHS on the whole model", reached, solved.bound, spent, ours)


def _cpsat(problem: Problem, gap: float, seconds: float, ours: tuple[float, float]) -> None:
    before = time.process_time()
    model, layout = build_model(problem)
    rows = model.rows.tocsr()
    scale = np.ones(rows.shape[0])
    at = layout.first_limit_row
    for limit in problem.limits:
        scale[at : at + limit.most.size] = limit.scale
        at += limit.most.size
    worth = np.rint(model.gain / np.abs(model.gain).max() * _LARGEST).astype(np.int64)
    twin = cp_model.CpModel()
    x = [twin.new_bool_var("") for _ in range(len(worth))]
    for row in range(rows.shape[0]):
        columns = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
        values = np.rint(rows.data[rows.indptr[row] : rows.indptr[row + 1]] * scale[row]).astype(np.int64)
        if not len(columns):
            continue
        low, high = model.low[row] * scale[row], model.high[row] * scale[row]
        most = 2**60
        twin.add_linear_constraint(
            cp_model.LinearExpr.weighted_sum([x[c] for c in columns], values.tolist()),
            int(np.ceil(low - 1e-3)) if np.isfinite(low) else -most,
            int(np.floor(high + 1e-3)) if np.isfinite(high) else most,
        )
    twin.maximize(cp_model.LinearExpr.weighted_sum(x, worth.tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.relative_gap_limit = gap
    status = solver.solve(twin)
    spent = time.process_time() - before
    unit = np.abs(model.gain).max() / _LARGEST
    known = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    reached = float(model.gain @ np.array([solver.value(v) for v in x])) if known else float("nan")
    _tell("OR-Tools CP-SAT", reached, solver.best_objective_bound * unit + len(worth) * unit, spent, ours)


def _tell(name: str, reached: float, bound: float, spent: float, ours: tuple[float, float]) -> None:
    print(
        f"{'':>9}  {name:<29} removes {reached:,.1f}, bound {bound:,.1f}, gap {1 - reached / bound:.3%}, "
        f"{spent:.2f} CPU s"
    )
    assert ours[0] <= bound * (1 + 1e-6), "our plan is above the other's bound"
    assert not reached > ours[1] * (1 + 1e-6), "the other's plan is above our bound"


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--kind", choices=["city", "corridors"], default="city")
    parser.add_argument("--gap", type=float, default=0.005)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mobilisation", type=float, default=1.0)
    parser.add_argument("--whole", type=float, default=0.0)
    parser.add_argument("--cpsat", type=float, default=0.0)
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}; CPU seconds from projects in memory to the plan")
    for count in options.projects:
        run(options, count)


if __name__ == "__main__":
    main()
