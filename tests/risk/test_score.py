import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from risk_cases import AS_OF, MODELS, NOTHING_RECORDED, features_of, nothing_known, pipes_of, scored

from gridrisk.errors import ParameterError
from gridrisk.risk import TERMS, combine, score

CONTRACT = [
    "length_m",
    "failures_per_km_year",
    "failures_per_km_year_low",
    "failures_per_km_year_high",
    "likelihood",
    "consequence",
    "risk",
    "risk_per_km",
    "grade",
    "rank",
    "must_renew",
    "must_renew_clauses",
    "flags",
    "measure",
    "patrol_days",
    "leak_survey_days",
]

maybe = st.sampled_from([True, False, None])
pipe = st.fixed_dictionaries(
    {
        "material": st.sampled_from(["grey_cast_iron", "ductile_iron", "steel", "pe", "other", "unknown", None]),
        "cathodic": maybe,
        "diameter_mm": st.one_of(st.none(), st.floats(20, 800)),
        "pressure_class": st.sampled_from(["low", "medium_b", "medium_a", "sub_high_a", None]),
        "install_year": st.one_of(st.none(), st.integers(1950, 2060)),
        "setting": st.sampled_from(["municipal", "courtyard", "riser", "service", None]),
        "laying": st.sampled_from(["direct", "casing", None]),
        "safety_status": st.sampled_from(["ok", "control", "renew_by", "renew_now", "unknown", None]),
        "status": st.sampled_from(["in_service", "idle", None, "abandoned", "planned"]),
    }
)
surroundings = st.fixed_dictionaries(
    {
        "length_m": st.sampled_from([0.0, 0.5, 12.5, 800.0]),
        "age_years": st.one_of(st.none(), st.floats(-5, 90)),
        "built_over": maybe,
        "built_over_m": st.one_of(st.none(), st.floats(0, 50)),
        "shared_trench": maybe,
        "shared_trench_isolated": maybe,
        "void_crossing": maybe,
        "void_crossings": st.one_of(st.none(), st.integers(1, 4)),
        "voids_near": st.one_of(st.none(), st.integers(0, 4)),
        "clearance": maybe,
        "encroached": maybe,
        "work_zone": st.sampled_from(["protection", "control", None]),
        "people": st.one_of(st.none(), st.floats(0, 900)),
        "population": st.one_of(st.none(), st.floats(0, 30000)),
        "critical_place": maybe,
        "critical_kinds": st.sampled_from(["", "school", "school,market", None]),
        "basement_near": maybe,
        "ground_movement": st.one_of(st.none(), st.floats(0, 1)),
        "leaks": st.one_of(st.none(), st.integers(0, 9)),
        "exposure_years": st.one_of(st.none(), st.floats(0, 20)),
    }
)
networks = st.lists(st.tuples(pipe, surroundings), min_size=1, max_size=12)


def run(network, order=None, recorded=True):
    pipes = pipes_of(*(one for one, _ in network))
    features = features_of(pipes, *(two for _, two in network))
    order = list(range(len(network))) if order is None else order
    lost = pd.Series({"p0": 20.0, "p3": 400.0})
    return score(
        pipes.iloc[order], features.iloc[order], MODELS, leaks_recorded=recorded, customers_lost=lost, as_of=AS_OF
    )


@settings(max_examples=12)
@given(networks)
def test_terms_give_the_score_back(network):
    found = run(network)
    live = found[found["scored"]]
    for column, values in combine(live).items():
        np.testing.assert_allclose(live[column], values, rtol=1e-9)
    # and in words that do not go through `combine`
    condition = live["term_base_rate"] * live["term_age"] * live["term_diameter"]
    condition *= live["term_built_over"] * live["term_shared_trench"]
    rate = condition + live["term_ground"] + live["term_third_party"]
    rate = rate * live["term_cohort_record"] * live["term_near_record"] * live["term_own_record"] + live["term_works"]
    chance = live["term_ignition"] * live["term_pressure"] * live["term_size"]
    for column in (c for c in live if c.startswith("term_gather")):
        chance *= live[column]
    harm = chance * (live["term_people"] + live["term_critical"]) + live["term_supply"] + live["term_repair"]
    np.testing.assert_allclose(live["risk"], rate * live["length_m"] / 1000 * harm, rtol=1e-9)


