"""A small clean city, and what the checks say of it once something is changed."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridrisk import checks, params
from gridrisk.layers import schema

PARAMS = {name: params.load(name) for name in ("checks", "standards/pressure", "standards/catalogue")}
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
    "stations": [{"station_id": "g1", "kind": "regulator_box", "geometry": shapely.Point(10, 0)}],
    "roads": [{"road_id": "r1", "name": "甲路", "geometry": LINE}],
    "towns": [{"town_id": "t1", "name": "甲", "geometry": shapely.box(-100, -100, 100, 100)}],
    "voids": [{"void_id": "o1", "kind": "manhole", "geometry": shapely.Point(3, 3)}],
    "sensors": [{"sensor_id": "s1", "void_id": "o1", "geometry": shapely.Point(3, 3)}],
}


def _run(changes=None, extra=None):
    layers = dict.fromkeys(schema.names())
    for name, rows in CLEAN.items():
        made = [row | (changes or {}).get(name, {}) for row in rows] + (extra or {}).get(name, [])
        frame = gpd.GeoDataFrame(pd.DataFrame(made), geometry="geometry", crs="EPSG:4547")
        for field, spec in schema.load(name).fields.items():
            if spec.type == "date" and field in frame:
                frame[field] = pd.to_datetime(frame[field])
        layers[name] = schema.complete(frame, name)
    return checks.run(layers, PARAMS, as_of=AS_OF)


@pytest.fixture
def run():
    """Check the clean city with `changes` to the first row of layers and `extra` rows."""
    return _run


@pytest.fixture
def the_one(run):
    """The only finding of the changed city."""

    def find(changes=None, extra=None):
        (finding,) = run(changes, extra)
        return finding.check, str(finding.message)

    return find
