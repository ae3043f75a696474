"""Near pairs of large layers on flat coordinate arrays: the answers of `geometry.pairs_within`, with less work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.features import kernels
from gridrisk.features.compiled import over_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Geometries = NDArray[np.object_]

_POINT, _MULTIPOINT = int(shapely.GeometryType.POINT), int(shapely.GeometryType.MULTIPOINT)
_LINE, _MULTILINE = int(shapely.GeometryType.LINESTRING), int(shapely.GeometryType.MULTILINESTRING)
_POLYGON, _MULTIPOLYGON = int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON)
_POINTS, _LINES, _AREAS = (_POINT, _MULTIPOINT), (_LINE, _MULTILINE), (_POLYGON, _MULTIPOLYGON)
#: An even-sided cell of about this many times the usual reach and size; smaller ones are visited more often in vain.
_CELL_FACTOR = 1.0


@dataclass(frozen=True, slots=True)
class Flat:
    """Geometries of one kind as arrays.

    Attributes
    ----------
    xy
        Vertices, shape (n, 2).
    rings, owns
        First vertex of each line or ring; first line or ring of each geometry; one more element than there are.
    areal
        Whether the rings bound areas.
    """

    xy: Floats
    rings: Ints
    owns: Ints
    areal: bool = False


def flatten(geometries: Geometries) -> Flat:
    """Return geometries that are all points, all lines or all polygons, multi-part or not, as arrays."""
    kind, xy, offsets = shapely.to_ragged_array(geometries, include_z=False)
    numbers = [np.asarray(offset, dtype=np.int64) for offset in offsets]
    if kind == _POINT:
        numbers = [np.arange(len(xy) + 1)]
    if kind == _MULTIPOINT:
        return Flat(xy, np.arange(len(xy) + 1), numbers[0])
    rings = numbers[0]
    if len(numbers) == 1:
        owns = np.arange(len(rings))
    elif kind == _MULTIPOLYGON:
        owns = numbers[1][numbers[2]]
    else:
        owns = numbers[1]
    return Flat(np.ascontiguousarray(xy), rings, owns, areal=kind in _AREAS)


def straight(start: Floats, end: Floats) -> Flat:
    """Return straight segments as arrays."""
    xy = np.empty((2 * len(start), 2))
    xy[0::2], xy[1::2] = start, end
    count = np.arange(len(start) + 1)
    return Flat(xy, 2 * count, count)


def near(left: Flat, right: Flat, reach_m: Floats, slack_m: float) -> tuple[Ints, Ints, Floats]:
    """Return pairs of points or lines in `left` and anything in `right` at most `reach_m` apart, in order."""
    box, other_box = (kernels.bounds(item.xy, item.rings, item.owns) for item in (left, right))
    cell, mask = _cell(other_box, reach_m), _mask(len(other_box))
    grid = kernels.index(other_box, cell, mask)
    parts = over_rows(
        lambda first, last: kernels.near(
            left.xy,
            left.rings,
            left.owns,
            box,
            right.xy,
            right.rings,
            right.owns,
            other_box,
            right.areal,
            grid,
            cell,
            mask,
            reach_m,
            slack_m,
            first,
            last,
        ),
        len(box),
    )
    rows, others, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    return rows, others, distance


def _cell(box: Floats, reach_m: Floats) -> float:
    size = np.median(np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]))
    extent = float(np.abs(box).max())
    # columns and rows must fit 32 bits
    return float(max(_CELL_FACTOR * (size + 2 * np.median(reach_m)), extent / 2**30, 1e-3))


def _mask(count: int) -> int:
    return int(2 ** int(np.ceil(np.log2(max(2 * count, 16)))) - 1)


def pairs(left: Geometries, right: Geometries, reach_m: Floats, slack_m: float) -> tuple[Ints, Ints, Floats] | None:
    """Return what `near` does for any geometries with coordinates; None where `left` holds areas or collections."""
    kinds, other_kinds = shapely.get_type_id(left), shapely.get_type_id(right)
    if not np.isin(kinds, [*_POINTS, *_LINES]).all() or not np.isin(other_kinds, [*_POINTS, *_LINES, *_AREAS]).all():
        return None
    found = []
    for family in (_POINTS, _LINES):
        rows = np.flatnonzero(np.isin(kinds, family))
        own = flatten(left[rows]) if len(rows) else None
        for other_family in (_POINTS, _LINES, _AREAS):
            columns = np.flatnonzero(np.isin(other_kinds, other_family))
            if own is None or not len(columns):
                continue
            at, other, distance = near(own, flatten(right[columns]), reach_m[rows], slack_m)
            found.append((rows[at], columns[other], distance))
    if len(found) == 1:
        return found[0]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    row, column, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((column, row))
    return row[order], column[order], distance[order]
