"""Coverage by town: counts by hand, nobody lost, and on track only where it is sure."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from gridrisk.coverage import DECISIONS, NO_TOWN, decide, needed_share, summarise

ON = dt.date(2024, 7, 1)
GOOD = {"kind": "catering", "fuel": "bottle", "premises": "street", "licensed": True, "legal_building": True}
LIT = {"kind": "catering", "fuel": "pipe", "converted_on": dt.date(2024, 3, 1)}


def table(policy, customers, towns, covered=True, on=ON):
    series = pd.Series(covered, index=customers.index, dtype="boolean")
    return summarise(decide(customers, series, policy, on=on), customers, towns, policy, on=on)


def test_counts(people, towns, honggutan):
    here, there = {"at": Point(50, 50)}, {"at": Point(150, 50)}
    customers = people(
        {**GOOD, **here},
        {**GOOD, **here, "licensed": False},
        {**GOOD, **here, "premises": "complex"},
        {**GOOD, **here, "licensed": None},
        {**LIT, **here, "verified_on": dt.date(2024, 3, 9)},
        {**LIT, **here},
        {**LIT, **here, "fuel": "electric"},
        {"kind": "resident", "fuel": "bottle", **here},
        {"kind": "resident", "fuel": "bottle", "households": 30, **here},
        {"kind": "catering", "fuel": "pipe", **here},
        {**LIT, **there, "verified_on": dt.date(2024, 8, 1)},
        {**GOOD, "at": Point(900, 900)},
    )
    result = table(honggutan, customers, towns)
    row = result.loc["t1"]
    assert row["name"] == "甲镇"
    assert {d: row[d] for d in DECISIONS} == {"pipe": 1, "electric": 1, "excluded": 3, "done": 3, "unknown": 1}
    assert (row["customers"], row["bottled"], row["households"]) == (9, 6, 31)
    # The target is piped gas: one to convert and two converted; the electric one counts for nothing.
    assert (row["eligible"], row["converted"], row["verified"]) == (3, 2, 1)
    assert row["share"] == pytest.approx(2 / 3)
    assert row["share_low"] == pytest.approx(2 / 4)
    assert (row["target"], row["deadline"]) == (1.0, pd.Timestamp(2024, 12, 31))
    # 1 January to 31 December are 365 days; by 1 July 182 of them.
    assert row["needed"] == pytest.approx(182 / 365)
    assert row["on_track"] == True  # noqa: E712 - 2/4 is enough even if the unknown one is to be converted
    assert (result.loc["t2", "verified"], result.loc["t2", "on_track"]) == (0, True)
    assert result.loc[NO_TOWN, "pipe"] == 1
    assert result["customers"].sum() == 11


def test_on_track_is_unknown_where_the_undecided_matter(people, towns, honggutan):
    place = {"at": Point(50, 50)}
    lit, left, open_ = {**LIT, **place}, {**GOOD, **place}, {**GOOD, **place, "licensed": None}
    # Half is needed on 1 July. 1 of 2; 1 of 2 or of 3; 1 of 3.
    assert table(honggutan, people(lit, left), towns).loc["t1", "on_track"] == True  # noqa: E712
    assert table(honggutan, people(lit, left, open_), towns).loc["t1", "on_track"] is pd.NA
    assert table(honggutan, people(lit, left, left), towns).loc["t1", "on_track"] == False  # noqa: E712
    # Nobody is eligible: no share, and no verdict.
    assert pd.isna(table(honggutan, people(lit), towns).loc["t2", "share"])
    assert table(honggutan, people(lit), towns).loc["t2", "on_track"] is pd.NA


def test_after_the_deadline_all_must_be_done(people, towns, lishui):
    place = {"at": Point(50, 50)}
    late = dt.date(2026, 2, 1)
    done = {**LIT, **place}
    assert table(lishui, people(done), towns, on=late).loc["t1", "on_track"] == True  # noqa: E712
    assert table(lishui, people(done, {**GOOD, **place}), towns, on=late).loc["t1", "on_track"] == False  # noqa: E712


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (dt.date(2023, 6, 1), 0.0),
        (dt.date(2023, 6, 21), 0.0),
        (dt.date(2024, 9, 25), 462 / 924),  # 924 days from 2023-06-21 to 2025-12-31
        (dt.date(2025, 12, 30), 923 / 924),
        (dt.date(2025, 12, 31), 1.0),
        (dt.date(2027, 1, 1), 1.0),
    ],
)
def test_needed_share(lishui, day, share):
    assert needed_share(lishui.target(), day) == pytest.approx(share)


def test_without_towns_the_records_are_used(people, honggutan):
    result = table(honggutan, people({**GOOD, "town_id": "b"}, {**GOOD, "town_id": "a"}, GOOD), None)
    assert list(result.index) == ["a", "b", NO_TOWN]
    assert result["customers"].tolist() == [1, 1, 1]


def test_nobody_at_all(people, towns, honggutan):
    result = table(honggutan, people(GOOD).iloc[:0], towns)
    assert result["customers"].tolist() == [0, 0]


@settings(max_examples=12)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["bottle", "pipe", "electric", None]),
            st.sampled_from(["catering", "resident", "school"]),
            st.sampled_from([True, False, None]),
            st.sampled_from([0, 150, 900]),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_nobody_is_lost(people, towns, honggutan, rows):
    customers = people(
        GOOD,
        *(
            {
                "fuel": fuel,
                "kind": kind,
                "licensed": licensed,
                "converted_on": dt.date(2024, 1, 5) if lit else None,
                "at": Point(x, 50),
            }
            for fuel, kind, licensed, x, lit in rows
        ),
    )
    decisions = decide(customers, None, honggutan, on=ON)
    result = summarise(decisions, customers, towns, honggutan, on=ON)
    assert result["customers"].sum() == len(decisions)
    assert (result[list(DECISIONS)].sum(axis=1) == result["customers"]).all()
    assert (result["verified"] <= result["converted"]).all()
    assert (result["converted"] <= result["eligible"]).all()
