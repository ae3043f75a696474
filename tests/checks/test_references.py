"""Numbers, dates and places by which one layer refers to another."""

from __future__ import annotations

import pytest
import shapely


@pytest.mark.parametrize(
    ("check", "layer", "changes", "words"),
    [
        ("number_exists", "valves", {"pipe_id": "p9"}, "p9"),
        ("number_exists", "sensors", {"void_id": "o9"}, "o9"),
        ("valve_on_pipe", "valves", {"geometry": shapely.Point(5, 1.01)}, "1.01 m"),
        ("works_have_dates", "works", {"end_on": None}, "w1"),
        ("works_end_after_start", "works", {"end_on": "2025-12-31"}, "2025-12-31"),
        ("leak_after_laying", "leaks", {"found_on": "2000-12-31"}, "p1 was laid in 2001"),
        ("found_by", "leaks", {"found_on": "2026-11-23"}, "2026-11-23"),
        ("customer_in_town", "customers", {"geometry": shapely.Point(200, 0)}, "c1"),
    ],
)
def test_fault_is_found(the_one, check, layer, changes, words):
    found, message = the_one({layer: changes})
    assert found == check
    assert words in message


@pytest.mark.parametrize(
    ("layer", "changes"),
    [
        ("valves", {"geometry": shapely.Point(5, 1.0)}),
        ("customers", {"geometry": shapely.Point(200, 0), "town_id": "t1"}),
        ("leaks", {"found_on": "2001-01-01"}),
        ("leaks", {"pipe_id": None}),
    ],
)
def test_just_inside_is_no_finding(run, layer, changes):
    assert run({layer: changes}) == []
