"""Lines built from two tables, as surveys after CJJ 61 deliver them: points with places, and which are connected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk import crs as crs_
from gridrisk.errors import CrsError, DataError
from gridrisk.i18n import Message, msg
from gridrisk.layers import crosswalk, headings, place, values
from gridrisk.layers.collect import Rows
from gridrisk.units import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.crosswalk import Lines
    from gridrisk.layers.table import Table


def build(tables: Sequence[Table], lines: Lines, given: CRS | None, collector: Collector) -> list[Table]:
    """Return the tables with those of connections given lines between their points, and those of points taken out.

    Tables that have lines of their own are kept as they are.

    Raises
    ------
    DataError
        Where connections lack their points, or points their connections.
    CrsError
        Where the points are in no system, or in several.
    """
    connections = [table for table in tables if table.geometry is None and _ends(table, lines) is not None]
    points = [table for table in tables if _ends(table, lines) is None and _has_points(table, lines)]
    others = [table for table in tables if not any(table is known for known in (*connections, *points))]
    if connections and not points:
        raise DataError(
            msg(
                "{file}: names its lines by their end points; give the table of points too, as a further file",
                file=connections[0].file,
            )
        )
    if points and not connections and not others:
        raise DataError(
            msg(
                "{file}: holds points only; give the table of lines too, as a further file",
                file=points[0].file,
            )
        )
    if not connections:
        return others
    known, crs = _points(points, lines, given, collector)
    return [*others, *(_connect(table, lines, known, crs, collector) for table in connections)]


def hint(table: Table, layer: str, folder: Path | None) -> Message | None:
    """Return which crosswalk would build the lines of a table that has none; None where no crosswalk would."""
    for walk in crosswalk.usable(folder):
        part = walk.of(layer)
        if part.lines is not None and _ends(table, part.lines) is not None:
            return msg(
                "{file}: names its lines by their end points; give the table of points too, and --crosswalk {name}",
                file=table.file,
                name=walk.name,
            )
    return None


def _ends(table: Table, lines: Lines) -> tuple[str, str] | None:
    start = headings.find(table.frame.columns, lines.start, table.encoding)
    end = headings.find(table.frame.columns, lines.end, table.encoding)
    return None if start is None or end is None else (start, end)


def _has_points(table: Table, lines: Lines) -> bool:
    if headings.find(table.frame.columns, lines.point, table.encoding) is None:
        return False
    return table.geometry is None or bool((shapely.get_type_id(table.geometry) <= 0).all())


def _keys(column: pd.Series) -> pd.Series:
    return column.astype("object").map(lambda value: plain(values.text(value)).casefold(), na_action="ignore")


def _points(tables: Sequence[Table], lines: Lines, given: CRS | None, collector: Collector) -> tuple[pd.Series, CRS]:
    """Return the points by their number."""
    found: list[pd.Series] = []
    systems: list[CRS] = []
    for table in tables:
        placed = place.locate(table, ("Point",), given)
        name = headings.find(table.frame.columns, lines.point, table.encoding) or ""
        for note in (*table.notes, *placed.notes):
            collector.add("reading", "info", note)
        systems.append(placed.crs)
        numbers = _keys(table.frame[name])
        series = pd.Series(placed.geometry, index=pd.Index(numbers, dtype=object), dtype=object)
        twice = np.flatnonzero(series.index.duplicated() & numbers.notna().to_numpy())
        rows = Rows(
            table.file, table.numbers, table.frame[name].map(values.text, na_action="ignore").to_numpy(dtype=object)
        )
        collector.add_rows(
            "duplicate_point",
            "warning",
            rows,
            twice.tolist(),
            lambda _, row: msg("{place}: this point number occurs twice; the first was taken", place=row),
        )
        found.append(series[series.index.notna() & ~series.index.duplicated()])
    if any(not crs_.same(systems[0], other) for other in systems[1:]):
        raise CrsError(msg("the tables of points are in different coordinate systems; deliver them in one"))
    points = pd.concat(found)
    return points[~points.index.duplicated()], systems[0]


def _connect(table: Table, lines: Lines, points: pd.Series, crs: CRS, collector: Collector) -> Table:
    ends = _ends(table, lines) or ("", "")
    places = [_places(table.frame[end], points) for end in ends]
    missing = [np.asarray(shapely.is_missing(found) | shapely.is_empty(found)) for found in places]
    rows = Rows(table.file, table.numbers, np.full(len(table.frame), None, dtype=object))
    for end, gone in zip(ends, missing, strict=True):
        lost = np.flatnonzero(gone)
        numbers = table.frame[end].to_numpy(dtype=object)[lost]

        def tell(i: int, row: Message, end: str = end, numbers: NDArray[np.object_] = numbers) -> Message:
            return msg(
                "{place}: {column} {number} is not in the table of points; add the point or correct the number",
                place=row,
                column=end,
                number=values.text(numbers[i]) if pd.notna(numbers[i]) else "—",
            )

        collector.add_rows("point_missing", "error", rows, lost.tolist(), tell)
    kept = np.flatnonzero(~missing[0] & ~missing[1])
    corners = np.stack([shapely.get_coordinates(found[kept]) for found in places], axis=1)
    built = shapely.linestrings(corners) if len(kept) else np.empty(0, dtype=object)
    return replace(
        table,
        frame=table.frame.iloc[kept].reset_index(drop=True),
        numbers=table.numbers[kept],
        geometry=np.asarray(built, dtype=object),
        crs=crs,
    )


def _places(column: pd.Series, points: pd.Series) -> NDArray[np.object_]:
    found = points.reindex(_keys(column)).to_numpy(dtype=object)
    return np.array([None if not isinstance(point, shapely.Point) else point for point in found], dtype=object)
