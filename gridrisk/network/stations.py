"""Stations on the network: sources, and regulators that let gas pass one way between pressure classes.

A regulator takes the pipes of its inlet class nearest to it on one side and those of its outlet class on the other. A
class the survey leaves out is read off the pipes there, gas flowing from the higher to the lower. Where that is not
possible, pipes that meet there stay joined and a finding says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg
from gridrisk.network.topology import PRESSURE_CLASSES, Lines, Places, limited, more, points, pressure_rank, spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.network.pieces import Pieces
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Objects = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One connection of a station: station, place, pressure rank of the pipes it takes there (0: all)."""

    station: int
    place: int
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class Stations:
    """How stations connect.

    Attributes
    ----------
    station_id
        All stations of the layer.
    sources
        Where gas comes from outside.
    inlets, outlets
        The sides of the regulators; every station here has both.
    unclear
        Stations that may feed the network: nobody says whether they do, and they are no regulator in it.
    split
        Of every place: pipes of different class stay apart there.
    """

    station_id: Objects
    sources: tuple[Side, ...]
    inlets: tuple[Side, ...]
    outlets: tuple[Side, ...]
    unclear: Ints
    split: Bools

    @property
    def places(self) -> Ints:
        """Places where a station stands."""
        return np.unique([side.place for side in (*self.sources, *self.inlets, *self.outlets)]).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """A station and the places near it: distance, and bits of the pressure classes joined there."""

    index: int
    place: Ints
    distance_m: NDArray[np.float64]
    classes: Ints

    def nearest(self, rank: int, tolerance_m: float) -> Ints:
        """Return the nearest places with pipes of a rank (0: any), all of those inside an outline."""
        fits = (self.classes >> rank & 1).astype(bool) if rank else np.ones(len(self.place), bool)
        if not fits.any():
            return self.place[:0]
        near = fits & (self.distance_m <= self.distance_m[fits].min() + tolerance_m)
        found: Ints = self.place[near]
        return found

    def fed(self, rank: int, pipe_m: float, tolerance_m: float) -> Ints:
        """Return the places that a source feeds, `pipe_m` from the nearest pipe; none where it stands on that pipe.

        Those inside its outline, else the nearest: a point beside a pipe's end belongs to that end, and is not on the
        pipe's side of a valve there. Only a point on the pipe itself feeds its middle.
        """
        if (inside := self.place[self.distance_m == 0.0]).size and rank:
            inside = inside[(self.classes[self.distance_m == 0.0] >> rank & 1).astype(bool)]
        if len(inside) or pipe_m <= tolerance_m:
            at: Ints = inside
            return at
        fits = (self.classes >> rank & 1).astype(bool) if rank else np.ones(len(self.place), bool)
        nearest = np.flatnonzero(fits)[np.argsort(self.distance_m[fits], kind="stable")[:1]]
        found: Ints = self.place[nearest]
        return found

    def ranks(self) -> list[int]:
        """Return the known pressure ranks around, lowest first."""
        every = int(np.bitwise_or.reduce(self.classes, initial=0))
        return [rank for rank in range(1, len(PRESSURE_CLASSES) + 1) if every >> rank & 1]


def standing(
    stations: gpd.GeoDataFrame | None, which: Ints, lines: Lines, pieces: Pieces, params: Parameters
) -> tuple[Ints, Ints]:
    """Return the pairs of station and piece of pipe that stand within ``station_tolerance_m``, for stations `which`."""
    if stations is None or not len(which):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    geometry = np.asarray(stations.geometry.array, dtype=object)[which]
    found, pipe = shapely.STRtree(lines.geometry).query(
        geometry, predicate="dwithin", distance=params.number("station_tolerance_m")
    )
    return which[found], pieces.at(lines, pipe, lines.locate(pipe, geometry[found]))


def regulator_outlines(stations: gpd.GeoDataFrame | None) -> Objects:
    """Return the geometries of all stations."""
    if stations is None:
        return np.zeros(0, object)
    geometry = np.asarray(stations.geometry.array, dtype=object)
    found: Objects = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    return found


