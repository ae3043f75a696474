"""Values of survey files into values of a field: choices by their words, numbers with units, yes and no, dates.

A column has few different values, so each is read once and spread over the rows.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gridrisk.layers import pressure, schema
from gridrisk.layers.collect import shown
from gridrisk.layers.dates import parse_date, parse_short, parse_year
from gridrisk.units import factor, parse_diameter, parse_number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from gridrisk.layers.schema import FieldSchema

Kind = Literal["no_unit", "unreadable", "unknown_code", "out_of_range", "in_future", "year_only", "month_only"]
#: A value and what is wrong with it; ``month_only`` has both.
Outcome = tuple[Any, Kind | None]

_BLANK = {
    "",
    "-",
    "--",
    "---",
    "—",
    "——",
    "/",
    "\\",
    "null",
    "none",
    "nan",
    "nat",
    "n/a",
    "na",
    "<null>",
    "<空>",
    "无数据",
}
_BLANK |= {"#n/a", "空"}
_LONGEST_BLANK = 8
_NOT_KNOWN = {"不详", "不明", "未知", "不清", "不清楚", "无法确定", "待查", "待定", "未探明", "unknown", "?", "??"}
_YES = {
    "是",
    "有",
    "y",
    "yes",
    "true",
    "t",
    "1",
    "√",
    "✓",
    "✔",
    "对",
    "已",
    "具备",
    "已安装",
    "安装",
    "已装",
    "已设置",
    "ja",
    "j",
}
_NO = {
    "否",
    "无",
    "n",
    "no",
    "false",
    "f",
    "0",
    "×",
    "✗",
    "✘",
    "未",
    "没有",
    "不具备",
    "未安装",
    "未装",
    "未设置",
    "nein",
}
_ITEM_SEPARATORS = re.compile(r"[,，、;；/|+]|\s+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_HYPHENS = re.compile(r"[()\[\]_/·-]")
#: Sizes beside a material: DN200, φ108×4.5, SDR11, and the number behind PE.
_SIZE = re.compile(
    r"(?:dn|de|od|φ|ø|∅|⌀|ф|(?<![a-z])d)\d+(?:\.\d+)?(?:[x×*]\d+(?:\.\d+)?)?(?:mm)?"
    r"|sdr\d+(?:\.\d+)?|(?<=pe)\d+(?:[x×*]\d+(?:\.\d+)?)?(?:mm)?"
)
#: Steel grades beside the kind of pipe: 20#无缝钢管, Q235B螺旋钢管.
_GRADE = re.compile(r"20(?:#|号)|q235[ab]?|(?<![a-z])l\d{3}[nmqs]?")
#: A remark behind a word: 否(锈死).
_REMARK = re.compile(r"[(\[【〔].*[)\]】〕]$")
#: A code before its word, set off from it.
_CODE = re.compile(r"^\s*\d{1,3}(?:\s*[-_.:：、]\s*|\s+)(?=[^\d\s])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """The rows (positions) of a column with one kind of fault, and what stands there."""

    kind: Kind
    positions: NDArray[np.intp]
    texts: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of a field, missing where unknown, and the faults met."""

    values: pd.Series
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class How:
    """How a column is to be read.

    Attributes
    ----------
    unit
        Of numbers that name none; empty for the unit of the field.
    codes
        Texts of the file and what they mean, before the words of the schema.
    pattern
        Regular expression whose first group is the value.
    optional
        What pattern and codes do not know is left out without a fault.
    named
        An amount must name its unit, in the text where not in `unit`: 0.4 may be MPa, bar or kPa.
    """

    as_of: dt.date
    unit: str = ""
    codes: Mapping[str, Any] | None = None
    pattern: str = ""
    optional: bool = False
    named: bool = False


def read(column: pd.Series, name: str, spec: FieldSchema, how: How) -> Reading:
    """Read a column as the field `name`.

    Returns
    -------
    Reading
        Values in the column type of the field, on the index of `column`.
    """
    bare = not how.pattern and not how.codes and not how.named and spec.type == "number" and _is_float(column)
    # a size in inches is a name, not an amount
    if bare and (not how.unit or factor(how.unit, spec.unit) is not None):
        return _numbers(column, spec, how)
    places, uniques = _factorize(column)
    parse = _parser(name, spec, how)
    outcomes = [parse(value) for value in uniques]
    values = pd.Series([value for value, _ in outcomes], dtype=spec.dtype)
    kinds = np.array([kind or "" for _, kind in outcomes] or [""], dtype=object)
    by_row = np.where(places >= 0, kinds[places], "")
    faults = []
    for kind in sorted(set(kinds) - {""}):
        positions = np.flatnonzero(by_row == kind)
        faulty = {place: shown(text(uniques[place])) for place in np.unique(places[positions]).tolist()}
        texts = np.array([faulty[place] for place in places[positions].tolist()], dtype=object)
        faults.append(Fault(kind, positions, texts))
    spread = values.reindex(places).set_axis(column.index)  # place -1 is no label, so it becomes missing
    return Reading(spread, tuple(faults))


