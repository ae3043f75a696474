"""What is missing where must-renew work does not fit: against enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from gridrisk import plan


def no_dates(frame):
    return frame.assign(
        works_year=pd.array([pd.NA] * len(frame), dtype="Int64"),
        no_dig_until=pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]"),
    )


def test_the_shortfall_is_exact_to_the_fen(projects, scenario):
    # 300.07 and 200.05 both due in 2026 with 400.00 there: 100.12 are missing
    frame = no_dates(projects(2)).assign(
        mandatory=True, deadline_year=pd.array([2026, 2026], dtype="Int64"), cost_yuan=[300.07, 200.05]
    )
    answer = plan.schedule(frame, scenario(years=2, budget_yuan=[400.0, 9999.0]))
    assert answer.status == "infeasible"
    assert (answer.assignment == 0).all()
    assert answer.relaxation.missing == {"total": {2026: 100.12}}
    assert answer.relaxation.years == {"R-0000": 2026, "R-0001": 2026}
    assert "2026: the budget lacks 100.12 yuan" in str(answer.relaxation.messages()[0])
    assert "no plan" in str(answer.reasons["R-0000"])
    made = answer.to_dict()
    assert made["status"] == "infeasible"
    assert made["objective"] is None
    assert made["relaxation"]["missing"] == {"total": {"2026": 100.12}}


@pytest.mark.parametrize("seed", range(20))
def test_the_shortfall_is_the_least(seed, projects, scenario):
    frame = no_dates(projects(5, seed=seed)).assign(mandatory=True)
    budget = [round(frame["cost_yuan"].sum() * share, 2) for share in (0.2, 0.1, 0.3)]
    answer = plan.schedule(frame, scenario(years=3, budget_yuan=budget))
    cost = np.rint(frame["cost_yuan"].to_numpy() * 100).astype(int)
    due = frame["deadline_year"].fillna(2028).to_numpy()
    least = min(
        sum(max(0, cost[np.array(years) == 2026 + t].sum() - round(budget[t] * 100)) for t in range(3))
        for years in itertools.product(*[range(2026, int(d) + 1) for d in due])
    )
    assert least > 0
    assert answer.status == "infeasible"
    assert answer.relaxation.proven
    assert sum(round(v * 100) for v in answer.relaxation.missing["total"].values()) == least
    assert all(year <= due[i] for i, year in enumerate(answer.relaxation.years.values()))


def test_with_the_missing_money_the_plan_stands(projects, scenario):
    frame = no_dates(projects(8, seed=2)).assign(mandatory=True)
    budget = [100_000.0, 50_000.0, 30_000.0]
    answer = plan.schedule(frame, scenario(years=3, budget_yuan=budget))
    missing = answer.relaxation.missing["total"]
    more = scenario(years=3, budget_yuan=[round(budget[t] + missing.get(2026 + t, 0.0), 2) for t in range(3)])
    again = plan.schedule(frame, more)
    assert again.status == "optimal"
    assert plan.verify(frame, again, more) == []


def test_crews_and_payers_are_told_apart(projects, scenario):
    frame = no_dates(projects(1)).assign(
        mandatory=True,
        deadline_year=pd.array([2026], dtype="Int64"),
        length_m=2500.0,
        cost_yuan=100.0,
        cost_gas_company=70.0,
        cost_city=30.0,
    )
    sc = scenario(years=1, budget_yuan=100, budget_by_payer_yuan={"city": 20.5}, crew_km=2)
    assert plan.schedule(frame, sc).relaxation.missing == {"city": {2026: 9.5}, "crew": {2026: 0.5}}


def test_a_closed_road_is_named(projects, scenario):
    frame = no_dates(projects(1)).assign(mandatory=True, deadline_year=pd.array([2027], dtype="Int64"))
    frame["no_dig_until"] = pd.Series(pd.Timestamp("2028-12-31"), index=frame.index).astype("datetime64[ms]")
    answer = plan.schedule(frame, scenario(years=3, budget_yuan=1e9))
    assert answer.status == "infeasible"
    assert answer.relaxation.closed == ("R-0000",)
    assert answer.relaxation.missing == {}
    assert "no-dig order" in str(answer.relaxation.messages()[0])
    assert "no-dig order" in str(answer.reasons["R-0000"])


def test_a_closed_road_is_opened_only_where_the_scenario_says_so(projects, scenario):
    frame = no_dates(projects(2)).assign(mandatory=[True, False], deadline_year=pd.array([2027, pd.NA], dtype="Int64"))
    frame["no_dig_until"] = pd.Series(pd.Timestamp("2028-12-31"), index=frame.index).astype("datetime64[ms]")
    sc = scenario(years=3, budget_yuan=1e9, no_dig_exception=True)
    answer = plan.schedule(frame, sc)
    assert answer.assignment.to_list() == [2026, 0]
    assert plan.verify(frame, answer, sc) == []
    assert len(plan.verify(frame, answer, scenario(years=3, budget_yuan=1e9))) == 1
    assert "needs the approval" in str(answer.reasons["R-0000"])
    assert "1 projects must be renewed although" in str(answer.notes[0])


def test_a_road_open_in_time_needs_no_exception(projects, scenario):
    frame = no_dates(projects(1)).assign(mandatory=True, deadline_year=pd.array([2027], dtype="Int64"))
    frame["no_dig_until"] = pd.Series(pd.Timestamp("2026-12-31"), index=frame.index).astype("datetime64[ms]")
    sc = scenario(years=3, budget_yuan=1e9, no_dig_exception=True)
    answer = plan.schedule(frame, sc)
    assert answer.assignment.to_list() == [2027]
    assert plan.verify(frame, answer, sc) == []


def test_a_deadline_after_the_plan_does_not_force(projects, scenario):
    frame = no_dates(projects(1)).assign(mandatory=True, deadline_year=pd.array([2028], dtype="Int64"))
    answer = plan.schedule(frame, scenario(years=2, budget_yuan=0))
    assert answer.status == "optimal"
    assert "1 projects must be renewed only after 2027" in str(answer.notes[0])
