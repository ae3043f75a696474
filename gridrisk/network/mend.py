"""Mends of the survey that need no look at the site, as new layers for review."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.network.faults import near_misses, stray_valves

if TYPE_CHECKING:
    import geopandas as gpd

    from gridrisk.network.build import Network
    from gridrisk.params import Parameters


@dataclass(frozen=True, slots=True)
class Mend:
    """One mend: the pipe whose end was moved, or the valve, and onto which pipe; from where to where, metres."""

    id: str
    onto: str
    x: float
    y: float
    new_x: float
    new_y: float
    moved_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """Layers after the mend, None where nothing changed in one, and what was changed."""

    pipes: gpd.GeoDataFrame | None
    valves: gpd.GeoDataFrame | None
    of_pipes: tuple[Mend, ...]
    of_valves: tuple[Mend, ...]

    @property
    def pipe_ids(self) -> tuple[str, ...]:
        """Return the pipes that were changed."""
        return tuple(mend.id for mend in self.of_pipes)

    @property
    def valve_ids(self) -> tuple[str, ...]:
        """Return the valves that were changed."""
        return tuple(mend.id for mend in self.of_valves)


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
    new_pipes = None
    moved: list[Mend] = []
    geometry = np.array(pipes.geometry.array, dtype=object)
    done: set[tuple[int, int]] = set()
    for i in np.flatnonzero(short.sure).tolist():
        pipe = int(short.pipe[i])
        if (int(short.other[i]), pipe) in done:
            continue
        row = pipes.index.get_loc(net.lines.pipe_id[pipe])
        geometry[row] = _moved(geometry[row], int(short.side[i]), short.target[i].tolist())
        done.add((pipe, int(short.other[i])))
        other = str(net.lines.pipe_id[short.other[i]])
        moved.append(_mend(str(net.lines.pipe_id[pipe]), other, short.xy[i].tolist(), short.target[i].tolist()))
    if moved:
        new_pipes = pipes.set_geometry(list(geometry), crs=pipes.crs)
    new_valves = None
    put: list[Mend] = []
    stray = stray_valves(net, valves, params)
    if valves is not None and stray.sure.any():
        ids = stray.valve_id[stray.sure]
        new_valves = valves.copy()
        new_valves.loc[ids, "pipe_id"] = net.lines.pipe_id[stray.pipe[stray.sure]]
        rows = valves.index.get_indexer(ids)
        places = np.array(valves.geometry.array, dtype=object)
        places[rows] = shapely.points(stray.target[stray.sure])
        new_valves = new_valves.set_geometry(list(places), crs=valves.crs)
        was = shapely.get_coordinates(np.asarray(valves.geometry.array, dtype=object)[rows])
        onto = net.lines.pipe_id[stray.pipe[stray.sure]]
        put = [
            _mend(str(valve), str(pipe), old.tolist(), new.tolist())
            for valve, pipe, old, new in zip(ids, onto, was, stray.target[stray.sure], strict=True)
        ]
    return Mended(new_pipes, new_valves, tuple(moved), tuple(put))


def _mend(name: str, onto: str, old: list[float], new: list[float]) -> Mend:
    return Mend(name, onto, old[0], old[1], new[0], new[1], math.dist(old, new))


def _moved(line: shapely.LineString, side: int, xy: list[float]) -> shapely.LineString:
    """Return a line with one end elsewhere."""
    coordinates = shapely.get_coordinates(line, include_z=line.has_z)
    coordinates[-1 if side else 0, :2] = xy
    return shapely.LineString(coordinates)
