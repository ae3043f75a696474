"""Depots of bottled gas: the demand that remains, which depots to merge, and where one is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack
from scipy.spatial import cKDTree

from gridrisk.crs import require_metric

if TYPE_CHECKING:
    from gridrisk.params import Parameters

#: Cells with the most users are tried as places of a new depot.
_CANDIDATES = 400


def plan_depots(customers: gpd.GeoDataFrame, depots: gpd.GeoDataFrame, params: Parameters) -> gpd.GeoDataFrame:
    """Say of every depot whom it serves and whether it can be merged, and propose places where one is missing.

    Each customer is served by the nearest depot, in a straight line. Depots below ``depot.merge_below_m3`` are merged,
    the smallest first, as long as everyone within the radius of a depot stays so. New places are a maximal coverage
    problem (Church and ReVelle 1974) on cells of demand, solved with HiGHS: the places, each worth at least
    ``depot.min_users``, that bring most users into a radius.

    Parameters
    ----------
    customers
        Those who stay on bottled gas.
    depots
        Layer `depots`.
    params
        ``models/coverage.toml``.

    Returns
    -------
    GeoDataFrame
        On depot_id (new ones ``NEW-1``, …): ``action`` (``keep``, ``merge``, ``open``, ``unknown`` where a merger hangs
        on a capacity that is not recorded), ``capacity_m3``, ``users`` (nearest to it), ``users_in_radius``, point.
    """
    for frame, name in ((customers, "customers"), (depots, "depots")):
        require_metric(frame, name)
    radius = params.number("depot.radius_m")
    users, sites = _points(customers.geometry), _points(depots.geometry)
    capacity = depots["capacity_m3"].astype("float64").to_numpy()
    near = _within(sites, users, radius)
    merged = _merged(near, capacity, params.number("depot.merge_below_m3"))
    action = np.where(merged, "merge", np.where(np.isnan(capacity), "unknown", "keep")).astype(object)
    served = near[~merged].any(axis=0) if (~merged).any() else np.zeros(len(users), dtype=bool)
    new = _missing(users[~served], radius, params.number("depot.cell_m"), params.number("depot.min_users"))
    places = np.concatenate([sites, new])
    action = np.concatenate([action, np.full(len(new), "open", dtype=object)])
    open_ = np.flatnonzero(action != "merge")
    nearest = np.zeros(len(places), dtype=np.int64)
    if len(users) and len(open_):
        np.add.at(nearest, open_[cKDTree(places[open_]).query(users)[1]], 1)
    return gpd.GeoDataFrame(
        {
            "action": pd.array(action, dtype="str"),
            "capacity_m3": np.concatenate([capacity, np.full(len(new), np.nan)]),
            "users": nearest,
            "users_in_radius": _within(places, users, radius).sum(axis=1),
        },
        geometry=shapely.points(places),
        index=pd.Index([*depots.index, *(f"NEW-{n}" for n in range(1, len(new) + 1))], dtype="str", name="depot_id"),
        crs=depots.crs,
    )


def outside(customers: gpd.GeoDataFrame, plan: gpd.GeoDataFrame, params: Parameters) -> int:
    """Return how many customers are farther than ``depot.radius_m`` from every depot that stays or is opened."""
    users, sites = _points(customers.geometry), _points(plan.geometry[plan["action"].ne("merge").to_numpy(bool)])
    if not len(sites) or not len(users):
        return len(users)
    return int(np.count_nonzero(cKDTree(sites).query(users)[0] > params.number("depot.radius_m")))


def _points(geometry: gpd.GeoSeries) -> np.ndarray:
    points: np.ndarray = shapely.get_coordinates(shapely.centroid(geometry.to_numpy()))
    return points


def _within(sites: np.ndarray, users: np.ndarray, radius_m: float) -> np.ndarray:
    near = np.zeros((len(sites), len(users)), dtype=bool)
    for place, site in enumerate(sites):
        near[place] = np.hypot(*(users - site).T) <= radius_m
    return near


def _merged(near: np.ndarray, capacity_m3: np.ndarray, below_m3: float) -> np.ndarray:
    """Take out small depots, the smallest first, as long as nobody leaves a radius."""
    merged = np.zeros(len(near), dtype=bool)
    for place in np.argsort(capacity_m3, kind="stable"):
        if not capacity_m3[place] < below_m3:
            continue
        others = ~merged
        others[place] = False
        if others.any() and not (near[place] & ~near[others].any(axis=0)).any():
            merged[place] = True
    return merged


def _missing(users: np.ndarray, radius_m: float, cell_m: float, min_users: float) -> np.ndarray:
    """Return the places of new depots."""
    if not len(users):
        return np.zeros((0, 2))
    cells, count = np.unique(np.floor(users / cell_m), axis=0, return_counts=True)
    centre = (cells + 0.5) * cell_m
    candidates = centre[np.argsort(-count, kind="stable")[:_CANDIDATES]]
    reach = csr_array(_within(centre, candidates, radius_m).astype(float))
    gain = np.concatenate([np.full(len(candidates), min_users), -count.astype(float)])
    rows = hstack([reach, -eye_array(len(centre))], format="csr")
    whole = np.concatenate([np.ones(len(candidates)), np.zeros(len(centre))])
    found = milp(gain, constraints=LinearConstraint(rows, lb=0), bounds=Bounds(0, 1), integrality=whole)
    if found.x is None:
        return np.zeros((0, 2))
    chosen: np.ndarray = candidates[found.x[: len(candidates)] > 0.5]
    return chosen[np.lexsort(chosen.T)]
