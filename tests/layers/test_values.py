"""Values of survey files into values of fields."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from deliveries import AS_OF
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.i18n import msg
from gridrisk.layers import faults, schema, values

HOW = values.How(AS_OF)


def read(layer: str, field: str, texts: list[object], **how: object) -> tuple[list[object], dict[str, list[int]]]:
    spec = schema.load(layer).fields[field]
    reading = values.read(pd.Series(texts, dtype=object), field, spec, values.How(AS_OF, **how))
    assert str(reading.values.dtype) == spec.dtype
    found = [None if pd.isna(value) else value for value in reading.values]
    return found, {fault.kind: fault.positions.tolist() for fault in reading.faults}


def test_words_of_a_choice_are_its_name_its_titles_and_synonyms() -> None:
    found, faults = read("pipes", "material", ["pe", "PE 管", "聚乙烯", "ＰＥ１００", "PE100(SDR11)", "Polyethylene"])
    assert found == ["pe"] * 6
    assert faults == {}


def test_bare_cast_iron_is_unknown_and_told() -> None:
    found, faults = read("pipes", "material", ["铸铁", "不详", None, "-"])
    assert found == ["unknown", "unknown", None, None]
    assert faults == {"unknown_code": [0]}


def test_unknown_word_of_a_choice_without_unknown_is_missing() -> None:
    found, faults = read("pipes", "pressure_class", ["中压", "不详", "中压A级"])
    assert found == [None, None, "medium_a"]
    assert faults == {"unknown_code": [0]}


def test_codes_of_the_crosswalk_come_first() -> None:
    found, faults = read("pipes", "material", [7, 7.0, "7", "2"], codes={"7": "pe", "2.0": "grey_cast_iron"})
    assert found == ["pe", "pe", "pe", "grey_cast_iron"]
    assert faults == {}


def test_pattern_takes_its_group_and_tells_what_it_does_not_know() -> None:
    texts: list[object] = ["125 PE 100", "what", None]
    assert read("pipes", "material", texts, pattern=r"\b(PE)\b") == (["pe", None, None], {"unreadable": [1]})
    assert read("pipes", "material", texts, pattern=r"\b(PE)\b", optional=True) == (["pe", None, None], {})


def test_booleans_in_all_dress() -> None:
    found, faults = read(
        "pipes", "cathodic", ["是", "有", "Y", 1, True, "√", "否", "无", "n", 0.0, False, "", "不详", "大概"]
    )
    assert found == [True] * 6 + [False] * 5 + [None] * 3
    assert faults == {"unreadable": [13]}


def test_negation_of_a_word_is_not_the_word() -> None:
    found, _ = read("works", "plan_signed", ["已签", "未签", None])
    assert found == [True, False, None]
    assert read("valves", "normally_open", ["常开", "常闭"])[0] == [True, False]
    assert read("customers", "legal_building", ["合法", "违建"])[0] == [True, False]


def test_numbers_out_of_text_with_their_faults() -> None:
    found, faults = read("pipes", "diameter_mm", ["DN200", "de110", "粗", "DN9000", "", None, True])
    assert found == [200.0, 110.0, None, None, None, None, None]
    assert faults == {"unreadable": [2, 6], "out_of_range": [3]}


def test_column_of_numbers_is_checked_as_a_whole() -> None:
    spec = schema.load("pipes").fields["depth_m"]
    reading = values.read(pd.Series([1.2, np.nan, 99.0, np.inf]), "depth_m", spec, HOW)
    assert reading.values.isna().tolist() == [False, True, True, True]
    assert {fault.kind: fault.positions.tolist() for fault in reading.faults} == {
        "out_of_range": [2],
        "unreadable": [3],
    }
    centimetres = values.read(pd.Series([120.0]), "depth_m", spec, values.How(AS_OF, unit="cm"))
    assert centimetres.values.tolist() == pytest.approx([1.2])


def test_whole_number_field_refuses_parts() -> None:
    assert read("customers", "households", ["3户", "3.0", "2.5"]) == ([3, 3, None], {"unreadable": [2]})


def test_year_after_the_day_of_import_is_unknown() -> None:
    found, faults = read("pipes", "install_year", ["1998年", "2049", "1850", "很早", 2026])
    assert found == [1998, None, None, None, 2026]
    assert faults == {"in_future": [1], "out_of_range": [2], "unreadable": [3]}


def test_date_needs_a_month_and_a_plan_may_lie_ahead() -> None:
    found, faults = read("works", "end_on", ["2027-12-31", "2027年6月", "2027"])
    assert found == [pd.Timestamp("2027-12-31"), pd.Timestamp("2027-06-01"), None]
    assert faults == {"month_only": [1], "year_only": [2]}
    assert read("leaks", "found_on", [dt.date(2027, 1, 1)]) == ([None], {"in_future": [0]})


def test_list_is_put_into_the_words_of_its_field() -> None:
    found, faults = read("pipes", "shared_trench_with", ["给水、电力", "RL,污水", "无", None, "给水 神秘管"])
    assert found == ["water,power", "heat,sewer", "", None, "water,神秘管"]
    assert faults == {"unknown_code": [4]}


def test_text_is_kept_as_written_but_for_blanks_and_control_characters() -> None:
    found, _ = read("pipes", "road", [" <b>路</b>\x00\n名 ", 12.0, "N/A", ["列", "表"]])
    assert found == ["<b>路</b> 名", "12", None, "['列', '表']"]


def test_the_mend_names_what_was_probably_meant() -> None:
    spec = schema.load("pipes").fields["material"]
    message = str(faults.explain("unknown_code", msg("row 1"), "material", spec, "铸铁", AS_OF))
    assert "grey_cast_iron 灰口铸铁" in message
    assert "ductile_iron 球墨铸铁" in message


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.datetimes()),
        max_size=8,
    ),
    st.sampled_from([(name, field) for name in schema.names() for field in schema.load(name).fields]),
)
def test_any_value_in_any_field_gives_its_type_and_never_fails(texts: list[object], target: tuple[str, str]) -> None:
    layer, field = target
    spec = schema.load(layer).fields[field]
    reading = values.read(pd.Series(texts, dtype=object), field, spec, HOW)
    assert str(reading.values.dtype) == spec.dtype
    assert len(reading.values) == len(texts)
    for fault in reading.faults:
        for text in fault.texts:
            assert str(faults.explain(fault.kind, msg("row 1"), field, spec, text, AS_OF))


def test_material_beside_its_size() -> None:
    texts: list[object] = [
        "DN200钢管",
        "PE100 SDR11 de110×10",
        "PE110",
        "灰口铸铁 DN150",
        "铸铁DN150",
        "钢骨架PE管 de110",
    ]
    found, faults = read("pipes", "material", texts)
    assert found == ["steel", "pe", "pe", "grey_cast_iron", "unknown", "unknown"]
    assert faults == {"unknown_code": [4, 5]}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0.2<P≤0.4", "medium_a"),
        ("0.2＜P≤0.4MPa", "medium_a"),
        ("0.01≤P≤0.2", "medium_b"),
        ("0.01-0.2", "medium_b"),
        ("0.4~0.8", "sub_high_b"),
        ("0.1-0.4", None),  # no class has these limits
        ("0.2-0.4kg", None),
        ("1-2", None),
    ],
)
def test_limits_of_a_class_name_it(text: str, meant: str | None) -> None:
    assert read("pipes", "pressure_class", [text])[0] == [meant]


def test_of_a_range_of_operating_pressures_the_upper_end_counts() -> None:
    assert read("pipes", "mop_kpa", ["0.1-0.2MPa", "0.2~0.4", "0.3"], unit="MPa")[0] == pytest.approx([200, 400, 300])


def test_name_of_a_guardian_means_that_there_is_one() -> None:
    assert read("works", "guardian", ["王五", "无", "", "13800000000"])[0] == [True, False, None, None]
    assert read("works", "plan_signed", ["王五"]) == ([None], {"unreadable": [0]})


def test_code_before_its_word() -> None:
    texts: list[object] = ["07-PE管", "2 灰口铸铁", "1、无缝钢管", "20#钢", "07PE"]
    assert read("pipes", "material", texts)[0] == ["pe", "grey_cast_iron", "steel", "steel", "unknown"]
    assert read("pipes", "pressure_class", ["8 低压", "6:中压A", "0.4-0.8"])[0] == ["low", "medium_a", "sub_high_b"]


def test_pressure_without_a_unit_is_not_read() -> None:
    spec = schema.load("pipes").fields["mop_kpa"]
    column = pd.Series([0.4, 0, None, 300.0], dtype="object")
    found = values.read(column, "mop_kpa", spec, values.How(AS_OF, named=True))
    assert found.values.isna().tolist() == [True, False, True, True]
    (fault,) = found.faults
    assert (fault.kind, fault.positions.tolist()) == ("no_unit", [0, 3])
    assert "最高工作压力(MPa)" in str(faults.explain("no_unit", msg("row 1"), "mop_kpa", spec, "0.4", AS_OF))
    column = pd.Series(["0.4MPa", "0.1-0.2MPa"])
    assert values.read(column, "mop_kpa", spec, values.How(AS_OF, named=True)).values.tolist() == [400, 200]


@pytest.mark.parametrize("text", ["20#无缝钢管", "20号无缝钢管", "Q235B螺旋钢管", "L245M 直缝钢管", "无缝钢管(20#)"])
def test_grade_of_steel_beside_the_kind_of_pipe(text: str) -> None:
    assert read("pipes", "material", [text]) == (["steel"], {})


@pytest.mark.parametrize(("text", "operable"), [("否（锈死）", False), ("能（漏气）", None), ("灵活", True)])
def test_remark_behind_a_no_leaves_it_one_and_behind_a_yes_may_take_it_back(text: str, operable: bool | None) -> None:
    assert read("valves", "operable", [text])[0] == [operable]
