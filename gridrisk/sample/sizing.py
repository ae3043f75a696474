"""What the stations of the sample city are built for: enough for the peak of those who hang on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridrisk.sample.mains import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.design import Design

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Sizes that stations are sold in, m3/h, and how much more than the peak they are built for.
_SIZES_M3H = np.array([30, 60, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 5000, 8000, 12000, 20000])
_SPARE = 1.25
#: A station connects pipe ends so near, metres.
_REACH_M = 5.0


def capacity_m3h(drawn: Design, customers: pd.DataFrame, places: Floats, pipe_id: NDArray[np.object_]) -> Floats:
    """Return what each station must be built for, rounded up to a size; 0 where nothing hangs on it.

    Where several stations feed one part, each is built for twice its share, so that one may be down.

    Parameters
    ----------
    drawn
        The city's pipes and stations.
    customers, places
        Columns fuel, pipe_id, peak_m3h; where each customer is.
    pipe_id
        The number of every pipe.
    """
    pipes, stations = drawn.pipes, drawn.stations
    ends = np.concatenate([pipes.start, pipes.end])
    nodes, node = np.unique(ends, axis=0, return_inverse=True)
    pair = node.reshape(2, -1)
    drawn_m3h = _by_segment(drawn, customers, places, pipe_id)
    wanted = np.zeros(len(stations))
    passed = np.zeros((len(CLASSES), len(nodes)))  # by class, what stations below take at each node
    for rank in range(len(CLASSES)):
        own = np.flatnonzero(pipes.pressure == rank)
        feeding = np.flatnonzero(stations.outlet == rank)
        if not len(own) or not len(feeding):
            continue
        links = coo_array((np.ones(len(own)), (pair[0, own], pair[1, own])), shape=(len(nodes),) * 2)
        count, part = connected_components(links, directed=False)
        total = np.bincount(part[pair[0, own]], drawn_m3h[own], count)
        total += np.bincount(part, passed[rank], count)
        outlet = _nearest(nodes, pair[:, own], stations.point[feeding])
        here = outlet >= 0
        feeding, outlet = feeding[here], outlet[here]
        fed, feeds = part[outlet], np.bincount(part[outlet], minlength=count)
        wanted[feeding] = total[fed] * np.minimum(1.0, 2.0 / feeds[fed])
        for above in np.unique(stations.inlet[feeding]):
            rows = np.flatnonzero(stations.inlet[feeding] == above)
            higher = np.flatnonzero(pipes.pressure == above)
            inlet = _nearest(nodes, pair[:, higher], stations.point[feeding[rows]])
            taken = (total[fed] / feeds[fed])[rows]
            np.add.at(passed[above], inlet[inlet >= 0], taken[inlet >= 0])
    size = np.searchsorted(_SIZES_M3H, wanted * _SPARE)
    largest = np.ceil(wanted * _SPARE / _SIZES_M3H[-1]) * _SIZES_M3H[-1]
    made: Floats = np.where(size < len(_SIZES_M3H), _SIZES_M3H[np.minimum(size, len(_SIZES_M3H) - 1)], largest)
    return np.where(wanted > 0, made, 0.0)


def _nearest(nodes: Floats, pair: Ints, point: Floats) -> Ints:
    """Return the node of some pipes nearest to each point; -1 where none is in reach."""
    own = np.unique(pair)
    if not len(own):
        return np.full(len(point), -1, np.int64)
    distance, found = cKDTree(nodes[own]).query(point, distance_upper_bound=_REACH_M)
    return np.where(np.isfinite(distance), own[np.minimum(found, len(own) - 1)], -1)


def _by_segment(drawn: Design, customers: pd.DataFrame, places: Floats, pipe_id: NDArray[np.object_]) -> Floats:
    """Return what is drawn from every segment; where the register names none, from the nearest."""
    piped = (customers["fuel"] == "pipe").to_numpy(bool)
    peak = customers["peak_m3h"].to_numpy("float64", na_value=0.0)[piped]
    segment = pd.Index(pipe_id).get_indexer(pd.Index(customers["pipe_id"].to_numpy(dtype=object)[piped]))
    unknown = np.flatnonzero(segment < 0)
    if len(unknown):
        _, nearest = cKDTree(drawn.pipes.middle()).query(places[piped][unknown])
        segment[unknown] = nearest
    return np.bincount(segment, np.nan_to_num(peak), len(drawn.pipes)).astype(np.float64)
