"""Dominator trees: every outage of a network at once.

Let r be a source that feeds every real source. With sector s shut, sector t loses its gas exactly when every path from
r to t passes s, that is, when s dominates t. The set lost with s is therefore the subtree of s in the dominator tree,
a slice of the tree's preorder.

Where every connection is two-way, s dominates t exactly when s is a cut vertex between r and t, and one depth-first
search with low points gives the tree. Otherwise Lengauer and Tarjan's algorithm with path compression does.

References
----------
T. Lengauer and R. E. Tarjan, "A fast algorithm for finding dominators in a flowgraph", ACM TOPLAS 1 (1979), 121-141.
R. E. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972), 146-160.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DominatorTree:
    """The dominator tree of a graph as slices of its preorder.

    Attributes
    ----------
    preorder
        The nodes that can be reached, root first, every node before what it dominates.
    start, size
        Of every node: ``preorder[start : start + size]`` is the node and all it dominates; start is -1 and size 0
        where the root does not reach it.
    parent
        The immediate dominator of every node; -1 for the root and for what it does not reach.
    """

    preorder: Ints
    start: Ints
    size: Ints
    parent: Ints

    def dominated(self, node: int) -> Ints:
        """Return the node and all it dominates; nothing where the root does not reach it."""
        first = self.start[node]
        return self.preorder[first : first + self.size[node]] if first >= 0 else self.preorder[:0]

    def dominates(self, node: Ints, other: Ints) -> NDArray[np.bool_]:
        """Say element by element whether `node` dominates `other`, both reached."""
        offset = self.start[other] - self.start[node]
        return (self.start[node] >= 0) & (self.start[other] >= 0) & (offset >= 0) & (offset < self.size[node])

    def total(self, weight: Floats) -> Floats:
        """Return for every node the sum of `weight` over all it dominates; 0 where the root does not reach it."""
        running = np.concatenate([[0.0], np.cumsum(weight[self.preorder])])
        first = np.maximum(self.start, 0)
        return np.where(self.start >= 0, running[first + self.size] - running[first], 0.0)


def dominator_tree(n: int, tail: Ints, head: Ints, root: int, *, two_way: bool) -> DominatorTree:
    """Return the dominator tree of a graph.

    Parameters
    ----------
    n
        Number of nodes.
    tail, head
        The arcs; parallel arcs and loops are allowed. With `two_way` every connection is given once.
    root
        Where all paths begin.
    two_way
        Every arc may be walked both ways (arcs at the root need not: no path returns to it).
    """
    if two_way:
        parent, order = _two_way(*_adjacency(n, np.concatenate([tail, head]), np.concatenate([head, tail])), root)
    else:
        parent, order = _one_way(*_adjacency(n, tail, head), *_adjacency(n, head, tail), root)
    return _slices(parent, order)


def _adjacency(n: int, tail: Ints, head: Ints) -> tuple[list[int], list[int]]:
    """Return the heads sorted by tail, and where each tail's begin."""
    begin = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(tail, minlength=n), out=begin[1:])
    return begin.tolist(), head[np.argsort(tail, kind="stable")].tolist()


def _two_way(begin: list[int], neighbour: list[int], root: int) -> tuple[list[int], list[int]]:
    """Return the immediate dominators and the depth-first order of a graph whose arcs are all two-way."""
    n = len(begin) - 1
    number, low, parent, at = [-1] * n, [0] * n, [-1] * n, begin[:-1]
    order = [root]
    number[root] = 0
    node = root
    while node >= 0:
        i, end, lowest, child = at[node], begin[node + 1], low[node], -1
        while i < end:
            other = neighbour[i]
            i += 1
            seen = number[other]
            if seen < 0:
                child = other
                break
            lowest = min(lowest, seen)
        at[node], low[node] = i, lowest
        if child >= 0:
            number[child] = low[child] = len(order)
            parent[child] = node
            order.append(child)
            node = child
        else:
            node = parent[node]
            if node >= 0:
                low[node] = min(low[node], lowest)
    # A node hangs under its parent where no back arc from below it leaps over the parent, else under what the parent
    # hangs under. The arc to the parent itself counts as a back arc, which does no harm: the test is >=.
    dominator = [-1] * n
    for node in order[1:]:
        above = parent[node]
        dominator[node] = above if low[node] >= number[above] else dominator[above]
    return dominator, order


def _numbered(begin: list[int], successor: list[int], root: int) -> tuple[list[int], list[int], list[int]]:
    """Return the depth-first number of every node, the order, and the parent's number of every number."""
    number, at = [-1] * (len(begin) - 1), begin[:-1]
    number[root] = 0
    order, parent, stack = [root], [-1], [root]
    while stack:
        node = stack[-1]
        i = at[node]
        if i == begin[node + 1]:
            stack.pop()
            continue
        at[node] = i + 1
        other = successor[i]
        if number[other] < 0:
            number[other] = len(order)
            parent.append(number[node])
            order.append(other)
            stack.append(other)
    return number, order, parent


def _one_way(
    begin: list[int], successor: list[int], back: list[int], predecessor: list[int], root: int
) -> tuple[list[int], list[int]]:
    """Return the immediate dominators and the depth-first order by Lengauer and Tarjan's algorithm."""
    number, order, parent = _numbered(begin, successor, root)
    count = len(order)
    semi, best, forest = list(range(count)), list(range(count)), [-1] * count
    dominator = [0] * count
    bucket: list[list[int]] = [[] for _ in range(count)]
    for w in range(count - 1, 0, -1):
        node = order[w]
        for i in range(back[node], back[node + 1]):
            v = number[predecessor[i]]
            if v >= 0:
                semi[w] = min(semi[w], semi[_least(v, semi, best, forest)])
        bucket[semi[w]].append(w)
        above = parent[w]
        forest[w] = above
        for v in bucket[above]:
            u = _least(v, semi, best, forest)
            dominator[v] = u if semi[u] < semi[v] else above
        bucket[above] = []
    result = [-1] * len(number)
    for w in range(1, count):
        if dominator[w] != semi[w]:
            dominator[w] = dominator[dominator[w]]
        result[order[w]] = order[dominator[w]]
    return result, order


def _least(v: int, semi: list[int], best: list[int], forest: list[int]) -> int:
    """Return the node of least semidominator on the forest path above `v`, shortening the path."""
    if forest[v] < 0:
        return v
    path, w = [], v
    while forest[forest[w]] >= 0:
        path.append(w)
        w = forest[w]
    for w in reversed(path):
        above = forest[w]
        if semi[best[above]] < semi[best[w]]:
            best[w] = best[above]
        forest[w] = forest[above]
    return best[v]


def _slices(parent: list[int], order: list[int]) -> DominatorTree:
    """Lay the tree out in preorder; `order` lists every node after its dominator, as a depth-first order does."""
    n = len(parent)
    size, start, used = [0] * n, [-1] * n, [1] * n
    for node in order:
        size[node] = 1
    for node in reversed(order[1:]):
        size[parent[node]] += size[node]
    preorder = [0] * len(order)
    root = order[0]
    start[root], preorder[0] = 0, root
    for node in order[1:]:
        above = parent[node]
        place = start[above] + used[above]
        used[above] += size[node]
        start[node], preorder[place] = place, node
    return DominatorTree(*(np.array(a, np.int64) for a in (preorder, start, size, parent)))
