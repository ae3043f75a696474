"""What the operator's own leaks add: empirical Bayes on cohorts, then on each segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters
    from gridrisk.risk.bands import Band

    Floats = NDArray[np.float64]

_TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Update:
    """Multipliers of the prior rate, and the 90 % interval of the updated one.

    Attributes
    ----------
    cohort, own
        Factors of the cohort's and of the segment's own record.
    low, high
        5 % and 95 % quantile of the rate without works, 1/(km·a).
    shape
        Shape k of the gamma spread between segments.
    """

    cohort: Floats
    own: Floats
    low: Floats
    high: Floats
    shape: float


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


def shape_of_spread(rate: Floats, facts: pd.DataFrame, params: Parameters) -> float:
    """Return the shape k of the gamma spread of true rates, by moments: ``Σ m² / Σ ((n − m)² − m)``, m expected leaks.

    As given in the file where the record holds too few leaks.
    """
    leaks, exposure = observed(facts)
    if leaks.sum() < params.number("record.least_leaks"):
        return params.number("record.shape")
    bounds = params.table("record.shape_bounds")
    expected = rate * exposure
    excess = float(((leaks - expected) ** 2 - expected).sum())
    if excess <= 0:
        return bounds["highest"]
    return float(np.clip(float((expected**2).sum()) / excess, bounds["lowest"], bounds["highest"]))


def update(prior: Band, cohort: Floats, shape: float, facts: pd.DataFrame, params: Parameters) -> Update:
    """Update the prior by each segment's own record: rate = ``(k + leaks) / (k/μ + km·a)``, μ prior times cohort.

    Unknown inputs lower k to ``1 / (1/k + relative variance)``, so that the record weighs more. The interval reaches
    from the 5 % quantile of the lowest rate the inputs allow to the 95 % quantile of the highest.

    Parameters
    ----------
    prior
        Rate the record speaks of, 1/(km·a); see `gridrisk.risk.likelihood.recorded`.
    cohort
        `cohort_factor`.
    shape
        `shape_of_spread`.
    facts
        Table of `gridrisk.risk.facts.gather`.
    params
        ``models/likelihood/prior.toml``.
    """
    leaks, exposure = observed(facts)
    mean = prior.value * cohort
    floor = min(params.number("record.bounds_unknown_shape"), shape)
    doubtful = np.maximum(1 / (1 / shape + prior.variance), floor)
    own = (doubtful + leaks) / (doubtful + mean * exposure)

    def quantile(rate: Floats, tail: float) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray(gammaincinv(shape + leaks, tail) / (shape / rate + exposure))

    return Update(
        cohort=cohort,
        own=own,
        low=np.minimum(quantile(prior.low * cohort, _TAIL), mean * own),
        high=np.maximum(quantile(prior.high * cohort, 1 - _TAIL), mean * own),
        shape=shape,
    )
