"""Isolation of one pipe or place: the valves to close, and who loses gas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.errors import DataError, UsageError
from gridrisk.i18n import Language, Message, msg
from gridrisk.network.where import others_near, piece_at, pieces_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from gridrisk.network.build import Network

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Isolation:
    """What to close, and what that takes along.

    Attributes
    ----------
    sector_ids, pipes
        The sectors isolated and all pipes with a part in them.
    close_valves, close_stations
        What must be shut to keep gas out: a valve where the far side stays under gas; a regulator likewise, and a
        source that feeds the sector itself.
    optional_valves
        Further valves at the edge, whose far side has no gas any more; they help purging.
    closed_valves
        Valves at the edge that are closed already and are relied on.
    unverified_valves
        Those of the valves to close, or relied on, that nobody knows to work.
    lost_pipes, customers
        All pipes and piped-gas customers that lose supply and had it before.
    households
        Of these customers, as far as known; None where the customers are unknown.
    households_unknown
        Residents among them whose number of households is unknown.
    critical
        Critical customers among them.
    unintended_pipes, unintended_customers
        What is lost outside the isolated sectors; a pipe that a valve divides may be in `pipes` with one piece and here
        with another.
    source_known
        Where gas comes from is known. Otherwise every valve and station round the sectors is to be closed, the lost
        pipes and customers are those inside only, taken to have had gas, and nobody knows who else loses it: what is
        unintended is empty because it is unknown.
    notes
        What a person must know besides.
    """

    sector_ids: tuple[str, ...]
    pipes: tuple[str, ...]
    close_valves: tuple[str, ...]
    close_stations: tuple[str, ...]
    optional_valves: tuple[str, ...]
    closed_valves: tuple[str, ...]
    unverified_valves: tuple[str, ...]
    lost_pipes: tuple[str, ...]
    customers: tuple[str, ...]
    households: int | None
    households_unknown: int | None
    critical: tuple[str, ...]
    unintended_pipes: tuple[str, ...]
    unintended_customers: tuple[str, ...]
    source_known: bool = True
    notes: tuple[Message, ...] = field(default=())

    def to_dict(self, lang: Language = "en") -> dict[str, Any]:
        """Return the answer as plain data for JSON, notes in `lang`."""
        names = [
            *("sector_ids", "pipes", "close_valves", "optional_valves", "closed_valves", "unverified_valves"),
            *("close_stations", "lost_pipes", "customers", "critical"),
        ]
        return {
            **{name: list(getattr(self, name)) for name in names},
            "households": self.households,
            "households_unknown": self.households_unknown,
            "unintended": {"pipes": list(self.unintended_pipes), "customers": list(self.unintended_customers)},
            "source_known": self.source_known,
            "notes": [note.render(lang) for note in self.notes],
        }


@dataclass(frozen=True, slots=True, eq=False)
class Shutting:
    """The boundary of shut sectors: groups of valves to close, those that are optional, those closed already."""

    close: Ints
    optional: Ints
    closed: Ints
    stations: Ints
    lost: Bools


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
        The whole pipe, all its pieces where valves divide it.
    point
        A place in the CRS of the network; only the piece nearest to it. Pipes nearly as near, which this would not
        isolate, are named in the notes.
    inoperable
        Valves found stuck on site: the sectors beyond them are shut as well.

    Raises
    ------
    UsageError
        Where not exactly one of pipe and place is given.
    DataError
        Where pipe, place or valve is not in the network.
    """
    if (pipe_id is None) == (point is None):
        raise UsageError(msg("give either a pipe or a place to isolate"))
    _require_valves(net, inoperable)
    pieces = pieces_of(net, pipe_id) if pipe_id is not None else piece_at(net, point or (0.0, 0.0))
    stuck = _stuck_groups(net, inoperable)
    sectors = _through(net, np.unique(net.sectors.of_piece[pieces]), stuck)
    notes = others_near(net, point, int(pieces[0]), sectors) if point is not None else []
    return _answer(net, sectors, shut(net, sectors), set(inoperable), notes)


def _require_valves(net: Network, inoperable: Collection[str]) -> None:
    known = set() if net.all_valves is None else set(net.all_valves)
    unknown = sorted(set(inoperable) - known)
    if unknown:
        raise DataError(*(msg("valve {valve}: there is no such valve", valve=valve) for valve in unknown))


