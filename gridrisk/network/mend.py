"""Mends of the survey that need no look at the site, as new layers for review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.network.faults import near_misses, stray_valves

if TYPE_CHECKING:
    import geopandas as gpd

    from gridrisk.network.build import Network
    from gridrisk.params import Parameters


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """Layers after the mend, None where nothing changed in one, and the ids of what was changed."""

    pipes: gpd.GeoDataFrame | None
    valves: gpd.GeoDataFrame | None
    pipe_ids: tuple[str, ...]
    valve_ids: tuple[str, ...]


def mend(net: Network, pipes: gpd.GeoDataFrame, valves: gpd.GeoDataFrame | None, params: Parameters) -> Mended:
    """Return the layers with sure near misses snapped, and sure stray valves put on their pipe.

    Parameters
    ----------
    net
        The network of these layers.
    pipes, valves
        The layers, indexed by id; they stay as they are.
    params
        ``models/network/network.toml``.

    Notes
    -----
    Of two pipes that fall short of each other only one is moved. Height, where there is any, stays as it was.
    """
    short = near_misses(net.lines, net.places, params)
    new_pipes, moved = None, []
    geometry = np.array(pipes.geometry.array, dtype=object)
    done: set[tuple[int, int]] = set()
    for i in np.flatnonzero(short.sure).tolist():
        pipe = int(short.pipe[i])
        if (int(short.other[i]), pipe) in done:
            continue
        row = pipes.index.get_loc(net.lines.pipe_id[pipe])
        geometry[row] = _moved(geometry[row], int(short.side[i]), short.target[i].tolist())
        done.add((pipe, int(short.other[i])))
        moved.append(str(net.lines.pipe_id[pipe]))
    if moved:
        new_pipes = pipes.set_geometry(list(geometry), crs=pipes.crs)
    new_valves, put = None, []
    stray = stray_valves(net, valves, params)
    if valves is not None and stray.sure.any():
        ids = stray.valve_id[stray.sure]
        new_valves = valves.copy()
        new_valves.loc[ids, "pipe_id"] = net.lines.pipe_id[stray.pipe[stray.sure]]
        rows = valves.index.get_indexer(ids)
        places = np.array(valves.geometry.array, dtype=object)
        places[rows] = shapely.points(stray.target[stray.sure])
        new_valves = new_valves.set_geometry(list(places), crs=valves.crs)
        put = [str(valve) for valve in ids]
    return Mended(new_pipes, new_valves, tuple(moved), tuple(put))


def _moved(line: shapely.LineString, side: int, xy: list[float]) -> shapely.LineString:
    """Return a line with one end elsewhere."""
    coordinates = shapely.get_coordinates(line, include_z=line.has_z)
    coordinates[-1 if side else 0, :2] = xy
    return shapely.LineString(coordinates)
