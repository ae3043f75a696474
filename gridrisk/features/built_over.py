"""Pipes under buildings, and how near the nearest building stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from gridrisk.features.geometry import (
    Pairs,
    gap_m,
    line_parts,
    located,
    near_pairs,
    only,
    pairs_within,
    raw_shapes,
    shapes,
)
from gridrisk.features.pipe import flags, underground, unknown_flags

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]


#: What is nearer may touch; whether it does, the intersection tells.
_TOUCH_M = 1e-6


def built_over_length_m(pipes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the length of each pipe axis under buildings, m; overlapping buildings count once, walls belong to them.

    NaN where the pipe has no geometry.
    """
    lines = raw_shapes(pipes)
    length = np.where(located(lines), length_under(lines, shapes(buildings)), np.nan)
    return pd.Series(length, index=pipes.index, name="built_over_m")


def length_under(lines: Geometries, polygons: Geometries) -> Floats:
    """Return the length of each line inside the union of `polygons`."""
    near = near_pairs(lines, polygons, _TOUCH_M)
    return _length_under_pairs(lines, polygons, near.row, near.other)


def _length_under_pairs(lines: Geometries, polygons: Geometries, rows: Ints, others: Ints) -> Floats:
    length = np.zeros(len(lines))
    count = np.bincount(rows, minlength=len(lines))
    single = count[rows] == 1
    length[rows[single]] = shapely.length(shapely.intersection(lines[rows[single]], polygons[others[single]]))
    rows, others = rows[~single], others[~single]
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    for first, last in zip(firsts, [*firsts[1:], len(rows)], strict=False):
        over = shapely.union_all(polygons[others[first:last]])
        length[rows[first]] = shapely.length(shapely.intersection(lines[rows[first]], over))
    return length


def built_over(
    pipes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    *,
    radius_m: pd.Series,
    service_exempt_m: float,
    search_m: float,
    near: Pairs | None = None,
) -> pd.DataFrame:
    """Return whether and how far pipes lie under buildings.

    A service line touches the house it serves: the last `service_exempt_m` at its house end do not count, nor does
    that house as a neighbour. Risers and overhead pipes never count. Where the setting is not recorded and the answer
    hangs on it, the answer is unknown.

    Parameters
    ----------
    pipes, buildings
        Layers; None where buildings were never surveyed.
    radius_m
        Outer radius of each pipe.
    service_exempt_m
        Length exempt at the house end of a service line.
    search_m
        How far the nearest building is looked for, from the outer edge of the pipe.
    near
        Pipes and buildings within at least `search_m` and the radius, where that was worked out already.

    Returns
    -------
    DataFrame
        ``built_over`` (boolean): the axis runs under a building or the edge of the pipe reaches under it;
        ``built_over_m`` (m): length of the axis under buildings;
        ``building_gap_m`` (m): from the outer edge to the nearest building, inf where none within `search_m`.
        Missing where unknown.
    """
    if buildings is None:
        return pd.DataFrame(
            {"built_over": unknown_flags(pipes.index), "built_over_m": np.nan, "building_gap_m": np.nan},
            index=pipes.index,
        )
    polygons = shapes(buildings) if near is None else near.shapes
    lines = raw_shapes(pipes)
    radius = radius_m.to_numpy(dtype=float)
    buried = underground(pipes)
    unplaced = ~located(lines)
    as_main = only(lines, buried)
    setting = pipes["setting"]
    service = (setting == "service").fillna(False).to_numpy(dtype=bool) & buried & ~unplaced
    unsure = setting.isna().to_numpy(dtype=bool) & buried & ~unplaced
    trimmed, house = _without_house_end(as_main, service | unsure, polygons, service_exempt_m)
    # an unrecorded setting is measured both ways
    reach = search_m + radius
    pairs = near_pairs(as_main, polygons, reach) if near is None else near.within(np.where(buried, reach, -1.0))
    served = service & (house >= 0)
    length, gap = _measure(as_main, pairs, np.full(len(lines), -1), polygons, radius)
    if served.any():
        cut = only(trimmed, served)
        length_, gap_ = _measure(cut, near_pairs(cut, polygons, reach), house, polygons, radius)
        length, gap = np.where(served, length_, length), np.where(served, gap_, gap)
    over = (length > 0) | (gap <= 0)
    open_ = np.zeros(len(lines), dtype=bool)
    both = unsure & (house >= 0)
    if both.any():
        cut = only(trimmed, both)
        length_, gap_ = _measure(cut, near_pairs(cut, polygons, reach), house, polygons, radius)
        over_ = (length_ > 0) | (gap_ <= 0)
        open_ = both & (over != over_)
        length[both & ~np.isclose(length, length_, rtol=0, atol=1e-9)] = np.nan
        gap[both & (gap != gap_)] = np.nan
    length[unplaced] = gap[unplaced] = np.nan
    return pd.DataFrame(
        {
            "built_over": flags(over & ~open_ & ~unplaced, open_ | unplaced, pipes.index),
            "built_over_m": length,
            "building_gap_m": gap,
        },
        index=pipes.index,
    )


