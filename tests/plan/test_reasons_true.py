"""What the reasons claim, held against the plan: room that is not there, sums that are enough, dates that pass."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gridrisk import plan
from gridrisk.plan.greedy import Room
from gridrisk.plan.problem import build_problem, used

MORE = re.compile(r"([\d,]+) yuan(?: and [\d.,]+ km of crews)? more in (\d{4})$")


@pytest.fixture(scope="module", params=range(4))
def made(request, projects, scenario):
    seed = request.param
    frame = projects(150, seed=seed)
    rng = np.random.default_rng(seed)
    frame["place"] = [f"S{i}" for i in rng.integers(0, 60, len(frame))]
    total = float(frame["cost_yuan"].sum())
    must = float(frame.loc[frame["mandatory"], "cost_yuan"].sum())
    keys = {"budget_yuan": round(must + total * 0.08, 2), "no_dig_exception": True, "gap": 0.002}
    if seed % 2:
        keys |= {"crew_km": round(frame["length_m"].sum() * 0.12e-3, 3), "mobilisation_shared": 0.7}
    sc = scenario(years=3, **keys)
    answer = plan.schedule(frame, sc, time_limit_s=10)
    assert answer.status in {"optimal", "feasible"}
    return answer, build_problem(frame, sc)


def test_no_reason_claims_what_is_not_so(made):
    answer, p = made
    year = answer.assignment.reindex(p.ids).to_numpy(dtype=int)
    chosen = np.where(year > 0, year - p.years[0], -1)
    room = Room(p, chosen)
    checked = 0
    for row, text in enumerate(str(answer.reasons[key]) for key in p.ids):
        if "the years before are full" in text:
            room.move(row, int(chosen[row]), -1)
            assert not any(room.fits(row, earlier) for earlier in range(chosen[row])), text
            room.move(row, int(chosen[row]), 1)
            checked += 1
        if "near miss" in text or "it would take" in text:
            assert not any(room.fits(row, period) for period in range(len(p.years))), text
            checked += 1
        if "a year later would be too late" in text:
            assert p.due[row] == year[row], text
        if "as early as possible" in text:
            assert chosen[row] == 0, text
    assert checked > 20


def test_the_money_that_it_would_take_is_enough(made):
    answer, p = made
    year = answer.assignment.reindex(p.ids).to_numpy(dtype=int)
    chosen = np.where(year > 0, year - p.years[0], -1)
    total = next(limit for limit in p.limits if limit.name == "total")
    checked = 0
    for row, text in enumerate(str(answer.reasons[key]) for key in p.ids):
        found = MORE.search(text)
        if found is None:
            continue
        period = int(found[2]) - int(p.years[0])
        with_it = chosen.copy()
        with_it[row] = period
        lacking = int((used(p, total, with_it) - total.most)[0, period])
        assert 0 < lacking <= int(found[1].replace(",", "")) * 100 < lacking + 100, text
        checked += 1
    assert checked > 5 or len(p.limits) > 1, "where only money is scarce, money is what it would take"
