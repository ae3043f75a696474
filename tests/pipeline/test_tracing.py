"""Where each value of an object came from, over two surveys."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pytest
import shapely

from gridrisk import store
from gridrisk.errors import DataError
from gridrisk.pipeline import importing, tracing


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")


def survey(path, **columns):
    lines = [shapely.LineString([(500_000, 3_400_000 + i), (500_010, 3_400_000 + i)]) for i in range(2)]
    gpd.GeoDataFrame({"pipe_id": ["a", "b"], **columns}, geometry=lines, crs="EPSG:4547").to_file(path)
    return [path]


def test_values_of_two_surveys(workspace, tmp_path):
    first = survey(
        tmp_path / "first.gpkg", material="PE", diameter_mm=110, pressure_class="low", install_year=2001, road="甲路"
    )
    importing.import_layer(workspace, "pipes", first, as_of=dt.date(2024, 1, 2))
    second = survey(
        tmp_path / "second.gpkg", material=["钢", None], diameter_mm=[108, 110], pressure_class="low", install_year=2001
    )
    importing.import_layer(workspace, "pipes", second, as_of=dt.date(2025, 3, 4), mode="upsert")
    traced = {value.field: value for value in tracing.trace(workspace, "pipes", "b").values}
    assert traced["material"].value == "pe"
    assert (traced["material"].source["file"], traced["material"].row) == ("first.gpkg", 2)
    assert traced["road"].source["as_of"] == "2024-01-02"
    assert traced["diameter_mm"].source["file"] == "second.gpkg"
    assert traced["geometry"].source["as_of"] == "2025-03-04"
    assert "owner" not in traced


def test_what_is_not_there_is_said(workspace, tmp_path):
    with pytest.raises(DataError, match="never imported"):
        tracing.trace(workspace, "pipes", "a")
    files = survey(tmp_path / "a.gpkg", material="PE", diameter_mm=110, pressure_class="low", install_year=2001)
    importing.import_layer(workspace, "pipes", files, as_of=dt.date(2024, 1, 2))
    with pytest.raises(DataError, match="there is no aa; did you mean a"):
        tracing.trace(workspace, "pipes", "aa")


def test_a_version_without_lineage_says_so(workspace, tmp_path):
    files = survey(tmp_path / "a.gpkg", material="PE", diameter_mm=110, pressure_class="low", install_year=2001)
    importing.import_layer(workspace, "pipes", files, as_of=dt.date(2024, 1, 2))
    plain = store.create(tmp_path / "v", crs="EPSG:4547", policy=None, lang="en")
    store.commit_layer(plain, "pipes", store.read_layer(workspace, "pipes"), [], detail={})
    traced = tracing.trace(plain, "pipes", "a")
    assert {(len(value.source), value.row) for value in traced.values} == {(0, None)}
