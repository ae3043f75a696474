"""A tighter bound on prize-collecting Steiner trees: the directed cut relaxation, cuts added as they are violated.

Each group of customers is either left out, at its prize, or every cut around it that leaves the root out carries an
arc. The linear relaxation of that is solved with HiGHS; maximum flows find the cuts that its solution violates
(Goemans and Myung 1993, "A catalog of Steiner tree formulations", Networks 23; Koch and Martin 1998 for the order).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, dijkstra, maximum_flow

from gridrisk.plan.solver import introduce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .steiner import Problem
    from .streets import Floats, Ints

ROOT = 0
_SCALE = 1_000_000
_VIOLATION = 0.02
_CUTS_A_ROUND = 400
#: Rounds of cuts that lift the bound by less, relatively, are left to the search in whole arcs.
_SLOW = 0.001


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Outcome: a bound, how much of each arc (tail, head) the relaxation uses, and the same in whole arcs."""

    bound: int
    arcs: dict[tuple[int, int], float]
    whole: dict[tuple[int, int], float]


def relax(problem: Problem, keep: np.ndarray, *, gap: float, seconds: float) -> Relaxed:
    """Solve the relaxation on the arcs in `keep` until no cut is violated, then the same problem in whole arcs.

    Where the whole arcs are no tree, the cuts that they violate are added and the problem is solved again.

    Parameters
    ----------
    problem
        The graph and its groups.
    keep
        Boolean, (edges, 2): arcs that a best tree may use, head to tail and back.
    gap
        Relative gap at which the search in whole arcs ends.
    seconds
        Time in all; half of it at most goes to the relaxation.
    """
    begun = time.perf_counter()
    tails = np.stack([problem.head, problem.tail], axis=1)[keep]
    heads = np.stack([problem.tail, problem.head], axis=1)[keep]
    cost = np.repeat(problem.cost[:, None], 2, axis=1)[keep]
    into_root = heads != ROOT
    tails, heads, cost = tails[into_root], heads[into_root], cost[into_root]
    model = _model(problem, tails, heads, cost)
    bound, use = 0, np.zeros(len(tails))
    scale = _objective_scale(problem)
    while True:
        left = seconds / 2 - (time.perf_counter() - begun)
        if left <= 0:
            break
        model.setOptionValue("time_limit", model.getRunTime() + left)
        model.run()
        if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        before = bound
        bound = max(bound, _whole_bound(model.getInfo().objective_function_value * scale))
        values = np.array(model.getSolution().col_value)
        use, left_out = values[: len(tails)], values[len(tails) :]
        found = _violated(problem, tails, heads, use, left_out)
        if not found or bound <= before * (1 + _SLOW):
            break
        _add_cuts(model, found, len(tails))
    whole = np.zeros(model.getNumCol())
    while (left := seconds - (time.perf_counter() - begun)) > 0:
        whole, proved = _in_whole(model, gap, left)
        bound = max(bound, _whole_bound(proved * scale))
        # an answer in whole arcs that leaves out a cut is no tree: without that cut the bound cannot rise further
        found = _violated(problem, tails, heads, np.rint(whole[: len(tails)]), np.rint(whole[len(tails) :]))
        if not found:
            break
        _add_cuts(model, found, len(tails))
    return Relaxed(bound, _used(tails, heads, use), _used(tails, heads, whole[: len(tails)]))


def _whole_bound(value: float) -> int:
    """Return the bound in whole units: costs and prizes are whole, so no tree lies between two of them."""
    return int(np.ceil(value * (1 - 1e-9) - 1e-6))


def _used(tails: Ints, heads: Ints, use: Floats) -> dict[tuple[int, int], float]:
    return {(int(a), int(b)): float(x) for a, b, x in zip(tails, heads, use, strict=True) if x > _VIOLATION}


def _in_whole(model: highspy.Highs, gap: float, seconds: float) -> tuple[Floats, float]:
    """Solve the model with the cuts found so far in whole arcs; cuts not found leave its bound valid."""
    count = model.getNumCol()
    model.changeColsIntegrality(count, np.arange(count, dtype=np.int32), np.full(count, highspy.HighsVarType.kInteger))
    model.setOptionValue("time_limit", model.getRunTime() + max(seconds, 0.1))
    model.setOptionValue("mip_rel_gap", gap / 2)
    model.run()
    info = model.getInfo()
    proved = float(info.mip_dual_bound)
    values = np.array(model.getSolution().col_value)
    return (values if len(values) == count else np.zeros(count)), proved if np.isfinite(proved) else 0.0


def useful_arcs(problem: Problem, slack: Ints, bound: int, value: int) -> np.ndarray:
    """Say which arcs (edge, both directions) a tree better than `value` may use, by reduced costs.

    An arc that costs more than ``value - bound`` beyond the dual solution, with the way to it from the root and the way
    from it to a group, is in no better tree.
    """
    arcs = np.concatenate([np.arange(len(problem.cost)) * 2, np.arange(len(problem.cost)) * 2 + 1])
    tails = np.concatenate([problem.head, problem.tail])
    heads = np.concatenate([problem.tail, problem.head])
    weight = slack[arcs].astype(float)
    size = problem.nodes
    forward = _shortest(tails, heads, weight, size, np.array([ROOT]))
    ends = np.array(sorted({node for group in problem.groups for node in group}), dtype=np.int64)
    backward = _shortest(heads, tails, weight, size, ends)
    through = bound + forward[tails] + weight + backward[heads]
    keep = np.zeros(2 * len(problem.cost), dtype=bool)
    keep[arcs] = through <= value + 0.5
    return keep.reshape(-1, 2)


