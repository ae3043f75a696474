"""Each condition in three values, at its limits."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from gridrisk.coverage import Conditions
from gridrisk.coverage.conditions import both, evaluate, facts, field_message, negate


@pytest.mark.parametrize(
    ("condition", "fields", "answer"),
    [
        ({"kind": ("catering",)}, {"kind": "catering"}, True),
        ({"kind": ("catering",)}, {"kind": "shop"}, False),
        ({"kind": ("catering",)}, {}, None),
        ({"kind_not": ("catering",)}, {"kind": "catering"}, False),
        ({"kind_not": ("catering",)}, {"kind": "shop"}, True),
        ({"kind_not": ("catering",)}, {}, None),
        ({"premises": ("complex",)}, {"premises": "complex"}, True),
        ({"premises_not": ("complex",)}, {"premises": "street"}, True),
        ({"fuel": ("bottle",)}, {"fuel": "pipe"}, False),
        ({"licensed": False}, {"licensed": False}, True),
        ({"licensed": False}, {"licensed": True}, False),
        ({"licensed": False}, {}, None),
        ({"legal_building": True}, {"legal_building": True}, True),
        ({"wants_electric": True}, {"wants_electric": False}, False),
        ({"kitchen_outside_opening": True}, {"kitchen_outside_opening": True}, True),
        ({"old_community": True}, {"old_community": True}, True),
        ({"burner_ok": False}, {"burner_ok": True}, False),
        ({"meets_gas_standard": True}, {}, None),
        ({"needy_resident": True}, {"kind": "resident", "needy": True}, True),
        ({"needy_resident": True}, {"kind": "resident"}, None),
        ({"needy_resident": True}, {"kind": "catering"}, False),
        ({"needy_resident": False}, {"kind": "catering"}, True),
        ({"needy_resident": False}, {"kind": "resident", "needy": False}, True),
        ({"max_area_m2": 500}, {"area_m2": 499.0}, True),
        ({"max_area_m2": 500}, {"area_m2": 500.0}, True),
        ({"max_area_m2": 500}, {"area_m2": 501.0}, False),
        ({"max_area_m2": 500}, {}, None),
        ({"max_area_m2": 500}, {"area_m2": -5.0}, None),
        ({"over_area_m2": 500}, {"area_m2": 500.0}, False),
        ({"over_area_m2": 500}, {"area_m2": 500.5}, True),
        ({"over_building_height_m": 100}, {"building_height_m": 100.0}, False),
        ({"over_building_height_m": 100}, {"building_height_m": 100.1}, True),
        # 1.2 / 12 is a tenth, though in binary 1.2 / 12 < 0.1 and 0.1 * 12 > 1.2.
        ({"min_vent_ratio": 0.1}, {"kitchen_area_m2": 12.0, "vent_area_m2": 1.2}, True),
        ({"min_vent_ratio": 0.1}, {"kitchen_area_m2": 12.0, "vent_area_m2": 1.19}, False),
        ({"min_vent_ratio": 0.1}, {"kitchen_area_m2": 13.0, "vent_area_m2": 1.3}, True),
        ({"min_vent_ratio": 0.1}, {"kitchen_area_m2": 12.0}, None),
        ({"min_vent_ratio": 0.1}, {"vent_area_m2": 3.0}, None),
        ({"opened_after": dt.date(2023, 10, 1)}, {"opened_on": dt.date(2023, 10, 1)}, False),
        ({"opened_after": dt.date(2023, 10, 1)}, {"opened_on": dt.date(2023, 10, 2)}, True),
        ({"opened_after": dt.date(2023, 10, 1)}, {}, None),
    ],
)
def test_condition(people, condition, fields, answer):
    truth = evaluate(Conditions(**condition), facts(people(fields)))
    assert (bool(truth.true[0]), bool(truth.false[0])) == (answer is True, answer is False)
    assert any(mask[0] for mask in truth.missing.values()) == (answer is None)


def test_one_false_settles_it(people):
    truth = evaluate(Conditions(kind=("shop",), licensed=True), facts(people({"kind": "catering"})))
    assert truth.false[0]
    assert not truth.missing["licensed"][0]


def test_and_and_not(people):
    known = facts(people({"licensed": True}, {}))
    licensed = evaluate(Conditions(licensed=True), known)
    lawful = evaluate(Conditions(legal_building=True), known)
    joint = both(licensed, lawful)
    assert list(joint.unknown) == [True, True]
    assert list(joint.missing["licensed"]) == [False, True]
    assert list(joint.missing["legal_building"]) == [True, True]
    assert list(negate(licensed).false) == [True, False]


def test_outside_facts_are_matched_by_customer(people):
    customers = people({}, {}, {})
    covered = pd.Series([True, False], index=["c2", "c0"], dtype="boolean")
    known = facts(customers, covered=covered)
    assert known["covered"].tolist() == [False, pd.NA, True]
    assert known["development_zone"].isna().all()


def test_field_names_for_people():
    message = field_message(("licensed", "covered", "strange"))
    assert message.render("en") == "licensed, inside the coverage of the network, strange"
    assert message.render("zh") == "有证照、管网覆盖、strange"
