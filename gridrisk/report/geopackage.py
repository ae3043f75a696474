"""Results as one GeoPackage, which QGIS and ArcGIS open without further ado."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyproj import CRS


def write_geopackage(path: Path, layers: Mapping[str, pd.DataFrame], crs: CRS) -> None:
    """Write each frame as a layer of the GeoPackage at `path`; frames without geometry become plain tables.

    Parameters
    ----------
    layers
        By layer name. An index that has a name becomes a column; lists become comma lists; truth values that may be
        unknown stay so.
    crs
        Of every geometry.
    """
    path.unlink(missing_ok=True)
    for name, frame in layers.items():
        table = flatten(frame)
        if isinstance(frame, gpd.GeoDataFrame):
            spatial = gpd.GeoDataFrame(table, geometry=frame.geometry.name, crs=crs)
            pyogrio.write_dataframe(
                spatial, path, layer=name, driver="GPKG", append=path.exists(), promote_to_multi=True, use_arrow=True
            )
        else:
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", append=path.exists(), use_arrow=True)


def flatten(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` as exchange formats can hold it: the index a column, lists as text, dates as ISO text."""
    table = pd.DataFrame(frame.reset_index() if frame.index.name is not None else frame.reset_index(drop=True))
    return table.assign(**{str(column): _flat(table[column]) for column in table.columns})


def _flat(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, np.dtype) and values.dtype == object:
        return values.map(_text_of_list)
    if str(values.dtype).startswith("datetime64"):
        return pd.Series(values.dt.strftime("%Y-%m-%d"))
    return values


def _text_of_list(value: object) -> object:
    if isinstance(value, list | tuple | np.ndarray):
        return ",".join(str(item) for item in value)
    return value
