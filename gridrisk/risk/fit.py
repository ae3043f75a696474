"""A failure rate fitted to the leak record: Poisson regression, then the records of its kin and of each main itself.

::

    rate = base · material · decade · diameter · zone · … · length        (regression, every factor a multiplier)
           · vintage · area · street     each (k + failures of the others) / (k + expected there)
           · (k + own failures) / (k + expected)

Vintage is what was laid of the same material in the same year, area what lies of it in the same neighbourhood. All
shapes k come by moments from the record itself, and how far the multipliers of the regression are drawn together by
cross-validation: nothing is set by looking at what comes after. Vintage is not age: decades and years move freely, so
one may fail more often than the one before it. One more failure of a main never lowers its own factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.risk.design import design
from gridrisk.risk.regression import multipliers, regress
from gridrisk.risk.spread import group_factors, kinships, numbers_of, own_factor, product, shape_between

if TYPE_CHECKING:
    from gridrisk.params import Parameters
    from gridrisk.risk.panel import Record


@dataclass(frozen=True, slots=True)
class Fitted:
    """Rates of all mains as known on a day.

    Attributes
    ----------
    rates
        On pipe_id: failures_per_km_year with _low and _high (90 %), and what multiplies to it: base, one ``factor_*``
        column each, vintage, area, street and own.
    multipliers
        One row a factor and level: multiplier, km_years, failures.
    shapes
        Shapes k of the gamma spreads: vintage, area, street, segment.
    precision
        How far the multipliers were drawn together, see `gridrisk.risk.regression`.
    """

    rates: pd.DataFrame
    multipliers: pd.DataFrame
    shapes: dict[str, float]
    precision: float


def fit(record: Record, params: Parameters, *, until: float) -> Fitted:
    """Fit the rates of all mains as known on a day.

    Parameters
    ----------
    record
        Leak record and inventory; what is later than `until` is not looked at, also to judge when the record begins.
    params
        ``models/likelihood/fit.toml``.
    until
        The day as a decimal year.

    Raises
    ------
    DataError
        Where nothing failed on record before that day.
    """
    record = record.known(until, params)
    mains = record.mains
    inputs = design(mains, params)
    failures, exposure = record.failures(record.start, until), record.exposure(record.start, until)
    found = regress(inputs, failures, exposure, params, street=numbers_of(mains["street"]))
    fitted = found.rate[inputs.group]
    kin = kinships(material=mains["material"], laid=mains["laid"], area=mains["area"], street=mains["street"])
    factors, shapes = group_factors(kin, failures, fitted * exposure, params)
    before = fitted * product(list(factors.values()), len(mains))
    expected = before * exposure
    shape = shape_between(failures, expected, params)
    own, low, high = own_factor(failures, expected, shape, found.doubt[inputs.group])
    columns = {
        "failures_per_km_year": before * own,
        "failures_per_km_year_low": before * low,
        "failures_per_km_year_high": before * high,
        "base": np.full(len(mains), found.base),
        **{
            f"factor_{name}": np.exp(inputs.matrix[:, at] @ found.coefficients[at])[inputs.group]
            for name, at, _ in inputs.factors
        },
        **factors,
        "own": own,
    }
    rates = pd.DataFrame(columns, index=mains.index)
    return Fitted(rates, multipliers(inputs, found, failures, exposure), {**shapes, "segment": shape}, found.precision)
