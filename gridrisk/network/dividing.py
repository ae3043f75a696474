"""A part of the network that one valve may divide: what that saves, and both halves.

A leak shuts the part it lies in, and all that hangs on it loses gas. Divided, either half is shut alone; the other
keeps its gas where it has a live way in of its own. Joints on a ring divide nothing by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Savings below this are rounding errors, customers a year.
LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Unit:
    """What hangs on a part alone: customers, the elements it takes gas from, and those it could give gas back to."""

    customers: float
    on: frozenset[int]
    back: frozenset[int]


@dataclass(frozen=True, slots=True)
class Part:
    """A sector, or a part of one that chosen valves bound.

    Attributes
    ----------
    customers, failures
        Of each of its elements, pieces and joints, by number.
    joints
        Between two elements: the pair, and the candidate (-1: no place for a valve).
    bypassed
        Pairs of elements with an open valve between that divides nothing so far, but will when the part is divided.
    entries
        Elements where gas comes in from what keeps its gas.
    units
        What hangs on the part alone.
    sector
        The sector it is of.
    """

    customers: dict[int, float]
    failures: dict[int, float]
    joints: dict[tuple[int, int], int]
    bypassed: tuple[tuple[int, int], ...]
    entries: frozenset[int]
    units: tuple[Unit, ...]
    sector: int

    @property
    def lost(self) -> float:
        """Customers lost with all of it."""
        return sum(self.customers.values()) + sum(unit.customers for unit in self.units)

    @property
    def a_year(self) -> float:
        """Customers cut off a year."""
        return sum(self.failures.values()) * self.lost

    @property
    def bound(self) -> float:
        """Most that any valves in it can save: what is cut off beyond the customers on the leaking piece itself."""
        return self.a_year - sum(rate * self.customers[element] for element, rate in self.failures.items())


@dataclass(frozen=True, slots=True)
class Split:
    """A part divided by one valve: the candidate, the customers a year saved, those lost with all of it, both parts."""

    candidate: int
    saved: float
    lost_before: float
    parts: tuple[Part, Part]


def best_split(part: Part, cost_yuan: Floats, most_yuan: float = np.inf) -> Split | None:
    """Return the split of a part that saves most for its cost; None where no affordable one saves anything."""
    tree = _Tree(part)
    lost, rate = part.lost, sum(part.failures.values())
    best: tuple[float, int, int] | None = None
    for element, candidate in tree.bridges:
        if candidate < 0 or cost_yuan[candidate] > most_yuan:
            continue
        below, above = tree.losses(element, lost)
        saved = rate * lost - tree.failures[element] * below - (rate - tree.failures[element]) * above
        if saved > LEAST and (best is None or saved / cost_yuan[candidate] > best[0]):
            best = (saved / float(cost_yuan[candidate]), element, candidate)
    if best is None:
        return None
    _, element, candidate = best
    parts = _divided(part, tree.under(element), tree.parent[element], element)
    saved = part.a_year - parts[0].a_year - parts[1].a_year
    return Split(candidate, saved, lost, parts)


class _Tree:
    """A depth-first tree of a part's elements, its bridges, and sums over what is below each element."""

    def __init__(self, part: Part) -> None:
        around: dict[int, list[tuple[int, int]]] = {element: [] for element in part.customers}
        for number, (a, b) in enumerate(part.joints):
            around[a].append((b, number))
            around[b].append((a, number))
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
        self.customers, self.failures = self._below(part.customers), self._below(part.failures)
        self.entries = self._below(dict.fromkeys(part.entries, 1.0))
        self.size = self._below(dict.fromkeys(part.customers, 1.0))
        self._all_entries = len(part.entries)
        whole, touching = self._units(part)
        self.whole, self.touching = self._below(whole), self._below(touching)

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

    def under(self, element: int) -> set[int]:
        """Return an element and all below it."""
        first = self.start[element]
        return set(self.order[first : first + int(self.size[element])])


def _divided(part: Part, below: set[int], above_end: int, below_end: int) -> tuple[Part, Part]:
    """Return both parts of one that a valve between two elements divides."""
    rest = set(part.customers) - below
    return _half(part, below, rest, below_end), _half(part, rest, below, above_end)


def _half(part: Part, own: set[int], other: set[int], end: int) -> Part:
    """Return one half: the other is a live way in, or hangs on it with all that hangs on the other.

    What hangs on both lives with the other and is then a way in as well.
    """
    entries = part.entries & own
    across = {a if a in own else b for a, b in part.bypassed if (a in own) != (b in own)} | {end}
    units = [unit for unit in part.units if unit.on <= own]
    shared = [unit for unit in part.units if not unit.on <= own]
    if part.entries & other:
        entries |= across.union(*(unit.back & own for unit in shared))
    else:
        customers = sum(part.customers[element] for element in other) + sum(unit.customers for unit in shared)
        on, back = (across.union(*(getattr(unit, side) & own for unit in shared)) for side in ("on", "back"))
        units.append(Unit(customers, frozenset(on), frozenset(back)))
    return Part(
        customers={element: part.customers[element] for element in part.customers if element in own},
        failures={element: rate for element, rate in part.failures.items() if element in own},
        joints={pair: kind for pair, kind in part.joints.items() if pair[0] in own and pair[1] in own},
        bypassed=tuple(pair for pair in part.bypassed if pair[0] in own and pair[1] in own),
        entries=frozenset(entries),
        units=tuple(units),
        sector=part.sector,
    )
