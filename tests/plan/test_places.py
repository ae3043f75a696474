"""Where a segment lies."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, box

from gridrisk.errors import CrsError
from gridrisk.layers import schema
from gridrisk.plan.places import locate

CRS = "EPSG:4547"


def roads(*rows):
    frame = gpd.GeoDataFrame(
        [{"road_id": i, "name": n, "works_year": w, "no_dig_until": d} for i, n, w, d, _ in rows],
        geometry=[line for *_, line in rows],
        crs=CRS,
    )
    frame["no_dig_until"] = pd.to_datetime(frame["no_dig_until"])
    return schema.complete(frame, "roads")


def found(pipes, **keys):
    given = {"roads": None, "communities": None, "towns": None, "reach_m": 20.0, "first_year": None, **keys}
    return locate(pipes, **given)


def test_the_road_of_the_same_name_comes_before_a_nearer_one(street):
    layer = roads(
        ("A", "人民路", 2026, None, LineString([(0, 15), (100, 15)])),
        ("B", "中山路", 2027, None, LineString([(0, 2), (100, 2)])),
    )
    out = found(street([100]), roads=layer)
    assert out["works_year"].to_list() == [2026]


def test_a_segment_without_a_road_name_takes_the_nearest(street):
    layer = roads(
        ("A", "人民路", 2026, None, LineString([(0, 15), (100, 15)])),
        ("B", "中山路", 2027, "2028-06-30", LineString([(0, 2), (100, 2)])),
    )
    out = found(street([100], road=None), roads=layer)
    assert out["road"].to_list() == ["中山路"]
    assert out["no_dig_until"].dt.year.to_list() == [2028]
    far = found(street([100], road=None, y=500.0), roads=layer)
    assert far["road"].isna().all()
    assert far["place"].to_list() == [""]


def test_a_name_that_one_road_bears_is_enough(street):
    layer = roads(("A", "人民路", 2026, None, LineString([(0, 900), (100, 900)])))
    assert found(street([100]), roads=layer)["works_year"].to_list() == [2026]
    twice = roads(
        ("A", "人民路", 2026, None, LineString([(0, 900), (100, 900)])),
        ("B", "人民路", 2027, None, LineString([(0, 990), (100, 990)])),
    )
    assert found(street([100]), roads=twice)["works_year"].isna().all()


def test_a_courtyard_belongs_to_its_community_and_a_municipal_pipe_does_not(street):
    layer = schema.complete(
        gpd.GeoDataFrame(
            {"community_id": ["C1"], "name": ["阳光花园"], "renovation_year": [2027]},
            geometry=[box(-10, -10, 500, 10)],
            crs=CRS,
        ),
        "communities",
    )
    pipes = street([50, 50, 50], setting=["courtyard", "riser", "municipal"])
    out = found(pipes, communities=layer)
    assert out["community_id"].to_list()[:2] == ["C1", "C1"]
    assert out["community_id"].isna().to_list() == [False, False, True]
    assert out["setting"].to_list() == ["courtyard", "courtyard", "municipal"]
    assert out["place_name"].to_list() == ["阳光花园", "阳光花园", "人民路"]
    assert out["works_year"].fillna(0).to_list() == [2027, 2027, 0]


def test_a_courtyard_pipe_outside_the_area_goes_by_the_name_of_its_community(street):
    layer = schema.complete(
        gpd.GeoDataFrame({"community_id": ["C1"], "name": ["阳光花园"]}, geometry=[box(900, 0, 999, 9)], crs=CRS),
        "communities",
    )
    out = found(street([50, 50], setting="courtyard", road=["阳光花园", "人民路"]), communities=layer)
    assert out["community_id"].fillna("").to_list() == ["C1", ""]


def test_towns_fill_in_what_the_survey_left_out(street):
    layer = schema.complete(
        gpd.GeoDataFrame(
            {"town_id": ["T1", "T2"], "name": ["甲镇", "乙镇"]},
            geometry=[box(0, -10, 100, 10), box(50, -10, 500, 10)],
            crs=CRS,
        ),
        "towns",
    )
    out = found(street([50, 50, 50, 50], town_id=["T9", None, None, None]), towns=layer)
    # the second lies in both: the lower id; the fourth only in T2
    assert out["town_id"].to_list() == ["T9", "T1", "T2", "T2"]


def test_works_that_are_over_no_longer_count(street):
    layer = roads(("A", "人民路", 2024, "2024-12-31", LineString([(0, 0), (100, 0)])))
    out = found(street([100]), roads=layer, first_year=2026)
    assert out["works_year"].isna().all()
    assert out["no_dig_until"].isna().all()


def test_degrees_are_refused(street):
    layer = roads(("A", "人民路", 2026, None, LineString([(0, 0), (1, 0)]))).set_crs(4326, allow_override=True)
    with pytest.raises(CrsError, match="roads"):
        found(street([100]), roads=layer)
