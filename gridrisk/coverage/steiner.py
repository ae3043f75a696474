"""Prize-collecting Steiner trees on a street graph: a tree from the existing mains, and a bound on the best there is.

The bound is the dual ascent of Wong (1984, "A dual ascent approach for Steiner tree problems on a directed graph",
Mathematical Programming 28) on the directed problem in which the prize of a customer left out is an arc from the root.
The tree grows from the saturated arcs, is pruned and improved by paths that pay for themselves.
"""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from .cuts import relax, useful_arcs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .streets import Floats, Ints

ROOT = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """An undirected graph whose node `ROOT` is the existing network, and groups of which one node has to be reached.

    Attributes
    ----------
    nodes
        Number of nodes, the root included.
    head, tail
        Ends of each edge.
    cost
        Of each edge, whole numbers above 0.
    groups
        For each group of customers the nodes from which it can be served.
    prize
        Of each group, whole numbers above 0.
    """

    nodes: int
    head: Ints
    tail: Ints
    cost: Ints
    groups: tuple[tuple[int, ...], ...]
    prize: Ints


@dataclass(frozen=True, slots=True)
class Tree:
    """Edges to build, groups served, what they cost and leave out, and a bound no plan can fall below.

    ``value`` is the cost of the edges and the prizes of the groups left out; ``gap`` is relative to the bound.
    """

    edges: tuple[int, ...]
    served: tuple[int, ...]
    value: int
    bound: int

    @property
    def gap(self) -> float:
        """How far the tree may be from the best there is, relative to the bound."""
        return 0.0 if self.value <= self.bound else (self.value - self.bound) / max(self.bound, 1)


def solve(problem: Problem, *, gap: float, seconds: float, seed: int = 0) -> Tree:
    """Find a tree and a bound; stop when they are within `gap` of each other, or after `seconds`.

    Dual ascent and local search come first; where they leave more than `gap`, the cut relaxation tightens the bound
    and shows better trees; what time is left goes to further trees.
    """
    begun = time.perf_counter()

    def left() -> float:
        return seconds - (time.perf_counter() - begun)

    search = _Search(problem)
    rng = np.random.default_rng(seed)
    dual = dual_ascent(problem, np.zeros(len(problem.prize)))
    bound, reduced = dual.bound, dual
    best = search.improve(search.from_arcs(dual.saturated))
    value = search.value(best)

    def take(start: dict[int, tuple[int, int]]) -> None:
        nonlocal best, value
        tree = search.improve(start)
        if (new := search.value(tree)) < value:
            best, value = tree, new

    for _ in range(_FIRST_TRIALS):
        if value <= bound * (1 + gap) or left() < 0:
            break
        dual = dual_ascent(problem, rng.random(len(problem.prize)) * rng.choice([2.0, 10.0, 50.0]))
        if dual.bound > bound:
            bound, reduced = dual.bound, dual
        take(search.from_arcs(dual.saturated))
        take(search.shaken(best, rng))
    if value > bound * (1 + gap) and left() > 0:
        keep = useful_arcs(problem, reduced.slack, reduced.bound, value)
        relaxed = relax(problem, keep, gap=gap, seconds=left() * _SHARE_OF_RELAXATION)
        # Arcs were left out that only a tree no better than the best may use.
        bound = max(bound, min(relaxed.bound, value))
        take(search.from_arcs(set(relaxed.whole)))
        for threshold in (0.5, 0.3):
            take(search.from_arcs({arc for arc, use in relaxed.arcs.items() if use >= threshold}))
    while value > bound * (1 + gap) and left() > 0:
        take(search.shaken(best, rng))
    served = search.served(best)
    return Tree(tuple(sorted(search.edges(best))), tuple(sorted(served)), value, bound)


#: Dual ascents with other orders of the groups, each with two trees, before the relaxation is called.
_FIRST_TRIALS = 3
_SHARE_OF_RELAXATION = 0.9


@dataclass(frozen=True, slots=True)
class Dual:
    """A dual solution: its bound, what is left of each arc's cost (edge 0 there, edge 0 back, …), arcs without any."""

    bound: int
    slack: Ints
    saturated: set[tuple[int, int]]


