"""A part of the network that one valve, or two on a ring, may divide: what that saves, and both halves.

A leak shuts the part it lies in, and all that hangs on it loses gas. Divided, either half is shut alone; the other
keeps its gas where it has a live way in of its own. One valve divides at a joint without which the part falls in two
(a bridge). Joints on a ring divide nothing alone, but in pairs: see `gridrisk.network.rings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.network.rings import best_pair
from gridrisk.network.spanning import LEAST, Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


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
    """A part divided by one valve or two: the candidates, customers a year saved, lost with all of it, both parts."""

    part: Part
    candidates: tuple[int, ...]
    saved: float
    lost_before: float
    parts: tuple[Part, Part]


def best_split(
    part: Part, cost_yuan: Floats, most_yuan: float = np.inf, *, most: int = 2, pairs: bool = True
) -> Split | None:
    """Return the split of a part that saves most for its cost; None where no affordable one saves anything.

    Parameters
    ----------
    part, cost_yuan
        The part; what a valve costs at each candidate.
    most_yuan, most
        What the valves of the split may cost together, and how many they may be.
    pairs
        Look at pairs on rings too.
    """
    tree = Tree(part)
    lost, rate = part.lost, sum(part.failures.values())
    best: tuple[float, int, int] | None = None
    for element, candidate in tree.bridges:
        if candidate < 0 or cost_yuan[candidate] > most_yuan:
            continue
        saved = tree.saved(element, lost, rate)
        if saved > LEAST and (best is None or saved / cost_yuan[candidate] > best[0]):
            best = (saved / float(cost_yuan[candidate]), element, candidate)
    pair = best_pair(tree, part, cost_yuan, most_yuan) if pairs and most > 1 and tree.rings else None
    if pair is not None and (best is None or pair.saved / pair.cost_yuan > best[0]):
        halves = _divided(part, pair.inside, pair.ends_inside, pair.ends_outside)
        candidates: tuple[int, ...] = pair.candidates
    elif best is not None:
        _, element, candidate = best
        halves = _divided(part, tree.under(element), {element}, {tree.parent[element]})
        candidates = (candidate,)
    else:
        return None
    return Split(part, candidates, part.a_year - halves[0].a_year - halves[1].a_year, lost, halves)


def _divided(part: Part, own: set[int], ends: set[int], ends_beyond: set[int]) -> tuple[Part, Part]:
    """Return both parts of one divided into `own` and the rest, given the elements on either side of the valves."""
    rest = set(part.customers) - own
    return _half(part, own, rest, ends), _half(part, rest, own, ends_beyond)


def _half(part: Part, own: set[int], other: set[int], ends: set[int]) -> Part:
    """Return one half: the other is a live way in, or hangs on it with all that hangs on the other.

    What hangs on both lives with the other and is then a way in as well.
    """
    entries = part.entries & own
    across = {a if a in own else b for a, b in part.bypassed if (a in own) != (b in own)} | ends
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
