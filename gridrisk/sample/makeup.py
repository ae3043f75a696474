"""The make-up of the sample city: its parameter files, and streams of chance that do not disturb one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk import params

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from gridrisk.params import Parameters

_KINDS = ("old", "slab", "tower", "public", "industry")


@dataclass(frozen=True)
class MakeUp:
    """What the city is made of, and the day on which it is looked at."""

    city: Parameters
    law: Parameters
    seed: int
    as_of: dt.date

    def share(self, name: str) -> float:
        """Return one of the shares of the city's make-up, 0–1."""
        return self.city.table("shares")[name]

    def by_kind(self, name: str) -> NDArray[np.float64]:
        """Return a table of numbers in the order of the kinds of quarters."""
        table = self.city.table(name)
        return np.array([table[kind] for kind in _KINDS])

    def chance(self, step: int) -> np.random.Generator:
        """Return the random stream of one step; the same seed and step give the same stream."""
        return np.random.default_rng([self.seed, step])


def load(seed: int, as_of: dt.date) -> MakeUp:
    """Read the parameter files of the sample city."""
    return MakeUp(params.load("sample/city"), params.load("sample/failure_law"), seed, as_of)
