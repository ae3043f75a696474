"""Isolation of one pipe or place: the valves to close, and who loses gas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError, UsageError, with_near
from gridrisk.i18n import msg
from gridrisk.network.answer import Isolation, Shutting, answer
from gridrisk.network.restoration import Restoration, groups_to_open
from gridrisk.network.where import candidates, others_near, piece_at, piece_of_at, pieces_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from gridrisk.network.build import Network
    from gridrisk.network.members import Members

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_NONE = np.zeros(0, np.int64)


def isolate(
    net: Network,
    *,
    pipe_id: str | None = None,
    point: tuple[float, float] | None = None,
    inoperable: Collection[str] = (),
) -> Isolation:
    """Return how to isolate a pipe, or the piece of pipe nearest to a place.

    Where no source is known, closing everything round the sector isolates it whatever feeds the network, and so that
    is the answer; what else loses gas stays unknown (`Isolation.source_known`).

    Parameters
    ----------
    net
        The network.
    pipe_id
        The whole pipe, all its pieces where valves divide it; with a place only its piece nearest to that.
    point
        A place in the CRS of the network; only the piece nearest to it. Pipes nearly as near, which this would not
        isolate, are named in the notes, all within ``at_tolerance_m`` in `Isolation.candidates`.
    inoperable
        Valves found stuck on site: the sectors beyond them are shut as well.

    Raises
    ------
    UsageError
        Where neither pipe nor place is given.
    DataError
        Where pipe, place or valve is not in the network.
    """
    if pipe_id is not None:
        pieces = pieces_of(net, pipe_id) if point is None else piece_of_at(net, pipe_id, point)
    elif point is not None:
        pieces = piece_at(net, point)
    else:
        raise UsageError(msg("give a pipe or a place to isolate"))
    stuck = _rows_of(net, inoperable)
    sectors = _through(net, np.unique(net.sectors.of_piece[pieces]), _stuck_groups(net, stuck))
    return isolate_sectors(net, sectors, stuck=stuck, inoperable=set(inoperable), point=point, piece=int(pieces[0]))


def isolate_sectors(
    net: Network,
    sectors: Ints,
    *,
    stuck: Ints = _NONE,
    inoperable: Collection[str] = (),
    point: tuple[float, float] | None = None,
    piece: int = -1,
) -> Isolation:
    """Return how to isolate sectors, given by their numbers, all at once.

    Parameters
    ----------
    stuck, inoperable
        Rows and numbers of valves found stuck on site.
    point, piece
        The place that was asked for and the piece of pipe it was taken to mean.
    """
    notes = others_near(net, point, piece, sectors) if point is not None else []
    near = candidates(net, point, sectors) if point is not None else ()
    shutting = shut(net, sectors)
    back = _restorations(net, sectors, shutting, stuck)
    return answer(net, sectors, shutting, set(inoperable), notes, back, near)


def lose_station(net: Network, station_id: str) -> Isolation:
    """Return what loses gas when a station fails: everything below it that has no other feed.

    Nothing is isolated by that: the lists of valves are empty, and all that is lost is unintended.

    Raises
    ------
    DataError
        Where there is no such station, it feeds nothing that is known, or where gas comes from is unknown.
    """
    number = np.flatnonzero(net.stations.station_id == station_id)
    if not len(number):
        fault = msg("station {station}: there is no such station", station=station_id)
        raise DataError(with_near(fault, station_id, net.stations.station_id))
    if not net.has_source:
        raise DataError(msg("where gas comes from is unknown; mark the feeding stations as is_source"))
    station = int(number[0])
    graph = net.flow
    device = np.flatnonzero(graph.station == station)
    feeds = _fed_by(net, station)
    if not len(device) and not len(feeds):
        raise DataError(
            msg("station {station} feeds nothing in the network as it is known; see gridrisk check", station=station_id)
        )
    of_others = [side.station for side in net.stations.sources if side.station != station]
    shared = [_fed_by(net, other) for other in set(of_others)]
    own = np.setdiff1d(feeds, np.concatenate(shared)) if shared else feeds
    root_arcs = np.arange(graph.begin[graph.root], graph.begin[graph.root + 1])
    lost = net.fed & ~graph.reached(device, _NONE, root_arcs[np.isin(graph.head[root_arcs], own)])
    lost[graph.root] = False
    shutting = Shutting(_NONE, _NONE, _NONE, _NONE, lost)
    return answer(net, _NONE, shutting, set(), [], _restorations(net, _NONE, shutting, _NONE, down=device))


def _fed_by(net: Network, station: int) -> Ints:
    """Return the sectors that a station feeds as a source."""
    sides = [side for side in net.stations.sources if side.station == station]
    return np.unique(np.concatenate([_NONE, *(_sectors_of(net, side.place, side.rank) for side in sides)]))


def _restorations(
    net: Network, sectors: Ints, shutting: Shutting, stuck: Ints, *, down: Ints = _NONE
) -> tuple[Restoration, ...]:
    """Return the closed connections that give gas back, those that serve most customers first.

    What gets gas again may border on the isolated part at valves that may otherwise stay open: they are named.
    """
    if not net.has_source:
        return ()
    inside = np.zeros(net.flow.n, bool)
    inside[sectors] = True
    inside[down] = True
    found = []
    for group, reach in groups_to_open(net, inside, shutting, stuck):
        back = np.flatnonzero(reach & shutting.lost)
        back = back[back < net.sectors.count]
        valves = net.valves_in.of(np.array([group]))
        edge, far = _edge(net, sectors, inside)
        first = np.unique(edge[reach[far] & ~net.cuts.closed[edge]])
        first = np.setdiff1d(first, shutting.close)
        rows = net.valves_in.of(first)
        rows = np.setdiff1d(rows[~net.valves.closed[rows]], stuck)
        named = np.concatenate([valves[net.valves.closed[valves]], rows])
        doubtful = named[net.valves.unverified[named] | np.isin(named, stuck)]
        stations = np.setdiff1d(_stations_to_close(net, inside, shutting.lost & ~reach), shutting.stations)
        opened = tuple(net.valves.valve_id[valves[net.valves.closed[valves]]].tolist())
        close_first = tuple(net.valves.valve_id[rows].tolist())
        customers = () if net.customers is None else net.customers.customer_id[_of(net.customers_in, back)].tolist()
        found.append(
            Restoration(
                valve_ids=opened,
                close_first=close_first,
                close_stations_first=tuple(net.stations.station_id[stations].tolist()) if len(sectors) else (),
                unverified=tuple(net.valves.valve_id[doubtful].tolist()),
                customers=tuple(customers),
                pipes=tuple(net.lines.pipe_id[np.unique(net.pieces.pipe[net.pieces_in.of(back)])].tolist()),
            )
        )
    return tuple(sorted(found, key=lambda one: (-len(one.customers), -len(one.pipes), one.valve_ids)))


def _of(members: Members | None, sectors: Ints) -> Ints:
    return _NONE if members is None else members.of(sectors)


def _rows_of(net: Network, inoperable: Collection[str]) -> Ints:
    """Return the rows of valves found stuck, of those that are in the network."""
    if not inoperable:
        return _NONE
    wanted = sorted(set(inoperable))
    known = np.zeros(0, object) if net.all_valves is None else np.asarray(net.all_valves)
    unknown = sorted(set(wanted) - set(known[np.isin(known.astype(str), wanted)].tolist()))
    if unknown:
        faults = (msg("valve {valve}: there is no such valve", valve=valve) for valve in unknown)
        raise DataError(*(with_near(fault, valve, known) for fault, valve in zip(faults, unknown, strict=True)))
    return np.flatnonzero(np.isin(net.valves.valve_id.astype(str), wanted))


def _stuck_groups(net: Network, stuck: Ints) -> Ints:
    """Return the open groups whose every valve is stuck."""
    group = np.unique(net.valves.group[stuck])
    rows = net.valves_in.of(group)
    works = np.setdiff1d(rows, stuck)
    return np.setdiff1d(group[~net.cuts.closed[group]], net.valves.group[works])


def _through(net: Network, sectors: Ints, stuck: Ints) -> Ints:
    """Return the sectors with all that is joined to them through stuck valves."""
    if not len(stuck):
        return sectors
    leaky = net.edges_in.of(stuck)
    a, b = net.sectors.boundary_a[leaky], net.sectors.boundary_b[leaky]
    inside = np.zeros(net.sectors.count, bool)
    inside[sectors] = True
    while (inside[a] != inside[b]).any():
        inside[a[inside[b]]] = True
        inside[b[inside[a]]] = True
    return np.flatnonzero(inside)


def shut(net: Network, sectors: Ints) -> Shutting:
    """Return what to close round sectors, and the nodes of the flow graph that lose gas.

    A boundary valve must be closed where its far side has gas and keeps it. What is lost is the sector's slice of the
    dominator tree; for several sectors, or where closing a valve on a junction cuts more than the boundary, a search.
    Where no source is known, everything at the boundary is closed and only what is inside is surely lost.
    """
    inside = np.zeros(net.flow.n, bool)
    inside[sectors] = True
    if not net.has_source:
        return _shut_all_round(net, sectors, inside)
    if len(sectors) == 1:
        lost = np.zeros(net.flow.n, bool)
        lost[net.tree.dominated(int(sectors[0]))] = True
    else:
        lost = net.fed & ~net.flow.reached(sectors, _NONE)
    group, far = _edge(net, sectors, inside)
    closed = net.cuts.closed[group]
    live = net.fed[far] & ~lost[far]
    close = np.unique(group[~closed & live])
    optional = np.setdiff1d(group[~closed], close)
    if _cuts_more(net, close, inside | lost):
        lost = net.fed & ~net.flow.reached(sectors, close)
    return Shutting(close, optional, np.unique(group[closed]), _stations_to_close(net, inside, lost), lost)


def _edge(net: Network, sectors: Ints, inside: Bools) -> tuple[Ints, Ints]:
    """Return the groups of valves at the edge of sectors, and the sector beyond each."""
    rows = net.edges_of.of(sectors)
    a, b = net.sectors.boundary_a[rows], net.sectors.boundary_b[rows]
    edge = inside[a] != inside[b]
    return net.sectors.boundary_group[rows][edge], np.where(inside[a], b, a)[edge]


def _shut_all_round(net: Network, sectors: Ints, inside: Bools) -> Shutting:
    group = np.unique(_edge(net, sectors, inside)[0])
    closed = net.cuts.closed[group]
    station, sector = regulator_ends(net).T
    leading_out = np.intersect1d(station[inside[sector]], station[~inside[sector]])
    feeding = net.unclear_feeds[inside[net.unclear_feeds[:, 1]], 0]
    return Shutting(group[~closed], _NONE, group[closed], np.union1d(leading_out, feeding), inside)


def regulator_ends(net: Network) -> Ints:
    """Return the pairs of a regulator and a sector on either side of it, shape (n, 2), where the sides differ."""
    graph = net.flow
    tail, head = graph.tail[graph.device_arcs], graph.head[graph.device_arcs]
    into, out = graph.station[head], graph.station[tail]
    inlets = np.column_stack([into, tail])[(into >= 0) & (tail != graph.root)]
    outlets = np.column_stack([out, head])[out >= 0]
    ends = np.unique(np.concatenate([inlets, outlets]), axis=0)
    station, sectors = np.unique(ends[:, 0], return_counts=True)
    between: Ints = ends[np.isin(ends[:, 0], station[sectors > 1])]
    return between


def _cuts_more(net: Network, close: Ints, dark: Bools) -> bool:
    """Say whether closing groups of valves cuts a way between sectors that would keep their gas."""
    of = net.edges_in.of(close)
    return bool((~dark[net.sectors.boundary_a[of]] & ~dark[net.sectors.boundary_b[of]]).any())


def _stations_to_close(net: Network, inside: Bools, lost: Bools) -> Ints:
    """Return sources that feed the sectors, and regulators between them and what keeps its gas, either way.

    A regulator is no shut-off device: gas may pass it backwards when its inlet is empty.
    """
    graph = net.flow
    live = net.fed & ~lost & ~inside
    live[graph.root] = False
    tail, head = graph.tail[graph.device_arcs], graph.head[graph.device_arcs]
    into, out = graph.station[head] >= 0, graph.station[tail] >= 0
    fed_by = tail[out & inside[head]]
    feeding = fed_by[live[fed_by]]
    backwards = np.intersect1d(head[into & inside[tail]], tail[out & live[head]])
    source = [side.station for side in net.stations.sources if inside[_sectors_of(net, side.place, side.rank)].any()]
    return np.unique([*graph.station[feeding], *graph.station[backwards], *source]).astype(np.int64)


def _sectors_of(net: Network, place: int, rank: int) -> Ints:
    return net.sectors.of_node[net.pieces.nodes_at(place, rank)]


def sectors_by_pipe(net: Network) -> pd.DataFrame:
    """Return the pairs of pipe_id and sector number, a pipe once for each sector it has a piece in."""
    pairs = pd.DataFrame({"pipe_id": net.lines.pipe_id[net.pieces.pipe], "sector": net.sectors.of_piece})
    return pairs.drop_duplicates(ignore_index=True)
