"""The plan made at once."""

from __future__ import annotations

import numpy as np
import pytest

from gridrisk.plan.greedy import greedy, polish
from gridrisk.plan.problem import build_problem, used


@pytest.fixture(scope="session")
def problem(projects, scenario):
    def build(seed, share=0.4):
        frame = projects(40, seed=seed)
        return build_problem(
            frame, scenario(years=3, budget_yuan=round(frame["cost_yuan"].sum() * share / 3, 2), crew_km=4.0)
        )

    return build


def worth(problem, chosen):
    rows = np.flatnonzero(chosen >= 0)
    return problem.value[rows, chosen[rows]].sum()


@pytest.mark.parametrize("seed", range(10))
def test_no_limit_deadline_or_closed_year_is_broken(seed, problem):
    p = problem(seed)
    for chosen in (greedy(p), greedy(p, np.random.default_rng(seed).random(p.value.shape))):
        rows = np.flatnonzero(chosen >= 0)
        assert p.allowed[rows, chosen[rows]].all()
        assert all((used(p, limit, chosen) <= limit.most).all() for limit in p.limits)


@pytest.mark.parametrize("seed", range(10))
def test_polish_only_gains_and_leaves_no_room_unused(seed, problem):
    p = problem(seed)
    first = greedy(p)
    first[::3] = np.where(p.forced[::3], first[::3], -1)
    second = polish(p, first)
    assert worth(p, second) >= worth(p, first)
    assert (second[p.forced] >= 0).sum() == (first[p.forced] >= 0).sum()
    assert all((used(p, limit, second) <= limit.most).all() for limit in p.limits)
    assert worth(p, polish(p, second)) >= worth(p, second)


def test_with_plenty_of_money_everything_is_built_as_early_as_it_may(problem):
    p = problem(1, share=9.0)
    p = type(p)(**{**{name: getattr(p, name) for name in p.__slots__}, "limits": p.limits[:1]})
    chosen = greedy(p)
    reachable = p.allowed.any(axis=1)
    assert (chosen[reachable] == p.allowed[reachable].argmax(axis=1)).all()
    assert (chosen[~reachable] == -1).all()


def test_another_merit_changes_who_comes_first(problem):
    p = problem(2, share=0.1)
    by_risk = greedy(p, merit=p.base)
    assert worth(p, by_risk) > 0
    assert (by_risk != greedy(p)).any()
