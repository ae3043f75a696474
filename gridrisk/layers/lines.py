"""Lines built from two tables, as surveys after CJJ 61 deliver them: points with places, and which are connected."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.errors import DataError
from gridrisk.i18n import Message, msg
from gridrisk.layers import crosswalk, headings, located, numbered, values
from gridrisk.layers.collect import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.crosswalk import Lines
    from gridrisk.layers.table import Table


#: Marks between the two ends of a line; a number may have some of its own.
_BETWEEN = re.compile(r"\s*(?:->|=>|--+|——|[-—–~～至到→,，、;；/|])\s*|\s+")
#: Several neighbours in one cell of 连接方向.
_NEIGHBOURS = re.compile(r"[,，、;；/\s]+")


def build(
    tables: Sequence[Table], lines: Lines, given: CRS | None, collector: Collector, likely: CRS | None = None
) -> list[Table]:
    """Return the tables with those of connections given lines between their points, and those of points taken out.

    A table of points that names for each point its neighbours (连接方向) is both; a line that it lists from both
    ends is taken once. Tables that have lines of their own are kept as they are.

    Raises
    ------
    DataError
        Where connections lack their points, or points their connections.
    CrsError
        Where the points are in no system, or in several.
    """
    tables = [_spread(table, lines) for table in halved(tables, lines)]
    connections = [table for table in tables if not has_lines(table) and ends_of(table, lines) is not None]
    points = [table for table in tables if has_points(table, lines)]
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
    known = numbered.read(points, lines, given, collector, likely)
    drawn = [table for table in others if table.geometry is not None]
    for table in others:
        if table.geometry is None:
            message = msg(
                "{file}: {table} holds neither points nor lines; it is left out", file=table.file, table=table.name
            )
            collector.add("reading", "info", message)
    return [*drawn, *(_connect(table, lines, known, collector) for table in connections)]


def halved(tables: Sequence[Table], lines: Lines) -> list[Table]:
    """Return the tables, those that name both ends of a line in one text (RQ1-RQ2) with a column for each end."""
    known: set[str] = set()
    for table in tables:
        number = headings.find(table.frame.columns, lines.point, table.encoding)
        if number is not None and has_points(table, lines):
            known |= set(numbered.keys(table.frame[number]).dropna())
    found = []
    for table in tables:
        column = headings.find(table.frame.columns, lines.both, table.encoding)
        if column is None or has_lines(table) or ends_of(table, lines) is not None:
            found.append(table)
            continue
        ends = [_halves(text, known) for text in table.frame[column]]
        names = (lines.start[0], lines.end[0])
        columns = {name: pd.Series([end[i] for end in ends], dtype="object") for i, name in enumerate(names)}
        found.append(replace(table, frame=table.frame.assign(**columns)))
    return found


def _halves(value: object, known: set[str]) -> tuple[str | None, str | None]:
    """Return the two numbers in a text of which both are `known`; else the text itself, which no point has."""
    if pd.isna(value):  # type: ignore[call-overload]
        return None, None
    text = values.text(value)
    for mark in _BETWEEN.finditer(text):
        first, last = text[: mark.start()], text[mark.end() :]
        if {numbered.key(first), numbered.key(last)} <= known:
            return first.strip(), last.strip()
    return text, text


def joint_share(column: pd.Series, known: set[str]) -> float:
    """Return the share of texts that name two `known` points."""
    texts = column.dropna()
    pairs = [_halves(text, known) for text in texts]
    return sum(first != last for first, last in pairs) / len(pairs) if pairs else 0.0


def has_lines(table: Table) -> bool:
    """Say whether a table has lines of its own, drawn or by the coordinates of both ends."""
    if table.geometry is None:
        return located.has_ends(table)
    return bool((shapely.get_type_id(table.geometry) > 0).any())


def is_both(table: Table, lines: Lines) -> bool:
    """Say whether a table of points names the neighbours of each."""
    ends = ends_of(table, lines)
    return ends is not None and ends[0] == headings.find(table.frame.columns, lines.point, table.encoding)


def _spread(table: Table, lines: Lines) -> Table:
    """Return a table that is both with its point number in every row, and one neighbour a row."""
    if not is_both(table, lines) or has_lines(table):
        return table
    start, end = ends_of(table, lines) or ("", "")
    frame = table.frame.copy()
    # a point with several neighbours bears its number in its first row only
    frame[start] = frame[start].where(frame[start].notna() & (frame[start] != "")).ffill()
    texts = frame[end].astype("object").map(values.text, na_action="ignore").fillna("")
    numbers = set(numbered.keys(frame[start]).dropna())
    whole = texts.map(numbered.key).isin(numbers).to_numpy(dtype=bool)
    parts = [[text] if one else _NEIGHBOURS.split(text) for text, one in zip(texts, whole, strict=True)]
    counts = np.array([len(row) for row in parts], dtype=np.intp)
    rows = np.repeat(np.arange(len(frame)), counts)
    frame = frame.iloc[rows].reset_index(drop=True)
    frame[end] = pd.Series([text or None for row in parts for text in row], dtype="object")
    return replace(
        table,
        frame=frame,
        numbers=table.numbers[rows],
        geometry=None if table.geometry is None else table.geometry[rows],
    )


def hint(table: Table, layer: str, folder: Path | None) -> Message | None:
    """Return how the rows of a table without places could have them; None where it names no points."""
    for walk in crosswalk.usable(folder):
        part = walk.of(layer)
        if part.lines is not None and ends_of(table, part.lines) is not None:
            return msg(
                "{file}: names its lines by their end points; give the table of points too, and --crosswalk {name}",
                file=table.file,
                name=walk.name,
            )
    number = headings.find(table.frame.columns, crosswalk.known_lines().point, table.encoding)
    if number is None or located.kinds(table):
        return None
    return msg(
        "{file}: has no places of its own, but names points of the survey ({column}); give it together with the table "
        "of points to gridrisk crosswalk propose, which joins the two, and import both files with what it writes",
        file=table.file,
        column=number,
    )


def ends_of(table: Table, lines: Lines) -> tuple[str, str] | None:
    """Return the columns that name the first and last point of each line; None where the table has none."""
    columns = table.frame.columns
    start = headings.find(columns, lines.start, table.encoding)
    end = headings.find(columns, lines.end, table.encoding)
    if start is None and end is not None:
        start = headings.find(columns, lines.point, table.encoding)
    return None if start is None or end is None else (start, end)


def has_points(table: Table, lines: Lines) -> bool:
    """Say whether a table places numbered points."""
    if headings.find(table.frame.columns, lines.point, table.encoding) is None:
        return False
    if table.geometry is not None:
        return bool((shapely.get_type_id(table.geometry) <= 0).all())
    # a table of connections may also number its lines in the words of points
    return ends_of(table, lines) is None or located.has_columns(table)


def _once(table: Table, lines: Lines, collector: Collector) -> Table:
    """Return a table that lists lines from both ends with each once; what one row leaves open the other fills in."""
    start, end = ends_of(table, lines) or ("", "")
    named = table.frame[end].notna().to_numpy(dtype=bool)  # a point without neighbours is no line
    frame, numbers = table.frame.loc[named].reset_index(drop=True), table.numbers[named]
    ends = pd.DataFrame({"a": numbered.keys(frame[start]), "b": numbered.keys(frame[end])}).astype("object")
    forward = pd.MultiIndex.from_frame(ends[["a", "b"]])
    backward = pd.MultiIndex.from_frame(ends[["b", "a"]])
    unique = ~forward.duplicated()
    partner = np.full(len(frame), -1, dtype=np.intp)
    at = pd.Series(np.flatnonzero(unique), index=forward[unique])
    found = at.reindex(backward).to_numpy(dtype="float64")
    partner[np.isfinite(found)] = found[np.isfinite(found)].astype(np.intp)
    later = (partner >= 0) & (partner < np.arange(len(frame))) & unique
    if later.any():
        other = frame.iloc[np.where(partner >= 0, partner, 0)].set_axis(frame.index)
        blank = np.column_stack([values.is_blank(frame[column]) for column in frame.columns])
        open_ = pd.DataFrame(blank & (partner >= 0)[:, None], columns=frame.columns)
        frame = frame.mask(open_, other)
        message = msg(
            "{file}: {count} lines are listed from both their ends; each was taken once",
            file=table.file,
            count=int(later.sum()),
        )
        collector.add("reading", "info", message)
    return replace(table, frame=frame.loc[~later].reset_index(drop=True), numbers=numbers[~later], geometry=None)


def _connect(table: Table, lines: Lines, known: numbered.Numbered, collector: Collector) -> Table:
    ends = ends_of(table, lines) or ("", "")
    if is_both(table, lines):
        table = _once(table, lines, collector)
    points, several = known.seen_from(table.file)
    places = [_places(table.frame[end], points) for end in ends]
    missing = [np.asarray(shapely.is_missing(found) | shapely.is_empty(found)) for found in places]
    rows = Rows(table.file, table.numbers, np.full(len(table.frame), None, dtype=object), table.above)
    for end, gone in zip(ends, missing, strict=True):
        lost = np.flatnonzero(gone)
        numbers = table.frame[end].to_numpy(dtype=object)[lost]

        def tell(i: int, row: Message, column: str = end, numbers: NDArray[np.object_] = numbers) -> Message:
            number = values.text(numbers[i]) if pd.notna(numbers[i]) else ""
            if not number:
                return msg(
                    "{place}: {column} is empty; name the point at which the line ends there", place=row, column=column
                )
            if numbered.key(number) in several:
                return msg(
                    "{place}: {column} {number} is the number of points at different places, so which is meant is not "
                    "clear; where each district numbers its points anew, import the districts one by one (--mode "
                    "upsert), else correct the point",
                    place=row,
                    column=column,
                    number=number,
                )
            return msg(
                "{place}: {column} {number} is not in the table of points; add the point or correct the number",
                place=row,
                column=column,
                number=number,
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
        crs=known.crs,
    )


def _places(column: pd.Series, points: pd.Series) -> NDArray[np.object_]:
    found = points.reindex(numbered.keys(column)).to_numpy(dtype=object)
    return np.array([None if not isinstance(point, shapely.Point) else point for point in found], dtype=object)
