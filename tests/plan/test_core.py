"""The rows of the model are tight: a project opens its street once, whatever the quarters."""

from __future__ import annotations

import numpy as np
import pytest

from gridrisk.plan.core import build_model
from gridrisk.plan.greedy import greedy
from gridrisk.plan.linear import linear
from gridrisk.plan.problem import build_problem
from gridrisk.plan.solver import maximise


@pytest.mark.parametrize("seed", range(3))
def test_quarters_of_a_year_share_the_opening_of_a_street(seed, projects, scenario):
    frame = projects(12, seed=seed, years=2).assign(mandatory=False, place="S1")
    money = round(float(frame["cost_yuan"].sum()) * 0.2, 2)
    p = build_problem(frame, scenario(years=2, budget_yuan=money, quarters=True, mobilisation_shared=1.0, crew_km=0.3))
    model, layout = build_model(p)
    answer = maximise(model, relaxed=True)
    x, y = answer.x[: len(layout.project)], answer.x[len(layout.project) :]
    assert ((x > 1e-6) & (x < 1 - 1e-6)).any(), "some project is built in part, so the rows are asked"
    year = p.periods.place[layout.year]
    for corridor, opened, share in zip(layout.corridor, layout.corridor_year, y, strict=True):
        inside = (p.corridors.number[layout.project] == corridor) & (year == opened)
        built = np.bincount(layout.project[inside], weights=x[inside], minlength=len(p.ids))
        assert built.max() <= share + 1e-7
    # one row a project and year, and so the model is no looser than the streets solved one by one
    pairs = {(int(i), int(t)) for i, t in zip(layout.project, year, strict=True) if p.corridors.number[i] >= 0}
    assert layout.first_order_row - layout.first_link_row == len(pairs)
    bound = linear(p, greedy(p), time_limit_s=20).bound.total
    assert answer.bound == pytest.approx(bound, rel=0.02)
