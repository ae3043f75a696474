"""In which stages a renewal project is done so that customers are without gas for the fewest days.

A section is what the valves can shut off at once of the project's pipe. While it is renewed, what hangs on it is
without gas as well. Where one section hangs on another, or both take the same customers along, they are better done in
one shut-down by two crews: which pairs to form is a matching, solved exactly for a project of the usual size. Stages
run from the feeding side outwards, so that gas is put back through pipe that is new already.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.network.isolation import isolate_sectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from gridrisk.network.answer import Isolation
    from gridrisk.network.build import Network
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Two sections at most share a shut-down.
_PAIR = 2
#: Partners tried for a section where there are too many sections for the best pairing.
_TRIED = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """One shut-down of a project.

    Attributes
    ----------
    number
        From 1, in the order of work.
    sector_ids, pipes
        The sections done in it and the project's pipes in them.
    length_m, days
        Of the project's pipe; how long they are without gas.
    isolation
        What to close, and who loses gas.
    inside, beyond
        Of the customers that lose gas those on the sections, who must be supplied otherwise, and those beyond.
    restored
        Of those beyond, whom a closed valve to a neighbour gives gas back, as `isolation.restoration` says.
    bypass
        Those beyond who keep gas only by a temporary bypass round the sections.
    peak_inside_m3h, peak_bypass_m3h
        What they draw at the peak; None where some of it is unknown.
    household_days
        Households (other customers count as one) without gas, times days, with nothing done for them.
    """

    number: int
    sector_ids: tuple[str, ...]
    pipes: tuple[str, ...]
    length_m: float
    days: float
    isolation: Isolation
    inside: tuple[str, ...]
    beyond: tuple[str, ...]
    restored: tuple[str, ...]
    bypass: tuple[str, ...]
    peak_inside_m3h: float | None
    peak_bypass_m3h: float | None
    household_days: float


@dataclass(frozen=True, slots=True)
class Cutover:
    """The stages of a project; household days one section after the other; whether no pairing is better."""

    stages: tuple[Stage, ...]
    household_days: float
    one_by_one: float
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Section:
    sector: int
    pieces: Ints
    length_m: float
    days: float


def cutover(
    net: Network,
    pipe_ids: Sequence[str],
    setting: Mapping[str, str],
    peak_m3h: Mapping[str, float],
    params: Parameters,
) -> Cutover:
    """Return the stages of a renewal project.

    Parameters
    ----------
    net
        The network, with a known source and customers.
    pipe_ids
        The project's pipes; those that are not in the network carry no gas and need no shut-down.
    setting
        On pipe_id, where known.
    peak_m3h
        On customer_id; NaN where unknown.
    params
        ``models/network/cutover.toml``.

    Raises
    ------
    DataError
        Where sources or customers are unknown, or no pipe of the project is in the network.
    """
    if not net.has_source:
        raise DataError(msg("where gas comes from is unknown; mark the feeding stations as is_source"))
    if net.customers is None:
        raise DataError(msg("customers are unknown: the layer was never imported"))
    sections = _sections(net, pipe_ids, setting, params)
    if not sections:
        raise DataError(msg("no pipe of the project carries gas in the network"))
    weight = np.maximum(np.nan_to_num(net.customers.households, nan=1.0), 1.0)
    worth = {str(c): float(w) for c, w in zip(net.customers.customer_id.tolist(), weight.tolist(), strict=True)}

    @cache
    def days_lost(group: tuple[int, ...]) -> float:
        lost = isolate_sectors(net, np.array(sorted({sections[i].sector for i in group}))).customers
        return max(sections[i].days for i in group) * sum(worth[customer] for customer in lost)

    single = [days_lost((i,)) for i in range(len(sections))]
    groups, exact = _groups(len(sections), days_lost, params)
    order = sorted(groups, key=lambda group: _depth(net, [sections[i] for i in group]))
    stages = tuple(
        _stage(net, number, [sections[i] for i in group], days_lost(group), peak_m3h)
        for number, group in enumerate(order, 1)
    )
    return Cutover(stages, sum(stage.household_days for stage in stages), float(sum(single)), exact)


def _sections(net: Network, pipe_ids: Sequence[str], setting: Mapping[str, str], params: Parameters) -> list[_Section]:
    """Return the project's pipe by sector; pipe that no source reaches needs no shut-down but is a section as well."""
    pace = params.table("metres_a_day")
    rows = np.flatnonzero(np.isin(net.lines.pipe_id.astype(str), [str(pipe) for pipe in pipe_ids]))
    pieces = np.flatnonzero(np.isin(net.pieces.pipe, rows))
    sections = []
    for sector in np.unique(net.sectors.of_piece[pieces]).tolist():
        own = pieces[net.sectors.of_piece[pieces] == sector]
        length = net.pieces.length_m[own]
        speed = [
            pace.get(setting.get(str(net.lines.pipe_id[pipe]), "municipal"), pace["municipal"])
            for pipe in net.pieces.pipe[own].tolist()
        ]
        days = params.number("fixed_days") + float((length / np.array(speed)).sum())
        sections.append(_Section(sector, own, float(length.sum()), float(np.ceil(days * 2) / 2)))
    return sections


