"""Coverage by month from the dates on record, and what a later look corrects."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from shapely.geometry import Point

from gridrisk.coverage import changed_customers, corrections, decide, summarise, summarise_kinds, timeline

GOOD = {"kind": "catering", "fuel": "bottle", "premises": "street", "licensed": True, "legal_building": True}
HERE, THERE = {"at": Point(50, 50)}, {"at": Point(150, 50)}


def lit(day, verified=None, **more):
    return {"kind": "catering", "fuel": "pipe", "converted_on": day, "verified_on": verified, **HERE, **more}


def decided(policy, customers, on):
    return decide(customers, pd.Series(True, index=customers.index, dtype="boolean"), policy, on=on)


def test_by_month(people, towns, honggutan):
    on = dt.date(2024, 4, 30)
    customers = people(
        {**GOOD, **HERE},
        lit(dt.date(2023, 11, 2)),  # before the programme: in every month
        lit(dt.date(2024, 2, 29), dt.date(2024, 4, 1)),
        lit(dt.date(2024, 4, 30)),
        {**GOOD, **THERE},
    )
    table = timeline(decided(honggutan, customers, on), customers, towns, honggutan, on=on).set_index(
        ["town_id", "month"]
    )
    assert table.loc["t1", "converted"].to_dict() == {"2024-01": 1, "2024-02": 2, "2024-03": 2, "2024-04": 3}
    assert table.loc["t1", "verified"].tolist() == [0, 0, 0, 1]
    assert table.loc["t1", "eligible"].tolist() == [4] * 4
    assert table.loc["t2", "share"].tolist() == [0.0] * 4


def test_the_last_month_agrees_with_the_summary(people, towns, honggutan):
    on = dt.date(2024, 4, 15)
    customers = people({**GOOD, **HERE}, lit(dt.date(2024, 4, 3), dt.date(2024, 4, 14)), lit(dt.date(2024, 2, 1)))
    decisions = decided(honggutan, customers, on)
    last = timeline(decisions, customers, towns, honggutan, on=on).query("month == '2024-04'").set_index("town_id")
    summary = summarise(decisions, customers, towns, honggutan, on=on)
    for figure in ("eligible", "converted", "verified"):
        assert last[figure].to_dict() == summary[figure].astype(int).to_dict()
    assert summary.loc["t1", ["converted_month", "verified_month", "rank"]].tolist() == [1, 1, 1]
    # January to March are over: one was lit in them.
    assert summary.loc["t1", "pace_month"] == 1 / 3


def test_kinds(people, honggutan):
    on = dt.date(2024, 4, 15)
    customers = people(GOOD, {**GOOD, "kind": "school"}, lit(dt.date(2024, 4, 3)), {**GOOD, "kind": None})
    table = summarise_kinds(decided(honggutan, customers, on), customers, honggutan, on=on)
    assert list(table.index) == ["catering", "school", "-"]
    assert table["eligible"].tolist() == [2, 1, 0]
    assert table["customers"].sum() == 4


def test_corrections(people, towns, honggutan):
    on = dt.date(2024, 3, 31)
    first = people(lit(dt.date(2024, 3, 1)), lit(dt.date(2024, 3, 9)), {**GOOD, **HERE})
    # The second was never lit after all; the third was, but was recorded late.
    second = people(lit(dt.date(2024, 3, 1), dt.date(2024, 3, 2)), {**GOOD, **HERE}, lit(dt.date(2024, 3, 30)))
    before, after = (decided(honggutan, customers, on) for customers in (first, second))
    found = corrections(
        summarise(before, first, towns, honggutan, on=on), summarise(after, second, towns, honggutan, on=on)
    )
    assert found.to_dict("records") == [
        {"town_id": "t1", "name": "甲镇", "figure": "verified", "reported": 0, "now": 1, "change": 1}
    ]
    changed = changed_customers(before.assign(town_id="t1"), after.assign(town_id="t1"))
    assert changed.to_dict("index") == {
        "c1": {"town_id": "t1", "was": "done", "is": "pipe"},
        "c2": {"town_id": "t1", "was": "pipe", "is": "done"},
    }


def test_a_town_that_is_gone_is_a_correction(people, towns, honggutan):
    on = dt.date(2024, 3, 31)
    customers = people(lit(dt.date(2024, 3, 1)))
    whole = summarise(decided(honggutan, customers, on), customers, towns, honggutan, on=on)
    found = corrections(whole, whole.drop("t1"))
    assert found.set_index("figure")["change"].to_dict() == {"eligible": -1, "converted": -1}
