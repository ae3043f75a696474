import numpy as np
import pandas as pd
import pytest
from risk_cases import MODELS, features_of, nothing_known, pipes_of

from gridrisk.errors import DataError
from gridrisk.risk.facts import gather

PRESSURE = MODELS["standards/pressure"]


def facts_of(change, around=None, **options):
    pipes = pipes_of(change)
    options = {"leaks_recorded": True, "customers_lost": None} | options
    return gather(pipes, features_of(pipes, around or {}), PRESSURE, **options).iloc[0]


@pytest.mark.parametrize(
    ("shared", "isolated", "state"),
    [
        (False, None, "none"),
        (True, True, "isolated"),
        (True, False, "open"),
        (True, None, "shared"),
        (None, None, None),
    ],
)
def test_trench(shared, isolated, state):
    found = facts_of({}, {"shared_trench": shared, "shared_trench_isolated": isolated})["trench"]
    assert found == state if state else pd.isna(found)


@pytest.mark.parametrize(
    ("crossing", "near", "state"),
    [(True, 1, "crossing"), (False, 2, "near"), (False, 0, "none"), (False, None, None), (None, 2, None)],
)
def test_void(crossing, near, state):
    found = facts_of({}, {"void_crossing": crossing, "voids_near": near})["void"]
    assert found == state if state else pd.isna(found)


@pytest.mark.parametrize(
    ("encroached", "zone", "state"),
    [
        (True, "control", "control"),
        (True, "protection", "protection"),
        (True, None, "protection"),
        (False, "none", "none"),
        (None, None, None),
    ],
)
def test_works(encroached, zone, state):
    found = facts_of({}, {"encroached": encroached, "work_zone": zone})["works"]
    assert found == state if state else pd.isna(found)


def test_unknown_material_and_a_year_to_come_are_unknown():
    assert pd.isna(facts_of({"material": "unknown"})["material"])
    assert np.isnan(facts_of({}, {"age_years": -24.0})["age_years"])


def test_pressure_class_by_operating_pressure():
    assert facts_of({"pressure_class": None, "mop_kpa": 300.0})["pressure_class"] == "medium_a"


def test_people_are_the_greater_of_buildings_and_raster():
    # 1,000 people a km2 within 30 m of 100 m: (π·900 + 6,000) m2 = 8,827.4 m2, 8.8274 people
    assert facts_of({}, {"people": 5.0, "population": 1000.0})["people"] == pytest.approx(8.827433388)
    assert facts_of({}, {"people": 50.0, "population": 1000.0})["people"] == 50
    assert facts_of({}, {"people": None, "people_unknown": None, "population": 1000.0})["people"] == pytest.approx(
        8.827433388
    )


def test_a_lower_bound_is_no_count():
    found = facts_of({}, {"people": 40.0, "people_unknown": 3})
    assert np.isnan(found["people"])
    assert found["people_least"] == 40


def test_without_a_record_leaks_are_unknown():
    around = {"leaks": 2, "exposure_years": 5.0}
    assert facts_of({}, around)["leaks"] == 2
    assert np.isnan(facts_of({}, around, leaks_recorded=False)["leaks"])


def test_nothing_is_read_as_no():
    found = facts_of({"cathodic": None, "setting": None}, nothing_known())
    for name in (
        "built_over",
        "clearance",
        "basement_near",
        "trench",
        "void",
        "works",
        "setting",
        "cathodic",
        "people",
    ):
        assert pd.isna(found[name]), name


def test_a_segment_without_features_is_named():
    pipes = pipes_of({}, {})
    features = features_of(pipes, {}, {}).drop("p1")
    with pytest.raises(DataError, match="p1"):
        gather(pipes, features, PRESSURE, leaks_recorded=False, customers_lost=None)
