"""Plane geometry on arrays: valid shapes, near pairs, segments of lines, stretches near other lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: Distances are compared with thresholds to the micrometre, so that 0.6 - 0.1 is not nearer than 0.5.
DECIMALS = 6
#: From this many rows on, compiled loops over flat arrays do the work; below, compiling takes longer than it saves.
LARGE = 20_000
_SLACK_M = 1e-5


@dataclass(frozen=True, slots=True)
class Segments:
    """The straight segments of many lines, in order.

    Attributes
    ----------
    owner
        Row of the line in the frame.
    part
        Number of the connected part it belongs to; a multi-part line has several.
    chainage_m
        Distance along the part to the start of the segment.
    start, vector
        Coordinates of the start and unit direction, shape (n, 2); the direction of a point is (0, 0).
    length_m
        Length of the segment.
    """

    owner: Ints
    part: Ints
    chainage_m: Floats
    start: Floats
    vector: Floats
    length_m: Floats

    def ends(self) -> Floats:
        """Return the coordinates of the ends."""
        return self.start + self.vector * self.length_m[:, None]

    def lines(self) -> Geometries:
        """Return the segments as shapely lines."""
        return np.asarray(shapely.linestrings(np.stack([self.start, self.ends()], axis=1)), dtype=object)


@dataclass(frozen=True, slots=True)
class SegmentPairs:
    """Segments of two layers near each other: row and col number the segments of `own` and `other`."""

    own: Segments
    other: Segments
    row: Ints
    col: Ints
    distance_m: Floats


def raw_shapes(frame: gpd.GeoDataFrame) -> Geometries:
    """Return the geometries of `frame` as they are."""
    return np.array(frame.geometry.array, dtype=object)


def shapes(frame: gpd.GeoDataFrame) -> Geometries:
    """Return the geometries of `frame`, invalid polygons mended, so that one of them cannot stop all.

    A ring that crosses itself keeps all it encloses; a polygon without area becomes a line.
    """
    geometries = raw_shapes(frame)
    areal = shapely.get_type_id(geometries) >= shapely.GeometryType.POLYGON
    faulty = areal & ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    if faulty.any():
        geometries[faulty] = shapely.make_valid(geometries[faulty], method="structure", keep_collapsed=True)
    return geometries


def only(geometries: Geometries, mask: Bools) -> Geometries:
    """Return the geometries where `mask` holds, None elsewhere."""
    kept = geometries.copy()
    kept[~mask] = None
    return kept


def located(geometries: Geometries) -> Bools:
    """Say which geometries have coordinates."""
    return np.asarray(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)), dtype=bool)


def pairs_within(left: Geometries, right: Geometries, distance_m: Floats | float) -> tuple[Ints, Ints, Floats]:
    """Return rows of `left` and `right` at most `distance_m` apart (one value a row of `left`), with the distance.

    In the order of rows, so that sums over them do not hang on how the pairs were found.
    """
    reach = np.broadcast_to(np.asarray(distance_m, dtype=float), left.shape)
    use = np.flatnonzero(located(left) & np.isfinite(reach) & (reach >= 0))
    if len(use) >= LARGE:
        from gridrisk.features import flat

        there = np.flatnonzero(located(right))
        found = flat.pairs(left[use], right[there], reach[use], _SLACK_M)
        if found is not None:
            return use[found[0]], there[found[1]], found[2]
    rows, others = shapely.STRtree(_without_degenerate(right)).query(
        _without_degenerate(left[use]), predicate="dwithin", distance=reach[use] + _SLACK_M
    )
    order = np.lexsort((others, rows))
    rows, others = use[rows[order]], others[order]
    distance = np.asarray(shapely.distance(left[rows], right[others]), dtype=float)
    keep = np.round(distance - reach[rows], DECIMALS) <= 0
    return rows[keep], others[keep], distance[keep]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of two layers near each other, with the distance, in the order of rows; `shapes` are those of the second."""

    row: Ints
    other: Ints
    distance_m: Floats
    shapes: Geometries

    def within(self, distance_m: Floats) -> Pairs:
        """Return those at most `distance_m` apart (one value a row of the first layer)."""
        use = np.round(self.distance_m - distance_m[self.row], DECIMALS) <= 0
        return Pairs(self.row[use], self.other[use], self.distance_m[use], self.shapes)

    def of(self, mask: Bools) -> Pairs:
        """Return those whose row of the second layer is in `mask`."""
        use = mask[self.other]
        return Pairs(self.row[use], self.other[use], self.distance_m[use], self.shapes)


def near_pairs(left: Geometries, right: Geometries, distance_m: Floats | float) -> Pairs:
    """Return what `pairs_within` does as `Pairs`."""
    return Pairs(*pairs_within(left, right, distance_m), right)


def segment_pairs(own: Segments, other: Segments, distance_m: Floats) -> tuple[Ints, Ints, Floats]:
    """Return pairs of segments at most `distance_m` apart (one value a segment of `own`), as `pairs_within` does."""
    use = np.flatnonzero(np.isfinite(distance_m) & (distance_m >= 0))
    if len(use) < LARGE or not len(other.owner):
        return pairs_within(own.lines(), other.lines(), distance_m)
    from gridrisk.features import flat

    rows, others, distance = flat.near(
        flat.straight(own.start[use], own.ends()[use]),
        flat.straight(other.start, other.ends()),
        distance_m[use],
        _SLACK_M,
    )
    return use[rows], others.astype(np.int64), distance


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


def line_parts(geometries: Geometries) -> tuple[Geometries, Ints]:
    """Return the connected parts of lines, and the row each belongs to."""
    rows = np.flatnonzero(~shapely.is_missing(geometries))
    if (shapely.get_type_id(geometries[rows]) == shapely.GeometryType.LINESTRING).all():
        return geometries[rows], rows
    parts, owner = shapely.get_parts(geometries[rows], return_index=True)
    return parts, rows[owner]


def segments(geometries: Geometries, *, points: bool = False) -> Segments:
    """Return the straight segments of lines; those without length only with `points`."""
    parts, owner = line_parts(geometries)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    inner = np.flatnonzero(part[1:] == part[:-1]) if len(part) else np.empty(0, dtype=np.int64)
    start, step = xy[inner], xy[inner + 1] - xy[inner]
    length = np.hypot(step[:, 0], step[:, 1])
    part = part[inner]
    chainage = _chainage(part, length)
    vector = np.divide(step, length[:, None], out=np.zeros_like(step), where=length[:, None] > 0)
    keep = np.ones(len(length), dtype=bool) if points else length > 0
    return Segments(owner[part][keep], part[keep], chainage[keep], start[keep], vector[keep], length[keep])


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
        from gridrisk.features import kernels

        found: tuple[Floats, Floats] = kernels.stretches(
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


def merge_stretches(group: Ints, start_m: Floats, end_m: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Merge the stretches of each group that overlap or touch.

    Returns
    -------
    run, group, start_m, end_m
        The run each given stretch falls into, then group, from and to of each run.
    """
    order = np.lexsort((start_m, group))
    group, start_m, end_m = group[order], start_m[order], end_m[order]
    reached: Floats = np.asarray(pd.Series(end_m).groupby(group, sort=False).cummax(), dtype=float)
    opens = np.ones(len(group), dtype=bool)
    opens[1:] = (group[1:] != group[:-1]) | (start_m[1:] > reached[:-1])
    run = np.empty(len(group), dtype=np.int64)
    run[order] = np.cumsum(opens) - 1
    last = np.flatnonzero(np.append(opens[1:], True)) if len(group) else np.empty(0, dtype=np.int64)
    return run, group[opens], start_m[opens], reached[last]
