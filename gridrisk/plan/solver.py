"""The mixed-integer model, solved with HiGHS; deterministic for the same input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import highspy
import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem

    Progress = Callable[[float, float, float], None]

#: The largest coefficient of the objective, so that the solver's absolute tolerances mean the same on every scale.
_OBJECTIVE_SCALE = 1e4
_TOLERANCE = 1e-7

Outcome = Literal["optimal", "feasible", "infeasible", "stopped"]


@dataclass(frozen=True, slots=True)
class Model:
    """A linear model: maximise `gain` · x with `low` ≤ `rows` x ≤ `high`; whole columns lie between 0 and 1."""

    gain: NDArray[np.float64]
    rows: csr_array
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    upper: NDArray[np.float64]
    whole: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Solution:
    """What the solver found: x (None where nothing), the bound on the gain, and the prices of the rows."""

    outcome: Outcome
    x: NDArray[np.float64] | None
    bound: float
    prices: NDArray[np.float64]
    seconds: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is which project in which year, and where the rows of each limit start."""

    project: NDArray[np.int64]
    year: NDArray[np.int64]
    first_limit_row: int


def build_model(problem: Problem) -> tuple[Model, Layout]:
    """Return the model of a problem: one column for each project and allowed year in which it is worth something.

    Rows: each project at most once (exactly once where forced); then for each limit one row a year.
    """
    project, year = np.nonzero(problem.allowed & ((problem.value > 0) | problem.forced[:, None]))
    count, columns = len(problem.ids), np.arange(len(project))
    once = coo_array((np.ones(len(project)), (project, columns)), shape=(count, len(project))).tocsr()
    blocks = [once]
    low = [problem.forced.astype(float)]
    high = [np.ones(count)]
    for limit in problem.limits:
        use = limit.use[project, year] / limit.scale
        blocks.append(coo_array((use, (year, columns)), shape=(len(problem.years), len(project))).tocsr())
        low.append(np.full(len(problem.years), -np.inf))
        high.append(limit.most / limit.scale)
    model = Model(
        gain=problem.value[project, year],
        rows=vstack(blocks, format="csr"),
        low=np.concatenate(low),
        high=np.concatenate(high),
        upper=np.ones(len(project)),
        whole=np.ones(len(project), dtype=bool),
    )
    return model, Layout(project, year, count)


def with_row(model: Model, columns: NDArray[np.int64], most: float) -> Model:
    """Return the model with one more row: the sum of some columns is at most `most`."""
    row = csr_array(
        (np.ones(len(columns)), (np.zeros(len(columns), dtype=int), columns)), shape=(1, model.rows.shape[1])
    )
    return Model(
        model.gain,
        vstack([model.rows, row], format="csr"),
        np.append(model.low, -np.inf),
        np.append(model.high, most),
        model.upper,
        model.whole,
    )


def maximise(
    model: Model,
    *,
    relaxed: bool = False,
    gap: float = 0.0,
    time_limit_s: float = 60.0,
    start: NDArray[np.float64] | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Solve a model.

    Parameters
    ----------
    relaxed
        Leave out that columns are whole; the prices of rows are then those of the linear model.
    gap
        Relative gap at which the search stops.
    start
        A solution to start from.
    progress
        Called with bound, best and relative gap while solving.
    """
    if not len(model.gain):
        feasible = bool((model.low <= 0).all() and (model.high >= 0).all())
        return Solution("optimal" if feasible else "infeasible", np.zeros(0), 0.0, np.zeros(len(model.low)), 0.0)
    largest = float(np.abs(model.gain).max())
    scale = _OBJECTIVE_SCALE / largest if largest > 0 else 1.0
    solver = _solver(gap, time_limit_s)
    solver.passModel(_pass(model, scale, relaxed=relaxed))
    if start is not None and not relaxed:
        first = highspy.HighsSolution()
        first.col_value = start.tolist()
        solver.setSolution(first)
    if progress is not None and not relaxed:
        solver.cbMipInterrupt.subscribe(_Reporter(scale, progress))
    solver.run()
    return _result(solver, model, scale, relaxed=relaxed)


def _solver(gap: float, time_limit_s: float) -> Any:
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    for name, value in {
        "threads": 1,
        "random_seed": 0,
        "time_limit": float(time_limit_s),
        "mip_rel_gap": float(gap),
        "mip_abs_gap": 1e-6,
        "mip_feasibility_tolerance": _TOLERANCE,
        "primal_feasibility_tolerance": _TOLERANCE,
    }.items():
        solver.setOptionValue(name, value)
    return solver


def _pass(model: Model, scale: float, *, relaxed: bool) -> Any:
    problem = highspy.HighsLp()
    problem.num_row_, problem.num_col_ = model.rows.shape
    problem.sense_ = highspy.ObjSense.kMaximize
    problem.col_cost_ = model.gain * scale
    problem.col_lower_ = np.zeros(len(model.gain))
    problem.col_upper_ = model.upper
    problem.row_lower_ = model.low
    problem.row_upper_ = model.high
    problem.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    problem.a_matrix_.start_ = model.rows.indptr
    problem.a_matrix_.index_ = model.rows.indices
    problem.a_matrix_.value_ = model.rows.data
    if not relaxed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        problem.integrality_ = [kinds[int(whole)] for whole in model.whole]
    return problem


class _Reporter:
    """Tells the progress whenever bound or best has changed; the solver asks far more often."""

    def __init__(self, scale: float, progress: Progress) -> None:
        self._scale, self._progress, self._last = scale, progress, (np.inf, -np.inf)

    def __call__(self, event: Any) -> None:
        data = event.data_out
        now = (float(data.mip_dual_bound), float(data.mip_primal_bound))
        if now == self._last or not np.isfinite(now).all():
            return
        self._last = now
        bound, best = now
        gap = (bound - best) / bound if bound > 0 else 0.0
        self._progress(bound / self._scale, best / self._scale, max(0.0, gap))


def _result(solver: Any, model: Model, scale: float, *, relaxed: bool) -> Solution:
    status = solver.getModelStatus()
    kinds = highspy.HighsModelStatus
    prices = np.zeros(len(model.low))
    seconds = float(solver.getRunTime())
    if status in {kinds.kInfeasible, kinds.kUnboundedOrInfeasible}:
        return Solution("infeasible", None, -np.inf, prices, seconds)
    info = solver.getInfo()
    found = solver.getSolution()
    has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.asarray(found.col_value, dtype=float) if has_point else None
    optimal = status == kinds.kOptimal
    if relaxed:
        if optimal:
            prices = np.maximum(0.0, np.asarray(found.row_dual, dtype=float)) / scale
        bound = info.objective_function_value / scale if optimal else np.inf
    else:
        bound = info.mip_dual_bound / scale
    if x is None:
        return Solution("stopped", None, bound, prices, seconds)
    return Solution("optimal" if optimal else "feasible", x, bound, prices, seconds)
