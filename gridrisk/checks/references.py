"""Numbers, dates and places by which one layer refers to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.checks.report import each
from gridrisk.crs import require_metric
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from gridrisk.findings import Finding


def check_number_exists(
    layer: str, frame: gpd.GeoDataFrame, field: str, other: str, target: gpd.GeoDataFrame
) -> list[Finding]:
    """Does the `field` of each row name a row of the layer `other`?"""
    failing = frame[field].notna() & ~frame[field].isin(target.index)
    return each(
        frame,
        failing,
        layer=layer,
        check="number_exists",
        field=field,
        message=lambda key, row: msg(
            "{layer} ({id}): {field} {value} is not in {other}; correct it, or import the missing row",
            layer=layer,
            id=key,
            field=field,
            value=row[field],
            other=other,
        ),
    )


def check_valve_on_pipe(valves: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, *, tolerance_m: float) -> list[Finding]:
    """Does each valve stand on the pipe it names, within `tolerance_m`, metres?"""
    require_metric(valves, "valves")
    require_metric(pipes, "pipes")
    named = valves["pipe_id"].isin(pipes.index).to_numpy()
    distance = np.full(len(valves), np.nan)
    lines = pipes.geometry.reindex(valves["pipe_id"][named]).to_numpy()
    distance[named] = shapely.distance(valves.geometry.to_numpy()[named], lines)
    away = dict(zip(valves.index.astype(str), distance, strict=True))
    return each(
        valves,
        distance > tolerance_m,
        layer="valves",
        check="valve_on_pipe",
        field="pipe_id",
        message=lambda key, row: msg(
            "valves ({id}) stands {distance} m off its pipe {pipe}; correct its place or its pipe number",
            id=key,
            distance=f"{away[key]:.2f}",
            pipe=row["pipe_id"],
        ),
    )


def check_works_have_dates(works: gpd.GeoDataFrame) -> list[Finding]:
    """Has each building site a beginning and an end?"""
    failing = works["start_on"].isna() | works["end_on"].isna()
    return each(
        works,
        failing,
        layer="works",
        check="works_have_dates",
        field="start_on",
        message=lambda key, _: msg(
            "works ({id}): start or end is unknown, so the site counts as active; ask the contractor", id=key
        ),
    )


def check_works_end_after_start(works: gpd.GeoDataFrame) -> list[Finding]:
    """Does each building site end after it begins?"""
    return each(
        works,
        works["end_on"] < works["start_on"],
        layer="works",
        check="works_end_after_start",
        field="end_on",
        message=lambda key, row: msg(
            "works ({id}): end {end} lies before start {start}; correct one of the two",
            id=key,
            end=row["end_on"].date(),
            start=row["start_on"].date(),
        ),
    )


def check_leak_after_laying(leaks: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame) -> list[Finding]:
    """Was each leak found after its pipe was laid?"""
    laid = pipes["install_year"].reindex(leaks["pipe_id"]).to_numpy(dtype="float64", na_value=np.nan)
    year = dict(zip(leaks.index.astype(str), laid, strict=True))
    return each(
        leaks,
        leaks["found_on"].dt.year.to_numpy() < laid,
        layer="leaks",
        check="leak_after_laying",
        field="found_on",
        message=lambda key, row: msg(
            "leaks ({id}): found on {found}, but {pipe} was laid in {year}; a pipe does not inherit the leaks of the "
            "one it replaced",
            id=key,
            found=row["found_on"].date(),
            pipe=row["pipe_id"],
            year=int(year[key]),
        ),
    )


def check_found_by(leaks: gpd.GeoDataFrame, as_of: dt.date) -> list[Finding]:
    """Was each leak found by `as_of`?"""
    import pandas as pd

    return each(
        leaks,
        leaks["found_on"] > pd.Timestamp(as_of),
        layer="leaks",
        check="found_by",
        field="found_on",
        message=lambda key, row: msg(
            "leaks ({id}): found_on {found} lies after {as_of}; correct the date, or give --as-of",
            id=key,
            found=row["found_on"].date(),
            as_of=as_of.isoformat(),
        ),
    )


def check_customer_in_town(customers: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> list[Finding]:
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
        field="town_id",
        message=lambda key, _: msg(
            "customers ({id}) names no town and stands in none; coverage counts it apart", id=key
        ),
    )
