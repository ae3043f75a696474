"""Numbers, dates and places by which one layer refers to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.checks.report import Failing, each
from gridrisk.crs import require_metric
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    import geopandas as gpd
    from numpy.typing import NDArray


def check_number_exists(
    layer: str, frame: gpd.GeoDataFrame, field: str, other: str, target: gpd.GeoDataFrame
) -> Failing:
    """Does the `field` of each row name a row of the layer `other`?"""
    failing = frame[field].notna() & ~frame[field].isin(target.index)
    return each(
        frame,
        failing,
        layer=layer,
        check="number_exists",
        fields=(field,),
        message=lambda key, row: msg(
            "{layer} ({id}): {field} {value} is not in {other}; correct it, or import the missing row",
            layer=layer,
            id=key,
            field=field,
            value=row[field],
            other=other,
        ),
    )


def check_valve_on_pipe(valves: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, *, tolerance_m: float) -> Failing:
    """Does each valve stand on the pipe it names, within `tolerance_m`, metres?"""
    require_metric(valves, "valves")
    require_metric(pipes, "pipes")
    named = valves["pipe_id"].isin(pipes.index).to_numpy()
    distance = np.full(len(valves), np.nan)
    lines = pipes.geometry.reindex(valves["pipe_id"][named]).to_numpy()
    distance[named] = shapely.distance(valves.geometry.to_numpy()[named], lines)
    return each(
        valves.assign(distance_m=distance),
        distance > tolerance_m,
        layer="valves",
        check="valve_on_pipe",
        fields=("pipe_id",),
        message=lambda key, row: msg(
            "valves ({id}) stands {distance} m off its pipe {pipe}; correct its place or its pipe number",
            id=key,
            distance=f"{row['distance_m']:.2f}",
            pipe=row["pipe_id"],
        ),
    )


def check_works_have_dates(works: gpd.GeoDataFrame) -> Failing:
    """Has each building site a beginning and an end?"""
    failing = works["start_on"].isna() | works["end_on"].isna()
    return each(
        works,
        failing,
        layer="works",
        check="works_have_dates",
        fields=("start_on", "end_on"),
        message=lambda key, _: msg(
            "works ({id}): start or end is unknown, so the site counts as active; ask the contractor", id=key
        ),
    )


def check_works_end_after_start(works: gpd.GeoDataFrame) -> Failing:
    """Does each building site end after it begins?"""
    return each(
        works,
        works["end_on"] < works["start_on"],
        layer="works",
        check="works_end_after_start",
        fields=("end_on", "start_on"),
        message=lambda key, row: msg(
            "works ({id}): end {end} lies before start {start}; correct one of the two",
            id=key,
            end=row["end_on"].date(),
            start=row["start_on"].date(),
        ),
    )


def check_leak_after_laying(leaks: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame) -> Failing:
    """Was each leak found after its pipe was laid?"""
    laid = pipes["install_year"].reindex(leaks["pipe_id"]).to_numpy(dtype="float64", na_value=np.nan)
    return each(
        leaks.assign(laid=laid),
        leaks["found_on"].dt.year.to_numpy() < laid,
        layer="leaks",
        check="leak_after_laying",
        fields=("found_on", "pipe_id"),
        message=lambda key, row: msg(
            "leaks ({id}): found on {found}, but {pipe} was laid in {year}; a pipe does not inherit the leaks of the "
            "one it replaced",
            id=key,
            found=row["found_on"].date(),
            pipe=row["pipe_id"],
            year=int(row["laid"]),
        ),
    )


def check_found_by(leaks: gpd.GeoDataFrame, as_of: dt.date) -> Failing:
    """Was each leak found by `as_of`?"""
    return each(
        leaks,
        leaks["found_on"] > pd.Timestamp(as_of),
        layer="leaks",
        check="found_by",
        fields=("found_on",),
        message=lambda key, row: msg(
            "leaks ({id}): found_on {found} lies after {as_of}; correct the date, or give --as-of",
            id=key,
            found=row["found_on"].date(),
            as_of=as_of.isoformat(),
        ),
    )


def check_customer_in_town(customers: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> Failing:
    """Does each customer name a town or stand in one?"""
    require_metric(customers, "customers")
    inside = np.zeros(len(customers), dtype=bool)
    inside[
        shapely.STRtree(towns.geometry.to_numpy()).query(customers.geometry.to_numpy(), predicate="intersects")[0]
    ] = True
    failing = ~inside & ~customers["town_id"].isin(towns.index).to_numpy()
    return each(
        customers,
        failing,
        layer="customers",
        check="customer_in_town",
        fields=("town_id",),
        message=lambda key, _: msg(
            "customers ({id}) names no town and stands in none; coverage counts it apart", id=key
        ),
    )


def check_near_what_it_names(
    layer: str, frame: gpd.GeoDataFrame, field: str, other: str, target: gpd.GeoDataFrame, *, tolerance_m: float
) -> Failing:
    """Does each row stand within `tolerance_m` of the row of `other` that its `field` names?"""
    require_metric(frame, layer)
    require_metric(target, other)
    position = _positions(frame[field], target.index)
    named = position >= 0
    distance = np.full(len(frame), np.nan)
    distance[named] = shapely.distance(frame.geometry.to_numpy()[named], target.geometry.to_numpy()[position[named]])
    return each(
        frame.assign(distance_m=distance),
        distance > tolerance_m,
        layer=layer,
        check="near_what_it_names",
        fields=(field,),
        message=lambda key, row: msg(
            "{layer} ({id}) stands {distance} m off {value} of {other}, which it names; correct its place or the "
            "number",
            layer=layer,
            id=key,
            distance=f"{row['distance_m']:.0f}",
            value=row[field],
            other=other,
        ),
    )


def check_lies_in_its_town(
    layer: str, frame: gpd.GeoDataFrame, towns: gpd.GeoDataFrame, *, tolerance_m: float
) -> Failing:
    """Does each row lie in the town it names, or within `tolerance_m` of it?"""
    require_metric(frame, layer)
    require_metric(towns, "towns")
    position = _positions(frame["town_id"], towns.index)
    areas, shapes = towns.geometry.to_numpy().copy(), frame.geometry.to_numpy()
    shapely.prepare(areas)
    rows = np.flatnonzero((position >= 0) & ~shapely.is_missing(shapes))
    rows = rows[~shapely.intersects(areas[position[rows]], shapes[rows])]
    away = np.full(len(frame), np.nan)
    away[rows] = shapely.distance(areas[position[rows]], shapes[rows])
    return each(
        frame.assign(distance_m=away),
        away > tolerance_m,
        layer=layer,
        check="lies_in_its_town",
        fields=("town_id",),
        message=lambda key, row: msg(
            "{layer} ({id}) names the town {town} but lies {distance} m outside it; correct one of the two",
            layer=layer,
            id=key,
            town=row["town_id"],
            distance=f"{row['distance_m']:.0f}",
        ),
    )


def check_road_exists(pipes: gpd.GeoDataFrame, names: Collection[str]) -> Failing:
    """Is every road that pipes in municipal roads name among `names`? One row stands for all that name it."""
    asked = pipes["road"].notna() & (pipes["setting"] == "municipal").fillna(False)
    missing = (asked & ~pipes["road"].isin(names)).to_numpy(dtype=bool)
    first = missing.copy()
    first[missing] = ~pipes["road"][missing].duplicated().to_numpy()
    counts = pipes["road"][missing].value_counts()
    return each(
        pipes,
        first,
        layer="pipes",
        check="road_exists",
        fields=("road",),
        message=lambda _, row: msg(
            "pipes: {count} pipes name the road {road}, which is not in the layer of roads; write it as there, or "
            "import it",
            count=int(counts[row["road"]]),
            road=row["road"],
        ),
    )


def check_lies_with_the_rest(layer: str, frame: gpd.GeoDataFrame, far_m: float) -> Failing:
    """Does each row lie within `far_m` of the middle of its layer (the median of all coordinates)?"""
    require_metric(frame, layer)
    bounds = shapely.bounds(frame.geometry.to_numpy())
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    placed = np.isfinite(middle).all(axis=1)
    away = np.full(len(frame), np.nan)
    if placed.any():
        away[placed] = np.hypot(*(middle[placed] - np.median(middle[placed], axis=0)).T)
    return each(
        frame.assign(distance_m=away),
        away > far_m,
        layer=layer,
        check="lies_with_the_rest",
        message=lambda key, row: msg(
            "{layer} ({id}) lies {distance} km from the rest; correct its coordinates",
            layer=layer,
            id=key,
            distance=f"{row['distance_m'] / 1000:.0f}",
        ),
    )


def _positions(values: pd.Series, index: pd.Index) -> NDArray[np.int64]:
    """Return where each value stands in `index`, -1 where it does not or is unknown."""
    found: NDArray[np.int64] = index.get_indexer(pd.Index(values.to_numpy(dtype=object))).astype(np.int64)
    found[values.isna().to_numpy(dtype=bool)] = -1
    return found
