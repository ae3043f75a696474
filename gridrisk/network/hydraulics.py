"""The network in one setting of its valves, as areas of pipes and the regulators between them.

An area is what gas passes through without a regulator. Where a closed valve stands the pipe ends in a node of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridrisk.network import gasflow
from gridrisk.network.demand import drawn_together
from gridrisk.network.members import members
from gridrisk.network.topology import PRESSURE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from gridrisk.network.build import Network
    from gridrisk.network.stations import Side
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Pieces shorter than this are taken as so long, metres: the equations want a length.
_SHORTEST_M = 0.05


@dataclass(frozen=True, slots=True)
class Setting:
    """What is otherwise than the valves stand: valves shut, closed ones opened, stations shut down."""

    shut: Collection[str] = ()
    opened: Collection[str] = ()
    down: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """Where gas enters an area: node, station, pressure class (empty: unknown) and the gauge pressure held there."""

    node: int
    station: int
    pressure_class: str
    set_kpa: float


@dataclass(frozen=True, slots=True, eq=False)
class Hydraulics:
    """Nodes, pipes and areas in one setting.

    Attributes
    ----------
    node, area
        The nodes at both ends of every piece, shape (pieces, 2); the area of every node.
    rank
        Of every node the highest pressure rank of the pieces there.
    length_m, bore_m, roughness_mm
        Of every piece, its fittings in its length.
    demand_m3h
        What customers draw at every node.
    drawn_at, drawn_m3h
        Of every customer the node, and what it draws while all of its area draw; NaN where unknown.
    feeds, inlets
        Of every area with gas where it enters; of every regulator with gas before it the nodes it takes it from.
    nodes_in, pieces_in
        Of every area its nodes and pieces.
    """

    node: Ints
    area: Ints
    rank: Ints
    length_m: Floats
    bore_m: Floats
    roughness_mm: Floats
    demand_m3h: Floats
    drawn_at: Ints
    drawn_m3h: Floats
    feeds: Mapping[int, Sequence[Feed]]
    inlets: Mapping[int, Sequence[int]]
    nodes_in: Mapping[int, Ints] = field(repr=False)
    pieces_in: Mapping[int, Ints] = field(repr=False)

    def part(self, area: int, demand_m3h: Floats) -> gasflow.Area:
        """Return one area for the solver, its nodes in the order of `nodes_in`; feeds at one node are one."""
        nodes, pieces, feeds = self.nodes_in[area], self.pieces_in[area], self.feeds[area]
        local = np.searchsorted(nodes, self.node[pieces]).reshape(-1, 2)
        at, first = np.unique([feed.node for feed in feeds], return_index=True)
        return gasflow.Area(
            start=local[:, 0],
            end=local[:, 1],
            length_m=self.length_m[pieces],
            bore_m=self.bore_m[pieces],
            roughness_mm=self.roughness_mm[pieces],
            demand_m3h=demand_m3h[nodes],
            feed=np.searchsorted(nodes, at),
            feed_kpa=np.array([feed.set_kpa for feed in feeds])[first],
        )


def hydraulics(
    net: Network,
    pipes: pd.DataFrame,
    demand_m3h: Mapping[str, float],
    params: Parameters,
    setting: Setting,
    *,
    demand_params: Parameters,
    outlet_class: Mapping[str, str] | None = None,
) -> Hydraulics:
    """Return the network in one setting.

    Parameters
    ----------
    net
        The network; its customers known.
    pipes
        On pipe_id: material, diameter_mm, wall_mm.
    demand_m3h
        On customer_id; NaN, or not named, where unknown.
    params
        ``models/network/hydraulics.toml``.
    demand_params
        ``models/demand.toml``.
    outlet_class
        On station_id, the pressure class a source gives gas in, where the survey says so.
    """
    node = _joints(net, setting)
    count = max(int(node.max(initial=-1)) + 1, len(net.pieces.key))
    links = coo_array((np.ones(len(node), np.int8), (node[:, 0], node[:, 1])), shape=(count, count))
    areas, label = connected_components(links, directed=False)
    area = label.astype(np.int64)
    rank = np.zeros(count, np.int64)
    np.maximum.at(rank, node.ravel(), np.repeat(net.lines.pressure[net.pieces.pipe], 2))
    table = pipes.reindex(net.lines.pipe_id)
    drawn_at, drawn = _draw(net, node, demand_m3h)
    if net.customers is not None:
        drawn = drawn_together(drawn, net.customers.households, area[drawn_at], demand_params)
    feeds, inlets = _feeds(net, area, rank, params, setting, outlet_class or {})
    by_node, by_piece = members(area, areas), members(area[node[:, 0]], areas)
    return Hydraulics(
        node=node,
        area=area,
        rank=rank,
        length_m=np.maximum(net.pieces.length_m * (1 + params.number("fittings_share")), _SHORTEST_M),
        bore_m=bore_m(table, params)[net.pieces.pipe],
        roughness_mm=roughness_mm(table, params)[net.pieces.pipe],
        demand_m3h=np.bincount(drawn_at, np.nan_to_num(drawn), count).astype(np.float64),
        drawn_at=drawn_at,
        drawn_m3h=drawn,
        feeds=feeds,
        inlets=inlets,
        nodes_in={a: by_node.of(np.array([a])) for a in feeds},
        pieces_in={a: by_piece.of(np.array([a])) for a in feeds},
    )


def bore_m(pipes: pd.DataFrame, params: Parameters) -> Floats:
    """Return the inner diameter of pipes, metres: the outer less twice the wall; of iron the nominal one is inner."""
    material = pipes["material"].astype(object).where(pipes["material"].notna(), "unknown")
    outer = pipes["diameter_mm"].to_numpy("float64", na_value=np.nan)
    outer = np.where(outer > 0, outer, params.number("unknown_diameter_mm"))
    wall = pipes["wall_mm"].to_numpy("float64", na_value=np.nan)
    usual = material.map(params.table("wall_mm")).fillna(0.0).to_numpy(np.float64)
    usual = np.where(material == "pe", outer / params.number("pe_sdr"), usual)
    iron = material.isin(["grey_cast_iron", "ductile_iron"]).to_numpy(bool)
    thick = np.asarray(np.where(iron, 0.0, np.where(wall >= 0, wall, usual)), np.float64)
    bore: Floats = (np.maximum(outer - 2 * thick, outer / 4) / 1000.0).astype(np.float64)
    return bore


def roughness_mm(pipes: pd.DataFrame, params: Parameters) -> Floats:
    """Return the roughness of the inner wall of pipes, millimetres."""
    table = params.table("roughness_mm")
    return np.array([table.get(name, table["unknown"]) for name in pipes["material"].astype(object)], np.float64)


def _joints(net: Network, setting: Setting) -> Ints:
    cuts, valves = net.cuts, net.valves
    closed = np.append(cuts.closed, False)  # group -1, no valve, reads the last
    for named, shut in ((setting.opened, False), (setting.shut, True)):
        closed[valves.group[np.isin(valves.valve_id.astype(str), sorted(named))]] = shut
    node = net.pieces.node.copy()
    blocked = closed[cuts.group]
    node[blocked] = len(net.pieces.key) + np.arange(int(blocked.sum()))
    return node


def _draw(net: Network, node: Ints, demand_m3h: Mapping[str, float]) -> tuple[Ints, Floats]:
    """Return where each customer draws, the nearer end of its piece, and how much."""
    if net.customers is None:
        return np.zeros(0, np.int64), np.zeros(0)
    drawn = np.array([demand_m3h.get(name, np.nan) for name in net.customers.customer_id.tolist()], np.float64)
    return node[net.customers.piece, net.customers.far_end.astype(np.int64)], drawn


def _feeds(
    net: Network,
    area: Ints,
    rank: Ints,
    params: Parameters,
    setting: Setting,
    outlet_class: Mapping[str, str],
) -> tuple[dict[int, list[Feed]], dict[int, list[int]]]:
    """Return where gas enters the areas that have any, and where regulators take it from."""
    set_kpa = params.table("set_kpa")
    down = set(np.flatnonzero(np.isin(net.stations.station_id.astype(str), sorted(setting.down))).tolist())

    def nodes(side: Side) -> list[int]:
        return net.pieces.nodes_at(side.place, side.rank)

    def feed(node: int, station: int, of: int, said: str = "") -> Feed:
        name = said if said in set_kpa else PRESSURE_CLASSES[of - 1] if of else ""
        return Feed(node, station, name, set_kpa.get(name, np.nan))

    feeds: dict[int, list[Feed]] = defaultdict(list)
    for side in net.stations.sources:
        for node in nodes(side) if side.station not in down else ():
            said = outlet_class.get(str(net.stations.station_id[side.station]), "")
            feeds[int(area[node])].append(feed(node, side.station, side.rank or int(rank[node]), said))
    taking: dict[int, list[int]] = defaultdict(list)
    for side in net.stations.inlets:
        if side.station not in down:
            taking[side.station] += nodes(side)
    waiting = [
        (side.station, node, side.rank)
        for side in net.stations.outlets
        for node in (nodes(side) if side.station in taking else ())
        if all(area[node] != area[inlet] for inlet in taking[side.station])  # else it is bypassed
    ]
    while ready := [way for way in waiting if any(int(area[node]) in feeds for node in taking[way[0]])]:
        waiting = [way for way in waiting if way not in ready]
        for station, node, of in ready:
            feeds[int(area[node])].append(feed(node, station, of))
    inlets = {s: live for s, found in taking.items() if (live := [n for n in found if int(area[n]) in feeds])}
    return dict(feeds), inlets
