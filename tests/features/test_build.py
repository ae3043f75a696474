import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from scenes import PARAMS, city, layer, pipes
from shapely.geometry import LineString, Point, box

from gridrisk import features
from gridrisk.errors import CrsError
from gridrisk.features import geometry
from gridrisk.layers import schema
from gridrisk.layers.raster import Raster

TODAY = dt.date(2026, 1, 1)
ITEM = LineString([(0, 0), (100, 0)])


def surveyed():
    return {
        "buildings": layer("buildings", [box(0, -2, 10, 2)], people=4, height_m=6.0, basement=False),
        "utilities": layer("utilities", [LineString([(0, 0.4), (50, 0.4)])], kind="water", laying="direct"),
        "voids": layer("voids", [Point(80, 1)], kind="manhole"),
        "works": layer("works", [Point(90, 3)], kind="piling", status="active"),
        "customers": layer("customers", [Point(50, 9)], kind="school", fuel="pipe"),
        "leaks": layer("leaks", [Point(50, 1)], found_on=pd.Timestamp("2020-05-05")),
    }


def build(frame, layers, rasters=None):
    return features.build(frame, layers, rasters or {}, PARAMS, as_of=TODAY)


def test_a_scene_by_hand():
    people = Raster(np.full((2, 2), 30.0), Affine(100, 0, -50, 0, -100, 100))
    found = build(pipes([ITEM]), surveyed(), {"population": people}).iloc[0]
    expected = {
        "length_m": 100.0,
        "age_years": 26.0,
        "built_over": True,
        "built_over_m": 10.0,
        "building_gap_m": 0.0,
        "clearance_building_shortfall_m": 0.7,
        "shared_trench": True,
        # 50 m and sqrt(1 - 0.16) beyond the end of the water pipe
        "shared_trench_m": 50 + np.sqrt(1 - 0.4**2),
        "shared_trench_kinds": "water",
        "void_crossings": 0,
        "voids_near": 1,
        "clearance": True,
        "clearance_kind": "water",
        "clearance_shortfall_m": 0.5 - (0.4 - 0.055),
        "encroached": True,
        "work_gap_m": 3 - 0.055,
        "work_zone": "control",
        "work_ids": "a",
        "impact_radius_m": 30.0,
        "people": 4.0,
        "people_unknown": 0,
        "population": 3000.0,  # 30 people on a hectare
        "critical_place": True,
        "critical_kinds": "school",
        "critical_gap_m": 9 - 0.055,
        "critical_gaps": "school=8.9",
        "crossings": 0,
        "vertical_clearance": False,
        "leaks_near": 0,  # found in 2020
        "basement_near": False,
        "leaks": 1,
        "exposure_years": 6.0,
    }
    assert {name: found[name] for name in expected} == {
        name: pytest.approx(value, abs=1e-6) if isinstance(value, float) else value for name, value in expected.items()
    }
    assert pd.isna(found["shared_trench_isolated"])
    assert np.isnan(found["ground_movement"])


def test_what_was_never_surveyed_is_unknown():
    found = build(pipes([ITEM]), {}).iloc[0]
    known = {"length_m", "age_years", "outer_radius_m", "diameter_assumed", "impact_radius_m"}
    assert set(found[found.notna()].index) == known


def test_a_pipe_of_which_nothing_is_known_but_its_line_has_features():
    frame = pipes([ITEM], material=None, diameter_mm=None, pressure_class=None, setting=None, install_year=None)
    found = build(frame, surveyed()).iloc[0]
    assert found["diameter_assumed"]
    assert np.isnan(found["age_years"])
    assert found["built_over"]  # as a main or as a service line: 10 m are too many
    assert found["shared_trench"]


def test_empty_and_missing_geometries_are_unknown():
    found = build(pipes([None, LineString()]), surveyed())
    for name in (
        "built_over",
        "shared_trench",
        "void_crossing",
        "clearance",
        "encroached",
        "critical_place",
        "basement_near",
    ):
        assert found[name].isna().all(), name
    assert found["length_m"].isna().all()


