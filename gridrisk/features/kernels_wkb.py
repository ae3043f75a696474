"""Compiled loops that read well-known binary into flat arrays and tell plainly valid areas from doubtful ones."""
# ruff: noqa: C901, PLR0913, PLR0917 - compiled loops take plain arrays; numbers of the format

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridrisk.features.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[Any]
    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]

_MOST_VERTICES = 64
_CLEAR = 1e-9


@compiled
def _number(data: Bytes, at: int) -> Any:
    return (
        np.int64(data[at])
        | (np.int64(data[at + 1]) << 8)
        | (np.int64(data[at + 2]) << 16)
        | (np.int64(data[at + 3]) << 24)
    )


@compiled
def _head(data: Bytes, at: int) -> tuple[int, int, int]:
    """Return kind (0: not read here), bytes a vertex, and where the content begins."""
    if data[at] != 1:  # the other order of bytes
        return 0, 0, 0
    code = _number(data, at + 1)
    more = 0
    if code & 0x80000000:
        more += 1
    if code & 0x40000000:
        more += 1
    start = at + 9 if code & 0x20000000 else at + 5
    plain = code & 0x0FFFFFFF
    more = max(more, (0, 1, 1, 2)[min(plain // 1000, 3)])
    kind = plain % 1000
    if kind > 6 or plain >= 4000:
        return 0, 0, 0
    return kind, 8 * (2 + more), start


@compiled
def sizes(data: Bytes, begin: Ints, there: Bools) -> tuple[int, int]:
    """Return how many vertices and rings there are at most; -1 where a geometry cannot be read here."""
    vertices, rings = 0, 0
    for i in range(len(there)):
        if not there[i]:
            continue
        at = begin[i]
        kind, width, p = _head(data, at)
        if kind == 0:
            return -1, -1
        parts = 1
        if kind >= 4:
            parts = _number(data, p)
            p += 4
        for _ in range(parts):
            if kind >= 4:
                part, width, p = _head(data, p)
                if part != kind - 3:
                    return -1, -1
            else:
                part = kind
            if part == 1:
                vertices, rings, p = vertices + 1, rings + 1, p + width
                continue
            lines = 1
            if part == 3:
                lines = _number(data, p)
                p += 4
            for _line in range(lines):
                count = _number(data, p)
                vertices, rings, p = vertices + count, rings + 1, p + 4 + count * width
    return vertices, rings


@compiled
def read(data: Bytes, begin: Ints, there: Bools, out: Bytes, first: Ints, owns: Ints, areal: Bools) -> tuple[int, int]:
    """Fill the arrays, `out` being the bytes of the vertices; return how many vertices and rings there are."""
    vertices, rings = 0, 0
    for i in range(len(there)):
        if there[i]:
            kind, width, p = _head(data, begin[i])
            parts = 1
            if kind >= 4:
                parts = _number(data, p)
                p += 4
            for _ in range(parts):
                part = kind
                if kind >= 4:
                    part, width, p = _head(data, p)
                lines = 1
                if part == 3:
                    lines = _number(data, p)
                    p += 4
                for _line in range(lines):
                    count = 1
                    if part != 1:
                        count = _number(data, p)
                        p += 4
                    if count == 0:
                        continue
                    # byte by byte: the compiler makes one move of it, and sooner than of a slice
                    for n in range(count):
                        for byte in range(16):
                            out[16 * (vertices + n) + byte] = data[p + n * width + byte]
                    vertices, p = vertices + count, p + count * width
                    areal[rings] = part == 3
                    rings += 1
                    first[rings] = vertices
        owns[i + 1] = rings
    return vertices, rings


@compiled
def doubtful(xy: Floats, rings: Ints, owns: Ints, areal: Bools) -> Bools:
    """Say which areas are not of one ring that plainly does not touch or cross itself."""
    found = np.zeros(len(owns) - 1, np.bool_)
    for i in range(len(owns) - 1):
        ring = owns[i]
        if owns[i + 1] == ring or not areal[ring]:
            continue
        first, last = rings[ring], rings[ring + 1] - 1
        found[i] = owns[i + 1] != ring + 1 or not 4 <= last - first + 1 <= _MOST_VERTICES or not _plain(xy, first, last)
    return found


@compiled
def _plain(xy: Floats, first: int, last: int) -> bool:
    if xy[first, 0] != xy[last, 0] or xy[first, 1] != xy[last, 1]:
        return False
    size = 0.0
    for k in range(first, last):
        size = max(size, abs(xy[k + 1, 0] - xy[first, 0]), abs(xy[k + 1, 1] - xy[first, 1]))
    least = _CLEAR * size * size
    for k in range(first, last):
        ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
        after = k + 2 if k + 1 < last else first + 1
        # the next edge must not run back on this one
        turn = _side(ax, ay, bx, by, xy[after, 0], xy[after, 1])
        ahead = (bx - ax) * (xy[after, 0] - bx) + (by - ay) * (xy[after, 1] - by)
        if not (abs(turn) > least or ahead > least):
            return False
        for m in range(k + 2, last):
            if k == first and m == last - 1:
                continue
            if not _apart(ax, ay, bx, by, xy[m, 0], xy[m, 1], xy[m + 1, 0], xy[m + 1, 1], least):
                return False
    return True


@compiled
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@compiled
def _apart(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float, least: float
) -> bool:
    """Say whether two segments surely do not meet."""
    c, d = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
    if min(c, d) > least or max(c, d) < -least:
        return True
    a, b = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
    return min(a, b) > least or max(a, b) < -least
