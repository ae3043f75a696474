"""Writes the sample city as a survey company would deliver it: GB18030 shapefiles, Chinese headings, words for codes.

Headings and words come from the layer schemas, so that what is delivered is what a schema says survey files use.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio

from gridrisk.layers import schema
from gridrisk.sample.city import CRS_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from gridrisk.layers.raster import Raster
    from gridrisk.layers.schema import FieldSchema
    from gridrisk.sample.city import City

#: Rows beyond which a table no longer goes into one Excel sheet.
MOST_EXCEL_ROWS = 200_000
_DBF_NAME_BYTES = 10
_ENCODING = "GB18030"
_CHINESE = re.compile("[\u4e00-\u9fff]")
#: Written into files that would else bear the moment of writing, so that the same city is the same file.
_STAMP = "2000-01-01"
#: Fields of each layer written to a shapefile; nothing else fits into what a field crew hands over.
_PIPE_FILES = {
    "市政燃气管线": ("municipal",),
    "庭院燃气管线": ("courtyard",),
    "户支管及立管": ("service", "riser"),
}


@dataclass(frozen=True)
class CityFiles:
    """The files of a delivery.

    Attributes
    ----------
    layers
        For every layer the files it came in.
    rasters
        For every raster its file.
    truth
        What really holds, by pipe_id; beside the delivery, not in it.
    """

    layers: Mapping[str, tuple[Path, ...]]
    rasters: Mapping[str, Path]
    truth: Path


def deliver(city: City, folder: Path) -> CityFiles:
    """Write the files of `city` into `folder`, and the truth beside it.

    The folder is made where it is missing; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    layers = city.layers
    pipes = layers["pipes"]
    works, voids = layers["works"], layers["voids"]
    area, spot = works.geom_type == "Polygon", voids.geom_type == "Point"
    files = {
        "pipes": tuple(
            _shapefile(pipes[pipes["setting"].isin(kinds)], "pipes", folder / f"{name}.shp")
            for name, kinds in _PIPE_FILES.items()
        ),
        "valves": (_shapefile(layers["valves"], "valves", folder / "阀门.shp"),),
        "works": (
            _shapefile(works[area], "works", folder / "施工工地.shp"),
            _shapefile(works[~area], "works", folder / "施工管线.shp"),
        ),
        "leaks": (_shapefile(layers["leaks"], "leaks", folder / "泄漏抢修.shp"),),
        "buildings": (_vector(layers["buildings"], "buildings", folder / "建筑物.gpkg"),),
        "utilities": (_vector(layers["utilities"], "utilities", folder / "综合管线.gpkg"),),
        "roads": (_vector(layers["roads"], "roads", folder / "道路.gpkg"),),
        "communities": (_vector(layers["communities"], "communities", folder / "小区.gpkg"),),
        "towns": (_vector(layers["towns"], "towns", folder / "街镇.gpkg"),),
        "voids": (
            _vector(voids[spot], "voids", folder / "检查井.fgb"),
            _vector(voids[~spot], "voids", folder / "管沟暗渠.fgb"),
        ),
        "customers": (_sheet(layers["customers"], "customers", folder / "用户台账"),),
        "stations": (_sheet(layers["stations"], "stations", folder / "厂站调压箱"),),
        "depots": (_sheet(layers["depots"], "depots", folder / "瓶装气站点"),),
        "sensors": (_sheet(layers["sensors"], "sensors", folder / "监测设备", excel=False),),
    }
    rasters = {name: _raster(raster, folder / f"{name}.tif") for name, raster in city.rasters.items()}
    truth = folder.parent / "truth.parquet"
    city.truth.to_parquet(truth)
    return CityFiles(files, rasters, truth)


def heading(layer: str, field: str, most_bytes: int | None = None) -> str:
    """Return the Chinese heading of a field: its title, or the first synonym that fits into `most_bytes` of GB18030."""
    spec = schema.load(layer).fields[field]
    for name in (spec.title.zh, *spec.synonyms):
        if _CHINESE.search(name) and (most_bytes is None or len(name.encode(_ENCODING)) <= most_bytes):
            return name
    return spec.title.zh


def _columns(frame: gpd.GeoDataFrame, layer: str, most_bytes: int | None = None) -> pd.DataFrame:
    """Return the fields that have any value under Chinese headings, codes as words, the id first."""
    spec = schema.load(layer)
    out: dict[str, pd.Series[Any]] = {heading(layer, spec.id, most_bytes): pd.Series(frame.index, index=frame.index)}
    for field, kind in spec.fields.items():
        if field == spec.id or not frame[field].notna().any():
            continue
        out[heading(layer, field, most_bytes)] = _worded(frame[field], layer, field, kind)
    return pd.DataFrame(out)


