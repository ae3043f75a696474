"""Amounts by hand, at the caps and beside them, on the effective days, for each exclusion; parts add up to the fen."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridrisk.coverage import decide, price, split_fen
from gridrisk.coverage.money import estimate_costs
from gridrisk.coverage.vocabulary import Part
from gridrisk.errors import DataError

ON = dt.date(2024, 5, 1)


def nan_equal(left: float, right: float | None) -> bool:
    return np.isnan(left) if right is None else left == pytest.approx(right, abs=0.0001)


# Lishui 三(二)2: user 10 %, government 50 % but at most 12,500, company the rest. Indoor work here costs nothing.
@pytest.mark.parametrize(
    ("cost", "user", "government", "company"),
    [
        (30_000, 3_000, 12_500, 14_500),  # half is 15,000: capped
        (25_000, 2_500, 12_500, 10_000),  # half is just the cap
        (24_999.98, 2_500, 12_499.99, 9_999.99),  # a tenth 2,499.998 rounds up; half 12,499.99
        (25_000.02, 2_500, 12_500, 10_000.02),  # half 12,500.01: capped
        (10_000, 1_000, 5_000, 4_000),
        (0.05, 0.01, 0.03, 0.01),  # half fen up: 0.5 -> 1, 2.5 -> 3, the rest 1
        (0, 0, 0, 0),
    ],
)
def test_lishui_connection(quote, lishui, cost, user, government, company):
    row = quote(lishui, connection=cost, indoor=0)
    assert (row["pay_user"], row["pay_government"], row["pay_company"]) == pytest.approx((user, government, company))
    assert row["cost_yuan"] == pytest.approx(cost)
    if cost:
        assert "三(二)2" in row["money_clause"]


# 三(二)1: 30 % of the first indoor installation, at most 3,500; the user pays the rest.
@pytest.mark.parametrize(
    ("cost", "government"),
    [(8_000, 2_400), (11_666.66, 3_500), (11_666.6, 3_499.98), (11_666.67, 3_500), (20_000, 3_500)],
)
def test_lishui_indoor(quote, lishui, cost, government):
    # 30 % of 11,666.66 is 3,499.998, to the fen 3,500.00.
    row = quote(lishui, connection=0, indoor=cost)
    assert row["pay_government"] == pytest.approx(government)
    assert row["pay_user"] == pytest.approx(cost - government)
    assert row["pay_company"] == 0


# 三(二)3: gas-to-electric, the same 30 % and 3,500; the town bears it alone (三(三)).
@pytest.mark.parametrize(("cost", "government"), [(10_000, 3_000), (12_000, 3_500), (11_666.6, 3_499.98)])
def test_lishui_electric(quote, lishui, cost, government):
    row = quote(lishui, electric=cost, wants_electric=True)
    assert (row["decision"], row["cost_yuan"]) == ("electric", pytest.approx(cost))
    assert row["pay_government"] == pytest.approx(government)
    assert row["government_town"] == pytest.approx(government)
    assert row["government_district"] == 0
    assert row["pay_company"] == 0


def test_lishui_all_of_a_conversion(quote, lishui):
    # Connection 30,000: 3,000 / 12,500 / 14,500. Indoor 8,000: 5,600 / 2,400 / 0. The district gives half back.
    row = quote(lishui)
    assert (row["pay_user"], row["pay_government"], row["pay_company"]) == (8_600, 14_900, 14_500)
    assert (row["government_district"], row["government_town"], row["government_city"]) == (7_450, 7_450, 0)
    assert row["cost_yuan"] == 38_000
    assert row["money_missing"] == ""


def test_lishui_district_gives_back_at_most_half(quote, lishui):
    # Half of 0.05 is 0.03 to the fen; half of that is 1.5 fen: the district gives 1, the town keeps 2.
    row = quote(lishui, connection=0.05, indoor=0)
    assert (row["government_district"], row["government_town"]) == (0.01, 0.02)


def test_lishui_development_zone(quote, lishui):
    row = quote(lishui, zone=True)
    assert (row["government_district"], row["government_town"]) == (0, 14_900)
    row = quote(lishui, zone=None)
    assert row["pay_government"] == 14_900
    assert np.isnan(row["government_district"])
    assert np.isnan(row["government_town"])


@pytest.mark.parametrize(
    "fields",
    [
        {"premises": "complex"},  # 不包括一
        {"premises": "office_tower"},
        {"premises": "large_hotel"},
        {"kind": "canteen"},  # 不包括二
        {"kind": "school"},
        {"kind": "kindergarten"},
        {"kind": "hospital"},
        {"kind": "government"},
        {"kind": "welfare"},
        {"kind": "industry"},
        {"opened_on": dt.date(2023, 10, 2)},  # 不包括三
        {"area_m2": 501.0},
        {"legal_building": False},  # 二(一)
        {"on": dt.date(2023, 6, 20)},  # 三(三): from 2023-06-21
        {"on": dt.date(2026, 1, 1)},  # in force until 2025-12-31
    ],
)
def test_lishui_without_connection_subsidy(quote, lishui, fields):
    row = quote(lishui, indoor=0, **fields)
    assert row["decision"] == "pipe"
    assert (row["pay_user"], row["pay_government"], row["pay_company"]) == (30_000, 0, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"area_m2": 500.0},
        {"area_m2": 499.0},
        {"opened_on": dt.date(2023, 10, 1)},
        {"opened_on": dt.date(2024, 2, 1), "covered_when_opened": False},  # opened outside, reached since
        {"on": dt.date(2023, 6, 21)},
        {"on": dt.date(2025, 12, 31)},
    ],
)
def test_lishui_with_connection_subsidy(quote, lishui, fields):
    assert quote(lishui, indoor=0, **fields)["pay_government"] == 12_500


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"area_m2": None}, "area_m2"),
        ({"kind": "hotel", "premises": None}, "premises"),
        ({"opened_on": None}, "opened_on"),
        ({"opened_on": dt.date(2024, 2, 1), "covered_when_opened": None}, "covered_when_opened"),
    ],
)
def test_lishui_unknown_amounts(quote, lishui, fields, missing):
    row = quote(lishui, indoor=0, **fields)
    assert row["decision"] == "pipe"
    assert np.isnan(row["pay_government"])
    assert row["cost_yuan"] == 30_000
    assert missing in row["money_missing"].split(",")


def test_a_share_on_which_all_agree_is_known(quote, lishui):
    # Large hotel or not: the gas company pays nothing of the indoor work.
    row = quote(lishui, connection=0, kind="hotel", premises=None)
    assert np.isnan([row["pay_user"], row["pay_government"]]).all()
    assert row["pay_company"] == 0


def test_lishui_the_size_of_small_catering_is_not_stated(quote, lishui):
    row = quote(lishui, area_m2=600.0)
    assert np.isnan(row["pay_government"])
    assert "indoor_size_open" in row["tariffs"]


def test_lishui_residents(quote, lishui):
    # 三(一)2(3): residents bear their own conversion; 三(一)1 leaves open who pays the pipe work of needy ones.
    row = quote(lishui, kind="resident")
    assert (row["pay_user"], row["pay_government"], row["pay_company"]) == (38_000, 0, 0)
    assert np.isnan(quote(lishui, kind="resident", needy=True)["pay_user"])
    assert np.isnan(quote(lishui, kind="resident", needy=None)["pay_user"])


def test_honggutan_amounts_are_not_stated(quote, honggutan):
    row = quote(honggutan)
    assert row["cost_yuan"] == 38_000
    assert np.isnan([row["pay_user"], row["pay_government"], row["pay_company"]]).all()


@pytest.mark.parametrize(
    ("fields", "fixed"),
    [
        ({}, True),
        ({"vent_area_m2": 1.2}, True),  # just a tenth of 12 m2
        ({"vent_area_m2": 1.19}, False),
        ({"kitchen_outside_opening": False}, False),
        ({"kind": "canteen"}, False),
        ({"vent_area_m2": None}, None),
        ({"kitchen_outside_opening": None}, None),
        ({"kitchen_outside_opening": None, "vent_area_m2": 0.5}, False),
        ({"wants_electric": True}, None),  # no pipe, no price of it
    ],
)
def test_honggutan_fixed_price(quote, honggutan, fields, fixed):
    answer = quote(honggutan, **fields)["benefit_fixed_price"]
    assert answer is pd.NA if fixed is None else answer == fixed


# 附件2 三1: what each bears of a hose and valve of 300, 100 and 150 yuan.
@pytest.mark.parametrize(
    ("tariff", "cost", "city", "district", "user", "company"),
    [
        ("hose_and_valve", 300, 42, 42, 100, 116),
        ("hose_and_valve", 184, 42, 42, 100, 0),
        ("hose_only", 120, 15, 15, 30, 60),
        ("valve_only", 180, 27, 27, 70, 56),
        # Cheaper than the sums: public money first, in the order of the file, and never more than the cost.
        ("hose_only", 40, 15, 15, 10, 0),
    ],
)
def test_honggutan_devices(honggutan, tariff, cost, city, district, user, company):
    parts = next(entry for entry in honggutan.tariffs if entry.id == tariff).parts
    shares = split_fen(np.array([cost * 100]), parts)
    assert {payer: int(fen[0]) // 100 for payer, fen in shares.items()} == {
        "city": city,
        "district": district,
        "user": user,
        "company": company,
    }


def test_lishui_bottled_burner(lishui):
    # 三(一)2(2): at most 300 yuan for an unfit stove.
    parts = next(entry for entry in lishui.tariffs if entry.id == "bottled_burner").parts
    shares = split_fen(np.array([25_000, 30_000, 30_001]), parts)
    assert shares["town"].tolist() == [25_000, 30_000, 30_000]
    assert shares["user"].tolist() == [0, 0, 1]


@given(
    fen=st.lists(st.integers(0, 10**11), min_size=1, max_size=5),
    percents=st.lists(st.integers(0, 33), min_size=2, max_size=2),
    cap=st.floats(0, 1e6),
)
def test_parts_add_up(fen, percents, cap):
    parts = [
        Part(payer="city", yuan=42),
        Part(payer="user", percent=percents[0]),
        Part(payer="town", fraction="1/3", cap_yuan=cap),
        Part(payer="district", percent=percents[1]),
        Part(payer="company", rest=True),
    ]
    cost = np.array(fen, dtype=np.int64)
    shares = split_fen(cost, parts)
    assert (sum(shares.values()) == cost).all()
    assert all((share >= 0).all() for share in shares.values())


@settings(max_examples=10)
@given(
    cases=st.lists(
        st.tuples(
            st.integers(0, 10**8),
            st.integers(0, 10**8),
            st.sampled_from([True, False, None]),
            st.sampled_from([80.0, 500.0, 501.0, None]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_conversion_adds_up_to_the_fen(people, good, lishui, parameters, cases):
    connection, indoor, zone, area = zip(*cases, strict=True)
    customers = people(*({**good, "area_m2": one} for one in area))
    index = customers.index
    way = pd.DataFrame({"reach_m": 20.0, "method": "street"}, index=index)
    way["covered"] = pd.Series(True, index=index, dtype="boolean")
    costs = pd.DataFrame({"connection": np.array(connection) / 100, "indoor": np.array(indoor) / 100}, index=index)
    decisions = decide(customers, way["covered"], lishui, on=ON)
    zones = pd.Series(zone, index=index, dtype="boolean")
    money = price(decisions, customers, way, lishui, parameters, on=ON, development_zone=zones, costs=costs)
    assert ((money["cost_yuan"] * 100).round() == np.array(connection) + np.array(indoor)).all()
    pays = money[["pay_user", "pay_government", "pay_company"]]
    known = pays.notna().all(axis=1)
    assert known[customers["area_m2"] <= 500].all()
    fen = (pays[known] * 100).round().astype("int64").sum(axis=1)
    assert (fen == (money.loc[known, "cost_yuan"] * 100).round().astype("int64")).all()
    split = money[[f"government_{payer}" for payer in ("city", "district", "town")]]
    divided = split.notna().all(axis=1)
    assert divided[known & zones.notna()].all()
    total = (split[divided] * 100).round().sum(axis=1)
    assert (total == (money.loc[divided, "pay_government"] * 100).round()).all()


def test_estimated_costs(people, lishui, parameters):
    good = {"kind": "catering", "fuel": "bottle", "premises": "street", "wants_electric": False}
    customers = people(good, good, {**good, "wants_electric": True}, {**good, "kind": "resident"}, good)
    way = pd.DataFrame(
        {
            "reach_m": [40.0, 40.0, 40.0, 10.0, np.nan],
            "method": ["street", "straight", "street", "direct", None],
            "covered": pd.array([True, True, True, True, None], dtype="boolean"),
        },
        index=customers.index,
    )
    decisions = decide(customers, way["covered"], lishui, on=ON)
    costs = estimate_costs(decisions, customers, way, parameters)
    # 12,000 + 40 m x 350; the straight line lengthened by 1.3; electric instead; residents 2,500 + 10 x 350.
    assert costs["connection"].iloc[:4].tolist() == [26_000, 30_200, 0, 6_000]
    assert costs["indoor"].iloc[:4].tolist() == [8_000, 8_000, 0, 1_500]
    assert costs["electric"].iloc[:4].tolist() == [0, 0, 12_000, 0]
    assert costs.iloc[4].isna().all()
    money = price(decisions, customers, way, lishui, parameters, on=ON)
    assert money["cost_estimated"].tolist() == [True, True, True, True, False]
    assert np.isnan(money["cost_yuan"].iloc[4])


def test_a_place_beyond_every_main_has_no_cost_of_connection(people, lishui, parameters):
    customers = people({"kind": "shop", "fuel": "bottle", "premises": "street"})
    way = pd.DataFrame({"reach_m": [np.nan], "method": [None]}, index=customers.index)
    way["covered"] = pd.Series([True], index=customers.index, dtype="boolean")
    money = price(decide(customers, way["covered"], lishui, on=ON), customers, way, lishui, parameters, on=ON).iloc[0]
    assert np.isnan(money["cost_yuan"])
    assert np.isnan(money["pay_user"])


def test_the_present_network_tells_about_the_opening(people, lishui, parameters):
    late = {
        "kind": "catering",
        "fuel": "bottle",
        "premises": "street",
        "area_m2": 50.0,
        "opened_on": dt.date(2024, 2, 1),
    }
    customers = people(late, late)
    way = pd.DataFrame({"reach_m": 20.0, "method": "street"}, index=customers.index)
    way["covered"] = pd.Series(True, index=customers.index, dtype="boolean")
    way["main_year"] = pd.Series([2010, 2024], index=customers.index, dtype="Int64")
    decisions = decide(customers, way["covered"], lishui, on=ON)
    money = price(decisions, customers, way, lishui, parameters, on=ON)
    assert money["pay_company"].iloc[0] == 0
    assert "covered_when_opened" in money["money_missing"].iloc[1]


def test_negative_quotation(people, lishui, parameters):
    customers = people({"kind": "shop", "fuel": "bottle"})
    way = pd.DataFrame({"reach_m": [1.0], "method": ["street"], "covered": [True]}, index=customers.index)
    decisions = decide(customers, way["covered"], lishui, on=ON)
    costs = pd.DataFrame({"connection": [-1.0]}, index=customers.index)
    with pytest.raises(DataError, match="negative"):
        price(decisions, customers, way, lishui, parameters, on=ON, costs=costs)
