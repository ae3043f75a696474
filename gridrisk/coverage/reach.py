"""How far the nearest main that a customer could be connected to is, along the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.crs import require_metric
from gridrisk.errors import ParameterError
from gridrisk.i18n import msg

from . import streets

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from gridrisk.params import Parameters

    from .streets import Floats, Geometries, Ints

_NOTHING = -1


@dataclass(frozen=True, slots=True)
class _Way:
    """Length to the nearest main, its position among the mains (-1 = none) and how it was measured."""

    length_m: Floats
    pipe: Ints
    method: np.ndarray[tuple[int], np.dtype[np.object_]]


def reach(
    customers: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame | None, roads: gpd.GeoDataFrame | None, params: Parameters
) -> pd.DataFrame:
    """Measure the way from the nearest suitable main to every customer.

    The way runs from the main onto its street, along the streets and off them to the customer; a main across the
    yard (``direct_m``) is reached directly. Where there is no street near or no way along them, the straight line is
    the fallback, and the method says so. Suitable is a low or medium pressure main in service that is no riser or
    service line; one whose pressure or status is not known may be suitable and leaves the coverage open.

    Parameters
    ----------
    customers, pipes, roads
        Layers; None where not imported. Roads that are areas are not used.
    params
        ``models/coverage.toml``.

    Returns
    -------
    DataFrame
        On customer_id: ``reach_m``; ``nearest_pipe_id``; ``method`` (``street``, ``direct``, ``straight``, missing);
        ``covered`` (nullable boolean: reach at most the tier ``covered_tier``); ``tier`` (name of the nearest tier,
        ``beyond``); ``main_year`` (year of installation of that main). Missing where it is not known.

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
    sure, perhaps = suitable(pipes, params)
    points = shapely.centroid(customers.geometry.to_numpy())
    graph = None if roads is None else streets.build(roads.geometry.to_numpy())
    way = _measure(points, pipes[sure.to_numpy()], graph, params)
    near = way.length_m <= limit
    covered = pd.Series(near, index=index, dtype="boolean")
    if perhaps.any():
        possible = _measure(points, pipes[(sure | perhaps).to_numpy()], graph, params)
        covered[~near & (possible.length_m <= limit)] = pd.NA
    covered[shapely.is_missing(points) | shapely.is_empty(points)] = pd.NA
    return _table(index, way, pipes[sure.to_numpy()], covered, params)


def suitable(pipes: gpd.GeoDataFrame, params: Parameters) -> tuple[pd.Series, pd.Series]:
    """Say which pipes a customer can surely be connected to, and which perhaps (something is not recorded)."""
    classes = params.names("suitable.pressure_classes")
    status = pipes["status"]
    if params.text("suitable.unrecorded_status") == "in_service":
        status = status.fillna("in_service")
    main = ~pipes["setting"].isin(params.names("suitable.excluded_settings"))
    pressure_fits, pressure_open = pipes["pressure_class"].isin(classes), pipes["pressure_class"].isna()
    in_service, status_open = status.eq("in_service").fillna(value=False), status.isna()
    sure = main & pressure_fits & in_service
    perhaps = main & (pressure_fits | pressure_open) & (in_service | status_open) & ~sure
    return sure.astype(bool), perhaps.astype(bool)


def covered_when_opened(
    customers: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame | None,
    roads: gpd.GeoDataFrame | None,
    params: Parameters,
    *,
    after: dt.date,
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
        before = reach(group, pipes[(built < year).fillna(value=False).to_numpy(bool)], roads, params)["covered"]
        until = reach(group, pipes[((built <= year) | built.isna()).fillna(value=True).to_numpy(bool)], roads, params)
        settled = before.where(before.eq(until["covered"]).fillna(value=False))
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
    return _Way(np.full(size, np.inf), np.full(size, _NOTHING, dtype=np.int64), np.full(size, None, dtype=object))


def _measure(points: Geometries, mains: gpd.GeoDataFrame, graph: streets.Streets | None, params: Parameters) -> _Way:
    """Measure along streets, across the yard, and in a straight line where nothing else goes."""
    lines = mains.geometry.to_numpy()
    way = _no_way(len(points))
    usable = ~(shapely.is_missing(lines) | shapely.is_empty(lines))
    real = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    if not usable.any() or not len(real):
        return way
    number = np.flatnonzero(usable)
    (_, hit), straight = shapely.STRtree(lines[number]).query_nearest(
        points[real], return_distance=True, all_matches=False
    )
    length, pipe, method = way.length_m, way.pipe, way.method
    length[real], pipe[real], method[real] = straight, number[hit], "straight"
    if graph is None:
        return way
    along, by_street = _along(points, lines, number, graph, params)
    direct = length <= params.number("direct_m")
    method[direct] = "direct"
    take = np.isfinite(along) & ~direct
    length[take], pipe[take], method[take] = along[take], by_street[take], "street"
    return way


def _along(
    points: Geometries, lines: Geometries, number: Ints, graph: streets.Streets, params: Parameters
) -> tuple[Floats, Ints]:
    """Measure along the streets; infinite where there is no way."""
    offset = params.number("street.main_offset_m")
    customers = streets.place(graph, points, params.number("street.access_m"))
    taps, owner = taps_of(lines, number, graph, params.number("street.spacing_m"))
    sources = streets.place(graph, taps, offset)
    # A customer whose own stretch of street has a main beside it is met there, between two taps.
    doors = np.full(len(points), None, dtype=object)
    found = np.flatnonzero(customers.piece >= 0)
    doors[found] = shapely.line_interpolate_point(graph.lines[customers.piece[found]], customers.along_m[found])
    (which, hit), off = shapely.STRtree(lines[number]).query_nearest(
        doors[found], max_distance=offset, return_distance=True, all_matches=False
    )
    met = found[which]
    sources = streets.Places(
        np.concatenate([sources.piece, customers.piece[met]]),
        np.concatenate([sources.along_m, customers.along_m[met]]),
        np.concatenate([sources.off_m, off]),
    )
    owner = np.concatenate([owner, number[hit]])
    length, source = streets.nearest_source(graph, customers, sources)
    return length, np.where(source >= 0, owner[source], _NOTHING)


def taps_of(lines: Geometries, number: Ints, graph: streets.Streets, spacing_m: float) -> tuple[Geometries, Ints]:
    """Return the points at which mains may join the streets: vertices, points between them and street crossings."""
    dense = shapely.segmentize(shapely.force_2d(lines[number]), spacing_m)
    coordinates, which = shapely.get_coordinates(dense, return_index=True)
    main, street = shapely.STRtree(graph.lines).query(lines[number], predicate="intersects")
    crossings = shapely.intersection(shapely.force_2d(lines[number][main]), graph.lines[street])
    more, at = shapely.get_coordinates(crossings, return_index=True)
    owner = np.concatenate([number[which], number[main[at]]])
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
    for label, limit in sorted(params.table("tiers_m").items(), key=lambda entry: -entry[1]):
        tier[way.length_m <= limit] = label
    return pd.DataFrame(
        {
            "reach_m": np.where(found, way.length_m, np.nan),
            "nearest_pipe_id": name,
            "method": pd.Series(way.method, index=index, dtype="str"),
            "covered": covered,
            "tier": tier,
            "main_year": year,
        },
        index=index,
    )
