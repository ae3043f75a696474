"""Results as one GeoPackage, which QGIS and ArcGIS open without further ado."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyproj import CRS


#: The schema extension of the GeoPackage standard (OGC 12-128r18, annex F.9): what columns are called for people.
_SCHEMA_TABLE = """
CREATE TABLE gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
    constraint_name TEXT, PRIMARY KEY (table_name, column_name), UNIQUE (table_name, name))
"""
_EXTENSION_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    UNIQUE (table_name, column_name, extension_name))
"""
_DEFINITION = "http://www.geopackage.org/spec/#extension_schema"
_EXTENSION = ("gpkg_data_columns", None, "gpkg_schema", _DEFINITION, "read-write")


def write_geopackage(
    path: Path, layers: Mapping[str, pd.DataFrame], crs: CRS, titles: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """Write each frame as a layer of the GeoPackage at `path`; frames without geometry become plain tables.

    Parameters
    ----------
    layers
        By layer name. An index that has a name becomes a column; lists become comma lists; truth values that may be
        unknown stay so.
    crs
        Of every geometry.
    titles
        By layer and column: what QGIS and ArcGIS show as the alias of a field; the column keeps its name.
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
    if titles:
        _write_titles(path, titles)


def _write_titles(path: Path, titles: Mapping[str, Mapping[str, str]]) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_SCHEMA_TABLE)
        database.execute(_EXTENSION_TABLE)
        database.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", _EXTENSION)
        for layer, named in titles.items():
            columns = {row[0] for row in database.execute("SELECT name FROM pragma_table_info(?)", (layer,))}
            given: set[str] = set()
            for column, title in named.items():
                if column not in columns:
                    continue
                alias = title if title not in given else f"{title} ({column})"
                given.add(alias)
                database.execute(
                    "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
                    (layer, column, alias, alias),
                )


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
