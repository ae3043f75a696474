"""A failure rate fitted to the leak record: Poisson regression, then the street's and each main's own record.

::

    rate = base · material · decade · diameter · zone · … · length        (regression, every factor a multiplier)
           · (k_s + failures of the street's other mains) / (k_s + expected there)
           · (k + own failures) / (k + expected)

The shapes k_s and k come by moments from the record itself. Vintage is not age: the decades move freely, so a decade
may fail more often than the one before it. One more failure of a main never lowers its own factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.risk.bands import Z90
from gridrisk.risk.panel import CATEGORIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters
    from gridrisk.risk.panel import Record

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_TAIL = 0.05
_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Design:
    """Mains sorted into groups of equal inputs.

    Attributes
    ----------
    group
        Group of each main.
    matrix
        Inputs of each group.
    factors
        Name, columns of `matrix`, and level of each group, of every factor.
    """

    group: Ints
    matrix: Floats
    factors: tuple[tuple[str, Ints, NDArray[np.object_]], ...]

    def total(self, values: Floats) -> Floats:
        """Return the sum over the mains of each group."""
        return np.bincount(self.group, weights=values, minlength=len(self.matrix)).astype(float)


@dataclass(frozen=True, slots=True)
class Regression:
    """Multipliers of groups: rate of each group, standard deviation of its logarithm, base rate and coefficients."""

    rate: Floats
    doubt: Floats
    base: float
    coefficients: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """Rates of all mains as known on a day.

    Attributes
    ----------
    rates
        On pipe_id: failures_per_km_year with _low and _high (90 %), and what multiplies to it: one ``factor_*`` column
        each, base, street and own.
    multipliers
        One row a factor and level: multiplier, km_years, failures.
    street_shape, shape
        Shapes of the gamma spread between streets and between mains.
    """

    rates: pd.DataFrame
    multipliers: pd.DataFrame
    street_shape: float
    shape: float


def design(mains: pd.DataFrame, params: Parameters) -> Design:
    """Sort mains by material and decade laid, diameter, length and the texts of `CATEGORIES` that are known.

    Parameters
    ----------
    mains
        See `gridrisk.risk.panel.record`.
    params
        ``models/likelihood/fit.toml``.
    """
    decade = _decade(mains["laid"].to_numpy(), params)
    bounds = [float(bound) for bound in params["diameter.bounds_mm"].value]
    size = mains["diameter_mm"].to_numpy()
    length = _length_class(mains["length_km"].to_numpy() * 1000, params)
    codes = {name: pd.factorize(mains[name].fillna(_UNKNOWN), sort=True) for name in CATEGORIES}
    sizes = np.where(np.isnan(size), -1, np.digitize(size, bounds, right=True)).astype(np.int64)
    columns = [*(code.astype(np.int64) for code, _ in codes.values()), decade, sizes, length]
    _, first, group = np.unique(_key(columns), return_index=True, return_inverse=True)
    rows = np.column_stack(columns)[first]
    names = {name: np.asarray(levels, dtype=str) for name, (_, levels) in codes.items()}
    matrix, factors = _blocks(rows, names, bounds, params)
    return Design(group.reshape(-1).astype(np.int64), matrix, factors)


def _key(columns: list[Ints]) -> Ints:
    """Return one number for each combination of codes, in their order."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        low, high = int(column.min(initial=0)), int(column.max(initial=0))
        # made dense again and again, so that no product of ranges runs over
        key = np.unique(key * (high - low + 1) + column - low, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return key


def _decade(laid: Floats, params: Parameters) -> Ints:
    """Return the decade laid, within the bounds; 0 where unknown."""
    bounds = params.table("decade")
    decade = np.clip(np.nan_to_num(laid) // 10 * 10, bounds["first"] - 10, bounds["last"])
    return np.where(np.isnan(laid), 0, decade).astype(np.int64)


def _length_class(length_m: Floats, params: Parameters) -> Ints:
    table = params.table("length")
    doublings = np.log2(np.maximum(length_m, table["lowest_m"]) / table["reference_m"])
    return np.rint(doublings * table["classes_per_doubling"]).astype(np.int64)


def _blocks(
    rows: Ints, names: dict[str, NDArray[np.str_]], bounds: list[float], params: Parameters
) -> tuple[Floats, tuple[tuple[str, Ints, NDArray[np.object_]], ...]]:
    """Return the inputs of groups, and which columns make which factor."""
    decade, sizes, length = rows[:, -3], rows[:, -2], rows[:, -1]
    range_ = params.table("decade")
    starts = np.arange(range_["first"], range_["last"] + 1, 10)
    steps = np.column_stack([(decade[:, None] >= starts[None, :]).astype(float), (decade == 0).astype(float)])
    steps = steps[:, np.ptp(steps, axis=0) > 0]
    blocks: list[Floats] = []
    factors: list[tuple[str, Ints, NDArray[np.object_]]] = []
    width = 0

    def add(name: str, block: Floats, levels: NDArray[np.object_]) -> None:
        nonlocal width
        if block.shape[1]:
            factors.append((name, np.arange(width, width + block.shape[1]), levels))
            blocks.append(block)
            width += block.shape[1]

    for at, (name, levels) in enumerate(names.items()):
        sort = _one_hot(rows[:, at])
        texts = levels[rows[:, at]].astype(object)
        if name == "material":
            crossed = (sort[:, :, None] * steps[:, None, :]).reshape(len(rows), -1)
            crossed = crossed[:, np.ptp(crossed, axis=0) > 0] if crossed.size else crossed[:, :0]
            laid = np.where(decade == 0, _UNKNOWN, decade.astype(str)).astype(object)
            add("material_decade", np.hstack([sort, steps, crossed]), np.asarray(texts + " " + laid, dtype=object))
        else:
            add(name, sort, texts)
    labels = np.array([_UNKNOWN, *(f"≤ {bound:g} mm" for bound in bounds), f"> {bounds[-1]:g} mm"], dtype=object)
    add("diameter", _one_hot(sizes), labels[sizes + 1])
    table = params.table("length")
    doublings = length / table["classes_per_doubling"]
    metres = np.array([f"{value:.0f} m" for value in table["reference_m"] * 2.0**doublings], dtype=object)
    add("length", (doublings * np.log(2))[:, None] if np.ptp(length) > 0 else np.empty((len(rows), 0)), metres)
    return (np.hstack(blocks) if blocks else np.empty((len(rows), 0))), tuple(factors)


def _one_hot(codes: Ints) -> Floats:
    levels, inverse = np.unique(codes, return_inverse=True)
    return np.eye(len(levels))[inverse.reshape(-1)] if len(levels) > 1 else np.empty((len(codes), 0))


def regress(inputs: Design, failures: Floats, exposure: Floats, params: Parameters) -> Regression:
    """Fit multipliers by Poisson regression, rate as target and exposure as weight.

    Parameters
    ----------
    inputs
        Groups of mains.
    failures, exposure
        Of each main; exposure in km·years, or in failures expected by a prior whose multipliers are sought.
    params
        ``models/likelihood/fit.toml``.
    """
    from sklearn.linear_model import PoissonRegressor

    count, weight = inputs.total(failures), inputs.total(exposure)
    if count.sum() == 0 or weight.sum() == 0:
        raise DataError(msg("the leak record holds no failure of a pipe that was in the ground; nothing can be fitted"))
    precision = params.number("ridge.precision")
    heard = weight > 0
    width = inputs.matrix.shape[1]
    base, slopes = float(np.log(count.sum() / weight.sum())), np.zeros(width)
    if width:
        # on the scale of a rate near one the penalty of the mean deviance is the precision over all failures
        scale = count.sum() / weight.sum()
        model = PoissonRegressor(alpha=precision / count.sum(), solver="newton-cholesky", max_iter=200, tol=1e-7)
        model.fit(inputs.matrix[heard], count[heard] / weight[heard] / scale, sample_weight=weight[heard])
        base, slopes = float(model.intercept_ + np.log(scale)), np.asarray(model.coef_, dtype=float)
    rate = np.exp(base + inputs.matrix @ slopes)
    with_base = np.column_stack([np.ones(len(inputs.matrix)), inputs.matrix])
    hessian = with_base.T @ (with_base * (rate * weight)[:, None])
    hessian[np.arange(1, width + 1), np.arange(1, width + 1)] += precision
    variance = np.einsum("ij,ji->i", with_base, np.linalg.solve(hessian, with_base.T))
    return Regression(rate, np.sqrt(np.maximum(variance, 0.0)), float(np.exp(base)), slopes)


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


def street_factor(street: Ints, failures: Floats, expected: Floats, params: Parameters) -> tuple[Floats, Floats, float]:
    """Return the factor of the street's other mains, its relative variance, and the shape between streets.

    The spread between streets is what the mains of one street have in common: products of two different mains.

    Parameters
    ----------
    street
        Number of each main's street; negative where unknown, which gives 1.
    failures, expected
        Of each main.
    """
    prior = params.number("street.shape")
    known = street >= 0
    if not known.any():
        return np.ones(len(street)), np.zeros(len(street)), prior
    size = int(street.max()) + 1

    def total(values: Floats) -> Floats:
        return np.bincount(street[known], weights=values[known], minlength=size).astype(float)

    def crossed(values: Floats) -> float:
        return float((total(values) ** 2 - total(values**2)).sum())

    shape = spread(
        crossed(failures - expected),
        max(crossed(expected), 0.0),
        2 * crossed(expected * (1 + expected / prior)),
        prior,
        params,
    )
    others = np.where(known, total(failures)[street] - failures, 0.0)
    awaited = np.where(known, np.maximum(total(expected)[street] - expected, 0.0), 0.0)
    factor = np.where(known, (shape + others) / (shape + awaited), 1.0)
    return factor, np.where(known, 1 / (shape + others), 0.0), shape


def street_numbers(street: pd.Series[str]) -> Ints:
    """Return a number for each main's street; −1 where unknown."""
    return pd.factorize(street, sort=True)[0].astype(np.int64)


def own_factor(failures: Floats, expected: Floats, shape: float, doubt: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the factor of a main's own record, ``(k + n)/(k + m)``, with 90 % bounds.

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


def fit(record: Record, params: Parameters, *, until: float) -> Fitted:
    """Fit the rates of all mains as known on a day.

    Parameters
    ----------
    record
        Leak record and inventory; what is later than `until` is not looked at.
    params
        ``models/likelihood/fit.toml``.
    until
        The day as a decimal year.

    Raises
    ------
    DataError
        Where nothing failed on record before that day.
    """
    mains = record.mains
    inputs = design(mains, params)
    failures, exposure = record.failures(record.start, until), record.exposure(record.start, until)
    found = regress(inputs, failures, exposure, params)
    expected = found.rate[inputs.group] * exposure
    near, _, street_shape = street_factor(street_numbers(mains["street"]), failures, expected, params)
    level = failures.sum() / (expected * near).sum()
    near = near * level
    expected = expected * near
    shape = shape_between(failures, expected, params)
    own, low, high = own_factor(failures, expected, shape, found.doubt[inputs.group])
    before = found.rate[inputs.group] * near
    columns = {
        "failures_per_km_year": before * own,
        "failures_per_km_year_low": before * low,
        "failures_per_km_year_high": before * high,
        "base": np.full(len(mains), found.base),
        **{
            f"factor_{name}": np.exp(inputs.matrix[:, at] @ found.coefficients[at])[inputs.group]
            for name, at, _ in inputs.factors
        },
        "street": near,
        "own": own,
    }
    rates = pd.DataFrame(columns, index=mains.index)
    return Fitted(rates, multipliers(inputs, found, failures, exposure), street_shape, shape)


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
