"""The check of a workspace and its report."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from gridrisk import store
from gridrisk.pipeline import checking, importing

AS_OF = dt.date(2026, 11, 22)


@pytest.fixture
def workspace(tmp_path):
    made = store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")
    fields = {"pipe_id": ["a"], "material": "PE", "diameter_mm": 111.5, "pressure_class": "low", "install_year": 2001}
    line = shapely.LineString([(500_000, 3_400_000), (500_010, 3_400_000)])
    gpd.GeoDataFrame(fields, geometry=[line], crs="EPSG:4547").to_file(tmp_path / "p.gpkg")
    importing.import_layer(made, "pipes", [tmp_path / "p.gpkg"], as_of=AS_OF)
    valve = {"valve_id": ["v"], "pipe_id": ["a"], "operable": [False]}
    gpd.GeoDataFrame(valve, geometry=[shapely.Point(500_003, 3_400_000)], crs="EPSG:4547").to_file(tmp_path / "v.gpkg")
    importing.import_layer(made, "valves", [tmp_path / "v.gpkg"], as_of=AS_OF)
    return made


def test_every_finding_that_names_an_object_is_on_the_map(workspace, tmp_path):
    before = store.sha256_of(workspace.root)
    checked = checking.examine(workspace, as_of=AS_OF)
    assert {"diameter_in_catalogue", "network_valve_inoperable"} <= {finding.check for finding in checked.findings}
    files = checking.write_report(workspace, checked, tmp_path / "r", as_of=AS_OF, lang="zh")
    assert [path.name for path in files] == ["检查结果.xlsx", "findings.gpkg", "findings.html"]
    points = gpd.read_file(files[1], layer="findings")
    stuck = points[points["check"] == "network_valve_inoperable"].geometry.iloc[0].centroid
    assert (round(stuck.x), round(stuck.y)) == (500_003, 3_400_000)
    assert "completeness" in dict(pyogrio.list_layers(files[1]))
    assert store.sha256_of(workspace.root) == before


def test_a_doubted_diameter_is_known_but_not_trusted(workspace):
    table = checking.examine(workspace, as_of=AS_OF).completeness
    diameter = table[(table["field"] == "diameter_mm") & (table["by"] == "all")].iloc[0]
    assert (diameter["known"], diameter["trusted"]) == (1, 0)


def test_an_empty_workspace_has_a_report_without_a_map(tmp_path):
    empty = store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")
    checked = checking.examine(empty, as_of=AS_OF)
    assert checked.findings == []
    files = checking.write_report(empty, checked, tmp_path / "r", as_of=AS_OF, lang="en")
    assert [path.name for path in files] == ["findings.xlsx", "findings.gpkg"]
    assert isinstance(checked.completeness, pd.DataFrame)
