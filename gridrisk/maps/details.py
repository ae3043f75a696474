"""What a click shows: columns of a frame with their title, unit and format, from the layer schemas and from here."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg, translate
from gridrisk.layers import schema
from gridrisk.maps import encode
from gridrisk.words import FLAGS, PAYERS, RESULTS, Format

if TYPE_CHECKING:
    from gridrisk.i18n import Language

_FORMATS: dict[schema.FieldType, Format] = {
    "text": "text",
    "choice": "text",
    "list": "text",
    "date": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}

_PLAIN_INTEGERS = {"install_year"}
#: Said only where there is something to say.
_OPTIONAL = {"must_renew_clauses", "renew_deadline", "must_renew_missing", "reasons", "assessment_due"}

#: More items of a list than this are counted, not named.
_LONGEST_LIST = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One line of the details, for all features of a layer; an `optional` one is left out where there is nothing."""

    title: str
    values: list[Any]
    format: Format = "text"
    unit: str = ""
    optional: bool = False

    def encode(self) -> dict[str, Any]:
        """Return the column for the page; a missing value is null and read as unknown."""
        head = {"title": self.title, "format": self.format, "unit": self.unit, "optional": self.optional}
        return {**head, **(encode.words(self.values) if self.format == "text" else {"values": self.values})}


@dataclass(frozen=True, slots=True)
class Speech:
    """How codes are said in a language: flags, zones, names of fields, and what a map adds."""

    lang: Language
    words: Mapping[str, str]

    def of(self, value: Any) -> str | None:
        """Return a value as text: lists joined, codes in words; None where it is unknown."""
        if isinstance(value, str):
            return self._codes(value)
        if isinstance(value, Message):
            return value.render(self.lang)
        if isinstance(value, Mapping):
            return ", ".join(text for text in map(self.of, value.values()) if text)
        if isinstance(value, Iterable):
            return self._list([text for text in map(self.of, value) if text])
        return None if value is None or pd.isna(value) else _plain(value)

    @staticmethod
    def _list(items: list[str]) -> str:
        more = [f"… ({len(items)})"] if len(items) > _LONGEST_LIST else []
        return "; ".join(items[:_LONGEST_LIST] + more)

    def _codes(self, text: str) -> str:
        """Return a comma list of known codes in words; any other text as it is."""
        items = [item.strip() for item in text.split(",")]
        known = all(item in self.words for item in items)
        return "; ".join(self.words[item] for item in items) if known else text


def speech(lang: Language, more: Mapping[str, str] | None = None) -> Speech:
    """Return the words for codes of results: `FLAGS`, the titles of the fields of pipes and works, and `more`."""
    fields = {**schema.load("works").fields, **schema.load("pipes").fields}
    words = {name: field.title.of(lang) for name, field in fields.items()}
    return Speech(lang, {**words, **{code: translate(text, lang) for code, text in FLAGS.items()}, **(more or {})})


def columns(frame: pd.DataFrame, names: Iterable[str], layer: str | None, say: Speech) -> tuple[Column, ...]:
    """Return the columns `names` of `frame` that it has, titled from the schema of `layer` or from `words.RESULTS`."""
    fields = schema.load(layer).fields if layer else {}
    lang = say.lang
    out = []
    for name in names:
        if name not in frame.columns:
            continue
        if name in fields:
            spec = fields[name]
            choices = {key: choice.of(lang) for key, choice in spec.choices.items()}
            plain = name in _PLAIN_INTEGERS
            form = "plain" if plain else _FORMATS[spec.type]
            shown = _in_words(frame[name], choices) if choices else values(frame[name], form, say)
            out.append(Column(spec.title.of(lang), shown, form, "" if plain else spec.unit))
        else:
            told = RESULTS[name]
            shown = values(frame[name], told.format, say)
            out.append(
                Column(translate(told.title, lang), shown, told.format, translate(told.unit, lang), name in _OPTIONAL)
            )
    return tuple(out)


def payers(frame: pd.DataFrame, say: Speech) -> tuple[Column, ...]:
    """Return the columns ``cost_<payer>`` of projects, titled by the payer; who pays nothing at all is left out."""
    out = []
    for name in frame.columns:
        if not name.startswith("cost_") or name == "cost_yuan" or (frame[name] == 0).all():
            continue
        payer = name.removeprefix("cost_")
        title = msg("cost: {payer}", payer=Message(PAYERS[payer]) if payer in PAYERS else payer.replace("_", " "))
        out.append(Column(title.render(say.lang), values(frame[name], "money", say), "money"))
    return tuple(out)


def values(series: pd.Series, form: Format, say: Speech) -> list[Any]:
    """Return the values of a column as the page wants them: numbers, true/false, texts, or None where unknown."""
    if form == "text":
        return _each(series, say.of)
    if form == "boolean":
        return [None if pd.isna(value) else bool(value) for value in series]
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=math.nan)
    return [_number(value, exact=form == "money") for value in numbers.tolist()]


def _in_words(series: pd.Series, choices: Mapping[str, str]) -> list[Any]:
    return _each(series, lambda value: None if pd.isna(value) else choices.get(value, str(value)))


def _each(series: pd.Series, say: Callable[[Any], str | None]) -> list[str | None]:
    """Return what `say` makes of each value; of equal texts only once."""
    if not isinstance(series.dtype, pd.StringDtype):
        return [say(value) for value in series]
    codes, distinct = pd.factorize(series)
    said = np.array([*map(say, distinct), None], dtype=object)
    return list(said[codes])  # -1, the missing one, is the last


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float, *, exact: bool) -> float | int | None:
    """Return a number as short as it may be: money to the fen, other fractions to five digits."""
    if not math.isfinite(value):
        return None
    short = value if value.is_integer() else round(value, 2) if exact else float(f"{value:.5g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
