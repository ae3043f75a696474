"""Headings of survey files."""

from __future__ import annotations

import pytest

from gridrisk.layers import headings, schema


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("pipe_id", "pipe_id"),
        ("Pipe ID", "pipe_id"),
        ("管段编号", "pipe_id"),
        ("管段编号*", "pipe_id"),
        ("ＭＡＴＥＲＩＡＬ", "material"),
        ("管径(mm)", "diameter_mm"),
        ("管径（必填）", "diameter_mm"),
        ("埋深/m", "depth_m"),
        ("diameter", "diameter_mm"),
        ("GXBM", "pipe_id"),
        ("GDMS", "depth_m"),
    ],
)
def test_heading_is_recognised(column: str, field: str) -> None:
    assert headings.recognise([column], "pipes", None)[field][0] == column


@pytest.mark.parametrize("column", ["是否违建", "长度", "diamter", "名称"])
def test_heading_of_another_meaning_is_not(column: str) -> None:
    assert headings.recognise([column], "pipes", None) == {}
    assert headings.recognise(["是否违建"], "buildings", None) == {}


def test_better_name_wins_whatever_the_order() -> None:
    for columns in (["编号", "管段编号"], ["管段编号", "编号"]):
        assert headings.recognise(columns, "pipes", None)["pipe_id"][0] == "管段编号"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("layer", schema.names())
def test_every_field_name_is_known_when_a_shapefile_cuts_it(layer: str, encoding: str) -> None:
    for field in schema.load(layer).fields:
        assert headings.recognise([headings.cut(field, encoding)], layer, encoding).keys() == {field}


def test_chinese_heading_is_cut_by_bytes_not_by_characters() -> None:
    assert headings.cut("开始使用年月", "gb18030") == "开始使用年"
    assert headings.cut("开始使用年月", "utf-8") == "开始使"
    for encoding in ("gb18030", "utf-8"):
        found = headings.recognise([headings.cut("开始使用年月", encoding)], "pipes", encoding)
        assert found == {"install_year": (headings.cut("开始使用年月", encoding), "truncated")}


def test_unit_stands_in_brackets_or_behind() -> None:
    assert headings.unit_of("埋深(cm)") == "cm"
    assert headings.unit_of("面积㎡") == "m2"
    assert headings.unit_of("压力【MPa】") == "mpa"
    assert headings.unit_of("管径（必填）") == ""
    assert headings.unit_of("depth_m") == "m"
    assert headings.unit_of("operating_pressure_bar") == "bar"
    assert headings.unit_of("number") == ""


def test_misspelt_heading_has_a_neighbour() -> None:
    assert headings.nearest("diamter_mm", "pipes") == "diameter_mm"
    assert headings.nearest("xyz", "pipes") is None


def test_end_of_a_heading_that_was_cut_off_may_begin_a_name() -> None:
    """管道平均埋深 is no name of a field, and a shapefile cuts it to 管道平均埋."""
    assert ("depth_m", "beginning") in headings.resembles("管道平均埋", "pipes", "gb18030")
    assert headings.resembles("管道平均埋", "pipes") == []  # not cut off
    assert headings.resembles("管线处埋", "pipes", "gb18030") == []  # had room for more


@pytest.mark.parametrize(
    ("layer", "column", "field"),
    [
        ("valves", "FMBM", "valve_id"),
        ("valves", "SSGX", "pipe_id"),
        ("valves", "KGZT", "normally_open"),
        ("valves", "SFKCZ", "operable"),
        ("valves", "最近操作", "last_operated"),
        ("stations", "场站编码", "station_id"),
        ("stations", "投产时间", "install_year"),
        ("works", "计划完工时间", "end_on"),
        ("customers", "气种", "fuel"),
    ],
)
def test_heading_of_other_layers_is_recognised(layer: str, column: str, field: str) -> None:
    assert headings.recognise([column], layer, None)[field][0] == column
