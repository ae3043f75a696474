"""Pipes under buildings, and how near the nearest building stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.features import flat
from gridrisk.features.geometry import Pairs, gap_m, near_pairs, pairs_within
from gridrisk.features.pipe import flags, underground, unknown_flags
from gridrisk.features.shapes import Shapes, raw_shapes, shapes

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
    length = np.where(lines.located, length_under(lines, shapes(buildings)), np.nan)
    return pd.Series(length, index=pipes.index, name="built_over_m")


def length_under(lines: Shapes | Geometries, polygons: Shapes | Geometries) -> Floats:
    """Return the length of each line inside the union of `polygons`."""
    lines = Shapes.of(lines)
    return _length_under_pairs(lines, near_pairs(lines, polygons, _TOUCH_M))


def _length_under_pairs(lines: Shapes, near: Pairs) -> Floats:
    length = np.zeros(len(lines))
    rows, first, count = np.unique(near.row, return_index=True, return_counts=True)
    if not len(rows):
        return length
    over = near.shapes.objects(near.other)
    covers = over[first]
    for place in np.flatnonzero(count > 1):
        covers[place] = shapely.union_all(over[first[place] : first[place] + count[place]])
    length[rows] = shapely.length(shapely.intersection(lines.objects(rows), covers))
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
    lines = raw_shapes(pipes)
    radius = radius_m.to_numpy(dtype=float)
    buried = underground(pipes)
    unplaced = ~lines.located
    as_main = lines.only(buried)
    setting = pipes["setting"]
    service = (setting == "service").fillna(False).to_numpy(dtype=bool) & buried & ~unplaced
    unsure = setting.isna().to_numpy(dtype=bool) & buried & ~unplaced
    reach = search_m + radius
    polygons = shapes(buildings) if near is None else near.shapes
    pairs = near_pairs(as_main, polygons, reach) if near is None else near.within(np.where(buried, reach, -1.0))
    length, gap = _measure(as_main, pairs, radius)
    # an unrecorded setting is measured both ways
    rows, length_, gap_ = _as_service(lines, service | unsure, polygons, radius, service_exempt_m, search_m)
    over = (length > 0) | (gap <= 0)
    over_ = (length_ > 0) | (gap_ <= 0)
    known = service[rows]
    length[rows[known]], gap[rows[known]], over[rows[known]] = length_[known], gap_[known], over_[known]
    rows, length_, gap_, over_ = rows[~known], length_[~known], gap_[~known], over_[~known]
    open_ = np.zeros(len(lines), dtype=bool)
    open_[rows] = over[rows] != over_
    length[rows[~np.isclose(length[rows], length_, rtol=0, atol=1e-9)]] = np.nan
    gap[rows[gap[rows] != gap_]] = np.nan
    length[unplaced] = gap[unplaced] = np.nan
    return pd.DataFrame(
        {
            "built_over": flags(over & ~open_ & ~unplaced, open_ | unplaced, pipes.index),
            "built_over_m": length,
            "building_gap_m": gap,
        },
        index=pipes.index,
    )


def _measure(lines: Shapes, near: Pairs, radius: Floats, served: Ints | None = None) -> tuple[Floats, Floats]:
    """Return length under buildings and gap to the nearest but the one that is served."""
    touching = near.of_pairs(near.distance_m <= _TOUCH_M)
    length = _length_under_pairs(lines, touching)
    gap = np.full(len(lines), np.inf)
    if served is not None:
        near = near.of_pairs(served[near.row] != near.other)
    np.minimum.at(gap, near.row, gap_m(near.distance_m, radius[near.row]))
    return length, gap


def _as_service(
    lines: Shapes, mask: Bools, polygons: Shapes, radius: Floats, exempt_m: float, search_m: float
) -> tuple[Ints, Floats, Floats]:
    """Measure lines as service lines: without their house end and the house they serve.

    Returns the rows that end at a house, length under other buildings and gap to the nearest.
    """
    rows, house, ring, at_start = _house_ends(lines, mask, polygons, exempt_m)
    if not len(rows):
        return rows, np.empty(0), np.empty(0)
    rest = flat.shortened(lines.flat, rows, ring, at_start, exempt_m)
    # of a line no longer than that its other end is left
    gone = np.flatnonzero(~rest.located)
    whole = lines.flat.take(rows[gone])
    ends = np.where(at_start[gone], whole.rings[1:] - 1, whole.rings[:-1])
    cut = Shapes.of_flat(flat.replaced(rest, gone, flat.points(whole.xy[ends])))
    near = near_pairs(cut, polygons, search_m + radius[rows])
    return rows, *_measure(cut, near, radius[rows], house)


def _house_ends(lines: Shapes, mask: Bools, polygons: Shapes, exempt_m: float) -> tuple[Ints, Ints, Ints, Bools]:
    """Return the lines that end within `exempt_m` of a building, the building nearest to an end, and which end it is.

    The end is told as the ring (numbered as in ``lines.flat.take(rows)``) and whether it is its start.
    """
    rows = np.flatnonzero(mask)
    part = lines.flat.take(rows)
    ends = part.xy[np.concatenate([part.rings[:-1], part.rings[1:] - 1])]
    at, others, distance = pairs_within(Shapes.of_flat(flat.points(ends)), polygons, exempt_m)
    row = np.tile(part.owner, 2)[at]
    order = np.lexsort((others, at, distance, row))
    order = order[np.diff(row[order], prepend=-1) > 0]
    row, end, house = row[order], at[order], others[order]
    ring = end % max(len(part.areal), 1)
    # rings are numbered anew among the lines that do end at a house
    first = flat.ends_of(np.diff(part.owns)[row])[:-1]
    return rows[row], house, ring - part.owns[row] + first, end < len(part.areal)
