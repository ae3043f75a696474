"""A very large plan in parts: they share nothing local, and what comes of them is true for the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridrisk.plan import linear as stages
from gridrisk.plan import parts as pieces
from gridrisk.plan.greedy import greedy
from gridrisk.plan.linear import linear
from gridrisk.plan.problem import build_problem, gain_of, keeps_all, used
from gridrisk.plan.search import search


@pytest.fixture(scope="session")
def towns(projects, scenario):
    def build(count=900, seed=3, **keys):
        frame = projects(count, seed=seed).assign(mandatory=False)
        rng = np.random.default_rng(seed)
        town = rng.integers(0, 12, count)
        frame["town_id"] = [f"T{t}" for t in town]
        frame["place"] = [f"S{t}-{i}" for t, i in zip(town, rng.integers(0, count // 40, count), strict=True)]
        sc = scenario(
            budget_yuan=round(float(frame["cost_yuan"].sum()) * 0.06, 2),
            crew_km=round(frame["length_m"].sum() * 0.07e-3, 3),
            mobilisation_shared=0.7,
            town_works=2,
            **{"gap": 0.01, **keys},
        )
        return build_problem(frame, sc)

    return build


def test_a_plan_in_parts_comes_close_to_the_whole_and_its_bound_is_true(towns, monkeypatch):
    p = towns()
    whole = search(p, gap=0.002, time_limit_s=20)
    bound = linear(p, greedy(p), time_limit_s=20).bound.total
    monkeypatch.setattr(stages, "_WHOLE", 500)
    monkeypatch.setattr(pieces, "_SAMPLE", 400)
    monkeypatch.setattr(pieces, "_PART", 200)
    called = []
    monkeypatch.setattr(stages, "_by_parts", lambda *a, real=stages._by_parts: called.append(True) or real(*a))
    found = search(p, gap=0.03, time_limit_s=20)
    assert called, "the towns' limits bind, so the parts are asked"
    assert keeps_all(p, found.chosen)
    assert gain_of(p, whole.chosen) <= found.bound * (1 + 1e-9)
    assert bound * (1 - 1e-9) <= found.bound <= bound * 1.05
    assert gain_of(p, found.chosen) >= gain_of(p, whole.chosen) * 0.97


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), most=st.integers(1, 300))
def test_parts_hold_every_project_once_and_share_no_town_and_no_corridor(towns, seed, most):
    p = towns(120, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_PART", most)
        parts = pieces.parts(p)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(p.ids)))
    part = np.zeros(len(p.ids), dtype=int)
    for number, rows in enumerate(parts):
        part[rows] = number
    town = next(limit.group for limit in p.limits if limit.name == "town_works")
    for of in (town, p.corridors.number):
        for group in set(of[of >= 0].tolist()):
            assert len(set(part[of == group].tolist())) == 1


def test_the_shares_of_the_parts_are_no_more_than_the_whole(towns, monkeypatch):
    p = towns()
    monkeypatch.setattr(pieces, "_PART", 200)
    start = greedy(p)
    parts = [pieces.split(p, rows, start) for rows in pieces.parts(p)]
    assert len(parts) > 2
    for number, limit in enumerate(p.limits):
        if len(limit.groups) > 1:
            continue
        total = sum(part.limits[number].most for part in parts)
        assert (total <= limit.most).all()
        assert (total >= limit.most - len(parts)).all()
        assert used(p, limit, start).sum() > 0


def test_limits_of_towns_that_do_not_bind_need_no_parts(towns):
    p = towns(town_share=0.0)
    prices = pieces.spread(p, stages._solve(pieces.sample(p), pieces.sample(p).allowed, None, 20).prices)
    assert [price.shape for price in prices.limits] == [limit.most.shape for limit in p.limits]
    assert pieces.locally_scarce(p, prices)
    free = tuple(np.zeros_like(price) if len(price) > 1 else price for price in prices.limits)
    assert not pieces.locally_scarce(p, type(prices)(free, prices.floors, prices.order))
