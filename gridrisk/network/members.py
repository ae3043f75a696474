"""What belongs to what: the members of every sector or group, found without a look at all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Items sorted by the number of what they belong to: those of k are ``order[begin[k] : begin[k + 1]]``."""

    begin: Ints
    order: Ints

    def of(self, numbers: Ints) -> Ints:
        """Return the items that belong to any of `numbers`, each once, ascending."""
        first = self.begin[numbers]
        count = self.begin[numbers + 1] - first
        if not len(count):
            return np.zeros(0, np.int64)
        shift = np.repeat(first - np.cumsum(count) + count, count)
        found: Ints = np.unique(self.order[shift + np.arange(len(shift))])
        return found


def members(number: Ints, count: int, item: Ints | None = None) -> Members:
    """Return the members of each of `count` numbers; `item` names them, else their row does."""
    order = np.argsort(number, kind="stable")
    begin = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(number, minlength=count), out=begin[1:])
    return Members(begin, order if item is None else item[order])
