"""The city in tiles, each with a margin: what an engine that spreads the work would hand to its workers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.build import LAYERS, build
from gridrisk.features.clearance import search_reach_m
from gridrisk.features.people import impact_radius_m
from gridrisk.features.pipe import outer_radius_m
from gridrisk.features.shapes import keeping, raw_shapes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.layers.raster import Raster
    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

#: Whole in every tile: when recording began hangs on all leaks, and they are few.
_WHOLE = "leaks"
#: So that rounding cuts nothing off.
_SPARE_M = 1.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the city.

    Attributes
    ----------
    own
        Rows of the pipes that the tile answers for; each pipe belongs to one tile.
    pipes
        These and the others within the margin.
    layers
        What lies within the margin; None where a layer was never surveyed.
    """

    own: NDArray[np.int64]
    pipes: gpd.GeoDataFrame
    layers: Mapping[str, gpd.GeoDataFrame | None]


def margin_m(pipes: gpd.GeoDataFrame, params: Mapping[str, Parameters]) -> float:
    """Return how far beyond its own pipes a tile must see, so that no feature of them misses anything, m."""
    pressure, surroundings = params["standards/pressure"], params["standards/surroundings"]
    radius = outer_radius_m(pipes, pressure)
    # the other pipes of a shared trench matter as far as a run needs to be long, with what lies beside them
    trench = surroundings.number("shared_trench.min_length_m") + surroundings.number("shared_trench.distance_m")
    fixed = [
        surroundings.number("built_over.search_m"),
        surroundings.number("built_over.service_exempt_m"),
        surroundings.number("basement.reach_m"),
        surroundings.number("voids.reach_m") + max(surroundings.table("voids.half_width_m").values()),
        surroundings.number("leaks.near_m"),
        2 * surroundings.number("leaks.snap_m"),
        max(pressure.table("control_m").values()),
        trench,
    ]
    own = np.nan_to_num(
        [impact_radius_m(pipes, params), search_reach_m(pipes, params, radius_m=radius) - radius, np.zeros(len(pipes))]
    )
    return float(max([*fixed, own.max(initial=0.0)]) + radius.to_numpy().max(initial=0.0) + _SPARE_M)


def tiles(
    pipes: gpd.GeoDataFrame,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    params: Mapping[str, Parameters],
    *,
    side_m: float,
) -> Iterator[Tile]:
    """Cut the city into squares; a pipe belongs to the square that holds the middle of its box.

    Pipes without a place come last, in a tile of their own.
    """
    pipes = keeping(pipes)
    layer = {name: None if (frame := layers.get(name)) is None else keeping(frame) for name in LAYERS}
    boxes = {name: raw_shapes(frame).flat.box for name, frame in layer.items() if frame is not None}
    box = raw_shapes(pipes).flat.box
    margin = margin_m(pipes, params)
    there = np.isfinite(box[:, 0])
    square = np.full((len(box), 2), np.inf)
    square[there] = np.floor((box[there, :2] + box[there, 2:]) / (2 * side_m))
    order = np.lexsort((square[:, 1], square[:, 0]))
    count = int(np.count_nonzero(there))
    opens = 1 + np.flatnonzero((np.diff(square[order[:count]], axis=0) != 0).any(axis=1))
    bounds = np.unique([0, *opens, count, len(order)])
    for first, last in pairwise(bounds):
        own = np.sort(order[first:last])
        window = _widened(box[own], margin)
        near = {name: _meeting(boxes[name], window) for name in boxes if name != _WHOLE}
        if "buildings" in near and "customers" in near:
            # whoever lives in a building in reach counts, also where it reaches out of the margin
            near["customers"] |= _meeting(boxes["customers"], _widened(boxes["buildings"][near["buildings"]], 0.0))
        yield Tile(
            own,
            pipes.iloc[np.flatnonzero(_meeting(box, window) | np.isin(np.arange(len(box)), own))],
            {
                name: frame if frame is None or name == _WHOLE else frame.iloc[np.flatnonzero(near[name])]
                for name, frame in layer.items()
            },
        )


def build_by_tiles(
    pipes: gpd.GeoDataFrame,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    rasters: Mapping[str, Raster],
    params: Mapping[str, Parameters],
    *,
    as_of: dt.date,
    side_m: float,
) -> pd.DataFrame:
    """Return what `build` does, worked out a tile of `side_m` at a time.

    Each tile is a pure function of a `Tile`, the rasters and the parameters, and gives the same bits as the whole where
    both take the same loops (see `gridrisk.features.shapes.LARGE`).
    """
    parts = []
    for tile in tiles(pipes, layers, params, side_m=side_m):
        found = build(tile.pipes, tile.layers, rasters, params, as_of=as_of)
        parts.append(found.loc[pipes.index[tile.own]])
    if not parts:
        return build(pipes, layers, rasters, params, as_of=as_of)
    whole: pd.DataFrame = pd.concat(parts).reindex(pipes.index)
    return whole


def _widened(box: Floats, by_m: float) -> Floats:
    """Return the box round all boxes, widened."""
    there = box[np.isfinite(box[:, 0])]
    if not len(there):
        return np.array([np.inf, np.inf, -np.inf, -np.inf])
    return np.concatenate([there[:, :2].min(axis=0) - by_m, there[:, 2:].max(axis=0) + by_m])


def _meeting(box: Floats, window: Floats) -> Bools:
    return np.asarray(
        (box[:, 0] <= window[2]) & (box[:, 2] >= window[0]) & (box[:, 1] <= window[3]) & (box[:, 3] >= window[1])
    )
