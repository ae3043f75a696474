"""Attributes that stand in a table of their own, joined to the objects that are drawn in another by their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.i18n import msg
from gridrisk.layers import headings, located, numbered, values
from gridrisk.layers.collect import shown_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.crosswalk import Join
    from gridrisk.layers.table import Table


_GEOMETRY = "\0geometry"
#: Coordinates none of which is larger are degrees.
_DEGREES = 180.0


def build(tables: Sequence[Table], join: Join, collector: Collector) -> list[Table]:
    """Return the drawn tables with the columns of the tables of attributes; what they have themselves they keep."""
    drawn = [table for table in tables if located.kinds(table)]
    others = [table for table in tables if not located.kinds(table)]
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


def _placed(other: Table, on: str, drawn: Sequence[Table], join: Join, collector: Collector) -> Table:
    """Return a list of objects, each with what the table in which its number is drawn says of it, its place too."""
    wanted = numbered.keys(other.frame[on])
    columns = list(other.frame.columns)
    parts = []
    at: list[pd.Series] = []
    for table in drawn:
        numbers = numbered.keys(table.frame[_key(table, join.drawn) or ""])
        rows = np.flatnonzero(numbers.isin(wanted).to_numpy(dtype=bool))
        frame = table.frame.iloc[rows].set_axis(pd.Index(numbers.iloc[rows], dtype=object), axis=0)
        geometry = pd.Series(None if table.geometry is None else table.geometry[rows], frame.index, dtype=object)
        at.append(_spots(frame, geometry, table))
        parts.append(frame.drop(columns=[c for c in columns if c in frame.columns]).assign(**{_GEOMETRY: geometry}))
    places, spots = pd.concat(parts), pd.concat(at)
    several = set(spots.groupby(level=0).nunique().loc[lambda count: count > 1].index)
    places = places[~places.index.duplicated() & ~places.index.isin(several)]
    if several:
        message = msg(
            "{file}: {count} numbers of {column} stand for points at different places ({numbers}); what lies at them "
            "has no place. Where each district numbers its points anew, give the districts one by one",
            file=other.file,
            count=len(several),
            column=on,
            numbers=shown_all(sorted(several)),
        )
        collector.add("join", "warning", message)
    bare = int((~wanted.isin(places.index) & ~wanted.isin(several)).sum())
    places = places.reindex(wanted).set_axis(other.frame.index)
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


def _spots(frame: pd.DataFrame, geometry: pd.Series, table: Table) -> pd.Series:
    """Return a text for the place of each row, to tell whether rows of one number lie at one place."""
    if table.geometry is not None:
        shapes = geometry.to_numpy(dtype=object)
        # to the metre, of which a degree holds a hundred thousand
        degrees = np.nanmax(np.abs(shapely.bounds(shapes)), initial=0.0) <= _DEGREES
        return pd.Series(shapely.to_wkt(shapes, rounding_precision=5 if degrees else 0), index=frame.index)
    columns = sorted(located.coordinate_columns(table))
    return frame[columns].astype("str").agg(" ".join, axis=1)


def _joined(table: Table, column: str, other: Table, on: str, collector: Collector) -> Table:
    numbers = numbered.keys(other.frame[on])
    once = numbers.notna() & ~numbers.duplicated()
    rows = pd.Series(np.flatnonzero(once), index=pd.Index(numbers[once], dtype=object))
    at = rows.reindex(numbered.keys(table.frame[column])).to_numpy(dtype="float64")
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
