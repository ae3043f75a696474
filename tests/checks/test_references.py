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
        ("customer_in_town", "customers", {"geometry": shapely.Point(105, 0)}, "c1"),
        ("near_what_it_names", "leaks", {"geometry": shapely.Point(5, 31)}, "31 m off p1"),
        ("near_what_it_names", "sensors", {"geometry": shapely.Point(3, 14)}, "11 m off o1"),
        ("near_what_it_names", "customers", {"geometry": shapely.Point(-2, -101), "town_id": "t1"}, "101 m off p1"),
        (
            "lies_in_its_town",
            "customers",
            {"geometry": shapely.Point(151, 0), "town_id": "t1", "pipe_id": None},
            "51 m",
        ),
        ("road_exists", "pipes", {"road": "乙路", "setting": "municipal"}, "1 pipes name the road 乙路"),
        ("pressure_falls", "stations", {"inlet_class": "low", "outlet_class": "medium_a"}, "exchange"),
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
        ("customers", {"geometry": shapely.Point(105, 0), "town_id": "t1"}),
        ("leaks", {"found_on": "2001-01-01"}),
        ("leaks", {"pipe_id": None}),
        ("leaks", {"geometry": shapely.Point(5, 30)}),
        ("customers", {"geometry": shapely.Point(150, 0), "town_id": "t1", "pipe_id": None}),
        ("pipes", {"road": "甲路", "setting": "municipal"}),
        ("pipes", {"road": "乙路", "setting": "courtyard"}),
        ("stations", {"inlet_class": "medium_a", "outlet_class": "medium_a"}),
    ],
)
def test_just_inside_is_no_finding(run, layer, changes):
    assert run({layer: changes}) == []


def test_one_row_stands_for_all_that_name_a_road(run):
    row = {"material": "pe", "diameter_mm": 110, "pressure_class": "low", "install_year": 2001, "setting": "municipal"}
    more = [
        row | {"pipe_id": f"q{i}", "road": "丙路", "geometry": shapely.LineString([(0, i), (10, i)])} for i in (5, 6, 7)
    ]
    (found,) = run({}, {"pipes": more})
    assert found.severity == "info"
    assert "3 pipes" in str(found.message)


def test_an_object_in_another_city_is_found(run):
    far = [{"void_id": "o2", "kind": "drain", "geometry": shapely.Point(0, 120_000)}]
    near = [{"void_id": f"o{i}", "kind": "drain", "geometry": shapely.Point(i, 0)} for i in range(3, 6)]
    (found,) = run({}, {"voids": [*near, *far]})
    assert (found.check, found.id) == ("lies_with_the_rest", "o2")
    assert "120 km" in str(found.message)
