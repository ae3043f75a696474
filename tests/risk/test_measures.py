import pytest
from risk_cases import MODELS, scored

from gridrisk.risk import measure_texts


def days(*changes, around, **options):
    found = scored(*changes, around=around, **options)
    return found["patrol_days"].tolist(), found["leak_survey_days"].tolist()


def test_leak_survey_by_material_and_age():
    # PE or protected steel a year, else half; past 15 of 30 design years half of that, also where the age is unknown
    changes = [{}, {}, {}, {"material": "steel", "cathodic": True}, {"material": "steel"}, {"material": "ductile_iron"}]
    ages = [10.0, 16.0, None, 10.0, 10.0, 10.0]
    found = scored(*changes, around=[{"age_years": age} for age in ages])
    assert set(found["grade"]) <= {"low", "general"}
    assert found["leak_survey_days"].tolist() == [365, 182, 182, 365, 182, 182]


def test_upper_grades_are_surveyed_more_often():
    found = scored(
        {"safety_status": "renew_now"}, {}, around=[{}, {"shared_trench": True, "shared_trench_isolated": False}]
    )
    assert found["grade"].tolist() == ["major", "larger"]
    assert found["leak_survey_days"].tolist() == [30, 90]
    assert found["patrol_days"].tolist() == [1, 3]


def test_patrol():
    # weekly; twice a week for medium pressure over 20 years; daily while works go on
    young, aged = {"age_years": 10.0}, {"age_years": 21.0}
    found = scored(
        {},
        {"pressure_class": "medium_a"},
        {"pressure_class": "medium_a"},
        {"pressure_class": "medium_a"},
        {},
        around=[aged, young, aged, {"age_years": None}, {"encroached": True, "work_zone": "control"}],
    )
    assert found["patrol_days"].tolist() == [7, 7, 3, 3, 1]


def test_measures():
    found = scored(
        {},
        {"safety_status": None},
        {},
        around=[
            {},
            {"age_years": 30.0},
            {
                "built_over": True,
                "built_over_m": 5.0,
                "void_crossing": True,
                "encroached": True,
                "work_zone": "control",
            },
        ],
    )["measure"]
    assert found.tolist() == ["routine", "assess", "clear_structure,methane_sensor,guard_works,more_patrol"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_measure_has_a_text(lang):
    texts = measure_texts(MODELS["measures"], lang)
    assert set(texts) == {
        "routine",
        "more_patrol",
        "clear_structure",
        "isolate_trench",
        "methane_sensor",
        "guard_works",
        "protect_clearance",
        "assess",
    }
    assert all(texts.values())
