"""Methane sensors: the risk they watch, against enumeration and by hand."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely.geometry import LineString, Point

from gridrisk import params
from gridrisk.features.watch import sensor_spots, watched_stretches
from gridrisk.risk.siting import Pieces, escape_risk, pieces, site
from gridrisk.risk.terms import HARM, IGNITION

PRESSURE, AROUND = params.load("standards/pressure"), params.load("standards/surroundings")
HARMS = params.load("consequence/default")


def spots_named(count):
    return pd.Index([f"s{i}" for i in range(count)], name="spot_id")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7), st.integers(1, 12), st.integers(0, 5))
def test_no_other_set_watches_more(seed, spots, size, count):
    random = np.random.default_rng(seed)
    near = (random.random((spots, size)) < 0.4).astype(float)
    near[random.integers(0, spots, size), np.arange(size)] = 1.0
    risk, existing = random.gamma(1.0, 1.0, size), random.random(spots) < 0.2
    found = site(Pieces(risk, csr_array(near)), spots_named(spots), existing, count)

    def watched(chosen):
        rows = [*np.flatnonzero(existing), *chosen]
        return float(risk[near[rows].any(axis=0)].sum()) if rows else 0.0

    free = np.flatnonzero(~existing)
    best = max(watched(some) for some in combinations(free, min(count, len(free))))
    assert found.watched * found.total == pytest.approx(best)
    assert found.bound >= found.watched - 1e-9
    assert found.already * found.total == pytest.approx(watched([]))
    chosen = found.spots[found.spots["chosen"]]
    assert len(chosen) <= count
    assert not chosen["existing"].any()
    assert chosen["added_risk"].sum() == pytest.approx(best - watched([]))
    # put up one after the other, none adds more than the one before it
    assert (np.diff(chosen["added_risk"].to_numpy()) <= 1e-9).all()
    assert found.curve["share"].is_monotonic_increasing


def test_overlapping_stretches_count_once():
    # one pipe: s0 is near 0–20 m and crosses it, s1 near 10–30 m
    stretches = pd.DataFrame(
        {
            "pipe_id": ["p", "p"],
            "spot_id": ["s0", "s1"],
            "from_m": [0.0, 10.0],
            "to_m": [20.0, 30.0],
            "crossing": [True, False],
        }
    )
    per_m = pd.DataFrame({"near": [1.0], "crossing": [3.0]}, index=["p"])
    found = pieces(stretches, spots_named(2), per_m)
    # 0–10 and 10–20 beside the space that is crossed: 3 a metre; 20–30: 1
    assert sorted(found.risk.tolist()) == pytest.approx([10.0, 30.0, 30.0])
    both = site(found, spots_named(2), np.array([False, False]), 1)
    assert both.total == pytest.approx(70.0)
    assert both.spots["watched_risk"].to_dict() == pytest.approx({"s0": 60.0, "s1": 40.0})
    assert both.spots.index[both.spots["chosen"]].tolist() == ["s0"]
    one = site(found, spots_named(2), np.array([True, False]), 5)
    assert one.already == pytest.approx(60 / 70)
    assert one.spots.loc["s1", ["watched_already", "added_risk"]].tolist() == pytest.approx([0.75, 10.0])


def test_the_best_set_need_not_hold_the_best_one():
    # the widest spot overlaps both others, which together watch all
    near = csr_array(np.array([[1.0, 1, 1, 0, 0], [0, 0, 1, 1, 0], [1, 1, 0, 0, 1]]))
    risk = np.array([2.0, 2.0, 2.0, 3.0, 1.0])
    found = site(Pieces(risk, near), spots_named(3), np.zeros(3, dtype=bool), 2)
    assert found.watched == pytest.approx(1.0)
    assert set(found.spots.index[found.spots["chosen"]]) == {"s1", "s2"}


def scores_of(**terms):
    values = {term.column: term.neutral for term in (*IGNITION, *HARM)} | {"failures_per_km_year": 2.0}
    return pd.DataFrame(values | {f"term_{name}": value for name, value in terms.items()}, index=["p"])


def test_risk_beside_a_space_by_hand():
    found = escape_risk(scores_of(ignition=0.01, gather_void=1.9, gather_basement=2.0, people=30.0), HARMS).loc["p"]
    # 2 / 1000 m · 0.01 · 2 · 30 people · 1.3 near, 4 where it is crossed; the mean along the segment does not count
    assert found.tolist() == pytest.approx([0.002 * 0.01 * 2 * 30 * 1.3, 0.002 * 0.01 * 2 * 30 * 4.0])
    # the chance has a ceiling
    top = escape_risk(scores_of(ignition=0.4, people=30.0), HARMS).loc["p"]
    assert top["crossing"] == pytest.approx(0.002 * 0.5 * 30)


def pipes_of(*lines):
    return gpd.GeoDataFrame(
        {
            "material": pd.array(["pe"] * len(lines), dtype="str"),
            "diameter_mm": pd.array([100.0] * len(lines), dtype="Float64"),
            "pressure_class": pd.array(["low"] * len(lines), dtype="str"),
            "setting": pd.array(["municipal"] * len(lines), dtype="str"),
            "laying": pd.array(["direct"] * len(lines), dtype="str"),
            "mop_kpa": pd.array([pd.NA] * len(lines), dtype="Float64"),
        },
        geometry=list(lines),
        index=pd.Index([f"p{i}" for i in range(len(lines))], name="pipe_id"),
        crs="EPSG:4548",
    )


def voids_of(*shapes, kind="manhole"):
    return gpd.GeoDataFrame(
        {"kind": pd.array([kind] * len(shapes), dtype="str")},
        geometry=list(shapes),
        index=pd.Index([f"v{i}" for i in range(len(shapes))], name="void_id"),
        crs="EPSG:4548",
    )


def test_stretches_by_hand():
    # a manhole (half a metre) 3 m beside the axis: gas reaches it from 5 m round it and the pipe's 5 cm
    spots = sensor_spots(voids_of(Point(50, 3), Point(500, 500)), span_m=100)
    found = watched_stretches(pipes_of(LineString([(0, 0), (100, 0)])), spots, PRESSURE, AROUND)
    half = np.sqrt(5.55**2 - 9)
    assert found[["pipe_id", "spot_id"]].to_numpy().tolist() == [["p0", "v0"]]
    assert found[["from_m", "to_m"]].to_numpy()[0] == pytest.approx([50 - half, 50 + half], abs=0.02)
    assert not found["crossing"].any()


def test_a_pipe_that_comes_back_is_watched_twice():
    line = LineString([(0, 0), (100, 0), (100, 80), (0, 80), (0, 4)])
    found = watched_stretches(pipes_of(line), sensor_spots(voids_of(Point(0, 2)), span_m=100), PRESSURE, AROUND)
    assert len(found) == 2


def test_long_lines_are_cut():
    drain = LineString([(0, 0), (250, 0)])
    spots = sensor_spots(voids_of(drain, Point(0, 9), kind="drain"), span_m=100)
    assert spots.index.tolist() == ["v0#1", "v0#2", "v0#3", "v1"]
    assert spots.length.tolist() == pytest.approx([250 / 3] * 3 + [0.0])
    found = watched_stretches(pipes_of(LineString([(40, -20), (40, 20)])), spots, PRESSURE, AROUND)
    assert found["spot_id"].tolist() == ["v0#1"]
    assert found["crossing"].all()


def test_nothing_near_is_nothing_to_watch():
    spots = sensor_spots(voids_of(Point(0, 99)), span_m=100)
    found = watched_stretches(pipes_of(LineString([(0, 0), (100, 0)])), spots, PRESSURE, AROUND)
    per_m = pd.DataFrame({"near": [1.0], "crossing": [1.0]}, index=["p0"])
    sited = site(pieces(found, spots.index, per_m), spots.index, np.array([False]), 3)
    assert (sited.total, sited.watched, sited.bound) == (0.0, 0.0, 0.0)
    assert not sited.spots["chosen"].any()
