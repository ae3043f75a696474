"""How sure the place of a segment is among all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr

from gridrisk.risk.bands import Z90

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: The part of the length that a back-test and a three-year plan speak of.
WORST = 0.10
_LEAST = 1e-300
_CLOSE = 1e-9


def certainty(numbers: pd.DataFrame, rank: pd.Series[int]) -> pd.DataFrame:
    """Return how likely each segment truly belongs to the worst tenth of the length, and between which ranks it lies.

    The true rate is taken as lognormal with its 90 % interval as 5 % and 95 % quantiles, that of each segment by
    itself, and the consequence as it is. The tenth begins at the risk per km t for which the lengths, each times its
    chance ``1 − Φ((ln t − ln r) / σ)`` to exceed t, add up to a tenth. The ranks are those that the segment would have
    at either end of its interval, all others as estimated.

    Parameters
    ----------
    numbers
        length_m, failures_per_km_year with _low and _high, risk_per_km.
    rank
        See `gridrisk.risk.grades.rank`.

    Returns
    -------
    Frame on the same index: worst_tenth_probability (0–1), rank_best, rank_worst.
    """
    risk = numbers["risk_per_km"].to_numpy(dtype=float)
    ends = (numbers[f"failures_per_km_year{end}"].to_numpy(dtype=float) for end in ("", "_low", "_high"))
    value, low, high, here = (np.log(np.maximum(column, _LEAST)) for column in (*ends, risk))
    least, most = here + low - value, here + high - value
    middle, sigma = (least + most) / 2, np.maximum((most - least) / (2 * Z90), 1e-9)
    falling = np.sort(risk)
    best = len(risk) - _below(falling, np.exp(most) * (1 + 1e-9), "right") + 1
    worst = len(risk) - _below(falling, np.exp(least) * (1 - 1e-9), "left")
    place = rank.to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "worst_tenth_probability": _chance(middle, sigma, numbers["length_m"].to_numpy(dtype=float)),
            # among equals the rank is by name: it lies within
            "rank_best": pd.array(np.minimum(best, place), dtype="Int64"),
            "rank_worst": pd.array(np.maximum(worst, place), dtype="Int64"),
        },
        index=numbers.index,
    )


def _below(rising: Floats, values: Floats, side: Literal["left", "right"]) -> Ints:
    """Return how many of `rising` lie below each value; looked up in order, which is ten times as fast."""
    order = np.argsort(values)
    found = np.empty(len(values), dtype=np.int64)
    found[order] = np.searchsorted(rising, values[order], side=side)
    return found


def _chance(middle: Floats, sigma: Floats, length: Floats) -> Floats:
    """Return the chance of each segment to be worse than the border of the worst tenth."""
    if not len(middle):
        return middle
    weight = np.nan_to_num(length)
    weight = weight if weight.sum() > 0 else np.ones(len(weight))
    wanted = WORST * float(weight.sum())

    def beyond(border: float) -> float:
        return float(weight @ ndtr((middle - border) / sigma)) - wanted

    low, high = float((middle - 6 * sigma).min()), float((middle + 6 * sigma).max())
    border = float(brentq(beyond, low, high, xtol=_CLOSE))
    return np.asarray(ndtr((middle - border) / sigma), dtype=float)
