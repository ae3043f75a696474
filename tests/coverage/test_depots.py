"""Depots: small ones merged first, a missing one proposed, by hand."""

from __future__ import annotations

import geopandas as gpd
from shapely.geometry import Point

from gridrisk.coverage import outside, plan_depots
from gridrisk.layers import schema


def depots(*rows):
    frame = gpd.GeoDataFrame(
        {"depot_id": [f"d{n}" for n in range(len(rows))], "capacity_m3": [capacity for _, capacity in rows]},
        geometry=[place for place, _ in rows],
        crs="EPSG:4548",
    )
    return schema.complete(frame, "depots")


def test_a_small_depot_is_merged_where_another_serves_its_users(people, parameters):
    # Users at 0 to 2,000 m, radius 3,000 m: the small depot at 1,000 m can go, the one that alone serves 9,000 m not.
    users = people(
        *({"kind": "resident", "fuel": "bottle", "at": Point(500 * n, 0)} for n in range(5)),
        {"kind": "resident", "fuel": "bottle", "at": Point(9_000, 0)},
    )
    sites = depots((Point(0, 0), 500.0), (Point(1_000, 0), 199.9), (Point(9_000, 0), 100.0), (Point(100, 0), 200.0))
    plan = plan_depots(users, sites, parameters)
    assert plan["action"].to_dict() == {"d0": "keep", "d1": "merge", "d2": "keep", "d3": "keep"}
    assert plan["users_in_radius"].to_dict() == {"d0": 5, "d1": 5, "d2": 1, "d3": 5}
    assert plan["users"].sum() == 6


def test_a_capacity_that_is_not_recorded_is_unknown(people, parameters):
    users = people({"kind": "resident", "fuel": "bottle", "at": Point(0, 0)})
    plan = plan_depots(users, depots((Point(0, 0), None), (Point(10, 0), 500.0)), parameters)
    assert plan["action"].to_dict() == {"d0": "unknown", "d1": "keep"}


def test_one_is_missing_where_enough_users_lie_beyond_every_radius(people, parameters):
    far = [{"kind": "resident", "fuel": "bottle", "at": Point(20_000 + n, 0)} for n in range(201)]
    sites = depots((Point(0, 0), 500.0))
    plan = plan_depots(people(*far), sites, parameters)
    assert plan["action"].to_dict() == {"d0": "keep", "NEW-1": "open"}
    assert plan["users"].to_dict() == {"d0": 0, "NEW-1": 201}
    assert list(plan_depots(people(*far[:199]), sites, parameters).index) == ["d0"]


def test_whom_no_depot_reaches(people, parameters):
    radius = parameters.number("depot.radius_m")
    users = people(
        {"fuel": "bottle", "at": Point(0, 0)}, {"fuel": "bottle", "at": Point(radius, 0)}, {"at": Point(radius + 1, 0)}
    )
    plan = gpd.GeoDataFrame({"action": ["keep", "merge"]}, geometry=[Point(0, 0), Point(radius + 1, 0)], crs=users.crs)
    assert outside(users, plan, parameters) == 1
    assert outside(users, plan.iloc[1:], parameters) == 3
