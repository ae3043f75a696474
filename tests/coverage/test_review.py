"""One triggering case a check, and a clean one."""

from __future__ import annotations

import datetime as dt

import pytest

from gridrisk.coverage import review

ON = dt.date(2024, 5, 1)
CLEAN = {
    "kind": "catering",
    "fuel": "pipe",
    "opened_on": dt.date(2020, 1, 1),
    "converted_on": dt.date(2024, 2, 1),
    "verified_on": dt.date(2024, 2, 3),
    "area_m2": 80.0,
}


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({}, None),
        ({"fuel": "bottle"}, "converted_still_bottled"),
        ({"opened_on": dt.date(2024, 2, 2)}, "converted_before_opening"),
        ({"converted_on": dt.date(2024, 6, 1), "verified_on": None}, "converted_in_future"),
        ({"verified_on": dt.date(2024, 1, 31)}, "verified_before_converted"),
        ({"converted_on": None}, "verified_not_converted"),
        ({"converted_on": None, "verified_on": None, "fuel": None}, "fuel_unknown"),
        ({"opened_on": dt.date(2024, 5, 2), "converted_on": None, "verified_on": None}, "opens_later"),
        ({"fuel": "bottle", "pipe_id": "p1", "converted_on": None, "verified_on": None}, "bottled_on_a_pipe"),
        ({"area_m2": -1.0}, "negative_area"),
        ({"kitchen_area_m2": -1.0}, "negative_area"),
    ],
)
def test_checks(people, lishui, change, check):
    found = review(people({**CLEAN, **change}), lishui, on=ON)
    assert [finding.check for finding in found] == ([] if check is None else [check])
    assert all("c0" in finding.message.render("en") for finding in found)


def test_policy_expired(people, lishui, honggutan):
    assert [f.check for f in review(people(CLEAN), lishui, on=dt.date(2026, 1, 1))] == ["policy_expired"]
    assert review(people(CLEAN), lishui, on=dt.date(2025, 12, 31)) == []
    assert review(people(CLEAN), honggutan, on=dt.date(2026, 1, 1)) == []


def test_policy_not_issued(people, honggutan):
    clean = {"kind": "catering", "fuel": "bottle", "opened_on": dt.date(2020, 1, 1)}
    assert [f.check for f in review(people(clean), honggutan, on=dt.date(2024, 2, 26))] == ["policy_not_issued"]
    assert review(people(clean), honggutan, on=dt.date(2024, 2, 27)) == []
