"""How the tables of a delivery hang together: points, lines named by their points, objects attached to points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.layers import crosswalk, headings, lines, located, numbered, values
from gridrisk.layers.evidence import limits, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridrisk.layers.table import Table

_MOST_WORDS = 300
_VALVE = re.compile(r"阀|valve", re.IGNORECASE)
_NO_VALVE = re.compile(r"调压|regulat", re.IGNORECASE)
_STATION = re.compile(r"调压|门站|储配站|储气站|LNG|CNG|regulat", re.IGNORECASE)
_VOID = re.compile(r"检查井|检修井|窨井|人孔|手孔|manhole", re.IGNORECASE)
#: What is taken out of a table of points by its features, and the words that tell it.
FEATURES = {"valves": _VALVE, "stations": _STATION, "voids": _VOID}


@dataclass(frozen=True, slots=True)
class Points:
    """A table of numbered points."""

    table: Table
    number: str
    known: bool


@dataclass(frozen=True, slots=True)
class Connections:
    """A table that names lines by their end points; `share` of its ends are among the points (NaN: no points).

    With `both` the ends stood in one column of this name, and `start` and `end` were made out of it.
    """

    table: Table
    start: str
    end: str
    share: float
    known: bool
    both: str = ""


@dataclass(frozen=True, slots=True)
class Relations:
    """The points of a delivery and the connections between them."""

    points: tuple[Points, ...]
    connections: tuple[Connections, ...]


def relate(tables: Sequence[Table]) -> Relations:
    """Return which of some tables are points and connections, by their headings or by the numbers in them."""
    known = crosswalk.known_lines()
    points = []
    for table in tables:
        number = headings.find(table.frame.columns, known.point, table.encoding)
        if number is not None and "Point" in located.kinds(table) and not lines.has_lines(table):
            points.append(Points(table, number, known=True))
    connections = [found for table in tables if (found := _connected(table, points)) is not None]
    if not connections:
        connections = [found for table in tables if (found := _in_one_column(table, points)) is not None]
    if not connections:
        return _by_numbers(tables, points)
    return Relations(tuple(points), tuple(connections))


def _connected(table: Table, points: Sequence[Points]) -> Connections | None:
    ends = None if lines.has_lines(table) else lines.ends_of(table, crosswalk.known_lines())
    if ends is None:
        return None
    numbers = _numbers(points)
    share = float("nan")
    if numbers:
        share = min(_share(table, end, numbers) for end in ends)
        if share < limits("fits")["rejected"]:
            return None
    return Connections(table, *ends, share, known=True)


def _in_one_column(table: Table, points: Sequence[Points]) -> Connections | None:
    """Return the connections of a table that names both ends of a line in one text."""
    numbers = _numbers(points)
    if not numbers or lines.has_lines(table) or any(one.table is table for one in points):
        return None
    some = sample(table).frame
    shares = {column: lines.joint_share(some[column], numbers) for column in _text_columns(table)}
    column = max(shares, key=lambda name: shares[name], default=None)
    if column is None or shares[column] < limits("fits")["ends"]:
        return None
    known = crosswalk.known_lines()
    words = known.model_copy(update={"both": (column,)})
    halved, *_ = lines.halved([table, *(one.table for one in points)], words)
    return Connections(halved, known.start[0], known.end[0], shares[column], known=True, both=column)


def _numbers(points: Sequence[Points]) -> set[str]:
    return {number for one in points for number in _keys(one.table.frame[one.number])}


def _keys(column: pd.Series) -> pd.Series:
    return numbered.keys(column.dropna())


def _share(table: Table, column: str, numbers: set[str]) -> float:
    keys = _keys(sample(table).frame[column])
    return float(keys.isin(numbers).mean()) if len(keys) else 0.0


def _by_numbers(tables: Sequence[Table], known: Sequence[Points]) -> Relations:
    """Return connections found by their numbers: two columns of one table hold numbers of points of another."""
    numbered = {id(one.table) for one in known}
    points = [*known]
    for table in tables:
        if id(table) not in numbered and "Point" in located.kinds(table) and not lines.has_lines(table):
            points += [Points(table, column, known=False) for column in _unique_columns(table)]
    for one in points:
        numbers = _numbers([one])
        for table in tables:
            if lines.has_lines(table) or (table is not one.table and table.geometry is not None):
                continue
            found = [
                (column, share)
                for column in _text_columns(table)
                if not (table is one.table and column == one.number)
                and (share := _share(table, column, numbers)) >= limits("fits")["ends"]
            ]
            if table is one.table:
                found = [(one.number, 1.0), *found] if found else []
            if len(found) >= 2 and _joins(table, found[0][0], found[1][0]):
                share = min(found[0][1], found[1][1])
                return Relations((one,), (Connections(table, found[0][0], found[1][0], share, known=False),))
    return Relations(tuple(known), ())


def _joins(table: Table, start: str, end: str) -> bool:
    """Say whether two columns may be the ends of lines: counts (气瓶数量) repeat, and numbers of rows equal each other.

    A network has about as many lines as points, so that few ends share a point.
    """
    some = sample(table).frame[[start, end]].dropna()
    first, second = _keys(some[start]), _keys(some[end])
    varied = second.nunique() >= limits("fits")["varied"] * len(second)
    return len(some) > 0 and varied and bool((first != second).mean() >= limits("fits")["ends"])


def _text_columns(table: Table) -> list[str]:
    taken = located.coordinate_columns(table)
    return [
        column
        for column in table.frame.columns
        if column not in taken and not pd.api.types.is_float_dtype(table.frame[column].dtype)
    ]


def _unique_columns(table: Table) -> list[str]:
    rows = len(table.frame)
    least = limits("fits")["unique"] * rows
    return [column for column in _text_columns(table) if rows and table.frame[column].map(str).nunique() >= least]


def features(table: Table, layer: str) -> tuple[str, list[str]] | None:
    """Return the column of a table of points that names objects of `layer`, and its texts that do."""
    best: tuple[int, str, list[str]] | None = None
    for column in _text_columns(table):
        counts = table.frame[column].dropna().map(values.text).value_counts()
        if len(counts) > _MOST_WORDS:
            continue
        named = [text for text in counts.index if _names(layer, text)]
        rows = int(counts[named].sum())
        if rows and (best is None or rows > best[0]):
            best = (rows, column, named)
    return None if best is None else best[1:]


def _names(layer: str, text: str) -> bool:
    return bool(FEATURES[layer].search(text)) and not (layer == "valves" and _NO_VALVE.search(text))


def placed_by(table: Table, others: Sequence[Table]) -> tuple[Table, str, str] | None:
    """Return the table of numbered points by which the rows of `table`, which has no places, lie somewhere.

    Returns
    -------
    tuple or None
        The points, the column of their numbers, and the column of `table` that names them.
    """
    if located.kinds(table):
        return None
    for other in others:
        if other is table or located.kinds(other) != {"Point"}:
            continue
        for number in _unique_columns(other):
            numbers = set(_keys(other.frame[number]))
            for column in _unique_columns(table):
                if numbers and _share(table, column, numbers) >= limits("fits")["ends"]:
                    return other, number, column
    return None


def attributes_of(table: Table, others: Sequence[Table]) -> tuple[Table, str, str] | None:
    """Return the table whose rows are attributes of those drawn in `table`, and the columns of their numbers."""
    if not located.kinds(table):
        return None
    for other in others:
        if other is table or located.kinds(other):
            continue
        for on in _unique_columns(other):
            numbers = set(_keys(other.frame[on]))
            for column in _unique_columns(table):
                if numbers and _share(table, column, numbers) >= limits("fits")["ends"]:
                    return other, column, on
    return None
