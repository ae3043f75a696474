"""What mains have in common that no column tells: gamma spreads between groups of mains, and between mains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from gridrisk.features.columns import combinations_of
from gridrisk.risk.bands import Z90

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_TAIL = 0.05


def numbers_of(*columns: pd.Series) -> Ints:
    """Return a number for each combination of values, in their order; −1 where one is unknown."""
    codes = [pd.factorize(column, sort=True)[0].astype(np.int64) for column in columns]
    known = np.logical_and.reduce([code >= 0 for code in codes])
    numbers = np.full(len(known), -1, dtype=np.int64)
    numbers[known] = combinations_of(*(code[known] for code in codes))[1]
    return numbers


def kinships(
    *, material: pd.Series[str], laid: pd.Series[float], area: pd.Series, street: pd.Series[str]
) -> dict[str, Ints]:
    """Return the groups whose mains resemble each other, from wide to narrow: vintage, area, street.

    Vintage is what was laid of one material in one year; area what lies of one material in one neighbourhood.
    """
    return {
        "vintage": numbers_of(material, laid // 1),
        "area": numbers_of(material, area),
        "street": numbers_of(street),
    }


def spread(excess: float, square: float, variance: float, prior_shape: float, params: Parameters) -> float:
    """Return the shape k of a gamma spread by moments, ``1/k = excess / square``, held towards a prior.

    The record and the prior weigh by their precision, so that few failures leave the prior.

    Parameters
    ----------
    excess, square
        Sums of ``(n − m)² − m`` and of ``m²``, m expected.
    variance
        Variance of `excess`.
    prior_shape
        Shape before the record is heard.
    """
    bounds = params.table("segment.shape_bounds")
    assumed = 1 / prior_shape
    doubt = (params.number("segment.doubt") * assumed) ** 2
    weight = doubt / (doubt + variance / square**2) if square > 0 else 0.0
    found = weight * (excess / square) + (1 - weight) * assumed if square > 0 else assumed
    return float(np.clip(1 / found, bounds["lowest"], bounds["highest"])) if found > 0 else bounds["highest"]


def shape_between(failures: Floats, expected: Floats, params: Parameters) -> float:
    """Return the shape k of the spread between mains."""
    prior = params.number("segment.shape")
    variance = expected * (1 + expected / prior)
    return spread(
        float(((failures - expected) ** 2 - expected).sum()),
        float((expected**2).sum()),
        float((2 * variance**2 + variance).sum()),
        prior,
        params,
    )


def group_factor(
    group: Ints, failures: Floats, expected: Floats, prior_shape: float, params: Parameters
) -> tuple[Floats, float]:
    """Return the factor of the others in each main's group, ``(k + failures)/(k + expected)``, and the shape k.

    The spread between groups is what the mains of one have in common: products of two different mains. A main is left
    out of its own group, so that its failures are not heard twice.

    Parameters
    ----------
    group
        Number of each main's group; negative where unknown, which gives 1.
    failures, expected
        Of each main.
    prior_shape
        Shape before the record is heard.
    """
    known = group >= 0
    if not known.any():
        return np.ones(len(group)), prior_shape
    size = int(group.max()) + 1

    def total(values: Floats) -> Floats:
        return np.bincount(group[known], weights=values[known], minlength=size).astype(float)

    def crossed(values: Floats) -> float:
        return float((total(values) ** 2 - total(values**2)).sum())

    shape = spread(
        crossed(failures - expected),
        max(crossed(expected), 0.0),
        2 * crossed(expected * (1 + expected / prior_shape)),
        prior_shape,
        params,
    )
    others = np.where(known, total(failures)[group] - failures, 0.0)
    awaited = np.where(known, np.maximum(total(expected)[group] - expected, 0.0), 0.0)
    return np.where(known, (shape + others) / (shape + awaited), 1.0), shape


def group_factors(
    groups: Mapping[str, Ints], failures: Floats, expected: Floats, params: Parameters
) -> tuple[dict[str, Floats], dict[str, float]]:
    """Return the factors of several kinds of groups, each heard after those before it, and their shapes.

    Each keeps the sum of what is expected at what was found.
    """
    factors, shapes = {}, {}
    for name, group in groups.items():
        factor, shapes[name] = group_factor(group, failures, expected, params.number(f"{name}.shape"), params)
        total = float((expected * factor).sum()) if (group >= 0).any() else 0.0
        factors[name] = factor * (failures.sum() / total if total > 0 else 1.0)
        expected = expected * factors[name]
    return factors, shapes


def product(factors: Sequence[Floats], size: int) -> Floats:
    """Return the product of some factors; ones where there are none."""
    result = np.ones(size)
    for factor in factors:
        result = result * factor
    return result


def own_factor(failures: Floats, expected: Floats, shape: float, doubt: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the factor of a main's own record, ``(k + n)/(k + m)``, with 90 % bounds.

    The doubt of the groups' factors is within k, which comes of what they leave unexplained.

    Parameters
    ----------
    doubt
        Standard deviation of the logarithm of `expected`; it matters the less, the more of an own record there is.
    """
    own = (shape + failures) / (shape + expected)
    shared = Z90 * doubt * shape / (shape + expected)

    def quantile(tail: float) -> Floats:
        return np.asarray(gammaincinv(shape + failures, tail) / (shape + expected))

    with np.errstate(divide="ignore"):
        down = np.hypot(np.log(own / np.maximum(quantile(_TAIL), 1e-12)), shared)
        up = np.hypot(np.maximum(np.log(quantile(1 - _TAIL) / own), 0.0), shared)
    return own, own * np.exp(-down), own * np.exp(up)