def _groups(
    count: int, cost: Callable[[tuple[int, ...]], float], params: Parameters
) -> tuple[list[tuple[int, ...]], bool]:
    """Return the sections in groups of one or two at least cost, and whether no other grouping costs less."""
    alone: list[tuple[int, ...]] = [(i,) for i in range(count)]
    if int(params.number("crews")) < _PAIR or count < _PAIR:
        return alone, True
    if count > int(params.number("exact_sections")):
        return _greedy(count, cost), False
    saved = {(i, j): cost((i,)) + cost((j,)) - cost((i, j)) for i in range(count) for j in range(i + 1, count)}

    @cache
    def best(left: int) -> tuple[float, tuple[tuple[int, ...], ...]]:
        if not left:
            return 0.0, ()
        first = (left & -left).bit_length() - 1
        rest = left & ~(1 << first)
        total, chosen = best(rest)
        found = total, ((first,), *chosen)
        for other in range(first + 1, count):
            if rest >> other & 1 and saved[first, other] > 0:
                total, chosen = best(rest & ~(1 << other))
                if total + saved[first, other] > found[0]:
                    found = total + saved[first, other], ((first, other), *chosen)
        return found

    return list(best((1 << count) - 1)[1]), True


def _greedy(count: int, cost: Callable[[tuple[int, ...]], float]) -> list[tuple[int, ...]]:
    """Pair the sections that save most, one pair after the other; only neighbours in cost are tried."""
    order = sorted(range(count), key=lambda i: -cost((i,)))
    left = list(order)
    groups: list[tuple[int, ...]] = []
    while left:
        first, rest = left[0], left[1 : 1 + _TRIED]
        saved = [(cost((first,)) + cost((other,)) - cost((first, other)), other) for other in rest]
        best = max(saved, default=(0.0, -1))
        group: tuple[int, ...] = (first, best[1]) if best[0] > 0 else (first,)
        groups.append(group)
        left = [i for i in left if i not in group]
    return groups


def _depth(net: Network, sections: Sequence[_Section]) -> tuple[int, int]:
    """Return how many sectors dominate the nearest of these, and its place in the tree: feeding side first."""
    found = []
    for section in sections:
        depth, node = 0, section.sector
        while node >= 0 and net.tree.parent[node] >= 0:
            node, depth = int(net.tree.parent[node]), depth + 1
        found.append((depth, int(net.tree.start[section.sector])))
    return min(found)


def _stage(
    net: Network, number: int, sections: Sequence[_Section], household_days: float, peak_m3h: Mapping[str, float]
) -> Stage:
    answer = isolate_sectors(net, np.array(sorted({section.sector for section in sections})))
    beyond = answer.unintended_customers
    there = set(beyond)
    inside = tuple(customer for customer in answer.customers if customer not in there)
    back = {customer for way in answer.restoration for customer in way.customers} & there
    bypass = tuple(customer for customer in beyond if customer not in back)
    pieces = np.concatenate([section.pieces for section in sections])
    return Stage(
        number=number,
        sector_ids=answer.sector_ids,
        pipes=tuple(net.lines.pipe_id[np.unique(net.pieces.pipe[pieces])].tolist()),
        length_m=sum(section.length_m for section in sections),
        days=max(section.days for section in sections),
        isolation=answer,
        inside=inside,
        beyond=beyond,
        restored=tuple(customer for customer in beyond if customer in back),
        bypass=bypass,
        peak_inside_m3h=_peak(inside, peak_m3h),
        peak_bypass_m3h=_peak(bypass, peak_m3h),
        household_days=household_days,
    )


def _peak(customers: Sequence[str], peak_m3h: Mapping[str, float]) -> float | None:
    total = sum(peak_m3h.get(customer, float("nan")) for customer in customers)
    return None if np.isnan(total) else float(total)
