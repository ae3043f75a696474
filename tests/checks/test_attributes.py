"""Attributes that contradict one another: each check triggered by a case of its own, and not just inside it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("check", "changes", "words"),
    [
        ("material_was_made", {"install_year": 1965}, "1965"),
        ("laid_before_surveyed", {"surveyed_on": "2000-05-01"}, "2000-05-01"),
        ("pressure_within_class", {"mop_kpa": 10.5}, "10.5"),
        ("plastic_without_cathodic", {"cathodic": True}, "cathodic"),
        ("field_is_known", {"material": "unknown"}, "1 of 1"),
        ("field_is_known", {"install_year": None}, "install_year"),
    ],
)
def test_contradiction_is_found(the_one, check, changes, words):
    found, message = the_one({"pipes": changes})
    assert found == check
    assert words in message


@pytest.mark.parametrize(
    "changes", [{"mop_kpa": 10}, {"surveyed_on": "2001-01-01"}, {"material": "steel", "cathodic": True}]
)
def test_just_inside_is_no_finding(run, changes):
    assert run({"pipes": changes}) == []
