"""Numbered points of a survey: where each is, and which numbers stand for several places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk import crs as crs_
from gridrisk import params
from gridrisk.errors import CrsError
from gridrisk.i18n import msg
from gridrisk.layers import headings, place, values
from gridrisk.layers.collect import Rows
from gridrisk.units import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.crosswalk import Lines
    from gridrisk.layers.table import Table

#: A number of which a spreadsheet made an amount.
_AMOUNT = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True, slots=True)
class Numbered:
    """The points of each table by their number, with the file they stand in, and the system they are in."""

    tables: tuple[tuple[str, pd.Series], ...]
    crs: CRS

    def seen_from(self, file: str) -> tuple[pd.Series, set[str]]:
        """Return the points that the lines of a file mean, and the numbers that stand for several places.

        The points of the same file come first: districts often number theirs anew.
        """
        same = crs_.units_of(params.load("recognition").number("same_point_m"), self.crs)
        own, several = _united([points for name, points in self.tables if name == file], same)
        others, doubtful = _united([points for name, points in self.tables if name != file], same)
        others = others[~others.index.isin(own.index) & ~others.index.isin(several)]
        return pd.concat([own, others]), several | (doubtful - set(own.index))


def _united(parts: Sequence[pd.Series], same: float) -> tuple[pd.Series, set[str]]:
    """Return points by number, each once, and the numbers of points that are not at one place, which are left out.

    Points up to `same` units of their system apart are one.
    """
    if not parts:
        return pd.Series(dtype=object), set()
    points = pd.concat(parts)
    again = np.flatnonzero(points.index.duplicated(keep=False))
    if not len(again):
        return points, set()
    some = points.iloc[again]
    first = some[~some.index.duplicated()].reindex(some.index).to_numpy(dtype=object)
    apart = shapely.distance(some.to_numpy(dtype=object), first) > same
    several = set(some.index[apart])
    return points[~points.index.duplicated() & ~points.index.isin(several)], several


def key(value: object) -> str:
    """Return a number as it is compared: half-width, lower case, 1.0 as 1."""
    text = plain(values.text(value)).casefold()
    amount = _AMOUNT.fullmatch(text)
    return text if amount is None else amount[1]


def keys(column: pd.Series) -> pd.Series:
    """Return numbers as they are compared."""
    return column.astype("object").map(key, na_action="ignore")


def read(
    tables: Sequence[Table], lines: Lines, given: CRS | None, collector: Collector, likely: CRS | None
) -> Numbered:
    """Return the points of some tables by their number."""
    found: list[tuple[str, pd.Series]] = []
    systems: list[CRS] = []
    for table in tables:
        placed = place.locate(table, ("Point",), given, likely)
        name = headings.find(table.frame.columns, lines.point, table.encoding) or ""
        for note in (*table.notes, *placed.notes):
            collector.add("reading", "info", note)
        systems.append(placed.crs)
        numbers = keys(table.frame[name])
        series = pd.Series(placed.geometry, index=pd.Index(numbers, dtype=object), dtype=object)
        again = series.index.duplicated() & numbers.notna().to_numpy()
        # a table with a row a neighbour repeats its points
        again &= _elsewhere(series)
        series = series[~shapely.is_missing(series.to_numpy())]
        twice = np.flatnonzero(again)
        rows = Rows(
            table.file,
            table.numbers,
            table.frame[name].map(values.text, na_action="ignore").to_numpy(dtype=object),
            table.above,
        )
        collector.add_rows(
            "duplicate_point",
            "warning",
            rows,
            twice.tolist(),
            lambda _, row: msg("{place}: this point number occurs twice, at different places", place=row),
        )
        found.append((table.file, series[series.index.notna()]))
    if any(not crs_.same(systems[0], other) for other in systems[1:]):
        raise CrsError(msg("the tables of points are in different coordinate systems; deliver them in one"))
    return Numbered(tuple(found), systems[0])


def _elsewhere(points: pd.Series) -> NDArray[np.bool_]:
    """Say for each row whether its point was somewhere else where it first occurred."""
    known = points[~shapely.is_missing(points.to_numpy())]
    first = known[~known.index.duplicated()].reindex(points.index).to_numpy(dtype=object)
    own = points.to_numpy(dtype=object)
    apart: NDArray[np.bool_] = ~(shapely.distance(own, first) <= 0) & ~shapely.is_missing(own)
    return apart
