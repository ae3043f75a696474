"""Deliveries made for the tests: a few rows, in the forms survey companies use."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely import LineString

from gridrisk.layers.collect import Collector, Rows

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = dt.date(2026, 11, 22)
TARGET = CRS(4548)
X0, Y0 = 388_000.0, 3_172_000.0


def line(i: int) -> LineString:
    """Segment i: 5 m east, 5 m north, each 10 m east of the last."""
    return LineString([(X0 + 10 * i, Y0), (X0 + 10 * i + 5, Y0 + 5)])


def pipes(**columns: Any) -> gpd.GeoDataFrame:
    """Three pipes under the headings of a Chinese survey; `columns` change or add some."""
    data = {
        "管段编号": ["A1", "A2", "A3"],
        "材质": ["PE管", "灰口铸铁", "钢管"],
        "管径": ["de110", "DN200", "DN150"],
        "压力级别": ["中压A", "低压", "中压B"],
        "开始使用年月": ["1998年", "2005.06", "201107"],
        **columns,
    }
    return gpd.GeoDataFrame(pd.DataFrame(data), geometry=[line(i) for i in range(3)], crs=TARGET)


def write(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    """Write by GDAL, which warns of headings it cuts off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path, **options)
    return path


def rows_of(count: int, file: str = "file.shp") -> Rows:
    """Rows 1 to `count` of a file, with ids."""
    return Rows(file, np.arange(1, count + 1), np.array([f"A{i + 1}" for i in range(count)], dtype=object))


def told(collector: Collector) -> list[tuple[str, str, int | None]]:
    """Check, severity and row of every finding."""
    return [(f.check, f.severity, f.row) for f in collector.result()]
