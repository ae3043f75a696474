import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_line, layer, pipes, polygon, xy
from shapely.geometry import LineString, Point, box

from gridrisk.features import void_features, void_pairs
from gridrisk.features.shapes import shapes

WIDTH = {"manhole": 0.5, "sewer": 0.3, "culvert": 1.0}
R = 0.055


def run(frame, voids):
    pairs = void_pairs(frame, voids, radius_m=pd.Series(R, index=frame.index), reach_m=5.0, half_width_m=WIDTH)
    return void_features(frame, pairs)


def test_by_hand():
    spaces = layer(
        "voids",
        [
            Point(10, 0.5),
            Point(20, 0.6),
            Point(30, 5.5),
            Point(40, 5.6),
            LineString([(50, -9), (50, 9)]),
            box(60, 0.1, 70, 9),
        ],
        kind=["manhole", "manhole", "manhole", "manhole", "sewer", "culvert"],
    )
    found = run(pipes([LineString([(0, 0), (100, 0)]), LineString([(0, 90), (1, 90)])]), spaces)
    # the first manhole reaches under the pipe (0.5 - 0.5 - 0.055 < 0), the second is 0.045 m off, the third 4.945 m, the
    # fourth 5.045 m; the sewer is crossed; the culvert is drawn to its wall: 0.045 m off
    assert found["void_crossings"].tolist() == [2, 0]
    assert found["voids_near"].tolist() == [5, 0]
    assert found["void_crossing"].tolist() == [True, False]
    assert found["void_gap_m"].tolist() == [0.0, np.inf]
    third = run(pipes([LineString([(30, 0), (31, 0)])]), spaces)
    assert third["void_gap_m"].tolist() == [pytest.approx(4.945)]


@settings(max_examples=50)
@given(st.lists(any_line, min_size=1, max_size=3), st.lists(st.one_of(polygon, xy.map(Point), any_line), max_size=4))
def test_counts_are_those_of_brute_force(lines, spaces):
    voids = layer("voids", spaces, kind="sewer")
    found = run(pipes(lines), voids)
    for item, (_, row) in zip(lines, found.iterrows(), strict=True):
        if item is None or item.is_empty:
            assert pd.isna(row["void_crossing"])
            continue
        gaps = [
            max(round(item.distance(s) - R - (0.0 if s.area > 0 else 0.3), 6), 0)
            for s in shapes(voids).objects()
            if s is not None and not s.is_empty
        ]
        assert row["voids_near"] == sum(gap <= 5 for gap in gaps)
        assert row["void_crossings"] == sum(gap <= 0 for gap in gaps)


def test_an_unrecorded_kind_is_as_wide_as_the_widest():
    assert run(pipes([LineString([(0, 0), (9, 0)])]), layer("voids", [Point(4, 1.0)]))["void_crossings"].tolist() == [1]


def test_overhead_pipes_cross_nothing():
    frame = pipes([LineString([(0, 0), (9, 0)])], laying="overhead")
    assert run(frame, layer("voids", [Point(4, 0)], kind="manhole"))["voids_near"].tolist() == [0]


def test_no_survey_is_unknown():
    frame = pipes([LineString([(0, 0), (9, 0)])])
    found = void_features(frame, None).iloc[0]
    assert found.isna().all()
    assert np.asarray(run(frame, layer("voids", []))["void_crossing"] == False).all()  # noqa: E712
