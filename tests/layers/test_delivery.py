"""Deliveries read as layers: made here, and as other people delivered them."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xlsxwriter
from deliveries import AS_OF, TARGET, X0, Y0, line, pipes, write
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import Point, box

from gridrisk.crs import webmap
from gridrisk.errors import CrsError, DataError, FileFormatError, GridriskError, UsageError
from gridrisk.layers import Delivery, read_delivery, schema

if TYPE_CHECKING:
    from pathlib import Path


def read(layer: str, *files: Path, target: CRS = TARGET, **options: Any) -> Delivery:
    return read_delivery(layer, files, target=target, as_of=AS_OF, **options)


def checks(delivery: Delivery) -> Counter[str]:
    return Counter(finding.check for finding in delivery.findings)


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("cpg", [True, False])
def test_chinese_shapefile_in_either_encoding(tmp_path: Path, encoding: str, cpg: bool) -> None:
    path = write(pipes(), tmp_path / "管线.shp", encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
    delivery = read("pipes", path)
    assert delivery.sound
    frame = delivery.frame
    assert frame.index.tolist() == ["A1", "A2", "A3"]
    assert frame["material"].tolist() == ["pe", "grey_cast_iron", "steel"]
    assert frame["diameter_mm"].tolist() == [110.0, 200.0, 150.0]
    assert frame["pressure_class"].tolist() == ["medium_a", "low", "medium_b"]
    assert frame["install_year"].tolist() == [1998, 2005, 2011]
    assert frame.crs == TARGET
    assert frame.geometry.iloc[1].equals(line(1))
    assert checks(delivery) == ({"reading": 1} if encoding == "GBK" and not cpg else {})


def test_frame_has_every_field_in_its_type(tmp_path: Path) -> None:
    frame = read("pipes", write(pipes(), tmp_path / "a.gpkg")).frame
    spec = schema.load("pipes")
    assert frame.index.name == "pipe_id"
    assert {name: str(dtype) for name, dtype in frame.dtypes.items() if name != "geometry"} == {
        name: field.dtype for name, field in spec.fields.items() if name != spec.id
    }
    assert frame["cathodic"].isna().all()


def test_findings_name_row_id_field_value_and_mend(tmp_path: Path) -> None:
    frame = pipes(材质=["PE管", "铸铁", "钢管"], 开始使用年月=["1998", "2049", "很早"])
    delivery = read("pipes", write(frame, tmp_path / "a.gpkg"))
    assert delivery.sound
    assert delivery.frame["material"].tolist() == ["pe", "unknown", "steel"]
    assert delivery.frame["install_year"].isna().tolist() == [False, True, True]
    by_check = {finding.check: finding for finding in delivery.findings}
    late = by_check["in_future"]
    assert str(late.message) == (
        "a.gpkg row 2 (A2): install_year 2049 lies after 2026-11-22; correct the year, or give --as-of"
    )
    assert (late.id, late.row, late.field, late.severity) == ("A2", 2, "install_year", "warning")
    assert late.x == pytest.approx(X0 + 10, abs=10)
    assert by_check["unknown_code"].row == 2
    assert by_check["unreadable"].row == 3


def test_duplicate_and_missing_ids_forbid_the_commit(tmp_path: Path) -> None:
    delivery = read("pipes", write(pipes(管段编号=["A1", "A1", None]), tmp_path / "a.gpkg"))
    assert not delivery.sound
    assert delivery.frame.index.tolist() == ["A1"]
    errors = {f.check: f.row for f in delivery.findings if f.severity == "error"}
    assert errors == {"duplicate_id": 2, "no_id": 3}


def test_duplicate_id_in_another_file_names_that_file(tmp_path: Path) -> None:
    first = write(pipes(), tmp_path / "a.gpkg")
    second = write(pipes(管段编号=["B1", "A2", "B3"]), tmp_path / "b.gpkg")
    delivery = read("pipes", first, second)
    (error,) = [f for f in delivery.findings if f.severity == "error"]
    assert str(error.message).startswith("b.gpkg row 2 (A2): the pipe_id already stands in a.gpkg row 2")
    assert delivery.rows == 6
    assert delivery.origin.loc["B3"].to_dict() == {"file": "b.gpkg", "row": 3, "line": 3}


def test_table_without_ids_is_refused_with_its_columns(tmp_path: Path) -> None:
    path = write(pipes().drop(columns="管段编号"), tmp_path / "a.gpkg")
    with pytest.raises(DataError, match=r"no column for pipe_id .*材质, 管径"):
        read("pipes", path)


def test_polygon_in_a_line_layer_is_an_error_of_its_row(tmp_path: Path) -> None:
    frame = pipes().set_geometry([line(0), box(X0, Y0, X0 + 1, Y0 + 1), line(2)], crs=TARGET)
    delivery = read("pipes", write(frame, tmp_path / "a.gpkg"))
    assert not delivery.sound
    (error,) = [f for f in delivery.findings if f.severity == "error"]
    assert (error.check, error.row, error.id) == ("geometry_type", 2, "A2")
    assert delivery.frame.index.tolist() == ["A1", "A3"]


def test_row_far_away_is_an_error_and_all_far_away_a_refusal(tmp_path: Path) -> None:
    frame = pipes()
    frame.loc[1, "geometry"] = gpd.GeoSeries([line(0)]).translate(-X0, -Y0).iloc[0]
    delivery = read("pipes", write(frame, tmp_path / "a.gpkg"))
    assert [(f.check, f.row) for f in delivery.findings if f.severity == "error"] == [("outside_area", 2)]
    degrees = pipes().to_crs(4490).set_crs(4548, allow_override=True)
    with pytest.raises(CrsError, match="degrees"):
        read("pipes", write(degrees, tmp_path / "b.gpkg"))


def test_file_without_system_is_refused_until_one_is_given(tmp_path: Path) -> None:
    path = write(pipes(), tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError, match="--crs"):
        read("pipes", path)
    assert read("pipes", path, source_crs="EPSG:4548").sound


def test_degrees_come_into_the_system_of_the_workspace(tmp_path: Path) -> None:
    delivery = read("pipes", write(pipes().to_crs(4490), tmp_path / "a.geojson"))
    assert delivery.frame.crs == TARGET
    assert delivery.frame.geometry.iloc[0].distance(Point(X0, Y0)) < 0.01  # GeoJSON rounds to 1e-7 degrees


def test_workspace_must_be_metric(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="metric"):
        read("pipes", tmp_path / "a.gpkg", target=CRS(4490))
    with pytest.raises(UsageError):
        read("no_layer", tmp_path / "a.gpkg")


def test_parts_get_ids_of_their_own(tmp_path: Path) -> None:
    frame = pipes().dissolve(by=[0, 0, 1]).reset_index(drop=True)
    delivery = read("pipes", write(frame, tmp_path / "a.gpkg"))
    assert delivery.frame.index.tolist() == ["A1-1", "A1-2", "A3"]
    assert delivery.sound


def test_file_without_any_object_is_an_empty_layer(tmp_path: Path) -> None:
    delivery = read("pipes", write(pipes().iloc[:0], tmp_path / "a.gpkg"))
    assert len(delivery.frame) == 0
    assert delivery.frame.crs == TARGET
    assert checks(delivery) == {"no_rows": 1}


def test_crosswalk_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[pipes.fields]\nmaterial = { from = "材质", values = { "铸铁" = "ductile_iron" } }\n', encoding="utf-8"
    )
    path = write(pipes(材质=["铸铁"] * 3), tmp_path / "a.gpkg")
    delivery = read("pipes", path, crosswalk="own", crosswalk_folder=tmp_path)
    assert delivery.frame["material"].tolist() == ["ductile_iron"] * 3


def test_html_in_names_stays_text(tmp_path: Path) -> None:
    frame = pipes(路名=["<script>alert(1)</script>", "=1+1", "`${x}`"])
    found = read("pipes", write(frame, tmp_path / "a.gpkg")).frame["road"].tolist()
    assert found == ["<script>alert(1)</script>", "=1+1", "`${x}`"]


def test_delivery_is_read_the_same_from_every_format(tmp_path: Path) -> None:
    frame = pipes().set_geometry(pipes().geometry, crs=TARGET)
    table = pd.DataFrame(frame.drop(columns="geometry")).assign(WKT=frame.geometry.to_wkt())
    table.to_csv(tmp_path / "a.csv", index=False, encoding="gb18030")
    table.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    files = [tmp_path / "a.csv", tmp_path / "a.xlsx", tmp_path / "a.parquet"]
    files += [write(frame, tmp_path / f"b{suffix}") for suffix in (".shp", ".gpkg", ".geojson", ".fgb")]
    first = read("pipes", files[2]).frame
    for path in files:
        found = read("pipes", path, source_crs="EPSG:4548").frame.sort_index()
        pd.testing.assert_frame_equal(
            pd.DataFrame(found.drop(columns="geometry")), pd.DataFrame(first.drop(columns="geometry"))
        )
        assert found.geometry.geom_equals_exact(first.geometry, 1e-6).all(), path.name


@settings(max_examples=150)
@given(data=st.data())
def test_mutated_file_ends_in_a_delivery_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    suffix = data.draw(st.sampled_from([".shp", ".gpkg", ".geojson", ".fgb", ".parquet", ".csv", ".xlsx"]))
    source = tmp_path_factory.getbasetemp() / f"whole{suffix}"
    if not source.exists():
        if suffix in {".csv", ".xlsx"}:
            table = pd.DataFrame(pipes().drop(columns="geometry")).assign(WKT=pipes().geometry.to_wkt())
            table.to_csv(source, index=False) if suffix == ".csv" else table.to_excel(source, index=False)
        elif suffix == ".parquet":
            pipes().to_parquet(source)
        else:
            write(pipes(), source)
    folder = tmp_path_factory.mktemp("mutated")
    for path in source.parent.glob("whole.*"):
        if path.suffix == suffix or (suffix == ".shp" and path.suffix in {".shx", ".dbf", ".prj", ".cpg"}):
            content = bytearray(path.read_bytes())
            for _ in range(data.draw(st.integers(1, 4))):
                content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
            (folder / path.name).write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content) * 2))])
    delivery = None
    with suppress(GridriskError):
        delivery = read("pipes", folder / f"whole{suffix}", source_crs="EPSG:4548")
    if delivery is not None:
        assert delivery.frame.index.is_unique
        assert all(str(finding.message) for finding in delivery.findings)
    shutil.rmtree(folder)


# --- networks that other people made ---------------------------------------------------------------------------------


@pytest.mark.shared
def test_lines_are_built_from_the_tables_of_cjj61(shared_data: Path) -> None:
    folder = shared_data / "delivery_a"
    delivery = read("pipes", folder / "燃气管线成果表.xlsx", folder / "RQPOINT.shp", crosswalk="cjj61")
    assert delivery.sound
    assert len(delivery.frame) == delivery.rows == 2564
    found = checks(delivery)
    assert found["duplicate_line"] == 5
    assert found["unknown_code"] == 12  # bare 铸铁
    assert (delivery.frame["material"] == "unknown").sum() == 12
    assert delivery.frame["install_year"].isna().sum() == 26
    first = delivery.frame.loc["RQ00015-RQ00451"]
    assert first["diameter_mm"] == 160.0
    assert first["depth_m"] == pytest.approx((0.78 + 0.83) / 2)
    assert first[["material", "pressure_class", "laying", "status", "setting"]].tolist() == [
        "pe",
        "medium_b",
        "direct",
        "in_service",
        "municipal",
    ]
    for name in ("material", "diameter_mm", "pressure_class", "setting", "owner", "road", "laying"):
        assert delivery.frame[name].notna().all(), name


@pytest.mark.shared
def test_lines_without_their_points_lead_to_the_crosswalk(shared_data: Path) -> None:
    with pytest.raises(DataError, match="--crosswalk cjj61"):
        read("pipes", shared_data / "delivery_a" / "燃气管线成果表.xlsx")


@pytest.mark.shared
def test_ids_under_a_heading_that_a_crosswalk_knows_lead_to_it(shared_data: Path) -> None:
    with pytest.raises(DataError, match="--crosswalk cjj61"):
        read("valves", shared_data / "delivery_a" / "RQPOINT.shp")


@pytest.mark.shared
def test_valves_and_stations_come_out_of_the_point_table(shared_data: Path) -> None:
    path = shared_data / "delivery_a" / "RQPOINT.shp"
    valves = read("valves", path, crosswalk="cjj61")
    assert len(valves.frame) == 309
    assert valves.frame["operable"].isna().all()
    stations = read("stations", path, crosswalk="cjj61")
    assert stations.frame["kind"].tolist() == ["regulator_box"]
    assert stations.frame["is_source"].isna().all()


@pytest.mark.shared
def test_building_sites_and_caterers(shared_data: Path) -> None:
    works = read("works", shared_data / "delivery_a" / "施工工地.shp").frame
    assert works["kind"].tolist() == ["jacking", "piling", "excavation"]
    assert works["start_on"].dt.date.tolist() == [dt.date(2026, 10, 1), dt.date(2026, 11, 15), dt.date(2026, 12, 1)]
    assert works["plan_signed"].tolist()[:2] == [True, False]
    assert works["plan_signed"].isna().tolist() == [False, False, True]
    assert works["name"].iloc[0] == "地铁2号线<延长线>"
    path = shared_data / "delivery_a" / "餐饮用户摸底表.xlsx"
    with pytest.raises(CrsError, match="--crs"):
        read("customers", path)
    customers = read("customers", path, source_crs="EPSG:4548").frame
    assert customers["fuel"].value_counts().to_dict() == {"pipe": 20, "electric": 20, "bottle": 20}
    assert customers["kind"].notna().all()
    assert customers["licensed"].isna().sum() == 20
    assert customers.index[0] == "1"


@pytest.mark.shared
@pytest.mark.parametrize("target", [31467, 25832])
def test_german_network_through_its_crosswalk(shared_data: Path, target: int) -> None:
    folder = shared_data / "schutterwald_gas"
    options: dict[str, Any] = {"target": CRS(target), "crosswalk": "schutterwald"}
    delivery = read("pipes", folder / "leitungen.shp", **options)
    assert delivery.sound
    assert len(delivery.frame) == 2559
    assert (delivery.frame["material"] == "pe").sum() == 916 + 106 + 31
    assert delivery.frame["material"].isna().sum() == 1506
    assert delivery.frame["diameter_mm"].value_counts().to_dict() == {50.0: 1506, 125.0: 947, 180.0: 106}
    assert delivery.frame["install_year"].isna().all()
    assert {f.field for f in delivery.findings if f.check == "missing_field"} == {"pressure_class", "install_year"}
    assert checks(delivery)["stand_in"] == 1
    lengths = delivery.frame.length.to_numpy()
    given = gpd.read_file(folder / "leitungen.shp")["LAENGE_M"].to_numpy()
    assert np.median(np.abs(lengths - given) / given) < 0.02
    customers = read("customers", folder / "hausanschluesse.geojson", **options)
    assert len(customers.frame) == 1506
    assert (customers.frame["fuel"] == "pipe").all()
    stations = read("stations", folder / "einspeisung.gpkg", **options).frame
    assert stations["is_source"].tolist() == [True]
    assert stations["outlet_class"].tolist() == ["medium_b"]


@pytest.mark.shared
def test_german_network_does_not_lie_in_china(shared_data: Path) -> None:
    with pytest.raises(GridriskError, match="ballpark"):
        read("pipes", shared_data / "schutterwald_gas" / "leitungen.shp", crosswalk="schutterwald")
    with pytest.raises(FileFormatError):
        read("pipes", shared_data / "schutterwald_gas" / "leitungen.txt")


def test_degrees_of_a_web_map_are_brought_back(tmp_path: Path) -> None:
    degrees = pipes().to_crs(4490)
    for label, shift in (("GCJ02", webmap.to_gcj02), ("BD-09", webmap.to_bd09)):
        shifted = degrees.set_geometry(shapely.transform(degrees.geometry.array, shift), crs=4490)
        path = write(shifted, tmp_path / f"{label}.gpkg")
        frame = read("pipes", path, source_crs=label).frame
        assert frame.geometry.iloc[0].distance(line(0)) < 1e-6
        assert frame.crs == TARGET


def test_grid_of_the_city_needs_its_parameters(tmp_path: Path) -> None:
    local = pipes().translate(-380_000, -3_170_000).array
    path = write(gpd.GeoDataFrame(pipes().drop(columns="geometry"), geometry=local), tmp_path / "a.shp")
    path.with_suffix(".prj").unlink(missing_ok=True)
    with pytest.raises(CrsError, match="grid of the city's own"):
        read("pipes", path)
    (tmp_path / "crs.toml").write_text(
        '[grid]\nto = "EPSG:4548"\nsource = "x"\nmethod = "plane"\n'
        "dx_m = 380000\ndy_m = 3170000\nrotation_arcsec = 0\nscale_ppm = 0\n"
    )
    frame = read("pipes", path, source_crs="grid", systems=tmp_path / "crs.toml").frame
    assert frame.geometry.iloc[0].equals_exact(line(0), 1e-9)


def test_system_of_the_workspace_is_asked_about_where_the_places_would_lie_in_it(tmp_path: Path) -> None:
    path = write(pipes().set_crs(None, allow_override=True), tmp_path / "a.shp", encoding="GB18030")
    with pytest.raises(CrsError, match=r"they would lie in EPSG:4548 .*--crs EPSG:4548"):
        read("pipes", path)


def test_axes_are_exchanged_when_the_person_says_so(tmp_path: Path) -> None:
    frame = pipes()
    turned = frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda at: at[:, ::-1]), crs=None)
    path = write(turned, tmp_path / "a.shp", encoding="GB18030")
    with pytest.raises(CrsError, match="--swap-axes"):
        read("pipes", path, source_crs="EPSG:4548")
    found = read("pipes", path, source_crs="EPSG:4548", swapped=True)
    assert shapely.equals(found.frame.geometry.to_numpy(), frame.geometry.to_numpy()).all()


def test_a_number_given_twice_is_told_by_the_lines_of_the_sheet(tmp_path: Path) -> None:
    path = tmp_path / "用户.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("用户")
        for i, row in enumerate(
            [
                ["某区餐饮用户摸底表"],
                ["用户编号", "用户类型", "X坐标", "Y坐标"],
                ["K1", "餐饮", X0, Y0],
                ["K2", "餐饮", X0 + 10, Y0],
                ["K1", "餐饮", X0 + 20, Y0],
            ]
        ):
            sheet.write_row(i, 0, row)
    found = read_delivery("customers", [path], target=TARGET, as_of=AS_OF, source_crs="EPSG:4548")
    (twice,) = [one for one in found.findings if one.check == "duplicate_id"]
    assert "line 5 of the sheet" in str(twice.message)
    assert "already stands in 用户.xlsx row 3" in str(twice.message)
    assert found.origin.loc["K1", ["row", "line"]].tolist() == [1, 3]
