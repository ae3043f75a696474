"""How far the nearest main that a customer could be connected to is, along the streets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.crs import require_metric
from gridrisk.errors import ParameterError
from gridrisk.i18n import msg

from . import barriers, capacity, streets

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from gridrisk.params import Parameters

    from .streets import Floats, Geometries, Ints

_NOTHING = -1


@dataclass(frozen=True, slots=True)
class _Way:
    """Length to the nearest main, its position (-1 = none), how it was measured, barriers on the way."""

    length_m: Floats
    pipe: Ints
    method: np.ndarray[tuple[int], np.dtype[np.object_]]
    crossings: Floats

    def counted(self, crossing_m: float) -> Floats:
        """Return the length that counts for the reach: a crossing is as good as so many metres."""
        return self.length_m + crossing_m * self.crossings

    def put(self, where: Ints, part: _Way) -> None:
        """Take in the ways of some of the customers."""
        self.length_m[where], self.pipe[where] = part.length_m, part.pipe
        self.method[where], self.crossings[where] = part.method, part.crossings


@dataclass(frozen=True, slots=True)
class _Ground:
    """The streets, and what lies across them."""

    graph: streets.Streets | None
    across: Geometries


def ground(roads: gpd.GeoDataFrame | None, params: Parameters) -> _Ground:
    """Build the street graph, with the barriers that the layer `roads` holds."""
    if roads is None:
        return _Ground(None, np.empty(0, dtype=object))
    ways, across = barriers.split(roads, params)
    return _Ground(streets.build(ways, across, params.number("barrier.same_m")), across)


def reach(
    customers: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame | None,
    roads: gpd.GeoDataFrame | None,
    params: Parameters,
    *,
    connected: gpd.GeoDataFrame | None = None,
    demand: Parameters | None = None,
) -> pd.DataFrame:
    """Measure the way from the nearest suitable main to every customer.

    The way runs from the main onto its street, along the streets and off them to the customer; a main across the
    yard (``direct_m``) is reached directly. Where there is no street near or no way along them, the straight line is
    the fallback, and the method says so. Suitable is a low or medium pressure main in service that is no riser or
    service line, and can carry the customer's demand besides what hangs on it (see `capacity`); one of which something
    is not known may be suitable and leaves the coverage open. A barrier on the way (see `barriers`) counts as
    ``barrier.crossing_m``.

    Parameters
    ----------
    customers, pipes, roads
        Layers; None where not imported. Roads that are areas are not used.
    params
        ``models/coverage.toml``.
    connected
        All customers, for what hangs on each main already.
    demand
        ``models/demand.toml``; without it nobody asks whether a main has gas to spare.

    Returns
    -------
    DataFrame
        On customer_id: ``reach_m``; ``crossings`` (barriers on that way); ``nearest_pipe_id``; ``method`` (``street``,
        ``direct``, ``straight``, missing); ``covered`` (nullable boolean: reach, crossings counted, at most the tier
        ``covered_tier``); ``tier`` (name of the nearest tier, ``beyond``); ``main_year`` (year of installation of that
        main). Missing where it is not known.

    Raises
    ------
    CrsError
        Where a layer is not in metres.
    """
    for frame, name in ((customers, "customers"), (pipes, "pipes"), (roads, "roads")):
        if frame is not None:
            require_metric(frame, name)
    limit = covered_limit(params)
    index = customers.index
    if pipes is None:
        return _table(index, _no_way(len(index)), None, pd.Series(pd.NA, index=index, dtype="boolean"), params)
    points = shapely.centroid(customers.geometry.to_numpy())
    land = ground(roads, params)
    crossing = params.number("barrier.crossing_m")
    way = _no_way(len(index))
    covered = pd.Series(pd.NA, index=index, dtype="boolean")
    peak, spare, number = np.zeros(len(index)), None, np.zeros(len(index), np.int64)
    if demand is not None:
        peak = capacity.demand_m3h(customers, params, demand)
        spare = capacity.spare_m3h(pipes, connected, params, demand)
        number = capacity.steps(peak, params)
    for step in np.unique(number):
        mine = np.flatnonzero(number == step)
        sure, perhaps = suitable(pipes, params, spare=spare, demand=float(peak[mine].max()))
        found = _measure(points[mine], pipes, sure, land, params)
        way.put(mine, found)
        near = found.counted(crossing) <= limit
        covered.iloc[mine] = near
        if perhaps.any():
            possible = _measure(points[mine], pipes, sure | perhaps, land, params)
            covered.iloc[mine[~near & (possible.counted(crossing) <= limit)]] = pd.NA
    covered[shapely.is_missing(points) | shapely.is_empty(points)] = pd.NA
    return _table(index, way, pipes, covered, params)


def suitable(
    pipes: gpd.GeoDataFrame, params: Parameters, *, spare: pd.Series | None = None, demand: float = 0.0
) -> tuple[pd.Series, pd.Series]:
    """Say which pipes a customer can surely be connected to, and which perhaps (something is not recorded).

    With `spare` (m3/h, see `capacity.spare_m3h`) a pipe must have `demand` to spare.
    """
    classes = params.names("suitable.pressure_classes")
    status = pipes["status"]
    if params.text("suitable.unrecorded_status") == "in_service":
        status = status.fillna("in_service")
    main = ~pipes["setting"].isin(params.names("suitable.excluded_settings"))
    pressure_fits, pressure_open = pipes["pressure_class"].isin(classes), pipes["pressure_class"].isna()
    in_service, status_open = status.eq("in_service").fillna(value=False), status.isna()
    sure = main & pressure_fits & in_service
    perhaps = main & (pressure_fits | pressure_open) & (in_service | status_open) & ~sure
    if spare is not None:
        carries, may_carry = capacity.enough(pipes, spare, demand, params)
        perhaps = (perhaps & (carries | may_carry)) | (sure & may_carry)
        sure &= carries
    return sure.astype(bool), perhaps.astype(bool)


def covered_when_opened(
    customers: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame | None,
    roads: gpd.GeoDataFrame | None,
    params: Parameters,
    *,
    after: dt.date,
    demand: Parameters | None = None,
) -> pd.Series:
    """Say which customers that opened after a day were inside the coverage when they opened.

    The network of a year is the pipes installed up to it. A main of the very year of the opening may have come before
    or after it: then it is not known.

    Returns
    -------
    Series
        Nullable boolean on customer_id; missing for customers that opened before or whose opening is not recorded.
    """
    answer = pd.Series(pd.NA, index=customers.index, dtype="boolean")
    late = customers[(customers["opened_on"] > pd.Timestamp(after)).to_numpy(bool)]
    if pipes is None or late.empty:
        return answer
    for year, group in late.groupby(late["opened_on"].dt.year):
        built = pipes["install_year"]
        surely = pipes[(built < year).fillna(value=False).to_numpy(bool)]
        perhaps = pipes[((built <= year) | built.isna()).fillna(value=True).to_numpy(bool)]
        before, until = (reach(group, there, roads, params, demand=demand)["covered"] for there in (surely, perhaps))
        settled = before.where(before.eq(until).fillna(value=False))
        answer.loc[group.index] = settled
    return answer


def covered_limit(params: Parameters) -> float:
    """Return the length, metres, up to which a customer counts as covered."""
    tiers, name = params.table("tiers_m"), params.text("covered_tier")
    if name not in tiers:
        raise ParameterError(
            msg(
                "models/{file}.toml: covered_tier is {tier}; choose one of {known}",
                file=params.name,
                tier=name,
                known=", ".join(tiers),
            )
        )
    return tiers[name]


def _no_way(size: int) -> _Way:
    nothing = np.full(size, _NOTHING, dtype=np.int64)
    return _Way(np.full(size, np.inf), nothing, np.full(size, None, dtype=object), np.zeros(size))


def _measure(points: Geometries, pipes: gpd.GeoDataFrame, usable: pd.Series, land: _Ground, params: Parameters) -> _Way:
    """Measure along streets, across the yard, and in a straight line where nothing else goes."""
    lines = pipes.geometry.to_numpy()
    way = _no_way(len(points))
    number = np.flatnonzero(usable.to_numpy() & ~(shapely.is_missing(lines) | shapely.is_empty(lines)))
    real = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    if not len(number) or not len(real):
        return way
    (_, hit), straight = shapely.STRtree(lines[number]).query_nearest(
        points[real], return_distance=True, all_matches=False
    )
    length, pipe, method, crossed = way.length_m, way.pipe, way.method, way.crossings
    length[real], pipe[real], method[real] = straight, number[hit], "straight"
    if len(land.across):
        crossed[real] = barriers.count(shapely.shortest_line(points[real], lines[number[hit]]), land.across)
    if land.graph is None:
        return way
    along, by_street, across = _along(points, lines, number, land, params)
    direct = (length <= params.number("direct_m")) & (crossed == 0)
    method[direct] = "direct"
    take = np.isfinite(along) & ~direct
    length[take], pipe[take], method[take], crossed[take] = along[take], by_street[take], "street", across[take]
    return way


def _along(
    points: Geometries, lines: Geometries, number: Ints, land: _Ground, params: Parameters
) -> tuple[Floats, Ints, Floats]:
    """Measure along the streets; infinite where there is no way."""
    graph = land.graph
    assert graph is not None
    offset = params.number("street.main_offset_m")
    customers = _placed(land, points, params.number("street.access_m"))
    taps, owner = taps_of(lines[number], graph, params.number("street.spacing_m"))
    owner = number[owner]
    sources = _placed(land, taps, offset)
    # A customer whose own stretch of street has a main beside it is met there, between two taps.
    doors = np.full(len(points), None, dtype=object)
    found = np.flatnonzero(customers.piece >= 0)
    doors[found] = shapely.line_interpolate_point(graph.lines[customers.piece[found]], customers.along_m[found])
    (which, hit), off = shapely.STRtree(lines[number]).query_nearest(
        doors[found], max_distance=offset, return_distance=True, all_matches=False
    )
    met = found[which]
    beside = shapely.shortest_line(doors[met], lines[number[hit]]) if len(land.across) else doors[met]
    off_crossings = [np.zeros(len(taps), dtype=np.int64) if sources.off_crossings is None else sources.off_crossings]
    sources = streets.Places(
        np.concatenate([sources.piece, customers.piece[met]]),
        np.concatenate([sources.along_m, customers.along_m[met]]),
        np.concatenate([sources.off_m, off]),
        np.concatenate([*off_crossings, barriers.count(beside, land.across)]),
    )
    owner = np.concatenate([owner, number[hit]])
    length, source, crossed = streets.nearest_source(graph, customers, sources, params.number("barrier.crossing_m"))
    return length, np.where(source >= 0, owner[source], _NOTHING), crossed


def _placed(land: _Ground, points: Geometries, max_off_m: float) -> streets.Places:
    """Put points on their nearest street, and count the barriers on the way there."""
    graph = land.graph
    assert graph is not None
    places = streets.place(graph, points, max_off_m)
    if not len(land.across):
        return places
    found = np.flatnonzero(places.piece >= 0)
    doors = shapely.line_interpolate_point(graph.lines[places.piece[found]], places.along_m[found])
    crossed = np.zeros(len(points), dtype=np.int64)
    crossed[found] = barriers.count(shapely.shortest_line(points[found], doors), land.across)
    return replace(places, off_crossings=crossed)


def main_taps(land: _Ground, lines: Geometries, params: Parameters) -> streets.Places:
    """Return where mains may join the streets."""
    graph = land.graph
    assert graph is not None
    taps, _ = taps_of(lines, graph, params.number("street.spacing_m"))
    return _placed(land, taps, params.number("street.main_offset_m"))


def taps_of(lines: Geometries, graph: streets.Streets, spacing_m: float) -> tuple[Geometries, Ints]:
    """Return the points at which mains may join the streets, and the line of each.

    Vertices, points between them and street crossings.
    """
    dense = shapely.segmentize(shapely.force_2d(lines), spacing_m)
    coordinates, which = shapely.get_coordinates(dense, return_index=True)
    main, street = shapely.STRtree(graph.lines).query(lines, predicate="intersects")
    crossings = shapely.intersection(shapely.force_2d(lines[main]), graph.lines[street])
    more, at = shapely.get_coordinates(crossings, return_index=True)
    owner = np.concatenate([which, main[at]])
    taps: Geometries = np.asarray(shapely.points(np.concatenate([coordinates, more])), dtype=object)
    return taps, owner


def _table(
    index: pd.Index, way: _Way, mains: gpd.GeoDataFrame | None, covered: pd.Series, params: Parameters
) -> pd.DataFrame:
    found = np.isfinite(way.length_m)
    name = pd.Series(pd.NA, index=index, dtype="str")
    year = pd.Series(pd.NA, index=index, dtype="Int64")
    if mains is not None and found.any():
        name[found] = mains.index.to_numpy()[way.pipe[found]]
        year[found] = mains["install_year"].to_numpy()[way.pipe[found]]
    tier = pd.Series(pd.NA, index=index, dtype="str")
    tier[found] = "beyond"
    counted = way.counted(params.number("barrier.crossing_m"))
    for label, limit in sorted(params.table("tiers_m").items(), key=lambda entry: -entry[1]):
        tier[counted <= limit] = label
    return pd.DataFrame(
        {
            "reach_m": np.where(found, way.length_m, np.nan),
            "crossings": pd.Series(way.crossings, index=index).where(found).round().astype("Int64"),
            "nearest_pipe_id": name,
            "method": pd.Series(way.method, index=index, dtype="str"),
            "covered": covered,
            "tier": tier,
            "main_year": year,
        },
        index=index,
    )
