"""Whole fen: money is added, split and compared as integers; yuan appear only in frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Fen = NDArray[np.int64]

#: Shares are whole parts of a million, so that splitting is exact.
PPM = 1_000_000


def fen(yuan: ArrayLike) -> Fen:
    """Return yuan as whole fen, to the nearest."""
    return np.rint(np.asarray(yuan, dtype=np.float64) * 100).astype(np.int64)


def yuan(amount: Fen) -> NDArray[np.float64]:
    """Return whole fen as yuan; `fen` gives them back exactly (below 90 trillion yuan)."""
    return np.asarray(amount, dtype=np.float64) / 100


def allocate(amount: Fen, shares_ppm: NDArray[np.int64]) -> NDArray[np.int64]:
    """Split amounts by shares so that the parts add up to the whole.

    Parameters
    ----------
    amount
        Whole fen, (n,), not negative.
    shares_ppm
        Parts of a million, (n, payers); each row adds up to `PPM`.

    Returns
    -------
    numpy.ndarray
        Whole fen, (n, payers). What is left after rounding down goes fen by fen to the largest fractions, the first
        column first where they are equal.
    """
    product = amount[:, None] * shares_ppm
    parts, fraction = np.divmod(product, PPM)
    left = amount - parts.sum(axis=1)
    order = np.argsort(-fraction, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    result: NDArray[np.int64] = parts + (rank < left[:, None])
    return result


def largest_remainder(total: int, weights: Fen) -> Fen:
    """Split one whole by integer weights (all zero counts as equal) so that the parts add up."""
    if weights.sum() == 0:
        weights = np.ones_like(weights)
    whole = int(weights.sum())
    parts = [divmod(total * int(weight), whole) for weight in weights]
    result = np.array([part for part, _ in parts], dtype=np.int64)
    left = total - int(result.sum())
    order = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))
    result[order[:left]] += 1
    return result
