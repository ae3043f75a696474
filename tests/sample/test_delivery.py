"""What is delivered can be read again, and says the same."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyogrio
import pytest
import python_calamine
import rasterio

from gridrisk import sample
from gridrisk.layers import schema
from gridrisk.sample import delivery

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = dt.date(2025, 6, 30)


@pytest.fixture(scope="module")
def files(city: sample.City, tmp_path_factory: pytest.TempPathFactory) -> sample.CityFiles:
    return sample.deliver(city, tmp_path_factory.mktemp("city") / "delivery")


def shapes(paths: tuple[Path, ...]) -> pd.DataFrame:
    return pd.concat([pyogrio.read_dataframe(path, encoding="GB18030") for path in paths], ignore_index=True)


def test_shapefiles_hold_chinese_in_gb18030_without_saying_so(files: sample.CityFiles, city: sample.City) -> None:
    for layer in ("pipes", "valves", "works", "leaks"):
        for path in files.layers[layer]:
            assert path.suffix == ".shp"
            assert not path.with_suffix(".cpg").exists()
            # the language byte of the table names no code page: a reader must find out
            assert path.with_suffix(".dbf").read_bytes()[29] in {0x00, 0x57}
        read = shapes(files.layers[layer])
        frame = city.layers[layer]
        assert len(read) == len(frame)
        assert read.crs.to_epsg() == 4547
    read = shapes(files.layers["pipes"]).set_index("管段编号").reindex(city.layers["pipes"].index)
    assert read["管道材质"].eq("灰口铸铁").sum() == (city.layers["pipes"]["material"] == "grey_cast_iron").sum()
    assert read["压力级制"].isin(["低压", "中压A", "中压B", "次高压B"]).all()
    plastic = city.layers["pipes"]["material"] == "pe"
    assert read["管径"].str.startswith("de").equals(plastic.rename("管径"))
    number = read["管径"].str.slice(2).astype(float)
    np.testing.assert_allclose(number, city.layers["pipes"]["diameter_mm"])
    year = read["建设年代"].str.slice(0, 4).astype("Int64")
    assert year.rename("install_year").equals(city.layers["pipes"]["install_year"])
    assert read["建设年代"].str.len().nunique() > 2


def test_headings_are_words_the_schema_knows_and_fit_a_shapefile() -> None:
    for layer in schema.names():
        spec = schema.load(layer)
        limit = 10 if layer in {"pipes", "valves", "works", "leaks"} else None
        headings = [delivery.heading(layer, field, limit) for field in spec.fields]
        assert len(set(headings)) == len(headings)
        for field, text in zip(spec.fields, headings, strict=True):
            assert text in {spec.fields[field].title.zh, *spec.fields[field].synonyms}
            assert limit is None or len(text.encode("gb18030")) <= limit, (layer, field)


def test_all_other_files_can_be_read(files: sample.CityFiles, city: sample.City) -> None:
    assert set(files.layers) == set(schema.names())
    for layer, paths in files.layers.items():
        rows = 0
        for path in paths:
            if path.suffix == ".xlsx":
                sheet = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()
                assert {"X", "Y"} <= set(sheet[0])
                rows += len(sheet) - 1
            elif path.suffix == ".csv":
                rows += len(pd.read_csv(path, encoding="utf-8-sig"))
            else:
                rows += pyogrio.read_info(path, encoding="GB18030" if path.suffix == ".shp" else None)["features"]
        assert rows == len(city.layers[layer]), layer
    assert {path.suffix for paths in files.layers.values() for path in paths} == {
        ".shp",
        ".gpkg",
        ".fgb",
        ".xlsx",
        ".csv",
    }


def test_rasters_and_truth(files: sample.CityFiles, city: sample.City) -> None:
    for name, path in files.rasters.items():
        with rasterio.open(path) as source:
            assert source.crs.to_epsg() == 4547
            np.testing.assert_allclose(source.read(1), city.rasters[name].values.astype("float32"))
            assert source.transform == city.rasters[name].transform
    pd.testing.assert_frame_equal(pd.read_parquet(files.truth), city.truth, check_dtype=False)
    folder = files.layers["pipes"][0].parent
    assert files.truth.parent == folder.parent
    assert not list(folder.glob("*truth*"))


def test_the_same_city_is_the_same_bytes(small: sample.City, tmp_path: Path) -> None:
    for name in ("one", "two"):
        sample.deliver(small, tmp_path / name / "delivery")
    first = {p.relative_to(tmp_path / "one"): p.read_bytes() for p in (tmp_path / "one").rglob("*") if p.is_file()}
    second = {p.relative_to(tmp_path / "two"): p.read_bytes() for p in (tmp_path / "two").rglob("*") if p.is_file()}
    assert first.keys() == second.keys()
    assert [str(name) for name in first if first[name] != second[name]] == []


def test_many_customers_go_into_csv(small: sample.City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MOST_EXCEL_ROWS", 10)
    files = sample.deliver(small, tmp_path / "delivery")
    (path,) = files.layers["customers"]
    assert path.suffix == ".csv"
    assert len(pd.read_csv(path, dtype=str)) == len(small.layers["customers"])


def test_write_city_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    files = sample.write_city(
        tmp_path / "delivery", pipes=500, seed=3, as_of=AS_OF, progress=lambda step, share: told.append((step, share))
    )
    assert files.truth.exists()
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
