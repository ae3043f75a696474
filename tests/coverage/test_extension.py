"""Extensions on streets, judged by measuring the reach again with the new mains laid."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from gridrisk.coverage import plan_extensions, reach
from gridrisk.layers import schema


@pytest.fixture
def scene(people, make_pipes, make_roads):
    """A main along y = 0; a street northwards with ten restaurants 230 to 248 m up it, another with one far away."""
    pipes = make_pipes(("p", [(0, 0), (1000, 0)], {}))
    roads = make_roads([(0, 0), (1000, 0)], [(200, 0), (200, 600)], [(800, 0), (800, 1400)])
    near = [{"kind": "catering", "fuel": "bottle", "at": Point(205, 230 + 2 * i)} for i in range(10)]
    customers = people(*near, {"kind": "resident", "fuel": "bottle", "at": Point(805, 1300)})
    return customers, pipes, roads


def test_the_restaurants_are_reached_and_the_single_house_is_not(scene, parameters):
    customers, pipes, roads = scene
    plan = plan_extensions(customers, pipes, roads, parameters, seconds=5)
    assert len(plan.projects) == 1
    project = plan.projects.iloc[0]
    assert project["users"] == 10
    # Steps of 30 m; what lies within 30 m of the main is the main. The doors are 5 m off the street and at most 248 m
    # up it: within 100 m of 180 m, not of 150 m, from where two would be lost, worth 40,000 against 33,000 a step.
    assert project["length_m"] == pytest.approx(150)
    assert project["cost_yuan"] == pytest.approx(project["length_m"] * 1100)
    assert plan.gap <= 0.02
    assert plan.bound_yuan <= plan.value_yuan


def test_who_is_said_to_be_reached_is_reached(scene, parameters):
    customers, pipes, roads = scene
    assert not reach(customers, pipes, roads, parameters)["covered"].any()
    plan = plan_extensions(customers, pipes, roads, parameters, seconds=5)
    new = gpd.GeoDataFrame(
        {"pipe_id": plan.projects.index, "pressure_class": "medium_a", "setting": "municipal", "status": "in_service"},
        geometry=plan.projects.geometry.to_numpy(),
        crs=pipes.crs,
    )
    after = reach(customers, pd.concat([pipes, schema.complete(new, "pipes")]), roads, parameters)["covered"]
    reached = [name for ids in plan.projects["customer_ids"] for name in ids.split(",")]
    assert after[reached].all()
    assert not after["c10"]


def test_nobody_to_reach(scene, parameters):
    customers, pipes, roads = scene
    assert plan_extensions(customers.iloc[:0], pipes, roads, parameters).projects.empty
    assert plan_extensions(customers, pipes.iloc[:0], roads, parameters).projects.empty
