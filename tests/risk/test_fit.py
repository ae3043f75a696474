from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gridrisk import params
from gridrisk.errors import DataError
from gridrisk.risk import fit as fits
from gridrisk.risk import panel

FIT = params.load("likelihood/fit")


def city(seed, size=1500, shape=2.0, street_shape=2.0):
    """Mains whose true rates are known, and 20 years of their failures."""
    random = np.random.default_rng(seed)
    material = random.choice(["grey_cast_iron", "pe"], size)
    decade = random.choice([1955.0, 1975.0, 1995.0], size)
    street = random.integers(0, size // 6, size)
    rate = np.where(material == "pe", 0.05, 0.4) * np.where(decade == 1975.0, 2.0, 1.0)
    truth = rate * random.gamma(shape, 1 / shape, size)
    truth = truth * random.gamma(street_shape, 1 / street_shape, size // 6)[street]
    length = np.exp(random.normal(-1.5, 0.8, size))
    mains = pd.DataFrame(
        {"length_km": length, "laid": decade, "material": material, "diameter_mm": 150.0, "street": street.astype(str)},
        index=pd.Index([f"m{i:04d}" for i in range(size)], name="pipe_id"),
    )
    count = random.poisson(truth * np.where(decade == 1995.0, 20, 20) * length)
    row = np.repeat(np.arange(size), count)
    day = pd.Timestamp("2000-01-01") + pd.to_timedelta(random.integers(0, 7304, len(row)), unit="D")
    leaks = pd.DataFrame({"pipe_id": mains.index[row], "found_on": day}, index=[f"l{i}" for i in range(len(row))])
    return mains, leaks, truth


def test_it_finds_the_law_and_its_intervals_cover():
    mains, leaks, truth = city(1)
    found = fits.fit(panel.record(mains, leaks, FIT), FIT, until=2020.0)
    rates = found.rates
    cohort = mains.groupby(["material", "laid"]).indices
    for (material, decade), rows in cohort.items():
        wanted = (0.05 if material == "pe" else 0.4) * (2 if decade == 1975 else 1)
        fitted = rates["base"].iloc[rows] * rates["factor_material_decade"].iloc[rows]
        assert fitted.mean() == pytest.approx(wanted, rel=0.35), (material, decade)
    inside = (rates["failures_per_km_year_low"] <= truth) & (truth <= rates["failures_per_km_year_high"])
    assert 0.85 <= inside.mean() <= 0.95
    assert found.street_shape == pytest.approx(2.0, rel=0.4)
    assert found.shape == pytest.approx(2.0, rel=0.6)


def test_multipliers_give_the_rate_back():
    mains, leaks, _ = city(2, 300)
    rates = fits.fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).rates
    product = rates["base"] * rates["street"] * rates["own"]
    for name in (column for column in rates if column.startswith("factor_")):
        product = product * rates[name]
    np.testing.assert_allclose(product, rates["failures_per_km_year"], rtol=1e-9)


def test_the_same_in_any_order_of_rows():
    mains, leaks, _ = city(3, 300)
    plain = fits.fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).rates
    again = fits.fit(panel.record(mains.iloc[::-1], leaks.iloc[::-1], FIT), FIT, until=2020.0).rates
    np.testing.assert_allclose(again.loc[plain.index].to_numpy(), plain.to_numpy(), rtol=1e-9)
    twice = fits.fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).rates
    pd.testing.assert_frame_equal(twice, plain, check_exact=True)


def test_the_regression_against_its_own_equations():
    """At the optimum the gradient of the penalised Poisson likelihood is nought."""
    mains, leaks, _ = city(4, 400)
    record = panel.record(mains, leaks, FIT)
    inputs = fits.design(record.mains, FIT)
    failures, exposure = record.failures(record.start, 2020.0), record.exposure(record.start, 2020.0)
    found = fits.regress(inputs, failures, exposure, FIT)
    gap = inputs.total(failures) - found.rate * inputs.total(exposure)
    assert gap.sum() == pytest.approx(0.0, abs=1e-3)
    np.testing.assert_allclose(inputs.matrix.T @ gap, found.coefficients, atol=1e-3)


@settings(max_examples=20)
@given(st.integers(0, 8), st.floats(0.01, 30), st.floats(0.3, 20), st.floats(0, 1))
def test_more_leaks_are_never_better(leaks, expected, shape, doubt):
    few, low, high = fits.own_factor(np.array([float(leaks)]), np.array([expected]), shape, np.array([doubt]))
    more, _, _ = fits.own_factor(np.array([leaks + 1.0]), np.array([expected]), shape, np.array([doubt]))
    assert more > few
    assert low <= few <= high


def test_own_record_by_hand():
    own, low, high = fits.own_factor(np.array([3.0]), np.array([1.0]), 1.5, np.array([0.0]))
    law = stats.gamma(4.5, scale=1 / 2.5)
    assert (own[0], low[0], high[0]) == pytest.approx((4.5 / 2.5, law.ppf(0.05), law.ppf(0.95)))


def test_streets_by_hand():
    # four mains, two streets and one without; nothing to learn a shape from in one street of two
    entries = dict(FIT.entries)
    entries["segment.doubt"] = replace(entries["segment.doubt"], value=1e-9)
    fixed = replace(FIT, entries=entries)
    factor, _, shape = fits.street_factor(
        np.array([0, 0, 1, -1]), np.array([4.0, 0.0, 1.0, 5.0]), np.array([1.0, 1.0, 1.0, 1.0]), fixed
    )
    assert shape == pytest.approx(3.0, rel=1e-6)
    # the other one's failures only: (3 + 0)/(3 + 1), (3 + 4)/(3 + 1), nobody else, unknown
    assert factor.tolist() == pytest.approx([3 / 4, 7 / 4, 1.0, 1.0])


def test_few_failures_leave_the_shape_as_given():
    few = fits.shape_between(np.array([1.0, 0.0]), np.array([0.01, 0.01]), FIT)
    assert few == pytest.approx(FIT.number("segment.shape"), rel=0.01)


def test_vintage_is_not_age():
    mains, leaks, _ = city(5)
    table = fits.fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).multipliers
    iron = table[table["factor"] == "material_decade"].set_index("level")["multiplier"]
    assert iron["grey_cast_iron 1970"] > 1.4 * iron["grey_cast_iron 1950"]


def test_nothing_known_of_the_mains_but_their_length():
    mains, leaks, _ = city(6, 200)
    bare = mains[["length_km"]]
    found = fits.fit(panel.record(bare, leaks, FIT), FIT, until=2020.0).rates
    assert np.isfinite(found.to_numpy()).all()


def test_without_failures_there_is_nothing_to_fit():
    mains, leaks, _ = city(7, 50)
    with pytest.raises(DataError):
        fits.fit(panel.record(mains, leaks.iloc[:0], FIT), FIT, until=2020.0)
