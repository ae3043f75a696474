"""People whom a leak or fire on a pipe could reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.geometry import Pairs, near_pairs, pairs_within
from gridrisk.features.pipe import outer_radius_m, pressure_class, range_of_class
from gridrisk.features.shapes import Shapes, raw_shapes, shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]


def impact_radius_m(
    pipes: gpd.GeoDataFrame, params: Mapping[str, Parameters], *, radius_m: pd.Series | None = None
) -> pd.Series:
    """Return how far a pipe endangers people, m: r = factor · d[mm] · √p[kPa], but at least ``impact.least_radius_m``.

    p is the operating pressure, else the highest of the pressure class, else the highest of all; d the outer diameter
    as `pipe.outer_radius_m` has it (`radius_m`, where that was worked out already). The formula is that of 49 CFR
    192.903 for a jet fire; the least radius stands for gas that travels into buildings.
    """
    pressure, surroundings = params["standards/pressure"], params["standards/surroundings"]
    highest = range_of_class(pressure_class(pipes, pressure), pressure.table("max_pressure_kpa"))[1]
    mop = pipes["mop_kpa"].to_numpy(dtype=float)
    kpa = np.where(np.isnan(mop), highest, mop)
    diameter_mm = (outer_radius_m(pipes, pressure) if radius_m is None else radius_m) * 2000.0
    radius = surroundings.number("impact.radius_factor") * diameter_mm * np.sqrt(kpa)
    return radius.clip(lower=surroundings.number("impact.least_radius_m")).rename("impact_radius_m")


def people_of_buildings(
    buildings: gpd.GeoDataFrame,
    customers: gpd.GeoDataFrame | None,
    *,
    per_household: float,
    polygons: Shapes | None = None,
) -> tuple[pd.Series, pd.Series]:
    """Return the people in each building, and those of each customer that stands in no building.

    The recorded number of a building counts; where there is none, the households of the customers inside times
    `per_household`; where there are none either, NaN. A resident without recorded households is one household; other
    customers without households count no people.
    """
    people = buildings["people"].astype("float64")
    if customers is None:
        return people, pd.Series(dtype="float64")
    households = _households(customers) * per_household
    points = raw_shapes(customers)
    polygons = shapes(buildings) if polygons is None else polygons
    at, house, _ = pairs_within(points, polygons, 0.0)
    inside = (
        pd.DataFrame({"customer": at, "house": house}).sort_values(["customer", "house"]).drop_duplicates("customer")
    )
    counted = inside.assign(people=households.to_numpy()[inside["customer"]])
    sums = counted[counted["people"] > 0].groupby("house")["people"].sum()
    lived = pd.Series(sums.reindex(range(len(buildings))).to_numpy(dtype=float), index=buildings.index)
    outside = np.ones(len(customers), dtype=bool)
    outside[inside["customer"].to_numpy()] = False
    return people.fillna(lived), households.where(outside, 0.0)


def _households(customers: gpd.GeoDataFrame) -> pd.Series:
    households = customers["households"].astype("float64")
    return pd.Series(households.fillna((customers["kind"] == "resident").astype("float64")))


def people_in_reach(
    pipes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    customers: gpd.GeoDataFrame | None,
    *,
    reach_m: pd.Series,
    per_household: float,
    near: Pairs | None = None,
) -> pd.DataFrame:
    """Return the people within reach of any point of each pipe.

    Parameters
    ----------
    pipes, buildings, customers
        Layers; None where never surveyed.
    reach_m
        From the axis of each pipe (impact radius plus outer radius).
    per_household
        People a household.
    near
        Pipes and buildings within at least `reach_m`, where that was worked out already.

    Returns
    -------
    DataFrame
        ``people``: in buildings of which any part is in reach and of customers in reach outside buildings (see
        `people_of_buildings`), a lower bound where ``people_unknown``, the number of buildings in reach of which
        nobody knows the people, is not 0. Both missing where neither layer was surveyed; ``people_unknown`` also where
        buildings were not.
    """
    index = pipes.index
    lines = raw_shapes(pipes)
    nowhere = ~lines.located
    total = np.zeros(len(pipes))
    unknown = pd.Series(pd.NA, index=index, dtype="Int64")
    reach = reach_m.to_numpy(dtype=float)
    if buildings is None and customers is None:
        return pd.DataFrame({"people": np.nan, "people_unknown": unknown}, index=index)
    if buildings is not None:
        near = near_pairs(lines, shapes(buildings), reach) if near is None else near
        pairs = near.within(reach)
        inside, alone = people_of_buildings(buildings, customers, per_household=per_household, polygons=near.shapes)
        rows = pairs.row
        known = inside.to_numpy(dtype=float)[pairs.other]
        total += np.bincount(rows, weights=np.nan_to_num(known), minlength=len(pipes))
        gaps = np.bincount(rows[np.isnan(known)], minlength=len(pipes))
        unknown = pd.Series(gaps, index=index, dtype="Int64").mask(nowhere)
    else:
        alone = _households(customers) * per_household if customers is not None else pd.Series(dtype="float64")
    if customers is not None:
        weight = alone.to_numpy(dtype=float)
        points = raw_shapes(customers).only(weight > 0)
        rows, cols, _ = pairs_within(lines, points, reach)
        total += np.bincount(rows, weights=weight[cols], minlength=len(pipes))
    return pd.DataFrame({"people": np.where(nowhere, np.nan, total), "people_unknown": unknown}, index=index)
