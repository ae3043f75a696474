"""Lines out of tables with a row for each corner: the rows of one number, in their order, are one line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.i18n import msg
from gridrisk.layers import headings, located, numbered, place, values
from gridrisk.layers.collect import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.crosswalk import Corners
    from gridrisk.layers.table import Table

#: Headings of the place of a corner in its line.
ORDER = (
    "点序号", "点序", "顶点号", "顶点序号", "拐点号", "拐点序号", "节点序号", "次序", "顺序号",
    "vertex", "order", "seq",
)  # fmt: skip
#: Share of lines that need two corners for a table to be one of corners.
_MOST = 0.9


def line_column(table: Table, named: Sequence[str]) -> str | None:
    """Return which of the `named` columns numbers lines of several corners each; None where none does."""
    if table.geometry is not None or not located.has_columns(table) or not len(table.frame):
        return None
    for column in named:
        numbers = _numbers(table, column)
        runs = (numbers != numbers.shift()).cumsum()
        together = runs.groupby(numbers).nunique()
        counts = numbers.value_counts()
        if len(counts) > 1 and (counts > 1).mean() >= _MOST and (together == 1).all() and numbers.notna().all():
            return column
    return None


def build(
    tables: Sequence[Table], corners: Corners, given: CRS | None, collector: Collector, likely: CRS | None = None
) -> list[Table]:
    """Return the tables, those with a row a corner with a row a line instead.

    Raises
    ------
    CrsError, DataError
        Where the corners have no system or no place.
    """
    found = []
    for table in tables:
        column = headings.find(table.frame.columns, corners.line, table.encoding)
        if column is None or table.geometry is not None:
            found.append(table)
            continue
        placed = place.locate(table, ("Point",), given, likely)
        order = headings.find(table.frame.columns, corners.order, table.encoding)
        whole, groups = grouped(table, column, order, collector)
        bare = np.asarray(shapely.is_missing(placed.geometry) | shapely.is_empty(placed.geometry))
        _tell_bare(_rows(table, column), bare, collector)
        # without one of its corners a line would lie elsewhere
        lines = [None if bare[rows].any() else _line(placed.geometry[rows]) for rows in groups]
        found.append(
            replace(
                whole,
                frame=whole.frame.drop(columns=list(placed.columns)),
                geometry=np.array(lines, dtype=object),
                crs=placed.crs,
                notes=(*whole.notes, *placed.notes),
            )
        )
    return found


def grouped(
    table: Table, column: str, order: str | None, collector: Collector | None = None
) -> tuple[Table, list[NDArray[np.intp]]]:
    """Return a table with a row a line, and the rows of its corners in their order.

    What the corners of a line say of it they must say alike: where they contradict each other it is left open.
    """
    numbers = _numbers(table, column)
    if collector is not None:
        _tell_strays(table, column, numbers, collector)
    blank = {name: values.is_blank(table.frame[name]) for name in table.frame.columns}
    places = np.full(len(table.frame), np.nan) if order is None else _amounts(table.frame[order])
    groups: list[NDArray[np.intp]] = []
    torn: list[int] = []
    for rows in numbers.groupby(numbers, sort=False).indices.values():
        sequence = places[rows]
        ordered = bool(np.isfinite(sequence).all()) and len(np.unique(sequence)) == len(rows)
        groups.append(np.asarray(rows[np.argsort(sequence, kind="stable")] if ordered else rows, dtype=np.intp))
        if not ordered and rows[-1] - rows[0] != len(rows) - 1:
            torn.append(int(rows[0]))
    taken = located.coordinate_columns(table) | {column, *([] if order is None else [order])}
    columns: dict[str, list[object]] = {}
    doubtful: dict[str, list[int]] = {}
    for name in table.frame.columns:
        cells = table.frame[name].to_numpy(dtype=object)
        told = [cells[rows[~blank[name][rows]]] for rows in groups]
        unlike = [len({values.word(cell) for cell in one}) > 1 for one in told]
        if name not in taken and any(unlike):
            doubtful[name] = [int(rows[0]) for rows, bad in zip(groups, unlike, strict=True) if bad]
        columns[name] = [
            None if not len(one) or (bad and name not in taken) else one[0]
            for one, bad in zip(told, unlike, strict=True)
        ]
    if collector is not None:
        _tell(table, _rows(table, column), torn, doubtful, collector)
    first = np.array([rows.min() for rows in groups], dtype=np.intp)
    frame = pd.DataFrame({name: pd.Series(cells, dtype="object") for name, cells in columns.items()})
    return replace(table, frame=frame, numbers=table.numbers[first]), groups


def _rows(table: Table, column: str) -> Rows:
    ids = table.frame[column].map(values.text, na_action="ignore").to_numpy(dtype=object, copy=True)
    ids[values.is_blank(table.frame[column])] = None
    return Rows(table.file, table.numbers, ids, table.above)


def _tell_bare(rows: Rows, bare: NDArray[np.bool_], collector: Collector) -> None:
    collector.add_rows(
        "no_geometry",
        "error",
        rows,
        np.flatnonzero(bare).tolist(),
        lambda _, row: msg(
            "{place}: this corner has no place, or none that can be read; give its coordinates, for without it the "
            "line would lie elsewhere",
            place=row,
        ),
    )


def _tell_strays(table: Table, column: str, numbers: pd.Series, collector: Collector) -> None:
    """Tell of rows without a number: those before the first one, and any where the other corners bear theirs."""
    blank = values.is_blank(table.frame[column])
    every = bool(numbers[~blank].duplicated().any())
    lost = blank & (every | numbers.isna().to_numpy(dtype=bool))
    collector.add_rows(
        "no_id",
        "error",
        _rows(table, column),
        np.flatnonzero(lost).tolist(),
        lambda _, row: msg(
            "{place}: {column} is empty, so of which line it is a corner is not clear; give its number, or take the "
            "row out",
            place=row,
            column=column,
        ),
    )


def _tell(
    table: Table,
    rows: Rows,
    torn: list[int],
    doubtful: dict[str, list[int]],
    collector: Collector,
) -> None:
    collector.add_rows(
        "corners_apart",
        "error",
        rows,
        torn,
        lambda _, row: msg(
            "{place}: the corners of this line do not stand together, and no column says in which order they follow; "
            "sort them, or number them within the line (点序号)",
            place=row,
        ),
    )
    for name, starts in doubtful.items():
        message = msg(
            "{file}: in {count} lines the corners contradict each other in {column}, the first in row {row}; it stays "
            "open there",
            file=table.file,
            count=len(starts),
            column=name,
            row=int(table.numbers[starts[0]]) + table.above,
        )
        collector.add("corners_differ", "warning", message)


def _numbers(table: Table, column: str) -> pd.Series:
    """Return the number of the line in each row; in some tables only the first corner bears it."""
    cells = table.frame[column].astype("object").mask(values.is_blank(table.frame[column]))
    return numbered.keys(cells.ffill()).reset_index(drop=True)


def _amounts(column: pd.Series) -> NDArray[np.float64]:
    return pd.to_numeric(column.map(values.text, na_action="ignore"), errors="coerce").to_numpy(dtype="float64")


def _line(points: NDArray[np.object_]) -> shapely.Geometry | None:
    return shapely.LineString(points) if len(points) > 1 else None
