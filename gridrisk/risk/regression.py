"""Multipliers of failure rates by Poisson regression, drawn together as far as unheard streets prove right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from gridrisk.errors import DataError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters
    from gridrisk.risk.design import Design

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


_MOST_STEPS, _LEAST_PART, _ROUNDING = 100, 1e-6, 1e-12
#: Gain of a step, in units of the logarithm of the likelihood, after which the next one would change nothing to 1e-9.
_LEAST_GAIN = 1e-12


@dataclass(frozen=True, slots=True)
class Regression:
    """Multipliers of groups.

    Attributes
    ----------
    rate
        Rate of each group.
    doubt
        Standard deviation of the logarithm of each rate.
    base, coefficients
        Base rate and logarithmic multipliers of the columns of the design.
    precision
        Precision of the normal law that draws each multiplier towards 1.
    """

    rate: Floats
    doubt: Floats
    base: float
    coefficients: Floats
    precision: float


def regress(inputs: Design, failures: Floats, exposure: Floats, params: Parameters, *, street: Ints) -> Regression:
    """Fit multipliers by Poisson regression, rate as target and exposure as weight.

    How far the multipliers are drawn together is chosen by `precision_by_streets`.

    Parameters
    ----------
    inputs
        Groups of mains.
    failures, exposure
        Of each main; exposure in km·years, or in failures expected by a prior whose multipliers are sought.
    params
        ``models/likelihood/fit.toml``.
    street
        Number of each main's street; negative where unknown.
    """
    count, weight = inputs.total(failures), inputs.total(exposure)
    if count.sum() == 0 or weight.sum() == 0:
        raise DataError(msg("the leak record holds no failure of a pipe that was in the ground; nothing can be fitted"))
    with threadpool_limits(limits=1):  # its threads would spin, and a sum by several need not repeat to the bit
        precision = precision_by_streets(inputs, failures, exposure, params, street=street)
        base, slopes = _solve(inputs.matrix, count, weight, precision)
        rate = np.exp(base + inputs.matrix @ slopes)
        doubt = _doubt(inputs.matrix, rate * weight, precision)
    return Regression(rate, doubt, float(np.exp(base)), slopes, precision)


def _doubt(matrix: Floats, mean: Floats, precision: float) -> Floats:
    """Return the standard deviation of the logarithm of each group's rate, by the curvature at the fit."""
    inputs = np.column_stack([np.ones(len(matrix)), matrix])
    half = inputs * np.sqrt(mean)[:, None]
    curvature = half.T @ half + np.diag(np.r_[0.0, np.full(matrix.shape[1], precision)])
    variance = np.einsum("ij,ji->i", inputs, np.linalg.solve(curvature, inputs.T))
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def precision_by_streets(
    inputs: Design, failures: Floats, exposure: Floats, params: Parameters, *, street: Ints
) -> float:
    """Return the precision under which streets left out of the fit are foretold best.

    Cross-validation over whole streets by the Poisson likelihood; of a large city a part of its streets will do, for a
    precision does not depend on how many mains there are. With too few failures the strongest one.
    """
    precisions = [float(value) for value in params["ridge.precisions"].value]
    table = params.table("ridge.validation")
    fold = _folds(street, int(table["folds"]), int(table["most_mains"]))
    folds = int(table["folds"])
    count = np.array([inputs.total(np.where(fold == part, failures, 0.0)) for part in range(folds)])
    weight = np.array([inputs.total(np.where(fold == part, exposure, 0.0)) for part in range(folds)])
    taught_count, taught_weight = count.sum(axis=0) - count, weight.sum(axis=0) - weight
    if inputs.matrix.shape[1] == 0 or (taught_count.sum(axis=1) == 0).any():
        return max(precisions)
    scores = np.zeros(len(precisions))
    for part in range(folds):
        near = None
        for at in np.argsort(precisions)[::-1]:
            base, slopes = _solve(inputs.matrix, taught_count[part], taught_weight[part], precisions[at], near)
            near = np.r_[base, slopes]
            logarithm = base + inputs.matrix @ slopes
            scores[at] += float((count[part] * logarithm - weight[part] * np.exp(logarithm)).sum())
    return precisions[int(np.argmax(scores))]


def _folds(street: Ints, folds: int, most: int) -> Ints:
    """Return the part each main belongs to, streets kept whole; −1 where it does not take part."""
    own = np.where(street >= 0, street, street.max(initial=-1) + 1 + np.arange(len(street)))
    skip = max(1, -(-len(street) // most))
    return np.where(own % skip == 0, own // skip % folds, -1)


def _solve(
    matrix: Floats, count: Floats, weight: Floats, precision: float, start: Floats | None = None
) -> tuple[float, Floats]:
    """Return the logarithms of base and multipliers: the most likely ones, by Newton's method.

    Least of ``Σ (w·μ − n·log μ) + precision/2 · Σ slope²`` with ``log μ = base + inputs · slopes``, the base free. A
    step is halved until it gains; the sum is convex, so there is one least, wherever the search starts.
    """
    heard = weight > 0
    n, w = count[heard], weight[heard]
    inputs = np.column_stack([np.ones(len(n)), matrix[heard]])
    penalty = np.r_[0.0, np.full(matrix.shape[1], precision)]
    at = np.zeros(inputs.shape[1]) if start is None else start
    at = at + np.eye(1, len(at))[0] * (np.log(n.sum() / (w @ np.exp(inputs @ at))))

    def loss(at: Floats) -> float:
        logarithm = inputs @ at
        return float(w @ np.exp(logarithm) - n @ logarithm + (penalty * at**2).sum() / 2)

    before = loss(at)
    for _ in range(_MOST_STEPS):
        mean = w * np.exp(inputs @ at)
        slope = inputs.T @ (mean - n) + penalty * at
        half = inputs * np.sqrt(mean)[:, None]
        step = np.linalg.solve(half.T @ half + np.diag(penalty), slope)
        gain, part = float(slope @ step), 1.0
        # what is gained at the end is less than a sum can tell
        while loss(at - part * step) > before - part * gain / 10 + _ROUNDING * abs(before) and part > _LEAST_PART:
            part /= 2
        at = at - part * step
        before = loss(at)
        if gain < _LEAST_GAIN:
            break
    return float(at[0]), at[1:]


def multipliers(inputs: Design, found: Regression, failures: Floats, exposure: Floats) -> pd.DataFrame:
    """Return one row a factor and level: factor, level, multiplier, km_years, failures."""
    weight, count = inputs.total(exposure), inputs.total(failures)
    parts = []
    for name, at, levels in inputs.factors:
        table = pd.DataFrame(
            {
                "factor": name,
                "level": levels.astype(str),
                "multiplier": np.exp(inputs.matrix[:, at] @ found.coefficients[at]),
                "km_years": weight,
                "failures": count,
            }
        )
        parts.append(
            table.groupby(["factor", "level"], as_index=False, sort=True).agg(
                {"multiplier": "first", "km_years": "sum", "failures": "sum"}
            )
        )
    empty = pd.DataFrame(columns=["factor", "level", "multiplier", "km_years", "failures"])
    return pd.concat(parts, ignore_index=True) if parts else empty
