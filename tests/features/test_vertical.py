import pandas as pd
import pytest
from scenes import PARAMS, layer, pipes
from shapely.geometry import LineString

from gridrisk.features.vertical import vertical_clearance

# polyethylene of 110 mm: radius 0.055 m; cover 1.0 m, so its bottom lies 1.11 m deep
ITEM = LineString([(0, 0), (10, 0)])
ACROSS = LineString([(5, -5), (5, 5)])


def measure(frame, utilities):
    radius = pd.Series(0.055, index=frame.index)
    return vertical_clearance(frame, utilities, PARAMS["standards/surroundings"], radius_m=radius).iloc[0]


@pytest.mark.parametrize(
    ("kind", "laying", "depth", "found", "shortfall"),
    [
        ("water", None, 1.21, True, 0.05),  # 0.10 below the bottom, 0.15 asked
        ("water", None, 1.26, False, 0.0),  # just 0.15
        ("water", None, 0.95, True, 0.10),  # above: at most 0.05 is left
        ("water", None, 0.50, None, None),  # above: its own height is not recorded
        ("power", "direct", 1.51, True, 0.10),  # 0.40 of 0.50
        ("power", "duct", 1.51, False, 0.0),  # 0.40 of 0.15
        ("power", None, 1.51, None, None),  # in a duct or not
        ("water", None, None, None, None),
    ],
)
def test_crossings_by_hand(kind, laying, depth, found, shortfall):
    row = measure(pipes([ITEM], depth_m=1.0), layer("utilities", [ACROSS], kind=kind, laying=laying, depth_m=depth))
    assert row["crossings"] == 1
    if found is None:
        assert pd.isna(row["vertical_clearance"])
        assert pd.isna(row["vertical_shortfall_m"])
    else:
        assert bool(row["vertical_clearance"]) is found
        assert row["vertical_shortfall_m"] == pytest.approx(shortfall, abs=1e-6)
        assert row["vertical_kinds"] == kind if found else pd.isna(row["vertical_kinds"])


def test_what_does_not_cross_asks_nothing():
    row = measure(pipes([ITEM]), layer("utilities", [LineString([(0, 0.3), (10, 0.3)])], kind="water"))
    assert row["crossings"] == 0
    assert not row["vertical_clearance"]
    assert row["vertical_shortfall_m"] == 0


def test_a_riser_crosses_nothing():
    row = measure(pipes([ITEM], setting="riser"), layer("utilities", [ACROSS], kind="water"))
    assert row["crossings"] == 0


def test_never_surveyed_and_nowhere_are_unknown():
    assert measure(pipes([ITEM]), None).isna().all()
    assert pd.isna(measure(pipes([None]), layer("utilities", [ACROSS], kind="water"))["crossings"])