@settings(max_examples=12)
@given(networks, st.randoms(use_true_random=False))
def test_row_order_changes_no_bit(network, random):
    order = list(range(len(network)))
    random.shuffle(order)
    plain = run(network)
    assert_frame_equal(run(network, order).loc[plain.index], plain, check_exact=True)


@settings(max_examples=12)
@given(networks, st.booleans())
def test_every_segment_is_scored_and_its_interval_holds_it(network, recorded):
    found = run(network, recorded=recorded)
    live = found[found["scored"]]
    assert (
        live["failures_per_km_year"].between(live["failures_per_km_year_low"], live["failures_per_km_year_high"]).all()
    )
    assert (live["risk_per_km"] > 0).all()
    assert np.isfinite(live[[term.column for term in TERMS]].to_numpy()).all()
    assert live["grade"].isin(["major", "larger", "general", "low"]).all()
    assert sorted(live["rank"]) == list(range(1, len(live) + 1))
    assert (live["must_renew_missing"].ne("") == live["must_renew"].isna()).all()
    assert (live["renew_deadline"].notna() == live["must_renew"].fillna(False)).all()


def test_columns_of_the_contract():
    found = scored({})
    assert set(CONTRACT) <= set(found.columns)
    assert found.index.name == "pipe_id"
    assert found["must_renew"].dtype == "boolean"


def test_nothing_known_gives_a_wide_interval_and_a_list():
    found = scored({}, NOTHING_RECORDED, around=[{}, nothing_known()])
    known, unknown = found.iloc[0], found.iloc[1]

    def width(row):
        return row["failures_per_km_year_high"] / row["failures_per_km_year_low"]

    assert width(unknown) > 10 * width(known)
    assert set(unknown["unknown"].split(",")) == {
        "material",
        "install_year",
        "diameter_mm",
        "pressure_class",
        "setting",
        "built_over",
        "shared_trench",
        "void_crossing",
        "basement_near",
        "clearance",
        "encroached",
        "ground_movement",
        "people",
        "critical_place",
        "customers_lost",
        "leaks",
    }
    assert unknown["must_renew"] is pd.NA
    assert known["unknown"] == "customers_lost,leaks"


@pytest.mark.parametrize("status", ["abandoned", "planned"])
def test_what_carries_no_gas_is_not_scored(status):
    found = scored({}, {"status": status, "material": "grey_cast_iron"}, {"status": None}, {"status": "idle"})
    row = found.loc["p1"]
    assert not row["scored"]
    assert pd.isna(row["risk"])
    assert pd.isna(row["grade"])
    assert row["rank"] is pd.NA
    assert row["must_renew"] is np.False_ or row["must_renew"] is False
    assert row["length_m"] == 100
    assert found["scored"].tolist() == [True, False, True, True]


def test_a_network_without_segments_in_service():
    found = scored({"status": "abandoned"})
    assert len(found) == 1
    assert not found["scored"].any()


def test_inputs_are_left_alone():
    pipes = pipes_of({"material": "unknown"}, {"status": "abandoned"})
    features = features_of(pipes, {"age_years": -3.0}, {})
    before = pipes.copy(deep=True), features.copy(deep=True)
    score(pipes, features, MODELS, leaks_recorded=True, as_of=AS_OF)
    assert_frame_equal(pd.DataFrame(pipes), pd.DataFrame(before[0]))
    assert_frame_equal(features, before[1])


def test_a_missing_parameter_file_is_named():
    pipes = pipes_of({})
    models = {name: values for name, values in MODELS.items() if name != "grades"}
    with pytest.raises(ParameterError, match="grades"):
        score(pipes, features_of(pipes, {}), models, leaks_recorded=False, as_of=AS_OF)