def test_no_pipes_give_an_empty_table_with_all_columns():
    assert build(pipes([]), surveyed()).columns.tolist() == build(pipes([ITEM]), surveyed()).columns.tolist()


def test_types_do_not_hang_on_the_data():
    assert build(pipes([ITEM]), surveyed()).dtypes.to_dict() == build(pipes([ITEM]), {}).dtypes.to_dict()


def test_a_year_to_come_is_no_age():
    assert build(pipes([ITEM], install_year=2049), {})["age_years"].isna().all()


def test_the_order_of_rows_changes_nothing():
    frame, layers = city(200)
    before = build(frame, layers)
    mixed = {name: item.sample(frac=1, random_state=1) for name, item in layers.items()}
    after = build(frame.sample(frac=1, random_state=2), mixed).loc[before.index]
    pd.testing.assert_frame_equal(before, after, rtol=0, atol=1e-9)


@pytest.mark.parametrize("large", [10**9, 0])
def test_tiles_with_a_margin_give_the_same_bits(monkeypatch, large):
    monkeypatch.setattr(geometry, "LARGE", large)
    frame, layers = city(800)
    whole = build(frame, layers)
    middle, margin = frame.geometry.centroid.x.median(), 200.0
    sides = {"west": (-np.inf, middle), "east": (middle, np.inf)}
    halves = []
    for left, right in sides.values():
        mine = (frame.geometry.centroid.x >= left) & (frame.geometry.centroid.x < right)
        near = {
            name: item
            if name == "leaks"
            else item[item.bounds["maxx"].ge(left - margin) & item.bounds["minx"].le(right + margin)]
            for name, item in layers.items()
        }
        around = frame[frame.bounds["maxx"].ge(left - margin) & frame.bounds["minx"].le(right + margin)]
        halves.append(build(around, near).loc[frame.index[mine]])
    pd.testing.assert_frame_equal(pd.concat(halves).loc[frame.index], whole, check_exact=True)


def test_inputs_stay_as_they_are():
    frame, layers = city(50)
    copies = frame.copy(), {name: item.copy() for name, item in layers.items()}
    build(frame, layers)
    pd.testing.assert_frame_equal(frame, copies[0])
    for name, item in layers.items():
        pd.testing.assert_frame_equal(item, copies[1][name])


def test_one_bad_polygon_does_not_stop_the_rest():
    layers = surveyed()
    bad = layer("buildings", [shapely.Polygon([(0, 50), (4, 54), (4, 50), (0, 54)])], building_id=["bad"])
    layers["buildings"] = gpd.GeoDataFrame(pd.concat([layers["buildings"], bad]), crs=bad.crs)
    assert build(pipes([ITEM]), layers)["built_over_m"].tolist() == pytest.approx([10.0])


def test_degrees_and_mixed_systems_are_refused():
    frame, layers = pipes([ITEM]), surveyed()
    with pytest.raises(CrsError, match="pipes"):
        build(frame.set_crs("EPSG:4490", allow_override=True), layers)
    layers["voids"] = layers["voids"].set_crs("EPSG:4548", allow_override=True)
    with pytest.raises(CrsError, match="voids lies in EPSG:4548"):
        build(frame, layers)


@pytest.mark.shared
def test_a_real_network_of_which_little_is_known(shared_data):
    raw = gpd.read_file(shared_data / "schutterwald_gas" / "leitungen.shp")
    frame = schema.complete(
        gpd.GeoDataFrame({"pipe_id": [f"{i}" for i in range(len(raw))]}, geometry=raw.geometry, crs=raw.crs), "pipes"
    )
    found = build(frame, {"utilities": schema.empty("utilities", raw.crs)})
    assert found["length_m"].sum() == pytest.approx(raw.length.sum())
    assert found["diameter_assumed"].all()
    assert found["age_years"].isna().all()
    assert found["built_over"].isna().all()
    assert not found["shared_trench"].any()
