"""The streets along which a customer would be within reach of a main, tier by tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from gridrisk.crs import require_metric

from . import streets
from .reach import ground, main_taps, suitable

if TYPE_CHECKING:
    from gridrisk.params import Parameters

    from .streets import Floats, Geometries, Ints


def reach_zones(pipes: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, params: Parameters) -> gpd.GeoDataFrame:
    """Return the streets that lie within each tier of the nearest suitable main, crossings of barriers counted.

    Parameters
    ----------
    pipes, roads
        Layers.
    params
        ``models/coverage.toml``.

    Returns
    -------
    GeoDataFrame
        On tier, the nearest first: ``limit_m``, ``length_m``, lines; each tier holds what no nearer one does. Empty
        where there is no street or no main.
    """
    for frame, name in ((pipes, "pipes"), (roads, "roads")):
        require_metric(frame, name)
    land = ground(roads, params)
    mains = pipes.geometry.to_numpy()[suitable(pipes, params)[0].to_numpy()]
    mains = mains[~(shapely.is_missing(mains) | shapely.is_empty(mains))]
    tiers = sorted(params.table("tiers_m").items(), key=lambda entry: entry[1])
    rows = []
    if land.graph is not None and len(mains):
        taps = main_taps(land, mains, params)
        edges = streets.edge_distances(land.graph, taps, params.number("barrier.crossing_m"))
        below = 0.0
        for name, limit in tiers:
            lines = _between(land.graph.lines, edges, below, limit)
            rows.append({"tier": name, "limit_m": limit, "geometry": shapely.MultiLineString(lines)})
            below = limit
    frame = gpd.GeoDataFrame(rows, columns=["tier", "limit_m", "geometry"], geometry="geometry", crs=pipes.crs)
    frame["length_m"] = shapely.length(frame.geometry.to_numpy())
    frame.index = pd.Index(frame.pop("tier"), dtype="str", name="tier")
    return frame


def _between(lines: Geometries, edges: streets.Edges, above: float, limit: float) -> list[Any]:
    """Return the stretches whose way is more than `above` and at most `limit`; on an edge it rises from both ends."""
    parts: list[tuple[Ints, Floats, Floats]] = []
    length = edges.end_m - edges.start_m
    top = (edges.at_start + edges.at_end + length) / 2
    peak = np.clip(top - edges.at_start, 0.0, length)
    with np.errstate(invalid="ignore"):
        rise = (np.maximum(above - edges.at_start, 0.0), np.minimum(limit - edges.at_start, peak))
        fall = (np.maximum(length - (limit - edges.at_end), peak), np.minimum(length - (above - edges.at_end), length))
    for start, end in (rise, fall):
        keep = np.flatnonzero(np.isfinite(start) & np.isfinite(end) & (end - start > _LEAST_M))
        parts.append((edges.piece[keep], (edges.start_m + start)[keep], (edges.start_m + end)[keep]))
    piece, start, end = (np.concatenate(some) for some in zip(*parts, strict=True))
    order = np.lexsort((start, piece))
    piece, start, end = piece[order], start[order], end[order]
    begins = np.ones(len(piece), dtype=bool)
    begins[1:] = (piece[1:] != piece[:-1]) | (start[1:] - end[:-1] > _LEAST_M)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(piece)) - 1
    return [
        substring(lines[p], float(a), float(b))
        for p, a, b in zip(piece[first], start[first], end[last] if len(first) else [], strict=True)
    ]


#: Shorter stretches are not drawn, and gaps so short are none.
_LEAST_M = 0.01
