"""Multipliers of failure rates by Poisson regression, drawn together as far as unheard streets prove right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters
    from gridrisk.risk.design import Design

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


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
    width = inputs.matrix.shape[1]
    precision = precision_by_streets(inputs, failures, exposure, params, street=street)
    base, slopes = _solve(inputs.matrix, count, weight, precision)
    rate = np.exp(base + inputs.matrix @ slopes)
    with_base = np.column_stack([np.ones(len(inputs.matrix)), inputs.matrix])
    hessian = with_base.T @ (with_base * (rate * weight)[:, None])
    hessian[np.arange(1, width + 1), np.arange(1, width + 1)] += precision
    variance = np.einsum("ij,ji->i", with_base, np.linalg.solve(hessian, with_base.T))
    return Regression(rate, np.sqrt(np.maximum(variance, 0.0)), float(np.exp(base)), slopes, precision)


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
    scores = []
    for precision in precisions:
        score = 0.0
        for part in range(folds):
            base, slopes = _solve(inputs.matrix, taught_count[part], taught_weight[part], precision)
            logarithm = base + inputs.matrix @ slopes
            score += float((count[part] * logarithm - weight[part] * np.exp(logarithm)).sum())
        scores.append(score)
    return precisions[int(np.argmax(scores))]


def _folds(street: Ints, folds: int, most: int) -> Ints:
    """Return the part each main belongs to, streets kept whole; −1 where it does not take part."""
    own = np.where(street >= 0, street, street.max(initial=-1) + 1 + np.arange(len(street)))
    skip = max(1, -(-len(street) // most))
    return np.where(own % skip == 0, own // skip % folds, -1)


def _solve(matrix: Floats, count: Floats, weight: Floats, precision: float) -> tuple[float, Floats]:
    """Return the logarithms of base and multipliers."""
    from sklearn.linear_model import PoissonRegressor
    from threadpoolctl import threadpool_limits

    scale = count.sum() / weight.sum()
    if matrix.shape[1] == 0:
        return float(np.log(scale)), np.zeros(0)
    heard = weight > 0
    # on the scale of a rate near one the penalty of the mean deviance is the precision over all failures
    model = PoissonRegressor(alpha=precision / count.sum(), solver="newton-cholesky", max_iter=200, tol=1e-7)
    with threadpool_limits(limits=1):  # its threads would spin, and a sum by several need not repeat to the bit
        model.fit(matrix[heard], count[heard] / weight[heard] / scale, sample_weight=weight[heard])
    return float(model.intercept_ + np.log(scale)), np.asarray(model.coef_, dtype=float)


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
