"""Streets as a graph, and the way along them from the nearest of many sources: one search for all customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from . import barriers

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Geometries = np.ndarray[tuple[int], np.dtype[np.object_]]

#: Coordinates nearer than this are one node.
_NODE_M = 1e-3


@dataclass(frozen=True, slots=True)
class Streets:
    """Street pieces between nodes.

    Attributes
    ----------
    lines
        One geometry a piece, metres.
    start, end
        Node at either end of each piece.
    nodes
        Number of nodes.
    crossings
        Where pieces cross barriers.
    """

    lines: Geometries
    start: Ints
    end: Ints
    nodes: int
    crossings: barriers.Crossings


@dataclass(frozen=True, slots=True)
class Places:
    """Places on the streets: piece, distance along it and distance off it, metres; piece -1 where none is near.

    `off_crossings`: barriers on the way off the street; None where there are none.
    """

    piece: Ints
    along_m: Floats
    off_m: Floats
    off_crossings: Ints | None = None

    def off(self, crossing_m: float) -> Floats:
        """Return the way off the street, a crossing counting as so many metres."""
        return self.off_m if self.off_crossings is None else self.off_m + crossing_m * self.off_crossings


def build(roads: Geometries, across: Geometries | None = None, same_m: float = 0.0) -> Streets | None:
    """Cut road centre lines where they meet or cross, and join them to a graph; None where there is no line.

    Lines that cross on a bridge are joined as well: the layer does not tell levels apart.

    Parameters
    ----------
    roads
        Along which lines can be laid.
    across, same_m
        Barriers, and how near two crossings of one street are one.
    """
    lines = shapely.get_parts(roads)
    lines = lines[(shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(lines)]
    if not len(lines):
        return None
    pieces = shapely.get_parts(shapely.union_all(shapely.force_2d(lines)))
    pieces = pieces[shapely.length(pieces) > 0]
    if not len(pieces):
        return None
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(pieces, 0)), shapely.get_coordinates(shapely.get_point(pieces, -1))]
    )
    unique, node = np.unique(np.round(ends / _NODE_M).astype(np.int64), axis=0, return_inverse=True)
    node = node.reshape(-1).astype(np.int64)
    crossings = barriers.find(pieces, np.empty(0, dtype=object) if across is None else across, same_m)
    return Streets(pieces, node[: len(pieces)], node[len(pieces) :], len(unique), crossings)


def place(streets: Streets, points: Geometries, max_off_m: float) -> Places:
    """Put points on their nearest street piece, where one is at most `max_off_m` away."""
    piece = np.full(len(points), -1, dtype=np.int64)
    along = np.full(len(points), np.nan)
    off = np.full(len(points), np.nan)
    usable = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    (which, hit), distance = shapely.STRtree(streets.lines).query_nearest(
        points[usable], max_distance=max_off_m, return_distance=True, all_matches=False
    )
    piece[usable[which]], off[usable[which]] = hit, distance
    found = piece >= 0
    along[found] = shapely.line_locate_point(streets.lines[piece[found]], points[found])
    return Places(piece, along, off)


def nearest_source(
    streets: Streets, customers: Places, sources: Places, crossing_m: float = 0.0
) -> tuple[Floats, Ints, Floats]:
    """Return the way from the nearest source to each customer, which source that is, and what the way crosses.

    The way is the source's distance off the street, the shortest way along the streets and the customer's distance
    off the street (Dijkstra's algorithm from all sources at once); a crossing of a barrier counts as `crossing_m`.

    Returns
    -------
    distance_m, source, crossings
        Without what the crossings count; infinite and -1 where there is no way.
    """
    at = np.concatenate([sources.piece, customers.piece])
    on_street = np.flatnonzero(at >= 0)
    along = np.concatenate([sources.along_m, customers.along_m])
    cut = _split(streets, on_street, at, along)
    stop_of = streets.nodes + np.arange(len(at))
    first = streets.nodes + len(at)
    used = np.flatnonzero(sources.piece >= 0)
    nowhere = np.full(len(customers.piece), np.inf)
    if not len(used):
        return nowhere, np.full(len(nowhere), -1, dtype=np.int64), np.zeros(len(nowhere))
    off = np.zeros(len(used)) if sources.off_crossings is None else sources.off_crossings[used].astype(float)
    heads = np.concatenate([cut.head, first + np.arange(len(used))])
    tails = np.concatenate([cut.tail, stop_of[used]])
    crossed = np.concatenate([cut.crossed, off])
    lengths = np.concatenate([cut.length_m, sources.off_m[used]]) + crossing_m * crossed
    total = first + len(used)
    distance, before, origin = dijkstra(
        _graph(heads, tails, lengths, int(total)),
        directed=False,
        indices=np.arange(first, total),
        min_only=True,
        return_predecessors=True,
    )
    stops = stop_of[len(sources.piece) :]
    way = np.where(customers.piece >= 0, distance[stops] + customers.off(crossing_m), np.inf)
    reached = np.isfinite(way)
    source = np.full(len(stops), -1, dtype=np.int64)
    source[reached] = used[origin[stops][reached] - first]
    across = np.zeros(len(stops))
    if crossed.any():
        across = _along_tree(before.astype(np.int64), heads, tails, lengths, crossed)[stops]
    if customers.off_crossings is not None:
        across = across + customers.off_crossings
    across = np.where(reached, across, 0.0)
    return way - crossing_m * across, source, across


@dataclass(frozen=True, slots=True)
class Edges:
    """Street pieces cut at the sources: where each part lies on its piece, and the way to its two ends, metres."""

    piece: Ints
    start_m: Floats
    end_m: Floats
    at_start: Floats
    at_end: Floats


def edge_distances(streets: Streets, sources: Places, crossing_m: float = 0.0) -> Edges:
    """Return the way from the nearest source to every point of the streets, as its value at the ends of edges.

    Along an edge the way grows by a metre a metre from either end; an edge that crosses a barrier is left out.
    """
    used = np.flatnonzero(sources.piece >= 0)
    over, place, off = streets.crossings.line, streets.crossings.along_m, sources.off(crossing_m)[used]
    # a street is cut on both sides of a crossing, so that no more of it is left out than that
    at = np.concatenate([sources.piece[used], over, over])
    along = np.concatenate([sources.along_m[used], np.maximum(place - _SIDE_M, 0.0), place + _SIDE_M])
    along = np.minimum(along, shapely.length(streets.lines)[at])
    cut = _split(streets, np.arange(len(at)), at, along)
    size = streets.nodes + len(at) + 1
    first = size - 1
    distance = dijkstra(
        _graph(
            np.concatenate([cut.head, np.full(len(used), first)]),
            np.concatenate([cut.tail, streets.nodes + np.arange(len(used))]),
            np.concatenate([cut.length_m + crossing_m * cut.crossed, np.maximum(off, _NEAR_M)]),
            size,
        ),
        directed=False,
        indices=np.array([first]),
        min_only=True,
    )
    keep = (cut.crossed == 0) & (cut.length_m > 0)
    start = cut.start_m[keep]
    at_ends = distance[cut.head[keep]], distance[cut.tail[keep]]
    return Edges(cut.piece[keep], start, start + cut.length_m[keep], *at_ends)


#: An edge of no length is no edge to a sparse matrix.
_NEAR_M = 1e-6
_SIDE_M = 1e-3


def _along_tree(before: Ints, heads: Ints, tails: Ints, lengths: Floats, crossed: Floats) -> Floats:
    """Add up the crossings from every node back to its source, doubling the stride each time."""
    size = len(before)
    low, high = np.minimum(heads, tails), np.maximum(heads, tails)
    order = np.lexsort((lengths, high, low))
    keys, weight = (low * size + high)[order], crossed[order]
    node = np.flatnonzero(before >= 0)
    back = before[node]
    here = np.searchsorted(keys, np.minimum(node, back) * size + np.maximum(node, back), side="left")
    sums = np.zeros(size)
    sums[node] = weight[here]
    jump = np.arange(size)
    jump[node] = back
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            return sums
        sums = sums + sums[jump]
        jump = further


@dataclass(frozen=True, slots=True)
class _Cut:
    """Street pieces cut at places: the nodes, length and crossings of each part, and where it lies on its piece."""

    head: Ints
    tail: Ints
    length_m: Floats
    crossed: Floats
    piece: Ints
    start_m: Floats


def _split(streets: Streets, on_street: Ints, at: Ints, along: Floats) -> _Cut:
    """Cut every street piece at the places on it."""
    count = len(streets.lines)
    length = shapely.length(streets.lines)
    piece = np.concatenate([np.arange(count), at[on_street], np.arange(count)])
    where = np.concatenate([np.zeros(count), along[on_street], length])
    rank = np.concatenate([np.zeros(count), np.ones(len(on_street)), np.full(count, 2.0)])
    node = np.concatenate([streets.start, streets.nodes + on_street, streets.end])
    order = np.lexsort((rank, where, piece))
    piece, where, node = piece[order], where[order], node[order]
    inside = piece[:-1] == piece[1:]
    on, start, end = piece[:-1][inside], where[:-1][inside], where[1:][inside]
    crossed = np.zeros(len(on))
    if len(streets.crossings.line):
        crossed = streets.crossings.between(on, start, end)
    return _Cut(node[:-1][inside], node[1:][inside], np.maximum(end - start, 0.0), crossed, on, start)


def _graph(heads: Ints, tails: Ints, lengths: Floats, size: int) -> csr_matrix:
    """Return the graph with the shortest of parallel edges (a sparse matrix would add them up) and no loop."""
    low, high = np.minimum(heads, tails), np.maximum(heads, tails)
    order = np.lexsort((lengths, high, low))
    low, high, lengths = low[order], high[order], lengths[order]
    keep = low != high
    keep[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return csr_matrix(coo_matrix((lengths[keep], (low[keep], high[keep])), shape=(size, size)))
