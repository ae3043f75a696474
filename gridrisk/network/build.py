"""The network of a city: built once, asked many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridrisk.crs import require_metric
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.network import customers as _customers
from gridrisk.network import pieces as _pieces
from gridrisk.network import sectors as _sectors
from gridrisk.network import stations as _stations
from gridrisk.network import topology
from gridrisk.network import valves as _valves
from gridrisk.network.dominators import DominatorTree, dominator_tree
from gridrisk.network.members import Members, members

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Pieces of pipe, the sectors they form, and the dominator tree that holds every outage.

    Attributes
    ----------
    lines, places, pieces
        The pipes in the network, where they join, and the pieces they are cut into.
    valves, cuts
        Valves on the network and the spots they cut.
    stations
        How stations feed and connect.
    sectors, flow, tree
        Sectors, where gas flows between them, and what each one's loss takes along.
    pieces_in, customers_in, edges_of
        Of every sector its pieces, its customers (None where they are unknown) and its rows of the boundary.
    valves_in, edges_in
        Of every group its valves and its rows of the boundary.
    sector_name
        Of every sector, ``S`` and a number in the order of its first pipe number; empty without a pipe.
    customers
        The piped-gas customers; None where the layer was never imported.
    all_pipes, all_valves
        Every number of the layers, also of what is not in the network; `all_valves` is None without that layer.
    has_source
        Some station feeds the network; otherwise nothing can be said about who loses gas beyond a sector.
    unclear_feeds
        Pairs of a station that may feed the network, though nobody says so, and a sector it stands on; shape (n, 2).
    at_tolerance_m, at_margin_m, search_budget
        How near a pipe must be to a given place; how much farther another pipe may be and still be meant; how much
        searching the table of all outages may cost, in arcs.
    crs
        Coordinate system, metric.
    findings
        What is wrong or was assumed.
    """

    lines: topology.Lines
    places: topology.Places
    pieces: _pieces.Pieces
    valves: _valves.Valves
    cuts: _valves.Cuts
    stations: _stations.Stations
    sectors: _sectors.Sectors
    flow: _sectors.FlowGraph
    tree: DominatorTree
    pieces_in: Members
    customers_in: Members | None
    edges_of: Members
    valves_in: Members
    edges_in: Members
    sector_name: Objects
    customers: _customers.Customers | None
    all_pipes: pd.Index[str]
    all_valves: pd.Index[str] | None
    has_source: bool
    unclear_feeds: Ints
    at_tolerance_m: float
    at_margin_m: float
    search_budget: float
    crs: CRS
    findings: tuple[Finding, ...]

    @property
    def fed(self) -> Bools:
        """Of every node of the flow graph: gas reaches it as the valves stand."""
        return self.tree.start >= 0