def dual_ascent(problem: Problem, noise: Floats) -> Dual:
    """Raise the duals of cuts around one group after another, the smallest cut first; `noise` changes the order."""
    incoming: list[list[int]] = [[] for _ in range(problem.nodes)]
    tails = np.stack([problem.head, problem.tail], axis=1).ravel().tolist()
    heads = np.stack([problem.tail, problem.head], axis=1).ravel().tolist()
    for arc, head in enumerate(heads):
        incoming[head].append(arc)
    slack = np.repeat(problem.cost, 2).tolist()
    left = problem.prize.tolist()
    bound = 0
    inside = [set(group) for group in problem.groups]
    cuts = [[arc for node in group for arc in incoming[node]] for group in problem.groups]
    queue = [
        (len(cuts[number]) + float(noise[number]), number)
        for number, group in enumerate(problem.groups)
        if ROOT not in group
    ]
    heapq.heapify(queue)
    while queue:
        key, number = heapq.heappop(queue)
        cut = _grown(inside[number], cuts[number], tails, slack, incoming)
        if cut is None:
            continue
        cuts[number] = cut
        size = len(cut) + float(noise[number])
        if size > key and queue and size > queue[0][0]:
            heapq.heappush(queue, (size, number))
            continue
        step = min(left[number], min((slack[arc] for arc in cut), default=left[number]))
        bound += step
        left[number] -= step
        for arc in cut:
            slack[arc] -= step
        if left[number]:
            heapq.heappush(queue, (size, number))
    saturated = {(tails[arc], heads[arc]) for arc, rest in enumerate(slack) if not rest}
    return Dual(bound, np.array(slack, dtype=np.int64), saturated)


def _grown(
    component: set[int], stack: list[int], tails: list[int], slack: list[int], incoming: list[list[int]]
) -> list[int] | None:
    """Take into a component what reaches it along saturated arcs; return its cut, or None where the root does."""
    cut = []
    while stack:
        arc = stack.pop()
        tail = tails[arc]
        if tail in component:
            continue
        if slack[arc]:
            cut.append(arc)
            continue
        if tail == ROOT:
            return None
        component.add(tail)
        stack.extend(incoming[tail])
    return [arc for arc in cut if tails[arc] not in component]


