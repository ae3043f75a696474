"""The prior failure rate of each segment by threat, before its leak record is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from gridrisk.features.columns import alike, blanked
from gridrisk.risk.bands import Band, by_flag, by_number, by_state, mix, part, weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]

T = TypeVar("T", Band, "Floats")
#: What the rate of ageing hangs on.
_AGEING = ("material", "cathodic", "age_years")
#: The terms of `recorded`, in the order in which they are put together.
_RECORDED = ("base_rate", "age", "diameter", "built_over", "shared_trench", "ground", "third_party")
_STEEL = ("steel_unprotected", "steel_protected")
#: A record shorter than half a minute is none: over it a mean cannot be told from rounding.
_LEAST_YEARS = 1e-6


def prior(facts: pd.DataFrame, params: Parameters) -> dict[str, Band]:
    """Return the likelihood terms that the leak record does not touch, and the works.

    Parameters
    ----------
    facts
        Table of `gridrisk.risk.facts.gather`.
    params
        ``models/likelihood/prior.toml``.

    Returns
    -------
    Bands by term name: base_rate (1/(km·a)), age, diameter, built_over, shared_trench (factors), ground,
    third_party, works (1/(km·a)).
    """
    # what hangs on kind and age alone is worked out once for each pair that occurs
    few, of = alike(facts, _AGEING)
    likely = kind_weights(few, params)
    base, age = _ageing(few, likely, params)
    return {
        "base_rate": base.take(of),
        "age": age.take(of),
        "diameter": _diameter(facts, params),
        "built_over": _built_over(facts, params),
        "shared_trench": _shared_trench(facts, params),
        "ground": _ground(facts, _ground_rate(likely, params), of, params),
        "third_party": by_state(
            facts["setting"], params.table("third_party_per_km_year"), params.table("unknown.setting")
        ),
        "works": _works(facts, params),
    }


def recorded(terms: dict[str, Band]) -> Band:
    """Return the rate that a leak record speaks of: the condition, ground movement and unannounced digging."""
    return _recorded(*(terms[name] for name in _RECORDED))


def _recorded(base: T, age: T, diameter: T, over: T, trench: T, ground: T, third_party: T) -> T:
    return base * age * diameter * over * trench + ground + third_party


def exposed(terms: dict[str, Band], facts: pd.DataFrame, params: Parameters) -> Floats:
    """Return the rate of `recorded` at the ages that the leak record covers, 1/(km·a).

    The mean over the years of exposure, for a leak record tells of the pipe as it was then, not as it is now.
    """
    # many segments are of one kind, one age and one time on record
    few, of = alike(facts, (*_AGEING, "exposure_years"))
    then = _ageing_then(few, params)[of]
    base, now = terms["base_rate"].value, terms["age"].value
    factor = np.where(then > 0, then / np.where(base > 0, base, 1.0), now)
    return _recorded(*(factor if name == "age" else terms[name].value for name in _RECORDED))


def _ageing_then(facts: pd.DataFrame, params: Parameters) -> Floats:
    """Return the mean of base rate times age factor over the years on record, 1/(km·a); nought where not known."""
    ages, years = facts["age_years"].to_numpy(), facts["exposure_years"].fillna(0.0).to_numpy()
    likely = kind_weights(facts, params)
    rates, exponents = params.table("base_rate_per_km_year"), params.table("age.exponent")
    then = np.zeros(len(facts))
    rows = np.flatnonzero(~np.isnan(ages) & (years > _LEAST_YEARS))
    age, span = ages[rows], years[rows]
    for column, kind in enumerate(params.table("unknown.kind")):
        then[rows] += likely[rows, column] * rates[kind] * _mean_ageing(age - span, age, exponents[kind], params)
    return then


def _mean_ageing(start: Floats, end: Floats, exponent: float, params: Parameters) -> Floats:
    """Return the mean of ``(age / reference)^exponent``, within the bounds of age, from one age to another."""
    bounds = params.table("age.bounds_years")
    lowest, highest = bounds["lowest"], bounds["highest"]
    reference = params.number("age.reference_years")

    def area(age: Floats) -> Floats:
        within = np.clip(age, lowest, highest)
        below = np.minimum(age, lowest) * (lowest / reference) ** exponent
        grown = (
            reference
            / (exponent + 1)
            * ((within / reference) ** (exponent + 1) - (lowest / reference) ** (exponent + 1))
        )
        above = np.maximum(age - highest, 0.0) * (highest / reference) ** exponent
        return np.asarray(below + grown + above)

    return np.asarray((area(end) - area(start)) / (end - start))


def kind_weights(facts: pd.DataFrame, params: Parameters) -> Floats:
    """Return how likely each kind of pipe is: material, steel split by cathodic protection.

    Columns follow ``unknown.kind``. Steel of unknown protection is shared between both, unknown material among all.
    """
    shares = params.table("unknown.kind")
    material, cathodic = facts["material"], facts["cathodic"]
    steel = (material == "steel").to_numpy(dtype=bool)
    likely = weights(blanked(material, steel), shares)
    protected, open_ = cathodic.fillna(False).to_numpy(dtype=bool), cathodic.isna().to_numpy()
    names = np.array(list(shares))
    either = np.array([shares[name] if name in _STEEL else 0.0 for name in shares])
    likely[steel & protected] = names == "steel_protected"
    likely[steel & ~protected & ~open_] = names == "steel_unprotected"
    likely[steel & open_] = either / either.sum()
    return likely


def _ageing(facts: pd.DataFrame, likely: Floats, params: Parameters) -> tuple[Band, Band]:
    """Return base rate and age factor; where the kind is unknown their product is the mean over the kinds."""
    kinds = list(params.table("unknown.kind"))
    rates = params.table("base_rate_per_km_year")
    exponents = params.table("age.exponent")
    base_of = np.array([rates[kind] for kind in kinds])
    exponent_of = np.array([exponents[kind] for kind in kinds])
    bounds = params.table("age.bounds_years")
    reference = params.number("age.reference_years")
    base = mix(likely, base_of)
    share = likely * base_of / base.value[:, None]

    def factors(years: Floats) -> Floats:
        aged = np.clip(years, bounds["lowest"], bounds["highest"]) / reference
        return np.asarray(aged[:, None] ** exponent_of[None, :])

    ages = facts["age_years"].to_numpy()
    unknown = np.isnan(ages)
    of, years = pd.factorize(np.where(unknown, reference, ages))
    known = mix(share, factors(np.asarray(years))[of])
    ages_shares = params.table("unknown.age_years")
    candidates = factors(np.array([float(key) for key in ages_shares]))
    proportion = np.array(list(ages_shares.values())) / sum(ages_shares.values())
    mean = mix(share, (candidates * proportion[:, None]).sum(axis=0))
    if not unknown.any():
        return base, known
    return base, Band(
        np.where(unknown, mean.value, known.value),
        np.where(unknown, mix(share, candidates.min(axis=0)).low, known.low),
        np.where(unknown, mix(share, candidates.max(axis=0)).high, known.high),
    )


def _diameter(facts: pd.DataFrame, params: Parameters) -> Band:
    return size_factor(facts, params.table("diameter"), params.table("unknown.diameter_mm"))


def size_factor(facts: pd.DataFrame, table: dict[str, float], shares: dict[str, float]) -> Band:
    """Return ``(diameter / reference_mm) ^ exponent`` between ``lowest`` and ``highest``."""

    def factor(diameter_mm: Floats) -> Floats:
        ratio = np.maximum(diameter_mm, 1.0) / table["reference_mm"]
        return np.asarray(np.clip(ratio ** table["exponent"], table["lowest"], table["highest"]))

    return by_number(facts["diameter_mm"].to_numpy(), shares, factor)


def over_factor(facts: pd.DataFrame, table: dict[str, float], share: float) -> Band:
    """Return ``1 + (factor − 1) · part of the length built over``."""
    covered = part(facts["built_over_m"].to_numpy(), facts["length_m"].to_numpy(), table["least_m"])
    return by_flag(facts["built_over"], 1 + (table["factor"] - 1) * covered, 1.0, share, table["factor"])


def trench_factor(facts: pd.DataFrame, table: dict[str, float], shares: dict[str, float]) -> Band:
    """Return the factor of the trench: none, isolated or open; a shared one of unknown isolation is either."""
    few, of = alike(facts, ("trench",))
    either = (few["trench"] == "shared").to_numpy(dtype=bool)
    likely = weights(blanked(few["trench"], either), shares)
    mixed = np.array([0.0 if name == "none" else share for name, share in shares.items()])
    likely[either] = mixed / mixed.sum()
    return mix(likely, np.array([1.0 if name == "none" else table[name] for name in shares])).take(of)


def _built_over(facts: pd.DataFrame, params: Parameters) -> Band:
    return over_factor(facts, params.table("built_over"), params.number("unknown.built_over"))


def _shared_trench(facts: pd.DataFrame, params: Parameters) -> Band:
    return trench_factor(facts, params.table("shared_trench"), params.table("unknown.shared_trench"))


def _ground_rate(likely: Floats, params: Parameters) -> Band:
    rates = params.table("ground.rate_per_km_year")
    return mix(likely, np.array([rates[kind] for kind in params.table("unknown.kind")]))


def _ground(facts: pd.DataFrame, rate: Band, of: NDArray[np.int64], params: Parameters) -> Band:
    scaled = facts["ground_movement"].to_numpy() / params.number("ground.full_scale")
    shares = params.table("unknown.ground_index")
    if np.isnan(scaled).all():  # no raster, so it hangs on the kind alone
        return (rate * by_number(np.full(len(rate.value), np.nan), shares, _within)).take(of)
    return rate.take(of) * by_number(scaled, shares, _within)


def _within(index: Floats) -> Floats:
    return np.asarray(np.clip(index, 0.0, 1.0))


def _works(facts: pd.DataFrame, params: Parameters) -> Band:
    band = by_state(facts["works"], params.table("works.rate_per_km_year"), params.table("unknown.works"))
    length = facts["length_m"].to_numpy()
    exposed = np.minimum(params.number("works.exposed_m"), length) / np.where(length > 0, length, 1.0)
    along = np.where(length > 0, exposed, 1.0)
    interval = params.table("works.interval")
    return Band(band.value * along, band.low * along * interval["low"], band.high * along * interval["high"])
