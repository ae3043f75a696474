"""The same pipe under two numbers, whichever way it was drawn."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.checks import duplicates
from gridrisk.layers import schema


def twin(*coordinates):
    row = {"pipe_id": "p2", "material": "pe", "diameter_mm": 110, "pressure_class": "low", "install_year": 2001}
    return row | {"geometry": shapely.LineString(coordinates)}


@pytest.mark.parametrize("line", [[(0, 0), (10, 0)], [(10, 0), (0, 0.005)], [(0, 0), (4, 0), (10, 0.009)]])
def test_twin_is_found(the_one, line):
    check, message = the_one({}, {"pipes": [twin(*line)]})
    assert check == "one_number_per_place"
    assert "p2" in message
    assert "p1" in message


@pytest.mark.parametrize(
    "line", [[(0, 0.05), (10, 0.05)], [(0, 0), (10.1, 0)], [(10, 0), (20, 0)], [(0, 0), (5, 3), (10, 0)]]
)
def test_neighbour_is_no_twin(run, line):
    assert run({}, {"pipes": [twin(*line)]}) == []


def test_two_valves_in_one_place(the_one):
    check, message = the_one({}, {"valves": [{"valve_id": "v2", "pipe_id": "p1", "geometry": shapely.Point(5, 0.01)}]})
    assert check == "one_number_per_place"
    assert message == "valves (v2) lies exactly where v1 lies; keep one of the two numbers"


COORDINATE = st.integers(0, 3).map(lambda v: v / 2)
LINES = st.lists(
    st.one_of(
        st.none(),
        st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=3, unique=True).map(shapely.LineString),
    ),
    min_size=1,
    max_size=12,
)


@given(LINES)
def test_twins_are_those_of_all_pairs(lines):
    frame = gpd.GeoDataFrame({"pipe_id": [f"p{i}" for i in range(len(lines))]}, geometry=lines, crs="EPSG:4547")
    found = duplicates.check_one_number_per_place("pipes", schema.complete(frame, "pipes"), 0.01)
    for i, line in enumerate(lines):
        twins = [j for j in range(i) if line and lines[j] and shapely.hausdorff_distance(line, lines[j]) <= 0.01]
        assert found.mask[i] == bool(twins)
        assert not twins or found.frame["same_place_as"].iloc[i] == f"p{min(twins)}"


def test_a_thousand_copies_are_no_million_pairs():
    lines = [shapely.LineString([(0, 0), (i % 2, 10)]) for i in range(20_000)]
    frame = gpd.GeoDataFrame({"pipe_id": np.arange(20_000).astype(str)}, geometry=lines, crs="EPSG:4547")
    found = duplicates.check_one_number_per_place("pipes", schema.complete(frame, "pipes"), 0.01)
    assert found.mask.sum() == 19_998
