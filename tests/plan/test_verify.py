"""The independent look finds every fault that is put in."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from gridrisk import plan


@pytest.fixture
def case(projects, scenario):
    frame = projects(6, seed=11).assign(
        mandatory=[True, False, False, False, False, False],
        deadline_year=pd.array([2027, pd.NA, pd.NA, pd.NA, pd.NA, pd.NA], dtype="Int64"),
    )
    until = ["2027-12-31" if i == 1 else None for i in range(6)]
    frame["no_dig_until"] = pd.to_datetime(pd.Series(until, index=frame.index)).astype("datetime64[ms]")
    sc = scenario(years=3, budget_yuan=1e9, crew_km=99, budget_by_payer_yuan={"city": 1e9})
    made = plan.schedule(frame, sc)
    assert plan.verify(frame, made, sc) == []
    return frame, sc, made


def put(made, project_id, year):
    assignment = made.assignment.copy()
    assignment[project_id] = year
    return replace(made, assignment=assignment)


@pytest.mark.parametrize(
    ("project_id", "year", "expected"),
    [
        ("R-0000", 0, "R-0000 must be renewed by 2027, but is planned in 0"),
        ("R-0000", 2028, "must be renewed by 2027"),
        ("R-0001", 2026, "closed for digging until 2027-12-31"),
        ("R-0002", 2031, "planned in 2031, outside the plan"),
        ("R-9999", 2026, "R-9999 is planned but is not one of the projects"),
    ],
)
def test_dates(case, project_id, year, expected):
    frame, sc, made = case
    assert any(expected in str(text) for text in plan.verify(frame, put(made, project_id, year), sc))


@pytest.mark.parametrize("name", ["total", "city", "crew"])
def test_one_fen_or_millimetre_too_much(case, scenario, name):
    frame, _, made = case
    met = frame["works_year"].fillna(0).to_numpy() == made.assignment.to_numpy()
    now = (made.assignment == 2026).to_numpy()
    column = {"total": "yuan", "city": "city"}.get(name)
    if column:
        fen = (frame[f"cost_{column}"] * 100).round() - (frame[f"saving_{column}"] * 100).round() * met
        exact = int(fen[now].sum()) / 100
        less = (int(fen[now].sum()) - 1) / 100
    else:
        exact = int((frame["length_m"][now] * 1000).round().sum()) / 1e6
        less = (int((frame["length_m"][now] * 1000).round().sum()) - 1) / 1e6
    for amount, broken in ((exact, False), (less, True)):
        limits = {"budget_yuan": 1e9, "crew_km": 99.0, "budget_by_payer_yuan": {}}
        if name == "city":
            limits["budget_by_payer_yuan"] = {"city": [amount, 1e9, 1e9]}
        else:
            limits["budget_yuan" if name == "total" else "crew_km"] = [amount, 1e9, 1e9]
        faults = plan.verify(frame, made, scenario(years=3, **limits))
        assert bool(faults) == broken
        if broken:
            words = {"total": "the budget of all payers", "city": "money of city finance", "crew": "crew kilometres"}
            assert f"2026: {words[name]} is exceeded" in str(faults[0])
