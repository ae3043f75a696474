import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_cases import scored

MATERIALS = ["grey_cast_iron", "ductile_iron", "steel", "pe", "other", "unknown", None]


def test_plain_polyethylene_by_hand():
    # 0.05 at the reference age and diameter + 0.03 unannounced digging
    assert scored({})["failures_per_km_year"].iloc[0] == pytest.approx(0.08, rel=1e-12)


def test_old_steel_by_hand():
    # 0.5 · (40/25)^1.2 · (80/160)^-0.3 · (1 + 1.5·20/100) · 2 + 0.08·0.5 + 0.03 + 0.2·50/100
    # = 0.5 · 1.757697 · 1.231144 · 1.3 · 2 + 0.04 + 0.03 + 0.1 = 2.983172
    found = scored(
        {"material": "steel", "cathodic": False, "diameter_mm": 80.0},
        around=[
            {
                "age_years": 40.0,
                "built_over": True,
                "built_over_m": 20.0,
                "shared_trench": True,
                "shared_trench_isolated": False,
                "ground_movement": 0.5,
                "encroached": True,
                "work_zone": "control",
            }
        ],
    ).iloc[0]
    assert found["failures_per_km_year"] == pytest.approx(2.983172, rel=1e-6)
    assert found["term_age"] == pytest.approx(1.757697, rel=1e-6)
    assert found["term_diameter"] == pytest.approx(1.231144, rel=1e-6)
    assert found["term_built_over"] == pytest.approx(1.3)
    assert found["term_works"] == pytest.approx(0.1)


def test_steel_of_unknown_protection_lies_between():
    # shares 0.20 and 0.22: (0.2·0.5 + 0.22·0.1) / 0.42
    found = scored(*({"material": "steel", "cathodic": value} for value in (True, None, False)))
    assert found["term_base_rate"].tolist() == pytest.approx([0.1, 0.122 / 0.42, 0.5])
    assert found["unknown"].str.contains("cathodic").tolist() == [False, True, False]


def test_unknown_material_spans_every_kind():
    found = scored(*({"material": name, "cathodic": flag} for name, flag in KINDS), {"material": None})
    known, unknown = found.iloc[:-1], found.iloc[-1]
    assert unknown["failures_per_km_year_low"] <= known["failures_per_km_year_low"].min() * (1 + 1e-9)
    assert unknown["failures_per_km_year_high"] >= known["failures_per_km_year_high"].max() * (1 - 1e-9)
    assert known["failures_per_km_year"].min() < unknown["failures_per_km_year"] < known["failures_per_km_year"].max()


KINDS = [
    ("grey_cast_iron", None),
    ("ductile_iron", None),
    ("steel", True),
    ("steel", False),
    ("pe", None),
    ("other", None),
]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("built_over", [{"built_over": False}, {"built_over": True, "built_over_m": 100.0}]),
        ("shared_trench", [{"shared_trench": True, "shared_trench_isolated": value} for value in (True, False)]),
        ("ground_movement", [{"ground_movement": 0.0}, {"ground_movement": 1.0}]),
        ("encroached", [{"encroached": False}, {"encroached": True, "work_zone": "protection"}]),
    ],
)
def test_an_unknown_surrounding_spans_what_it_may_be(field, values):
    known = scored(*[{}] * len(values), around=values)
    unknown = scored({}, around=[{key: None for value in values for key in value}]).iloc[0]
    assert unknown["failures_per_km_year_low"] <= known["failures_per_km_year_low"].min() * (1 + 1e-9)
    assert unknown["failures_per_km_year_high"] >= known["failures_per_km_year_high"].max() * (1 - 1e-9)
    assert field in unknown["unknown"].split(",")


@settings(max_examples=12)
@given(
    st.sampled_from(MATERIALS),
    st.sampled_from([True, False, None]),
    st.lists(st.floats(0, 130), min_size=2, max_size=6),
    st.floats(20, 600),
    st.sampled_from([True, False, None]),
)
def test_an_older_pipe_of_the_same_kind_never_scores_lower(material, cathodic, ages, diameter, built_over):
    ages = sorted(ages)
    pipe = {"material": material, "cathodic": cathodic, "diameter_mm": diameter}
    found = scored(*[pipe] * len(ages), around=[{"age_years": age, "built_over": built_over} for age in ages])
    for column in ("failures_per_km_year", "risk", "risk_per_km"):
        assert found[column].is_monotonic_increasing, column