def _stuck_groups(net: Network, inoperable: Collection[str]) -> Ints:
    """Return the open groups whose every valve is stuck."""
    stuck = np.isin(net.valves.valve_id.astype(str), list(inoperable))
    some_works = np.bincount(net.valves.group, ~stuck, len(net.cuts.closed)) > 0
    return np.flatnonzero(~some_works & ~net.cuts.closed)


def _through(net: Network, sectors: Ints, stuck: Ints) -> Ints:
    """Return the sectors with all that is joined to them through stuck valves."""
    if not len(stuck):
        return sectors
    leaky = np.isin(net.sectors.boundary_group, stuck)
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
        return _shut_all_round(net, inside)
    if len(sectors) == 1:
        lost = np.zeros(net.flow.n, bool)
        lost[net.tree.dominated(int(sectors[0]))] = True
    else:
        lost = net.fed & ~net.flow.reached(sectors, _NONE)
    a, b, group = net.sectors.boundary_a, net.sectors.boundary_b, net.sectors.boundary_group
    edge = inside[a] != inside[b]
    far = np.where(inside[a], b, a)[edge]
    group = group[edge]
    closed = net.cuts.closed[group]
    live = net.fed[far] & ~lost[far]
    close = np.unique(group[~closed & live])
    optional = np.setdiff1d(group[~closed], close)
    if _cuts_more(net, close, inside | lost):
        lost = net.fed & ~net.flow.reached(sectors, close)
    return Shutting(close, optional, np.unique(group[closed]), _stations_to_close(net, inside, lost), lost)


def _shut_all_round(net: Network, inside: Bools) -> Shutting:
    edge = inside[net.sectors.boundary_a] != inside[net.sectors.boundary_b]
    group = np.unique(net.sectors.boundary_group[edge])
    closed = net.cuts.closed[group]
    station, sector = regulator_ends(net).T
    leading_out = np.intersect1d(station[inside[sector]], station[~inside[sector]])
    feeding = net.unclear_feeds[inside[net.unclear_feeds[:, 1]], 0]
    return Shutting(group[~closed], _NONE, group[closed], np.union1d(leading_out, feeding), inside)


def regulator_ends(net: Network) -> Ints:
    """Return the pairs of a regulator and a sector on either side of it, shape (n, 2), where the sides differ."""
    graph = net.flow
    into, out = graph.station[graph.head], graph.station[graph.tail]
    inlets = np.column_stack([into, graph.tail])[(into >= 0) & (graph.tail != graph.root)]
    outlets = np.column_stack([out, graph.head])[out >= 0]
    ends = np.unique(np.concatenate([inlets, outlets]), axis=0)
    station, sectors = np.unique(ends[:, 0], return_counts=True)
    between: Ints = ends[np.isin(ends[:, 0], station[sectors > 1])]
    return between


def _cuts_more(net: Network, close: Ints, dark: Bools) -> bool:
    """Say whether closing groups of valves cuts a way between sectors that would keep their gas."""
    of = np.isin(net.sectors.boundary_group, close)
    return bool((~dark[net.sectors.boundary_a[of]] & ~dark[net.sectors.boundary_b[of]]).any())


def _stations_to_close(net: Network, inside: Bools, lost: Bools) -> Ints:
    """Return sources that feed the sectors, and regulators between them and what keeps its gas, either way.

    A regulator is no shut-off device: gas may pass it backwards when its inlet is empty.
    """
    graph = net.flow
    live = net.fed & ~lost & ~inside
    live[graph.root] = False
    into, out = graph.station[graph.head] >= 0, graph.station[graph.tail] >= 0
    fed_by = graph.tail[out & inside[graph.head]]
    feeding = fed_by[live[fed_by]]
    backwards = np.intersect1d(graph.head[into & inside[graph.tail]], graph.tail[out & live[graph.head]])
    source = [side.station for side in net.stations.sources if inside[_sectors_of(net, side.place, side.rank)].any()]
    return np.unique([*graph.station[feeding], *graph.station[backwards], *source]).astype(np.int64)


def _sectors_of(net: Network, place: int, rank: int) -> Ints:
    return net.sectors.of_node[net.pieces.nodes_at(place, rank)]


