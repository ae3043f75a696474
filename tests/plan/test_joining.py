"""Neighbours that are cheaper to renew now than to leave: by hand, and what always holds."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from gridrisk import params, plan
from gridrisk.layers import schema
from gridrisk.plan import joining

#: Yuan a metre of the streets below: DN150 low pressure as PE 160, 430 + 400 + 480, with 8 % overhead.
METRE = 1.08 * 1310
#: Works of their own: 30,000 fixed and 5 m of surface at 480, with overhead.
SEPARATE = 1.08 * (30_000 + 5 * 480)
Q = 1.02 / 1.035
#: The rule without money for risk, and what must be renewed may be as little as it likes.
MONEY = {"risk_yuan": 0.0, "least_must_share": 0.0}


@pytest.fixture(scope="module")
def leaving(rules, prices):
    def make(pipes, **numbers):
        made = plan.Leaving.of(rules, prices, plan.renewal_yuan(pipes, prices), plan.line_stop_yuan(pipes, prices))
        fields = {name: getattr(made, name) for name in made.__slots__}
        return plan.Leaving(**{**fields, **numbers})

    return make


def members(projects):
    return sorted(tuple(ids) for ids in projects["pipe_ids"])


def test_the_numbers_are_those_of_the_files(street, leaving):
    terms = leaving(street([100, 10]))
    assert terms.renewal_yuan.to_list() == pytest.approx([100 * METRE, 10 * METRE])
    assert terms.fixed_yuan["municipal"] == pytest.approx(SEPARATE) == 34_992
    assert (terms.interest, terms.price_index) == (0.035, 0.02)


def test_worth_of_later_by_hand(street, leaving):
    terms = leaving(street([1]), interest=0.1, price_index=0.1, risk_yuan=1000.0)
    # prices rise as fast as interest: putting off saves nothing, and 2 years of risk count 1 + 1/1.1
    assert terms.gain(np.array([500.0]), np.array([2.0]), np.array([2.0])) == pytest.approx([2000 * (1 + 1 / 1.1)])
    terms = leaving(street([1]), interest=0.25, price_index=0.0, risk_yuan=0.0)
    # q = 0.8: two years put off a cost of 100 to 64
    assert terms.gain(np.array([100.0]), np.array([9.0]), np.array([2.0])) == pytest.approx([-36.0])
    # no date: nothing is paid later, and no risk is counted
    assert terms.gain(np.array([100.0]), np.array([9.0]), np.array([np.nan])).tolist() == [-100.0]
    assert leaving(street([1]), interest=0.0).annuity(np.array([7.0])).tolist() == [7.0]


def test_a_gap_joins_up_to_the_length_that_pays(street, risk, rules, leaving):
    # C (1 − q³⁰) = S q³⁰ + S  →  57,574 / (0.35465 · 1,414.8) = 114.7 m
    limit = SEPARATE * (1 + Q**30) / (METRE * (1 - Q**30))
    assert limit == pytest.approx(114.7, abs=0.1)
    for gap, joins in ((114, True), (116, False)):
        pipes = street([100, gap, 100])
        out = plan.build_projects(pipes, risk(pipes, ["major", "low", "major"]), rules, leaving=leaving(pipes, **MONEY))
        assert (len(out) == 1) == joins
    pipes = street([100, 35, 100])
    out = plan.build_projects(pipes, risk(pipes, ["major", "low", "major"]), rules, leaving=leaving(pipes, **MONEY))
    assert out["joined_ids"].to_list() == [["P0001"]]
    assert out["joined_m"].to_list() == [35.0]
    assert out["joined_saving_yuan"].to_list() == pytest.approx([40_012.45], abs=0.01)


def test_a_gap_of_unknown_grade_joins_only_where_it_pays_at_once(street, risk, rules, leaving):
    # 34,992 yuan of mobilisation saved pay for 24.7 m
    for gap, joins in ((24, True), (26, False)):
        pipes = street([100, gap, 100])
        out = plan.build_projects(pipes, risk(pipes, ["major", None, "major"]), rules, leaving=leaving(pipes))
        assert (len(out) == 1) == joins


def test_a_neighbour_joins_what_must_be_renewed_up_to_the_length_that_pays(street, risk, rules, leaving):
    # general, 10 years: S q¹⁰ / (METRE (1 − q¹⁰)) = 30,239 / 192.2 = 157.4 m
    limit = SEPARATE * Q**10 / (METRE * (1 - Q**10))
    assert limit == pytest.approx(157.4, abs=0.1)
    for length, joins in ((157, True), (158, False)):
        pipes = street([300, length])
        table = risk(pipes, "general", must=[True, False])
        assert (len(plan.build_projects(pipes, table, rules, leaving=leaving(pipes, **MONEY))) == 1) == joins
        # what need not be renewed gathers no neighbours
        other = risk(pipes, ["major", "low"])
        assert members(plan.build_projects(pipes, other, rules, leaving=leaving(pipes, **MONEY))) == [("P0000",)]


def test_risk_makes_a_longer_neighbour_join(street, risk, rules, leaving):
    pipes = street([300, 200])
    table = risk(pipes, "general", must=[True, False], risk=0.01)
    assert len(plan.build_projects(pipes, table, rules, leaving=leaving(pipes, **MONEY))) == 2
    out = plan.build_projects(pipes, table, rules, leaving=leaving(pipes))
    annuity = sum(1.035**-year for year in range(10))
    saving = 0.01 * 1_000_000 * annuity - 200 * METRE * (1 - Q**10) + SEPARATE * Q**10
    assert out["joined_saving_yuan"].to_list() == pytest.approx([saving], abs=0.01)


def test_neighbours_do_not_outweigh_what_must_be_renewed(street, risk, rules, leaving):
    pipes = street([100, 110])
    table = risk(pipes, "general", must=[True, False])
    assert members(plan.build_projects(pipes, table, rules, leaving=leaving(pipes))) == [("P0000",), ("P0001",)]
    pipes = street([60, 130, 60])
    table = risk(pipes, "general", must=[True, False, True])
    assert len(plan.build_projects(pipes, table, rules, leaving=leaving(pipes))) == 3
    # unless that pays at once
    pipes = street([8, 24, 8])
    assert (
        len(plan.build_projects(pipes, risk(pipes, "general", must=[True, False, True]), rules, leaving=leaving(pipes)))
        == 1
    )


def test_no_run_joins_beyond_the_greatest_length_or_across_streets(street, risk, rules, leaving):
    pipes = street([2950, 60])
    table = risk(pipes, "larger", must=[True, False])
    assert len(plan.build_projects(pipes, table, rules, leaving=leaving(pipes))) == 2
    pipes = street([300, 60], road=["人民路", "中山路"])
    assert len(plan.build_projects(pipes, table, rules, leaving=leaving(pipes))) == 2


def test_a_second_way_between_two_pieces_saves_no_second_mobilisation(leaving, street):
    # two pieces, 0–1–2 and 3–4–5, and a run of 100 m from 0 to 3 and from 2 to 5: either would pay, both do not
    nodes = np.array([[0, 1], [1, 2], [3, 4], [4, 5], [0, 3], [2, 5]])
    pipes = street([100] * 6)
    segments = pd.DataFrame(
        {
            "group": 0,
            "setting": "municipal",
            "place": "r:x",
            "length_m": 100.0,
            "risk": 0.0,
            "grade": ["major"] * 4 + ["low"] * 2,
        },
        index=pipes.index,
    )
    condition = np.array([joining.MAY] * 4 + [joining.NONE] * 2)
    got, saved = joining.join(segments, nodes, condition, leaving(pipes, **MONEY), 3000.0)
    assert got.tolist() == [joining.MAY] * 5 + [joining.NONE]
    assert saved[4] == pytest.approx(SEPARATE * (1 + Q**30) - 100 * METRE * (1 - Q**30))
    assert np.isnan(saved[[0, 1, 2, 3, 5]]).all()


@st.composite
def cities(draw):
    count = draw(st.integers(2, 24))
    lengths = draw(st.lists(st.integers(5, 900), min_size=count, max_size=count))
    grades = draw(st.lists(st.sampled_from(["major", "general", "low", None]), min_size=count, max_size=count))
    must = draw(st.lists(st.sampled_from([True, False, False, None]), min_size=count, max_size=count))
    sectors = draw(st.lists(st.sampled_from([0, 1, 2, None]), min_size=count, max_size=count))
    yard = draw(st.integers(0, count))
    return lengths, grades, must, sectors, yard, draw(st.integers(0, 9))


@settings(max_examples=25, deadline=None)
@given(cities())
def test_what_always_holds(street, risk, rules, leaving, city):
    lengths, grades, must, sectors, yard, seed = city
    setting = ["courtyard"] * yard + ["municipal"] * (len(lengths) - yard)
    pipes = street(lengths, setting=setting)
    edge = float(sum(lengths[:yard]))
    areas = gpd.GeoDataFrame({"community_id": ["C"], "name": ["苑"]}, geometry=[box(-1, -1, edge, 1)], crs=pipes.crs)
    areas = schema.complete(areas, "communities")
    table = risk(pipes, grades, must=must, risk=0.002)
    valves = pd.Series(sectors, index=pipes.index, dtype="float64")
    terms = leaving(pipes)
    out = plan.build_projects(pipes, table, rules, communities=areas, leaving=terms, sectors=valves)
    of = out["pipe_ids"].explode()
    # every must is in one project, and no segment in two
    assert of.is_unique
    assert set(table.index[table["must_renew"].fillna(False).to_numpy(bool)]) <= set(of)
    # never longer than allowed, but for a single segment
    assert all(row["length_m"] <= 3000 or len(row["pipe_ids"]) == 1 for _, row in out.iterrows())
    # a courtyard is one project of its musts and at most one of the rest
    own = out[out["community_id"].notna()]
    if own["length_m"].sum() <= 3000:
        assert own["mandatory"].is_unique
    # what is named as joined need not be renewed and is in the project
    for _, row in out.iterrows():
        assert set(row["joined_ids"]) <= set(row["pipe_ids"])
        assert not table.loc[row["joined_ids"], "must_renew"].fillna(False).any()
    order = np.random.default_rng(seed).permutation(len(pipes))
    mixed = plan.build_projects(
        pipes.iloc[order], table.iloc[order[::-1]], rules, communities=areas, leaving=terms, sectors=valves.iloc[order]
    )
    pd.testing.assert_frame_equal(
        pd.DataFrame(out.drop(columns="geometry")), pd.DataFrame(mixed.drop(columns="geometry"))
    )


def test_the_files_give_every_number(rules):
    assert params.load("plan").number("joint_m") == rules.number("joint_m") == 5
