"""What a click shows: columns of a frame with their title, unit and format, from the layer schemas and from here."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, mark, msg, translate
from gridrisk.layers import schema
from gridrisk.maps import encode

if TYPE_CHECKING:
    from gridrisk.i18n import Language

Format = Literal["text", "integer", "plain", "number", "share", "money", "boolean"]
_FORMATS: dict[schema.FieldType, Format] = {
    "text": "text",
    "choice": "text",
    "list": "text",
    "date": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}

#: Fields of the results: title, unit, format.
RESULT_FIELDS: dict[str, tuple[str, str, Format]] = {
    "rank": (mark("rank"), "", "integer"),
    "risk": (mark("risk"), "", "number"),
    "risk_per_km": (mark("risk per km"), "", "number"),
    "likelihood": (mark("expected failures a year"), "", "number"),
    "failures_per_km_year": (mark("failures per km and year"), "", "number"),
    "consequence": (mark("consequence"), "", "number"),
    "must_renew": (mark("must be renewed"), "", "boolean"),
    "must_renew_clauses": (mark("clauses"), "", "text"),
    "flags": (mark("hazards"), "", "text"),
    "measure": (mark("until renewed"), "", "text"),
    "patrol_days": (mark("patrol every"), mark("days"), "number"),
    "leak_survey_days": (mark("leak survey every"), mark("days"), "number"),
    "length_m": (mark("length"), "m", "number"),
    "name": (mark("name"), "", "text"),
    "year": (mark("year of the plan"), "", "plain"),
    "cost_yuan": (mark("cost"), "", "money"),
    "risk_removed": (mark("risk removed"), "", "number"),
    "mandatory": (mark("mandatory"), "", "boolean"),
    "reason": (mark("reason"), "", "text"),
    "segments": (mark("pipe segments"), "", "integer"),
    "pipe_ids": (mark("pipe numbers"), "", "text"),
    "clause": (mark("clause"), "", "text"),
    "reach_m": (mark("distance to the nearest main"), "m", "number"),
    "pay_user": (mark("paid by the user"), "", "money"),
    "pay_government": (mark("paid by the government"), "", "money"),
    "pay_company": (mark("paid by the gas company"), "", "money"),
    "eligible": (mark("bottled-gas customers to convert"), "", "integer"),
    "converted": (mark("converted"), "", "integer"),
    "verified": (mark("verified"), "", "integer"),
    "share": (mark("share converted"), "", "share"),
    "target": (mark("target"), "", "share"),
    "deadline": (mark("deadline"), "", "text"),
    "on_track": (mark("on track"), "", "boolean"),
    "distance_m": (mark("distance to the nearest pipe"), "m", "number"),
    "pipes": (mark("pipes concerned"), "", "text"),
    "missing": (mark("missing"), "", "text"),
    "close_valves": (mark("valves to close in an emergency"), "", "text"),
    "households": (mark("households"), "", "integer"),
    "decision": (mark("decision"), "", "text"),
    "verdict": (mark("verdict"), "", "text"),
}
_PLAIN_INTEGERS = {"install_year"}

#: Words of the results that are codes inside.
WORDS: dict[str, str] = {
    "built_over": mark("built over"),
    "shared_trench": mark("shared trench"),
    "void_crossing": mark("crosses a closed space"),
    "clearance": mark("too close to another utility"),
    "encroached": mark("third-party works in its protection range"),
    "protection": mark("protection range"),
    "control": mark("control range"),
    "outside": mark("outside the control range"),
}
#: Who pays for a project.
PAYERS: dict[str, str] = {
    "company": mark("gas company"),
    "government": mark("government"),
    "user": mark("users"),
    "resident": mark("residents"),
    "owner": mark("owners"),
    "central": mark("central government"),
    "provincial": mark("province"),
    "city": mark("city"),
    "district": mark("district"),
}
#: More items of a list than this are counted, not named.
_LONGEST_LIST = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One line of the details, for all features of a layer."""

    title: str
    values: list[Any]
    format: Format = "text"
    unit: str = ""

    def encode(self) -> dict[str, Any]:
        """Return the column for the page; a missing value is null and read as unknown."""
        head = {"title": self.title, "format": self.format, "unit": self.unit}
        return {**head, **(encode.words(self.values) if self.format == "text" else {"values": self.values})}


def columns(frame: pd.DataFrame, names: Iterable[str], layer: str | None, lang: Language) -> tuple[Column, ...]:
    """Return the columns `names` of `frame` that it has, titled from the schema of `layer` or from `RESULT_FIELDS`."""
    fields = schema.load(layer).fields if layer else {}
    out = []
    for name in names:
        if name not in frame.columns:
            continue
        if name in RESULT_FIELDS and name not in fields:
            title, unit, form = RESULT_FIELDS[name]
            out.append(Column(translate(title, lang), values(frame[name], form, {}, lang), form, translate(unit, lang)))
        else:
            spec = fields[name]
            form = "plain" if name in _PLAIN_INTEGERS else _FORMATS[spec.type]
            choices = {key: choice.zh if lang == "zh" else choice.en for key, choice in spec.choices.items()}
            unit = "" if name in _PLAIN_INTEGERS else spec.unit
            out.append(Column(spec.title.of(lang), values(frame[name], form, choices, lang), form, unit))
    return tuple(out)


def payers(frame: pd.DataFrame, names: Iterable[str], lang: Language) -> tuple[Column, ...]:
    """Return the columns ``cost_<payer>`` of projects, titled by the payer."""
    out = []
    for name in names:
        payer = name.removeprefix("cost_").removesuffix("_yuan")
        title = msg("cost: {payer}", payer=Message(PAYERS[payer]) if payer in PAYERS else payer.replace("_", " "))
        out.append(Column(title.render(lang), values(frame[name], "money", {}, lang), "money"))
    return tuple(out)


def values(series: pd.Series, form: Format, choices: Mapping[str, str], lang: Language) -> list[Any]:
    """Return the values of a column as the page wants them: numbers, true/false, texts, or None where unknown."""
    if form == "text":
        return [_text(value, choices, lang) for value in series]
    if form == "boolean":
        return [None if value is None or value is pd.NA or value != value else bool(value) for value in series]  # noqa: PLR0124
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=math.nan)
    return [_number(value) for value in numbers.tolist()]


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1e15 else float(f"{value:.5g}")


def _text(value: Any, choices: Mapping[str, str], lang: Language) -> str | None:
    if isinstance(value, str):
        return choices.get(value) or "; ".join(_word(item, lang) for item in _split(value))
    if isinstance(value, Mapping):
        return ", ".join(text for text in (_text(item, choices, lang) for item in value.values()) if text)
    if isinstance(value, Iterable):
        items = [text for text in (_text(item, choices, lang) for item in value) if text]
        more = [f"… ({len(items)})"] if len(items) > _LONGEST_LIST else []
        return "; ".join(items[:_LONGEST_LIST] + more)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _split(text: str) -> list[str]:
    """Return the codes of a comma list where all are known codes, else the text as one item."""
    items = [item.strip() for item in text.split(",")]
    return items if all(item in WORDS for item in items) else [text]


def _word(text: str, lang: Language) -> str:
    return translate(WORDS[text], lang) if text in WORDS else text
