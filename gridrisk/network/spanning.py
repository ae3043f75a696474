"""A depth-first tree of a part of the network: where it falls in two, and what hangs below every element."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridrisk.network.dividing import Part

#: Savings below this are rounding errors, customers a year.
LEAST = 1e-9
_WORD = (1 << 64) - 1


class Tree:
    """A depth-first tree of a part's elements, its bridges and rings, and sums over what is below each element.

    Attributes
    ----------
    order, parent, start, size
        Elements depth-first, the one above each, its number in the order, and how many hang below it, itself included.
    bridges
        Joints that one valve divides at: the element below, and the candidate.
    rings
        Joints of which any two divide together: lists of the element below, the one above, and the candidate, from the
        top down; a joint that is not in the tree comes last.
    """

    def __init__(self, part: Part) -> None:
        around: dict[int, list[tuple[int, int]]] = {element: [] for element in part.customers}
        for number, (a, b) in enumerate(part.joints):
            around[a].append((b, number))
            around[b].append((a, number))
        mark: dict[int, int] = {}
        closing: list[tuple[int, int, int, int]] = []
        kinds = list(part.joints.values())
        self.order: list[int] = []
        self.parent: dict[int, int] = {}
        start: dict[int, int] = {}
        low: dict[int, int] = {}
        via: dict[int, int] = {}
        root = next(iter(part.customers))
        stack = [(root, iter(around[root]))]
        start[root] = low[root] = 0
        self.order.append(root)
        self.bridges: list[tuple[int, int]] = []
        while stack:
            element, ways = stack[-1]
            for other, number in ways:
                if number == via.get(element):
                    continue
                if other in start:
                    low[element] = min(low[element], start[other])
                    if start[other] < start[element]:  # closes a ring: marked once, from below
                        of = _scattered(number + 1)
                        mark[element], mark[other] = mark.get(element, 0) ^ of, mark.get(other, 0) ^ of
                        closing.append((of, element, other, kinds[number]))
                    continue
                start[other] = low[other] = len(self.order)
                via[other], self.parent[other] = number, element
                self.order.append(other)
                stack.append((other, iter(around[other])))
                break
            else:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[element])
                    if low[element] > start[above]:
                        self.bridges.append((element, kinds[via[element]]))
        self.start = start
        self.rings = self._rings(mark, closing, {e: kinds[number] for e, number in via.items()})
        self.customers, self.failures = self._below(part.customers), self._below(part.failures)
        self.entries = self._below(dict.fromkeys(part.entries, 1.0))
        self.size = self._below(dict.fromkeys(part.customers, 1.0))
        self._all_entries = len(part.entries)
        whole, touching = self._units(part)
        self.whole, self.touching = self._below(whole), self._below(touching)

    def _rings(
        self, mark: dict[int, int], closing: list[tuple[int, int, int, int]], kinds: dict[int, int]
    ) -> list[list[tuple[int, int, int]]]:
        """Return the joints that divide in pairs: those that the same joints outside the tree bridge over.

        Each of these has a random mark; a joint of the tree has the marks, added without carry, of those over it
        (Pritchard and Thurimella 2011, Fast computation of small cuts via cycle space sampling).
        """
        over = dict(mark)
        for element in reversed(self.order[1:]):
            above = self.parent[element]
            over[above] = over.get(above, 0) ^ over.get(element, 0)
        found: dict[int, list[tuple[int, int, int]]] = {}
        for element in self.order[1:]:
            if over.get(element, 0):
                found.setdefault(over[element], []).append((element, self.parent[element], kinds[element]))
        for of, below, above, kind in closing:
            found.setdefault(of, []).append((below, above, kind))
        return [ring for ring in found.values() if len(ring) > 1]

    def _below(self, weight: dict[int, float]) -> dict[int, float]:
        """Return the sum of a weight over every element and all below it."""
        total = {element: weight.get(element, 0.0) for element in self.order}
        for element in reversed(self.order[1:]):
            total[self.parent[element]] += total[element]
        return total

    def _units(self, part: Part) -> tuple[dict[int, float], dict[int, float]]:
        """Return weights whose sums below an element are the units that hang there only, and those that hang there.

        A unit hangs below an element only where the lowest common ancestor of all its elements does; the ancestors of
        neighbours in depth-first order take away what would be counted twice.
        """
        whole: dict[int, float] = {}
        touching: dict[int, float] = {}
        for unit in part.units:
            here, weight = sorted(unit.on, key=self.start.__getitem__), unit.customers
            top = here[0]
            touching[top] = touching.get(top, 0.0) + weight
            for one, other in pairwise(here):
                meet = self._meet(one, other)
                touching[other] = touching.get(other, 0.0) + weight
                touching[meet] = touching.get(meet, 0.0) - weight
                top = self._meet(top, meet)
            whole[top] = whole.get(top, 0.0) + weight
        return whole, touching

    def _meet(self, one: int, other: int) -> int:
        """Return the lowest common ancestor."""
        while one != other:
            if self.start[one] > self.start[other]:
                one = self.parent[one]
            else:
                other = self.parent[other]
        return one

    def losses(self, element: int, lost: float) -> tuple[float, float]:
        """Return what is lost with all below an element, and with all the rest."""
        rest_lives = self.entries[element] < self._all_entries
        below_lives = self.entries[element] > 0
        root = self.order[0]
        units = self.whole[root]
        below = self.customers[element] + self.whole[element] if rest_lives else lost
        above = self.customers[root] - self.customers[element] + units - self.touching[element] if below_lives else lost
        return below, above

    def saved(self, element: int, lost: float, rate: float) -> float:
        """Return what a valve above an element saves, of a part with all that is lost with it and its failures."""
        below, above = self.losses(element, lost)
        return rate * lost - self.failures[element] * below - (rate - self.failures[element]) * above

    def under(self, element: int) -> set[int]:
        """Return an element and all below it."""
        first = self.start[element]
        return set(self.order[first : first + int(self.size[element])])


def _scattered(number: int) -> int:
    """Return 64 bits that look random, the same for the same number (the finaliser of splitmix64)."""
    x = number * 0x9E3779B97F4A7C15 & _WORD
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    x = (x ^ x >> 27) * 0x94D049BB133111EB & _WORD
    return x ^ x >> 31
