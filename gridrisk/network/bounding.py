"""What no new valves can exceed, whatever their places.

Once a part is divided its parts do not touch one another's saving, and more valves never save less. So the best valves
save no more than some given ones and, on top of these, what their own valves save in each part that is left. In one
part these save no more than

- each of them alone would, where a joint divides by itself: of two customers and a leak apart, one valve on the way
  between does, and each further one adds less (a coverage function, hence submodular: Nemhauser, Wolsey and Fisher,
  "An analysis of approximations for maximizing submodular set functions", Math. Programming 14 (1978), 265-294);
- all places of a knot of rings together, for the price of its two cheapest, since one valve divides no ring;
- all that any valves save there.

The money, or the number of valves, is spent on the best of these by fractions.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.network.dominators import dominator_tree
from gridrisk.network.spanning import LEAST, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from gridrisk.network.dividing import Part, Split

    Joint = tuple[int, int]
    Floats = NDArray[np.float64]

#: Shares of the given valves that are tried as the valves to start from; the lowest bound counts.
_SHARES = (0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Gain:
    """Something that saves: customers a year, what it costs at least, and how many valves it takes at least."""

    saved: float
    cost_yuan: float
    valves: int


def bound(
    sectors: Sequence[Part], given: Sequence[Split], cost_yuan: Floats, *, most: int, budget_yuan: float | None
) -> float:
    """Return what no valves of that number and cost save more than, customers a year.

    Parameters
    ----------
    sectors
        The parts before any valve.
    given
        Splits of them by single valves, one after the other, as many as may help; see above.
    cost_yuan
        What a valve costs at each candidate.
    most, budget_yuan
        How many valves, and what they may cost together.
    """
    known: dict[int, tuple[float, list[Gain]]] = {}
    purse = float("inf") if budget_yuan is None else budget_yuan

    def gains(part: Part) -> tuple[float, list[Gain]]:
        if id(part) not in known:
            room, found = _gains(part, cost_yuan)
            known[id(part)] = room, [gain for gain in found if gain.cost_yuan <= purse and gain.valves <= most]
        return known[id(part)]

    least = float(cost_yuan.min(initial=float("inf")))
    found = float("inf")
    for count in sorted({round(share * len(given)) for share in _SHARES}):
        leaves = {id(part): part for part in sectors}
        saved = 0.0
        for split in given[:count]:
            saved += split.saved
            del leaves[id(split.part)]
            leaves |= {id(part): part for part in split.parts}
        found = min(found, saved + _spent(leaves.values(), gains, lambda gain: gain.valves, float(most), 1.0))
        if budget_yuan is not None:
            found = min(found, saved + _spent(leaves.values(), gains, lambda gain: gain.cost_yuan, purse, least))
    return found


def _spent(
    parts: Iterable[Part],
    gains: Callable[[Part], tuple[float, list[Gain]]],
    price: Callable[[Gain], float],
    amount: float,
    least: float,
) -> float:
    """Return what an amount buys by fractions, of each part no more than can be saved there.

    Parts are looked into only once all that their bound would buy at the least price is the best left.
    """
    queue: list[tuple[float, int, list[Gain] | None, Part, float]] = [
        (-part.bound / least, number, None, part, part.bound) for number, part in enumerate(parts) if part.bound > LEAST
    ]
    heapq.heapify(queue)
    number, total = len(queue), 0.0
    while queue and amount > 0:
        _, _, left, part, room = heapq.heappop(queue)
        if left is None:
            room, found = gains(part)
            left = sorted(found, key=lambda gain: gain.saved / price(gain))
        else:
            gain = left.pop()
            share = min(1.0, amount / price(gain), room / gain.saved)
            total += share * gain.saved
            amount -= share * price(gain)
            room -= share * gain.saved
        if left and room > LEAST:
            number += 1
            heapq.heappush(queue, (-left[-1].saved / price(left[-1]), number, left, part, room))
    return total


def _gains(part: Part, cost_yuan: Floats) -> tuple[float, list[Gain]]:
    """Return what any valves save in a part at most; and what single ones do, and knots of rings may."""
    tree = Tree(part)
    lost, rate = part.lost, sum(part.failures.values())
    found = [
        Gain(tree.saved(element, lost, rate), float(cost_yuan[candidate]), 1)
        for element, candidate in tree.bridges
        if candidate >= 0
    ]
    everywhere = {joint: kind for joint, kind in part.joints.items() if kind >= 0}
    room = part.a_year - cut_off_a_year(part, everywhere)
    if any(len(unit.on | unit.back) > 1 for unit in part.units):  # gas may pass round through what hangs on the part
        knots = [(room, everywhere)]
    else:
        inside = (
            {joint: kind for joint, kind in joints.items() if kind >= 0} for joints in _knots(part, tree).values()
        )
        knots = [(part.a_year - cut_off_a_year(part, usable), usable) for usable in inside]
    for saved, usable in knots:
        cheapest = sorted(float(cost_yuan[kind]) for kind in usable.values())[:2]
        if len(cheapest) > 1:
            found.append(Gain(saved, sum(cheapest), 2))
    return room, [gain for gain in found if gain.saved > LEAST]


def cut_off_a_year(part: Part, valves: Iterable[Joint]) -> float:
    """Return the customers cut off a year by leaks in a part with valves at some joints.

    What loses gas with each of the parts between them is what it dominates; see `gridrisk.network.dominators`.
    """
    shut_alone = set(valves)
    group = _joined(part, shut_alone)
    number = {name: i for i, name in enumerate(dict.fromkeys(group.values()))}
    at = {element: number[name] for element, name in group.items()}
    units = len(number) + np.arange(len(part.units))
    root = len(number) + len(units)
    arcs = [(root, at[element]) for element in part.entries]
    for a, b in (*shut_alone, *part.bypassed):
        arcs += [(at[a], at[b]), (at[b], at[a])]
    for unit, of in zip(units.tolist(), part.units, strict=True):
        arcs += [(at[element], unit) for element in of.on] + [(unit, at[element]) for element in of.back]
    weight, failures = np.zeros(root + 1), np.zeros(root + 1)
    for element, here in part.customers.items():
        weight[at[element]] += here
    weight[units] = [unit.customers for unit in part.units]
    for element, here in part.failures.items():
        failures[at[element]] += here
    tail, head = np.array(sorted(set(arcs)), np.int64).reshape(-1, 2).T
    return float(failures @ dominator_tree(root + 1, tail, head, root, two_way=False).total(weight))


def _knots(part: Part, tree: Tree) -> dict[int, dict[Joint, int]]:
    """Return the joints of every set of elements that no single joint divides, by one of its elements."""
    below = {element for element, _ in tree.bridges}
    top: dict[int, int] = {}
    for element in tree.order:
        top[element] = element if element in below or element not in tree.parent else top[tree.parent[element]]
    knots: dict[int, dict[Joint, int]] = defaultdict(dict)
    for (a, b), kind in part.joints.items():
        if top[a] == top[b]:
            knots[top[a]][a, b] = kind
    return knots


def _joined(part: Part, without: set[Joint]) -> dict[int, int]:
    """Return a group for every element: those joined otherwise than by some joints."""
    above = {element: element for element in part.customers}

    def root(element: int) -> int:
        while above[element] != element:
            above[element] = above[above[element]]
            element = above[element]
        return element

    for joint in part.joints.keys() - without:
        above[root(joint[0])] = root(joint[1])
    return {element: root(element) for element in above}
