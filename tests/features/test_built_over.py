import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_line, layer, pipes, polygon
from shapely.geometry import LineString, MultiLineString, Polygon, box

from gridrisk.features import built_over, built_over_length_m
from gridrisk.features.shapes import shapes

RADIUS = 0.055


def run(frame, houses):
    return built_over(frame, houses, radius_m=pd.Series(RADIUS, index=frame.index), service_exempt_m=1.0, search_m=30.0)


@settings(max_examples=50)
@given(st.lists(any_line, min_size=1, max_size=4), st.lists(polygon, max_size=5))
def test_length_is_that_of_the_plain_union(lines, houses):
    frame, houses = pipes(lines), layer("buildings", houses)
    found = built_over_length_m(frame, houses)
    real = [g for g in shapes(houses).objects() if g is not None]
    union = shapely.union_all(real)
    for item, length in zip(lines, found, strict=True):
        if item is None or item.is_empty:
            assert np.isnan(length)
        else:
            assert length == pytest.approx(item.intersection(union).length, abs=1e-6)


@settings(max_examples=50)
@given(st.lists(any_line, min_size=1, max_size=4), st.lists(polygon, max_size=4))
def test_gap_is_the_distance_of_brute_force_less_the_radius(lines, houses):
    frame, houses = pipes(lines), layer("buildings", houses)
    found = run(frame, houses)
    for item, (_, row) in zip(lines, found.iterrows(), strict=True):
        if item is None or item.is_empty:
            assert pd.isna(row["built_over"])
            assert np.isnan(row["building_gap_m"])
            continue
        distances = [item.distance(h) for h in shapes(houses).objects() if h is not None and not h.is_empty]
        gap = max(min(distances, default=np.inf) - RADIUS, 0)
        assert row["building_gap_m"] == pytest.approx(gap, abs=1e-6)
        assert row["built_over"] == (gap == 0)


def test_by_hand():
    # a wall along y = 0; the axis 0.05 m off it has its edge under the wall, at 0.10 m it is 0.045 m clear
    house = layer("buildings", [box(0, -5, 10, 0)])
    lines = [[(2, -9), (2, 9)], [(0, 0.05), (10, 0.05)], [(0, 0.10), (10, 0.10)], [(0, 0), (10, 0)], [(0, 40), (1, 40)]]
    found = run(pipes([LineString(item) for item in lines]), house)
    assert found["built_over"].tolist() == [True, True, False, True, False]
    assert found["built_over_m"].tolist() == pytest.approx([5, 0, 0, 10, 0])
    assert found["building_gap_m"].tolist() == pytest.approx([0, 0, 0.045, 0, np.inf])


def test_overlapping_houses_count_once():
    house = box(0, 0, 4, 4)
    found = built_over_length_m(
        pipes([LineString([(-1, 2), (9, 2)])]), layer("buildings", [house, house, box(3, 0, 6, 4)])
    )
    assert found.tolist() == pytest.approx([6.0])


def test_a_courtyard_inside_a_building_is_not_under_it():
    ring = Polygon(box(0, 0, 10, 10).exterior.coords, [box(2, 2, 8, 8).exterior.coords])
    found = run(pipes([LineString([(3, 5), (7, 5)])]), layer("buildings", [ring]))
    assert found["built_over"].tolist() == [False]
    assert found["building_gap_m"].tolist() == pytest.approx([1 - RADIUS])


class TestServiceLines:
    HOUSE = box(0, 0, 10, 10)

    def one(self, item, houses=(HOUSE,), setting="service"):
        return run(pipes([item], setting=setting), layer("buildings", houses)).iloc[0]

    def test_the_last_metre_into_the_house_is_exempt(self):
        # 0.8 m into the house; drawn either way
        for item in (LineString([(5, -8), (5, 0.8)]), LineString([(5, 0.8), (5, -8)])):
            found = self.one(item)
            assert not found["built_over"]
            assert found["built_over_m"] == 0
            assert found["building_gap_m"] == np.inf

    def test_what_is_more_than_a_metre_inside_counts(self):
        assert self.one(LineString([(5, -8), (5, 3)]))["built_over_m"] == pytest.approx(2.0)

    def test_another_house_on_the_way_counts(self):
        found = self.one(LineString([(5, -30), (5, 0)]), houses=(self.HOUSE, box(0, -20, 10, -10)))
        assert found["built_over"]
        assert found["built_over_m"] == pytest.approx(10.0)

    def test_a_line_shorter_than_the_exemption_is_exempt_altogether(self):
        found = self.one(LineString([(5, -0.2), (5, 0.3)]))
        assert not found["built_over"]
        assert found["building_gap_m"] == np.inf

    def test_a_main_that_ends_in_a_house_is_not_exempt(self):
        assert self.one(LineString([(5, -8), (5, 0.8)]), setting="municipal")["built_over_m"] == pytest.approx(0.8)

    def test_a_riser_belongs_to_its_house(self):
        found = self.one(LineString([(5, 4), (5, 6)]), setting="riser")
        assert not found["built_over"]
        assert found["built_over_m"] == 0

    def test_an_unrecorded_setting_leaves_it_open_only_where_it_matters(self):
        ends, crosses, away = (
            self.one(LineString(item), setting=None)
            for item in ([(5, -8), (5, 0.8)], [(5, -8), (5, 18)], [(5, -8), (5, -4)])
        )
        assert pd.isna(ends["built_over"])
        assert np.isnan(ends["built_over_m"])
        assert crosses["built_over"]
        assert not away["built_over"]
        assert away["building_gap_m"] == pytest.approx(4 - RADIUS)

    def test_a_line_in_pieces_loses_only_its_house_end(self):
        item = MultiLineString([[(5, -30), (5, -20)], [(5, -15), (5, 0.5)]])
        found = self.one(item, houses=(self.HOUSE, box(0, -25, 10, -22)))
        assert found["built_over_m"] == pytest.approx(3.0)


def test_a_service_line_no_longer_than_the_exempt_metre_has_the_gap_of_its_other_end():
    houses = layer("buildings", [box(0, 0, 10, 10), box(0, -8, 10, -4)])
    lines = [LineString([(5, -0.5), (5, 0.4)]), LineString([(5, 0.4), (5, -0.5)]), LineString([(20, 1), (20, 1.5)])]
    found = run(pipes(lines, setting="service"), houses)
    assert found["built_over"].tolist() == [False, False, False]
    assert found["built_over_m"].tolist() == [0, 0, 0]
    assert found["building_gap_m"].tolist() == pytest.approx([3.445, 3.445, 9.945])


def test_no_survey_is_unknown_and_an_empty_one_is_no():
    frame = pipes([LineString([(0, 0), (1, 0)])])
    unknown, none = run(frame, None).iloc[0], run(frame, layer("buildings", [])).iloc[0]
    assert pd.isna(unknown["built_over"])
    assert np.isnan(unknown["built_over_m"])
    assert not none["built_over"]
    assert none["building_gap_m"] == np.inf
