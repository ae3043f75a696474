"""The mixed-integer model, solved with HiGHS; deterministic for the same input."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import highspy
import numpy as np
from scipy.sparse import csr_array, vstack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from numpy.typing import NDArray

    Progress = Callable[[float, float, float], None]

#: The largest coefficient of the objective, so that the solver's absolute tolerances mean the same on every scale.
_OBJECTIVE_SCALE = 1e4
_TOLERANCE = 1e-7

Outcome = Literal["optimal", "feasible", "infeasible", "stopped"]


class Stop:
    """Whether a person has asked to stop."""

    asked: bool = False


#: The search that Ctrl-C stops at present; the solver looks at it whenever it pauses.
_current: ContextVar[Stop | None] = ContextVar("search that can be stopped", default=None)


@contextmanager
def interruptible() -> Iterator[Stop]:
    """While inside, let Ctrl-C stop the solver, which then gives back the best it has; a second one stops the program.

    Signals reach only the main thread of a program; elsewhere nothing changes.
    """
    stop = Stop()
    token = _current.set(stop)
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if main else None

    def ask(number: int, frame: FrameType | None) -> None:
        stop.asked = True
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
        del number, frame

    if main:
        signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        _current.reset(token)
        if main:
            signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)


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
    enough: float = np.inf,
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
    enough
        A gain at which the search stops.
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
    watch = _Watch(scale, progress, _current.get(), enough * scale)
    (solver.cbSimplexInterrupt if relaxed else solver.cbMipInterrupt).subscribe(watch)
    solver.run()
    return _result(solver, model, scale, relaxed=relaxed)


@cache
def introduce() -> None:
    """Let the solver say its first words once, past standard output, which belongs to the answer."""
    try:
        kept = os.dup(1)
    except OSError:  # a program without standard output
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _solver(gap: float, time_limit_s: float) -> Any:
    introduce()
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


class _Watch:
    """Tells the progress whenever bound or best has changed (the solver asks far more often), and stops when asked."""

    def __init__(self, scale: float, progress: Progress | None, stop: Stop | None, enough: float) -> None:
        self._scale, self._progress, self._stop, self._enough = scale, progress, stop, enough
        self._last = (np.inf, -np.inf)

    def __call__(self, event: Any) -> None:
        try:
            self._tell(event)
        except KeyboardInterrupt:
            if self._stop is not None:
                self._stop.asked = True
        asked = self._stop is not None and self._stop.asked
        if asked or (self._enough < np.inf and float(event.data_out.mip_primal_bound) >= self._enough):
            event.interrupt()

    def _tell(self, event: Any) -> None:
        data = event.data_out
        now = (float(data.mip_dual_bound), float(data.mip_primal_bound))
        if self._progress is None or now == self._last or not np.isfinite(now).all():
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
            prices = np.asarray(found.row_dual, dtype=float) / scale
        bound = info.objective_function_value / scale if optimal else np.inf
    else:
        bound = info.mip_dual_bound / scale
    if x is None:
        return Solution("stopped", None, bound, prices, seconds)
    return Solution("optimal" if optimal else "feasible", x, bound, prices, seconds)
