"""Valves on the network: where each stands, and what it cuts.

A valve within the node tolerance of a place where pipes join stands there: with a pipe number it cuts that pipe off
the place, without one it cuts every pipe there, since nobody knows on which it sits (a finding asks for the pipe). A
valve elsewhere cuts the pipe in two.

Whether a valve can be operated, where unknown, is taken as yes, and every answer that relies on it says so. A valve of
unknown position is taken as open: it is closed again for nothing at worst. A valve known to be stuck open is left out;
one stuck closed still holds. Check valves and vents, known by their kind, separate nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg
from gridrisk.network.topology import Lines, Places, limited, more, spot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.network.pieces import Pieces
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Valves:
    """The valves that stand on the network and can be relied on.

    Attributes
    ----------
    valve_id, closed, unverified, stuck
        Number; whether normally closed; whether nobody knows that it can be operated; whether it is known that it
        cannot.
    pipe, position_m, place, named
        The pipe and how far along; the place where it stands, -1 on a pipe's middle; whether the survey names the pipe.
    group
        Valves that cut the same spot have the same group.
    xy
        Where the survey has it, metres; beside the pipe by as much as the survey errs.
    """

    valve_id: Objects
    closed: Bools
    unverified: Bools
    stuck: Bools
    pipe: Ints
    position_m: Floats
    place: Ints
    named: Bools
    group: Ints
    xy: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """Which group of valves stands between a piece and the node at its end.

    Attributes
    ----------
    group
        Shape (pieces, 2): the group at the piece's start and end, -1 where none stands.
    closed
        Of every group: gas does not pass as it stands.
    """

    group: Ints
    closed: Bools


def empty() -> Valves:
    """Return no valves."""
    none, false = np.zeros(0, np.int64), np.zeros(0, bool)
    return Valves(np.zeros(0, object), false, false, false, none, np.zeros(0), none, false, none, np.zeros((0, 2)))


def place_valves(
    valves: gpd.GeoDataFrame, lines: Lines, places: Places, params: Parameters, *, inoperable: Collection[str] = ()
) -> tuple[Valves, list[Finding]]:
    """Return the valves that stand on the network, and what is wrong with the others.

    Parameters
    ----------
    valves
        The layer, indexed by valve_id.
    lines, places
        The pipes and where they join.
    params
        Tolerances.
    inoperable
        Further valves known to be stuck.
    """
    normally_open = valves["normally_open"].astype("boolean")
    closed = (~normally_open).fillna(False).to_numpy(bool)
    operable = valves["operable"].astype("boolean")
    stuck = (~operable).fillna(False).to_numpy(bool) | valves.index.isin(list(inoperable))
    device = (
        valves["kind"].str.strip().str.casefold().isin([name.casefold() for name in params.names("no_shutoff_kinds")])
    )
    no_shutoff = device.fillna(False).to_numpy(bool)
    use = (~stuck | closed) & ~no_shutoff
    pipe, named, findings = _pipe_of(valves, lines, params)
    ids = valves.index.to_numpy(dtype=object)
    limit = int(params.number("findings_limit"))
    findings += limited(
        np.flatnonzero(no_shutoff),
        limit,
        lambda i: Finding(
            "valves",
            "network_valve_no_shutoff",
            "info",
            msg(
                "valve {valve} is one that nobody shuts ({kind}) and separates nothing; whether gas passes it one way "
                "only is not heard: it is taken to pass both",
                valve=ids[i],
                kind=valves["kind"].iloc[i],
            ),
            id=ids[i],
        ),
        more,
    )
    findings += limited(
        np.flatnonzero(stuck & ~closed & ~no_shutoff),
        limit,
        lambda i: Finding(
            "valves",
            "network_valve_inoperable",
            "info",
            msg("valve {valve} cannot be operated and separates nothing", valve=ids[i]),
            id=ids[i],
        ),
        more,
    )
    keep = np.flatnonzero((pipe >= 0) & use)
    geometry = np.asarray(valves.geometry.array, dtype=object)[keep]
    on = pipe[keep]
    at = lines.locate(on, geometry)
    place = places.nearest_on(lines, on, at, params.number("node_tolerance_m"))
    order = np.lexsort((at, on))
    group = np.zeros(len(keep), np.int64)
    group[order] = _groups(place[order], on[order], at[order], named[keep][order], params.number("node_tolerance_m"))
    unverified = (operable.isna().to_numpy(bool) | stuck)[keep]
    xy = shapely.get_coordinates(geometry).reshape(-1, 2)
    placed = Valves(ids[keep], closed[keep], unverified, stuck[keep], on, at, place, named[keep], group, xy)
    return placed, findings + _ambiguous(placed, places, lines.pipe_id, limit)


def _pipe_of(valves: gpd.GeoDataFrame, lines: Lines, params: Parameters) -> tuple[Ints, Bools, list[Finding]]:
    """Return the pipe every valve stands on (-1: none), whether the survey names it, and findings."""
    geometry = np.asarray(valves.geometry.array, dtype=object)
    ids = valves.index.to_numpy(dtype=object)
    given = valves["pipe_id"].notna().to_numpy(bool)
    pipe = lines.named(valves["pipe_id"])
    usable = (shapely.get_type_id(geometry) == shapely.GeometryType.POINT) & ~shapely.is_empty(geometry)
    far = np.zeros(len(valves), bool)
    named = (pipe >= 0) & usable
    far[named] = shapely.distance(geometry[named], lines.geometry[pipe[named]]) > params.number(
        "valve_pipe_tolerance_m"
    )
    unknown_pipe = given & (pipe < 0)
    named &= ~far
    pipe = np.where(named, pipe, -1)
    seek = np.flatnonzero(~given & usable)
    pipe[seek] = lines.nearest(geometry[seek], params.number("valve_tolerance_m"))

    def report(check: str, text: Callable[[int], Message]) -> Callable[[int], Finding]:
        def one(i: int) -> Finding:
            x, y = spot(geometry[i])
            return Finding("valves", check, "warning", text(i), id=ids[i], x=x, y=y)

        return one

    limit = int(params.number("findings_limit"))
    findings = limited(
        np.flatnonzero(unknown_pipe),
        limit,
        report(
            "network_valve_pipe",
            lambda i: msg(
                "valve {valve} names pipe {pipe}, which is not in the network; it is not used: mend the pipe number",
                valve=ids[i],
                pipe=valves["pipe_id"].iloc[i],
            ),
        ),
        more,
    )
    findings += limited(
        np.flatnonzero((~given & (pipe < 0)) | (given & ~usable & ~unknown_pipe) | far),
        limit,
        report(
            "network_valve_off",
            lambda i: msg(
                "valve {valve} stands on no pipe; it is not used: mend its place or pipe number", valve=ids[i]
            ),
        ),
        more,
    )
    return pipe, named, findings


def _groups(place: Ints, pipe: Ints, at: Floats, named: Bools, tolerance_m: float) -> Ints:
    """Return a number for the spot each valve cuts, the valves being sorted along their pipes.

    At a place: that place as a whole, or one pipe's end there. On a middle: valves within the tolerance are one spot.
    """
    middle = place < 0
    spot = np.zeros(len(place), np.int64)
    index = np.flatnonzero(middle)
    apart = (np.diff(pipe[index]) != 0) | (np.diff(at[index]) > tolerance_m)
    spot[index] = np.concatenate([[0], np.cumsum(apart)]) if len(index) else 0
    frame = pd.DataFrame({"place": place, "pipe": np.where(middle | named, pipe, -1), "spot": spot})
    return frame.groupby(["place", "pipe", "spot"], sort=False).ngroup().to_numpy().astype(np.int64)


def _ambiguous(valves: Valves, places: Places, pipe_id: Objects, limit: int) -> list[Finding]:
    """Report valves on a junction of three or more pipes whose pipe, or whose side of it, is unknown."""
    degree = np.bincount(places.end.ravel(), minlength=len(places.xy))
    degree += 2 * np.bincount(places.tee_place, minlength=len(places.xy))
    passing = set(zip(places.tee_place.tolist(), places.tee_pipe.tolist(), strict=True))
    named = np.flatnonzero((valves.place >= 0) & valves.named)
    either = [i for i in named.tolist() if (int(valves.place[i]), int(valves.pipe[i])) in passing]
    unclear = np.flatnonzero((valves.place >= 0) & ~valves.named & (degree[valves.place] > 2))
    findings = limited(
        unclear,
        limit,
        lambda i: Finding(
            "valves",
            "network_valve_at_junction",
            "warning",
            msg(
                "valve {valve} stands on a junction of {count} pipes and is taken to cut all; give its pipe number",
                valve=valves.valve_id[i],
                count=int(degree[valves.place[i]]),
            ),
            id=valves.valve_id[i],
            x=float(places.xy[valves.place[i], 0]),
            y=float(places.xy[valves.place[i], 1]),
        ),
        more,
    )
    return findings + limited(
        either,
        limit,
        lambda i: Finding(
            "valves",
            "network_valve_at_branch",
            "warning",
            msg(
                "valve {valve} stands where pipe {pipe} has a branch and is taken to cut the pipe on both sides of it; "
                "mend its place to the side where it is, or divide the pipe there",
                valve=valves.valve_id[i],
                pipe=pipe_id[valves.pipe[i]],
            ),
            id=valves.valve_id[i],
            x=float(places.xy[valves.place[i], 0]),
            y=float(places.xy[valves.place[i], 1]),
        ),
        more,
    )


def middles(valves: Valves) -> tuple[Ints, Ints, Floats]:
    """Return group, pipe and position of every spot on a pipe's middle, in the order of the groups."""
    index = np.flatnonzero(valves.place < 0)
    groups, first = np.unique(valves.group[index], return_index=True)
    return groups, valves.pipe[index][first], valves.position_m[index][first]


