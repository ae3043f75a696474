"""Quotes: amounts by hand for each district, by the items of the documents; bad cases are refused by name."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridrisk.coverage import load_policy, parse_case, quote
from gridrisk.errors import DataError

TODAY = dt.date(2024, 5, 1)
PLACE = {
    "kind": "catering",
    "fuel": "bottle",
    "premises": "street",
    "licensed": True,
    "legal_building": True,
    "area_m2": 80,
    "opened_on": "2019-05-01",
}
HOME = {"kind": "resident", "fuel": "pipe", "needy": False}


policy_of = cache(load_policy)


def quoted(name, customer, costs=None, *, covered=True, on="2024-05-01", **more):
    raw = {"customer": customer, "covered": covered, "costs": costs or {}, "on": on, **more}
    return quote(parse_case(raw, today=TODAY), policy_of(name))


def totals(*args, **more):
    return {payer: yuan for payer, yuan in quoted(*args, **more).totals.items() if yuan}


# Lishui 三(二)2: user 10 %, government 50 % at most 12,500, company the rest; 三(三): the district gives back half.
@pytest.mark.parametrize(
    ("cost", "user", "company", "district", "town"),
    [
        (30_000, 3_000, 14_500, 6_250, 6_250),
        (25_000, 2_500, 10_000, 6_250, 6_250),  # half is just the cap
        (24_999.98, 2_500, 9_999.99, 6_249.99, 6_250),  # 12,499.99: the district gives at most half
        (25_000.02, 2_500, 10_000.02, 6_250, 6_250),
        (100, 10, 40, 25, 25),
    ],
)
def test_lishui_connection(cost, user, company, district, town):
    found = totals("lishui-2023", PLACE, {"connection": cost})
    assert found == {"user": user, "company": company, "district": district, "town": town}


def test_lishui_development_zone_gets_nothing_back():
    assert totals("lishui-2023", PLACE, {"connection": 30_000}, development_zone=True) == {
        "user": 3_000,
        "company": 14_500,
        "town": 12_500,
    }
    # Whether it is one is not known: the government's part is not divided.
    assert totals("lishui-2023", PLACE, {"connection": 30_000}, development_zone=None)["government"] == 12_500


def test_lishui_what_the_case_does_not_say_is_told():
    assert quoted("lishui-2023", PLACE, {"connection": 1}).assumed == {"development_zone": False}
    assert quoted("lishui-2023", PLACE, {"connection": 1}, development_zone=False).assumed == {}


# 三(二)1: one sum of pipe work, burners, fittings and alarms; 30 % of it, at most 3,500.
@pytest.mark.parametrize(
    ("indoor", "devices", "government"),
    [
        (8_000, {}, 2_400),
        (8_000, {"metal_hose": 120, "self_closing_valve": 180}, 2_490),  # 30 % of 8,300
        (10_000, {"alarm": 1_000, "burner": 2_000}, 3_500),  # 30 % of 13,000 is 3,900: capped
        (0, {"alarm": 1_000}, 300),
        (11_666.67, {}, 3_500),
        (11_666.60, {}, 3_499.98),
    ],
)
def test_lishui_indoor_is_one_sum(indoor, devices, government):
    answer = quoted("lishui-2023", PLACE, {"indoor": indoor, "devices": devices})
    total = round(indoor + sum(devices.values()), 2)
    assert answer.totals["district"] + answer.totals["town"] == pytest.approx(government, abs=1e-6)
    assert answer.totals["user"] == pytest.approx(total - government, abs=1e-6)
    for item, cost in {"indoor": indoor, **devices}.items():
        assert sum(line.yuan for line in answer.lines if line.item == item) == pytest.approx(cost, abs=1e-6)


def test_lishui_electric_is_the_towns_alone():
    # 三(二)3, 三(三): 30 % of 12,000 is 3,600, at most 3,500.
    answer = quoted("lishui-2023", PLACE, {"electric": 12_000, "connection": 30_000}, covered=False)
    assert answer.decision == "electric"
    assert {p: y for p, y in answer.totals.items() if y} == {"user": 8_500, "town": 3_500}
    assert answer.not_needed == ("connection",)


@pytest.mark.parametrize(
    "change",
    [
        {"premises": "complex"},  # 三(二)2 不包括一
        {"premises": "office_tower"},
        {"premises": "large_hotel"},
        {"kind": "canteen"},  # 不包括二
        {"kind": "school"},
        {"kind": "kindergarten"},
        {"kind": "hospital"},
        {"kind": "government"},
        {"kind": "welfare"},
        {"kind": "industry"},
        {"opened_on": "2023-10-02"},  # 不包括三
        {"area_m2": 500.01},
        {"on": "2023-06-20"},  # 三(三)
        {"on": "2026-01-01"},  # the last line
    ],
)
def test_lishui_without_subsidy(change):
    on = change.get("on", "2024-05-01")
    customer = {**PLACE, **{key: value for key, value in change.items() if key != "on"}}
    assert totals("lishui-2023", customer, {"connection": 30_000}, on=on) == {"user": 30_000}


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({"area_m2": 500}, {}),
        ({"opened_on": "2023-10-01"}, {}),
        ({"opened_on": "2024-01-01"}, {"covered_when_opened": False}),
        ({}, {"on": "2023-06-21"}),
        ({}, {"on": "2025-12-31"}),
    ],
)
def test_lishui_with_subsidy(change, more):
    assert totals("lishui-2023", {**PLACE, **change}, {"connection": 30_000}, **more)["town"] == 6_250


def test_lishui_residents():
    bottle = {"kind": "resident", "fuel": "bottle", "needy": False, "burner_ok": False}
    devices = {"burner": 450, "safety_kit": 80, "safety_kit_fitting": 20, "alarm": 260}
    # 三(一)2(2): stove at most 300, kit material the government's, fitting the company's, alarm the user's.
    found = totals("lishui-2023", bottle, {"devices": devices}, covered=False)
    assert found == {"user": 410, "company": 20, "district": 190, "town": 190}
    # 三(一)1, 三(三): needy residents cost the town alone, the fitting as well.
    found = totals("lishui-2023", {**bottle, "needy": True}, {"devices": devices}, covered=False)
    assert found == {"town": 810}
    # 三(一)2(1): piped residents pay themselves, the company the smart meter.
    piped = {"burner": 400, "metal_hose": 60, "alarm": 260, "smart_meter": 450}
    assert totals("lishui-2023", HOME, {"devices": piped}) == {"user": 720, "company": 450}
    # 三(一)2(3): their conversion as well.
    assert totals("lishui-2023", bottle, {"connection": 2_500, "indoor": 1_500}) == {"user": 4_000}
    # Before 2023-06-21 nobody else pays.
    assert totals("lishui-2023", bottle, {"devices": devices}, covered=False, on="2023-06-20") == {"user": 810}


@pytest.mark.parametrize(("cost", "town"), [(299.99, 299.99), (300, 300), (300.01, 300)])
def test_lishui_stove_at_the_cap(cost, town):
    bottle = {"kind": "resident", "fuel": "bottle", "needy": False, "burner_ok": False}
    found = totals("lishui-2023", bottle, {"devices": {"stove": cost}}, covered=False, development_zone=True)
    assert found.get("town") == town
    assert found.get("user", 0) == pytest.approx(cost - town)


# Honggutan 附件2 三1: what each bears; the company the rest.
@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ({"metal_hose": 120, "self_closing_valve": 180}, {"city": 42, "district": 42, "user": 100, "company": 116}),
        ({"metal_hose": 120}, {"city": 15, "district": 15, "user": 30, "company": 60}),
        ({"self_closing_valve": 180}, {"city": 27, "district": 27, "user": 70, "company": 56}),
        ({"alarm": 260}, {"user": 260}),
    ],
)
def test_honggutan_devices(devices, expected):
    assert totals("honggutan-2024", HOME, {"devices": devices}) == expected


# Xingyang 六(二): a third each of the actual price; 六(一): non-residents pay themselves.
@pytest.mark.parametrize(
    ("customer", "devices", "expected"),
    [
        (HOME, {"metal_hose": 60, "self_closing_valve": 180}, {"city": 80, "company": 80, "user": 80}),
        (HOME, {"self_closing_valve": 150}, {"city": 50, "company": 50, "user": 50}),
        (HOME, {"self_closing_valve": 100}, {"city": 33.33, "company": 33.33, "user": 33.34}),
        ({**HOME, "fuel": "bottle"}, {"metal_hose": 60}, {"city": 20, "company": 20, "user": 20}),
        (PLACE, {"alarm": 900, "alarm_linked_shutoff": 1_600, "metal_hose": 120}, {"user": 2_620}),
    ],
)
def test_xingyang_devices(customer, devices, expected):
    assert totals("xingyang-2022", customer, {"devices": devices}, on="2022-05-01") == expected


@pytest.mark.parametrize("name", ["nanchuan-2022", "jianghai-2023"])
def test_documents_without_amounts_leave_them_open(name):
    answer = quoted(name, PLACE, {"connection": 30_000, "devices": {"alarm": 900}})
    assert answer.lines == ()
    assert {open_.item for open_ in answer.undetermined} >= {"alarm"}


@pytest.mark.parametrize(
    ("name", "change", "covered", "decision", "clause"),
    [
        ("honggutan-2024", {}, True, "pipe", "四(一)1"),
        ("honggutan-2024", {"licensed": False}, True, "excluded", "四(二)1"),
        ("honggutan-2024", {"licensed": None}, True, "unknown", ""),
        ("honggutan-2024", {"legal_building": False}, True, "excluded", "四(二)1"),
        ("honggutan-2024", {"premises": "mobile"}, True, "excluded", "四(二)3"),
        ("honggutan-2024", {"premises": "complex"}, True, "electric", "四(三)3"),
        ("honggutan-2024", {}, False, "electric", "四(三)1"),
        ("honggutan-2024", {}, None, "unknown", ""),
        ("honggutan-2024", {"converted_on": "2024-04-30"}, True, "done", "六1"),
        ("honggutan-2024", {"fuel": "pipe"}, True, "done", ""),
        ("honggutan-2024", {"fuel": "none"}, True, "excluded", ""),
        ("nanchuan-2022", {}, True, "excluded", ""),
        ("xingyang-2022", {}, True, "excluded", ""),
        ("jianghai-2023", {}, True, "pipe", "三(二)31"),
        ("jianghai-2023", {}, False, "electric", "三(二)31"),
        ("jianghai-2023", {"kind": "school"}, True, "excluded", "三(二)31"),
    ],
)
def test_decisions(name, change, covered, decision, clause):
    answer = quoted(name, {**PLACE, **change}, covered=covered)
    assert answer.decision == decision
    assert clause in answer.clause


def test_unknown_names_what_would_have_to_be_known():
    answer = quoted("honggutan-2024", {**PLACE, "licensed": None})
    assert "licensed" in answer.missing
    answer = quoted("lishui-2023", {**PLACE, "area_m2": None}, {"connection": 30_000})
    assert answer.undetermined[0].missing == ("area_m2",)
    assert "user" not in answer.totals


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"customer": {"fule": "bottle"}}, "fuel"),
        ({"customer": {"fuel": "botle"}}, "bottle"),
        ({"customer": {"fuel": ["pipe", "bottle"]}}, "fuel"),
        ({"customer": {"area_m2": -1}}, "area_m2"),
        ({"customer": {"area_m2": True}}, "area_m2"),
        ({"customer": {"households": 1.5}}, "households"),
        ({"customer": {"licensed": "yes"}}, "licensed"),
        ({"customer": {"opened_on": "2024-13-01"}}, "opened_on"),
        ({"customer": {}, "covered": 1}, "covered"),
        ({"customer": {}, "costs": {"connection": -0.01}}, "costs.connection"),
        ({"customer": {}, "costs": {"conection": 1}}, "connection"),
        ({"customer": {}, "costs": {"devices": {"hose": 1}}}, "metal_hose"),
        ({"customer": {}, "costs": {"devices": {"stove": 1, "burner": 1}}}, "twice"),
        ({"customer": {}, "costs": {"indoor": float("nan")}}, "costs.indoor"),
        ({"customer": {}, "on": "1 May"}, "on"),
        ({"customer": {}, "when": "2024-05-01"}, "when"),
        ({}, "no customer"),
        ([], "case"),
    ],
)
def test_bad_cases_are_refused_by_name(raw, said):
    with pytest.raises(DataError, match=said):
        parse_case(raw, today=TODAY)


def test_costs_that_are_not_given_are_named():
    answer = quoted("lishui-2023", PLACE, {"connection": 30_000, "indoor": None})
    assert answer.not_quoted == ("indoor",)
    assert answer.totals["user"] == 3_000
    assert quoted("lishui-2023", PLACE, {"connection": 30_000, "indoor": 0}).not_quoted == ()


def test_what_is_said_of_the_place_may_stand_in_the_customer():
    inside = quoted(
        "lishui-2023", {**PLACE, "opened_on": "2024-01-01", "covered_when_opened": False}, {"connection": 1}
    )
    assert (inside.totals["user"], inside.assumed) == (0.1, {"development_zone": False})


def test_a_place_that_opens_later_is_told():
    assert [f.check for f in quoted("lishui-2023", {**PLACE, "opened_on": "2024-05-02"}).findings] == ["opens_later"]


def test_dates_that_contradict_each_other():
    with pytest.raises(DataError, match="before it opened"):
        quoted("lishui-2023", {**PLACE, "converted_on": "2018-01-01"})


@settings(max_examples=30)
@given(
    name=st.sampled_from(["lishui-2023", "honggutan-2024", "xingyang-2022"]),
    customer=st.sampled_from([PLACE, HOME, {**HOME, "fuel": "bottle", "burner_ok": False}, {**HOME, "needy": True}]),
    connection=st.integers(0, 10**7),
    indoor=st.integers(0, 10**7),
    hose=st.integers(0, 10**5),
    valve=st.integers(0, 10**5),
    zone=st.booleans(),
)
def test_lines_add_up_to_the_costs(name, customer, connection, indoor, hose, valve, zone):
    costs = {
        "connection": connection / 100,
        "indoor": indoor / 100,
        "devices": {"metal_hose": hose / 100, "self_closing_valve": valve / 100},
    }
    answer = quoted(name, customer, costs, development_zone=zone)
    told = sum(round(line.yuan * 100) for line in answer.lines)
    open_ = sum(round(item.yuan * 100) for item in answer.undetermined)
    flat = {"connection": connection, "indoor": indoor, "metal_hose": hose, "self_closing_valve": valve}
    assert told + open_ == sum(fen for item, fen in flat.items() if item not in answer.not_needed)