def _shortest(tails: Ints, heads: Ints, weight: Floats, size: int, sources: Ints) -> Floats:
    order = np.lexsort((weight, heads, tails))
    tails, heads, weight = tails[order], heads[order], weight[order]
    first = np.ones(len(tails), dtype=bool)
    first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    # A sparse matrix drops zeros, so that every weight is lifted by less than it could matter.
    graph = csr_array((weight[first] + 1e-3 / size, (tails[first], heads[first])), shape=(size, size))
    distance: Floats = dijkstra(graph, indices=sources, min_only=True)
    return distance


def _objective_scale(problem: Problem) -> float:
    return max(1.0, float(problem.prize.max(initial=1)) / 100.0)


def _model(problem: Problem, tails: Ints, heads: Ints, cost: Ints) -> highspy.Highs:
    """Return the relaxation without cuts but those at the groups: what leaves a node has come into it."""
    introduce()
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    count, groups = len(tails), len(problem.groups)
    scale = _objective_scale(problem)
    model.addVars(count + groups, np.zeros(count + groups), np.ones(count + groups))
    price = np.concatenate([cost, problem.prize]) / scale
    model.changeColsCost(count + groups, np.arange(count + groups, dtype=np.int32), price)
    incoming: dict[int, list[int]] = {}
    for arc, head in enumerate(heads.tolist()):
        incoming.setdefault(head, []).append(arc)
    rows: list[tuple[list[int], list[float], float]] = []
    for arc, (tail, head) in enumerate(zip(tails.tolist(), heads.tolist(), strict=True)):
        if tail != ROOT:
            before = [other for other in incoming.get(tail, ()) if tails[other] != head]
            rows.append(([*before, arc], [1.0] * len(before) + [-1.0], 0.0))
    rows += [(arcs, [-1.0] * len(arcs), -1.0) for arcs in incoming.values()]
    for number, group in enumerate(problem.groups):
        inside = set(group)
        if ROOT in inside:
            model.changeColBounds(count + number, 0.0, 0.0)
            continue
        entering = [arc for node in group for arc in incoming.get(node, ()) if int(tails[arc]) not in inside]
        rows.append(([*entering, count + number], [1.0] * (len(entering) + 1), 1.0))
    _add_rows(model, rows)
    return model


def _add_rows(model: highspy.Highs, rows: Sequence[tuple[list[int], list[float], float]]) -> None:
    starts = np.cumsum([0, *(len(columns) for columns, _, _ in rows)])[:-1].astype(np.int32)
    columns = np.array([c for some, _, _ in rows for c in some], dtype=np.int32)
    values = np.array([v for _, some, _ in rows for v in some], dtype=float)
    low = np.array([bound for _, _, bound in rows])
    high = np.full(len(rows), highspy.kHighsInf)
    model.addRows(len(rows), low, high, len(columns), starts, columns, values)


def _add_cuts(model: highspy.Highs, cuts: list[tuple[int, Ints]], arcs: int) -> None:
    _add_rows(model, [([*cut.tolist(), arcs + group], [1.0] * (len(cut) + 1), 1.0) for group, cut in cuts])


def _violated(problem: Problem, tails: Ints, heads: Ints, use: Floats, left_out: Floats) -> list[tuple[int, Ints]]:
    """Find, group by group, a cut that carries less than the group demands; arcs of cuts found count as full."""
    room = np.rint(np.maximum(use, 0) * _SCALE).astype(np.int32)
    sink = problem.nodes
    found: list[tuple[int, Ints]] = []
    demands = 1.0 - left_out
    for number in np.argsort(-demands, kind="stable").tolist():
        group = problem.groups[number]
        if demands[number] <= _VIOLATION or ROOT in group or len(found) >= _CUTS_A_ROUND:
            continue
        ends = np.array(group, dtype=np.int64)
        graph = csr_array(
            (
                np.concatenate([room, np.full(len(ends), _SCALE, dtype=np.int32)]),
                (np.concatenate([tails, ends]), np.concatenate([heads, np.full(len(ends), sink)])),
            ),
            shape=(sink + 1, sink + 1),
        )
        result = maximum_flow(graph, ROOT, sink)
        if result.flow_value >= (demands[number] - _VIOLATION) * _SCALE:
            continue
        residual = csr_array(graph - result.flow)
        residual.data[residual.data < 0] = 0
        residual.eliminate_zeros()
        # The side from which the group can still be reached: its cut lies near the group and is small.
        near = np.zeros(sink + 1, dtype=bool)
        near[breadth_first_order(csr_array(residual.T), sink, return_predecessors=False)] = True
        cut = np.flatnonzero(near[heads] & ~near[tails])
        found.append((number, cut))
        room[cut] = _SCALE
    return found
