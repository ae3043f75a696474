"""Plane geometry on arrays: near pairs, segments of lines, stretches near other lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.features import flat, search
from gridrisk.features.shapes import LARGE, Shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: Distances are compared with thresholds to the micrometre, so that 0.6 - 0.1 is not nearer than 0.5.
DECIMALS = 6
_SLACK_M = 1e-5


@dataclass(frozen=True, slots=True)
class Segments:
    """The straight segments of many lines, in order.

    Attributes
    ----------
    owner
        Row of the line in the frame.
    part
        Number of the connected part it belongs to (the ring of `flat.Flat`); a multi-part line has several.
    chainage_m
        Distance along the part to the start of the segment.
    start, vector
        Coordinates of the start and unit direction, shape (n, 2); the direction of a point is (0, 0).
    length_m
        Length of the segment.
    xy
        Start and end of each segment in turn, shape (2 n, 2).
    """

    owner: Ints
    part: Ints
    chainage_m: Floats
    start: Floats
    vector: Floats
    length_m: Floats
    xy: Floats

    def ends(self) -> Floats:
        """Return the coordinates of the ends."""
        return self.xy[1::2]

    def lines(self) -> Geometries:
        """Return the segments as shapely lines."""
        return np.asarray(shapely.linestrings(self.xy.reshape(-1, 2, 2)), dtype=object)

    def take(self, use: Bools) -> Segments:
        """Return those for which `use` holds."""
        return Segments(
            owner=self.owner[use],
            part=self.part[use],
            chainage_m=self.chainage_m[use],
            start=self.start[use],
            vector=self.vector[use],
            length_m=self.length_m[use],
            xy=self.xy[np.repeat(use, 2)],
        )


@dataclass(frozen=True, slots=True)
class SegmentPairs:
    """Segments of two layers near each other: row and col number the segments of `own` and `other`."""

    own: Segments
    other: Segments
    row: Ints
    col: Ints
    distance_m: Floats


def pairs_within(
    left: Shapes | Geometries, right: Shapes | Geometries, distance_m: Floats | float
) -> tuple[Ints, Ints, Floats]:
    """Return rows of `left` and `right` at most `distance_m` apart (one value a row of `left`), with the distance.

    In the order of rows, so that sums over them do not hang on how the pairs were found.
    """
    left, right = Shapes.of(left), Shapes.of(right)
    reach = np.broadcast_to(np.asarray(distance_m, dtype=float), (len(left),))
    use = left.located & np.isfinite(reach) & (reach >= 0)
    if max(np.count_nonzero(use), np.count_nonzero(right.located)) >= LARGE and not left.areal.any():
        return search.near(left.flat, right.flat, np.where(use, reach, -1.0), _SLACK_M, right.located)
    at = np.flatnonzero(use)
    own, other = left.objects(at), right.objects()
    rows, others = shapely.STRtree(_without_degenerate(other)).query(
        _without_degenerate(own), predicate="dwithin", distance=reach[at] + _SLACK_M
    )
    order = np.lexsort((others, rows))
    rows, others = rows[order], others[order]
    distance = np.asarray(shapely.distance(own[rows], other[others]), dtype=float)
    rows = at[rows]
    keep = np.round(distance - reach[rows], DECIMALS) <= 0
    return rows[keep], others[keep], distance[keep]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of two layers near each other, with the distance, in the order of rows; `shapes` are those of the second."""

    row: Ints
    other: Ints
    distance_m: Floats
    shapes: Shapes

    def within(self, distance_m: Floats) -> Pairs:
        """Return those at most `distance_m` apart (one value a row of the first layer)."""
        return self.of_pairs(not_beyond(self.distance_m, distance_m[self.row]))

    def of(self, mask: Bools) -> Pairs:
        """Return those whose row of the second layer is in `mask`."""
        return self.of_pairs(mask[self.other])

    def of_pairs(self, use: Bools) -> Pairs:
        """Return those pairs for which `use` holds."""
        if use.all():
            return self
        return Pairs(self.row[use], self.other[use], self.distance_m[use], self.shapes)


