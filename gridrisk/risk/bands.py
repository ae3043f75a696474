"""Numbers with a range: what is unknown is the mean over what it may be, and spans all of it.

One unknown input spans every value it may take; several at once are taken as independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.errors import DataError
from gridrisk.features.columns import codes_of
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

#: Half width of a 90 % interval in standard deviations.
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Band:
    """A value a segment, and the least and greatest it may be; all three are equal where the inputs are known.

    Where that holds of every segment they are one and the same array, and nothing is worked out thrice.
    """

    value: Floats
    low: Floats
    high: Floats

    @property
    def exact(self) -> bool:
        """Whether the band has no width anywhere and is known to."""
        return self.low is self.value and self.high is self.value

    def __mul__(self, other: Band) -> Band:
        """Multiply; independent doubts add in quadrature, as logarithms."""
        value = self.value * other.value
        if self.exact and other.exact:
            return exact(value)
        low, high = value.copy(), value.copy()
        wide = np.flatnonzero(self.wide | other.wide)
        if len(wide):
            mine, their = self.value[wide], other.value[wide]
            down = np.hypot(_log_ratio(self.low[wide], mine), _log_ratio(other.low[wide], their))
            up = np.hypot(_log_ratio(self.high[wide], mine), _log_ratio(other.high[wide], their))
            low[wide], high[wide] = value[wide] * np.exp(-down), value[wide] * np.exp(up)
        return Band(value, low, high)

    def __add__(self, other: Band) -> Band:
        """Add; independent doubts add in quadrature."""
        value = self.value + other.value
        if self.exact and other.exact:
            return exact(value)
        down = np.hypot(self.value - self.low, other.value - other.low)
        up = np.hypot(self.high - self.value, other.high - other.value)
        return Band(value, np.maximum(value - down, 0.0), value + up)

    def take(self, rows: NDArray[np.int64]) -> Band:
        """Return the band of some rows."""
        value = self.value[rows]
        return exact(value) if self.exact else Band(value, self.low[rows], self.high[rows])

    @property
    def wide(self) -> Bools:
        """Where the three differ."""
        return np.asarray((self.low != self.value) | (self.high != self.value))

    @property
    def variance(self) -> Floats:
        """Relative variance, the band read as a 90 % interval."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = (self.high - self.low) / (2 * Z90 * self.value)
        return np.asarray(np.where(self.value > 0, spread**2, 0.0))


def _log_ratio(bound: Floats, value: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(value > 0, np.log(bound / value), 0.0))


def exact(values: Floats) -> Band:
    """Return a band without width."""
    return Band(values, values, values)


def weights(states: pd.Series[str], shares: Mapping[str, float]) -> Floats:
    """Return how likely each state is for each segment: 1 for the known one, the shares where it is unknown.

    Parameters
    ----------
    states
        Name of the state, missing where unknown.
    shares
        Share of each possible state; they need not add up to one.

    Returns
    -------
    Array of shape (segments, states), rows adding up to one.

    Raises
    ------
    DataError
        Where a state is none of the known names.
    """
    cases, table = _cases(states, shares)
    return np.asarray(table[cases])


def _cases(states: pd.Series[str], shares: Mapping[str, float]) -> tuple[NDArray[np.int64], Floats]:
    """Return the case of each segment, and how likely each state is in each case; the last one is unknown."""
    names = list(shares)
    codes = codes_of(states, names)
    if (codes == -1).any():
        raise DataError(
            msg(
                "{values}: no parameter for this value; use one of {known}",
                values=", ".join(sorted(set(states[codes == -1]))),
                known=", ".join(names),
            )
        )
    share = np.array([shares[name] for name in names], dtype=float)
    return np.where(codes < 0, len(names), codes), np.vstack([np.eye(len(names)), share / share.sum()])


def mix(likely: Floats, factors: Floats) -> Band:
    """Return the mean, least and greatest factor over the states that are possible.

    `factors` has one number a state, or one a segment and state.
    """
    value = np.zeros(len(likely))
    low, high = np.full(len(likely), np.inf), np.full(len(likely), -np.inf)
    # a state at a time: few states, many segments
    for state in range(likely.shape[1]):
        factor, share = factors[..., state], likely[:, state]
        possible = share > 0
        value += share * factor
        np.minimum(low, factor, out=low, where=possible)
        np.maximum(high, factor, out=high, where=possible)
    return Band(value, low, high)


def by_state(states: pd.Series[str], factors: Mapping[str, float], shares: Mapping[str, float]) -> Band:
    """Return the factor of each segment's state; over `shares` where the state is unknown."""
    cases, table = _cases(states, shares)
    of_state = np.array([factors[name] for name in shares], dtype=float)
    known = bool((cases < len(of_state)).all())
    return exact(of_state[cases]) if known else mix(table, of_state).take(cases)


def by_flag(flag: pd.Series[bool], present: Floats, absent: float, share: float, worst: float) -> Band:
    """Return `present` where a flag is true, `absent` where false; where unknown anything up to `worst`."""
    unknown = flag.isna().to_numpy()
    known = np.where(flag.fillna(False).to_numpy(dtype=bool), present, absent)
    if not unknown.any():
        return exact(known)
    return Band(
        np.where(unknown, absent + share * (worst - absent), known),
        np.where(unknown, min(absent, worst), known),
        np.where(unknown, max(absent, worst), known),
    )


def by_number(values: Floats, shares: Mapping[str, float], function: Callable[[Floats], Floats]) -> Band:
    """Return ``function(values)``; where a value is unknown, over the numbers that name `shares`."""
    unknown = np.isnan(values)
    if not unknown.any():
        return exact(function(values))
    candidates = function(np.array([float(key) for key in shares]))
    share = np.array(list(shares.values()), dtype=float)
    known = function(np.where(unknown, 0.0, values))
    return Band(
        np.where(unknown, float((candidates * share).sum() / share.sum()), known),
        np.where(unknown, candidates.min(), known),
        np.where(unknown, candidates.max(), known),
    )


def at_least(band: Band, least: Floats) -> Band:
    """Return `band`, no part of it below `least`."""
    if band.exact:
        return exact(np.maximum(band.value, least))
    return Band(*(np.maximum(values, least) for values in (band.value, band.low, band.high)))


def replaced(band: Band, where: Bools, values: Floats) -> Band:
    """Return `band`, exactly `values` where a mask holds."""
    if band.exact:
        return exact(np.where(where, values, band.value))
    return Band(*(np.where(where, values, ends) for ends in (band.value, band.low, band.high)))


def part(along_m: Floats, length_m: Floats, least_m: float) -> Floats:
    """Return the part of each segment, 0 to 1, that something along it covers; all of it where unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.maximum(along_m, least_m) / length_m
    return np.asarray(np.clip(np.where(np.isnan(share), 1.0, share), 0.0, 1.0))
