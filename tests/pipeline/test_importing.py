"""An import commits whole, or nothing, and says what it changes."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from gridrisk import store
from gridrisk.errors import FileFormatError, UsageError
from gridrisk.pipeline import importing

AS_OF = dt.date(2026, 11, 22)


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")


def delivery(path, ids, **columns):
    lines = [shapely.LineString([(500_000, 3_400_000 + i), (500_010, 3_400_000 + i)]) for i, _ in enumerate(ids)]
    base = {"pipe_id": ids, "material": "PE", "diameter_mm": 110, "pressure_class": "low", "install_year": 2001}
    gpd.GeoDataFrame(base | columns, geometry=lines, crs="EPSG:4547").to_file(path)
    return path


def test_difference_is_shown_and_a_dry_run_writes_nothing(workspace, tmp_path):
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ["a", "b"])], as_of=AS_OF)
    second = delivery(tmp_path / "b.gpkg", ["b", "c"], install_year=[2001, 1999])
    report = importing.import_layer(workspace, "pipes", [second], as_of=AS_OF, dry_run=True)
    assert report.version is None
    assert report.difference.counts() == {"added": 1, "changed": 1, "removed": 1}
    assert sorted(store.read_layer(workspace, "pipes").index) == ["a", "b"]


def test_upsert_keeps_the_rest(workspace, tmp_path):
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ["a", "b"])], as_of=AS_OF)
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "b.gpkg", ["c"])], as_of=AS_OF, mode="upsert")
    assert sorted(store.read_layer(workspace, "pipes").index) == ["a", "b", "c"]


def test_an_error_refuses_the_whole_delivery(workspace, tmp_path):
    path = delivery(tmp_path / "a.gpkg", ["a", "a"])
    report = importing.import_layer(workspace, "pipes", [path], as_of=AS_OF)
    assert report.refused
    assert store.read_layer(workspace, "pipes") is None


def test_the_version_names_the_files_it_was_read_from(workspace, tmp_path):
    path = delivery(tmp_path / "a.gpkg", ["a"])
    report = importing.import_layer(workspace, "pipes", [path], as_of=AS_OF)
    (file,) = report.version.detail["files"]
    assert file == {"name": "a.gpkg", "sha256": store.sha256_of(path)}


def raster(path, crs="EPSG:4547"):
    transform = Affine(100.0, 0.0, 500_000.0, 0.0, -100.0, 3_401_000.0)
    with rasterio.open(
        path, "w", driver="GTiff", width=3, height=3, count=1, dtype="float32", crs=crs, transform=transform
    ) as sink:
        sink.write(np.arange(9, dtype="float32").reshape(1, 3, 3))
    return path


def test_rasters(workspace, tmp_path):
    assert importing.is_raster("population")
    assert not importing.is_raster("pipes")
    version = importing.import_raster(workspace, "population", [raster(tmp_path / "p.tif")], as_of=AS_OF)
    assert store.raster_path(workspace, "population").name == version.snapshot
    assert importing.import_raster(workspace, "population", [raster(tmp_path / "q.tif")], as_of=AS_OF) is None
    with pytest.raises(FileFormatError, match="warp it first"):
        importing.import_raster(workspace, "population", [raster(tmp_path / "r.tif", "EPSG:4548")], as_of=AS_OF)
    with pytest.raises(UsageError, match="one GeoTIFF"):
        importing.import_raster(workspace, "population", [], as_of=AS_OF)
