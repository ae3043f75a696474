"""Random parts of a network, and what valves in them save by removing what is shut and searching from the entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.network.dividing import Part, Unit

if TYPE_CHECKING:
    import numpy as np


def random_part(rng: np.random.Generator, size: int) -> Part:
    """Return a connected part with rings, some joints without a place, and customers hanging on it or on its edge."""
    pairs = {(int(rng.integers(max(0, k - 3), k)), k) for k in range(1, size)}
    pairs |= {tuple(sorted(map(int, rng.choice(size, 2, replace=False)))) for _ in range(int(rng.integers(0, 4)))}
    joints = sorted(pairs)
    rng.shuffle(joints)
    kinds = [k if rng.random() < 0.8 else -1 for k in range(len(joints))]
    open_valves = [tuple(map(int, rng.choice(size, 2, replace=False))) for _ in range(int(rng.random() < 0.2))]
    units = []
    for _ in range(int(rng.integers(0, 3))):
        on = frozenset(map(int, rng.choice(size, int(rng.integers(1, 3)), replace=False)))
        back = on if rng.random() < 0.7 else frozenset()
        units.append(Unit(float(rng.integers(1, 9)), on, back))
    return Part(
        customers={k: float(rng.integers(0, 6)) for k in range(size)},
        failures={k: float(rng.integers(1, 5)) for k in range(size) if rng.random() < 0.7},
        joints={(int(a), int(b)): kind for (a, b), kind in zip(joints, kinds, strict=True)},
        bypassed=tuple(pair for pair in open_valves if tuple(sorted(pair)) not in pairs),
        entries=frozenset(map(int, rng.choice(size, int(rng.integers(1, 3)), replace=False))),
        units=tuple(units),
        sector=0,
    )


def places(part: Part) -> list[int]:
    """Return the candidates of a part."""
    return sorted(kind for kind in part.joints.values() if kind >= 0)


def components(part: Part, chosen: set[int]) -> list[set[int]]:
    """Return what valves at the chosen candidates divide a part into."""
    around: dict[int, set[int]] = {element: set() for element in part.customers}
    for (a, b), kind in part.joints.items():
        if kind not in chosen or kind < 0:
            around[a].add(b)
            around[b].add(a)
    left, found = set(around), []
    while left:
        found.append(_flood({min(left)}, around))
        left -= found[-1]
    return found


def cut_off_a_year(part: Part, chosen: set[int]) -> float:
    """Return the customers cut off a year by leaks in a part with valves at the chosen candidates."""
    ways: dict[object, set[object]] = {element: set() for element in part.customers}
    for a, b in [*part.joints, *part.bypassed]:
        ways[a].add(b)
        ways[b].add(a)
    for k, unit in enumerate(part.units):
        ways["unit", k] = set(unit.back)
        for element in unit.on:
            ways[element].add(("unit", k))
    everyone = sum(part.customers.values()) + sum(unit.customers for unit in part.units)
    total = 0.0
    for shut in components(part, chosen):
        fed = _flood(set(part.entries) - shut, {a: b - shut for a, b in ways.items() if a not in shut})
        kept = sum(part.customers[e] for e in fed if e in part.customers)
        kept += sum(unit.customers for k, unit in enumerate(part.units) if ("unit", k) in fed)
        total += sum(part.failures.get(e, 0.0) for e in shut) * (everyone - kept)
    return total


def _flood(seen: set, ways: dict) -> set:
    seen, stack = set(seen), list(seen)
    while stack:
        for other in ways[stack.pop()] - seen:
            seen.add(other)
            stack.append(other)
    return seen
