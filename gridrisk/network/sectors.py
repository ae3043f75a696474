"""Sectors: what stays joined when every operable valve is shut; and the graph of sectors that gas flows through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.network.pieces import Pieces
    from gridrisk.network.stations import Stations
    from gridrisk.network.valves import Cuts

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sectors:
    """The sectors.

    Attributes
    ----------
    count
        How many; junctions between valves that hold no pipe are counted too.
    of_piece, of_node
        The sector of every piece and node.
    boundary_group, boundary_a, boundary_b
        Every spot where valves stand between two sectors: the group of valves, and the sectors.
    """

    count: int
    of_piece: Ints
    of_node: Ints
    boundary_group: Ints
    boundary_a: Ints
    boundary_b: Ints


@dataclass(frozen=True, slots=True, eq=False)
class FlowGraph:
    """Sectors, then regulators, then the source of all sources; arcs where gas may flow.

    Attributes
    ----------
    n, root
        Number of nodes; the node that feeds every source.
    tail, head, group
        The arcs, sorted by tail, and the group of valves on each (-1: none).
    begin
        Where the arcs of every tail begin.
    station
        Of every node the station it stands for, -1 for sectors and the root.
    device_arcs
        The arcs into and out of stations, ascending.
    """

    n: int
    root: int
    tail: Ints
    head: Ints
    group: Ints
    begin: Ints
    station: Ints
    device_arcs: Ints

    def reached(self, without: Ints, shut: Ints, cut: Ints | None = None) -> Bools:
        """Return which nodes gas reaches without the nodes `without`, the groups `shut` and the arcs `cut`."""
        gone = np.zeros(self.n, bool)
        gone[without] = True
        keep = ~gone[self.tail] & ~gone[self.head]
        if cut is not None:
            keep[cut] = False
        if len(shut):
            closed = np.zeros(max(int(self.group.max(initial=-1)), int(shut.max())) + 2, bool)
            closed[shut] = True
            keep &= ~closed[self.group]  # group -1 reads the last entry, which is never shut
        begin = np.concatenate([[0], np.cumsum(keep)])[self.begin]
        heads = self.head[keep]
        matrix = csr_array((np.ones(len(heads), np.int8), heads, begin), shape=(self.n, self.n))
        found = np.zeros(self.n, bool)
        found[breadth_first_order(matrix, self.root, return_predecessors=False)] = True
        found[self.root] = False
        return found


def form(pieces: Pieces, cuts: Cuts) -> Sectors:
    """Return the sectors: connected components of pieces and nodes where no operable valve stands between them."""
    n_nodes = len(pieces.key)
    piece = np.repeat(np.arange(len(pieces.pipe)), 2).reshape(-1, 2)
    joined = cuts.group < 0
    # a piece is in the sector of a node it is joined to, and joins both its nodes; one between two valves is its own
    through = joined.all(axis=1)
    ends = pieces.node[through].T
    links = coo_array((np.ones(len(ends[0]), np.int8), (ends[0], ends[1])), shape=(n_nodes, n_nodes))
    count, component = connected_components(links, directed=False)
    of_node: Ints = component.astype(np.int64)
    of_piece: Ints = of_node[np.where(joined[:, 0], pieces.node[:, 0], pieces.node[:, 1])]
    alone = np.flatnonzero(~joined.any(axis=1))
    of_piece[alone] = count + np.arange(len(alone))
    count += len(alone)
    a, b = of_node[pieces.node[~joined]], of_piece[piece[~joined]]
    apart = a != b
    low, high = np.minimum(a, b)[apart], np.maximum(a, b)[apart]
    group = cuts.group[~joined][apart]
    order = np.lexsort((high, low, group))
    group, low, high = group[order], low[order], high[order]
    same = (np.diff(group) == 0) & (np.diff(low) == 0) & (np.diff(high) == 0)
    first = np.concatenate([[True], ~same])[: len(group)]
    group, low, high = group[first], low[first], high[first]
    return Sectors(int(count), of_piece, of_node, group, low, high)


def flow(sectors: Sectors, cuts: Cuts, pieces: Pieces, stations: Stations) -> FlowGraph:
    """Return the graph of where gas may flow.

    An open valve is an arc each way, a closed one none; a regulator is a node between its inlet and outlet sectors;
    the root has an arc to every sector a source feeds. A source that also has an inlet no other source reaches is
    taken to be fed through it, so that the inlet counts as live.
    """
    regulators = sorted({side.station for side in stations.inlets})
    node = {station: sectors.count + i for i, station in enumerate(regulators)}
    n = sectors.count + len(regulators) + 1
    root = n - 1

    def ends(place: int, rank: int) -> set[int]:
        return set(sectors.of_node[pieces.nodes_at(place, rank)].tolist())

    into = {(s, node[side.station]) for side in stations.inlets for s in ends(side.place, side.rank)}
    out = {(node[side.station], s) for side in stations.outlets for s in ends(side.place, side.rank)}
    feeds = {(root, s) for side in stations.sources for s in ends(side.place, side.rank)}
    is_open = ~cuts.closed[sectors.boundary_group]
    a, b, group = sectors.boundary_a[is_open], sectors.boundary_b[is_open], sectors.boundary_group[is_open]
    station = np.full(n, -1, np.int64)
    station[sectors.count : root] = regulators

    def graph(extra: set[tuple[int, int]]) -> FlowGraph:
        more = np.array(sorted(extra), np.int64).reshape(-1, 2)
        tail, head = np.concatenate([a, b, more[:, 0]]), np.concatenate([b, a, more[:, 1]])
        of = np.concatenate([group, group, np.full(len(more), -1)])
        order = np.lexsort((of, head, tail))
        begin = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))])
        tail, head = tail[order], head[order]
        devices = np.flatnonzero((station[tail] >= 0) | (station[head] >= 0))
        return FlowGraph(n, root, tail, head, of[order], begin, station, devices)

    first = graph(into | out | feeds)
    fed = first.reached(np.zeros(0, np.int64), np.zeros(0, np.int64))
    own = {side.station for side in stations.sources}
    dry = {(root, s) for s, device in into if int(station[device]) in own and not fed[s]}
    return graph(into | out | feeds | dry) if dry else first
