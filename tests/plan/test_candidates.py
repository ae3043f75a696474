"""Projects from segments."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box

from gridrisk import plan
from gridrisk.errors import CrsError, DataError
from gridrisk.layers import schema

CRS = "EPSG:4547"


def members(projects):
    return sorted(tuple(ids) for ids in projects["pipe_ids"])


def community(name="阳光花园"):
    frame = gpd.GeoDataFrame(
        {"community_id": ["C1"], "name": [name], "renovation_year": [2027]}, geometry=[box(-10, -10, 900, 10)], crs=CRS
    )
    return schema.complete(frame, "communities")


def test_like_segments_of_a_street_are_one_project(street, risk, rules):
    pipes = street([100, 100, 100, 100])
    out = plan.build_projects(pipes, risk(pipes, ["major", "larger", "low", "general"]), rules)
    assert members(out) == [("P0000", "P0001"), ("P0003",)]
    first = out.loc["R-P0000"]
    assert (first["length_m"], first["name"], first["setting"], first["mandatory"]) == (
        200,
        "人民路 #1",
        "municipal",
        False,
    )
    assert first.geometry.geom_type == "MultiLineString"
    assert first.geometry.length == pytest.approx(200)


def test_a_short_gap_is_closed_a_long_one_is_not(street, risk, rules):
    pipes = street([100, 25, 100, 35, 100])
    out = plan.build_projects(pipes, risk(pipes, ["major", "low", "major", "low", "major"]), rules)
    assert members(out) == [("P0000", "P0001", "P0002"), ("P0004",)]


def test_must_renew_seeds_a_mandatory_project_with_the_earliest_deadline(street, risk, rules):
    pipes = street([100, 100, 100])
    table = risk(
        pipes, "low", must=[True, True, False], deadline=["2027-12-31", "2027-06-30", None], risk=[1.0, 2.0, 4.0]
    )
    out = plan.build_projects(pipes, table, rules)
    assert members(out) == [("P0000", "P0001")]
    row = out.iloc[0]
    assert row["mandatory"]
    assert row["deadline_year"] == 2027
    assert row["deadline"] == pd.Timestamp("2027-06-30")
    assert (row["risk"], row["must_renew_m"]) == (3.0, 200.0)


def test_different_deadlines_are_different_projects(street, risk, rules):
    pipes = street([100, 100])
    table = risk(pipes, "low", must=True, deadline=["2026-12-31", "2028-12-31"])
    assert members(plan.build_projects(pipes, table, rules)) == [("P0000",), ("P0001",)]


def test_what_need_not_be_renewed_is_not_forced_by_its_neighbour(street, risk, rules):
    pipes = street([30, 500])
    out = plan.build_projects(pipes, risk(pipes, "major", must=[True, False]), rules)
    assert members(out) == [("P0000",), ("P0001",)]
    # but a short piece goes along with what is a must
    pipes = street([500, 30])
    out = plan.build_projects(pipes, risk(pipes, "major", must=[True, False]), rules)
    assert members(out) == [("P0000", "P0001")]


def test_unknown_duty_is_counted_not_read_as_no_or_yes(street, risk, rules):
    pipes = street([100, 100])
    out = plan.build_projects(pipes, risk(pipes, "major", must=[None, False]), rules)
    assert out["mandatory"].to_list() == [False]
    assert out["must_renew_unknown"].to_list() == [1]
    assert [f.check for f in plan.check_projects(pipes, risk(pipes, "major", must=[None, False]), out)] == [
        "must_renew_unknown"
    ]


def test_unknown_risk_is_counted_apart(street, risk, rules):
    pipes = street([100, 100])
    out = plan.build_projects(pipes, risk(pipes, "major", risk=[2.0, np.nan]), rules)
    assert out["risk"].to_list() == [2.0]
    assert out["risk_unknown"].to_list() == [1]


def test_streets_settings_and_road_works_divide(street, risk, rules):
    pipes = street(
        [100, 100, 100], road=["人民路", "中山路", "中山路"], setting=["municipal", "municipal", "courtyard"]
    )
    assert len(plan.build_projects(pipes, risk(pipes, "major"), rules)) == 3
    roads = schema.complete(
        gpd.GeoDataFrame(
            {"road_id": ["A", "B"], "name": ["人民路", "人民路"], "works_year": [2026, None]},
            geometry=[LineString([(0, 0), (99, 0)]), LineString([(101, 0), (200, 0)])],
            crs=CRS,
        ),
        "roads",
    )
    pipes = street([100, 100])
    out = plan.build_projects(pipes, risk(pipes, "major"), rules, roads=roads)
    assert out["works_year"].fillna(0).to_list() == [2026, 0]
    later = plan.build_projects(pipes, risk(pipes, "major"), rules, roads=roads, first_year=2027)
    assert members(later) == [("P0000", "P0001")]


def test_a_whole_courtyard_is_one_project_with_its_risers_touching_or_not(street, risk, rules):
    pipes = street([50] * 6, setting=["courtyard", "riser", "courtyard", "courtyard", "service", "courtyard"])
    grade = ["major", "low", "low", "general", "low", "larger"]
    out = plan.build_projects(pipes, risk(pipes, grade), rules, communities=community())
    assert members(out) == [("P0000", "P0003", "P0005")]
    assert out["name"].to_list() == ["阳光花园"]
    assert out["community_id"].to_list() == ["C1"]
    assert out["works_year"].to_list() == [2027]


def test_a_courtyard_becomes_a_must_only_with_enough_of_it(street, risk, rules):
    pipes = street([100] * 4, setting="courtyard")
    most = risk(pipes, "major", must=[True, True, False, False])
    assert len(plan.build_projects(pipes, most, rules, communities=community())) == 1
    # 100 of 400 m is less than 0.3: the must stays alone
    little = risk(pipes, "major", must=[True, False, False, False])
    out = plan.build_projects(pipes, little, rules, communities=community())
    assert members(out) == [("P0000",), ("P0001", "P0002", "P0003")]
    assert out["mandatory"].to_list() == [True, False]


def test_a_riser_outside_any_community_goes_with_the_courtyard_it_hangs_on(street, risk, rules):
    pipes = street([100, 20], setting=["courtyard", "riser"], road=["人民路", None])
    out = plan.build_projects(pipes, risk(pipes, "major"), rules)
    assert members(out) == [("P0000", "P0001")]


def test_pieces_of_a_courtyard_of_one_name_are_one_project_where_they_lie_near(street, risk, rules):
    # 40 m of good pipe between the first two, 60 m to the third: beyond the reach
    pipes = street([100, 40, 100, 60, 100], setting="courtyard", road=["甲苑", "乙苑", "甲苑", "乙苑", "甲苑"])
    out = plan.build_projects(pipes, risk(pipes, ["major", "low", "larger", "low", "major"]), rules)
    assert members(out) == [("P0000", "P0002"), ("P0004",)]


def test_a_long_street_is_cut_into_like_parts(street, risk, rules):
    pipes = street([100] * 70)
    out = plan.build_projects(pipes, risk(pipes, "major"), rules)
    assert len(out) == 3
    assert out["length_m"].between(2000, 3000).all()
    assert sorted(pipe for ids in out["pipe_ids"] for pipe in ids) == pipes.index.to_list()


@pytest.mark.parametrize("seed", range(5))
def test_ids_and_members_do_not_depend_on_the_order_of_rows(seed, street, risk, rules):
    rng = np.random.default_rng(seed)
    parts = [street(rng.uniform(10, 200, 30), y=i * 100.0, first=i * 30, road=f"路{i % 2}") for i in range(4)]
    pipes = pd.concat(parts)
    table = risk(pipes, rng.choice(["major", "larger", "general", "low"], 120), must=rng.random(120) < 0.2)
    one = plan.build_projects(pipes, table, rules)
    mixed = pipes.sample(frac=1, random_state=seed)
    two = plan.build_projects(mixed, table.sample(frac=1, random_state=seed + 1), rules)
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")), pd.DataFrame(two.drop(columns="geometry"))
    )
    assert one.geometry.length.to_numpy() == pytest.approx(two.geometry.length.to_numpy())
    assert one.index.is_unique
    assert (one["length_m"] <= 3000).all()
    flat = one["pipe_ids"].explode()
    assert flat.is_unique
    assert set(table.index[table["must_renew"].to_numpy(bool)]) <= set(flat)


def test_inputs_stay_as_they_were(street, risk, rules):
    pipes, before = street([100, 100]), street([100, 100])
    table = risk(pipes, "major")
    plan.build_projects(pipes, table, rules)
    pd.testing.assert_frame_equal(pd.DataFrame(pipes), pd.DataFrame(before))
    pd.testing.assert_frame_equal(table, risk(before, "major"))


def test_an_abandoned_must_renew_pipe_is_told(street, risk, rules):
    pipes = street([100, 100], status=["abandoned", "in_service"])
    table = risk(pipes, "major", must=True)
    out = plan.build_projects(pipes, table, rules)
    assert members(out) == [("P0001",)]
    findings = plan.check_projects(pipes, table, out)
    assert [(f.id, f.check) for f in findings] == [("P0000", "must_renew_unplanned")]


def test_a_pipe_without_geometry_that_must_be_renewed_is_not_lost(street, risk, rules):
    pipes = street([100, 100])
    pipes.loc["P0000", "geometry"] = None
    out = plan.build_projects(pipes, risk(pipes, "major", must=True), rules)
    assert members(out) == [("P0000",), ("P0001",)]
    assert out.loc["R-P0000"].geometry.is_empty


def test_households_are_the_most_of_any_segment(street, risk, rules):
    pipes = street([100, 100])
    lost = pd.Series([30, 40], index=pipes.index)
    out = plan.build_projects(pipes, risk(pipes, "major"), rules, customers_lost=lost)
    assert out["households"].to_list() == [40]
    assert plan.build_projects(pipes, risk(pipes, "major"), rules)["households"].isna().all()


def test_nothing_to_renew(street, risk, rules):
    pipes = street([100])
    out = plan.build_projects(pipes, risk(pipes, "low"), rules)
    assert len(out) == 0
    assert {"pipe_ids", "mandatory", "geometry", "deadline_year"} <= set(out.columns)
    assert out.crs == pipes.crs
    assert len(plan.build_projects(pipes.iloc[:0], risk(pipes.iloc[:0], []), rules)) == 0


def test_bad_input_is_named(street, risk, rules):
    pipes = street([100])
    with pytest.raises(DataError, match="must_renew"):
        plan.build_projects(pipes, risk(pipes, "low").drop(columns="must_renew"), rules)
    with pytest.raises(CrsError, match="pipes"):
        plan.build_projects(pipes.set_crs(4326, allow_override=True), risk(pipes, "low"), rules)


def test_what_was_laid_lately_is_renewed_only_where_it_must_be(street, risk, rules):
    pipes = street([100, 100, 100, 100])
    pipes["install_year"] = pd.array([2017, 2018, pd.NA, 2025], dtype="Int64")
    table = risk(pipes, "major", must=[False, False, False, True], deadline=[None, None, None, "2027-12-31"])
    out = plan.build_projects(pipes, table, rules, first_year=2027)
    # ten years old, or of unknown age: by the grade; nine years old: not; two years old, but a must: renewed
    assert members(out) == [("P0000",), ("P0002",), ("P0003",)]
    assert out["mandatory"].tolist() == [False, False, True]
    assert members(plan.build_projects(pipes, table, rules)) == [("P0000", "P0001", "P0002"), ("P0003",)]


def test_where_it_is_not_known_whether_it_must_be_renewed_the_grade_of_young_pipe_counts(street, risk, rules):
    pipes = street([100])
    pipes["install_year"] = pd.array([2025], dtype="Int64")
    table = risk(pipes, "major", must=[pd.NA])
    assert members(plan.build_projects(pipes, table, rules, first_year=2027)) == [("P0000",)]
