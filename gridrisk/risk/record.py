"""What the operator's own leaks add to the prior: a fit where there are enough, then each segment's own record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

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


@dataclass(frozen=True, slots=True)
class Update:
    """Factor of the segment's own record, and the 90 % interval of the updated rate without works, 1/(km·a)."""

    own: Floats
    low: Floats
    high: Floats


def observed(facts: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return leaks and exposure (km·a) of each segment; nought of both where there is no record."""
    leaks, years = facts["leaks"].to_numpy(), facts["exposure_years"].to_numpy()
    exposure = facts["length_m"].to_numpy() / 1000 * years
    known = ~np.isnan(leaks) & (np.nan_to_num(exposure) > 0)
    return np.where(known, leaks, 0.0), np.where(known, exposure, 0.0)


def cohorts(facts: pd.DataFrame) -> NDArray[np.int64]:
    """Return the number of each segment's cohort: same material, laid in the same decade."""
    return np.asarray(facts.groupby(["material", facts["install_year"] // 10], dropna=False).ngroup().to_numpy())


def cohort_factor(prior_rate: Floats, facts: pd.DataFrame, params: Parameters) -> Floats:
    """Return ``(K + leaks) / (K + expected leaks)`` over the other segments of the cohort.

    A segment is left out of its own cohort, so that its leaks are not heard twice.
    """
    strength = params.number("record.cohort_shape")
    leaks, exposure = observed(facts)
    expected = prior_rate * exposure
    cohort = cohorts(facts)
    others = np.bincount(cohort, weights=leaks)[cohort] - leaks
    awaited = np.maximum(np.bincount(cohort, weights=expected)[cohort] - expected, 0.0)
    return np.asarray((strength + others) / (strength + awaited))


def hear(exposed: Floats, facts: pd.DataFrame, params: Parameters, fitted: Parameters) -> Heard:
    """Return what the whole record says: cohorts where it is small, else a fit of multipliers on the prior.

    The fit draws each multiplier towards that of all segments, so that the prior stands where nobody was heard.

    Parameters
    ----------
    exposed
        Prior rate at the ages that the record covers, 1/(km·a); see `gridrisk.risk.likelihood.exposed`.
    facts
        Table of `gridrisk.risk.facts.gather`.
    params, fitted
        ``models/likelihood/prior.toml`` and ``fit.toml``.
    """
    leaks, exposure = observed(facts)
    size = len(facts)
    if leaks.sum() < fitted.number("least_failures"):
        factor = cohort_factor(exposed, facts, params)
        return Heard(factor, np.ones(size), np.zeros(size), fitted.number("segment.shape"))
    inputs = design(_mains(facts), fitted)
    found = regress(inputs, leaks, exposed * exposure, fitted, street=numbers_of(facts["road"]))
    cohort = found.rate[inputs.group]
    kin = kinships(
        material=facts["material"],
        laid=facts["install_year"],
        area=facts.get("area", pd.Series(np.nan, index=facts.index)),
        street=facts["road"],
    )
    factors, _ = group_factors(kin, leaks, exposed * exposure * cohort, fitted)
    cohort, near = cohort * factors["vintage"], factors["area"] * factors["street"]
    shape = shape_between(leaks, exposed * exposure * cohort * near, fitted)
    return Heard(cohort, near, found.doubt[inputs.group], shape)


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


def _mains(facts: pd.DataFrame) -> pd.DataFrame:
    none = pd.Series(np.nan, index=facts.index, dtype="str")
    return pd.DataFrame(
        {
            "length_km": facts["length_m"] / 1000,
            "laid": facts["install_year"],
            "diameter_mm": facts["diameter_mm"],
            "material": facts["material"],
            "setting": facts["setting"],
            "pressure_class": none,
            "zone": none,
        }
    )


def update(prior: Band, exposed: Floats, heard: Heard, facts: pd.DataFrame, params: Parameters) -> Update:
    """Update the prior by each segment's own record: ``own = (k + leaks) / (k + expected leaks)``.

    Expected is what the prior at the ages on record, times cohort and street, leads one to expect; so a pipe that was
    young in those years is not blamed for the age it has now. Unknown inputs lower k to
    ``1 / (1/k + relative variance)``, so that the record weighs more. The interval reaches from the 5 % quantile of the
    lowest rate the inputs allow to the 95 % quantile of the highest, and is as much wider as the fit is in doubt.

    Parameters
    ----------
    prior
        Rate of today that the record speaks of, 1/(km·a); see `gridrisk.risk.likelihood.recorded`.
    exposed, heard
        See `hear`.
    facts
        Table of `gridrisk.risk.facts.gather`.
    params
        ``models/likelihood/prior.toml``.
    """
    leaks, exposure = observed(facts)
    shape = heard.shape
    level = heard.cohort * heard.near
    expected = exposed * level * exposure
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
