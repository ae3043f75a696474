"""Dates and years in the styles of survey files."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.layers.dates import parse_date, parse_short, parse_year

DAY = dt.date(2023, 5, 4)


@pytest.mark.parametrize(
    "value",
    [
        "20230504",
        "2023/5/4",
        "2023-05-04",
        "2023.5.4",
        "2023年5月4日",
        "２０２３年５月４日",
        "2023-05-04 13:22:00",
        "2023-05-04T13:22:00+08:00",
        "2023/5/4 0:00",
        "20230504132200",
        "04.05.2023",
        "45050",  # days since 1899-12-30: 44927 is 2023-01-01, and May 4 is 123 days later
        45050.0,
        20230504.0,
        dt.datetime(2023, 5, 4, 12, 0),  # noqa: DTZ001
        DAY,
    ],
)
def test_day_is_read(value: object) -> None:
    assert parse_date(value) == (DAY, "day")


@pytest.mark.parametrize("value", ["2023年十月十八日", "2023年10月十八日", "二〇二三年10月18日"])
def test_digits_and_words_in_one_date(value: str) -> None:
    assert parse_date(value) == (dt.date(2023, 10, 18), "day")


@pytest.mark.parametrize("value", ["2023年5月", "2023-05", "2023.5", "202305", "2023/05", "2023年5月份"])
def test_month_is_read_as_its_first_day(value: str) -> None:
    assert parse_date(value) == (dt.date(2023, 5, 1), "month")


@pytest.mark.parametrize(
    "value", ["4/5/2023", "2023-13-01", "2023-02-30", "98年", "1998-1999", "0000-00-00", "199813", "昨天", "", "12345"]
)
def test_what_is_not_certain_is_not_read(value: str) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize(
    "value", ["1998年", "1998", 1998, 1998.0, "1998.6", "1998.10", "199806", "19980615", "1998-06"]
)
def test_year_is_read_from_any_style(value: object) -> None:
    assert parse_year(value) == 1998


@pytest.mark.parametrize("value", ["1998.1", "98.1", "'98.1"])
def test_month_that_may_be_january_or_october_leaves_the_year(value: str) -> None:
    found = parse_date(value) or parse_short(value, 2024)
    assert found == (dt.date(1998, 1, 1), "year")


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_every_style_reads_every_day(day: dt.date) -> None:
    for style in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日"):
        assert parse_date(day.strftime(style)) == (day, "day")


@given(st.text(max_size=20))
def test_any_text_gives_a_date_or_none(text: str) -> None:
    parse_date(text)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("二〇〇八年", 2008),
        ("一九九八年十二月", 1998),
        ("二○一〇年六月三日", 2010),
        ("2010年六月三日", 2010),
        ("二00五年", 2005),  # typed with the digit
        ("二ＯＯ五年六月", 2005),  # typed with the letter
        ("二〇〇五", 2005),
        ("一九九八", 1998),
        ("0000", None),
        ("二〇〇五前", None),
        ("2008年6月3日竣工", 2008),
        ("2008年投产", 2008),
        ("98年", 1998),
        ("05年", 2005),
        ("'98年6月", 1998),
        ("26年", 2026),
        ("27年", None),  # 2027 lies ahead, and 1927 too far back
        ("2005年以前", None),
        ("约2005年", None),
        ("1989.06-1990.03", None),
        ("98", None),
        ("九八年", 1998),
        ("〇五年", 2005),
        ("98-5-1", 1998),
        ("'98.5", 1998),
        ("98/5", 1998),
        ("05-6-1", None),  # which of them is the year?
        ("98-13-1", None),
    ],
)
def test_years_in_words_and_of_two_digits(text: str, year: int | None) -> None:
    assert parse_year(text, 2026) == year


def test_chinese_date_is_read_to_its_day() -> None:
    assert parse_date("二〇一〇年十月二十一日") == (dt.date(2010, 10, 21), "day")
    assert parse_date("二〇一〇年十二月") == (dt.date(2010, 12, 1), "month")
    assert parse_year("98年") is None  # of which century, only the day of the delivery tells
