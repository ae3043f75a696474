"""Compiled search for near pairs over flat coordinate arrays; `search` calls it on large layers.

A layer is ``xy`` (vertices), ``rings`` (where each line or ring starts in ``xy``) and ``owns`` (where each geometry
starts in ``rings``), each with one element more than there are things.
"""
# ruff: noqa: C901, FBT001, PLR0912, PLR0913, PLR0917 - compiled loops take plain arrays, and calls in them cost

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gridrisk.features.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[Any]
    Bools = NDArray[np.bool_]
    Grid: TypeAlias = tuple[Ints, Ints, Ints, Ints, Ints]

_SPREAD, _SPREAD_ = 0x9E3779B1, 0x85EBCA77
_MANY_CELLS = 4096
_FEW_TO_SORT = 16
#: Less than one by more than squares are rounded.
_SURELY = 1.0 - 1e-12


@compiled
def bounds(xy: Floats, rings: Ints, owns: Ints) -> Floats:
    """Return the box round each geometry: least x, least y, greatest x, greatest y.

    The box of one without coordinates is nowhere.
    """
    box = np.empty((len(owns) - 1, 4))
    for i in range(len(owns) - 1):
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        for k in range(rings[owns[i]], rings[owns[i + 1]]):
            x0, x1 = min(x0, xy[k, 0]), max(x1, xy[k, 0])
            y0, y1 = min(y0, xy[k, 1]), max(y1, xy[k, 1])
        box[i, 0], box[i, 1], box[i, 2], box[i, 3] = x0, y0, x1, y1
    return box


@compiled
def extent(box: Floats) -> tuple[float, float, float, float]:
    """Return the box round all boxes; one that is nowhere is no least and no greatest."""
    x0 = y0 = np.inf
    x1 = y1 = -np.inf
    for i in range(len(box)):
        x0, y0, x1, y1 = min(x0, box[i, 0]), min(y0, box[i, 1]), max(x1, box[i, 2]), max(y1, box[i, 3])
    return x0, y0, x1, y1


@compiled
def bucket(column: int, row: int, columns: int, entries: int) -> int:
    """Return the place of a cell in the table; without columns it is hashed, for one point may lie far astray."""
    if columns:
        return row * columns + column
    mixed = (column * _SPREAD) ^ (row * _SPREAD_)
    return (mixed ^ (mixed >> 15)) & (entries - 1)


@compiled
def index(box: Floats, cell: float, x: float, y: float, columns: int, entries: int) -> Grid:
    """Put boxes into the table of the cells they cover; those over very many cells are listed apart."""
    first = np.zeros(entries + 1, np.int64)
    wide = np.zeros(len(box), np.bool_)
    many = 0
    for i in range(len(box)):
        if not box[i, 0] <= box[i, 2]:
            continue
        c0, c1 = math.floor((box[i, 0] - x) / cell), math.floor((box[i, 2] - x) / cell)
        r0, r1 = math.floor((box[i, 1] - y) / cell), math.floor((box[i, 3] - y) / cell)
        if (c1 - c0 + 1.0) * (r1 - r0 + 1.0) > _MANY_CELLS:
            wide[i] = True
            many += 1
            continue
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                first[bucket(c, r, columns, entries) + 1] += 1
    for k in range(entries):
        first[k + 1] += first[k]
    at = np.empty(entries, np.int64)
    for k in range(entries):
        at[k] = first[k]
    item = np.empty(first[-1], np.int32)
    hashed = 0 if columns else first[-1]
    column, row = np.empty(hashed, np.int32), np.empty(hashed, np.int32)
    for i in range(len(box)):
        if wide[i] or not box[i, 0] <= box[i, 2]:
            continue
        for r in range(math.floor((box[i, 1] - y) / cell), math.floor((box[i, 3] - y) / cell) + 1):
            for c in range(math.floor((box[i, 0] - x) / cell), math.floor((box[i, 2] - x) / cell) + 1):
                k = bucket(c, r, columns, entries)
                item[at[k]] = i
                if not columns:
                    column[at[k]], row[at[k]] = c, r
                at[k] += 1
    apart = np.empty(many, np.int32)
    m = 0
    for i in range(len(box)):
        if wide[i]:
            apart[m] = i
            m += 1
    return first, item, column, row, apart


