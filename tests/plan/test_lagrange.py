"""The bound holds whatever the prices, and is that of the linear model at its prices."""

from __future__ import annotations

import numpy as np
import pytest

from gridrisk.plan.core import build_model
from gridrisk.plan.greedy import greedy
from gridrisk.plan.lagrange import Prices, evaluate
from gridrisk.plan.linear import linear
from gridrisk.plan.problem import build_problem, gain_of
from gridrisk.plan.solver import maximise


@pytest.fixture(scope="session")
def problem(projects, scenario):
    def build(seed, count=16, years=3, **keys):
        frame = projects(count, seed=seed, years=years).assign(mandatory=False)
        ids = frame.index.tolist()
        frame["after"] = [[ids[row - 1]] if row % 4 == 1 else [] for row in range(count)]
        total = float(frame["cost_yuan"].sum())
        sc = scenario(
            years=years,
            budget_yuan=round(total * 0.4 / years, 2),
            budget_by_payer_yuan={"city": round(float(frame["cost_city"].sum()) * 0.4 / years, 2)},
            crew_km=round(frame["length_m"].sum() * 0.5e-3 / years, 3),
            town_works=4,
            **{"town_share": 0.1, "mobilisation_shared": 0.8, **keys},
        )
        return build_problem(frame, sc)

    return build


def some_prices(p, seed):
    rng = np.random.default_rng(seed)
    scale = p.value.max() / 1e6
    return Prices(
        tuple(rng.uniform(0, scale, limit.most.shape) * (1 if limit.kind == "money" else 0.1) for limit in p.limits),
        tuple(rng.uniform(0, scale * 0.01, floor.least.shape) for floor in p.floors),
        rng.uniform(0, p.value.max() * 0.2, (len(p.order), len(p.years))),
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_bound_is_never_below_the_best_at_any_prices(seed, problem):
    p = problem(seed)
    model, _ = build_model(p)
    best = maximise(model, gap=0.0)
    assert best.x is not None
    optimum = float(model.gain @ best.x.round())
    for draw in range(20):
        assert evaluate(p, some_prices(p, draw)).total >= optimum * (1 - 1e-9)
    assert linear(p, greedy(p), time_limit_s=20).bound.total >= optimum * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_holds_by_quarters_too(seed, problem):
    p = problem(seed, count=8, years=2, quarters=True, town_share=None)
    model, _ = build_model(p)
    best = maximise(model, gap=0.0)
    optimum = float(model.gain @ best.x.round())
    for draw in range(20):
        assert evaluate(p, some_prices(p, draw)).total >= optimum * (1 - 1e-9)
    assert linear(p, greedy(p), time_limit_s=20).bound.total >= optimum * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_at_the_prices_of_the_linear_model_it_is_no_higher_than_that_model(seed, problem):
    p = problem(seed)
    model, _ = build_model(p)
    relaxed = maximise(model, relaxed=True)
    value = float(model.gain @ relaxed.x)
    bound = linear(p, greedy(p), time_limit_s=20).bound.total
    assert bound <= value * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_of_a_choice_is_true(seed, problem):
    # forcing a project into a year lowers the bound by just what was said
    p = problem(seed, count=12)
    prices = some_prices(p, seed)
    bound = evaluate(p, prices)
    for row in range(12):
        for year in np.flatnonzero(p.allowed[row]).tolist():
            allowed = p.allowed.copy()
            allowed[row] = np.arange(len(p.years)) == year
            forced = p.forced.copy()
            forced[row] = True
            parts = {name: getattr(p, name) for name in p.__slots__} | {"allowed": allowed, "forced": forced}
            assert evaluate(type(p)(**parts), prices).total == pytest.approx(bound.total - bound.loss[row, year])


def test_long_plans_have_a_true_bound_too(problem):
    # beyond six years the opening of corridors counts as free, which only raises the bound
    p = problem(1, count=40, years=8)
    chosen = greedy(p)
    assert (chosen >= 0).any()
    for draw in range(5):
        assert evaluate(p, some_prices(p, draw)).total >= gain_of(p, chosen) * (1 - 1e-9)


def test_what_is_taken_uses_up_the_limits(problem):
    p = problem(2)
    chosen = greedy(p)
    model, layout = build_model(p, taken=chosen)
    assert set(layout.project.tolist()) == set(np.flatnonzero(chosen < 0)) & set(layout.project.tolist())
    added = maximise(model, gap=0.0)
    assert added.x is not None
    whole, _ = build_model(p)
    best = maximise(whole, gap=0.0)
    assert gain_of(p, chosen) + float(model.gain @ added.x.round()) <= float(whole.gain @ best.x.round()) * (1 + 1e-9)
