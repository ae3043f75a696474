"""Compiled loops over flat coordinate arrays; `flat` calls them on large layers.

A layer is ``xy`` (vertices), ``rings`` (where each line or ring starts in ``xy``) and ``owns`` (where each geometry
starts in ``rings``), each with one element more than there are things.
"""
# ruff: noqa: C901, PLR0912, PLR0913, PLR0917 - compiled loops take plain arrays, and calls in them cost

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
_MANY_NEIGHBOURS = 48


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
    for i in range(len(box)):
        if not box[i, 0] <= box[i, 2]:
            continue
        c0, c1 = math.floor((box[i, 0] - x) / cell), math.floor((box[i, 2] - x) / cell)
        r0, r1 = math.floor((box[i, 1] - y) / cell), math.floor((box[i, 3] - y) / cell)
        if (c1 - c0 + 1.0) * (r1 - r0 + 1.0) > _MANY_CELLS:
            wide[i] = True
            continue
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                first[bucket(c, r, columns, entries) + 1] += 1
    for k in range(entries):
        first[k + 1] += first[k]
    at = first[:-1].copy()
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
    return first, item, column, row, np.flatnonzero(wide).astype(np.int32)


@compiled
def _to_segment2(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
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
        _to_segment2(ax, ay, cx, cy, dx, dy),
        _to_segment2(bx, by, cx, cy, dx, dy),
        _to_segment2(cx, cy, ax, ay, bx, by),
        _to_segment2(dx, dy, ax, ay, bx, by),
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
    axy: Floats, arings: Ints, a0: int, a1: int, bxy: Floats, brings: Ints, b0: int, b1: int, areal: Bools, limit: float
) -> float:
    """Return the squared distance of points or lines to anything, inf beyond `limit`."""
    best = limit * limit
    found = False
    for ra in range(a0, a1):
        if _inside(axy[arings[ra], 0], axy[arings[ra], 1], bxy, brings, areal, b0, b1):
            return 0.0
        for i in range(arings[ra], max(arings[ra + 1] - 1, arings[ra] + 1)):
            i1 = min(i + 1, arings[ra + 1] - 1)
            ax, ay, bx, by = axy[i, 0], axy[i, 1], axy[i1, 0], axy[i1, 1]
            reach = math.sqrt(best)
            x0, x1 = min(ax, bx) - reach, max(ax, bx) + reach
            y0, y1 = min(ay, by) - reach, max(ay, by) + reach
            for rb in range(b0, b1):
                for k in range(brings[rb], max(brings[rb + 1] - 1, brings[rb] + 1)):
                    k1 = min(k + 1, brings[rb + 1] - 1)
                    cx, cy, dx, dy = bxy[k, 0], bxy[k, 1], bxy[k1, 0], bxy[k1, 1]
                    if (cx < x0 and dx < x0) or (cx > x1 and dx > x1):
                        continue
                    if (cy < y0 and dy < y0) or (cy > y1 and dy > y1):
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
    grid: Grid,
    cell: float,
    x: float,
    y: float,
    columns: int,
    entries: int,
    reach: Floats,
    slack: float,
    a_from: int,
    a_to: int,
) -> tuple[Ints, Ints, Floats]:
    """Return pairs of geometries whose distance, rounded to the micrometre, is at most `reach`, in order."""
    first, item, column, row, wide = grid
    size = 1024 + (a_to - a_from)
    left, right, apart = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
    m = 0
    for i in range(a_from, a_to):
        limit = reach[i] + slack
        if not (limit >= 0.0 and abox[i, 0] <= abox[i, 2]):
            continue
        x0, y0, x1, y1 = abox[i, 0] - limit, abox[i, 1] - limit, abox[i, 2] + limit, abox[i, 3] + limit
        c0, r0 = math.floor((x0 - x) / cell), math.floor((y0 - y) / cell)
        c1, r1 = math.floor((x1 - x) / cell), math.floor((y1 - y) / cell)
        if columns:
            c0, c1 = max(c0, 0), min(c1, columns - 1)
            r0, r1 = max(r0, 0), min(r1, entries // columns - 1)
        start = m
        every = (c1 - c0 + 1.0) * (r1 - r0 + 1.0) > len(bbox) + 16.0
        if every:
            r1 = r0 - 1
        # a last round goes through those that are too wide for cells, or through all where that is less work
        for r in range(r0, max(r1, r0 - 1) + 2):
            for c in range(c0, (c1 if r <= r1 else c0) + 1):
                if r <= r1:
                    k = bucket(c, r, columns, entries)
                    p_from, p_to = first[k], first[k + 1]
                else:
                    p_from, p_to = 0, len(bbox) if every else len(wide)
                for p in range(p_from, p_to):
                    if r <= r1:
                        if not columns and (column[p] != c or row[p] != r):
                            continue
                        j = item[p]
                    else:
                        j = np.int32(p) if every else wide[p]
                    if not (bbox[j, 0] <= x1 and bbox[j, 2] >= x0 and bbox[j, 1] <= y1 and bbox[j, 3] >= y0):
                        continue
                    # each pair once: in the cell that holds the lower left corner of what both boxes cover
                    if r <= r1 and (
                        max(math.floor((bbox[j, 0] - x) / cell), c0) != c
                        or max(math.floor((bbox[j, 1] - y) / cell), r0) != r
                    ):
                        continue
                    square = _distance2(
                        axy, arings, aowns[i], aowns[i + 1], bxy, brings, bowns[j], bowns[j + 1], areal, limit
                    )
                    distance = math.sqrt(square)
                    if (distance - reach[i]) * 1e6 > 0.5:
                        continue
                    if m == size:
                        size *= 2
                        left_, right_, apart_ = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
                        left_[:m], right_[:m], apart_[:m] = left, right, apart
                        left, right, apart = left_, right_, apart_
                    left[m], right[m], apart[m] = i, j, distance
                    m += 1
        _sort(right, apart, start, m)
    return left[:m].copy(), right[:m].copy(), apart[:m].copy()


@compiled
def _sort(key: Ints, value: Floats, start: int, stop: int) -> None:
    """Sort a stretch of two arrays by the first."""
    if stop - start > _MANY_NEIGHBOURS:
        order = np.argsort(key[start:stop])
        key[start:stop] = key[start:stop][order]
        value[start:stop] = value[start:stop][order]
        return
    for n in range(start + 1, stop):
        k, v = key[n], value[n]
        at = n - 1
        while at >= start and key[at] > k:
            key[at + 1], value[at + 1] = key[at], value[at]
            at -= 1
        key[at + 1], value[at + 1] = k, v


@compiled
def segments(
    xy: Floats, rings: Ints, owns: Ints, use: Bools, count: int
) -> tuple[Ints, Ints, Floats, Floats, Floats, Floats, Floats]:
    """Return owner, part, chainage, start, unit vector, length and both ends of the segments of lines in use."""
    owner, part = np.empty(count, np.int64), np.empty(count, np.int64)
    chainage, length = np.empty(count), np.empty(count)
    start, vector, ends = np.empty((count, 2)), np.empty((count, 2)), np.empty((2 * count, 2))
    m = 0
    for i in range(len(owns) - 1):
        if not use[i]:
            continue
        for ring in range(owns[i], owns[i + 1]):
            run = 0.0
            for k in range(rings[ring], rings[ring + 1] - 1):
                x, y = xy[k, 0], xy[k, 1]
                dx, dy = xy[k + 1, 0] - x, xy[k + 1, 1] - y
                away = math.hypot(dx, dy)
                owner[m], part[m], chainage[m], length[m] = i, ring, run, away
                start[m, 0], start[m, 1] = x, y
                vector[m, 0], vector[m, 1] = (dx / away, dy / away) if away > 0.0 else (0.0, 0.0)
                ends[2 * m, 0], ends[2 * m, 1], ends[2 * m + 1, 0], ends[2 * m + 1, 1] = x, y, x + dx, y + dy
                run += away
                m += 1
    return owner[:m], part[:m], chainage[:m], start[:m], vector[:m], length[:m], ends[: 2 * m]


@compiled
def merged(group: Ints, start: Floats, end: Floats, order: Ints) -> tuple[Ints, Ints, Floats, Floats]:
    """Merge the stretches of each group that overlap, taken in `order`: by group, then start."""
    run = np.empty(len(group), np.int64)
    of, low, high = np.empty(len(group), np.int64), np.empty(len(group)), np.empty(len(group))
    m = -1
    for n in range(len(order)):
        i = order[n]
        if m < 0 or group[i] != of[m] or start[i] > high[m]:
            m += 1
            of[m], low[m], high[m] = group[i], start[i], end[i]
        else:
            high[m] = max(high[m], end[i])
        run[i] = m
    return run, of[: m + 1], low[: m + 1], high[: m + 1]


@compiled
def in_order(block: Ints, group: Ints, start: Floats) -> Ints:
    """Return the order by group, then start, of stretches whose blocks of groups are in order already."""
    order = np.arange(len(group))
    first = 0
    for n in range(1, len(group) + 1):
        if n < len(group) and block[n] == block[first]:
            continue
        if n - first > _MANY_NEIGHBOURS:
            by_start = first + np.argsort(start[first:n], kind="mergesort")
            order[first:n] = by_start[np.argsort(group[by_start], kind="mergesort")]
        else:
            for k in range(first + 1, n):
                item = order[k]
                at = k - 1
                while at >= first and (
                    group[order[at]] > group[item]
                    or (group[order[at]] == group[item] and start[order[at]] > start[item])
                ):
                    order[at + 1] = order[at]
                    at -= 1
                order[at + 1] = item
        first = n
    return order


@compiled
def ends_apart(
    axy: Floats, arings: Ints, aowns: Ints, bxy: Floats, brings: Ints, bowns: Ints, rows: Ints, others: Ints
) -> Floats:
    """Return the distance from the ends of lines to other lines; NaN where there are no ends.

    Where an even number of parts of one line end, it goes on.
    """
    found = np.full(len(rows), np.nan)
    for n in range(len(rows)):
        a0, a1 = aowns[rows[n]], aowns[rows[n] + 1]
        best = np.inf
        for ring in range(a0, a1):
            for end in range(2):
                at = arings[ring] if end == 0 else arings[ring + 1] - 1
                px, py = axy[at, 0], axy[at, 1]
                meet = 0
                for other in range(a0, a1):
                    first, last = arings[other], arings[other + 1] - 1
                    meet += axy[first, 0] == px and axy[first, 1] == py
                    meet += axy[last, 0] == px and axy[last, 1] == py
                if meet % 2 == 0:
                    continue
                for rb in range(bowns[others[n]], bowns[others[n] + 1]):
                    for k in range(brings[rb], max(brings[rb + 1] - 1, brings[rb] + 1)):
                        k1 = min(k + 1, brings[rb + 1] - 1)
                        best = min(best, _to_segment2(px, py, bxy[k, 0], bxy[k, 1], bxy[k1, 0], bxy[k1, 1]))
        if best < np.inf:
            found[n] = math.sqrt(best)
    return found


@compiled
def _entered(at: float, slope: float, low: float, high: float) -> tuple[float, float]:
    """Return the t for which low <= at + slope t <= high."""
    if abs(slope) < 1e-12:
        if low <= at <= high:
            return -np.inf, np.inf
        return np.inf, -np.inf
    first, second = (low - at) / slope, (high - at) / slope
    return min(first, second), max(first, second)


@compiled
def stretches(
    start: Floats,
    vector: Floats,
    length: Floats,
    chainage: Floats,
    other_start: Floats,
    other_vector: Floats,
    other_length: Floats,
    rows: Ints,
    others: Ints,
    distance: float,
) -> tuple[Floats, Floats]:
    """Return where segments lie within `distance` of others, see `geometry.near_stretches`."""
    enter, leave = np.empty(len(rows)), np.empty(len(rows))
    for n in range(len(rows)):
        i, j = rows[n], others[n]
        ux, uy, vx, vy = vector[i, 0], vector[i, 1], other_vector[j, 0], other_vector[j, 1]
        wx, wy = start[i, 0] - other_start[j, 0], start[i, 1] - other_start[j, 1]
        span = other_length[j]
        low, high = np.inf, -np.inf
        if span != 0.0:
            t0, t1 = _entered(wx * vx + wy * vy, ux * vx + uy * vy, 0.0, span)
            s0, s1 = _entered(vx * wy - vy * wx, vx * uy - vy * ux, -distance, distance)
            t0, t1 = max(t0, s0), min(t1, s1)
            if t0 <= t1:
                low, high = t0, t1
        for k in range(2):
            zx, zy = wx - k * vx * span, wy - k * vy * span
            along = zx * ux + zy * uy
            square = along * along - (zx * zx + zy * zy - distance * distance)
            if square >= 0:
                half = math.sqrt(square)
                low, high = min(low, -along - half), max(high, -along + half)
        low, high = max(low, 0.0), min(high, length[i])
        if low > high:
            enter[n], leave[n] = np.inf, -np.inf
        else:
            enter[n], leave[n] = chainage[i] + low, chainage[i] + high
    return enter, leave


@compiled
def cell_sums(
    start: Floats, end: Floats, weight: Floats, owner: Ints, values: Floats, count: int
) -> tuple[Floats, Floats]:
    """Return for each owner the sum of weight times value over the cells its segments pass, and the sum of weights."""
    sums, weights = np.zeros(count), np.zeros(count)
    for n in range(len(start)):
        x0, y0 = start[n, 0], start[n, 1]
        dx, dy = end[n, 0] - x0, end[n, 1] - y0
        # the next line across and the next one down, as shares of the segment
        step_x, step_y = (1.0 if dx > 0 else -1.0), (1.0 if dy > 0 else -1.0)
        line_x = math.floor(x0) + 1 if dx > 0 else math.ceil(x0) - 1
        line_y = math.floor(y0) + 1 if dy > 0 else math.ceil(y0) - 1
        before = 0.0
        while before < 1.0:
            next_x = (line_x - x0) / dx if dx != 0 else np.inf
            next_y = (line_y - y0) / dy if dy != 0 else np.inf
            after = min(next_x, next_y, 1.0)
            middle = (before + after) / 2
            column, row = math.floor(x0 + dx * middle), math.floor(y0 + dy * middle)
            if 0 <= row < values.shape[0] and 0 <= column < values.shape[1]:
                value = values[int(row), int(column)]
                if not math.isnan(value):
                    sums[owner[n]] += weight[n] * (after - before) * value
                    weights[owner[n]] += weight[n] * (after - before)
            if next_x <= after:
                line_x += step_x
            if next_y <= after:
                line_y += step_y
            before = after
    return sums, weights
