import pandas as pd
import pytest
from scenes import PARAMS, layer, pipes
from shapely.geometry import LineString, Point, box

from gridrisk.features import basement_near, critical_places

ITEM = LineString([(0, 0), (100, 0)])
LOW = {"height_m": 9.0}


def run(customers, buildings, item=ITEM):
    frame = pipes([item])
    reach = pd.Series(30.0, index=frame.index)
    return critical_places(frame, customers, buildings, PARAMS["standards/surroundings"], reach_m=reach).iloc[0]


def users(*kinds, **columns):
    return layer("customers", [Point(50, 29)] * len(kinds), kind=list(kinds), fuel="pipe", **columns)


def test_kinds_of_customers():
    found = run(users("school", "resident", "hospital", "school"), layer("buildings", []))
    assert found["critical_place"]
    assert found["critical_kinds"] == "hospital,school"


def test_a_customer_may_be_marked():
    assert run(users("shop", critical=True), layer("buildings", []))["critical_kinds"] == "critical"
    assert not run(users("shop", critical=None), layer("buildings", []))["critical_place"]


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ({"kind": "实验小学", **LOW}, "school"),
        ({"kind": "Hospital wing", **LOW}, "hospital"),
        ({"height_m": 101.0}, "high_rise"),
        ({"floors": 34}, "high_rise"),
    ],
)
def test_buildings(columns, kinds):
    assert run(users(), layer("buildings", [box(0, 20, 9, 40)], **columns))["critical_kinds"] == kinds


def test_a_tower_of_100_m_is_not_over_it():
    assert not run(users(), layer("buildings", [box(0, 20, 9, 40)], height_m=100.0))["critical_place"]


def test_unknown_is_never_no():
    assert pd.isna(run(users(), layer("buildings", [box(0, 20, 9, 40)]))["critical_place"])
    assert not run(users(), layer("buildings", [box(0, 31, 9, 40)]))["critical_place"]
    assert pd.isna(run(None, layer("buildings", []))["critical_place"])
    assert pd.isna(run(users("shop"), None)["critical_place"])
    assert run(users("school"), None)["critical_place"]
    assert pd.isna(run(users(), layer("buildings", []), item=None)["critical_place"])


@pytest.mark.parametrize(
    ("basements", "spaces", "expected"),
    [
        ([True, None], [], True),
        ([False, None], [], pd.NA),
        ([False, False], [], False),
        ([False, None], ["basement"], True),
        ([False, False], ["manhole"], False),
        ([False, False], None, pd.NA),
        (None, ["basement"], True),
        (None, [], pd.NA),
    ],
)
def test_basements(basements, spaces, expected):
    frame = pipes([ITEM])
    houses = None if basements is None else layer("buildings", [box(0, 5, 9, 9)] * 2, basement=basements)
    voids = None if spaces is None else layer("voids", [Point(5, 5)] * len(spaces), kind=spaces)
    found = basement_near(frame, houses, voids, reach_m=pd.Series(10.0, index=frame.index)).iloc[0]
    assert found is expected or found == expected