def _worded(  # noqa: PLR0911 - one way a type
    values: pd.Series[Any], layer: str, field: str, kind: FieldSchema
) -> pd.Series[Any]:
    if kind.type == "choice":
        return _mapped(values, {code: choice.zh for code, choice in kind.choices.items()})
    if kind.type == "boolean":
        return _mapped(values, {True: "是", False: "否"})
    if kind.type == "list":
        known = {code: choice.zh for code, choice in schema.load("utilities").fields["kind"].choices.items()}
        return _mapped(values, known)
    if kind.type == "date":
        days: pd.Series[Any] = values.dt.strftime("%Y-%m-%d").astype("str")
        return days
    if kind.unit == "kPa":
        return values.map(lambda kpa: f"{kpa / 1000:g}MPa", na_action="ignore").astype("str")
    if (layer, field) == ("pipes", "install_year"):
        return _years(values)
    return values


def _mapped(values: pd.Series[Any], words: Mapping[Any, str]) -> pd.Series[Any]:
    worded: pd.Series[Any] = values.map(words).astype("str")
    return worded


def _years(values: pd.Series[Any]) -> pd.Series[Any]:
    """Write years as the crews of different decades did: 1987, 1987年, 1987.10, 1987-10-15."""
    year = values.astype("Int64").astype("str")
    number = np.arange(len(values)) * 2654435761 % 2**32
    month = pd.Series(number // 7 % 12 + 1, index=values.index).astype("str").str.zfill(2)
    style = number % 100
    out = year.where(style >= 8, year + "年")
    out = out.mask((style >= 8) & (style < 16), year + "." + month)
    out = out.mask((style >= 16) & (style < 28), year + "-" + month + "-15")
    written: pd.Series[Any] = out.mask(values.isna())
    return written


def _diameters(frame: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Write diameters as drawings do: de for the outer one of polyethylene, DN for the nominal bore of the rest."""
    size = frame["diameter_mm"].round().astype("Int64").astype("str")
    written: pd.Series[Any] = ("DN" + size).where(frame["material"] != "pe", "de" + size)
    return written


def _shapefile(frame: gpd.GeoDataFrame, layer: str, path: Path) -> Path:
    table = _columns(frame, layer, _DBF_NAME_BYTES)
    if layer == "pipes":
        table[heading(layer, "diameter_mm", _DBF_NAME_BYTES)] = _diameters(frame)
    whole = gpd.GeoDataFrame(table, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*encoding.*")
        pyogrio.write_dataframe(
            whole.reset_index(drop=True),
            path,
            driver="ESRI Shapefile",
            encoding=_ENCODING,
            layer_options={"DBF_DATE_LAST_UPDATE": _STAMP, "RESIZE": "YES"},
        )
    path.with_suffix(".cpg").unlink(missing_ok=True)
    return path


def _vector(frame: gpd.GeoDataFrame, layer: str, path: Path) -> Path:
    path.unlink(missing_ok=True)
    whole = gpd.GeoDataFrame(_columns(frame, layer), geometry=frame.geometry.to_numpy(), crs=frame.crs)
    options = {"SPATIAL_INDEX": "NO"} if path.suffix == ".gpkg" else {}
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_STAMP}T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(whole.reset_index(drop=True), path, layer=path.stem, layer_options=options)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return path


def _sheet(frame: gpd.GeoDataFrame, layer: str, stem: Path, *, excel: bool = True) -> Path:
    table = _columns(frame, layer)
    table["X"] = frame.geometry.x.round(3).to_numpy()
    table["Y"] = frame.geometry.y.round(3).to_numpy()
    if not excel or len(table) > MOST_EXCEL_ROWS:
        path = stem.with_suffix(".csv")
        table.to_csv(path, index=False, encoding="utf-8-sig")
        return path
    return _excel(table, stem.with_suffix(".xlsx"))


def _excel(table: pd.DataFrame, path: Path) -> Path:
    import datetime as dt

    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": dt.datetime.fromisoformat(_STAMP)})
        sheet = book.add_worksheet(path.stem)
        sheet.write_row(0, 0, list(table.columns))
        cells: NDArray[np.object_] = table.astype(object).where(table.notna(), None).to_numpy(dtype=object)
        for number, row in enumerate(cells.tolist(), start=1):
            sheet.write_row(number, 0, row)
    return path


def _raster(raster: Raster, path: Path) -> Path:
    rows, columns = raster.values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype="float32",
        crs=CRS_NAME,
        transform=raster.transform,
        nodata=-9999.0,
        compress="deflate",
    ) as target:
        target.write(raster.values.astype("float32"), 1)
    return path
