import datetime as dt

import pandas as pd
import pytest
from risk_cases import AS_OF, MODELS, scored, with_value

from gridrisk.errors import ParameterError
from gridrisk.risk import load_rules

AGED = {"age_years": 30.0}
YOUNG = {"age_years": 10.0}
OVER = {"built_over": True, "built_over_m": 5.0}
CROSSING = {"void_crossing": True, "void_crossings": 1, "voids_near": 1}

#: rule, pipe, features, and what each gives: met, not met, unknown with the fields that decide.
CASES = [
    (
        "grey_cast_iron",
        {"material": "grey_cast_iron"},
        {},
        {"material": "pe"},
        {},
        {"material": None},
        {},
        {"material"},
    ),
    (
        "ductile_iron_unfit",
        {"material": "ductile_iron", "safety_status": "renew_by"},
        {},
        {"material": "ductile_iron", "safety_status": "control"},
        {},
        {"material": "ductile_iron", "safety_status": "unknown"},
        {},
        {"safety_status"},
    ),
    (
        "steel_pe_aged",
        {"material": "steel", "safety_status": "renew_by"},
        {"age_years": 20.0},
        {"material": "steel", "safety_status": "ok"},
        AGED,
        {"material": "steel", "safety_status": None},
        AGED,
        {"safety_status"},
    ),
    (
        "steel_pe_young",
        {"safety_status": "renew_by"},
        YOUNG | {"clearance": True},
        {"safety_status": None},
        YOUNG,
        {"safety_status": None},
        YOUNG | {"clearance": True},
        {"safety_status"},
    ),
    ("built_over", {}, OVER, {}, {}, {}, {"built_over": None}, {"built_over"}),
    (
        "assessed_renew_by",
        {"safety_status": "renew_by"},
        {},
        {"safety_status": "control"},
        {},
        {"safety_status": None},
        AGED,
        {"safety_status"},
    ),
    (
        "assessed_renew_now",
        {"safety_status": "renew_now"},
        {},
        {"safety_status": "ok"},
        {},
        {"safety_status": "unknown"},
        AGED,
        {"safety_status"},
    ),
    (
        "major_hazard_structure",
        {"pressure_class": "medium_b"},
        OVER,
        {"pressure_class": "low"},
        OVER,
        {"pressure_class": "medium_a"},
        {"built_over": None},
        {"built_over"},
    ),
    (
        "major_hazard_conduit",
        {"laying": "direct"},
        CROSSING,
        {"laying": "casing"},
        CROSSING,
        {"laying": None},
        CROSSING,
        {"laying"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_each_rule_met_not_met_and_undecided(case):
    rule, met, met_around, unmet, unmet_around, open_, open_around, fields = case
    found = scored(met, unmet, open_, around=[met_around, unmet_around, open_around])
    names = found["must_renew_rules"].str.split(",")
    assert rule in names["p0"]
    assert found.loc["p0", "must_renew"]
    assert found.loc["p0", "must_renew_clauses"] != ""
    assert rule not in names["p1"]
    assert rule not in names["p2"]
    assert found.loc["p2", "must_renew"] is pd.NA
    assert fields <= set(found.loc["p2", "must_renew_missing"].split(","))


def test_every_rule_has_a_case():
    assert [case[0] for case in CASES] == [rule.name for rule in load_rules(MODELS["rules/must_renew"])]


def test_nothing_against_a_sound_pipe():
    found = scored({}).iloc[0]
    assert not found["must_renew"]
    assert (found["must_renew_clauses"], found["must_renew_missing"]) == ("", "")
    assert pd.isna(found["renew_deadline"])


def test_low_pressure_built_over_is_renewal_but_no_major_hazard():
    found = scored({"pressure_class": "low"}, around=[OVER]).iloc[0]
    assert found["must_renew_rules"] == "built_over"
    assert found["must_renew_clauses"].startswith("国办发〔2022〕22号")


def test_unknown_pressure_leaves_only_the_major_hazard_open():
    found = scored({"pressure_class": None}, around=[OVER]).iloc[0]
    assert found["must_renew"]
    assert found["must_renew_rules"] == "built_over"


def test_age_unknown_is_no_way_out():
    found = scored({"safety_status": "renew_by"}, around=[{"age_years": None}]).iloc[0]
    assert found["must_renew_rules"] == "assessed_renew_by"


def test_deadlines():
    # rule: three years from the day of the score; the assessment's own date where nearer; at once: one year
    found = scored(
        {"material": "grey_cast_iron"},
        {"safety_status": "renew_by", "renew_by": pd.Timestamp("2026-03-31")},
        {"safety_status": "renew_by", "renew_by": pd.Timestamp("2031-01-01")},
        {"safety_status": "renew_now"},
        {"renew_by": pd.Timestamp("2026-03-31")},
    )["renew_deadline"]
    assert found.tolist()[:4] == [pd.Timestamp(day) for day in ("2028-06-30", "2026-03-31", "2028-06-30", "2026-06-30")]
    assert pd.isna(found.iloc[4])


def test_leap_day():
    found = scored({"material": "grey_cast_iron"}, as_of=dt.date(2024, 2, 29))
    assert found["renew_deadline"].iloc[0] == pd.Timestamp("2027-02-28")


def test_a_leak_on_record_is_a_hidden_danger():
    around = YOUNG | {"leaks": 1, "exposure_years": 5.0}
    found = scored({"safety_status": None}, around=[around], leaks_recorded=True).iloc[0]
    assert found["must_renew"] is pd.NA
    assert "steel_pe_young" not in found["must_renew_rules"]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"kind": "renewal", "when": {"matrial": ["pe"]}, "deadline_years": 3, "en": "", "zh": ""}, "material"),
        ({"kind": "renewal", "when": {"material": "pe"}, "deadline_years": 3, "en": "", "zh": ""}, "wrong type"),
        ({"kind": "removal", "when": {}, "deadline_years": 3, "en": "", "zh": ""}, "removal"),
        ({"kind": "renewal", "when": {}, "en": "", "zh": ""}, "deadline_years"),
    ],
)
def test_a_faulty_rule_is_refused(value, what):
    with pytest.raises(ParameterError, match=what):
        load_rules(with_value("rules/must_renew", "built_over", value)["rules/must_renew"])


def test_a_city_may_count_control_as_hidden_danger():
    rule = dict(MODELS["rules/must_renew"]["steel_pe_aged"].value)
    rule["when"] = rule["when"] | {"safety_status": ["control", "renew_by", "renew_now"]}
    from risk_cases import features_of, pipes_of

    from gridrisk.risk import score

    pipes = pipes_of({"safety_status": "control"})
    features = features_of(pipes, AGED)
    changed = with_value("rules/must_renew", "steel_pe_aged", rule)
    assert not score(pipes, features, MODELS, leaks_recorded=False, as_of=AS_OF)["must_renew"].iloc[0]
    assert score(pipes, features, changed, leaks_recorded=False, as_of=AS_OF)["must_renew"].iloc[0]