def place_stations(
    stations: gpd.GeoDataFrame | None, lines: Lines, places: Places, params: Parameters
) -> tuple[Stations, Places, list[Finding]]:
    """Return how stations connect, the places with those added where a source feeds a pipe's middle, and findings."""
    if stations is None or not len(stations):
        what = msg("no station is in the workspace") if stations is None else msg("the station layer is empty")
        none = Stations(np.zeros(0, object), (), (), (), np.zeros(0, np.int64), np.zeros(len(places.xy), bool))
        return none, places, [_no_source(what)]
    around = _around(stations, places, params)
    is_source, findings = _sources(stations, params)
    inlet, outlet = (pressure_rank(stations[c].to_numpy(dtype=object)) for c in ("inlet_class", "outlet_class"))
    ids = stations.index.to_numpy(dtype=object)
    inlets: list[Side] = []
    outlets: list[Side] = []
    unclear: list[int] = []
    unsaid = stations["is_source"].isna().to_numpy(bool) & ~is_source
    tolerance_m = params.number("node_tolerance_m")
    for i in range(len(ids)):
        if is_source[i] and not (inlet[i] and outlet[i]):
            continue
        sides = _regulator(around[i], int(inlet[i]), int(outlet[i]), tolerance_m)
        if isinstance(sides, Message):
            if not is_source[i]:
                findings.append(_finding(stations, i, "network_regulator", sides))
            if unsaid[i]:
                unclear.append(i)
        else:
            inlets += sides[0]
            outlets += sides[1]
    split, mixed = _split(places, inlets, outlets, lines, params)
    sources, places, faults = _feeds(stations, np.flatnonzero(is_source), outlet, lines, places, around, params)
    if not sources:
        findings.append(_no_source(msg("no station that stands on the network is marked as a source")))
    split = np.concatenate([split, np.zeros(len(places.xy) - len(split), bool)])
    placed = Stations(ids, tuple(sources), tuple(inlets), tuple(outlets), np.array(unclear, np.int64), split)
    return placed, places, [*findings, *mixed, *faults]


def _no_source(what: Message) -> Finding:
    text = msg(
        "{what}: where gas comes from is unknown, so no outage can be told; mark the feeding stations as is_source",
        what=what,
    )
    return Finding("stations", "network_no_source", "error", text, field="is_source")


def _finding(stations: gpd.GeoDataFrame, i: int, check: str, text: Message) -> Finding:
    x, y = spot(stations.geometry.iloc[i])
    return Finding("stations", check, "warning", text, id=str(stations.index[i]), x=x, y=y)


def _around(stations: gpd.GeoDataFrame, places: Places, params: Parameters) -> list[_Around]:
    """Return the places near every station."""
    geometry = np.asarray(stations.geometry.array, dtype=object)
    nodes = points(places.xy)
    station, place = shapely.STRtree(nodes).query(
        geometry, predicate="dwithin", distance=params.number("station_tolerance_m")
    )
    order = np.lexsort((place, station))
    station, place = station[order], place[order]
    distance = np.asarray(shapely.distance(geometry[station], nodes[place]))
    begin = np.searchsorted(station, np.arange(len(stations) + 1))
    parts = [slice(a, b) for a, b in pairwise(begin.tolist())]
    return [_Around(i, place[part], distance[part], places.classes[place[part]]) for i, part in enumerate(parts)]


def _sources(stations: gpd.GeoDataFrame, params: Parameters) -> tuple[Bools, list[Finding]]:
    """Return which stations are sources, and findings where the kind had to decide."""
    given = stations["is_source"].astype("boolean")
    by_kind = stations["kind"].isin(params.names("source_kinds")).to_numpy(bool)
    guessed = given.isna().to_numpy(bool) & by_kind
    findings = [
        _finding(
            stations,
            int(i),
            "network_source_unknown",
            msg("station {station} is taken as a source by its kind; set is_source", station=stations.index[i]),
        )
        for i in np.flatnonzero(guessed)
    ]
    return given.fillna(False).to_numpy(bool) | guessed, findings


