"""Devices by the districts' tables, their money by hand, visits that keep the deadline."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from gridrisk.coverage import assess, load_policy, plan_visits, price_devices, summarise_devices

ON = dt.date(2024, 3, 10)
HOME = {"kind": "resident", "fuel": "pipe", "needy": False, "old_community": False, "building_height_m": 30.0}


def judged(people, name, *rows):
    return assess(people(*rows), load_policy(name), on=ON).iloc[0]


@pytest.mark.parametrize(
    ("name", "row", "needed"),
    [
        ("honggutan-2024", HOME, "metal_hose,self_closing_valve"),  # 附件2 一
        ("honggutan-2024", {**HOME, "fuel": "bottle"}, "safety_kit"),
        ("nanchuan-2022", HOME, ""),  # 附件 二: other residents by and by
        ("nanchuan-2022", {**HOME, "old_community": True}, "self_closing_valve"),
        ("nanchuan-2022", {**HOME, "needy": True}, "self_closing_valve"),
        ("nanchuan-2022", {**HOME, "needy": True, "building_height_m": 100.0}, "self_closing_valve"),
        ("nanchuan-2022", {**HOME, "needy": True, "building_height_m": 100.1}, "self_closing_valve,alarm"),
        ("nanchuan-2022", {"kind": "school", "fuel": "pipe"}, "alarm"),
        # 附件 二, 三(四)1: new residents; the day on which gas was lit counts before that of the opening.
        ("nanchuan-2022", {**HOME, "opened_on": dt.date(2022, 2, 14)}, ""),
        ("nanchuan-2022", {**HOME, "opened_on": dt.date(2022, 2, 15)}, "self_closing_valve"),
        (
            "nanchuan-2022",
            {**HOME, "opened_on": dt.date(2010, 1, 1), "converted_on": dt.date(2023, 1, 1)},
            "self_closing_valve",
        ),
        (
            "nanchuan-2022",
            {**HOME, "opened_on": dt.date(2023, 1, 1), "building_height_m": 100.5},
            "self_closing_valve,alarm",
        ),
        ("lishui-2023", HOME, "metal_hose,burner"),  # 附件1
        ("lishui-2023", {**HOME, "needy": True}, "metal_hose,alarm,burner"),
        ("lishui-2023", {**HOME, "fuel": "bottle"}, "burner,safety_kit"),
        ("lishui-2023", {"kind": "catering", "fuel": "pipe"}, "metal_hose,alarm,burner"),
        ("lishui-2023", {"kind": "catering", "fuel": "bottle"}, "alarm,burner,safety_kit"),
        ("xingyang-2022", HOME, "metal_hose,self_closing_valve"),  # 三(二)
        ("xingyang-2022", {**HOME, "fuel": "bottle"}, "metal_hose"),
        ("xingyang-2022", {"kind": "shop", "fuel": "bottle"}, "metal_hose,alarm,alarm_linked_shutoff"),  # 三(一)
        ("jianghai-2023", {"kind": "catering", "fuel": "bottle"}, "alarm,alarm_linked_shutoff"),  # 二(四)15
    ],
)
def test_who_needs_what(people, name, row, needed):
    assert judged(people, name, row)["needed"] == needed


def test_what_nobody_asks_of_them_is_not_listed(people):
    customers = people({"kind": "shop", "fuel": "bottle"}, {"kind": "resident", "fuel": "electric"})
    assert assess(customers, load_policy("nanchuan-2022"), on=ON).empty


def test_unknown_is_not_missing(people):
    row = judged(people, "honggutan-2024", {**HOME, "metal_hose": False})
    assert (row["missing"], row["unrecorded"], row["state"]) == ("metal_hose", "self_closing_valve", "unknown")
    assert row["fields"] == "self_closing_valve"
    row = judged(people, "nanchuan-2022", {**HOME, "old_community": None, "self_closing_valve": False})
    assert (row["needed"], row["missing"], row["unrecorded"]) == ("", "", "self_closing_valve")
    assert "old_community" in row["fields"]
    row = judged(people, "nanchuan-2022", {**HOME, "old_community": None, "self_closing_valve": True})
    assert row["state"] == "complete"


@pytest.mark.parametrize(
    ("name", "row", "deadline", "overdue"),
    [
        ("nanchuan-2022", {"kind": "hotel", "fuel": "pipe", "alarm": False}, "2022-02-28", True),
        ("xingyang-2022", {"kind": "hotel", "fuel": "pipe", "alarm": False}, "2022-06-30", True),
        ("xingyang-2022", {**HOME, "metal_hose": False}, "2023-10-31", True),
        ("lishui-2023", {"kind": "school", "fuel": "pipe", "alarm": False}, "2023-12-31", True),
        ("lishui-2023", {"kind": "catering", "fuel": "pipe", "alarm": False}, "2024-06-30", False),
        ("lishui-2023", {**HOME, "metal_hose": False}, "2025-12-31", False),
        ("honggutan-2024", {**HOME, "metal_hose": False}, "2024-12-31", False),
    ],
)
def test_deadlines(people, name, row, deadline, overdue):
    found = judged(people, name, row)
    assert (found["deadline"], bool(found["overdue"])) == (pd.Timestamp(deadline), overdue)


def money(people, parameters, name, *rows, zone=False):
    customers = people(*rows)
    policy = load_policy(name)
    index = customers.index
    zones = pd.Series([zone] * len(index), index=index, dtype="boolean")
    return price_devices(assess(customers, policy, on=ON), customers, policy, parameters, on=ON, development_zone=zones)


def test_money(people, parameters):
    # 60 + 180: 42, 42 and 100, the company 56 (附件2 三1(1)); three households three times that.
    bare = {**HOME, "metal_hose": False, "self_closing_valve": False}
    frame = money(people, parameters, "honggutan-2024", bare, {**bare, "households": 3})
    pays = ["cost_yuan", "pay_city", "pay_district", "pay_user", "pay_company"]
    assert frame[pays].to_numpy().tolist() == [[240, 42, 42, 100, 56], [720, 126, 126, 300, 168]]
    # Only the valve: 27, 27, 70, the company 56.
    frame = money(people, parameters, "honggutan-2024", {**bare, "metal_hose": True})
    assert frame[pays].to_numpy().tolist() == [[180, 27, 27, 70, 56]]
    # Xingyang 六(二): 80 each.
    frame = money(people, parameters, "xingyang-2022", bare)
    assert frame[pays].to_numpy().tolist() == [[240, 80, 0, 80, 80]]
    # What is not recorded has no price.
    assert np.isnan(money(people, parameters, "xingyang-2022", {**bare, "metal_hose": None})["cost_yuan"].iloc[0])


def test_lishui_safety_kit_and_stove(people, parameters):
    # Material 70 of government, fitting 20 of the company, stove 400: 300 of government; the district gives back half.
    row = {"kind": "resident", "fuel": "bottle", "needy": False, "safety_kit": False, "burner_ok": False}
    found = money(people, parameters, "lishui-2023", row).iloc[0]
    assert (found["cost_yuan"], found["pay_user"], found["pay_company"]) == (490, 100, 20)
    assert (found["pay_district"], found["pay_town"], found["pay_government"]) == (185, 185, 370)


def test_visits_keep_the_deadline_and_the_needy_come_first(people):
    lacking = {**HOME, "metal_hose": False, "self_closing_valve": False}
    customers = people(
        *([lacking] * 19), {**lacking, "needy": True}, {**HOME, "metal_hose": True, "self_closing_valve": True}
    )
    assessed = assess(customers, load_policy("honggutan-2024"), on=ON)
    town = pd.Series("t1", index=customers.index)
    visits = plan_visits(assessed, town, customers, on=ON)
    # Twenty visits over the ten months March to December: two a month.
    assert visits.value_counts().to_dict() == {f"2024-{month:02d}": 2 for month in range(3, 13)}
    assert visits["c19"] == "2024-03"
    assert pd.isna(visits["c20"])
    late = plan_visits(assessed, town, customers, on=dt.date(2025, 2, 1))
    assert set(late.dropna()) == {"2025-02"}


def test_summary_by_town_and_target(people, parameters, towns):
    from shapely.geometry import Point

    full = {**HOME, "metal_hose": True, "self_closing_valve": True}
    customers = people(
        {**full, "at": Point(10, 10)},
        {**full, "metal_hose": False, "at": Point(20, 20)},
        {**full, "metal_hose": None, "at": Point(150, 20)},
    )
    policy = load_policy("honggutan-2024")
    assessed = assess(customers, policy, on=ON)
    table = assessed.join(price_devices(assessed, customers, policy, parameters, on=ON))
    found = summarise_devices(table, customers, towns, policy, on=dt.date(2025, 1, 1))
    assert found["customers"].to_dict() == {"t1": 2, "t2": 1}
    assert found["share"].to_dict() == {"t1": 0.5, "t2": 0.0}
    assert found["missing_yuan"].to_dict() == {"t1": 60.0, "t2": 0.0}
    assert not found["on_track"]["t1"]
    assert pd.isna(found["on_track"]["t2"])
