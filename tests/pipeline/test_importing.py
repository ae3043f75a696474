"""An import commits whole, or nothing, and says what it changes."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from gridrisk import assets, store
from gridrisk.errors import DataError, FileFormatError, UsageError
from gridrisk.pipeline import importing, tracing

AS_OF = dt.date(2026, 11, 22)


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")


def street(name, shift=0.0):
    """A line of its own for each name."""
    y = 3_400_000 + 10 * sum(map(ord, name)) + shift
    return shapely.LineString([(500_000, y), (500_010, y)])


def delivery(path, ids, **columns):
    lines = [street(name) for name in ids]
    base = {"pipe_id": ids, "material": "PE", "diameter_mm": 110, "pressure_class": "low", "install_year": 2001}
    columns = base | columns
    gpd.GeoDataFrame(columns, geometry=columns.pop("geometry", lines), crs="EPSG:4547").to_file(path)
    return path


def test_difference_is_shown_and_a_dry_run_writes_nothing(workspace, tmp_path):
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ["a", "b"])], as_of=AS_OF)
    second = delivery(tmp_path / "b.gpkg", ["b", "c"], install_year=[2002, 1999])
    report = importing.import_layer(workspace, "pipes", [second], as_of=AS_OF, dry_run=True)
    assert report.version is None
    assert report.difference.counts() == {"added": 1, "changed": 1, "removed": 1, "renumbered": 0}
    assert sorted(store.read_layer(workspace, "pipes").index) == ["a", "b"]


def test_upsert_keeps_the_rest(workspace, tmp_path):
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ["a", "b"])], as_of=AS_OF)
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "b.gpkg", ["c"])], as_of=AS_OF, mode="upsert")
    assert sorted(store.read_layer(workspace, "pipes").index) == ["a", "b", "c"]


def test_a_survey_that_removes_too_much_stops_and_asks(workspace, tmp_path):
    ids = [f"p{i}" for i in range(20)]
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ids)], as_of=AS_OF)
    most = delivery(tmp_path / "b.gpkg", ids[2:])  # 2 of 20: 10 %, no more than allowed
    assert importing.import_layer(workspace, "pipes", [most], as_of=AS_OF, dry_run=True).refused is False
    part = delivery(tmp_path / "c.gpkg", ids[3:])
    report = importing.import_layer(workspace, "pipes", [part], as_of=AS_OF)
    assert report.refused
    assert report.version is None
    told = str(report.findings[-1].message)
    assert "remove 3 of 20 (p0, p1, p2), more than 10%" in told
    assert len(store.read_layer(workspace, "pipes")) == 20
    assert not importing.import_layer(workspace, "pipes", [part], as_of=AS_OF, mode="upsert").refused
    assert not importing.import_layer(workspace, "pipes", [part], as_of=AS_OF, allow_removal=True).refused
    assert len(store.read_layer(workspace, "pipes")) == 17


def test_upsert_keeps_what_the_survey_does_not_know(workspace, tmp_path):
    first = delivery(tmp_path / "a.gpkg", ["a", "b"], material=["钢管", "不明"])
    importing.import_layer(workspace, "pipes", [first], as_of=AS_OF)
    second = delivery(tmp_path / "b.gpkg", ["a", "b"], material=["铸铁", "PE"], diameter_mm=[None, 160])
    importing.import_layer(workspace, "pipes", [second], as_of=AS_OF, mode="upsert")
    after = store.read_layer(workspace, "pipes").loc[["a", "b"]]
    assert after["material"].tolist() == ["steel", "pe"]
    assert after["diameter_mm"].tolist() == [110, 160]
    trace = tracing.trace(workspace, "pipes", "a")
    assert {one.field: one.source["file"] for one in trace.values}["material"] == "a.gpkg"


def rows_at(x, count, step=30.0):
    return [shapely.LineString([(x + step * i, 3_400_000), (x + step * i + 20, 3_400_000)]) for i in range(count)]


def test_a_second_list_numbered_by_row_does_not_overwrite_the_first(workspace, tmp_path):
    ids = [str(i + 1) for i in range(6)]
    first = delivery(tmp_path / "a.gpkg", ids, geometry=rows_at(500_000, 6))
    importing.import_layer(workspace, "pipes", [first], as_of=AS_OF)
    second = delivery(tmp_path / "b.gpkg", ids[:3], material="钢管", geometry=rows_at(510_000, 3))
    report = importing.import_layer(workspace, "pipes", [second], as_of=AS_OF, mode="upsert")
    assert report.version is None
    (stop,) = [one for one in report.findings if one.severity == "error"]
    assert stop.check == "other_place"
    assert 'generate = "row"' in str(stop.message)
    assert "3 of 3 numbers" in str(stop.message)
    assert set(store.read_layer(workspace, "pipes")["material"]) == {"pe"}
    again = importing.import_layer(workspace, "pipes", [second], as_of=AS_OF, mode="upsert", allow_removal=True)
    assert again.version is not None
    assert [one.severity for one in again.findings if one.check == "other_place"] == ["warning"]


def test_the_same_list_in_another_order_is_told(workspace, tmp_path):
    lines = rows_at(500_000, 6)
    ids = [str(i + 1) for i in range(6)]
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ids, geometry=lines)], as_of=AS_OF)
    turned = delivery(tmp_path / "b.gpkg", ids, geometry=lines[::-1])
    report = importing.import_layer(workspace, "pipes", [turned], as_of=AS_OF)
    assert [one.severity for one in report.findings if one.check == "other_place"] == ["warning"]


def test_a_resurvey_by_number_is_no_other_place(workspace, tmp_path):
    ids = ["a", "b", "c"]
    old = [shapely.LineString([(500_000, y), (500_300, y)]) for y in (3_400_000, 3_400_100, 3_400_200)]
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ids, geometry=old)], as_of=AS_OF)
    new = [
        shapely.LineString([(500_000, 3_400_000.4), (500_150, 3_400_000.2)]),  # half of a pipe that was divided
        shapely.LineString([(500_000, 3_400_100), (500_400, 3_400_100)]),  # longer
        shapely.LineString([(500_300, 3_400_203), (500_000, 3_400_203)]),  # drawn backwards, 3 m beside
    ]
    part = delivery(tmp_path / "b.gpkg", ids, geometry=new)
    report = importing.import_layer(workspace, "pipes", [part], as_of=AS_OF, mode="upsert")
    assert report.version is not None
    assert not [one for one in report.findings if one.check == "other_place"]


def test_the_share_that_may_go_is_the_city_s_own(workspace, tmp_path):
    text = (assets.folder("models") / "checks.toml").read_text(encoding="utf-8")
    workspace.models.mkdir()
    (workspace.models / "checks.toml").write_text(text.replace("default = 0.1", "pipes = 0.5"), encoding="utf-8")
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ["a", "b"])], as_of=AS_OF)
    half = delivery(tmp_path / "b.gpkg", ["b"])
    assert importing.import_layer(workspace, "pipes", [half], as_of=AS_OF).version is not None


def test_the_same_delivery_again_is_no_version(workspace, tmp_path):
    path = delivery(tmp_path / "a.gpkg", ["a", "b"])
    importing.import_layer(workspace, "pipes", [path], as_of=AS_OF)
    again = importing.import_layer(workspace, "pipes", [path], as_of=AS_OF)
    assert not again.refused
    assert again.version is None


def test_what_changes_is_told_before_anything_is_written(workspace, tmp_path):
    path = delivery(tmp_path / "a.gpkg", ["a"])
    seen = []
    importing.import_layer(
        workspace,
        "pipes",
        [path],
        as_of=AS_OF,
        tell=lambda d: seen.append((d.counts(), store.read_layer(workspace, "pipes"))),
    )
    assert seen == [({"added": 1, "changed": 0, "removed": 0, "renumbered": 0}, None)]


@pytest.mark.parametrize("mode", ["replace", "upsert"])
def test_the_same_pipe_under_a_new_number(workspace, tmp_path, mode):
    first = delivery(tmp_path / "a.gpkg", ["a", "b"], road=["甲路", "乙路"])
    importing.import_layer(workspace, "pipes", [first], as_of=AS_OF)
    # drawn the other way round and 20 cm beside; the material is not told again
    second = delivery(
        tmp_path / "b.gpkg",
        ["a-new", "b"],
        geometry=[shapely.reverse(street("a", 0.2)), street("b")],
        material=[None, "PE"],
    )
    report = importing.import_layer(workspace, "pipes", [second], as_of=AS_OF, mode=mode)
    assert report.difference.renumbered.to_dict() == {"a-new": "a"}
    assert report.difference.counts()["added"] == report.difference.counts()["removed"] == 0
    assert [f.check for f in report.findings if f.id == "a-new" and f.check == "renumbered"] == ["renumbered"]
    pipes = store.read_layer(workspace, "pipes")
    assert sorted(pipes.index) == ["a-new", "b"]
    if mode == "upsert":
        assert (pipes.loc["a-new", "material"], pipes.loc["a-new", "road"]) == ("pe", "甲路")
    traced = tracing.trace(workspace, "pipes", "a-new")
    assert traced.former == ["a"]
    with pytest.raises(DataError, match="has the number a-new now"):
        tracing.trace(workspace, "pipes", "a")


def test_a_renewed_pipe_is_another_one(workspace, tmp_path):
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ["a"])], as_of=AS_OF)
    renewed = delivery(tmp_path / "b.gpkg", ["z"], geometry=[street("a")], install_year=2020)
    report = importing.import_layer(workspace, "pipes", [renewed], as_of=AS_OF, mode="upsert")
    assert report.difference.counts() == {"added": 1, "changed": 0, "removed": 0, "renumbered": 0}


def test_two_new_numbers_for_one_place_are_not_guessed(workspace, tmp_path):
    importing.import_layer(workspace, "pipes", [delivery(tmp_path / "a.gpkg", ["a"])], as_of=AS_OF)
    twice = delivery(tmp_path / "b.gpkg", ["y", "z"], geometry=[street("a", 0.1), street("a", -0.1)])
    report = importing.import_layer(workspace, "pipes", [twice], as_of=AS_OF, mode="upsert")
    assert report.difference.counts()["renumbered"] == 0
    assert "renumbering_unclear" in {f.check for f in report.findings}


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