def _measure(
    lines: Geometries, near: Pairs, served: Ints, polygons: Geometries, radius: Floats
) -> tuple[Floats, Floats]:
    """Return length under buildings and gap to the nearest but the one that is served."""
    touching = near.distance_m <= _TOUCH_M
    length = _length_under_pairs(lines, polygons, near.row[touching], near.other[touching])
    gap = np.full(len(lines), np.inf)
    neighbour = served[near.row] != near.other
    rows = near.row[neighbour]
    np.minimum.at(gap, rows, gap_m(near.distance_m[neighbour], radius[rows]))
    return length, gap


def _without_house_end(
    lines: Geometries, mask: Bools, polygons: Geometries, exempt_m: float
) -> tuple[Geometries, Ints]:
    """Cut `exempt_m` off the end that is nearest to a building, where that is within `exempt_m`.

    Returns the lines and the row of the building served (-1: none).
    """
    trimmed, house = lines.copy(), np.full(len(lines), -1)
    if not (located(polygons).any() and mask.any()):
        return trimmed, house
    rows = np.flatnonzero(mask)
    parts, owner = line_parts(lines[rows])
    ends = np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    at, others, distance = pairs_within(ends, polygons, exempt_m)
    near = pd.DataFrame({"row": rows[np.tile(owner, 2)[at]], "end": at, "house": others, "distance": distance})
    near = near.sort_values(["row", "distance", "end", "house"]).drop_duplicates("row")
    row, end = near["row"].to_numpy(), near["end"].to_numpy()
    house[row] = near["house"].to_numpy()
    part, at_start = end % len(parts), end < len(parts)
    cut, done = _shortened(parts[part], at_start, exempt_m)
    done &= shapely.get_type_id(lines[row]) == shapely.GeometryType.LINESTRING
    trimmed[row[done]] = cut[done]
    for place in np.flatnonzero(~done):
        line, from_start = parts[part[place]], at_start[place]
        first, last = np.searchsorted(owner, np.searchsorted(rows, row[place]) + np.array([0, 1]))
        keep = [parts[k] for k in range(first, last) if k != part[place]]
        if line.length > exempt_m:
            rest = (exempt_m, line.length) if from_start else (0, line.length - exempt_m)
            keep.append(substring(line, *rest))
        trimmed[row[place]] = keep[0] if len(keep) == 1 else shapely.MultiLineString(keep)
    return trimmed, house


def _shortened(lines: Geometries, at_start: Bools, by_m: float) -> tuple[Geometries, Bools]:
    """Cut `by_m` off one end of each line where its last segment there is longer; the others stay as they are."""
    near = shapely.get_coordinates(shapely.get_point(lines, np.where(at_start, 0, -1)))
    far = shapely.get_coordinates(shapely.get_point(lines, np.where(at_start, 1, -2)))
    step = far - near
    length = np.hypot(step[:, 0], step[:, 1])
    done = length > by_m
    share = np.divide(by_m, length, out=np.zeros_like(length), where=done)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    edge = np.diff(owner, prepend=-1) > 0
    vertex = np.where(at_start, np.flatnonzero(edge), np.flatnonzero(np.append(edge[1:], True))) if len(lines) else edge
    moved = xy.copy()
    moved[vertex] = near + step * share[:, None]
    return shapely.set_coordinates(lines.copy(), moved), done
