from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gridrisk import params
from gridrisk.errors import DataError
from gridrisk.risk import panel
from gridrisk.risk.design import design
from gridrisk.risk.fit import fit
from gridrisk.risk.regression import precision_by_streets, regress
from gridrisk.risk.spread import group_factor, group_factors, numbers_of, own_factor, shape_between

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
    found = fit(panel.record(mains, leaks, FIT), FIT, until=2020.0)
    rates = found.rates
    cohort = mains.groupby(["material", "laid"]).indices
    for (material, decade), rows in cohort.items():
        wanted = (0.05 if material == "pe" else 0.4) * (2 if decade == 1975 else 1)
        fitted = rates["base"].iloc[rows] * rates["factor_material_decade"].iloc[rows]
        assert fitted.mean() == pytest.approx(wanted, rel=0.35), (material, decade)
    inside = (rates["failures_per_km_year_low"] <= truth) & (truth <= rates["failures_per_km_year_high"])
    assert 0.85 <= inside.mean() <= 0.95
    assert found.shapes["street"] == pytest.approx(2.0, rel=0.4)
    assert found.shapes["segment"] == pytest.approx(2.0, rel=0.6)
    # nothing was put into vintages, and no neighbourhood is known
    assert found.shapes["vintage"] > 10
    assert (found.rates["area"] == 1.0).all()


def test_multipliers_give_the_rate_back():
    mains, leaks, _ = city(2, 300)
    rates = fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).rates
    product = rates["base"] * rates["vintage"] * rates["area"] * rates["street"] * rates["own"]
    for name in (column for column in rates if column.startswith("factor_")):
        product = product * rates[name]
    np.testing.assert_allclose(product, rates["failures_per_km_year"], rtol=1e-9)


def test_the_same_in_any_order_of_rows():
    mains, leaks, _ = city(3, 300)
    plain = fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).rates
    again = fit(panel.record(mains.iloc[::-1], leaks.iloc[::-1], FIT), FIT, until=2020.0).rates
    np.testing.assert_allclose(again.loc[plain.index].to_numpy(), plain.to_numpy(), rtol=1e-9)
    twice = fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).rates
    pd.testing.assert_frame_equal(twice, plain, check_exact=True)


def test_the_regression_against_its_own_equations():
    """At the optimum the gradient of the penalised Poisson likelihood is nought."""
    mains, leaks, _ = city(4, 400)
    record = panel.record(mains, leaks, FIT)
    inputs = design(record.mains, FIT)
    failures, exposure = record.failures(record.start, 2020.0), record.exposure(record.start, 2020.0)
    found = regress(inputs, failures, exposure, FIT, street=numbers_of(record.mains["street"]))
    gap = inputs.total(failures) - found.rate * inputs.total(exposure)
    assert gap.sum() == pytest.approx(0.0, abs=1e-3)
    np.testing.assert_allclose(inputs.matrix.T @ gap, found.precision * found.coefficients, atol=1e-3)


def test_noise_is_drawn_together_and_a_law_is_not():
    """Materials that do not differ are held near each other; materials that differ tenfold are let go."""
    random = np.random.default_rng(11)
    size = 1200
    material = np.array([f"m{i:02d}" for i in range(12)])[random.integers(0, 12, size)]
    street = random.integers(0, 300, size)
    mains = pd.DataFrame(
        {"length_km": 0.2, "laid": 1970.5, "material": material, "street": street.astype(str)},
        index=pd.Index([f"p{i:04d}" for i in range(size)], name="pipe_id"),
    )
    record = panel.record(mains, pd.DataFrame({"pipe_id": ["p0000"], "found_on": pd.to_datetime(["2000-05-01"])}), FIT)
    inputs, exposure = design(record.mains, FIT), np.full(size, 4.0)
    alike = random.poisson(0.05 * exposure).astype(float)
    unlike = random.poisson(0.05 * exposure * 10.0 ** (record.mains["material"] > "m05").to_numpy()).astype(float)
    weak = precision_by_streets(inputs, unlike, exposure, FIT, street=street)
    strong = precision_by_streets(inputs, alike, exposure, FIT, street=street)
    assert strong == 30
    assert weak < strong


