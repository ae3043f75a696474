import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import PARAMS, layer, pipes
from shapely.geometry import LineString

from gridrisk.features import building_shortfall_m, outer_radius_m, utility_clearance

ITEM = LineString([(0, 0), (100, 0)])
R = 0.055  # PE 110


def run(frame, others):
    return utility_clearance(frame, others, PARAMS, radius_m=outer_radius_m(frame, PARAMS["standards/pressure"])).iloc[
        0
    ]


def beside(axis_m, frame=None, **columns):
    columns = {"kind": "water", "laying": "direct", **columns}
    return run(
        pipes([ITEM]) if frame is None else frame,
        layer("utilities", [LineString([(0, axis_m), (100, axis_m)])], **columns),
    )


@pytest.mark.parametrize(
    ("kind", "laying", "pressure_class", "required"),
    [
        ("water", "direct", "low", 0.5),
        ("water", "trench", "sub_high_a", 1.5),
        ("drain", None, "medium_a", 1.2),
        ("sewer", "direct", "sub_high_b", 1.5),
        ("power", "direct", "medium_b", 0.5),
        ("power", "duct", "medium_b", 1.0),
        ("telecom", "tunnel", "low", 1.0),
        ("heat", "direct", "sub_high_a", 2.0),
        ("heat", "trench", "sub_high_a", 4.0),
        ("water", "direct", "high_a", 1.5),
    ],
)
def test_the_table(kind, laying, pressure_class, required):
    frame = pipes([ITEM], pressure_class=pressure_class)
    near = beside(required + R - 0.01, frame, kind=kind, laying=laying)
    assert near["clearance"]
    assert near["clearance_kind"] == kind
    assert near["clearance_shortfall_m"] == pytest.approx(0.01)
    far = beside(required + R, frame, kind=kind, laying=laying)
    assert far["clearance"] == False  # noqa: E712 - and not missing
    assert far["clearance_shortfall_m"] == 0


@settings(max_examples=15)
@given(st.floats(0, 3), st.sampled_from(["low", "medium_a", "sub_high_b", "sub_high_a"]))
def test_a_higher_class_never_asks_less(axis, pressure_class):
    lower = beside(axis, pipes([ITEM], pressure_class="low"))
    higher = beside(axis, pipes([ITEM], pressure_class=pressure_class))
    assert higher["clearance_shortfall_m"] >= lower["clearance_shortfall_m"]


@pytest.mark.parametrize(("axis", "expected"), [(0.4, True), (0.8, pd.NA), (1.2, False)])
def test_an_unrecorded_laying_leaves_what_lies_between_open(axis, expected):
    # a cable at medium B: 0.5 m buried, 1.0 m in a duct
    found = beside(axis, pipes([ITEM], pressure_class="medium_b"), kind="power", laying=None)
    assert found["clearance"] is expected or found["clearance"] == expected
    assert np.isnan(found["clearance_shortfall_m"]) == (expected is pd.NA)


@pytest.mark.parametrize(("axis", "expected"), [(0.5, True), (1.0, pd.NA), (1.6, False)])
def test_an_unknown_class_leaves_what_lies_between_open(axis, expected):
    found = beside(axis, pipes([ITEM], pressure_class=None))
    assert found["clearance"] is expected or found["clearance"] == expected


def test_other_gas_by_diameter():
    # 0.4 m to small and 0.5 m to large pipes; the size of the other pipe is not recorded
    assert beside(0.35 + R, kind="gas_other")["clearance"]
    assert pd.isna(beside(0.45 + R, kind="gas_other")["clearance"])
    large = pipes([ITEM], diameter_mm=400.0)
    assert beside(0.45 + 0.2, large, kind="gas_other")["clearance_shortfall_m"] == pytest.approx(0.05)


def test_an_isolated_line_leaves_it_open():
    assert pd.isna(beside(0.3, isolated=True)["clearance"])
    assert beside(0.3, isolated=False)["clearance"]


@pytest.mark.parametrize("degrees", [31, 60, 90])
def test_a_crossing_is_not_beside(degrees):
    turn = math.radians(degrees)
    across = LineString(
        [(50 - 30 * math.cos(turn), -30 * math.sin(turn)), (50 + 30 * math.cos(turn), 30 * math.sin(turn))]
    )
    found = run(pipes([ITEM]), layer("utilities", [across], kind="water"))
    assert found["clearance"] == False  # noqa: E712


def test_the_segment_next_to_a_crossing_is_not_beside_either():
    # the pipe is cut 0.2 m before the crossing
    frame = pipes([LineString([(0, 0), (49.8, 0)])])
    assert run(frame, layer("utilities", [LineString([(50, -9), (50, 9)])], kind="water"))["clearance"] == False  # noqa: E712


def test_a_line_that_ends_abreast_leaves_it_open():
    found = run(pipes([ITEM]), layer("utilities", [LineString([(50, 0.3), (50, 9)])], kind="water"))
    assert pd.isna(found["clearance"])


def test_the_worst_of_several_counts_and_all_are_named():
    others = [LineString([(0, y), (100, y)]) for y in (0.4, -0.3, 5)]
    found = run(pipes([ITEM]), layer("utilities", others, kind=["water", "power", "heat"], laying="direct"))
    assert found["clearance_kind"] == "power,water"
    assert found["clearance_shortfall_m"] == pytest.approx(0.5 - (0.3 - R))


def test_no_survey_is_unknown_and_an_empty_one_is_no():
    frame = pipes([ITEM])
    assert pd.isna(run(frame, None)["clearance"])
    assert run(frame, layer("utilities", []))["clearance"] == False  # noqa: E712
    assert pd.isna(run(pipes([None]), layer("utilities", []))["clearance"])


def test_a_riser_has_no_clearance():
    assert beside(0.1, pipes([ITEM], setting="riser"))["clearance"] == False  # noqa: E712


def buildings(gap, **columns):
    frame = pipes([ITEM], **columns)
    return building_shortfall_m(frame, pd.Series(gap, index=frame.index), PARAMS).iloc[0]


def test_buildings():
    assert buildings(0.5) == pytest.approx(0.2)  # low: 0.7 m
    assert buildings(0.7) == 0
    assert buildings(4.0, pressure_class="sub_high_a") == pytest.approx(9.5)  # 13.5 m
    assert buildings(0.5, pressure_class="medium_a", laying="casing") == 0  # protected: 0.5 m
    assert buildings(np.inf) == 0
    assert np.isnan(buildings(np.nan))
    assert buildings(0.1, setting="riser") == 0
    assert buildings(0.5, pressure_class=None) == pytest.approx(0.2)  # at least
    assert np.isnan(buildings(3.0, pressure_class=None))
    assert buildings(20.0, pressure_class=None) == 0