def not_beyond(distance_m: Floats, limit_m: Floats | float) -> Bools:
    """Say which distances are at most the limit, both taken to the micrometre."""
    return np.asarray((distance_m - limit_m) * 10.0**DECIMALS <= 0.5, dtype=bool)


def near_pairs(left: Shapes | Geometries, right: Shapes | Geometries, distance_m: Floats | float) -> Pairs:
    """Return what `pairs_within` does as `Pairs`."""
    right = Shapes.of(right)
    return Pairs(*pairs_within(left, right, distance_m), right)


def segment_pairs(own: Segments, other: Segments, distance_m: Floats) -> tuple[Ints, Ints, Floats]:
    """Return pairs of segments at most `distance_m` apart (one value a segment of `own`), as `pairs_within` does."""
    use = np.isfinite(distance_m) & (distance_m >= 0)
    if max(int(np.count_nonzero(use)), len(other.owner)) < LARGE:
        return pairs_within(own.lines(), other.lines(), distance_m)
    return search.near(
        flat.straight(own.xy),
        flat.straight(other.xy),
        np.where(use, distance_m, -1.0),
        _SLACK_M,
    )


def ends_apart(lines: Shapes, others: Shapes, rows: Ints, cols: Ints) -> Floats:
    """Return how far the ends of lines are from other lines, for pairs; NaN where a line is closed and has none."""
    if len(rows) < LARGE:
        ends = shapely.boundary(lines.objects(rows))
        return np.asarray(shapely.distance(ends, others.objects(cols)), dtype=float)
    from gridrisk.features import kernels_lines

    own, other = lines.flat, others.flat
    found: Floats = kernels_lines.ends_apart(own.xy, own.rings, own.owns, other.xy, other.rings, other.owns, rows, cols)
    return found


def _without_degenerate(geometries: Geometries) -> Geometries:
    """Return lines without length as points: prepared, as the tree has them, they are near nothing."""
    linear = np.isin(
        shapely.get_type_id(geometries), (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
    )
    faulty = np.zeros(len(geometries), dtype=bool)
    faulty[linear] = ~shapely.is_valid(geometries[linear])
    if not faulty.any():
        return geometries
    mended = geometries.copy()
    mended[faulty] = shapely.make_valid(geometries[faulty])
    return mended


def gap_m(distance_m: Floats, radius_m: Floats) -> Floats:
    """Return the distance from the outer edge of a pipe whose axis is `distance_m` away, never below 0."""
    return np.maximum(np.round(distance_m - radius_m, DECIMALS), 0.0)


def segments(geometries: Shapes | Geometries, *, points: bool = False) -> Segments:
    """Return the straight segments of lines; those without length only with `points`."""
    geometries = Shapes.of(geometries)
    whole, there = geometries.flat, geometries.located
    if len(whole.areal) >= LARGE:
        from gridrisk.features import kernels_lines

        found = Segments(*kernels_lines.segments(whole.xy, whole.rings, whole.owns, there, len(whole.xy)))
    else:
        inner = whole.inner
        part = np.repeat(np.arange(len(whole.areal)), np.diff(whole.rings))[inner]
        owner = whole.owner[part]
        inner, part, owner = inner[there[owner]], part[there[owner]], owner[there[owner]]
        start, end = whole.xy[inner], whole.xy[inner + 1]
        step = end - start
        length = np.hypot(step[:, 0], step[:, 1])
        vector = np.divide(step, length[:, None], out=np.zeros_like(step), where=length[:, None] > 0)
        xy = np.stack([start, end], axis=1).reshape(-1, 2)
        found = Segments(owner, part, _chainage(part, length), start, vector, length, xy)
    keep = found.length_m > 0
    return found if points or keep.all() else found.take(keep)


def _chainage(part: Ints, length: Floats) -> Floats:
    """Return the length before each segment, counted anew in each part so that no digits are lost."""
    return np.asarray((pd.Series(length).groupby(part).cumsum() - length), dtype=float)


def near_stretches(
    lines: Segments, other: Segments, rows: Ints, others: Ints, distance_m: float
) -> tuple[Floats, Floats]:
    """Return where segments of `lines` lie within `distance_m` of segments of `other`, as from and to along the part.

    The points within a distance of a segment form a capsule (a rectangle between two discs), which is convex, so a
    line lies in it along one stretch at most: from the first of the entries into the three to the last of the exits.
    Where there is none, from > to.

    Parameters
    ----------
    lines, other
        The segments.
    rows, others
        Pairs to look at.
    distance_m
        Radius of the capsule.
    """
    if len(rows) >= LARGE:
        from gridrisk.features import kernels_lines

        found: tuple[Floats, Floats] = kernels_lines.stretches(
            lines.start,
            lines.vector,
            lines.length_m,
            lines.chainage_m,
            other.start,
            other.vector,
            other.length_m,
            rows,
            others,
            distance_m,
        )
        return found
    length, span = lines.length_m[rows], other.length_m[others]
    u, v = lines.vector[rows], other.vector[others]
    w = lines.start[rows] - other.start[others]
    enter, leave = _slab(_dot(w, v), _dot(u, v), np.zeros_like(span), span)
    across, rise = v[:, 0] * w[:, 1] - v[:, 1] * w[:, 0], v[:, 0] * u[:, 1] - v[:, 1] * u[:, 0]
    reach = np.full_like(span, distance_m)
    side_enter, side_leave = _slab(across, rise, -reach, reach)
    enter, leave = np.maximum(enter, side_enter), np.minimum(leave, side_leave)
    missed = (enter > leave) | (span == 0)
    low, high = np.where(missed, np.inf, enter), np.where(missed, -np.inf, leave)
    for end in (w, w - v * span[:, None]):
        along = _dot(end, u)
        squared = along**2 - (_dot(end, end) - distance_m**2)
        hit = squared >= 0
        half = np.sqrt(np.where(hit, squared, 0.0))
        low = np.where(hit, np.minimum(low, -along - half), low)
        high = np.where(hit, np.maximum(high, -along + half), high)
    low, high = np.maximum(low, 0.0), np.minimum(high, length)
    empty = low > high
    chainage = lines.chainage_m[rows]
    return np.where(empty, np.inf, chainage + low), np.where(empty, -np.inf, chainage + high)


def _dot(a: Floats, b: Floats) -> Floats:
    return a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1]


