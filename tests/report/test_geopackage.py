"""The exchange file, read back as a GIS reads it."""

from __future__ import annotations

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
