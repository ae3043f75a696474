import numpy as np
import pandas as pd
import pytest
from scenes import PARAMS, layer, pipes
from shapely.geometry import LineString, Point, box

from gridrisk.features import impact_radius_m, people_in_reach
from gridrisk.features.people import people_of_buildings

ITEM = LineString([(0, 0), (100, 0)])


def run(frame, buildings, customers, reach=30.0):
    return people_in_reach(
        frame, buildings, customers, reach_m=pd.Series(reach, index=frame.index), per_household=2.5
    ).iloc[0]


def test_impact_radius():
    # 0.00315 * 323.9 mm * sqrt(800 kPa) = 28.9 m, raised to 30; 508 mm at 1600 kPa: 64.0 m; without any record 1016 mm at 4000 kPa
    frame = pipes(
        [ITEM] * 4,
        material="steel",
        diameter_mm=[323.9, 508, 508, None],
        pressure_class=["sub_high_b", "sub_high_a", "sub_high_a", None],
        mop_kpa=[None, None, 1200, None],
    )
    expected = [30.0, 0.00315 * 508 * 40, 0.00315 * 508 * np.sqrt(1200), 0.00315 * 1016 * np.sqrt(4000)]
    assert impact_radius_m(frame, PARAMS).tolist() == pytest.approx(expected)
    assert expected[1] == pytest.approx(64.0, abs=0.05)


def test_people_by_hand():
    houses = layer(
        "buildings",
        [box(0, 10, 10, 20), box(20, 10, 30, 20), box(40, 10, 50, 20), box(0, 31, 10, 40)],
        people=[7, None, None, 1000],
    )
    users = layer(
        "customers",
        [Point(5, 15), Point(25, 15), Point(26, 15), Point(60, 20), Point(60, 40), Point(61, 20)],
        kind=["resident", "resident", "resident", "resident", "resident", "shop"],
        fuel="pipe",
        households=[50, 4, None, 2, 100, None],
    )
    found = run(pipes([ITEM]), houses, users)
    # 7 recorded (its customers are among them) + 5 households * 2.5 in the second + 2 * 2.5 in no building; the third
    # building is unknown, the fourth and the fifth customer are too far
    assert found["people"] == pytest.approx(7 + 12.5 + 5)
    assert found["people_unknown"] == 1


def test_a_recorded_nobody_is_nobody():
    inside, _ = people_of_buildings(
        layer("buildings", [box(0, 0, 9, 9)], people=0),
        layer("customers", [Point(1, 1)], kind="resident", fuel="pipe", households=9),
        per_household=2.5,
    )
    assert inside.tolist() == [0]


def test_a_customer_in_overlapping_buildings_counts_once():
    houses = layer("buildings", [box(0, 0, 9, 9), box(0, 0, 9, 9)])
    users = layer("customers", [Point(1, 1)], kind="resident", fuel="pipe", households=2)
    assert run(pipes([ITEM]), houses, users)["people"] == pytest.approx(5)


def test_what_was_never_surveyed():
    frame = pipes([ITEM])
    assert pd.isna(run(frame, None, None)["people"])
    users = layer("customers", [Point(1, 1)], kind="resident", fuel="pipe")
    found = run(frame, None, users)
    assert found["people"] == pytest.approx(2.5)
    assert pd.isna(found["people_unknown"])
    assert run(frame, layer("buildings", [box(0, 0, 1, 1)], people=3), None)["people"] == 3
    assert pd.isna(run(pipes([None]), layer("buildings", []), users)["people"])
