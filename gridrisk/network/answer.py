"""The answer to an isolation: lists of what to close and of what is lost."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gridrisk.i18n import Language, Message, msg

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from gridrisk.network.build import Network
    from gridrisk.network.restoration import Restoration
    from gridrisk.network.where import Candidate

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


#: Pipes that a note names.
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a pipe, in metres from where its line begins."""

    pipe_id: str
    from_m: float
    to_m: float


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a valve of the answer is found.

    Attributes
    ----------
    valve_id, role
        Number; ``close``, ``closed`` (already, and relied on) or ``optional``.
    x, y
        Metres, as surveyed.
    road, pipe_id
        The road of its pipe, None where unknown, and the pipe.
    known_to_work
        Somebody has recorded that it can be operated.
    """

    valve_id: str
    role: str
    x: float
    y: float
    road: str | None
    pipe_id: str
    known_to_work: bool


@dataclass(frozen=True, slots=True)
class Isolation:
    """What to close, and what that takes along.

    Attributes
    ----------
    sector_ids, pipes
        The sectors isolated and all pipes with a part in them.
    partly
        Of these pipes the ones that a valve divides: which stretch is isolated. Gas may stay in the rest.
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
    restoration
        Closed valves that, opened, give some of them gas back; those that serve most first.
    notes
        What a person must know besides.
    valves
        Where each valve of the answer is found.
    candidates
        Of a place asked for, the pipes near it, the nearest first.
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
    restoration: tuple[Restoration, ...] = ()
    notes: tuple[Message, ...] = field(default=())
    partly: tuple[Stretch, ...] = ()
    valves: tuple[Spot, ...] = ()
    candidates: tuple[Candidate, ...] = ()

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
            "partly": [asdict(stretch) for stretch in self.partly],
            "valves": [asdict(spot) for spot in self.valves],
            "candidates": [asdict(candidate) for candidate in self.candidates],
            "restoration": [connection.to_dict() for connection in self.restoration],
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


def answer(
    net: Network,
    sectors: Ints,
    shutting: Shutting,
    inoperable: set[str],
    notes: Collection[Message],
    restoration: tuple[Restoration, ...],
    near: tuple[Candidate, ...] = (),
) -> Isolation:
    """Return the lists of an isolation of sectors, which may be none."""
    lost = np.flatnonzero(shutting.lost[: net.sectors.count])
    beyond = np.setdiff1d(lost, sectors)

    def pipes(of: Ints) -> tuple[str, ...]:
        return tuple(net.lines.pipe_id[np.unique(net.pieces.pipe[net.pieces_in.of(of)])].tolist())

    def usable(groups: Ints) -> Ints:
        rows = net.valves_in.of(groups)
        rows = rows[~net.valves.closed[rows]]
        return rows[[valve not in inoperable for valve in net.valves.valve_id[rows].tolist()]]

    shut_now = net.valves_in.of(np.union1d(shutting.closed, shutting.close))
    held = np.isin(net.valves.group[shut_now], shutting.closed) | net.valves.closed[shut_now]
    rows = {"close": usable(shutting.close), "closed": shut_now[held]}
    rows["optional"] = np.setdiff1d(usable(shutting.optional), rows["close"])
    close, closed, optional = (tuple(net.valves.valve_id[of].tolist()) for of in rows.values())
    doubtful = set(net.valves.valve_id[shut_now[net.valves.unverified[shut_now]]].tolist()) | inoperable
    empty: tuple[str, ...] = ()
    customers, critical, unintended, households, unknown = empty, empty, empty, None, None
    if net.customers is not None and net.customers_in is not None:
        who, out = net.customers, net.customers_in.of(lost)
        customers, critical = (
            tuple(who.customer_id[out].tolist()),
            tuple(who.customer_id[out[who.critical[out]]].tolist()),
        )
        unintended = tuple(who.customer_id[net.customers_in.of(beyond)].tolist())
        households, unknown = int(np.nansum(who.households[out])), int(np.isnan(who.households[out]).sum())
    partly = _partly(net, net.pieces_in.of(sectors))
    return Isolation(
        sector_ids=tuple(name for name in net.sector_name[sectors].tolist() if name),
        pipes=pipes(sectors),
        close_valves=close,
        close_stations=tuple(net.stations.station_id[shutting.stations].tolist()),
        optional_valves=optional,
        closed_valves=closed,
        unverified_valves=tuple(valve for valve in (*close, *closed) if valve in doubtful),
        lost_pipes=pipes(lost),
        customers=customers,
        households=households,
        households_unknown=unknown,
        critical=critical,
        unintended_pipes=pipes(beyond),
        unintended_customers=unintended,
        source_known=net.has_source,
        restoration=restoration,
        notes=(*notes, *_notes(net, sectors, shutting, unknown), *_note_of_stretches(partly)),
        partly=partly,
        valves=_spots(net, rows, inoperable),
        candidates=near,
    )


