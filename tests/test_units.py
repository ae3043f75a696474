"""Amounts out of texts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridrisk import units


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("1.2m", "m", 1.2),
        ("120cm", "m", 1.2),
        ("０．８", "m", 0.8),
        ("１２米", "m", 12.0),
        ("1,234.5", "", 1234.5),
        ("1 234", "", 1234.0),
        ("12,5", "", 12.5),
        ("1.234,5", "", 1234.5),
        ("0.4 MPa", "kPa", 400.0),
        ("1bar", "kPa", 100.0),
        ("35㎡", "m2", 35.0),
        ("3层", "floors", 3.0),
        ("120户", "households", 120.0),
        ("－0.5", "m", -0.5),
        ("1.5e3", "", 1500.0),
    ],
)
def test_amount_with_its_unit_is_read(text: str, unit: str, amount: float) -> None:
    assert units.parse_number(text, unit) == pytest.approx(amount, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "约1.2", "0.1-0.2", "1e400", "≥3", "12 MPa", "1,23,4", "nan", "inf", "1" * 400]
)
def test_what_is_not_certain_is_not_read(text: str) -> None:
    assert units.parse_number(text, "m") is None


def test_unit_of_the_heading_counts_unless_the_text_names_one() -> None:
    assert units.parse_number("120", "m", "cm") == pytest.approx(1.2)
    assert units.parse_number("1.2m", "m", "cm") == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("text", "diameter"),
    [
        ("DN200", 200.0),
        ("dn 200", 200.0),
        ("de110", 110.0),
        ("ＤＮ２００", 200.0),
        ("Φ159×6", 159.0),
        ("φ159*6", 159.0),
        ("D219", 219.0),
        ("200mm", 200.0),
        ("0.2m", 200.0),
        ("公称直径200", 200.0),
        ("315", 315.0),
        ("DN200钢管", 200.0),
        ("钢管 DN 200", 200.0),
        ("PE100 SDR11 de110×10", 110.0),
        ("L245 Φ219×6", 219.0),
        ('4"', 100.0),
        ("6吋", 150.0),
        ("DN2英寸", 50.0),
        ("5.5吋", None),
        ("DN200 1998年敷设", 200.0),
        ("PE de110 1998年", 110.0),
        ("PE de110 1998年6月", 110.0),
        ("钢 D108×5 1998.11", 108.0),
        ("钢 DN200 2018/7/1", 200.0),
        ("DN150 96年", 150.0),
        ("PE110", 110.0),
    ],
)
def test_diameter_is_read(text: str, diameter: float) -> None:
    assert units.parse_diameter(text) == pytest.approx(diameter)


@pytest.mark.parametrize(
    "text",
    [
        "400×300",
        "DN",
        "PE",
        "100/150",
        "DN100-150",
        "DN200/DN100钢管",
        "2根DN100",
        "PE100",
        "PE80管",
        "6寸",
        "DN100 1500",
    ],
)
def test_duct_or_riddle_is_no_diameter(text: str) -> None:
    assert units.parse_diameter(text) is None


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_every_number_python_writes_is_read_back(number: float) -> None:
    assert units.parse_number(repr(number)) == number


@given(st.text(max_size=30))
def test_any_text_gives_a_finite_number_or_none(text: str) -> None:
    for found in (units.parse_number(text, "mm"), units.parse_diameter(text)):
        assert found is None or math.isfinite(found)


def test_amounts_of_different_kinds_have_no_factor() -> None:
    assert units.factor("mm", "kPa") is None
    assert units.factor("cm", "mm") == pytest.approx(10.0)
    assert units.factor("furlong", "m") is None
