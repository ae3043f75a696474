"""Sequence: a project that may be built only once another is, as where that one feeds its bypass."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.errors import ParameterError
from gridrisk.i18n import msg
from gridrisk.plan.dates import column

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Index = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Order:
    """Pairs of projects, the first of which comes first.

    Attributes
    ----------
    first, then
        Rows of the projects of each pair, in an order in which no pair comes before one that it waits for, (pairs,).
    lag
        Periods that must lie between the starts of the two; 0 where one period is enough for both.
    """

    first: Index
    then: Index
    lag: int

    def __len__(self) -> int:
        return len(self.first)

    def kept(self, chosen: Index) -> Bools:
        """Say which pairs a choice of periods keeps, (pairs,)."""
        first, then = chosen[self.first], chosen[self.then]
        return np.asarray((then < 0) | ((first >= 0) & (first + self.lag <= then)), dtype=bool)

    def members(self, count: int) -> Bools:
        """Say which of `count` projects stand in a pair."""
        out = np.zeros(count, dtype=bool)
        out[self.first] = True
        out[self.then] = True
        return out

    def only(self, keep: Bools) -> Order:
        """Return the pairs of which both projects are kept."""
        both = keep[self.first] & keep[self.then]
        return Order(self.first[both], self.then[both], self.lag)


def order_of(table: pd.DataFrame, lag: int) -> Order:
    """Read the pairs from the column ``after``: for each project the ids of those that it waits for.

    Raises
    ------
    ParameterError
        Where a project is not there, or projects wait for one another in a circle.
    """
    after = column(table, "after", None)
    waiting = {
        str(name): sorted({str(first) for first in firsts})
        for name, firsts in after.items()
        if isinstance(firsts, list | tuple | np.ndarray) and len(firsts)
    }
    row = {str(name): number for number, name in enumerate(table.index)}
    lost = sorted({first for firsts in waiting.values() for first in firsts} - set(row))
    if lost:
        raise ParameterError(msg("no project {id}, which another is to wait for", id=", ".join(lost)))
    try:
        sequence = list(TopologicalSorter(waiting).static_order())
    except CycleError as error:
        circle = " → ".join(str(name) for name in reversed(error.args[1]))
        raise ParameterError(msg("projects wait for one another in a circle: {circle}", circle=circle)) from error
    pairs = [(row[first], row[name]) for name in sequence for first in waiting.get(name, [])]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Order(both[:, 0], both[:, 1], lag)


def pass_on(order: Order, allowed: Bools, in_time: Bools, forced: Bools) -> tuple[Bools, Bools, Bools]:
    """Carry duties and closed periods along the pairs.

    What a forced project waits for is forced too, and in time for it; what waits for a project cannot come before the
    first period in which that one can be built.

    Returns
    -------
    allowed, in_time, forced
        New arrays.
    """
    allowed, in_time, forced = allowed.copy(), in_time.copy(), forced.copy()
    number = np.arange(allowed.shape[1])
    pairs = list(zip(order.first.tolist(), order.then.tolist(), strict=True))
    for first, then in reversed(pairs):
        if not forced[then]:
            continue
        forced[first] = True
        window = allowed[then] if allowed[then].any() else in_time[then]
        last = int(np.flatnonzero(window)[-1]) if window.any() else -1
        in_time[first] &= number + order.lag <= last
        allowed[first] &= in_time[first]
    for first, then in pairs:
        can = np.flatnonzero(allowed[first])
        earliest = int(can[0]) + order.lag if len(can) else len(number)
        allowed[then] &= number >= earliest
    return allowed, in_time, forced
