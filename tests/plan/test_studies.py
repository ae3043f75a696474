"""Plans beside one another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridrisk import plan


@pytest.fixture(scope="module")
def frame(projects):
    out = projects(15, seed=4)
    out["no_dig_until"] = pd.Series(pd.NaT, index=out.index, dtype="datetime64[ms]")
    out["pipe_ids"] = [[f"{name}a", f"{name}b"] for name in out.index]
    return out


def test_compare_names_what_differs(frame, scenario):
    poor = plan.schedule(frame.assign(mandatory=False), scenario(budget_yuan=20_000))
    rich = plan.schedule(frame.assign(mandatory=False), scenario(budget_yuan=1e9))
    sums, differing = plan.compare({"poor": poor, "rich": rich})
    assert sums.loc["rich", "risk_removed"] > sums.loc["poor", "risk_removed"]
    assert sums.loc["rich", "projects"] == 15
    assert set(differing.index) == set(frame.index[(poor.assignment != rich.assignment).to_numpy()])


def test_more_money_never_removes_less_and_no_list_removes_more(frame, scenario):
    steps = []
    table = plan.frontier(
        frame,
        scenario(budget_yuan=1.0),
        age=pd.Series(np.arange(15), index=frame.index),
        shares=[0.0, 0.1, 0.3, 0.6, 1.0],
        tell=lambda step, of: steps.append((step, of)),
    )
    assert steps == [(i, 5) for i in range(5)]
    assert table["status"].to_list() == ["optimal"] * 5
    assert table["risk_removed"].is_monotonic_increasing
    assert (table["cost_yuan"] <= table["budget_yuan"]).all()
    for name in ("greedy", "worst_first", "by_age"):
        assert (table[name] <= table["risk_removed"] * (1 + 1e-9)).all()


def test_sure_likelihoods_leave_the_plan_as_it_is(frame, scenario):
    pipes = frame["pipe_ids"].explode()
    risk = pd.Series(frame["risk"].reindex(pipes.index).to_numpy() / 2, index=pipes.to_numpy())
    segments = pd.DataFrame({"risk": risk, "failures_per_km_year_low": 1.0, "failures_per_km_year_high": 1.0})
    case = scenario(budget_yuan=round(frame["cost_yuan"].sum() / 8, 2))
    free = frame.assign(mandatory=False)
    sure = plan.robustness(free, case, segments=segments, draws=2, seed=1)
    assert sure["share_in"].isin([0.0, 1.0]).all()
    vague = plan.robustness(free, case, segments=segments.assign(failures_per_km_year_high=20.0), draws=5, seed=1)
    assert ((vague["share_in"] > 0) & (vague["share_in"] < 1)).any()
    again = plan.robustness(free, case, segments=segments.assign(failures_per_km_year_high=20.0), draws=5, seed=1)
    pd.testing.assert_frame_equal(vague, again)


def test_planning_again_with_the_same_facts_changes_nothing(frame, scenario):
    case = scenario(budget_yuan=round(frame["cost_yuan"].sum() / 8, 2))
    free = frame.assign(mandatory=False)
    first = plan.schedule(free, case)
    again = plan.schedule(free.assign(former_year=first.assignment), case)
    pd.testing.assert_series_equal(first.assignment, again.assignment)


def test_small_news_moves_less_when_changes_count(frame, scenario):
    free = frame.assign(mandatory=False)
    money = round(frame["cost_yuan"].sum() / 8, 2)
    first = plan.schedule(free, scenario(budget_yuan=money))
    news = free.assign(risk=free["risk"] * np.random.default_rng(2).uniform(0.97, 1.03, len(free)))
    kept = news.assign(former_year=first.assignment)
    calm = plan.schedule(kept, scenario(budget_yuan=money, change_cost=0.2))
    jumpy = plan.schedule(kept, scenario(budget_yuan=money, change_cost=0.0))
    moved = [(made.assignment != first.assignment).sum() for made in (calm, jumpy)]
    assert moved[0] <= moved[1]
    assert moved[0] <= 1