@compiled
def to_segment2(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the squared distance of a point to a segment."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = 0.0
    if square > 0.0:
        t = min(max(((px - ax) * dx + (py - ay) * dy) / square, 0.0), 1.0)
    ex, ey = px - ax - t * dx, py - ay - t * dy
    return ex * ex + ey * ey


@compiled
def _between_segments2(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> float:
    o1 = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    o2 = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    o3 = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    o4 = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    if ((o1 < 0 < o2) or (o2 < 0 < o1)) and ((o3 < 0 < o4) or (o4 < 0 < o3)):
        return 0.0
    return min(
        to_segment2(ax, ay, cx, cy, dx, dy),
        to_segment2(bx, by, cx, cy, dx, dy),
        to_segment2(cx, cy, ax, ay, bx, by),
        to_segment2(dx, dy, ax, ay, bx, by),
    )


@compiled
def _inside(px: float, py: float, xy: Floats, rings: Ints, areal: Bools, first: int, last: int) -> bool:
    inside = False
    for ring in range(first, last):
        if not areal[ring]:
            continue
        for k in range(rings[ring], rings[ring + 1] - 1):
            y0, y1 = xy[k, 1], xy[k + 1, 1]
            if (y0 > py) != (y1 > py) and px < (xy[k + 1, 0] - xy[k, 0]) * (py - y0) / (y1 - y0) + xy[k, 0]:
                inside = not inside
    return inside


@compiled
def _distance2(
    axy: Floats, arings: Ints, a0: int, a1: int, bxy: Floats, brings: Ints, b0: int, b1: int, areal: Bools, best: float
) -> float:
    """Return the squared distance of points or lines to anything, inf beyond `best`."""
    found = False
    for ra in range(a0, a1):
        if _inside(axy[arings[ra], 0], axy[arings[ra], 1], bxy, brings, areal, b0, b1):
            return 0.0
        for i in range(arings[ra], max(arings[ra + 1] - 1, arings[ra] + 1)):
            i1 = min(i + 1, arings[ra + 1] - 1)
            ax, ay, bx, by = axy[i, 0], axy[i, 1], axy[i1, 0], axy[i1, 1]
            x0, x1, y0, y1 = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            for rb in range(b0, b1):
                for k in range(brings[rb], max(brings[rb + 1] - 1, brings[rb] + 1)):
                    k1 = min(k + 1, brings[rb + 1] - 1)
                    cx, cy, dx, dy = bxy[k, 0], bxy[k, 1], bxy[k1, 0], bxy[k1, 1]
                    # segments are no nearer than the boxes round them
                    across = max(min(cx, dx) - x1, x0 - max(cx, dx), 0.0)
                    up = max(min(cy, dy) - y1, y0 - max(cy, dy), 0.0)
                    if (across * across + up * up) * _SURELY > best:
                        continue
                    square = _between_segments2(ax, ay, bx, by, cx, cy, dx, dy)
                    if square <= best:
                        best = square
                        found = True
                        if square == 0.0:
                            return 0.0
    return best if found else np.inf


@compiled
def near(
    axy: Floats,
    arings: Ints,
    aowns: Ints,
    abox: Floats,
    bxy: Floats,
    brings: Ints,
    bowns: Ints,
    bbox: Floats,
    areal: Bools,
    of_left: bool,
    grid: Grid,
    cell: float,
    x: float,
    y: float,
    columns: int,
    entries: int,
    reach: Floats,
    most: float,
    slack: float,
    q_from: int,
    q_to: int,
) -> tuple[Ints, Ints, Floats]:
    """Return pairs of geometries a and b whose distance, rounded to the micrometre, is at most `reach` of a.

    The grid holds the boxes of b, or of a where `of_left`: then b are looked up in it, `most` being the greatest
    reach. In the order of what is looked up, then of what is found.
    """
    first, item, column, row, wide = grid
    qbox, tbox = (bbox, abox) if of_left else (abox, bbox)
    size = 1024 + (q_to - q_from)
    looked, found, apart = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
    # a plain 0 would be a type of its own, for which the sort is compiled too
    m = int(np.int64(0))
    for q in range(q_from, q_to):
        limit = (most if of_left else reach[q]) + slack
        if not (limit >= 0.0 and qbox[q, 0] <= qbox[q, 2]):
            continue
        x0, y0, x1, y1 = qbox[q, 0] - limit, qbox[q, 1] - limit, qbox[q, 2] + limit, qbox[q, 3] + limit
        c0, r0 = math.floor((x0 - x) / cell), math.floor((y0 - y) / cell)
        c1, r1 = math.floor((x1 - x) / cell), math.floor((y1 - y) / cell)
        if columns:
            c0, c1 = max(c0, 0), min(c1, columns - 1)
            r0, r1 = max(r0, 0), min(r1, entries // columns - 1)
        start = m
        every = (c1 - c0 + 1.0) * (r1 - r0 + 1.0) > len(tbox) + 16.0
        if every:
            r1 = r0 - 1
        # a last round goes through those that are too wide for cells, or through all where that is less work
        for r in range(r0, max(r1, r0 - 1) + 2):
            for c in range(c0, (c1 if r <= r1 else c0) + 1):
                if r <= r1:
                    k = bucket(c, r, columns, entries)
                    p_from, p_to = first[k], first[k + 1]
                else:
                    p_from, p_to = 0, len(tbox) if every else len(wide)
                for p in range(p_from, p_to):
                    if r <= r1:
                        if not columns and (column[p] != c or row[p] != r):
                            continue
                        t = item[p]
                    else:
                        t = np.int32(p) if every else wide[p]
                    if not (tbox[t, 0] <= x1 and tbox[t, 2] >= x0 and tbox[t, 1] <= y1 and tbox[t, 3] >= y0):
                        continue
                    # each pair once: in the cell that holds the lower left corner of what both boxes cover
                    if r <= r1 and (
                        max(math.floor((tbox[t, 0] - x) / cell), c0) != c
                        or max(math.floor((tbox[t, 1] - y) / cell), r0) != r
                    ):
                        continue
                    i, j = (t, q) if of_left else (q, t)
                    if reach[i] < 0.0:
                        continue
                    square = _distance2(
                        axy,
                        arings,
                        aowns[i],
                        aowns[i + 1],
                        bxy,
                        brings,
                        bowns[j],
                        bowns[j + 1],
                        areal,
                        (reach[i] + slack) ** 2,
                    )
                    distance = math.sqrt(square)
                    if (distance - reach[i]) * 1e6 > 0.5:
                        continue
                    if m == size:
                        size *= 2
                        looked_, found_, apart_ = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
                        looked_[:m], found_[:m], apart_[:m] = looked, found, apart
                        looked, found, apart = looked_, found_, apart_
                    looked[m], found[m], apart[m] = q, t, distance
                    m += 1
        _sort(found, apart, start, m)
    return looked[:m].copy(), found[:m].copy(), apart[:m].copy()


@compiled
def _sort(key: Ints, value: Floats, start: int, stop: int) -> None:
    """Sort a stretch of two arrays by the first, whose numbers differ: by insertion, over ever narrower gaps."""
    gap = stop - start
    while gap > 1:
        gap = 1 if gap <= _FEW_TO_SORT else gap // 3
        for n in range(start + gap, stop):
            k, v = key[n], value[n]
            at = n - gap
            while at >= start and key[at] > k:
                key[at + gap], value[at + gap] = key[at], value[at]
                at -= gap
            key[at + gap], value[at + gap] = k, v
