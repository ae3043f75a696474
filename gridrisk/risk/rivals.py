"""What the fitted rate must beat: simple rules, and a gradient-boosted challenger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.risk.spread import numbers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters
    from gridrisk.risk.panel import Record

    Floats = NDArray[np.float64]

_CODES = ("material", "zone", "setting", "pressure_class")
_MOST_CATEGORIES = 200


def age_only(record: Record, until: float) -> Floats:
    """Return the age (a), scaled so that it adds up to the failures on record; unknown is the mean age."""
    ages = pd.Series(until - record.mains["laid"].to_numpy(dtype=float)).clip(lower=0.0)
    known = ages.fillna(ages.mean()).fillna(1.0).to_numpy(dtype=float)
    return _levelled(known + 0.01, record, until)


def past_leaks(record: Record, until: float) -> Floats:
    """Return the failures so far per km·year on record; nought where there is no record."""
    failures, exposure = record.failures(record.start, until), record.exposure(record.start, until)
    return np.where(exposure > 0, failures / np.where(exposure > 0, exposure, 1.0), 0.0)


def cohort_rates(record: Record, until: float) -> Floats:
    """Return the failures per km·year of all mains of the same material and decade laid."""
    failures, exposure = record.failures(record.start, until), record.exposure(record.start, until)
    mains = record.mains
    cohort = mains.groupby(["material", mains["laid"] // 10], dropna=False).ngroup().to_numpy()
    count, weight = np.bincount(cohort, weights=failures), np.bincount(cohort, weights=exposure)
    mean = failures.sum() / exposure.sum()
    # one failure at the mean rate beforehand, so that a small cohort is not ranked by chance
    return np.asarray(((1 + count) / (1 / mean + weight))[cohort])


def boosted(record: Record, until: float, params: Parameters) -> Floats:
    """Return rates by gradient-boosted trees with Poisson loss, trained on every earlier year's own knowledge.

    No resampling, no class weights: a main-year counts with its km, and what it knows is older than the year.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    options = params.table("challenger")
    rows, targets, weights = [], [], []
    for year in np.arange(record.start + 1, np.floor(until)):
        exposure = record.exposure(year, year + 1)
        heard = exposure > 0
        rows.append(_known(record, year)[heard])
        targets.append(record.failures(year, year + 1)[heard] / exposure[heard])
        weights.append(exposure[heard])
    if not rows or sum(map(len, rows)) < options["least_rows"] or sum(float(t.sum()) for t in targets) == 0:
        return cohort_rates(record, until)
    taught, now = np.vstack(rows), _known(record, until)
    # the trees take no column that is unknown throughout
    known = ~np.isnan(taught).all(axis=0)
    model = HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=int(options["rounds"]),
        learning_rate=options["learning_rate"],
        max_leaf_nodes=int(options["leaves"]),
        l2_regularization=1.0,  # leaves of a few metres would else take any rate
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(limits=1):  # its threads would spin, and a sum by several need not repeat to the bit
        model.fit(taught[:, known], np.concatenate(targets), sample_weight=np.concatenate(weights))
        return np.asarray(model.predict(now[:, known]), dtype=float)


def _known(record: Record, day: float) -> Floats:
    """Return what was known of each main on a day."""
    mains = record.mains
    failures, exposure = record.failures(record.start, day), record.exposure(record.start, day)
    street = numbers_of(mains["street"])
    known = street >= 0
    size = int(street.max(initial=0)) + 1

    def others(values: Floats) -> Floats:
        total = np.bincount(street[known], weights=values[known], minlength=size)
        return np.where(known, total[street] - values, np.nan)

    codes = [pd.factorize(mains[name], sort=True)[0].clip(max=_MOST_CATEGORIES).astype(float) for name in _CODES]
    return np.column_stack(
        [
            *codes,
            mains["laid"].to_numpy(),
            day - mains["laid"].to_numpy(),
            mains["diameter_mm"].to_numpy(),
            np.log(np.maximum(mains["length_km"].to_numpy(), 1e-4)),
            failures,
            failures / (exposure + 0.1),
            others(failures) / (others(exposure) + 0.1),
        ]
    )


def _levelled(score: NDArray[np.floating[Any]], record: Record, until: float) -> Floats:
    exposure = record.exposure(record.start, until)
    total = float((score * exposure).sum())
    return np.asarray(score * (record.failures(record.start, until).sum() / total if total > 0 else 1.0))
