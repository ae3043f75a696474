"""The same pipe under two numbers, whichever way it was drawn."""

from __future__ import annotations

import pytest
import shapely


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
