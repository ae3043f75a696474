"""A layer written in every form a delivery may have, and imported again, is the same layer."""

from __future__ import annotations

import datetime as dt
import itertools
import warnings
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from deliveries import AS_OF, TARGET, X0, Y0, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString

from gridrisk.layers import read_delivery, schema, values

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

SPEC = schema.load("pipes")
FIELDS = ("material", "diameter_mm", "pressure_class", "install_year", "setting", "cathodic", "renew_by", "surveyed_on", "road")  # fmt: skip
FORMS = ("shp", "gpkg", "geojson", "fgb", "gdb", "mif", "parquet", "csv", "xlsx", "zip")
FOLDERS = itertools.count()


def _kept(text: str) -> bool:
    """Say whether a text means itself: no sign for nothing, no blanks at its ends."""
    return values._text(text) == (text, None) and text.strip() == text != ""


WORDS = st.text(
    st.sampled_from("管线道路号北京大街一二三铸铁燃气“”（），。·A9 <=\"'\\;|&%#"), min_size=1, max_size=20
).filter(_kept)
POINTS = st.tuples(st.integers(0, 2_000_000), st.integers(0, 2_000_000)).map(
    lambda p: (X0 + p[0] / 1000, Y0 + p[1] / 1000)
)


def unknown_or(some: SearchStrategy[object]) -> SearchStrategy[object]:
    return st.none() | some


ROW = st.fixed_dictionaries(
    {
        "material": unknown_or(st.sampled_from(sorted(SPEC.fields["material"].choices))),
        "diameter_mm": unknown_or(st.integers(10, 2500).map(float)),
        "pressure_class": unknown_or(st.sampled_from(sorted(SPEC.fields["pressure_class"].choices))),
        "install_year": unknown_or(st.integers(1900, AS_OF.year)),
        "setting": unknown_or(st.sampled_from(sorted(SPEC.fields["setting"].choices))),
        "cathodic": unknown_or(st.booleans()),
        "renew_by": unknown_or(st.dates(dt.date(1901, 1, 1), dt.date(2199, 12, 31))),
        "surveyed_on": unknown_or(st.dates(dt.date(1901, 1, 1), AS_OF)),
        "road": unknown_or(WORDS),
        "line": st.lists(POINTS, min_size=2, max_size=5, unique=True),
    }
)


def layer(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    """Return rows as a layer of pipes with every field."""
    table = pd.DataFrame([{name: row[name] for name in FIELDS} for row in rows], columns=list(FIELDS))
    table.insert(0, "pipe_id", [f"管{i}" for i in range(len(rows))])
    for name in ("renew_by", "surveyed_on"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[ms]")
    lines = [LineString(row["line"]) for row in rows]
    return schema.complete(gpd.GeoDataFrame(table, geometry=lines, crs=TARGET), "pipes")


def delivered(frame: gpd.GeoDataFrame, form: str) -> gpd.GeoDataFrame:
    """Return a layer as a survey writes it: Chinese headings and words, yes and no, whole numbers without a point."""
    table = frame.reset_index()
    found: dict[str, object] = {}
    for name in ("pipe_id", *FIELDS):
        spec, column = SPEC.fields[name], table[name]
        if spec.choices:
            column = column.map({key: choice.zh for key, choice in spec.choices.items()})
        if spec.type == "boolean":
            column = column.astype(object).map({True: "是", False: "否"})
        if spec.type == "date" and form in {"csv", "geojson", "mif"}:
            column = column.dt.strftime("%Y-%m-%d")
        if spec.type == "integer":
            column = column.astype("float64")
        found[name if form == "mif" else spec.title.zh if name != "diameter_mm" else "管径"] = column
    return gpd.GeoDataFrame(found, geometry=frame.geometry.to_numpy(), crs=TARGET)


def put(frame: gpd.GeoDataFrame, form: str, folder: Path) -> Path:
    """Write a delivery in one form and return its file."""
    survey = delivered(frame, form)
    path = folder / f"管线.{form}"
    match form:
        case "csv" | "xlsx":
            table = pd.DataFrame(survey.drop(columns="geometry")).assign(
                WKT=survey.geometry.to_wkt(rounding_precision=-1)
            )
            if form == "csv":
                table.to_csv(path, index=False, encoding="gb18030")
            else:
                with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": {"strings_to_formulas": False}}) as writer:  # fmt: skip
                    table.to_excel(writer, index=False)
        case "parquet":
            survey.to_parquet(path)
        case "shp" | "zip":
            write(survey, path.with_suffix(".shp"), encoding="GB18030")
            path.with_suffix(".cpg").unlink(missing_ok=True)
            if form == "zip":
                with zipfile.ZipFile(path, "w") as archive:
                    for part in folder.glob("管线.*"):
                        if part != path:
                            archive.write(part, f"数据/{part.name}")
        case "gdb":
            write(survey, path, driver="OpenFileGDB")
        case _:
            write(survey, path)
    return path


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=6))
def test_layer_comes_back_as_it_was(form: str, tmp_path: Path, rows: list[dict[str, object]]) -> None:
    frame = layer(rows)
    folder = tmp_path / str(next(FOLDERS))
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = put(frame, form, folder)
    found = read_delivery("pipes", [path], target=TARGET, as_of=AS_OF, source_crs="EPSG:4548")
    assert found.sound, [str(finding.message) for finding in found.findings]
    back = found.frame.reindex(frame.index)
    for name in FIELDS:
        pd.testing.assert_series_equal(back[name], frame[name], obj=name)
    # GeoJSON keeps seven digits behind the point, MapInfo what its grid of integers holds
    assert np.asarray(back.geometry.geom_equals_exact(frame.geometry, 1e-5)).all()
