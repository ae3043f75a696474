import numpy as np
import pandas as pd
import pytest
from risk_cases import AS_OF, FEATURE, MODELS, PIPE, features_of, pipes_of, scored
from scipy import stats
from scipy.integrate import quad

from gridrisk.risk import score
from gridrisk.risk.facts import gather
from gridrisk.risk.likelihood import exposed, prior

YEARS = {"exposure_years": 10.0}


#: The prior while the record ran, at ages 15 to 25: the mean of 0.05 · (age/25)^0.4, and 0.03 for digging.
THEN = 0.05 * quad(lambda age: (age / 25) ** 0.4, 15, 25)[0] / 10 + 0.03


def test_own_leaks_by_hand():
    # one segment, so its cohort says nothing; today μ = 0.08; km·a = 0.1·10 = 1, k = 1.5:
    # rate = 0.08 · (1.5 + 3) / (1.5 + then · 1)
    found = scored({}, around=[YEARS | {"leaks": 3}], leaks_recorded=True).iloc[0]
    assert found["failures_per_km_year"] == pytest.approx(0.08 * 4.5 / (1.5 + THEN), rel=1e-6)
    law = stats.gamma(4.5, scale=0.08 / (1.5 + THEN))
    assert found["failures_per_km_year_low"] == pytest.approx(law.ppf(0.05), rel=1e-6)
    assert found["failures_per_km_year_high"] == pytest.approx(law.ppf(0.95), rel=1e-6)


def test_cohort_by_hand():
    # two alike: the other one's 4 leaks against those expected then: (5 + 4) / (5 + then); its own none
    found = scored({}, {}, around=[YEARS | {"leaks": 0}, YEARS | {"leaks": 4}], leaks_recorded=True)
    assert found["term_cohort_record"].tolist() == pytest.approx([9 / (5 + THEN), 5 / (5 + THEN)], rel=1e-6)


def test_the_record_is_held_against_the_age_it_had():
    """A pipe that leaks just as the prior says of each of its years is left as it is, whatever its age now."""
    model = MODELS["likelihood/prior"]
    pipe = {"material": "steel", "cathodic": False, "install_year": 1995}
    ages = {"age_years": 30.0, "exposure_years": 28.0, "length_m": 1_000_000.0}
    mean = (
        0.5 * quad(lambda age: (max(age, 3) / 25) ** 1.2, 2, 30)[0] / 28
        + model.table("third_party_per_km_year")["municipal"]
    )
    leaks = round(mean * 1000 * 28)
    found = scored(pipe, around=[ages | {"leaks": leaks}], leaks_recorded=True).iloc[0]
    assert found["term_own_record"] * found["term_cohort_record"] == pytest.approx(1.0, abs=0.01)


def test_another_decade_is_another_cohort():
    found = scored(
        {"install_year": 1999}, {"install_year": 2000}, around=[YEARS, YEARS | {"leaks": 4}], leaks_recorded=True
    )
    assert found["term_cohort_record"].iloc[0] == pytest.approx(1.0)


def test_quiet_years_lower_and_leaks_raise():
    found = scored({}, around=[YEARS], leaks_recorded=True).iloc[0]
    assert found["term_own_record"] < 1
    assert found["failures_per_km_year"] < 0.08


def test_without_years_on_record_leaks_say_nothing():
    found = scored({}, around=[{"leaks": 3}], leaks_recorded=True).iloc[0]
    assert found["failures_per_km_year"] == pytest.approx(0.08)


def test_works_are_not_multiplied_by_the_record():
    around = YEARS | {"leaks": 3, "encroached": True, "work_zone": "protection"}
    found = scored({}, around=[around], leaks_recorded=True).iloc[0]
    # 1.0 per km and year on 50 of 100 m
    assert found["failures_per_km_year"] == pytest.approx(0.08 * 4.5 / (1.5 + THEN) + 0.5, rel=1e-6)


def test_an_unknown_input_gives_the_record_more_weight():
    around = [YEARS | {"leaks": 5}]
    known = scored({"material": "steel", "cathodic": False}, around=around, leaks_recorded=True).iloc[0]
    unknown = scored({"material": "steel", "cathodic": None}, around=around, leaks_recorded=True).iloc[0]
    raised = known["term_own_record"] * known["term_base_rate"]
    assert unknown["term_own_record"] * unknown["term_base_rate"] > raised * 0.5
    assert unknown["term_own_record"] > known["term_own_record"]


def _city(seed, size, shape):
    """Segments whose true rates spread around the prior by a gamma law of known shape, and their leaks."""
    random = np.random.default_rng(seed)
    pipes = pipes_of(*[PIPE | {"material": "steel", "cathodic": False}] * size)
    features = features_of(pipes, *[FEATURE | YEARS | {"length_m": 500.0}] * size)
    # steel as it was over the ten years of the record, and as it is today
    then = 0.5 * quad(lambda age: (age / 25) ** 1.2, 15, 25)[0] / 10 + 0.03
    spread = random.gamma(shape, 1 / shape, size)
    truth = 0.53 * spread
    features["leaks"] = pd.array(random.poisson(then * spread * 5.0), dtype="Int64")
    return pipes, features, truth


