"""Snapshots: named by content, whole or not at all, the same whatever the order of rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import LineString, Point

from gridrisk.layers import schema
from gridrisk.layers.encoded import EncodedGeometry
from gridrisk.store import snapshots


def valves(n, seed=0):
    rng = np.random.default_rng(seed)
    points = shapely.points(500_000 + 1000 * rng.random(n), 3_400_000 + 1000 * rng.random(n))
    return schema.complete(
        gpd.GeoDataFrame({"valve_id": [f"V{i}" for i in range(n)]}, geometry=points, crs="EPSG:4547"), "valves"
    )


def test_name_is_of_the_content_whatever_the_order(tmp_path):
    frame = valves(50)
    first = snapshots.write_frame(frame, tmp_path)
    assert snapshots.write_frame(frame.iloc[::-1], tmp_path) == first
    assert snapshots.write_frame(frame.iloc[1:], tmp_path) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_neighbours_share_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "ROWS_PER_GROUP", 100)
    name = snapshots.write_frame(valves(1600), tmp_path)
    assert pq.ParquetFile(tmp_path / name).num_row_groups == 16
    back = gpd.read_parquet(tmp_path / name)
    spans = [np.ptp(back.geometry.x[i : i + 100]) * np.ptp(back.geometry.y[i : i + 100]) for i in range(0, 1600, 100)]
    assert np.median(spans) < 0.25 * 1000 * 1000


def test_rows_without_a_place_are_kept(tmp_path):
    frame = valves(3)
    frame.loc["V1", "geometry"] = None
    name = snapshots.write_frame(frame, tmp_path)
    assert sorted(snapshots.read_frame(tmp_path / name, "valves").index) == ["V0", "V1", "V2"]


def test_replacing_is_whole_or_nothing(tmp_path):
    target = tmp_path / "x.txt"
    target.write_text("old")

    def fails():
        with snapshots.replacing(target) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert target.read_text() == "old"
    with snapshots.replacing(target) as part:
        part.write_text("new")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_has_a_hash_of_its_files(tmp_path):
    (tmp_path / "a.gdb").mkdir()
    (tmp_path / "a.gdb" / "1").write_text("x")
    before = snapshots.sha256_of(tmp_path / "a.gdb")
    (tmp_path / "a.gdb" / "2").write_text("y")
    assert snapshots.sha256_of(tmp_path / "a.gdb") != before


def test_results_take_their_geometry_over_as_it_stands(tmp_path):
    things = [Point(0, 1), None, LineString([(0, 0), (2, 0)])]
    layer = gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=things, crs="EPSG:4547")
    column = EncodedGeometry(pa.array(shapely.to_wkb(np.array(things, dtype=object)), pa.binary()), "EPSG:4547")
    for name, frame in (("plain", layer), ("encoded", layer.set_geometry(column))):
        snapshots.write_geoparquet(frame, tmp_path / f"{name}.parquet")
        back = gpd.read_parquet(tmp_path / f"{name}.parquet")
        assert_geodataframe_equal(back, layer)
        assert back.crs.to_epsg() == 4547
