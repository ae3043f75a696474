"""Texts, shares and days of the vocabulary."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from gridrisk.coverage.clauses import Conditions, Text, bilingual
from gridrisk.coverage.vocabulary import Part


def test_texts_render_in_both_languages():
    text = Text(en="inside {it}", zh="覆盖").message()
    assert (text.render("en"), text.render("zh"), str(text)) == ("inside {it}", "覆盖", "inside {it}")
    assert bilingual("a", "甲").render("zh") == "甲"


def test_shares_are_exact():
    assert Part(payer="user", percent=33.3).share == Fraction(333, 1000)
    assert Part(payer="user", fraction="1/3").share == Fraction(1, 3)
    assert Part(payer="user", rest=True).share is None
    with pytest.raises(ValueError, match="more than the whole"):
        Part(payer="user", fraction="4/3")


def test_first_and_last_day_count(lishui):
    tariff = lishui.tariffs[0]
    days = [dt.date(2023, 6, 20), dt.date(2023, 6, 21), dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
    assert [tariff.in_force(day) for day in days] == [False, True, True, False]


def test_only_what_is_asked_is_given():
    assert dict(Conditions(licensed=False, kind=("shop",)).given()) == {"kind": ("shop",), "licensed": False}
    assert dict(Conditions().given()) == {}


def test_day_of_opening_that_matters(honggutan, lishui):
    assert lishui.opened_after == dt.date(2023, 10, 1)
    assert honggutan.opened_after is None


def test_targets(honggutan, lishui):
    assert honggutan.target().deadline == dt.date(2024, 12, 31)
    assert lishui.target().deadline == dt.date(2025, 12, 31)
    assert honggutan.target("devices").items == ("metal_hose", "self_closing_valve", "safety_kit")