@settings(max_examples=20)
@given(st.integers(0, 8), st.floats(0.01, 30), st.floats(0.3, 20), st.floats(0, 1))
def test_more_leaks_are_never_better(leaks, expected, shape, doubt):
    few, low, high = own_factor(np.array([float(leaks)]), np.array([expected]), shape, np.array([doubt]))
    more, _, _ = own_factor(np.array([leaks + 1.0]), np.array([expected]), shape, np.array([doubt]))
    assert more > few
    assert low <= few <= high


def test_own_record_by_hand():
    own, low, high = own_factor(np.array([3.0]), np.array([1.0]), 1.5, np.array([0.0]))
    law = stats.gamma(4.5, scale=1 / 2.5)
    assert (own[0], low[0], high[0]) == pytest.approx((4.5 / 2.5, law.ppf(0.05), law.ppf(0.95)))


def test_streets_by_hand():
    # four mains, two streets and one without; nothing to learn a shape from in one street of two
    entries = dict(FIT.entries)
    entries["segment.doubt"] = replace(entries["segment.doubt"], value=1e-9)
    fixed = replace(FIT, entries=entries)
    factor, shape = group_factor(
        np.array([0, 0, 1, -1]), np.array([4.0, 0.0, 1.0, 5.0]), np.array([1.0, 1.0, 1.0, 1.0]), 3.0, fixed
    )
    assert shape == pytest.approx(3.0, rel=1e-6)
    # the other one's failures only: (3 + 0)/(3 + 1), (3 + 4)/(3 + 1), nobody else, unknown
    assert factor.tolist() == pytest.approx([3 / 4, 7 / 4, 1.0, 1.0])


def test_each_kind_of_group_is_heard_after_those_before_it():
    """What the wide group explains is not left for the narrow one; the sums stay as found."""
    random = np.random.default_rng(12)
    area = np.repeat(np.arange(100), 40)
    street = np.repeat(np.arange(1000), 4)
    spread = random.gamma(1.5, 1 / 1.5, 100)[area]
    expected = np.full(4000, 0.5)
    failures = random.poisson(expected * spread).astype(float)
    factors, shapes = group_factors({"area": area, "street": street}, failures, expected, FIT)
    assert shapes["area"] == pytest.approx(1.5, rel=0.3)
    assert shapes["street"] > 5
    assert np.corrcoef(np.log(factors["area"]), np.log(spread))[0, 1] > 0.9
    assert (expected * factors["area"] * factors["street"]).sum() == pytest.approx(failures.sum())


def test_numbers_of_combinations():
    one = pd.Series(["b", "a", "b", None])
    assert numbers_of(one).tolist() == [1, 0, 1, -1]
    assert numbers_of(one, pd.Series([2.0, 1.0, np.nan, 1.0])).tolist() == [1, 0, -1, -1]


def test_few_failures_leave_the_shape_as_given():
    few = shape_between(np.array([1.0, 0.0]), np.array([0.01, 0.01]), FIT)
    assert few == pytest.approx(FIT.number("segment.shape"), rel=0.01)


def test_vintage_is_not_age():
    mains, leaks, _ = city(5)
    table = fit(panel.record(mains, leaks, FIT), FIT, until=2020.0).multipliers
    iron = table[table["factor"] == "material_decade"].set_index("level")["multiplier"]
    assert iron["grey_cast_iron 1970"] > 1.4 * iron["grey_cast_iron 1950"]


def test_nothing_known_of_the_mains_but_their_length():
    mains, leaks, _ = city(6, 200)
    bare = mains[["length_km"]]
    found = fit(panel.record(bare, leaks, FIT), FIT, until=2020.0).rates
    assert np.isfinite(found.to_numpy()).all()


def test_without_failures_there_is_nothing_to_fit():
    mains, leaks, _ = city(7, 50)
    with pytest.raises(DataError):
        fit(panel.record(mains, leaks.iloc[:0], FIT), FIT, until=2020.0)
