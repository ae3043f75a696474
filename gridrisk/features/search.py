"""Near pairs of large layers, found on flat arrays through a grid of cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gridrisk.features.flat import NOWHERE, Flat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    #: Boxes in cells (see `kernels_search.index`), and the frame of the cells.
    _Table: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]
    _Cells: TypeAlias = tuple[_Table, tuple[float, float, float, int, int]]

_ENOUGH = 20_000
#: A cell is about this many times the usual size and reach.
_CELL_FACTOR = 1.0
#: A plain table of cells is used up to this many cells a geometry; beyond, one point lies astray: cells are hashed.
_CELLS_EACH = 16
#: A layer so many times larger than another is not looked up in it, but the other way round.
_FEW = 4
_MOST_SPACING_M = 50.0


def near(
    left: Flat,
    right: Flat,
    reach_m: Floats,
    slack_m: float,
    mask: Bools | None = None,
) -> tuple[Ints, Ints, Floats]:
    """Return pairs of points or lines in `left` and anything in `right` at most `reach_m` apart, in order.

    Nothing is near a row of negative reach, nor one of `right` outside `mask`. Of two layers the smaller by far is
    looked up in the other, whose grid is kept for the next.
    """
    use = right.located if mask is None else mask
    own, others = int(np.count_nonzero(reach_m >= 0)), int(np.count_nonzero(use))
    if not own or not others:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    box = right.box if others == len(use) else np.where(use[:, None], right.box, NOWHERE)
    if others * _FEW < len(left.owns):
        rows, cols, distance = _pairs(left, right, box, None, reach_m, slack_m)
        order = np.lexsort((rows, cols)[::-1])
        return rows[order], cols[order], distance[order]
    if own * _FEW < len(use) and others == len(use):
        grid = _grid_of(right)
    else:
        grid = _grid(box, float(np.median(_some(reach_m[reach_m >= 0]))))
    return _pairs(left, right, box, grid, reach_m, slack_m)


def _pairs(
    left: Flat,
    right: Flat,
    right_box: Floats,
    grid: _Cells | None,
    reach_m: Floats,
    slack_m: float,
) -> tuple[Ints, Ints, Floats]:
    """Return near pairs in the order of `left`, looked up in a grid of `right`; without one the other way round."""
    from gridrisk.features import kernels_search
    from gridrisk.features.compiled import over_rows

    box = left.box
    of_left = grid is None
    cells, frame = _grid_of(left) if grid is None else grid
    parts = over_rows(
        lambda first, last: kernels_search.near(
            left.xy,
            left.rings,
            left.owns,
            box,
            right.xy,
            right.rings,
            right.owns,
            right_box,
            right.areal,
            of_left,
            cells,
            *frame,
            reach_m,
            float(reach_m.max()),
            slack_m,
            first,
            last,
        ),
        len(right_box) if of_left else len(box),
    )
    looked, found, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    return (found, looked, distance) if of_left else (looked, found, distance)


def _grid_of(flat: Flat) -> _Cells:
    """Return the boxes in cells about twice their size, and no smaller than one holds a box or so; kept."""
    found: _Cells = flat.kept("grid", lambda: _grid(flat.box, max(_usual_size(flat.box), _spacing(flat)) / 2))
    return found


def _spacing(flat: Flat) -> float:
    from gridrisk.features import kernels_search

    x0, y0, x1, y1 = kernels_search.extent(flat.box)
    # where one lies far astray, its distance tells nothing of the others
    return min(math.sqrt((x1 - x0) * (y1 - y0) / len(flat.box)), _MOST_SPACING_M)


def _grid(box: Floats, reach_m: float) -> _Cells:
    from gridrisk.features import kernels_search

    frame = _frame(box, reach_m)
    return kernels_search.index(box, *frame), frame


def _some(values: Floats) -> Floats:
    """Return some of many values, enough to tell what is usual."""
    return values[:: max(len(values) // _ENOUGH, 1)]


def _usual_size(box: Floats) -> float:
    there = _some(box)
    there = there[np.isfinite(there[:, 0])]
    return float(np.median(np.maximum(there[:, 2] - there[:, 0], there[:, 3] - there[:, 1]))) if len(there) else 0.0


def _frame(box: Floats, reach_m: float) -> tuple[float, float, float, int, int]:
    """Return the size of a cell, the corner of the table, its number of columns (0: hashed) and of entries."""
    from gridrisk.features import kernels_search

    size = _usual_size(box)
    x0, y0, x1, y1 = kernels_search.extent(box)
    extent = max(abs(x0), abs(y0), abs(x1), abs(y1))
    # columns and rows must fit 32 bits
    cell = max(_CELL_FACTOR * (size + 2 * reach_m), extent / 2**30, 1e-3)
    columns, rows = np.floor((x1 - x0) / cell) + 1, np.floor((y1 - y0) / cell) + 1
    if columns * rows <= _CELLS_EACH * len(box) + 1024:
        return cell, x0, y0, int(columns), int(columns * rows)
    return cell, x0, y0, 0, int(2 ** int(np.ceil(np.log2(max(2 * len(box), 16)))))