def build(
    pipes: gpd.GeoDataFrame,
    valves: gpd.GeoDataFrame | None,
    stations: gpd.GeoDataFrame | None,
    customers: gpd.GeoDataFrame | None,
    params: Parameters,
    *,
    inoperable: Collection[str] = (),
) -> Network:
    """Build the network.

    Parameters
    ----------
    pipes, valves, stations, customers
        Complete layers, indexed by their ids; None where a layer was never imported.
    params
        ``models/network/network.toml``.
    inoperable
        Valves known to be stuck, besides those the layer says so of.

    Raises
    ------
    CrsError
        Where coordinates are not metres.
    """
    for name, layer in (("pipes", pipes), ("valves", valves), ("stations", stations), ("customers", customers)):
        if layer is not None and len(layer):
            require_metric(layer, name)
    lines, findings = topology.select(pipes, params)
    places, found = topology.join(lines, _stations.regulator_outlines(stations), params)
    placed_stations, places, station_findings = _stations.place_stations(stations, lines, places, params)
    findings += [*found, *station_findings]
    on, found = _place_valves(valves, lines, places, params, inoperable)
    findings += found
    groups, pipe, at = _valves.middles(on)
    pieces = _pieces.cut(lines, places, pipe, at, placed_stations.split)
    before = _pieces.middle_incidence(pieces, len(places.xy))
    cuts = _valves.cuts(on, pieces, groups, before, placed_stations.places)
    sectors = _sectors.form(pieces, cuts)
    graph = _sectors.flow(sectors, cuts, pieces, placed_stations)
    tree = _tree(graph)
    unclear, on_piece = _stations.standing(stations, placed_stations.unclear, lines, pieces, params)
    attached = None
    if customers is not None:
        attached, found = _customers.attach(customers, lines, pieces, params)
        findings += found
    has_source = bool(placed_stations.sources)
    if has_source:
        findings += _unfed(lines, pieces, sectors, tree, params)
    groups_n = len(cuts.closed)
    both = np.concatenate([sectors.boundary_a, sectors.boundary_b])
    hung = None if attached is None else members(sectors.of_piece[attached.piece], sectors.count)
    return Network(
        lines=lines,
        places=places,
        pieces=pieces,
        valves=on,
        cuts=cuts,
        stations=placed_stations,
        sectors=sectors,
        flow=graph,
        tree=tree,
        pieces_in=members(sectors.of_piece, sectors.count),
        customers_in=hung,
        edges_of=members(both, sectors.count, np.tile(np.arange(len(both) // 2), 2)),
        valves_in=members(on.group, groups_n),
        edges_in=members(sectors.boundary_group, groups_n),
        sector_name=_names(lines, pieces, sectors),
        customers=attached,
        all_pipes=pipes.index,
        all_valves=None if valves is None else valves.index,
        has_source=has_source,
        unclear_feeds=np.unique(np.column_stack([unclear, sectors.of_piece[on_piece]]), axis=0).reshape(-1, 2),
        at_tolerance_m=params.number("at_tolerance_m"),
        at_margin_m=params.number("at_margin_m"),
        search_budget=params.number("search_budget"),
        crs=pipes.crs,
        findings=tuple(findings),
    )


def _place_valves(
    valves: gpd.GeoDataFrame | None,
    lines: topology.Lines,
    places: topology.Places,
    params: Parameters,
    inoperable: Collection[str],
) -> tuple[_valves.Valves, list[Finding]]:
    if valves is None:
        text = msg("no valves are in the workspace: every part of the network is isolated only at its source")
        return _valves.empty(), [Finding("valves", "network_no_valves", "warning", text)]
    if not len(valves):
        text = msg("the valve layer is empty: every part of the network is isolated only at its source")
        return _valves.empty(), [Finding("valves", "network_no_valves", "warning", text)]
    return _valves.place_valves(valves, lines, places, params, inoperable=inoperable)


def _tree(graph: _sectors.FlowGraph) -> DominatorTree:
    """Return the dominator tree; by one depth-first search where no regulator makes the flow one-way."""
    two_way = not (graph.station >= 0).any()
    once = (graph.tail < graph.head) | (graph.tail == graph.root) if two_way else np.ones(len(graph.tail), bool)
    return dominator_tree(graph.n, graph.tail[once], graph.head[once], graph.root, two_way=two_way)


def _names(lines: topology.Lines, pieces: _pieces.Pieces, sectors: _sectors.Sectors) -> Objects:
    """Return a name for every sector with pipes, by its first pipe number and piece, whatever the order of rows."""
    names = np.full(sectors.count, "", object)
    rank = np.argsort(np.argsort(lines.pipe_id.astype(str), kind="stable"), kind="stable")
    order = np.lexsort((pieces.start_m, rank[pieces.pipe]))
    _, first = np.unique(sectors.of_piece[order], return_index=True)
    in_order = sectors.of_piece[order][np.sort(first)]
    width = max(4, len(str(len(in_order))))
    names[in_order] = [f"S{i:0{width}d}" for i in range(1, len(in_order) + 1)]
    return names


def _unfed(
    lines: topology.Lines,
    pieces: _pieces.Pieces,
    sectors: _sectors.Sectors,
    tree: DominatorTree,
    params: Parameters,
) -> list[Finding]:
    """Report pipes that no source reaches."""
    dry = np.unique(pieces.pipe[tree.start[sectors.of_piece] < 0])
    limit = int(params.number("findings_limit"))
    return topology.limited(
        dry,
        limit,
        lambda i: Finding(
            "pipes",
            "network_unfed",
            "warning",
            msg(
                "no source reaches pipe {pipe} as the valves stand; look for a gap, closed valve or missing station",
                pipe=lines.pipe_id[i],
            ),
            id=lines.pipe_id[i],
            x=lines.geometry[i].centroid.x,
            y=lines.geometry[i].centroid.y,
        ),
        topology.more,
    )