def _regulator(around: _Around, inlet: int, outlet: int, tolerance_m: float) -> tuple[list[Side], list[Side]] | Message:
    """Return the inlet and outlet sides of a regulator, or why it has none."""
    if not len(around.place):
        return msg("the station stands on no pipe; mend its place")
    ranks = around.ranks()
    inlet = inlet or max((rank for rank in ranks if rank > outlet), default=0)
    outlet = outlet or min((rank for rank in ranks if rank < inlet), default=0)
    if not inlet or not outlet:
        return msg(
            "between which pressure classes the station stands is unknown, so pipes that meet there are taken as "
            "joined; give inlet_class and outlet_class"
        )
    if inlet <= outlet:
        return msg(
            "inlet_class is not above outlet_class, so pipes that meet there are taken as joined; mend the classes"
        )
    into, out = around.nearest(inlet, tolerance_m), around.nearest(outlet, tolerance_m)
    if not len(into):
        return msg(
            "no pipe of the station's inlet class ends within reach, so nothing is fed through it; mend place or class"
        )
    if not len(out):
        return [], []  # it serves a building directly
    return (
        [Side(around.index, int(place), inlet) for place in into],
        [Side(around.index, int(place), outlet) for place in out],
    )


def _split(
    places: Places, inlets: Sequence[Side], outlets: Sequence[Side], lines: Lines, params: Parameters
) -> tuple[Bools, list[Finding]]:
    """Return where pipes of different class stay apart, and findings where they meet without a regulator."""
    regulated = np.zeros(len(places.xy), np.int64)
    for side in (*inlets, *outlets):
        regulated[side.place] |= 1 << side.rank
    known = places.classes & ~1
    several = (known & (known - 1)) != 0
    split: Bools = several & ((places.classes & ~regulated) == 0)
    owner = np.full(len(places.xy), -1, np.int64)
    owner[places.tee_place] = places.tee_pipe
    owner[places.end.ravel()] = np.repeat(np.arange(len(places.end)), 2)
    return split, limited(
        np.flatnonzero(several & ~split),
        int(params.number("findings_limit")),
        lambda i: Finding(
            "pipes",
            "network_pressure_mixed",
            "warning",
            msg(
                "pipes of different pressure class meet at pipe {pipe} with no regulator between them; they are taken "
                "as joined, so that an isolation holds: add the station or mend the class",
                pipe=lines.pipe_id[owner[i]],
            ),
            id=lines.pipe_id[owner[i]],
            field="pressure_class",
            x=float(places.xy[i, 0]),
            y=float(places.xy[i, 1]),
        ),
        more,
    )


def _feeds(
    stations: gpd.GeoDataFrame,
    index: Ints,
    outlet: Ints,
    lines: Lines,
    places: Places,
    around: Sequence[_Around],
    params: Parameters,
) -> tuple[list[Side], Places, list[Finding]]:
    """Return where the sources feed, adding places on the middle of pipes, and findings on those that stand off."""
    sources: list[Side] = []
    findings: list[Finding] = []
    node_tolerance_m = params.number("node_tolerance_m")
    for i in index.tolist():
        rank, geometry = int(outlet[i]), np.array([stations.geometry.iloc[i]], dtype=object)
        near = lines.nearest(geometry, params.number("station_tolerance_m"), lines.pressure == rank)
        if not rank or near[0] < 0:
            rank = 0
            near = lines.nearest(geometry, params.number("station_tolerance_m"))
        if near[0] < 0:
            text = msg(
                "source {station} stands on no pipe and feeds nothing; mend its place", station=stations.index[i]
            )
            findings.append(_finding(stations, i, "network_source_off", text))
            continue
        fed = around[i].fed(rank, float(shapely.distance(geometry[0], lines.geometry[near[0]])), node_tolerance_m)
        if not len(fed):
            at = lines.locate(near, geometry)
            fed = places.nearest_on(lines, near, at, node_tolerance_m)
            if fed[0] < 0:
                xy = shapely.get_coordinates(shapely.line_interpolate_point(lines.geometry[near], at))
                places = places.with_tees(near, at, xy, 1 << lines.pressure[near])
                fed = np.array([len(places.xy) - 1])
        sources += [Side(i, int(p), rank) for p in fed]
    return sources, places, findings
