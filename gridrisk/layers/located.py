"""Which columns of a table place its rows: coordinates, both ends of a line, or geometries written as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.layers import corners, headings, values
from gridrisk.units import plain

if TYPE_CHECKING:
    import pandas as pd

    from gridrisk.layers.table import Table

#: First rows by which a column is told to hold coordinates.
_LOOKED_AT = 20
_WKT = (
    "wkt",
    "geometry",
    "geom",
    "the_geom",
    "shape",
    "geometry_wkt",
    "几何",
    "坐标串",
    "坐标",
    "坐标xy",
    "拐点坐标",
    "经纬度",
    "经纬度坐标",
)
_EAST = (
    "经度", "lon", "lng", "longitude", "easting", "东坐标", "横坐标", "横坐标y", "横坐标x", "东", "e",
    "rechtswert", "ostwert", "rw",
)  # fmt: skip
_NORTH = (
    "纬度", "lat", "latitude", "northing", "北坐标", "纵坐标", "纵坐标x", "纵坐标y", "北", "n",
    "hochwert", "nordwert", "hw",
)  # fmt: skip
#: In Chinese survey tables X is the northing, in all others the easting: the amounts decide.
_X = ("x", "x坐标", "坐标x", "x_coord", "xcoord", "coord_x", "point_x")
_Y = ("y", "y坐标", "坐标y", "y_coord", "ycoord", "coord_y", "point_y")
ENDS = (
    ("起点", "终点"), ("起点", "止点"), ("始点", "终点"), ("起始点", "终止点"), ("起点", "末点"), ("始点", "末点"),
    ("start_", "end_"), ("起", "止"),
)  # fmt: skip
#: Headings of two columns of coordinates, and whether they say which is the easting.
Pair = tuple[str, str, bool]
#: Share of rows that must lie in the area of use for an order of axes to be taken.
MOST = 0.5


def pair_of(columns: pd.Index, prefix: str = "") -> Pair | None:
    """Return the columns of (east, north) or (x, y), and whether the headings say which is which."""
    for east, north, sure in ((_EAST, _NORTH, True), (_X, _Y, False)):
        first = headings.find(columns, [f"{prefix}{word}" for word in east], None)
        second = headings.find(columns, [f"{prefix}{word}" for word in north], None)
        if first is not None and second is not None:
            return first, second, sure
    return None


def text_column(table: Table) -> str | None:
    """Return the column that holds geometries as text: by its heading, or corners under one that speaks of places."""
    columns = table.frame.columns
    named = headings.find(columns, _WKT, None)
    if named is not None:
        return named
    if table.geometry is not None or pair_of(columns) is not None or text_ends(table) is not None:
        return None
    for column in columns:
        some = table.frame[column].dropna().head(_LOOKED_AT) if corners.HEADING.search(plain(column)) else ()
        if len(some) and np.mean([corners.read(values.text(text)) is not None for text in some]) > MOST:
            return str(column)
    return None


def has_columns(table: Table) -> bool:
    """Say whether a table has columns that place its rows: WKT or a pair of coordinates."""
    return text_column(table) is not None or pair_of(table.frame.columns) is not None


def has_ends(table: Table) -> bool:
    """Say whether a table has columns of coordinates for both ends of a line."""
    columns = table.frame.columns
    pairs = any(pair_of(columns, first) is not None and pair_of(columns, last) is not None for first, last in ENDS)
    return pairs or text_ends(table) is not None


def text_ends(table: Table) -> tuple[str, str] | None:
    """Return two columns of which each holds both coordinates of an end of a line, as in 起点坐标(X,Y)."""
    for first, last in ENDS:
        ends = [
            headings.find(table.frame.columns, [f"{end}坐标", f"{end}xy", f"{end}coord"], None) for end in (first, last)
        ]
        start, end = ends
        if start is not None and end is not None:
            some = [*table.frame[start].dropna().head(_LOOKED_AT), *table.frame[end].dropna().head(_LOOKED_AT)]
            if some and all(len(found) == 1 for text in some if (found := corners.read(values.text(text))) is not None):
                return (start, end) if any(corners.read(values.text(text)) is not None for text in some) else None
    return None


def kinds(table: Table) -> set[str]:
    """Return what geometries the rows of a table have, or can be given from its columns."""
    if table.geometry is not None:
        names = {
            shapely.GeometryType(kind).name for kind in np.unique(shapely.get_type_id(table.geometry)) if kind >= 0
        }
        known = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "LINEARRING": "LineString"}
        return {known[name.removeprefix("MULTI")] for name in names if name.removeprefix("MULTI") in known}
    columns = table.frame.columns
    if text_column(table) is not None:
        return {"Point", "LineString", "Polygon"}
    return ({"LineString"} if has_ends(table) else set()) | ({"Point"} if pair_of(columns) is not None else set())


def coordinate_columns(table: Table) -> set[str]:
    """Return the columns of a table that hold coordinates or geometries as text."""
    columns = table.frame.columns
    pairs = [pair_of(columns), *(pair_of(columns, prefix) for ends in ENDS for prefix in ends)]
    wkt = text_column(table)
    texts = {*(text_ends(table) or ()), *({wkt} if wkt is not None else ())}
    return {column for pair in pairs if pair is not None for column in pair[:2]} | texts


def own_columns(table: Table) -> tuple[str, ...]:
    """Return the two columns of coordinates of a table of points; none where it has none."""
    pair = pair_of(table.frame.columns)
    return () if pair is None else pair[:2]