def _spots(net: Network, rows: Mapping[str, Ints], inoperable: set[str]) -> tuple[Spot, ...]:
    """Return where the valves of each role, given by their rows, are found."""
    roads, of = net.lines.roads, net.valves
    return tuple(
        Spot(
            valve_id=str(of.valve_id[row]),
            role=role,
            x=float(of.xy[row, 0]),
            y=float(of.xy[row, 1]),
            road=None if roads is None else roads.of(int(of.pipe[row])),
            pipe_id=str(net.lines.pipe_id[of.pipe[row]]),
            known_to_work=str(of.valve_id[row]) not in inoperable and not bool(of.unverified[row]),
        )
        for role, here in rows.items()
        for row in here.tolist()
    )


def _partly(net: Network, inside: Ints) -> tuple[Stretch, ...]:
    """Return the isolated stretches of pipes of which not every piece is inside; pieces that touch are one stretch."""
    whole = np.bincount(net.pieces.pipe, minlength=len(net.lines.pipe_id))
    here = np.bincount(net.pieces.pipe[inside], minlength=len(net.lines.pipe_id))
    pieces = np.sort(inside[here[net.pieces.pipe[inside]] < whole[net.pieces.pipe[inside]]])
    found: list[Stretch] = []
    for piece in pieces.tolist():
        name = str(net.lines.pipe_id[net.pieces.pipe[piece]])
        start, end = float(net.pieces.start_m[piece]), float(net.pieces.end_m[piece])
        if found and found[-1].pipe_id == name and found[-1].to_m == start:
            found[-1] = Stretch(name, found[-1].from_m, end)
        else:
            found.append(Stretch(name, start, end))
    return tuple(found)


def _note_of_stretches(partly: tuple[Stretch, ...]) -> list[Message]:
    names = list(dict.fromkeys(stretch.pipe_id for stretch in partly))
    if not names:
        return []
    return [
        msg(
            "of {count} pipes only the stretch up to a valve is isolated, gas stays in the rest: {pipes}",
            count=len(names),
            pipes=", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else ""),
        )
    ]


def _notes(net: Network, sectors: Ints, shutting: Shutting, unknown: int | None) -> list[Message]:
    """Return what a person must know besides the lists."""
    notes = []
    if not net.has_source:
        notes += _notes_without_source(net, shutting)
    elif len(sectors) and not net.fed[sectors].any():
        notes.append(
            msg("no source reaches this part as the valves stand; should it have gas, close the optional valves too")
        )
    if net.has_source and not len(shutting.close) and len(shutting.stations):
        notes.append(msg("no valve isolates this part; close the stations named"))
    if not len(net.valves.valve_id):
        notes.append(msg("the network has no usable valves"))
    mixed = {f.id for f in net.findings if f.check == "network_pressure_mixed"}
    if mixed and mixed & set(net.lines.pipe_id[net.pieces.pipe[net.pieces_in.of(sectors)]].tolist()):
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
