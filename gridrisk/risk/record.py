"""What the operator's own leaks add to the prior: a fit where there are enough, then each segment's own record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals
from scipy.special import gammaincinv

from gridrisk.features.columns import combinations_of
from gridrisk.features.shapes import raw_shapes
from gridrisk.risk.bands import Z90
from gridrisk.risk.design import design
from gridrisk.risk.regression import regress
from gridrisk.risk.spread import group_factors, kinships, numbers_of, shape_between

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters
    from gridrisk.risk.bands import Band

    Floats = NDArray[np.float64]

_TAIL = 0.05
#: More than the squares from one edge of the earth to the other.
_ROW_OF_SQUARES = 1e7


@dataclass(frozen=True, slots=True)
class Heard:
    """What the record of the whole network says of each segment, before its own leaks are heard.

    Attributes
    ----------
    cohort, near
        Factors of segments alike (regression and vintage), and of the others near by (neighbourhood and street).
    doubt
        Standard deviation of the logarithm of their product.
    shape
        Shape k of the gamma spread between segments.
    """

    cohort: Floats
    near: Floats
    doubt: Floats
    shape: float

    def take(self, rows: NDArray[np.int64]) -> Heard:
        """Return what is said of some segments."""
        return Heard(self.cohort[rows], self.near[rows], self.doubt[rows], self.shape)


@dataclass(frozen=True, slots=True)
class Update:
    """Factor of the segment's own record, and the 90 % interval of the updated rate without works, 1/(km·a)."""

    own: Floats
    low: Floats
    high: Floats


def evidence(facts: pd.DataFrame, exposed: Floats) -> pd.DataFrame:
    """Return what the leak record knows of each segment.

    Parameters
    ----------
    facts
        Table of `gridrisk.risk.facts.gather`; area (see `neighbourhood`) may be missing.
    exposed
        Prior rate at the ages that the record covers, 1/(km·a); see `gridrisk.risk.likelihood.exposed`.

    Returns
    -------
    Frame on the same index: leaks and exposure (km·a; nought of both where there is no record), expected (by the
    prior), length_km, laid, diameter_mm, material, setting, area, street.
    """
    leaks, length_km = facts["leaks"].to_numpy(), facts["length_m"].to_numpy() / 1000
    exposure = length_km * facts["exposure_years"].to_numpy()
    known = ~np.isnan(leaks) & (np.nan_to_num(exposure) > 0)
    exposure = np.where(known, exposure, 0.0)
    columns = {
        "leaks": np.where(known, leaks, 0.0),
        "exposure": exposure,
        "expected": exposed * exposure,
        "length_km": length_km,
        "laid": facts["install_year"],
        "diameter_mm": facts["diameter_mm"],
        "material": facts["material"],
        "setting": facts["setting"],
        "area": facts.get("area", np.nan),
        "street": facts["road"],
    }
    return pd.DataFrame(columns, index=facts.index, copy=False)


