"""The five documents, item by item: decisions and amounts worked out by hand, one row a case.

Every rule, tariff and refund of the shipped files occurs in a row; the last test sees to that.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest

from gridrisk.coverage import load_policy, parse_case, policy_names, quote

policy_of = cache(load_policy)

CATERING = {
    "kind": "catering",
    "fuel": "bottle",
    "premises": "street",
    "licensed": True,
    "legal_building": True,
    "area_m2": 120,
    "opened_on": "2018-03-01",
}
FLAT = {"kind": "resident", "fuel": "pipe", "needy": False}
BOTTLED = {"kind": "resident", "fuel": "bottle", "needy": False, "burner_ok": False}


def run(name, customer, *, covered=True, on="2024-05-01", **more):
    raw = {"customer": customer, "covered": covered, "on": on, **more}
    return quote(parse_case(raw, today=dt.date(2024, 5, 1)), policy_of(name))


# Decisions: policy, what differs from a street restaurant on bottled gas, inside coverage, decision, rule.
HONGGUTAN, LISHUI, JIANGHAI = "honggutan-2024", "lishui-2023", "jianghai-2023"
DECISIONS = [
    (HONGGUTAN, {"kind": "resident"}, True, "excluded", "resident"),  # 附件1: non-residents
    (HONGGUTAN, {"legal_building": False}, True, "excluded", "illegal_building"),  # 附件1 四(二)1 违章建筑
    (HONGGUTAN, {"licensed": False}, True, "excluded", "unlicensed"),  # 附件1 四(二)1 未取得经营许可
    (HONGGUTAN, {}, False, "electric", "outside_coverage"),  # 附件1 四(三)1
    (HONGGUTAN, {"premises": "complex"}, True, "electric", "crowded_place"),  # 附件1 四(三)3 商业综合体
    (HONGGUTAN, {"premises": "pedestrian_street"}, True, "electric", "crowded_place"),  # 商业步行街
    (HONGGUTAN, {"wants_electric": True}, True, "electric", "wants_electric"),  # 附件1 四(三) the last one
    (HONGGUTAN, {"meets_gas_standard": False}, True, "electric", "unfit"),  # 附件1 四(三)2, 四(二)2
    (HONGGUTAN, {"premises": "temporary"}, True, "excluded", "temporary_or_mobile"),  # 附件1 四(二)3
    (HONGGUTAN, {"premises": "mobile"}, True, "excluded", "temporary_or_mobile"),
    (HONGGUTAN, {}, True, "pipe", "street_catering"),  # 附件1 四(一)1
    *(
        (HONGGUTAN, {"kind": kind}, True, "pipe", "nine_small_places")  # 附件1 四(一)2
        for kind in ("school", "kindergarten", "hospital", "shop", "hotel", "entertainment", "industry")
    ),
    *(
        (HONGGUTAN, {"kind": kind}, True, "pipe", "canteen")  # 附件1 四(一)3
        for kind in ("canteen", "government", "elderly_home", "welfare")
    ),
    (HONGGUTAN, {"kind": "market"}, True, "pipe", "market"),  # 附件1 二 农贸市场
    (HONGGUTAN, {"premises": "courtyard"}, True, "pipe", "other_catering"),  # 附件1 四(一)4
    (HONGGUTAN, {"kind": "religious"}, True, "excluded", "not_named"),
    (LISHUI, {"wants_electric": True}, True, "electric", "wants_electric"),  # 二(五)
    (LISHUI, {"kind": "resident"}, True, "pipe", "resident_covered"),  # 二(五), 三(一)2(3)
    (LISHUI, {"kind": "resident"}, False, "excluded", "resident_uncovered"),  # 三(一)2(2)
    (LISHUI, {"premises": "mobile"}, True, "excluded", "no_fixed_place"),  # 二(一) 固定经营场所
    (LISHUI, {"meets_gas_standard": False}, True, "electric", "unfit"),  # 二(五)
    (LISHUI, {}, True, "pipe", "covered"),  # 二(五) 瓶改管
    (LISHUI, {"kind": "canteen"}, True, "pipe", "covered"),
    (LISHUI, {}, False, "electric", "outside_coverage"),  # 二(五) 气改电
    (JIANGHAI, {"kind": "school"}, True, "excluded", "not_catering"),  # 三(二)31 餐饮企业
    (JIANGHAI, {"wants_electric": True}, True, "electric", "wants_electric"),
    (JIANGHAI, {"meets_gas_standard": False}, True, "electric", "unfit"),
    (JIANGHAI, {}, True, "pipe", "covered"),
    (JIANGHAI, {}, False, "electric", "outside_coverage"),
    ("nanchuan-2022", {}, True, "excluded", "no_programme"),
    ("xingyang-2022", {}, True, "excluded", "no_programme"),
]


@pytest.mark.parametrize(("name", "change", "covered", "decision", "rule"), DECISIONS)
def test_decision(name, change, covered, decision, rule):
    answer = run(name, {**CATERING, **change}, covered=covered)
    policy = policy_of(name)
    by_id = {one.id: one for one in (*policy.rules, policy.fallback)}
    assert (answer.decision, answer.clause) == (decision, policy.cite(by_id[rule].clause))


# What is not recorded is neither yes nor no: the fields that would decide it are named.
@pytest.mark.parametrize(
    ("name", "change", "covered", "missing"),
    [
        (HONGGUTAN, {"licensed": None}, True, {"licensed"}),  # an unrecorded licence is not "no licence"
        (HONGGUTAN, {"legal_building": None}, True, {"legal_building"}),
        (HONGGUTAN, {"premises": None}, True, {"premises"}),
        (HONGGUTAN, {}, None, {"covered"}),
        (LISHUI, {}, None, {"covered"}),
        (LISHUI, {"fuel": None}, True, {"fuel"}),
    ],
)
def test_not_recorded(name, change, covered, missing):
    answer = run(name, {**CATERING, **change}, covered=covered, costs={"connection": 30_000})
    assert answer.decision == "unknown"
    assert set(answer.missing) == missing
    assert [(one.item, one.yuan, set(one.missing)) for one in answer.undetermined] == [("connection", 30_000, missing)]
    assert answer.lines == ()
    assert answer.totals == {}


def test_an_exclusion_settles_it_whatever_else_is_not_recorded():
    assert (
        run(HONGGUTAN, {"kind": "catering", "fuel": "bottle", "licensed": False}, covered=None).decision == "excluded"
    )


# Money: policy, customer, costs, what is said beside them, who pays, tariffs that were used.
# Lishui 三(二)2: user 10 %, government 50 % up to 12,500, company the rest; 三(三): of the government's half and half.
MONEY = [
    (LISHUI, CATERING, {"connection": 12_000}, {}, {"user": 1200, "company": 4800, "district": 3000, "town": 3000},
     ["connection_small_catering", "district_half"]),
    (LISHUI, CATERING, {"connection": 24_999}, {},
     {"user": 2499.9, "company": 9999.6, "district": 6249.75, "town": 6249.75}, ["connection_small_catering"]),
    (LISHUI, CATERING, {"connection": 25_001}, {},
     {"user": 2500.1, "company": 10_000.9, "district": 6250, "town": 6250}, ["connection_small_catering"]),
    (LISHUI, {**CATERING, "kind": "hotel"}, {"connection": 25_000}, {},
     {"user": 2500, "company": 10_000, "district": 6250, "town": 6250}, ["connection_small_catering"]),
    (LISHUI, {**CATERING, "area_m2": 500.01}, {"connection": 25_000}, {}, {"user": 25_000},
     ["connection_unsubsidised"]),
    (LISHUI, {**CATERING, "premises": "large_hotel"}, {"connection": 25_000}, {}, {"user": 25_000},
     ["connection_unsubsidised"]),  # 不包括一
    (LISHUI, {**CATERING, "kind": "canteen"}, {"connection": 25_000, "indoor": 8000}, {}, {"user": 33_000},
     ["connection_unsubsidised", "indoor_others"]),  # 不包括二, 三(二)4
    (LISHUI, {**CATERING, "opened_on": "2023-11-11"}, {"connection": 25_000, "indoor": 8000}, {},
     {"user": 25_000 + 5600, "district": 1200, "town": 1200},  # 不包括三 speaks of the connection alone
     ["connection_unsubsidised", "indoor_small_catering"]),
    (LISHUI, {**CATERING, "opened_on": "2023-11-11"}, {"connection": 25_000}, {"covered_when_opened": False},
     {"user": 2500, "company": 10_000, "district": 6250, "town": 6250}, ["connection_small_catering"]),
    # 三(二)1: 30 % of everything together, up to 3,500; 三(三) half and half.
    (LISHUI, CATERING, {"indoor": 9000, "devices": {"burner": 1500, "alarm": 900}}, {},
     {"user": 7980, "district": 1710, "town": 1710}, ["indoor_small_catering"]),  # 30 % of 11,400 = 3,420
    (LISHUI, CATERING, {"indoor": 9000, "devices": {"burner": 1500, "alarm": 1200}}, {},
     {"user": 8200, "district": 1750, "town": 1750}, ["indoor_small_catering"]),  # 30 % of 11,700 = 3,510: 3,500
    (LISHUI, {**CATERING, "fuel": "pipe"}, {"devices": {"burner": 1500, "alarm": 900}}, {},
     {"user": 1680, "district": 360, "town": 360}, ["devices_small_catering"]),  # indoor pipe work apart
    (LISHUI, CATERING, {"connection": 12_000, "indoor": 9000}, {"development_zone": True},
     {"user": 1200 + 6300, "company": 4800, "town": 6000 + 2700}, []),  # 三(三) 开发区除外
    (LISHUI, {**CATERING, "kind": "school"}, {"devices": {"burner": 1500, "alarm": 900}}, {}, {"user": 2400},
     ["others_devices"]),  # 三(二)4
    # 三(二)3: electric 30 % up to 3,500, the town alone (三(三)).
    (LISHUI, CATERING, {"electric": 11_000}, {"covered": False}, {"user": 7700, "town": 3300},
     ["electric_small_catering"]),
    (LISHUI, CATERING, {"electric": 11_666.66}, {"covered": False}, {"user": 8166.66, "town": 3500},
     ["electric_small_catering"]),  # 30 % is 3,499.998: 3,500.00
    (LISHUI, CATERING, {"electric": 20_000}, {"covered": False}, {"user": 16_500, "town": 3500},
     ["electric_small_catering"]),
    (LISHUI, {**CATERING, "kind": "canteen"}, {"electric": 20_000}, {"covered": False}, {"user": 20_000},
     ["electric_others"]),
    # 三(三): from 2023-06-21; the last line: until 2025-12-31.
    (LISHUI, CATERING, {"electric": 11_000}, {"covered": False, "on": "2023-06-20"}, {"user": 11_000}, []),
    (LISHUI, CATERING, {"electric": 11_000}, {"covered": False, "on": "2023-06-21"}, {"user": 7700, "town": 3300}, []),
    (LISHUI, CATERING, {"indoor": 1000}, {"on": "2025-12-31"}, {"user": 700, "district": 150, "town": 150}, []),
    (LISHUI, CATERING, {"indoor": 1000}, {"on": "2026-01-01"}, {"user": 1000}, []),
    # 三(一): residents.
    (LISHUI, {**FLAT, "needy": True}, {"devices": {"burner": 380, "metal_hose": 60, "alarm": 260}}, {},
     {"town": 700}, ["needy_devices"]),  # 三(一)1, 三(三): the town alone
    (LISHUI, FLAT, {"devices": {"burner": 380, "smart_meter": 450, "alarm": 260}}, {}, {"user": 640, "company": 450},
     ["piped_resident_devices", "smart_meter", "resident_alarm"]),  # 三(一)2(1)
    (LISHUI, BOTTLED, {"devices": {"safety_kit": 75, "safety_kit_fitting": 20}}, {"covered": False},
     {"company": 20, "district": 37.5, "town": 37.5}, ["safety_kit", "safety_kit_fitting"]),  # 三(一)2(2)
    (LISHUI, BOTTLED, {"devices": {"burner": 420}}, {"covered": False}, {"user": 120, "district": 150, "town": 150},
     ["bottled_burner"]),
    (LISHUI, {**BOTTLED, "burner_ok": True}, {"devices": {"burner": 420}}, {"covered": False}, {"user": 420},
     ["bottled_resident_unsubsidised"]),
    (LISHUI, BOTTLED, {"connection": 2600, "indoor": 1400}, {}, {"user": 4000},
     ["resident_conversion"]),  # 三(一)2(3)
    # Honggutan 附件2 三1, 2.
    (HONGGUTAN, FLAT, {"devices": {"metal_hose": 90, "self_closing_valve": 160}}, {},
     {"city": 42, "district": 42, "user": 100, "company": 66}, ["hose_and_valve"]),
    (HONGGUTAN, FLAT, {"devices": {"metal_hose": 60, "self_closing_valve": 124}}, {},
     {"city": 42, "district": 42, "user": 100}, ["hose_and_valve"]),  # just covered: nothing is left
    (HONGGUTAN, FLAT, {"devices": {"metal_hose": 60.01}}, {},
     {"city": 15, "district": 15, "user": 30, "company": 0.01}, ["hose_only"]),
    (HONGGUTAN, FLAT, {"devices": {"self_closing_valve": 124.5}}, {},
     {"city": 27, "district": 27, "user": 70, "company": 0.5}, ["valve_only"]),
    (HONGGUTAN, FLAT, {"devices": {"alarm": 300}}, {}, {"user": 300}, ["resident_alarm"]),
    # Xingyang 六(二): thirds of the actual price; 六(一), 三(三): the user.
    ("xingyang-2022", FLAT, {"devices": {"self_closing_valve": 180, "metal_hose": 60}}, {"on": "2022-09-01"},
     {"city": 80, "company": 80, "user": 80}, ["piped_resident_devices"]),
    ("xingyang-2022", FLAT, {"devices": {"self_closing_valve": 161, "metal_hose": 60}}, {"on": "2022-09-01"},
     {"city": 73.67, "company": 73.67, "user": 73.66}, ["piped_resident_devices"]),
    ("xingyang-2022", {**FLAT, "fuel": "bottle"}, {"devices": {"metal_hose": 50}}, {"on": "2022-09-01"},
     {"city": 16.67, "company": 16.67, "user": 16.66}, ["bottled_resident_hose"]),
    ("xingyang-2022", FLAT, {"devices": {"alarm": 300}}, {"on": "2022-09-01"}, {"user": 300}, ["resident_alarm"]),
    ("xingyang-2022", CATERING, {"devices": {"alarm": 900, "alarm_linked_shutoff": 1500}}, {"on": "2022-05-01"},
     {"user": 2400}, ["others"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "customer", "costs", "more", "expected", "used"), MONEY)
def test_money(name, customer, costs, more, expected, used):
    answer = run(name, customer, costs=costs, **more)
    assert {payer: yuan for payer, yuan in answer.totals.items() if yuan} == expected
    told = sum(round(line.yuan * 100) for line in answer.lines)
    assert told == round(
        100 * (sum(v for k, v in costs.items() if k != "devices") + sum(costs.get("devices", {}).values()))
    )
    cited = " ".join(line.clause for line in answer.lines)
    policy = policy_of(name)
    by_id = {one.id: one for one in (*policy.tariffs, *policy.refunds)}
    assert all(by_id[one].clause in cited for one in used)


# What the documents leave open is said to be open, with the item that says so.
OPEN = [
    (HONGGUTAN, CATERING, {"connection": 9000}, True, ["conversion_open"]),  # 附件1 五(三)1
    (HONGGUTAN, CATERING, {"electric": 9000}, False, ["electric_open"]),  # 附件1 五(三)3
    ("nanchuan-2022", FLAT, {"devices": {"self_closing_valve": 150}}, True, ["devices_open"]),  # 附件 四(五)
    (JIANGHAI, CATERING, {"connection": 9000}, True, ["conversion_open"]),  # 三(二)31
    (JIANGHAI, CATERING, {"devices": {"alarm": 900}}, True, ["devices_open"]),  # 二(四)15
    (LISHUI, {**CATERING, "area_m2": 500.01}, {"indoor": 8000}, True, ["indoor_size_open"]),  # 二(一)
    (LISHUI, {**CATERING, "area_m2": 500.01}, {"electric": 8000}, False, ["electric_size_open"]),
    (LISHUI, {**BOTTLED, "needy": True}, {"connection": 2600}, True, ["needy_resident_conversion"]),  # 三(一)1
]


@pytest.mark.parametrize(("name", "customer", "costs", "covered", "used"), OPEN)
def test_left_open(name, customer, costs, covered, used):
    answer = run(name, customer, costs=costs, covered=covered)
    assert answer.lines == ()
    assert not any(answer.totals.values())
    by_id = {one.id: one for one in policy_of(name).tariffs}
    assert [one.clause for one in answer.undetermined] == [policy_of(name).cite(by_id[one].clause) for one in used]


# Honggutan 附件1 五(三)1: a door or window to the outside, and vents of at least a tenth of the kitchen's floor.
@pytest.mark.parametrize(
    ("opening", "kitchen", "vent", "fixed"),
    [
        (True, 12, 1.2, True),
        (True, 12, 1.19, False),
        (True, 12, 1.21, True),
        (True, 0.3, 0.03, True),
        (False, 12, 5, False),
        (None, 12, 1.2, None),
        (True, None, 1.2, None),
        (None, 12, 1.19, False),
    ],
)
def test_fixed_price(opening, kitchen, vent, fixed):
    fields = {"kitchen_outside_opening": opening, "kitchen_area_m2": kitchen, "vent_area_m2": vent}
    answer = run(HONGGUTAN, {**CATERING, **fields})
    assert answer.benefits == {"fixed_price": fixed, "gas_price_discount": True}
    assert policy_of(HONGGUTAN).benefits[1].months == 6  # 附件1 五(三)2: from the day gas is lit


# 南川 附件 二: new users, units and buildings over 100 m; the dates of all districts.
DEADLINES = [
    (HONGGUTAN, "pipe_2024", "2024-12-31"),  # 附件1 二
    (HONGGUTAN, "devices_2024", "2024-12-31"),  # 附件2 一
    ("nanchuan-2022", "units_2022", "2022-02-28"),  # 附件 二
    ("nanchuan-2022", "residents_2022", "2022-12-31"),
    (LISHUI, "conversion_2025", "2025-12-31"),  # 一(三)5
    (LISHUI, "standard_large_2023", "2023-12-31"),  # 一(三)6
    (LISHUI, "standard_catering_2024", "2024-06-30"),
    (LISHUI, "standard_residents_2025", "2025-12-31"),
    ("xingyang-2022", "non_residents_2022", "2022-06-30"),  # 四 第二阶段
    ("xingyang-2022", "residents_2023", "2023-10-31"),
    (JIANGHAI, "rectified_2024", "2024-06-30"),  # 一(三)
]


def test_deadlines():
    stated = [(name, t.id, t.deadline.isoformat()) for name in policy_names() for t in policy_of(name).targets]
    assert sorted(stated) == sorted(DEADLINES)


def test_reporting_days():
    days = {name: [(r.every, r.by_day, r.days) for r in policy_of(name).reports] for name in policy_names()}
    assert days["nanchuan-2022"][0] == ("quarter", None, ("02-20", "05-20", "08-20", "11-20"))  # 五(六)
    assert days[JIANGHAI] == [("month", 18, ())]  # the last line
    assert days[HONGGUTAN] == [("half_month", None, ()), ("month", None, ())]  # 附件1 三, 六12


def test_every_statement_occurs_above():
    decided = {(row[0], row[4]) for row in DECISIONS}
    used = {(row[0], one) for row in MONEY for one in row[5]} | {(row[0], one) for row in OPEN for one in row[4]}
    for name in policy_names():
        policy = policy_of(name)
        rules = {rule.id for rule in policy.rules} | ({policy.fallback.id} if name == HONGGUTAN else set())
        assert rules <= {rule for district, rule in decided if district == name}
        statements = {one.id for one in (*policy.tariffs, *policy.refunds)}
        assert statements <= {one for district, one in used if district == name}
