"""Each project has its reason, and it is the true one."""

from __future__ import annotations

import pandas as pd
import pytest

from gridrisk import plan


@pytest.fixture
def reason(projects, scenario):
    def of(budget, *, works=None, until=None, **columns):
        count = len(columns["risk"])
        frame = projects(count).assign(
            mandatory=False, cost_yuan=100.0, saving_yuan=40.0, deadline_year=pd.array([pd.NA] * count, dtype="Int64")
        )
        frame = frame.assign(**columns)
        frame["works_year"] = pd.array([works] + [pd.NA] * (count - 1), dtype="Int64")
        frame["no_dig_until"] = pd.to_datetime(pd.Series([until] + [None] * (count - 1), index=frame.index)).astype(
            "datetime64[ms]"
        )
        answer = plan.schedule(frame, scenario(years=2, budget_yuan=budget))
        assert list(answer.reasons) == frame.index.to_list()
        return [str(text) for text in answer.reasons.values()]

    return of


def test_mandatory(reason):
    first, second = reason(
        100, risk=[1.0, 9.0], mandatory=[True, False], deadline_year=pd.array([2027, pd.NA], dtype="Int64")
    )
    assert "must be renewed by the end of 2027; in 2027, the last year allowed" in first
    assert "in 2026, as early as possible" in second


def test_enough_money(reason):
    assert "there is money for it; in 2026" in reason(999, risk=[1.0])[0]


def test_with_road_works(reason):
    assert "together with the works planned there and saves 40 yuan" in reason(60, works=2027, risk=[1.0])[0]


def test_the_first_year_that_is_open(reason):
    assert "2027 is the first year that the no-dig order leaves open" in reason(999, until="2026-12-31", risk=[1.0])[0]


def test_closed_throughout(reason):
    assert "no-dig order until 2029-12-31 closes every year" in reason(999, until="2029-12-31", risk=[1.0])[0]


def test_too_dear_for_any_year(reason):
    assert "needs more than any open year has (the budget of all payers)" in reason(99, risk=[1.0])[0]


def test_less_for_its_money(reason):
    texts = reason(150, risk=[5.0, 4.0, 3.0, 0.1])
    assert "would remove" in texts[3]
    assert "elsewhere" in texts[3]


def test_no_known_risk(reason):
    assert "no risk of it is known" in reason(999, risk=[0.0])[0]


def test_every_reason_in_chinese_too_has_its_values(reason, projects, scenario):
    frame = projects(25, seed=4)
    answer = plan.schedule(frame, scenario(years=3, budget_yuan=round(frame["cost_yuan"].sum() / 6, 2)))
    for text in answer.reasons.values():
        assert "{" not in text.render("zh")
        assert "{" not in text.render("en")


def test_cutting_off_too_many_is_named(projects, scenario):
    frame = projects(1, seed=1).assign(mandatory=False, risk=0.01, households=pd.array([5000], dtype="Int64"))
    frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
    made = plan.schedule(frame, scenario(years=2, budget_yuan=1e9, disruption=0.001))
    assert made.assignment.to_list() == [0]
    assert "its households are cut off counts for more than" in str(made.reasons["R-0000"])


def test_overdue_duty_is_named_with_the_date_that_passed(reason):
    first, second = reason(
        200, risk=[1.0, 9.0], mandatory=[True, True], deadline_year=pd.array([2024, 2026], dtype="Int64")
    )
    assert "should have been renewed by the end of 2024; overdue, so due by the end of 2026" in first
    assert "must be renewed by the end of 2026" in second


def test_what_it_would_take_is_whole_yuan_and_enough(projects, scenario):
    frame = projects(2, seed=1).assign(
        mandatory=False, risk=[5.0, 0.1], cost_yuan=[100.0, 60.25], saving_yuan=0.0, works_year=pd.NA
    )
    frame["deadline_year"] = pd.array([pd.NA, pd.NA], dtype="Int64")
    frame["works_year"] = pd.array([pd.NA, pd.NA], dtype="Int64")
    frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
    made = plan.schedule(frame, scenario(years=1, budget_yuan=110, quarters=True))
    # 10 yuan are left of 110, 50.25 are lacking: 51 are enough, and money is of the year, not of a quarter
    assert "51 yuan more in 2026" in str(made.reasons["R-0001"])
    assert "Q" not in str(made.reasons["R-0001"]).split("more in")[1]


def test_by_quarters_it_is_the_quarters_before_that_are_full(projects, scenario):
    frame = projects(30, seed=5).assign(mandatory=False)
    frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
    frame["works_year"] = pd.array([pd.NA] * 30, dtype="Int64")
    km = round(frame["length_m"].sum() * 0.4e-3, 3)
    made = plan.schedule(frame, scenario(years=1, budget_yuan=1e9, quarters=True, crew_km=km))
    texts = [str(made.reasons[key]) for key in made.quarter.index[made.quarter.fillna(0) > 1]]
    assert texts
    assert all("the quarters before are full" in text for text in texts)
