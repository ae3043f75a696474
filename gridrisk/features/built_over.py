"""Pipes under buildings, and how near the nearest building stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from gridrisk.features.geometry import gap_m, located, only, pairs_within, raw_shapes, shapes
from gridrisk.features.pipe import flags, underground, unknown_flags

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]


def built_over_length_m(pipes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the length of each pipe axis under buildings, m; overlapping buildings count once, walls belong to them.

    NaN where the pipe has no geometry.
    """
    lines = raw_shapes(pipes)
    length = np.where(located(lines), length_under(lines, shapes(buildings)), np.nan)
    return pd.Series(length, index=pipes.index, name="built_over_m")


def length_under(lines: Geometries, polygons: Geometries) -> Floats:
    """Return the length of each line inside the union of `polygons`."""
    rows, others = shapely.STRtree(polygons).query(lines, predicate="intersects")
    length = np.zeros(len(lines))
    count = np.bincount(rows, minlength=len(lines))
    single = count[rows] == 1
    length[rows[single]] = shapely.length(shapely.intersection(lines[rows[single]], polygons[others[single]]))
    rows, others = rows[~single], others[~single]
    order = np.argsort(rows, kind="stable")
    rows, others = rows[order], others[order]
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
    polygons = shapes(buildings)
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
    length, gap = _measure(
        np.where(service, trimmed, as_main), np.where(service, house, -1), polygons, radius, search_m
    )
    over = (length > 0) | (gap <= 0)
    open_ = np.zeros(len(lines), dtype=bool)
    both = unsure & (house >= 0)
    if both.any():
        length_, gap_ = _measure(only(trimmed, both), house, polygons, radius, search_m)
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
    lines: Geometries, served: Ints, polygons: Geometries, radius: Floats, search_m: float
) -> tuple[Floats, Floats]:
    """Return length under buildings and gap to the nearest but the one that is served."""
    length = length_under(lines, polygons)
    gap = np.full(len(lines), np.inf)
    rows, others, distance = pairs_within(lines, polygons, search_m + radius)
    neighbour = served[rows] != others
    rows = rows[neighbour]
    np.minimum.at(gap, rows, gap_m(distance[neighbour], radius[rows]))
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
    parts, owner = shapely.get_parts(lines[rows], return_index=True)
    ends = np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    at, others, distance = pairs_within(ends, polygons, exempt_m)
    near = pd.DataFrame({"row": rows[np.tile(owner, 2)[at]], "end": at, "house": others, "distance": distance})
    near = near.sort_values(["row", "distance", "end", "house"]).drop_duplicates("row")
    for row, end, served in near[["row", "end", "house"]].itertuples(index=False):
        part = end % len(parts)
        at_start = end < len(parts)
        length = parts[part].length
        rest = substring(parts[part], exempt_m, length) if at_start else substring(parts[part], 0, length - exempt_m)
        keep = (
            [p for p in parts[rows[owner] == row] if p is not parts[part]]
            if lines[row].geom_type != "LineString"
            else []
        )
        if length > exempt_m:
            keep.append(rest)
        trimmed[row] = keep[0] if len(keep) == 1 else shapely.MultiLineString(keep)
        house[row] = served
    return trimmed, house
