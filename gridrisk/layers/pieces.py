"""The tables of a delivery, read, put together as one layer in which each number occurs once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk.i18n import Message, msg
from gridrisk.layers.collect import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from gridrisk.layers.collect import Collector
    from gridrisk.layers.headings import ColumnUse
    from gridrisk.layers.schema import LayerSchema
    from gridrisk.layers.table import Table


#: Lines of one number nowhere farther apart are one line twice.
_SAME_PLACE_M = 1.0


@dataclass(frozen=True, slots=True)
class Piece:
    """One table, read: its frame (id as column), where each row stood, and whether its ids were composed."""

    frame: gpd.GeoDataFrame
    origin: pd.DataFrame
    composed: bool
    uses: tuple[ColumnUse, ...]


def origin_of(table: Table, rows: NDArray[np.intp]) -> pd.DataFrame:
    """Return the file, number and line of some rows of a table; see `Delivery.origin`."""
    numbers = table.numbers[rows]
    return pd.DataFrame({"file": table.file, "row": numbers, "line": numbers + table.above})


def once(pieces: Sequence[Piece], spec: LayerSchema) -> list[Piece]:
    """Leave out rows that repeat a number at the place where it first stood in their table."""
    found = []
    for piece in pieces:
        firsts = piece.frame.drop_duplicates(spec.id).set_index(spec.id).geometry
        same = shapely.equals(piece.frame.geometry.to_numpy(), firsts.reindex(piece.frame[spec.id]).to_numpy())
        kept = ~(piece.frame[spec.id].duplicated().to_numpy(dtype=bool) & same)
        frame, origin = piece.frame.loc[kept].reset_index(drop=True), piece.origin.loc[kept].reset_index(drop=True)
        found.append(replace(piece, frame=gpd.GeoDataFrame(frame), origin=origin))
    return found


def joined(pieces: Sequence[Piece], spec: LayerSchema, collector: Collector) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return all tables as one, each id once."""
    frame = gpd.GeoDataFrame(pd.concat([piece.frame for piece in pieces], ignore_index=True))
    origin = pd.concat([piece.origin for piece in pieces], ignore_index=True)
    composed = np.repeat([piece.composed for piece in pieces], [len(piece.frame) for piece in pieces])
    twice = frame[spec.id].duplicated().to_numpy(dtype=bool)
    if twice.any():
        firsts = frame[spec.id].drop_duplicates()
        first = pd.Series(firsts.index, index=firsts.to_numpy())[frame[spec.id]].to_numpy()
        _tell_twice(frame, origin, np.flatnonzero(twice & ~composed), first, spec, collector)
        frame = _suffixed(frame, origin, np.flatnonzero(twice & composed), first, spec, collector)
    unique = ~frame[spec.id].duplicated().to_numpy(dtype=bool)
    return frame.loc[unique].reset_index(drop=True), origin.loc[unique].reset_index(drop=True)


def _by_file(
    frame: gpd.GeoDataFrame, origin: pd.DataFrame, positions: NDArray[np.intp], id_field: str
) -> Iterable[tuple[Rows, NDArray[np.intp]]]:
    for file, group in origin.iloc[positions].groupby("file", sort=False):
        for above, some in (group["line"] - group["row"]).groupby(group["line"] - group["row"]):
            names = frame[id_field].to_numpy(dtype=object)
            yield Rows(str(file), origin["row"].to_numpy(), names, int(above)), some.index.to_numpy()


def _tell_twice(
    frame: gpd.GeoDataFrame,
    origin: pd.DataFrame,
    positions: NDArray[np.intp],
    first: NDArray[np.intp],
    spec: LayerSchema,
    collector: Collector,
) -> None:
    for rows, some in _by_file(frame, origin, positions, spec.id):

        def tell(i: int, row: Message, some: NDArray[np.intp] = some) -> Message:
            earlier = origin.iloc[first[some[i]]]
            return msg(
                "{place}: the {id} already stands in {file} row {row}; give each object its own",
                place=row,
                id=spec.id,
                file=earlier["file"],
                row=int(earlier["line"]),
            )

        collector.add_rows("duplicate_id", "error", rows, some.tolist(), tell, field=spec.id)


def _suffixed(
    frame: gpd.GeoDataFrame,
    origin: pd.DataFrame,
    positions: NDArray[np.intp],
    first: NDArray[np.intp],
    spec: LayerSchema,
    collector: Collector,
) -> gpd.GeoDataFrame:
    """Give rows whose composed id is taken a number behind it: two lines may join the same points, or be one twice."""
    ids = frame[spec.id].astype(object).to_numpy(copy=True)
    number = frame.groupby(spec.id).cumcount().to_numpy() + 1
    taken = set(ids.tolist())
    for position in positions.tolist():
        count = number[position]
        while (made := f"{ids[position]}-{count}") in taken:
            count += 1
        taken.add(made)
        ids[position] = made
    renamed = frame.assign(**{spec.id: pd.Series(ids, index=frame.index, dtype="str")})
    for rows, some in _by_file(renamed, origin, positions, spec.id):

        def tell(i: int, row: Message, some: NDArray[np.intp] = some) -> Message:
            earlier = origin.iloc[first[some[i]]]
            one, other = frame.geometry.iloc[[some[i], first[some[i]]]]
            if shapely.hausdorff_distance(one, other) > _SAME_PLACE_M:
                return msg(
                    "{place}: the number stands in {file} row {row} already, for a line at another place; this one "
                    "is kept under the number {id}",
                    place=row,
                    file=earlier["file"],
                    row=int(earlier["line"]),
                    id=ids[some[i]],
                )
            return msg(
                "{place}: the same line as {file} row {row}, so it may be there twice; it is kept under the number "
                "{id}, take one out if they are one",
                place=row,
                file=earlier["file"],
                row=int(earlier["line"]),
                id=ids[some[i]],
            )

        collector.add_rows("duplicate_line", "warning", rows, some.tolist(), tell, field=spec.id)
    return renamed
