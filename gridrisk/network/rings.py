"""Two valves on a ring: which pair divides a part of the network so that it saves most for its cost.

Joints that any two of divide a part lie along one path of its depth-first tree, so what a pair cuts out is what hangs
below the upper joint without what hangs below the lower one, and all pairs are compared at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.network.spanning import LEAST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.network.dividing import Part
    from gridrisk.network.spanning import Tree

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Places on one ring that are compared pair by pair; of longer rings so many are picked along what hangs on them.
_PLACES = 400


@dataclass(frozen=True, slots=True)
class Pair:
    """Two valves: candidates, cost, what they save, what they cut out, and the elements on either side of them."""

    candidates: tuple[int, int]
    cost_yuan: float
    saved: float
    inside: set[int]
    ends_inside: set[int]
    ends_outside: set[int]


def best_pair(tree: Tree, part: Part, cost_yuan: Floats, most_yuan: float) -> Pair | None:
    """Return the pair that saves most for its cost; None where no affordable pair saves anything."""
    best: Pair | None = None
    for joints in tree.rings:
        usable = [joint for joint in joints if joint[2] >= 0 and cost_yuan[joint[2]] < most_yuan]
        if len(usable) < 2:
            continue
        ring = _Ring(tree, part, _picked(tree, part, usable))
        saved = ring.savings()
        cost = cost_yuan[[joint[2] for joint in ring.joints]]
        both = cost[:, None] + cost[None, :]
        worth = np.where((saved > LEAST) & (both <= most_yuan), saved / both, 0.0)
        i, j = np.unravel_index(int(worth.argmax()), worth.shape)
        if worth[i, j] > (best.saved / best.cost_yuan if best else 0.0):
            best = ring.pair(int(i), int(j), float(both[i, j]), float(saved[i, j]))
    return best


def _picked(tree: Tree, part: Part, joints: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return not more than `_PLACES` joints, evenly by the customers and failures between them."""
    if len(joints) <= _PLACES:
        return joints
    all_customers = max(sum(part.customers.values()), 1e-12)
    all_failures = max(sum(part.failures.values()), 1e-12)
    below = np.array([tree.customers[e] / all_customers + tree.failures[e] / all_failures for e, _, _ in joints])
    along = below[0] - below + np.arange(len(joints)) / len(joints)
    wanted = np.linspace(along[0], along[-1], _PLACES)
    return [joints[k] for k in np.unique(np.searchsorted(along, wanted))]


class _Ring:
    """The joints of one ring from the top down, and what lies between any two of them."""

    def __init__(self, tree: Tree, part: Part, joints: list[tuple[int, int, int]]) -> None:
        self._tree, self._part, self.joints = tree, part, joints
        # a joint outside the tree comes last: nothing is taken off what hangs below the other
        self._last = tree.parent.get(joints[-1][0]) != joints[-1][1]
        self._nested = joints[:-1] if self._last else joints

    def savings(self) -> Floats:
        """Return what every pair saves, shape (joints, joints); nought below the diagonal."""
        tree, part = self._tree, self._part
        customers, failures, entries = (self._between(total) for total in (tree.customers, tree.failures, tree.entries))
        whole, apart = self._units()
        lost, rate, everyone = part.lost, sum(part.failures.values()), sum(part.customers.values())
        inner = np.where(entries < len(part.entries), customers + whole, lost)
        outer = np.where(entries > 0, everyone - customers + apart, lost)
        saved: Floats = np.triu(rate * lost - failures * inner - (rate - failures) * outer, 1)
        return saved

    def _between(self, total: dict[int, float]) -> Floats:
        below = np.array([total[element] for element, _, _ in self._nested] + [0.0] * self._last)
        found: Floats = below[:, None] - below[None, :]
        return found

    def _units(self) -> tuple[Floats, Floats]:
        """Return of every pair the customers of units that hang only between its joints, and of those only outside."""
        n, tree = len(self.joints), self._tree
        whole, apart = np.zeros((n + 2, n + 2)), np.zeros((n + 2, n + 2))
        if self._part.units:
            start = np.array([tree.start[element] for element, _, _ in self._nested])
            end = start + np.array([int(tree.size[element]) for element, _, _ in self._nested])
            for unit in self._part.units:
                # how many joints each of its elements hangs below: joints i < j have it between them if i < depth <= j
                at = np.array([tree.start[element] for element in unit.on])
                inside = (start[:, None] <= at) & (at < end[:, None])
                depth = np.unique(inside.sum(axis=0))
                whole[depth[0], depth[-1]] += unit.customers
                first, last = np.append(0, depth + 1), np.append(depth - 1, n + 1)
                apart[first[first <= last], last[first <= last]] += unit.customers
        i = np.arange(n)
        least = np.cumsum(whole[::-1], axis=0)[::-1].cumsum(axis=1)  # of depths from i up to j
        most = np.cumsum(np.cumsum(apart, axis=0)[:, ::-1], axis=1)[:, ::-1]  # of gaps that reach from i to j at least
        return least[np.ix_(i + 1, i)], most[np.ix_(i + 1, i)]

    def pair(self, i: int, j: int, cost_yuan: float, saved: float) -> Pair:
        """Return the pair of two joints, the upper one first."""
        (upper, above, one), (lower, beyond, other) = self.joints[i], self.joints[j]
        nested = j < len(self._nested)
        inside = self._tree.under(upper) - (self._tree.under(lower) if nested else set())
        ends = (upper, beyond), (above, lower)
        if not nested:
            ends = (upper, lower), (above, beyond)
        return Pair((one, other), cost_yuan, saved, inside, set(ends[0]), set(ends[1]))
