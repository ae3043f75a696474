"""Projects that wait for others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridrisk import plan
from gridrisk.errors import ParameterError
from gridrisk.plan.order import order_of, pass_on


def waiting(**after):
    names = sorted({*after, *(first for firsts in after.values() for first in firsts)})
    return pd.DataFrame({"after": [after.get(name, []) for name in names]}, index=pd.Index(names, name="project_id"))


def test_pairs_come_in_an_order_in_which_each_may_be_passed_on():
    made = order_of(waiting(a=["b"], b=["c"]), 0)
    assert list(zip(made.first.tolist(), made.then.tolist(), strict=True)) == [(2, 1), (1, 0)]
    assert len(order_of(pd.DataFrame(index=["x"]), 0)) == 0


def test_a_circle_and_an_unknown_project_are_named():
    with pytest.raises(ParameterError, match="in a circle: "):
        order_of(waiting(a=["b"], b=["a"]), 0)
    with pytest.raises(ParameterError, match="no project z"):
        order_of(pd.DataFrame({"after": [["z"]]}, index=["a"]), 0)


def test_duties_and_closed_years_are_passed_on():
    # c waits for b, b for a; c must be built by the second period, a is closed in the first
    order = order_of(waiting(b=["a"], c=["b"]), 0)
    allowed = np.ones((3, 3), dtype=bool)
    in_time = np.ones((3, 3), dtype=bool)
    allowed[0, 0] = False
    in_time[2, 2] = allowed[2, 2] = False
    allowed, in_time, forced = pass_on(order, allowed, in_time, np.array([False, False, True]))
    assert forced.all()
    assert allowed.tolist() == [[False, True, False]] * 3
    assert in_time.tolist() == [[True, True, False]] * 3


@pytest.fixture
def pair(projects):
    frame = projects(2, seed=1).assign(
        mandatory=[False, True],
        risk=[0.0, 1.0],
        works_year=pd.array([pd.NA] * 2, dtype="Int64"),
        deadline_year=pd.array([pd.NA, 2027], dtype="Int64"),
    )
    frame["no_dig_until"] = pd.to_datetime(pd.Series([None, None], index=frame.index)).astype("datetime64[ms]")
    frame["after"] = [[], ["R-0000"]]
    return frame


def test_what_a_duty_waits_for_is_built_though_it_removes_nothing(pair, scenario):
    made = plan.schedule(pair, scenario(years=3, budget_yuan=1e9))
    assert made.assignment.to_list() == [2026, 2026]
    assert "R-0001, which must be renewed, waits for it" in str(made.reasons["R-0000"])
    made = plan.schedule(pair, scenario(years=3, budget_yuan=1e9, quarters=True))
    assert made.quarter.to_list() == [1, 2]
    assert "as soon as R-0000 is built, for which it waits" in str(made.reasons["R-0001"])


def test_a_duty_that_waits_for_a_closed_road_is_named(pair, scenario):
    pair["no_dig_until"] = pd.to_datetime(pd.Series(["2027-12-31", None], index=pair.index)).astype("datetime64[ms]")
    made = plan.schedule(pair, scenario(years=3, budget_yuan=1e9))
    assert made.status == "infeasible"
    assert made.relaxation.closed == ("R-0000",)
    assert made.relaxation.blocked == ("R-0001",)
    assert any("waits for cannot be built in time" in str(text) for text in made.relaxation.messages())
    assert made.to_dict()["relaxation"]["blocked"] == ["R-0001"]


def test_what_waits_for_a_project_that_is_left_out_is_left_out_with_its_reason(pair, scenario):
    frame = pair.assign(mandatory=False, cost_yuan=[100.0, 1.0], excluded=[True, False])
    made = plan.schedule(frame, scenario(years=2, budget_yuan=1e9))
    assert made.assignment.to_list() == [0, 0]
    assert "it waits for R-0000, which is not built in time" in str(made.reasons["R-0001"])


def test_the_independent_look_finds_a_broken_sequence(pair, scenario):
    frame, sc = pair.assign(mandatory=False, risk=1.0), scenario(years=2, budget_yuan=1e9)
    made = plan.schedule(frame, sc)
    assert plan.verify(frame, made, sc) == []
    made.assignment["R-0000"] = 2027
    assert "R-0001 is planned before R-0000" in str(plan.verify(frame, made, sc)[0])