def cohort_factor(proof: pd.DataFrame, params: Parameters) -> Floats:
    """Return ``(K + leaks) / (K + expected leaks)`` over the other segments of the same material and decade laid.

    A segment is left out of its own cohort, so that its leaks are not heard twice.
    """
    strength = params.number("record.cohort_shape")
    leaks, expected = proof["leaks"].to_numpy(), proof["expected"].to_numpy()
    _, cohort = combinations_of(pd.factorize(proof["material"])[0], pd.factorize(proof["laid"] // 10)[0])
    others = np.bincount(cohort, weights=leaks)[cohort] - leaks
    awaited = np.maximum(np.bincount(cohort, weights=expected)[cohort] - expected, 0.0)
    return np.asarray((strength + others) / (strength + awaited))


def hear(proof: pd.DataFrame, params: Parameters, fitted: Parameters, *, former: pd.DataFrame | None = None) -> Heard:
    """Return what the whole record says: cohorts where it is small, else a fit of multipliers on the prior.

    The fit draws each multiplier towards that of all segments, so that the prior stands where nobody was heard.

    Parameters
    ----------
    proof
        See `evidence`; the index puts the segments in an order, so that no bit of a sum hangs on that of the rows.
    params, fitted
        ``models/likelihood/prior.toml`` and ``fit.toml``.
    former
        The same of segments that are out of use: they are heard, nothing is said of them.
    """
    if former is not None or not proof.index.is_monotonic_increasing:
        every = proof if former is None else _joined(proof, former)
        order = every.index.argsort()
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return hear(every.take(order), params, fitted).take(place[: len(proof)])
    leaks, expected = proof["leaks"].to_numpy(), proof["expected"].to_numpy()
    if leaks.sum() < fitted.number("least_failures"):
        ones = np.ones(len(proof))
        return Heard(cohort_factor(proof, params), ones, ones * 0, fitted.number("segment.shape"))
    inputs = design(proof, fitted)
    found = regress(inputs, leaks, expected, fitted, street=numbers_of(proof["street"]))
    cohort = found.rate[inputs.group]
    kin = kinships(material=proof["material"], laid=proof["laid"], area=proof["area"], street=proof["street"])
    factors, _ = group_factors(kin, leaks, expected * cohort, fitted)
    cohort, near = cohort * factors["vintage"], factors["area"] * factors["street"]
    shape = shape_between(leaks, expected * cohort * near, fitted)
    return Heard(cohort, near, found.doubt[inputs.group], shape)


def _joined(proof: pd.DataFrame, former: pd.DataFrame) -> pd.DataFrame:
    """Return both, categories of either as one list."""
    columns = {
        name: union_categoricals([proof[name], former[name]], sort_categories=True)
        if isinstance(proof[name].dtype, pd.CategoricalDtype)
        else np.concatenate([proof[name], former[name]])
        for name in proof
    }
    return pd.DataFrame(columns, index=proof.index.append(former.index), copy=False)


def neighbourhood(pipes: gpd.GeoDataFrame, params: Parameters) -> pd.Series[float]:
    """Return the number of the square in which each segment begins; NaN where it has no place.

    Parameters
    ----------
    pipes
        Layer frame in a metric CRS.
    params
        ``models/likelihood/fit.toml``: side of the squares in m.
    """
    lines = raw_shapes(pipes)
    there, whole = np.flatnonzero(lines.located), lines.flat
    squares = np.full((len(lines), 2), np.nan)
    squares[there] = np.floor(whole.xy[whole.rings[whole.owns[there]]] / params.number("area.side_m"))
    return pd.Series(squares[:, 0] * _ROW_OF_SQUARES + squares[:, 1], index=pipes.index)


def update(prior: Band, heard: Heard, proof: pd.DataFrame, params: Parameters) -> Update:
    """Update the prior by each segment's own record: ``own = (k + leaks) / (k + expected leaks)``.

    Expected is what the prior at the ages on record, times cohort and street, leads one to expect; so a pipe that was
    young in those years is not blamed for the age it has now. Unknown inputs lower k to
    ``1 / (1/k + relative variance)``, so that the record weighs more. The interval reaches from the 5 % quantile of the
    lowest rate the inputs allow to the 95 % quantile of the highest, and is as much wider as the fit is in doubt.

    Parameters
    ----------
    prior
        Rate of today that the record speaks of, 1/(km·a); see `gridrisk.risk.likelihood.recorded`.
    heard, proof
        See `hear` and `evidence`.
    params
        ``models/likelihood/prior.toml``.
    """
    leaks = proof["leaks"].to_numpy()
    shape = heard.shape
    level = heard.cohort * heard.near
    expected = proof["expected"].to_numpy() * level
    floor = min(params.number("record.bounds_unknown_shape"), shape)
    doubtful = np.maximum(1 / (1 / shape + prior.variance), floor)
    own = (doubtful + leaks) / (doubtful + expected)
    mean = prior.value * level * own
    shared = Z90 * heard.doubt * shape / (shape + expected)

    of, counts = pd.factorize(leaks)

    def quantile(rate: Floats, tail: float) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(prior.value > 0, rate / prior.value, 0.0)
        return np.asarray(rate * level * gammaincinv(shape + counts, tail)[of] / (shape + expected * part))

    low = np.minimum(quantile(prior.low, _TAIL), mean)
    high = np.maximum(quantile(prior.high, 1 - _TAIL), mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        down, up = np.hypot(np.log(mean / low), shared), np.hypot(np.log(high / mean), shared)
    return Update(own, np.where(low > 0, mean * np.exp(-down), 0.0), np.where(mean > 0, mean * np.exp(up), high))
