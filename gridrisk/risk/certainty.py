"""How sure the place of a segment is among all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr

from gridrisk.risk.bands import Z90

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: The part of the length that a back-test and a three-year plan speak of.
WORST = 0.10
_LEAST = 1e-300
_CLOSE = 1e-8
#: Segments that tell about where the border lies.
_SAMPLE, _MOST_STEPS = 20_000, 200


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
    length = np.nan_to_num(numbers["length_m"].to_numpy(dtype=float))
    return pd.DataFrame(
        {
            "worst_tenth_probability": ndtr((middle - _border(middle, sigma, length, place)) / sigma),
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


def _border(middle: Floats, sigma: Floats, length: Floats, rank: NDArray[np.integer[Any]]) -> float:
    """Return the logarithm of the risk per km at which the worst tenth of the length begins.

    A part of the segments tells about where; from there by Newton's method, kept between bounds. Sums are taken in the
    order of the ranks, so that no bit hangs on that of the rows.
    """
    if not len(middle):
        return 0.0
    order = np.empty(len(rank), dtype=np.int64)
    order[rank - 1] = np.arange(len(rank))
    middle, sigma, weight = middle[order], sigma[order], length[order]
    weight = weight if weight.sum() > 0 else np.ones(len(weight))
    every = max(1, len(middle) // _SAMPLE)
    start = float(middle.max())
    if every > 1:
        start = _root(middle[::every], sigma[::every], weight[::every], start)
    return _root(middle, sigma, weight, start)


def _root(middle: Floats, sigma: Floats, weight: Floats, border: float) -> float:
    """Return where the lengths times their chance to lie beyond add up to the worst part, sought from `border` on."""
    wanted = WORST * float(weight.sum())
    low, high = float((middle - 6 * sigma).min()), float((middle + 6 * sigma).max())
    for _ in range(_MOST_STEPS):
        away = (middle - border) / sigma
        beyond = float(weight @ ndtr(away)) - wanted
        low, high = (border, high) if beyond > 0 else (low, border)
        density = float((weight / sigma) @ np.exp(-(away**2) / 2)) / np.sqrt(2 * np.pi)
        # a step that leaves the bounds is a halving instead
        near = border + beyond / density if density > 0 else np.inf
        near = near if low <= near <= high else (low + high) / 2
        border, step = near, near - border
        # close to the root each step doubles the digits
        if abs(step) < _CLOSE or high - low < _CLOSE:
            break
    return border