def test_intervals_cover_the_true_rates():
    pipes, features, truth = _city(7, 3000, 2.0)
    found = score(pipes, features, MODELS, leaks_recorded=True, as_of=AS_OF)
    inside = (found["failures_per_km_year_low"] <= truth) & (truth <= found["failures_per_km_year_high"])
    assert 0.87 <= inside.mean() <= 0.93
    assert found["record_shape"].iloc[0] == pytest.approx(2.0, rel=0.2)
    assert found["failures_per_km_year"].sum() == pytest.approx(truth.sum(), rel=0.05)


def test_intervals_cover_the_true_rates_without_a_record():
    # k = 1.5 is what the file assumes of the spread
    pipes, features, truth = _city(8, 3000, 1.5)
    found = score(pipes, features, MODELS, leaks_recorded=False, as_of=AS_OF)
    inside = (found["failures_per_km_year_low"] <= truth) & (truth <= found["failures_per_km_year_high"])
    assert 0.88 <= inside.mean() <= 0.92


def test_the_street_is_heard_where_the_record_is_big_enough():
    random = np.random.default_rng(9)
    size, streets = 2000, 200
    street = random.integers(0, streets, size)
    spread = random.gamma(2.0, 0.5, streets)[street]
    pipes = pipes_of(*[PIPE | {"material": "steel", "cathodic": False, "road": f"s{i}"} for i in street])
    features = features_of(pipes, *[FEATURE | YEARS | {"length_m": 300.0}] * size)
    features["leaks"] = pd.array(random.poisson(0.4 * spread * 3.0), dtype="Int64")
    found = score(pipes, features, MODELS, leaks_recorded=True, as_of=AS_OF)
    assert np.corrcoef(np.log(found["term_near_record"]), np.log(spread))[0, 1] > 0.85
    # what leaked is 0.4 per km and year; the prior while the record ran says how much that is today
    then = 0.5 * quad(lambda age: (age / 25) ** 1.2, 15, 25)[0] / 10 + 0.03
    assert found["failures_per_km_year"].sum() == pytest.approx((0.53 / then * 0.4 * spread).sum(), rel=0.06)


def test_a_small_record_leaves_the_rules():
    found = scored({}, {}, around=[YEARS | {"leaks": 0}, YEARS | {"leaks": 4}], leaks_recorded=True)
    assert found["term_near_record"].tolist() == [1.0, 1.0]
    assert found["record_shape"].tolist() == [1.5, 1.5]


def test_pipes_taken_out_of_use_are_heard_with_the_age_they_had():
    """Their leaks speak of those alike that still lie there; scored they are not."""
    pipe = {"material": "steel", "cathodic": False, "install_year": 1980}
    gone = pipe | {"status": "abandoned", "retired_on": pd.Timestamp("2005-06-30")}
    around = [{"age_years": 45.0, "exposure_years": 10.0}, {"age_years": 45.0, "exposure_years": 5.0, "leaks": 4}]
    found = scored(pipe, gone, around=around, leaks_recorded=True)
    # 0.1 km and 5 a at ages 20 to 25, by the prior of steel and of digging
    then = 0.5 * quad(lambda age: (age / 25) ** 1.2, 20, 25)[0] / 5 + 0.03
    assert found["term_cohort_record"].iloc[0] == pytest.approx((5 + 4) / (5 + then * 0.5), rel=1e-3)
    assert not found["scored"].iloc[1]
    # of one of which nobody knows when it was taken out nothing is heard
    unknown = scored(pipe, gone | {"retired_on": pd.NaT}, around=around, leaks_recorded=True)
    assert unknown["term_cohort_record"].iloc[0] == pytest.approx(1.0)


def test_the_fitted_level_is_that_of_the_record():
    """What is expected of the years on record is what was found, old and new pipes, retired and standing together."""
    random = np.random.default_rng(3)
    size = 1200
    year = random.integers(1970, 2015, size)
    out = random.random(size) < 0.2
    pipes = pipes_of(
        *[
            {"material": "steel", "cathodic": False, "install_year": int(y)}
            | ({"status": "abandoned", "retired_on": pd.Timestamp("2020-01-01")} if o else {})
            for y, o in zip(year, out, strict=True)
        ]
    )
    features = features_of(
        pipes,
        *[
            {"age_years": 2025.0 - y, "exposure_years": 5.0 if o else 10.0, "length_m": 400.0}
            for y, o in zip(year, out, strict=True)
        ],
    )
    features["leaks"] = pd.array(random.poisson(np.where(out, 0.5, 1.0) * 1.0), dtype="Int64")
    found = score(pipes, features, MODELS, leaks_recorded=True, as_of=AS_OF)
    live = found[found["scored"]]
    facts = gather(pipes[~out], features[~out], MODELS["standards/pressure"], leaks_recorded=True, customers_lost=None)
    model = MODELS["likelihood/prior"]
    then = exposed(prior(facts, model), facts, model) * 0.4 * 10.0
    expected = then * live["term_cohort_record"] * live["term_near_record"] * live["term_own_record"]
    assert expected.sum() == pytest.approx(features["leaks"][~out].sum(), rel=0.03)
