"""Which stretches of pipe a sensor in a confined space would watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from gridrisk.features.pipe import outer_radius_m
from gridrisk.features.shapes import raw_shapes, shapes
from gridrisk.features.voids import half_width_of, void_pairs

if TYPE_CHECKING:
    from gridrisk.params import Parameters

#: Sides of the polygon that stands for a disc: at 5 m it is 6 mm too small.
_QUARTER = 16
#: A stretch shorter than this is the rounding of a touch.
_LEAST_M = 1e-6


def sensor_spots(voids: gpd.GeoDataFrame, *, span_m: float) -> gpd.GeoDataFrame:
    """Return the places a sensor could stand for: each confined space, long drawn lines cut into equal parts.

    Parameters
    ----------
    voids
        Layer frame.
    span_m
        Length of a line that one sensor is taken to watch.

    Returns
    -------
    GeoDataFrame
        On spot_id (the void_id, with ``#1``, ``#2`` … where a line is cut): ``void_id``, ``kind``, geometry. Spaces
        without a place are left out.
    """
    places = shapes(voids).objects()
    there = ~(shapely.is_missing(places) | shapely.is_empty(places))
    length = np.where(there & (shapely.get_dimensions(places) == 1), shapely.length(places), 0.0)
    count = np.maximum(np.ceil(length / span_m - _LEAST_M), 1).astype(np.int64)
    rows: list[int] = []
    names: list[str] = []
    pieces: list[Any] = []
    ids = voids.index.astype(str)
    for row in np.flatnonzero(there):
        parts = int(count[row]) if shapely.get_type_id(places[row]) == shapely.GeometryType.LINESTRING else 1
        for part in range(parts):
            rows.append(int(row))
            names.append(ids[row] if parts == 1 else f"{ids[row]}#{part + 1}")
            pieces.append(_part(places[row], part, parts))
    return gpd.GeoDataFrame(
        {"void_id": ids[rows], "kind": voids["kind"].to_numpy(dtype=object)[rows]},
        geometry=np.array(pieces, dtype=object),
        index=pd.Index(names, dtype="str", name="spot_id"),
        crs=voids.crs,
    )


def _part(line: Any, part: int, parts: int) -> Any:
    if parts == 1:
        return line
    return substring(line, part / parts, (part + 1) / parts, normalized=True)


def watched_stretches(
    pipes: gpd.GeoDataFrame, spots: gpd.GeoDataFrame, pressure: Parameters, surroundings: Parameters
) -> pd.DataFrame:
    """Return the stretches of pipe from which leaking gas may reach a spot.

    Parameters
    ----------
    pipes, spots
        Layer frame, and that of `sensor_spots`; metres.
    pressure, surroundings
        ``models/standards/pressure.toml`` and ``surroundings.toml``: the reach of gas and the widths of spaces.

    Returns
    -------
    DataFrame
        ``pipe_id``, ``spot_id``, ``from_m`` and ``to_m`` along the pipe, ``crossing`` (boolean: the pipe crosses or
        touches the spot), in the order of pipes and spots.
    """
    radius = outer_radius_m(pipes, pressure)
    reach, widths = surroundings.number("voids.reach_m"), surroundings.table("voids.half_width_m")
    pairs = void_pairs(pipes, spots, radius_m=radius, reach_m=reach, half_width_m=widths)
    row, spot = pairs["pipe"].to_numpy(), pairs["void"].to_numpy()
    lines, places = raw_shapes(pipes).objects(row), raw_shapes(spots).objects()
    apart = half_width_of(spots, widths)[spot] + reach + radius.to_numpy(dtype=float)[row]
    around = np.asarray(shapely.buffer(places[spot], apart, quad_segs=_QUARTER), dtype=object)
    parts, of = shapely.get_parts(shapely.intersection(lines, around), return_index=True)
    drawn = np.flatnonzero(shapely.get_dimensions(parts) == 1)
    parts, of = parts[drawn], of[drawn]
    ends = [shapely.line_locate_point(lines[of], shapely.get_point(parts, end)) for end in (0, -1)]
    table = pd.DataFrame(
        {
            "pipe_id": pipes.index.to_numpy(dtype=object)[row[of]],
            "spot_id": spots.index.to_numpy(dtype=object)[spot[of]],
            "from_m": np.minimum(*ends),
            "to_m": np.maximum(*ends),
            "crossing": (pairs["gap_m"].to_numpy() <= 0)[of],
        }
    )
    return table[table["to_m"] - table["from_m"] > _LEAST_M].reset_index(drop=True)
