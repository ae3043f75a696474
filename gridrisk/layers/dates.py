"""Dates and years as survey files write them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from gridrisk.units import plain

Precision = Literal["day", "month", "year"]

_EPOCH = dt.date(1899, 12, 30)
#: Day numbers of spreadsheets between 1954 and 2119; outside, a number is something else.
_SERIALS = (20_000, 80_000)
_YEARS = (1800, 2200)
_TIME = r"(?:[ t]*\d{1,2}[:时]\d{1,2}.*)?"
_YMD = re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})(?:\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?|\s*月份?)?{_TIME}")
#: October in a spreadsheet that took 2023.10 for an amount, or January.
_CUT_MONTH = re.compile(r"['‘’]?(?:\d{4}|\d{2})\.1")
_DMY = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_TIME}")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:\d{6})?")
_YEAR = re.compile(r"(\d{4})\s*(?:年|年份|年度)?")
#: 98年 and 98.6: of the last eighty years there is only one.
_SHORT = re.compile(r"['‘’]?(\d{2})\s*(?:年|年份|年度)(?:\s*(\d{1,2})\s*月份?)?")
#: 98-5-1 and '98.5: a number above 31 is neither day nor month.
_SHORT_DAY = re.compile(rf"['‘’]?(3[2-9]|[4-9]\d)\s*[-./]\s*(\d{{1,2}})(?:\s*[-./]\s*(\d{{1,2}}))?{_TIME}")
_SPAN = 80
_DIGIT_WORDS = str.maketrans("〇○零o一二三四五六七八九", "0000123456789")
_CHINESE = re.compile(
    r"([〇○零o0一二三四五六七八九]{4}|\d{4})(?:年|$)(?:([一二三四五六七八九十]{1,3}|\d{1,2})月)?"
    r"(?:([一二三四五六七八九十]{1,3}|\d{1,2})[日号])?"
)
_SHORT_CHINESE = re.compile(r"^([〇○零一二三四五六七八九]{2})(?=年)")
_AFTER = re.compile(r"(?<=[\d年月日号])\s*(?:竣工|建成|完工|投产|投用|投运|通气|敷设|施工|建设)$")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")


def parse_date(value: object) -> tuple[dt.date, Precision] | None:
    """Read a date and how exact it is.

    Parameters
    ----------
    value
        A date, a datetime, the day number of a spreadsheet, or a text such as ``20230504``, ``2023/5/4``,
        ``2023-05-04 10:00``, ``2023年5月4日``, ``2023.5``, ``04.05.2023``, ``2023``.

    Returns
    -------
    tuple or None
        The date (the first of the month or year where the text says no more) and ``day``, ``month`` or ``year``;
        None where it cannot be read for certain: ``4/5/2023`` may be April or May.
    """
    if isinstance(value, dt.datetime):
        return value.date(), "day"
    if isinstance(value, dt.date):
        return value, "day"
    text = _AFTER.sub("", _in_digits(plain(str(value)).casefold()))
    text = text.removesuffix(".0") if _SERIAL.fullmatch(text) or text[:-2].isdigit() else text
    for form in (_YEAR, _YMD, _DIGITS):
        if match := form.fullmatch(text):
            year, month, day = (*match.groups(default=""), "", "")[:3]
            if _CUT_MONTH.fullmatch(text):
                month = ""
            return _date(year, month or "1", day or "1", "day" if day else "month" if month else "year")
    if match := _DMY.fullmatch(text):
        return _date(match[3], match[2], match[1], "day")
    if _SERIAL.fullmatch(text) and _SERIALS[0] <= float(text) <= _SERIALS[1]:
        return _EPOCH + dt.timedelta(days=int(float(text))), "day"
    return None


def _in_digits(text: str) -> str:
    """Return a date in Chinese words (二〇〇八年六月) in digits, any other text as it is."""
    match = _CHINESE.match(text)
    if match is None:
        return text
    parts = [match[1].translate(_DIGIT_WORDS) + "年"]
    parts += [f"{_number_of(match[i])}{unit}" for i, unit in ((2, "月"), (3, "日")) if match[i]]
    return "".join(parts) + text[match.end() :]


def _number_of(words: str) -> int:
    tens, ten, ones = words.rpartition("十")
    units = int(ones.translate(_DIGIT_WORDS)) if ones else 0
    return units if not ten else 10 * (int(tens.translate(_DIGIT_WORDS)) if tens else 1) + units


def parse_short(value: object, last: int) -> tuple[dt.date, Precision] | None:
    """Read a date whose year has two digits: ``98年``, ``九八年``, ``98-5-1``.

    It is the only one in the eighty years up to the year `last`.
    """
    text = _SHORT_CHINESE.sub(lambda match: match[1].translate(_DIGIT_WORDS), plain(str(value)).casefold())
    match = _SHORT.fullmatch(text) or _SHORT_DAY.fullmatch(text)
    if match is None:
        return None
    year = last - (last - int(match[1])) % 100
    month, day = (*match.groups(default=""), "")[1:3]
    month = "" if _CUT_MONTH.fullmatch(text) else month
    precision: Precision = "day" if day else "month" if month else "year"
    return _date(str(year), month or "1", day or "1", precision) if year > last - _SPAN else None


def _date(year: str, month: str, day: str, precision: Precision) -> tuple[dt.date, Precision] | None:
    if not _YEARS[0] <= int(year) <= _YEARS[1]:
        return None
    try:
        return dt.date(int(year), int(month), int(day)), precision
    except ValueError:
        return None


def parse_year(value: object, last: int | None = None) -> int | None:
    """Read a calendar year out of a year or a date of any style: ``1998年``, ``1998.6``, ``199806``, a datetime.

    With the year `last`, also out of a year of two digits in the eighty years up to it.
    """
    found = parse_date(value) or (None if last is None else parse_short(value, last))
    return found[0].year if found is not None else None