def cuts(valves: Valves, pieces: Pieces, middle: Ints, middle_piece: Ints, stations: Ints) -> Cuts:
    """Return which group stands at each end of every piece.

    A valve that cuts all pipes at a place where only two ends meet cuts the first of them, which separates the same.
    Where stations feed in, it cuts them all.

    Parameters
    ----------
    valves, pieces
        The valves and the pieces.
    middle, middle_piece
        The groups on middles of pipes and the piece before each.
    stations
        Places where a station feeds in.
    """
    group = np.full(pieces.place.shape, -1, np.int64)
    group[middle_piece, 1] = middle
    at_place = np.flatnonzero(valves.place >= 0)
    if len(at_place):
        flat = pieces.place.ravel()
        order = np.argsort(flat, kind="stable")
        first = np.searchsorted(flat[order], valves.place[at_place], side="left")
        last = np.searchsorted(flat[order], valves.place[at_place], side="right")
        fed = np.isin(valves.place[at_place], stations)
        ends = group.ravel()
        done: set[int] = set()
        # named pipes first: a valve of unknown pipe then cuts only the ends that have no valve of their own
        for i in sorted(range(len(at_place)), key=lambda i: not valves.named[at_place[i]]):
            valve = at_place[i]
            number = int(valves.group[valve])
            if number in done:
                continue
            done.add(number)
            here = order[first[i] : last[i]]
            mine = here[pieces.pipe[here // 2] == valves.pipe[valve]] if valves.named[valve] else here
            mine = mine[ends[mine] < 0]
            ends[mine[:1] if len(here) == 2 and not fed[i] else mine] = number
        group = ends.reshape(group.shape)
    return Cuts(group, _closed(valves, group))


def _closed(valves: Valves, group: Ints) -> Bools:
    """Say of every group whether it holds the gas: one closed valve does where all sit on one line, else all must."""
    count = int(valves.group.max(initial=-1)) + 1
    some = np.bincount(valves.group, valves.closed, count) > 0
    every = np.bincount(valves.group, ~valves.closed, count) == 0
    ends = np.bincount(group[group >= 0], minlength=count)
    result: Bools = np.where(ends > 1, every, some)
    return result
