"""Each check is triggered by a case of its own, and a clean city triggers none."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridrisk import checks, params
from gridrisk.layers import schema

PARAMS = {name: params.load(name) for name in ("checks", "standards/pressure")}
AS_OF = dt.date(2026, 11, 22)
LINE = shapely.LineString([(0, 0), (10, 0)])
CLEAN = {
    "pipes": [
        {
            "pipe_id": "p1",
            "material": "pe",
            "diameter_mm": 110,
            "pressure_class": "low",
            "install_year": 2001,
            "geometry": LINE,
        }
    ],
    "valves": [{"valve_id": "v1", "pipe_id": "p1", "geometry": shapely.Point(5, 0)}],
    "works": [
        {
            "work_id": "w1",
            "kind": "other",
            "start_on": "2026-01-01",
            "end_on": "2026-02-01",
            "geometry": shapely.Point(0, 0),
        }
    ],
    "leaks": [{"leak_id": "l1", "found_on": "2020-01-01", "pipe_id": "p1", "geometry": shapely.Point(1, 0)}],
    "customers": [
        {"customer_id": "c1", "kind": "resident", "fuel": "pipe", "pipe_id": "p1", "geometry": shapely.Point(1, 1)}
    ],
    "towns": [{"town_id": "t1", "name": "甲", "geometry": shapely.box(-100, -100, 100, 100)}],
    "voids": [{"void_id": "o1", "kind": "manhole", "geometry": shapely.Point(3, 3)}],
    "sensors": [{"sensor_id": "s1", "void_id": "o1", "geometry": shapely.Point(3, 3)}],
}


def run(changes=None, extra=None):
    layers = dict.fromkeys(schema.names())
    for name, rows in CLEAN.items():
        made = [row | (changes or {}).get(name, {}) for row in rows] + (extra or {}).get(name, [])
        frame = gpd.GeoDataFrame(pd.DataFrame(made), geometry="geometry", crs="EPSG:4547")
        for field, spec in schema.load(name).fields.items():
            if spec.type == "date" and field in frame:
                frame[field] = pd.to_datetime(frame[field])
        layers[name] = schema.complete(frame, name)
    return checks.run(layers, PARAMS, as_of=AS_OF)


def test_a_clean_city_has_no_findings():
    assert run() == []


def test_layers_never_imported_are_no_fault():
    assert checks.run(dict.fromkeys(schema.names()), PARAMS, as_of=AS_OF) == []


TWIN = CLEAN["pipes"][0] | {"pipe_id": "p2", "geometry": shapely.LineString([(10, 0), (0, 0.005)])}
NEAR = CLEAN["pipes"][0] | {"pipe_id": "p2", "geometry": shapely.LineString([(0, 0.05), (10, 0.05)])}


@pytest.mark.parametrize(
    ("check", "changes", "extra", "words"),
    [
        ("material_was_made", {"pipes": {"install_year": 1965}}, {}, "p1.*1965"),
        ("laid_before_surveyed", {"pipes": {"surveyed_on": "2000-05-01"}}, {}, "2001.*2000-05-01"),
        ("pressure_within_class", {"pipes": {"mop_kpa": 10.5}}, {}, "10.5"),
        ("plastic_without_cathodic", {"pipes": {"cathodic": True}}, {}, "p1"),
        ("field_is_known", {"pipes": {"material": "unknown"}}, {}, "1 of 1"),
        ("field_is_known", {"pipes": {"install_year": None}}, {}, "install_year"),
        ("one_number_per_place", {}, {"pipes": [TWIN]}, "p2.*p1"),
        ("number_exists", {"valves": {"pipe_id": "p9"}}, {}, "p9"),
        ("number_exists", {"sensors": {"void_id": "o9"}}, {}, "o9"),
        ("valve_on_pipe", {"valves": {"geometry": shapely.Point(5, 1.01)}}, {}, "1.01 m"),
        ("works_have_dates", {"works": {"end_on": None}}, {}, "w1"),
        ("works_end_after_start", {"works": {"end_on": "2025-12-31"}}, {}, "2025-12-31"),
        ("leak_after_laying", {"leaks": {"found_on": "2000-12-31"}}, {}, "p1 was laid in 2001"),
        ("found_by", {"leaks": {"found_on": "2026-11-23"}}, {}, "2026-11-23"),
        ("customer_in_town", {"customers": {"geometry": shapely.Point(200, 0)}}, {}, "c1"),
    ],
)
def test_each_check_is_triggered_alone(check, changes, extra, words):
    (finding,) = run(changes, extra)
    assert finding.check == check
    assert pd.Series([str(finding.message)]).str.contains(words, regex=True).all()


@pytest.mark.parametrize(
    ("changes", "extra"),
    [
        ({}, {"pipes": [NEAR]}),
        ({"pipes": {"mop_kpa": 10}}, {}),
        ({"valves": {"geometry": shapely.Point(5, 1.0)}}, {}),
        ({"customers": {"geometry": shapely.Point(200, 0), "town_id": "t1"}}, {}),
        ({"leaks": {"found_on": "2001-01-01"}}, {}),
        ({"pipes": {"surveyed_on": "2001-01-01"}}, {}),
    ],
)
def test_just_inside_is_no_finding(changes, extra):
    assert run(changes, extra) == []


def test_a_flood_is_counted_not_listed():
    many = [CLEAN["works"][0] | {"work_id": f"x{i}", "end_on": None} for i in range(1005)]
    found = run({}, {"works": many})
    assert len(found) == 1001
    assert "5 more" in str(found[-1].message)
