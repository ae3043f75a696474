"""Every rule of the two districts: triggered, not triggered, unknown; each with its clause."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridrisk import params
from gridrisk.coverage import decide, in_programme, load_policy, reach, rendered

ON = dt.date(2024, 5, 1)
DOCUMENT = "红谷府办发〔2024〕13号"
SCHOOLS = ("school", "kindergarten", "hospital", "shop", "hotel", "entertainment", "industry")


@pytest.mark.parametrize(
    ("fields", "covered", "decision", "rule", "item"),
    [
        ({}, True, "pipe", "street_catering", "附件1 四(一)1"),
        ({"premises": "courtyard"}, True, "pipe", "other_catering", "附件1 四(一)4"),
        *[({"kind": kind}, True, "pipe", "nine_small_places", "附件1 四(一)2") for kind in SCHOOLS],
        *[({"kind": k}, True, "pipe", "canteen", "附件1 四(一)3") for k in ("canteen", "government", "welfare")],
        ({"kind": "market"}, True, "pipe", "market", "附件1 二"),
        ({"kind": "resident"}, True, "excluded", "resident", "附件1"),
        ({"kind": "religious"}, True, "excluded", "not_named", "附件1 四(一)"),
        ({"licensed": False}, True, "excluded", "unlicensed", "附件1 四(二)1"),
        ({"legal_building": False}, True, "excluded", "illegal_building", "附件1 四(二)1"),
        ({"premises": "temporary"}, True, "excluded", "temporary_or_mobile", "附件1 四(二)3"),
        ({"premises": "mobile"}, True, "excluded", "temporary_or_mobile", "附件1 四(二)3"),
        ({}, False, "electric", "outside_coverage", "附件1 四(三)1"),
        ({"premises": "complex"}, True, "electric", "crowded_place", "附件1 四(三)3"),
        ({"premises": "pedestrian_street"}, True, "electric", "crowded_place", "附件1 四(三)3"),
        ({"wants_electric": True}, True, "electric", "wants_electric", "附件1 四(三)第4项（原文编号为3）"),
        ({"meets_gas_standard": False}, True, "electric", "unfit", "附件1 四(三)2"),
        ({"premises": "office_tower"}, True, "pipe", "other_catering", "附件1 四(一)4"),
    ],
)
def test_honggutan(verdict, honggutan, fields, covered, decision, rule, item):
    row = verdict(honggutan, covered=covered, **fields)
    assert (row["decision"], row["rule"], row["clause"]) == (decision, rule, f"{DOCUMENT} {item}")
    assert row["missing"] == ""


@pytest.mark.parametrize(
    ("fields", "covered", "missing"),
    [
        ({"licensed": None}, True, {"licensed"}),
        ({"legal_building": None}, True, {"legal_building"}),
        ({"premises": None}, True, {"premises"}),
        ({"kind": None}, True, {"kind"}),
        ({"fuel": None}, True, {"fuel"}),
        ({}, None, {"covered"}),
        # Outside coverage the place would go electric, but an unlawful one would be left out: still unknown.
        ({"licensed": None}, False, {"licensed"}),
    ],
)
def test_honggutan_unknown_names_the_field(verdict, honggutan, fields, covered, missing):
    row = verdict(honggutan, covered=covered, **fields)
    assert row["decision"] == "unknown"
    assert set(row["missing"].split(",")) == missing
    assert row["reason"].render("zh").count("{") == 0


def test_another_rule_decides_whatever_is_unknown(verdict, honggutan):
    # No licence: excluded whether or not the building is lawful, wherever it stands.
    row = verdict(honggutan, licensed=False, legal_building=None, premises=None, covered=None)
    assert (row["decision"], row["rule"]) == ("excluded", "unlicensed")
    # A mobile stall inside coverage is left out with and without a licence.
    row = verdict(honggutan, premises="mobile", licensed=None)
    assert row["decision"] == "excluded"


def test_an_unmentioned_wish_is_presumed_and_said_so(verdict, honggutan):
    row = verdict(honggutan, wants_electric=None)
    assert (row["decision"], row["presumed"]) == ("pipe", "wants_electric,meets_gas_standard")
    row = verdict(honggutan)
    assert row["presumed"] == "meets_gas_standard"
    assert verdict(honggutan, meets_gas_standard=True)["presumed"] == ""
    assert verdict(honggutan, licensed=False, wants_electric=None)["presumed"] == ""


@pytest.mark.parametrize(
    ("fields", "covered", "decision", "rule", "item"),
    [
        ({}, True, "pipe", "covered", "二(五)"),
        ({"kind": "school"}, True, "pipe", "covered", "二(五)"),
        ({"premises": "complex"}, True, "pipe", "covered", "二(五)"),
        ({}, False, "electric", "outside_coverage", "二(五)"),
        ({"wants_electric": True}, True, "electric", "wants_electric", "二(五)"),
        ({"meets_gas_standard": False}, True, "electric", "unfit", "二(五)"),
        ({"premises": "mobile"}, True, "excluded", "no_fixed_place", "二(一), 二(五)"),
        ({"premises": "temporary"}, False, "excluded", "no_fixed_place", "二(一), 二(五)"),
        ({"kind": "resident"}, True, "pipe", "resident_covered", "二(五), 三(一)2(3)"),
        ({"kind": "resident"}, False, "excluded", "resident_uncovered", "二(五), 三(一)2(2)"),
        # Lishui asks for no licence.
        ({"licensed": False}, True, "pipe", "covered", "二(五)"),
    ],
)
def test_lishui(verdict, lishui, fields, covered, decision, rule, item):
    row = verdict(lishui, covered=covered, **fields)
    assert (row["decision"], row["rule"]) == (decision, rule)
    assert row["clause"] == f"溧水区“安心用气工程”建设实施意见（送审稿） {item}"


def test_lishui_unknown(verdict, lishui):
    assert verdict(lishui, covered=None)["missing"] == "covered"
    assert verdict(lishui, premises=None)["missing"] == "premises"
    # A canteen is no stall, wherever it is.
    assert verdict(lishui, kind="canteen", premises=None)["decision"] == "pipe"


def test_done_when_gas_is_lit(people, honggutan):
    customers = people(
        {"kind": "catering", "fuel": "pipe", "converted_on": dt.date(2024, 5, 1)},
        {"kind": "catering", "fuel": "bottle", "converted_on": dt.date(2024, 4, 30)},
        {"kind": "catering", "fuel": "pipe", "converted_on": dt.date(2024, 5, 2)},
        {"kind": "catering", "fuel": "pipe"},
        {"kind": "catering", "fuel": "electric"},
        {"kind": "catering", "fuel": "none"},
        {"kind": "catering", "fuel": "electric", "converted_on": dt.date(2024, 1, 1)},
    )
    result = decide(customers, None, honggutan, on=ON)
    # Those on the pipe or on electricity without a date were never bottled and are no part of it.
    assert list(result.index) == ["c0", "c1", "c2", "c6"]
    assert list(result["decision"]) == ["done", "done", "unknown", "done"]
    assert result["clause"].iloc[0] == f"{DOCUMENT} 附件1 六1"
    assert in_programme(customers).sum() == 4


def test_nobody_to_decide(people, honggutan):
    customers = people({"kind": "catering", "fuel": "pipe"})
    assert decide(customers, None, honggutan, on=ON).empty


def test_rendered_in_both_languages(people, honggutan):
    frame = decide(people({"kind": "resident", "fuel": "bottle"}, {"kind": "shop"}), None, honggutan, on=ON)
    assert rendered(frame, "en")["reason"].iloc[0] == "the programme is for non-residents"
    assert rendered(frame, "zh")["reason"].iloc[0] == "方案针对非居民用户"
    assert "fuel" in rendered(frame, "en")["reason"].iloc[1]


def test_inputs_stay_as_they_are(people, lishui):
    customers = people({"kind": "catering", "fuel": "bottle"})
    before = customers.copy(deep=True)
    decide(customers, None, lishui, on=ON)
    pd.testing.assert_frame_equal(customers, before)


def test_row_order_does_not_matter(people, honggutan):
    customers = people(*({"kind": kind, "fuel": "bottle", "licensed": True} for kind in SCHOOLS))
    straight = decide(customers, None, honggutan, on=ON)
    back = decide(customers.iloc[::-1], None, honggutan, on=ON)
    pd.testing.assert_frame_equal(straight, back.loc[straight.index])


FIELDS = {
    "kind": ("catering", "resident", "canteen", "market", "religious", "shop"),
    "premises": ("street", "complex", "mobile", "courtyard"),
    "licensed": (True, False),
    "legal_building": (True, False),
    "wants_electric": (True, False),
    "meets_gas_standard": (True, False),
    "covered": (True, False),
}


CASE = st.fixed_dictionaries({field: st.sampled_from((None, *values)) for field, values in FIELDS.items()})
LESSON = st.sampled_from([(field, value) for field, values in FIELDS.items() for value in values])


def decide_cases(people, policy, cases):
    customers = people(*({"fuel": "bottle", **{k: v for k, v in case.items() if k != "covered"}} for case in cases))
    covered = pd.Series([case["covered"] for case in cases], index=customers.index, dtype="boolean")
    return decide(customers, covered, policy, on=ON)


@pytest.mark.parametrize("name", ["honggutan-2024", "lishui-2023"])
@settings(max_examples=6)
@given(pairs=st.lists(st.tuples(CASE, LESSON), min_size=10, max_size=60))
def test_knowing_more_never_changes_a_decision(people, name, pairs):
    policy = load_policy(name)
    strict = policy.model_copy(update={"presumptions": {}})
    pairs = [(case, lesson) for case, lesson in pairs if case[lesson[0]] is None]
    if not pairs:
        return
    cases = [case for case, _ in pairs]
    more = [{**case, field: value} for case, (field, value) in pairs]
    before, after = (decide_cases(people, strict, one) for one in (cases, more))
    assert (before["decision"].eq("unknown") | before["decision"].eq(after["decision"])).all()
    # With presumptions only what was presumed can change it.
    before, after = (decide_cases(people, policy, one) for one in (cases, more))
    changed = before["decision"].ne("unknown") & before["decision"].ne(after["decision"])
    for (_, (field, _)), flips, presumed in zip(pairs, changed, before["presumed"], strict=True):
        assert not flips or field in presumed.split(",")


@pytest.mark.shared
def test_caterers_that_someone_else_surveyed(shared_data, people, make_pipes, make_roads):
    """Sixty caterers of a delivery: those without a licence are left out, those without a record stay unknown."""
    table = pd.read_excel(shared_data / "delivery_a" / "餐饮用户摸底表.xlsx", engine="calamine")
    kinds = {"学校食堂": "canteen", "医院食堂": "canteen", "农贸市场": "market"}
    fuels = {"管道天然气": "pipe", "瓶装液化气": "bottle", "电": "electric"}
    from shapely.geometry import Point

    customers = people(
        *(
            {
                "kind": kinds.get(row["类别"], "catering"),
                "fuel": fuels[row["用气"]],
                "area_m2": row["面积㎡"],
                "licensed": {"有": True, "无": False}.get(row["营业执照"]),
                "kitchen_area_m2": row["厨房面积"],
                "vent_area_m2": row["通风面积"],
                "at": Point(row["X"], row["Y"]),
            }
            for row in table.to_dict("records")
        )
    )
    line = [(table["X"].min(), table["Y"].min()), (table["X"].max(), table["Y"].max())]
    way = reach(customers, make_pipes(("p", line, {})), make_roads(line), params.load("coverage"))
    bottled = customers[customers["fuel"].eq("bottle")]
    result = decide(customers, way["covered"], load_policy("honggutan-2024"), on=ON)
    assert list(result.index) == list(bottled.index)
    without = bottled["licensed"].eq(False).fillna(value=False)
    assert set(result.loc[without, "decision"]) == {"excluded"}
    assert set(result.loc[~without, "decision"]) == {"unknown"}
    unrecorded = bottled["licensed"].isna()
    assert result.loc[unrecorded, "missing"].str.contains("licensed").all()
    assert not result.loc[~without & ~unrecorded, "missing"].str.contains("licensed").any()
    # Lishui knows what becomes of the canteens and markets, for it asks for no licence.
    lishui = decide(customers, way["covered"], load_policy("lishui-2023"), on=ON)
    assert set(lishui.loc[bottled["kind"].ne("catering"), "decision"]) <= {"pipe", "electric"}