def _is_float(column: pd.Series) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"


def _numbers(column: pd.Series, spec: FieldSchema, how: How) -> Reading:
    scale = factor(how.unit, spec.unit) if how.unit else 1.0
    values = column.astype("float64") * (1.0 if scale is None else scale)
    infinite = np.isinf(values.to_numpy())
    outside = _outside(values, spec) & ~infinite
    texts = column.to_numpy().astype(object)
    faults: list[Fault] = []
    kind: Kind
    for kind, mask in (("out_of_range", outside), ("unreadable", infinite)):
        positions = np.flatnonzero(mask)
        if len(positions):
            faults.append(Fault(kind, positions, np.array([shown(text(v)) for v in texts[positions]], dtype=object)))
    return Reading(values.mask(outside | infinite), tuple(faults))


def _outside(values: Any, spec: FieldSchema) -> Any:
    low = -math.inf if spec.min is None else spec.min
    high = math.inf if spec.max is None else spec.max
    return np.asarray((values < low) | (values > high))


def _factorize(column: pd.Series) -> tuple[NDArray[np.intp], list[object]]:
    """Return for each row which of the different values it has (-1: none), and those values."""
    values = column.astype("object")
    try:
        places, uniques = pd.factorize(values, use_na_sentinel=True)
    except TypeError:  # lists and records of GeoJSON
        places, uniques = pd.factorize(values.map(text, na_action="ignore"), use_na_sentinel=True)
    return places, list(uniques)


def text(value: object) -> str:
    """Return a value as a person would write it: 12.0 is 12, dates are ISO; blanks at the ends removed."""
    if isinstance(value, str):
        return value.strip() if value.isprintable() else _CONTROL.sub(" ", value).strip()
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and math.isfinite(value) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def is_blank(column: pd.Series) -> NDArray[np.bool_]:
    """Say for each row whether nothing stands there, or only a sign for nothing."""
    places, uniques = _factorize(column)
    blank = np.array([*(word(value) in _BLANK for value in uniques), True], dtype=bool)
    return np.asarray(blank[places], dtype=bool)


def word(value: object) -> str:
    """Return a text as it is compared: half-width, lower case, without blanks."""
    return "".join(plain(text(value)).casefold().split())


def _parser(name: str, spec: FieldSchema, how: How) -> Callable[[object], Outcome]:
    inner = _typed(name, spec, how)
    codes = {word(_number_key(code)): meaning for code, meaning in (how.codes or {}).items()}
    pattern = re.compile(how.pattern) if how.pattern else None
    unknown: Outcome = (None, None if how.optional else "unreadable")

    def parse(value: object) -> Outcome:
        if pattern is not None:
            match = pattern.search(plain(text(value)))
            if match is None:
                return (None, None) if word(value) in _BLANK else unknown
            value = match[1] or ""
        if codes:
            value = codes.get(word(value), value)
        outcome = inner(value)
        if how.optional and outcome[1] in {"unreadable", "unknown_code", "out_of_range", "no_unit"}:
            # an unknown word in a list is kept; elsewhere nothing was found
            return (outcome[0], None) if spec.type == "list" else (None, None)
        return outcome

    return parse


def _number_key(code: str) -> str:
    try:
        return text(float(code)) if "." in code else code
    except ValueError:
        return code


def _typed(name: str, spec: FieldSchema, how: How) -> Callable[[object], Outcome]:
    readers: dict[str, Callable[[object], Outcome]] = {
        "text": _text,
        "choice": partial(_choice, choice_words(spec), _fallback(spec, how.unit)),
        "boolean": partial(_boolean, spec, _YES | {word(w) for w in spec.yes}, _NO | {word(w) for w in spec.no}),
        "date": partial(_date, spec, how.as_of),
        "list": partial(_items, _item_words(spec)),
        "integer": partial(_year, spec, how.as_of) if spec.unit == "a" else partial(_number, name, spec, how.unit),
        "number": partial(_named_number if how.named else _number, name, spec, how.unit),
    }
    return readers[spec.type]


def _text(value: object) -> Outcome:
    found = text(value)
    return (None if len(found) <= _LONGEST_BLANK and word(found) in _BLANK else found), None