def _answer(
    net: Network, sectors: Ints, shutting: Shutting, inoperable: set[str], notes: Collection[Message]
) -> Isolation:
    piece_sector = net.sectors.of_piece
    inside = np.isin(piece_sector, sectors)
    lost = shutting.lost[piece_sector]

    def pipes(pieces: Bools) -> tuple[str, ...]:
        return tuple(net.lines.pipe_id[np.unique(net.pieces.pipe[pieces])])

    def valves(groups: Ints, without: Collection[str] = ()) -> tuple[str, ...]:
        found = net.valves.valve_id[np.isin(net.valves.group, groups) & ~net.valves.closed]
        return tuple(valve for valve in found if valve not in inoperable and valve not in without)

    shut_now = np.isin(net.valves.group, shutting.closed) | (
        net.valves.closed & np.isin(net.valves.group, shutting.close)
    )
    close, closed = valves(shutting.close), tuple(net.valves.valve_id[shut_now])
    doubtful = set(net.valves.valve_id[net.valves.unverified]) | inoperable
    empty: tuple[str, ...] = ()
    customers, critical, unintended, households, unknown = empty, empty, empty, None, None
    if net.customers is not None:
        who = net.customers
        out = lost[who.piece]
        customers, critical = tuple(who.customer_id[out]), tuple(who.customer_id[out & who.critical])
        unintended = tuple(who.customer_id[out & ~inside[who.piece]])
        households, unknown = int(np.nansum(who.households[out])), int(np.isnan(who.households[out]).sum())
    return Isolation(
        sector_ids=tuple(name for name in net.sector_name[sectors] if name),
        pipes=pipes(inside),
        close_valves=close,
        close_stations=tuple(net.stations.station_id[shutting.stations]),
        optional_valves=valves(shutting.optional, close),
        closed_valves=closed,
        unverified_valves=tuple(valve for valve in (*close, *closed) if valve in doubtful),
        lost_pipes=pipes(lost),
        customers=customers,
        households=households,
        households_unknown=unknown,
        critical=critical,
        unintended_pipes=pipes(lost & ~inside),
        unintended_customers=unintended,
        source_known=net.has_source,
        notes=(*notes, *_notes(net, sectors, shutting, unknown)),
    )


def _notes(net: Network, sectors: Ints, shutting: Shutting, unknown: int | None) -> list[Message]:
    """Return what a person must know besides the lists."""
    notes = []
    if not net.has_source:
        notes += _notes_without_source(net, shutting)
    elif not net.fed[sectors].any():
        notes.append(
            msg("no source reaches this part as the valves stand; should it have gas, close the optional valves too")
        )
    if net.has_source and not len(shutting.close) and len(shutting.stations):
        notes.append(msg("no valve isolates this part; close the stations named"))
    if not len(net.valves.valve_id):
        notes.append(msg("the network has no usable valves"))
    mixed = {f.id for f in net.findings if f.check == "network_pressure_mixed"}
    inside = np.isin(net.sectors.of_piece, sectors)
    if mixed & set(net.lines.pipe_id[np.unique(net.pieces.pipe[inside])]):
        notes.append(msg("pipes of different pressure class meet here without a known regulator; taken as joined"))
    if net.customers is None:
        notes.append(msg("customers are unknown: the layer was never imported"))
    elif unknown:
        notes.append(msg("the households of {count} customers are unknown and not counted", count=unknown))
    return notes


def _notes_without_source(net: Network, shutting: Shutting) -> list[Message]:
    notes = [
        msg(
            "where gas comes from is unknown: everything round this part is to be closed, which holds whatever feeds "
            "it; who loses gas beyond it is unknown"
        ),
        *(f.message for f in net.findings if f.check == "network_no_source"),
    ]
    if len(shutting.stations):
        notes.append(msg("the stations named stand on this part and may feed it; close them as well"))
    elif not len(net.stations.station_id):
        notes.append(msg("stations are unknown; one that stands on this part and feeds it must be closed as well"))
    if not len(shutting.close) and not len(shutting.stations):
        notes.append(msg("nothing that is known isolates this part: no usable valve stands round it"))
    return notes


def sectors_by_pipe(net: Network) -> pd.DataFrame:
    """Return the pairs of pipe_id and sector number, a pipe once for each sector it has a piece in."""
    pairs = pd.DataFrame({"pipe_id": net.lines.pipe_id[net.pieces.pipe], "sector": net.sectors.of_piece})
    return pairs.drop_duplicates(ignore_index=True)
