"""Compiled loops over the segments of lines; `geometry` and `ground` call them on large layers.

Arrays are those of `kernels_search`.
"""
# ruff: noqa: PLR0913, PLR0917 - compiled loops take plain arrays, and calls in them cost

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gridrisk.features.compiled import compiled
from gridrisk.features.kernels_search import to_segment2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[Any]
    Bools = NDArray[np.bool_]

_FEW_TO_SORT = 16


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
    for last in range(1, len(group) + 1):
        if last < len(group) and block[last] == block[first]:
            continue
        # by insertion, over ever narrower gaps
        gap = last - first
        while gap > 1:
            gap = 1 if gap <= _FEW_TO_SORT else gap // 3
            for k in range(first + gap, last):
                item = order[k]
                at = k - gap
                while at >= first and (
                    group[order[at]] > group[item]
                    or (group[order[at]] == group[item] and start[order[at]] > start[item])
                ):
                    order[at + gap] = order[at]
                    at -= gap
                order[at + gap] = item
        first = last
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
                        best = min(best, to_segment2(px, py, bxy[k, 0], bxy[k, 1], bxy[k1, 0], bxy[k1, 1]))
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
