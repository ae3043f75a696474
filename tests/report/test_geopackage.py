"""The exchange file, read back as a GIS reads it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from gridrisk.report import write_geopackage

CRS_4547 = CRS("EPSG:4547")


def test_layers_and_tables_come_back(tmp_path):
    risk = gpd.GeoDataFrame(
        {
            "pipe_id": ["甲", "b"],
            "must_renew": pd.array([True, None], dtype="boolean"),
            "parts": [["x", "y"], []],
            "on": pd.to_datetime(["2026-01-02", None]),
        },
        geometry=[shapely.LineString([(0, 0), (1, 1)]), shapely.LineString([(0, 0), (2, 2)])],
        crs=CRS_4547,
    ).set_index("pipe_id")
    coverage = pd.DataFrame({"share": [0.5]}, index=pd.Index(["t1"], name="town_id"))
    path = tmp_path / "结果.gpkg"
    for _ in range(2):
        write_geopackage(path, {"risk": risk, "coverage": coverage}, CRS_4547)
    assert {name for name, _ in pyogrio.list_layers(path)} == {"risk", "coverage"}
    back = gpd.read_file(path, layer="risk")
    assert back.crs.to_epsg() == 4547
    assert back["pipe_id"].tolist() == ["甲", "b"]
    assert pyogrio.read_info(path, layer="risk")["ogr_subtypes"][1] == "OFSTBoolean"
    assert back["must_renew"].tolist()[0] == 1
    assert pd.isna(back["must_renew"].tolist()[1])
    assert back["parts"].tolist() == ["x,y", ""]
    assert back["on"].tolist()[0] == "2026-01-02"
    assert pyogrio.read_dataframe(path, layer="coverage")["share"].tolist() == [0.5]


def test_fields_have_titles_a_gis_shows(tmp_path):
    layer = gpd.GeoDataFrame({"a": [1], "b": [2], "c": [3]}, geometry=[shapely.Point(0, 0)], crs=CRS_4547)
    path = tmp_path / "titles.gpkg"
    titles = {"risk": {"a": "长度 (m)", "b": "长度 (m)", "gone": "nowhere"}}
    write_geopackage(path, {"risk": layer}, CRS_4547, titles)
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT table_name, column_name, name, title FROM gpkg_data_columns").fetchall()
        extensions = database.execute("SELECT table_name, extension_name FROM gpkg_extensions").fetchall()
    assert rows == [("risk", "a", "长度 (m)", "长度 (m)"), ("risk", "b", "长度 (m) (b)", "长度 (m) (b)")]
    assert ("gpkg_data_columns", "gpkg_schema") in extensions
    assert gpd.read_file(path, layer="risk")["a"].tolist() == [1]
