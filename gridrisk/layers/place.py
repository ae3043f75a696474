"""Where the rows of a table lie: its own geometry, a column of WKT, or columns of coordinates; and in which system."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk import crs as crs_
from gridrisk.errors import CrsError, DataError
from gridrisk.i18n import Message, msg
from gridrisk.layers import corners, located, values
from gridrisk.layers.collect import shown_all
from gridrisk.units import parse_number, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from pyproj import CRS

    from gridrisk.layers.schema import GeometryType
    from gridrisk.layers.table import Table

_SRID = re.compile(r"^\s*SRID=(\d+)\s*;", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Placed:
    """The geometries of a table.

    Attributes
    ----------
    geometry
        One a row, None where it has none.
    crs
        The system they are in.
    columns
        Columns they were made of.
    notes
        What the person should know of it.
    """

    geometry: NDArray[np.object_]
    crs: CRS
    columns: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()


def locate(table: Table, kinds: tuple[GeometryType, ...], given: CRS | None, likely: CRS | None = None) -> Placed:
    """Return where the rows of `table` lie.

    Parameters
    ----------
    kinds
        Geometry types of the layer; coordinates in columns make points, or lines where there are two pairs.
    given
        The system the person named; it comes before that of the file.
    likely
        A system to ask about where none is named and the coordinates lie in it; that of the workspace.

    Raises
    ------
    CrsError
        Where no system is named, or the coordinates do not lie in its area of use.
    DataError
        Where the table has neither geometry nor columns of coordinates, or which is x cannot be said.
    """
    if table.geometry is not None:
        crs, notes = _system(table, given, table.crs, partial(_middle, table.geometry), likely)
        coordinates = located.own_columns(table)
        return _checked(table, Placed(table.geometry, crs, coordinates, notes))
    wkt = located.text_column(table)
    if wkt is not None:
        geometry, srid = _from_wkt(table.frame[wkt])
        if shapely.is_missing(geometry).all():
            return _from_corners(table, wkt, kinds, given, likely)
        crs, notes = _system(table, given, srid, partial(_middle, geometry), likely)
        return _checked(table, Placed(geometry, crs, (wkt, *located.own_columns(table)), notes))
    return _from_columns(table, kinds, given, likely)


def turned(table: Table) -> Table:
    """Return a table with x and y of its geometries exchanged; columns are put in order by their amounts."""
    if table.geometry is None:
        return table
    return replace(table, geometry=np.asarray(shapely.transform(table.geometry, lambda places: places[:, ::-1])))


def question(table: Table, likely: CRS | None = None) -> Message | None:
    """Return what is to be asked of a table whose coordinates have no system; None where nothing is."""
    found = located.kinds(table)
    if not found or (table.geometry is not None and table.crs is not None):
        return None
    try:
        locate(table, ("LineString",) if "LineString" in found else ("Point",), None, likely)
    except CrsError as error:
        return error.messages[0]
    except DataError:
        return None
    return None


def _system(
    table: Table,
    given: CRS | None,
    own: CRS | None,
    middle: Callable[[], tuple[float, float]],
    likely: CRS | None,
) -> tuple[CRS, tuple[Message, ...]]:
    """Return the system of the coordinates; `middle` gives a typical place, to tell what it looks like."""
    if given is not None:
        if own is None or crs_.same(own, given):
            return given, ()
        note = msg(
            "{file}: the file says {own}, but --crs {given} was given and taken",
            file=table.file,
            own=crs_.label(own),
            given=crs_.label(given),
        )
        return given, (note,)
    if own is None:
        raise CrsError(
            msg(
                "{file}: names no coordinate system, and has coordinates such as {x}, {y}; {guess}",
                file=table.file,
                x=f"{middle()[0]:.10g}",
                y=f"{middle()[1]:.10g}",
                guess=crs_.guess(*middle(), likely),
            )
        )
    return own, ()


def _middle(geometry: NDArray[np.object_]) -> tuple[float, float]:
    bounds = shapely.bounds(geometry)
    known = bounds[np.isfinite(bounds).all(axis=1)]
    return (float(np.median(known[:, 0])), float(np.median(known[:, 1]))) if len(known) else (np.nan, np.nan)


def _middle_of(table: Table, pair: located.Pair) -> tuple[float, float]:
    """Return the middle of two columns of coordinates, as east and north where that can be told."""
    first, second = (_amounts(table.frame[column]) for column in pair[:2])
    known = np.isfinite(first) & np.isfinite(second)
    if not known.any():
        return (np.nan, np.nan)
    x, y = float(np.median(first[known])), float(np.median(second[known]))
    # Chinese surveys call the northing X
    return (x, y) if pair[2] else crs_.in_order(x, y)


def _checked(table: Table, placed: Placed) -> Placed:
    """Refuse geometries most of which do not lie where their system is used."""
    bounds = shapely.bounds(placed.geometry)
    known = bounds[np.isfinite(bounds).all(axis=1)]
    if len(known) and crs_.inside(known, placed.crs).mean() <= located.MOST:
        x0, y0 = np.median(known[:, 0]), np.median(known[:, 1])
        x1, y1 = np.median(known[:, 2]), np.median(known[:, 3])
        raise _astray(table, (float(x0), float(y0), float(x1), float(y1)), placed.crs)
    return placed


def _astray(table: Table, bounds: crs_.Bounds, crs: CRS) -> CrsError:
    return CrsError(
        msg(
            "{file}: coordinates such as {x}, {y} do not lie where {crs} ({name}) is used: {guess}",
            file=table.file,
            x=f"{bounds[0]:.10g}",
            y=f"{bounds[1]:.10g}",
            crs=crs_.label(crs),
            name=crs.name,
            guess=crs_.diagnose(bounds, crs),
        )
    )


def _from_wkt(column: pd.Series) -> tuple[NDArray[np.object_], CRS | None]:
    texts = column.where(column.notna(), None).to_numpy(dtype=object)
    texts = np.array([str(text).strip() if text else None for text in texts], dtype=object)
    codes = {match[1] for text in texts if text and (match := _SRID.match(text))}
    if codes:
        texts = np.array([_SRID.sub("", text) if text else None for text in texts], dtype=object)
    with np.errstate(all="ignore"):  # numbers too large for a float become infinite, which is told later
        geometry = shapely.from_wkt(texts, on_invalid="ignore")
    return geometry, crs_.parse(f"EPSG:{codes.pop()}") if len(codes) == 1 else None


def _from_corners(
    table: Table, column: str, kinds: tuple[GeometryType, ...], given: CRS | None, likely: CRS | None
) -> Placed:
    """Return lines, outlines or points out of texts that list their corners."""
    listed = [corners.read(values.text(text)) for text in table.frame[column].where(table.frame[column].notna(), "")]
    known = [found for found in listed if found is not None]
    if not known:
        raise DataError(
            msg("{file}: {column} holds neither WKT nor corners such as x,y;x,y", file=table.file, column=column)
        )
    every = np.concatenate(known)
    middle = np.median(every, axis=0)
    crs, notes = _system(table, given, None, lambda: crs_.in_order(float(middle[0]), float(middle[1])), likely)
    turned, order = _order(table, every, (column, column, False), crs)
    notes = (*notes, *order)
    # lists of boundary points seldom repeat the first
    if corners.OUTLINE.search(plain(column)) and "Polygon" in kinds:
        kinds = tuple(kind for kind in kinds if kind != "LineString")
    geometry = np.array([_shape(found[:, ::-1] if turned else found, kinds) for found in listed if found is not None])
    placed = np.full(len(listed), None, dtype=object)
    placed[[i for i, found in enumerate(listed) if found is not None]] = geometry
    return Placed(placed, crs, (column, *located.own_columns(table)), notes)


def _shape(places: NDArray[np.float64], kinds: tuple[GeometryType, ...]) -> shapely.Geometry:
    if len(places) == 1:
        return shapely.Point(places[0])
    closed = len(places) > 3 and bool((places[0] == places[-1]).all())
    if "Polygon" in kinds and len(places) > 2 and (closed or "LineString" not in kinds):
        return shapely.Polygon(places)
    return shapely.LineString(places)


def _from_columns(table: Table, kinds: tuple[GeometryType, ...], given: CRS | None, likely: CRS | None) -> Placed:
    columns = table.frame.columns
    if "LineString" in kinds:
        for first, last in located.ENDS:
            start, end = located.pair_of(columns, first), located.pair_of(columns, last)
            if start is not None and end is not None:
                return _from_ends(table, start, end, given, likely)
        texts = located.text_ends(table)
        if texts is not None:
            return _from_text_ends(table, texts, kinds, given, likely)
    pair = located.pair_of(columns)
    if pair is None or "Point" not in kinds:
        raise DataError(
            msg(
                "{file}: no geometry; a table needs columns {wanted}, or a crosswalk that builds lines from points; "
                "the columns are {columns}",
                file=table.file,
                wanted="WKT, X + Y, 经度 + 纬度" if "Point" in kinds else "WKT, 起点X + 起点Y + 终点X + 终点Y",
                columns=shown_all(columns),
            )
        )
    crs, notes = _system(table, given, None, partial(_middle_of, table, pair), likely)
    found, order = _coordinates(table, pair, crs)
    points = np.full(len(found), None, dtype=object)
    known = np.isfinite(found).all(axis=1)
    points[known] = shapely.points(found[known])
    return Placed(points, crs, pair[:2], (*notes, *order))


def _from_ends(table: Table, start: located.Pair, end: located.Pair, given: CRS | None, likely: CRS | None) -> Placed:
    crs, notes = _system(table, given, None, partial(_middle_of, table, start), likely)
    first, order = _coordinates(table, start, crs)
    second, _ = _coordinates(table, end, crs)
    lines = np.full(len(first), None, dtype=object)
    known = np.isfinite(first).all(axis=1) & np.isfinite(second).all(axis=1)
    lines[known] = shapely.linestrings(np.stack([first[known], second[known]], axis=1))
    return Placed(lines, crs, (*start[:2], *end[:2]), (*notes, *order))


def _from_text_ends(
    table: Table, ends: tuple[str, str], kinds: tuple[GeometryType, ...], given: CRS | None, likely: CRS | None
) -> Placed:
    """Return lines between two columns of which each holds both coordinates."""
    start, end = (table.frame[column].astype("object").map(values.text, na_action="ignore") for column in ends)
    both = start + ";" + end
    joined = replace(table, frame=pd.DataFrame({ends[0]: both}))
    placed = _from_corners(joined, ends[0], kinds, given, likely)
    return replace(placed, columns=ends)


def _coordinates(table: Table, pair: located.Pair, crs: CRS) -> tuple[NDArray[np.float64], tuple[Message, ...]]:
    """Return (east, north) of each row, NaN where there is none; X and Y are put in order by their amounts."""
    found = np.column_stack([_amounts(table.frame[column]) for column in pair[:2]])
    turned, notes = _order(table, found, pair, crs)
    return (found[:, ::-1] if turned else found), notes


def _order(table: Table, found: NDArray[np.float64], pair: located.Pair, crs: CRS) -> tuple[bool, tuple[Message, ...]]:
    """Say whether the northing stands before the easting, by the amounts; refuse what cannot be told."""
    first, second, sure = pair
    known = found[np.isfinite(found).all(axis=1)]
    if not len(known):
        return False, ()
    straight, swapped = (float(crs_.inside(known[:, order], crs).mean()) for order in ([0, 1, 0, 1], [1, 0, 1, 0]))
    middle = np.median(known, axis=0)
    bounds = (float(middle[0]), float(middle[1]), float(middle[0]), float(middle[1]))
    if sure or straight > located.MOST >= swapped:
        if straight <= located.MOST:
            raise _astray(table, bounds, crs)
        return False, ()
    if swapped > located.MOST >= straight and first == second:
        note = msg(
            "{file}: in {column} the northing stands first, as Chinese surveys write it", file=table.file, column=first
        )
        return True, (note,)
    if swapped > located.MOST >= straight:
        note = msg(
            "{file}: {x} holds northings and {y} eastings, as Chinese surveys write them",
            file=table.file,
            x=first,
            y=second,
        )
        return True, (note,)
    if straight <= located.MOST:
        raise _astray(table, bounds, crs)
    raise DataError(
        msg(
            "{file}: whether {x} or {y} is the easting cannot be told from the amounts; "
            "name the columns 东坐标 and 北坐标 (easting, northing)",
            file=table.file,
            x=first,
            y=second,
        )
    )


def _amount(text: str) -> float | None:
    """Read a coordinate: a number, or degrees, minutes and seconds."""
    return parse_number(corners.in_degrees(text))


def _amounts(column: pd.Series) -> NDArray[np.float64]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return column.to_numpy(dtype="float64")
    texts = [None if value is None else _amount(values.text(value)) for value in column]
    return np.array([np.nan if amount is None else amount for amount in texts], dtype="float64")
