"""Reach zones: by hand, and in agreement with the reach of customers along the streets."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridrisk.coverage import reach, reach_zones


def test_bands_of_one_street(make_pipes, make_roads, parameters):
    # The main ends on the street: 50 m near, 50 to 100, 100 to 200, nothing beyond.
    zones = reach_zones(make_pipes(("m", [(0, -30), (0, 0)], {})), make_roads([(0, 0), (500, 0)]), parameters)
    assert list(zones.index) == ["near", "middle", "far"]
    assert zones["length_m"].tolist() == pytest.approx([50, 50, 100], abs=0.1)
    assert zones.geometry["middle"].bounds == pytest.approx((50, 0, 100, 0), abs=0.1)


def test_a_barrier_ends_the_zone(make_pipes, make_roads, parameters):
    roads = make_roads([(0, 0), (500, 0)], [(70, -9), (70, 9)])
    roads = roads.assign(**{"class": ["支路", "铁路"]})
    zones = reach_zones(make_pipes(("m", [(0, -30), (0, 0)], {})), roads, parameters)
    assert zones.geometry["near"].bounds[2] == pytest.approx(50, abs=0.1)
    assert zones["length_m"]["far"] == 0


def test_no_street_no_zone(make_pipes, make_roads, parameters):
    empty = make_roads([(0, 0), (9, 0)]).iloc[:0]
    assert reach_zones(make_pipes(("m", [(0, -30), (0, 0)], {})), empty, parameters).empty


def test_in_agreement_with_customers(people, make_pipes, make_roads, parameters):
    rng = np.random.default_rng(3)
    lines = [[(x, 0), (x, 300)] for x in range(0, 301, 60)] + [[(0, y), (300, y)] for y in range(0, 301, 60)]
    roads, pipes = (
        make_roads(*lines),
        make_pipes(("m", [(100, 62), (140, 62)], {}), ("n", [(302, 250), (302, 290)], {})),
    )
    zones = reach_zones(pipes, roads, parameters)
    spots = [
        shapely.line_interpolate_point(shapely.LineString(lines[rng.integers(len(lines))]), rng.uniform(0, 300))
        for _ in range(80)
    ]
    found = reach(
        people(*({"kind": "catering", "fuel": "bottle", "at": spot} for spot in spots)), pipes, roads, parameters
    )
    street = found["method"].eq("street")
    assert street.sum() > 60
    for spot, (_, row) in zip(spots, found.iterrows(), strict=True):
        edge = min(abs(row["reach_m"] - limit) for limit in zones["limit_m"])
        if row["method"] == "street" and edge > 6:
            near = [tier for tier in zones.index if zones.geometry[tier].distance(spot) < 1e-3]
            assert near[:1] == ([] if row["tier"] == "beyond" else [row["tier"]])
