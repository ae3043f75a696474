import numpy as np
import pandas as pd
import pytest
from risk_cases import AS_OF, FEATURE, MODELS, PIPE, features_of, pipes_of, scored
from scipy import stats

from gridrisk.risk import score

YEARS = {"exposure_years": 10.0}


def test_own_leaks_by_hand():
    # one segment, so its cohort says nothing; μ = 0.08, km·a = 0.1·10 = 1, k = 1.5:
    # rate = (1.5 + 3) / (1.5/0.08 + 1) = 4.5 / 19.75
    found = scored({}, around=[YEARS | {"leaks": 3}], leaks_recorded=True).iloc[0]
    assert found["failures_per_km_year"] == pytest.approx(4.5 / 19.75, rel=1e-12)
    law = stats.gamma(4.5, scale=1 / 19.75)
    assert found["failures_per_km_year_low"] == pytest.approx(law.ppf(0.05), rel=1e-9)
    assert found["failures_per_km_year_high"] == pytest.approx(law.ppf(0.95), rel=1e-9)


def test_cohort_by_hand():
    # two alike: the other one's 4 leaks against 0.08·1 expected: (5 + 4) / (5 + 0.08); its own none
    found = scored({}, {}, around=[YEARS | {"leaks": 0}, YEARS | {"leaks": 4}], leaks_recorded=True)
    assert found["term_cohort_record"].tolist() == pytest.approx([9 / 5.08, 5 / 5.08], rel=1e-12)


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
    assert found["failures_per_km_year"] == pytest.approx(4.5 / 19.75 + 0.5, rel=1e-12)


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
    truth = 0.53 * random.gamma(shape, 1 / shape, size)
    features["leaks"] = pd.array(random.poisson(truth * 5.0), dtype="Int64")
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
