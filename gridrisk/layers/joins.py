"""Attributes that stand in a table of their own, joined to the objects that are drawn in another by their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.i18n import msg
from gridrisk.layers import headings, place, values
from gridrisk.units import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.crosswalk import Join
    from gridrisk.layers.table import Table


_GEOMETRY = "\0geometry"


def build(tables: Sequence[Table], join: Join, collector: Collector) -> list[Table]:
    """Return the drawn tables with the columns of the tables of attributes; what they have themselves they keep."""
    drawn = [table for table in tables if place.kinds(table)]
    others = [table for table in tables if not place.kinds(table)]
    attributes = [table for table in others if _key(table, join.attributes) is not None]
    if not drawn or not attributes:
        return list(tables)
    found = []
    if join.only:
        placed = [table for table in drawn if _key(table, join.drawn) is not None]
        drawn = [_placed(other, _key(other, join.attributes) or "", placed, join, collector) for other in attributes]
        return [*drawn, *(table for table in others if not any(table is known for known in attributes))]
    for table in drawn:
        column = _key(table, join.drawn)
        joined = table
        for other in attributes if column is not None else ():
            joined = _joined(joined, column or "", other, _key(other, join.attributes) or "", collector)
        found.append(joined)
    return [*found, *(table for table in others if not any(table is known for known in attributes))]


def _key(table: Table, wanted: Sequence[str]) -> str | None:
    return headings.find(table.frame.columns, wanted, table.encoding)


def keys(column: pd.Series) -> pd.Series:
    """Return numbers of objects as they are compared."""
    return column.astype("object").map(lambda value: plain(values.text(value)).casefold(), na_action="ignore")


def _placed(other: Table, on: str, drawn: Sequence[Table], join: Join, collector: Collector) -> Table:
    """Return a list of objects, each with what the table in which its number is drawn says of it, its place too."""
    wanted = keys(other.frame[on])
    columns = list(other.frame.columns)
    parts = []
    for table in drawn:
        numbers = keys(table.frame[_key(table, join.drawn) or ""])
        rows = np.flatnonzero((numbers.isin(wanted) & ~numbers.duplicated()).to_numpy(dtype=bool))
        frame = table.frame.iloc[rows].set_axis(pd.Index(numbers.iloc[rows], dtype=object), axis=0)
        geometry = pd.Series(None if table.geometry is None else table.geometry[rows], frame.index, dtype=object)
        parts.append(frame.drop(columns=[c for c in columns if c in frame.columns]).assign(**{_GEOMETRY: geometry}))
    places = pd.concat(parts)
    places = places[~places.index.duplicated()].reindex(wanted).set_axis(other.frame.index)
    bare = int((~wanted.isin(pd.concat(parts).index)).sum())
    if bare:
        message = msg(
            "{file}: {count} rows name no point of {other}, by {column}; they have no place",
            file=other.file,
            count=bare,
            other=", ".join(dict.fromkeys(table.file for table in drawn)),
            column=on,
        )
        collector.add("join", "warning", message)
    drawn_at = places.pop(_GEOMETRY).to_numpy(dtype=object)
    found = np.array([one if isinstance(one, shapely.Geometry) else None for one in drawn_at], dtype=object)
    own = any(table.geometry is not None for table in drawn)
    return replace(
        other,
        frame=pd.concat([other.frame, places], axis=1),
        geometry=found if own else None,
        crs=drawn[0].crs,
        notes=(*other.notes, *(note for table in drawn for note in table.notes)),
    )


def _joined(table: Table, column: str, other: Table, on: str, collector: Collector) -> Table:
    numbers = keys(other.frame[on])
    once = numbers.notna() & ~numbers.duplicated()
    rows = pd.Series(np.flatnonzero(once), index=pd.Index(numbers[once], dtype=object))
    at = rows.reindex(keys(table.frame[column])).to_numpy(dtype="float64")
    known = np.isfinite(at)
    taken = other.frame.iloc[np.where(known, np.nan_to_num(at), 0).astype(np.intp)].set_axis(table.frame.index)
    taken = taken.where(pd.Series(known, index=table.frame.index), other=None, axis=0) if len(other.frame) else taken
    frame = table.frame.copy()
    for name in taken.columns:
        if name not in frame.columns:
            frame[name] = taken[name]
        elif name != column:
            frame[name] = frame[name].mask(values.is_blank(frame[name]), taken[name])
    bare, more = int((~known).sum()), int((~once).sum())
    if bare:
        message = msg(
            "{file}: {count} objects have no row in {other}, by {column}; their attributes stay unknown",
            file=table.file,
            count=bare,
            other=other.file,
            column=on,
        )
        collector.add("join", "warning", message)
    if more:
        message = msg(
            "{file}: {count} rows repeat a number of {column} or have none; the first of each was taken",
            file=other.file,
            count=more,
            column=on,
        )
        collector.add("join", "warning", message)
    return replace(table, frame=frame, notes=(*table.notes, *other.notes))