def _slab(at: Floats, slope: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the t for which low <= at + slope t <= high."""
    flat = np.abs(slope) < 1e-12
    safe = np.where(flat, 1.0, slope)
    first, second = (low - at) / safe, (high - at) / safe
    inside = (at >= low) & (at <= high)
    enter = np.where(flat, np.where(inside, -np.inf, np.inf), np.minimum(first, second))
    leave = np.where(flat, np.where(inside, np.inf, -np.inf), np.maximum(first, second))
    return enter, leave


def merge_stretches(
    group: Ints, start_m: Floats, end_m: Floats, *, block: Ints | None = None
) -> tuple[Ints, Ints, Floats, Floats]:
    """Merge the stretches of each group that overlap or touch.

    Parameters
    ----------
    group, start_m, end_m
        Group, from and to of each stretch.
    block
        A number that does not fall along the stretches and no group shares with another, for a quicker sort.

    Returns
    -------
    run, group, start_m, end_m
        The run each given stretch falls into, then group, from and to of each run.
    """
    if len(group) >= LARGE:
        from gridrisk.features import kernels_lines

        block = group if block is None else block
        if (block[1:] >= block[:-1]).all():
            order = kernels_lines.in_order(block, group, start_m)
        else:
            order = np.lexsort((start_m, group))
        found: tuple[Ints, Ints, Floats, Floats] = kernels_lines.merged(group, start_m, end_m, order)
        return found
    order = np.lexsort((start_m, group))
    group, start_m, end_m = group[order], start_m[order], end_m[order]
    reached: Floats = np.asarray(pd.Series(end_m).groupby(group, sort=False).cummax(), dtype=float)
    opens = np.ones(len(group), dtype=bool)
    opens[1:] = (group[1:] != group[:-1]) | (start_m[1:] > reached[:-1])
    run = np.empty(len(group), dtype=np.int64)
    run[order] = np.cumsum(opens) - 1
    last = np.flatnonzero(np.append(opens[1:], True)) if len(group) else np.empty(0, dtype=np.int64)
    return run, group[opens], start_m[opens], reached[last]