def choice_words(spec: FieldSchema) -> dict[str, str]:
    """Return the words of a choice field, as they are compared, and what each means."""
    words = {}
    for key, choice in reversed(spec.choices.items()):
        words.update({word(w): key for w in (*choice.synonyms, choice.en, choice.zh, key)})
    return words


def _fallback(spec: FieldSchema, unit: str) -> Callable[[str | None], Outcome]:
    """Return what becomes of a text that is no word of the field; of None, that the file itself calls it unknown."""
    unknown = "unknown" if "unknown" in spec.choices else None
    by_pressure = pressure.is_class(spec.choices)

    def outcome(found: str | None) -> Outcome:
        meant = pressure.read_class(found, unit) if by_pressure and found is not None else None
        return (meant, None) if meant is not None else (unknown, None if found is None else "unknown_code")

    return outcome


def _choice(words: dict[str, str], fallback: Callable[[str | None], Outcome], value: object) -> Outcome:
    found = word(value)
    if found in words:
        return words[found], None
    if found in _BLANK:
        return None, None
    if found in _NOT_KNOWN:
        return fallback(None)
    # 中压(A) is 中压A, 低压(庭院) is 低压, and PE100 SDR11 de110 or DN200钢管 name material and size
    near = (
        _HYPHENS.sub("", found),
        _BRACKETS.sub("", found),
        _HYPHENS.sub("", _SIZE.sub("", found)),
        _HYPHENS.sub("", _GRADE.sub("", _SIZE.sub("", found))),
        _CODE.sub("", text(value).casefold()),  # 07-PE管
    )
    return next(((words[text], None) for text in near if text in words), fallback(found))


def _boolean(spec: FieldSchema, yes: set[str], no: set[str], value: object) -> Outcome:
    found = word(value)
    if found in yes:
        return True, None
    # a remark behind a yes may take it back: 有(已坏)
    if found in no or _REMARK.sub("", found) in no:
        return False, None
    if found in _BLANK | _NOT_KNOWN:
        return None, None
    named = spec.names_mean_yes and any(letter.isalpha() for letter in found)
    return (True, None) if named else (None, "unreadable")


def _date(spec: FieldSchema, as_of: dt.date, value: object) -> Outcome:
    found = parse_date(value) or (parse_short(value, as_of.year) if spec.past else None)
    if found is None:
        return None, None if word(value) in _BLANK | _NOT_KNOWN else "unreadable"
    date, precision = found
    if spec.past and date > as_of:
        return None, "in_future"
    if precision == "year":
        return None, "year_only"
    return date, "month_only" if precision == "month" else None


def _year(spec: FieldSchema, as_of: dt.date, value: object) -> Outcome:
    year = parse_year(value, as_of.year if spec.past else None)
    if year is None:
        return None, None if word(value) in _BLANK | _NOT_KNOWN else "unreadable"
    if spec.past and year > as_of.year:
        return None, "in_future"
    return (None, "out_of_range") if _outside(year, spec) else (year, None)


def _number(name: str, spec: FieldSchema, unit: str, value: object) -> Outcome:
    if isinstance(value, bool | np.bool_):
        return None, "unreadable"
    found = text(value)
    if word(found) in _BLANK | _NOT_KNOWN:
        return None, None
    if name.startswith("diameter"):
        number = parse_diameter(found, unit)
    else:
        # of a range of operating pressures the upper end is the highest
        number = parse_number(pressure.upper(found) if name.startswith("mop") else found, spec.unit, unit)
    if number is None or (spec.type == "integer" and not number.is_integer()):
        return None, "unreadable"
    if _outside(number, spec):
        return None, "out_of_range"
    return (int(number) if spec.type == "integer" else number), None


def _named_number(name: str, spec: FieldSchema, unit: str, value: object) -> Outcome:
    found = text(value)
    bare = unit == "" and parse_number(pressure.upper(found)) not in {None, 0.0}
    return (None, "no_unit") if bare else _number(name, spec, unit, value)


def _item_words(spec: FieldSchema) -> dict[str, str]:
    if not spec.items:
        return {}
    layer, _, field = spec.items.partition(".")
    return choice_words(schema.load(layer).fields[field])


def _items(words: dict[str, str], value: object) -> Outcome:
    found = text(value)
    if word(found) in _BLANK | _NOT_KNOWN:
        return None, None
    if word(found) in _NO:
        return "", None
    parts = [part for part in _ITEM_SEPARATORS.split(found) if part]
    meant = [words.get(word(part), part) for part in parts]
    unknown = bool(words) and any(word(part) not in words for part in parts)
    return ",".join(dict.fromkeys(meant)), "unknown_code" if unknown else None