class _Search:
    """Trees as parent arrays (node -> (parent, edge)) and the moves that improve them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        edge_of: dict[tuple[int, int], int] = {}
        for edge, (a, b) in enumerate(zip(problem.head.tolist(), problem.tail.tolist(), strict=True)):
            key = (min(a, b), max(a, b))
            if key not in edge_of or problem.cost[edge] < problem.cost[edge_of[key]]:
                edge_of[key] = edge
        self.edge_of = edge_of
        self.cost = problem.cost.tolist()
        self.prize = problem.prize.tolist()
        self.groups_at: list[list[int]] = [[] for _ in range(problem.nodes)]
        for number, group in enumerate(problem.groups):
            for node in group:
                self.groups_at[node].append(number)
        pairs = np.array(list(edge_of), dtype=np.int64).reshape(-1, 2)
        weight = problem.cost[list(edge_of.values())].astype(float)
        shape = (problem.nodes, problem.nodes)
        self.graph = csr_array(coo_array((weight, (pairs[:, 0], pairs[:, 1])), shape=shape))
        self.neighbours: list[list[tuple[int, int]]] = [[] for _ in range(problem.nodes)]
        for (a, b), edge in edge_of.items():
            self.neighbours[a].append((b, edge))
            self.neighbours[b].append((a, edge))

    def edges(self, tree: dict[int, tuple[int, int]]) -> list[int]:
        """Return the edges of a tree."""
        return [edge for _, edge in tree.values()]

    def served(self, tree: Iterable[int]) -> set[int]:
        """Return the groups that the nodes of a tree, or the root, reach."""
        return {number for node in itertools.chain(tree, (ROOT,)) for number in self.groups_at[node]}

    def value(self, tree: dict[int, tuple[int, int]]) -> int:
        """Return the cost of the edges and the prizes of the groups left out."""
        served = self.served(tree)
        left = sum(prize for number, prize in enumerate(self.prize) if number not in served)
        return sum(self.cost[edge] for edge in self.edges(tree)) + left

    def from_arcs(self, arcs: set[tuple[int, int]]) -> dict[int, tuple[int, int]]:
        """Return the cheapest arborescence from the root along the arcs given."""
        out: dict[int, list[int]] = {}
        for a, b in arcs:
            out.setdefault(a, []).append(b)
        return self._grow(lambda node: ((b, self.edge_of[min(node, b), max(node, b)]) for b in out.get(node, ())))

    def improve(self, tree: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
        """Prune, add paths that pay, and lay the edges anew, as long as that helps."""
        tree = self.pruned(tree)
        value = self.value(tree)
        while True:
            trial = self.pruned(self.relaid(self.extended(tree)))
            new = self.value(trial)
            if new >= value:
                return tree
            tree, value = trial, new

    def pruned(self, tree: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
        """Cut branches that cost more than the prizes only they collect."""
        tree = dict(tree)
        children: dict[int, list[int]] = {}
        for node, (parent, _) in tree.items():
            children.setdefault(parent, []).append(node)
        holders = self._holders((*tree, ROOT))
        order = [ROOT]
        for node in order:
            order.extend(children.get(node, ()))
        for top in reversed(order[1:]):
            branch = [top]
            for node in branch:
                branch.extend(child for child in children.get(node, ()) if child in tree)
            counts = self._holders(branch)
            only = sum(self.prize[number] for number, count in counts.items() if count == holders[number])
            if only <= sum(self.cost[tree[node][1]] for node in branch):
                for node in branch:
                    del tree[node]
                for number, count in counts.items():
                    holders[number] -= count
        return tree

    def _holders(self, nodes: Iterable[int]) -> dict[int, int]:
        """Count for each group the nodes that serve it."""
        counts: dict[int, int] = {}
        for node in nodes:
            for number in self.groups_at[node]:
                counts[number] = counts.get(number, 0) + 1
        return counts

    def extended(self, tree: dict[int, tuple[int, int]], factor: float = 1.0) -> dict[int, tuple[int, int]]:
        """Add paths from the tree that collect more than they cost, the best first."""
        tree = dict(tree)
        while True:
            served = self.served(tree)
            distance, before, _ = dijkstra(
                self.graph, directed=False, indices=[ROOT, *tree], return_predecessors=True, min_only=True
            )
            gains = self._gains(tree, served, distance, before, factor)
            if not gains:
                return tree
            taken = False
            for _, node in gains:
                path = self._path(tree, before, node)
                fresh = {number for step in path for number in self.groups_at[step]} - served
                cost = sum(self.cost[self._edge(int(before[step]), step)] for step in path)
                if factor * sum(self.prize[number] for number in fresh) <= cost:
                    continue
                for step in path:
                    tree[step] = (int(before[step]), self._edge(int(before[step]), step))
                served |= fresh
                taken = True
            if not taken:
                return tree

    def relaid(self, tree: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
        """Connect the same nodes by their minimum spanning tree."""
        nodes = {ROOT, *tree}
        return self._grow(lambda node: ((b, edge) for b, edge in self.neighbours[node] if b in nodes), spanning=True)

    def shaken(self, tree: dict[int, tuple[int, int]], rng: np.random.Generator) -> dict[int, tuple[int, int]]:
        """Drop some branches, and add some paths that do not quite pay, for the pruning to judge."""
        kept = dict(tree)
        if kept:
            names = np.array(list(kept))
            for top in rng.choice(names, max(1, len(names) // 50)).tolist():
                gone = {top}
                for node, (parent, _) in tree.items():
                    if parent in gone:
                        gone.add(node)
                for node in gone:
                    kept.pop(node, None)
            kept = {node: entry for node, entry in kept.items() if self._rooted(node, kept)}
        return self.relaid(self.extended(kept, factor=float(rng.uniform(1.0, 2.0))))

    def _rooted(self, node: int, tree: dict[int, tuple[int, int]]) -> bool:
        while node != ROOT:
            if node not in tree:
                return False
            node = tree[node][0]
        return True

    def _grow(
        self, neighbours: Callable[[int], Iterable[tuple[int, int]]], *, spanning: bool = False
    ) -> dict[int, tuple[int, int]]:
        tree: dict[int, tuple[int, int]] = {}
        seen: set[int] = set()
        queue: list[tuple[int, int, int, int]] = [(0, ROOT, ROOT, -1)]
        while queue:
            length, node, parent, edge = heapq.heappop(queue)
            if node in seen:
                continue
            seen.add(node)
            if edge >= 0:
                tree[node] = (parent, edge)
            for other, via in neighbours(node):
                if other not in seen:
                    heapq.heappush(queue, (self.cost[via] + (0 if spanning else length), other, node, via))
        return tree

    def _gains(
        self,
        tree: dict[int, tuple[int, int]],
        served: set[int],
        distance: Floats,
        before: np.ndarray,
        factor: float,
    ) -> list[tuple[float, int]]:
        """Rank nodes by what the path to them collects beyond its cost; groups on it are counted once a node."""
        order = np.argsort(distance, kind="stable")
        order = order[np.isfinite(distance[order])]
        collected: dict[int, float] = {}
        gains = []
        for node in order.tolist():
            if node == ROOT or node in tree:
                continue
            parent = int(before[node])
            own = sum(
                self.prize[n] for n in self.groups_at[node] if n not in served and n not in self.groups_at[parent]
            )
            collected[node] = collected.get(parent, 0.0) + own
            gain = factor * collected[node] - float(distance[node])
            if gain > 0 and own:
                gains.append((-gain, node))
        return sorted(gains)

    def _path(self, tree: dict[int, tuple[int, int]], before: np.ndarray, node: int) -> list[int]:
        path = []
        while node != ROOT and node not in tree:
            path.append(node)
            node = int(before[node])
        return path

    def _edge(self, a: int, b: int) -> int:
        return self.edge_of[min(a, b), max(a, b)]
