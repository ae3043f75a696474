"""How well the columns of a delivery fit a field: by their headings, and by what stands in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk import params
from gridrisk.i18n import msg
from gridrisk.layers import choices, codes, crosswalk, drawing, fill, headings, pressure, schema, values
from gridrisk.layers.crosswalk import Rule
from gridrisk.units import is_diameter

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gridrisk.i18n import Message
    from gridrisk.layers.schema import FieldSchema
    from gridrisk.layers.table import Table

_WRONG = {"no_unit", "unreadable", "unknown_code", "out_of_range", "year_only"}
_SHORTEST_PART = 2
#: A year alone; of more than so many different ones a column may tell when pipes were laid.
_YEAR, _FEW_YEARS = r"^((?:19|20)\d{2})年?$", 5
#: Units tried where the amounts cannot be in that of the field, by that of the field. 4 may be cm, or inches.
_UNITS = {"m": ("cm", "mm"), "mm": ("m",), "kPa": ("MPa", "bar", "Pa")}
_MOST_CODES = 20
_MOST_SEARCHED = 300
_VAGUE = {"unknown", "other"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that may feed a field.

    Attributes
    ----------
    columns
        The columns it takes.
    score
        How sure it is, 0 to 1.
    filled, read
        Rows looked at in which something stands, and share of them that could be read.
    codes
        Texts nobody knows, and how many rows have them.
    endings
        Texts taken for the known word they end with, and what that means.
    known
        The heading alone says what it is.
    shipped
        A shipped crosswalk has the rule, so that it may share a column with another.
    listed
        What the shipped crosswalk takes numbered codes for; not part of the rule, for every survey has its own list.
    """

    field: str
    rule: Rule
    columns: tuple[str, ...]
    score: float
    why: Message
    filled: int
    read: float
    codes: tuple[tuple[str, int], ...] = ()
    endings: tuple[tuple[str, str], ...] = ()
    known: bool = True
    shipped: bool = False
    listed: tuple[tuple[str, str], ...] = ()


@cache
def _parameters() -> params.Parameters:
    return params.load("recognition")


@cache
def limits(name: str) -> dict[str, float]:
    """Return a table of thresholds of ``models/recognition.toml``."""
    return _parameters().table(name)


def sample(table: Table) -> Table:
    """Return rows of a table, evenly spread, that stand for all."""
    most = int(_parameters().number("rows"))
    if len(table.frame) <= most:
        return table
    kept = np.linspace(0, len(table.frame) - 1, most).astype(np.intp)
    return replace(
        table,
        frame=table.frame.iloc[kept].reset_index(drop=True),
        numbers=table.numbers[kept],
        geometry=None if table.geometry is None else table.geometry[kept],
    )


def candidates(whole: Table, layer: str, available: list[str], as_of: dt.date) -> list[Candidate]:
    """Return what may feed the fields of `layer` from the `available` columns of a table, the surest first."""
    found: list[Candidate] = []
    listed: dict[tuple[str, tuple[str, ...]], tuple[tuple[str, str], ...]] = {}
    spec = schema.load(layer)
    table = sample(whole)
    for name, given, columns, prior, why in _rules(table, layer, available):
        rule, numbers = codes.without_numbers(given)
        judged = judge(table, name, spec.fields[name], rule, columns, prior, why, as_of)
        if judged is None:
            continue
        judged = replace(judged, shipped=len(why.args) > 0)
        if numbers:
            listed[name, columns] = tuple(numbers.items())
        found.append(_unique(judged, whole, spec, as_of) if name == spec.id else judged)
    found = [replace(one, listed=listed.get((one.field, one.columns), ())) for one in found]
    return sorted(found, key=lambda candidate: (candidate.rule.optional, -candidate.score))


def _rules(
    table: Table, layer: str, available: list[str]
) -> Iterator[tuple[str, Rule, tuple[str, ...], float, Message]]:
    prior = limits("heading")
    recognised = {column: (name, how) for name, column, how in headings.meanings(available, layer, table.encoding)}
    for column, (name, how) in recognised.items():
        yield name, Rule.of(column), (column,), prior[how], msg("the heading is known")
    for walk in crosswalk.shipped():
        yield from _shipped(table, layer, walk, available)
    for column in available:
        if column in recognised:
            continue
        if headings.speaks_of_else(column):
            continue
        yield from _searched(table, layer, column)
        yield from _labels(layer, column)
        for name, likeness in headings.resembles(column, layer, table.encoding):
            yield name, Rule.of(column), (column,), prior[likeness], msg("the heading resembles a known one")
        for name, spec in schema.load(layer).fields.items():
            if spec.unit == "a" and headings.names_other_day(column):
                continue
            if spec.choices or name.startswith("diameter") or spec.unit == "a":
                yield name, Rule.of(column), (column,), prior["none"], msg("the values tell, not the heading")


def _searched(table: Table, layer: str, column: str) -> Iterator[tuple[str, Rule, tuple[str, ...], float, Message]]:
    """Yield rules that search texts for words of required choices, such as 燃气_中压A, the layer of a drawing."""
    texts = table.frame[column].dropna().map(values.text)
    counts = texts[texts != ""].value_counts()
    if not 0 < len(counts) <= _MOST_SEARCHED:
        return
    for name, spec in schema.load(layer).fields.items():
        if not (spec.required and spec.choices):
            continue
        words = choices.words_within(counts.index, spec)
        if words is None or not words.found:
            continue
        share = float(counts[list(words.found)].sum() / counts.sum())
        prior = limits("heading")["contains" if share >= limits("fits")["ends"] else "searched"]
        rule = Rule.of(column, pattern=words.pattern, values=words.meanings, optional=True)
        yield name, rule, (column,), prior, msg("words within the texts tell")


def _labels(layer: str, column: str) -> Iterator[tuple[str, Rule, tuple[str, ...], float, Message]]:
    """Yield rules that find sizes in the labels of a drawing, which say more, and what stands beside the sizes."""
    if column != drawing.TEXT or layer != "pipes":
        return
    fields = schema.load(layer).fields
    besides = [
        (name, one.pattern)
        for name, spec in fields.items()
        for one in spec.beside
        if one.field == "diameter_mm" and one.pattern
    ]
    for name, pattern in (("diameter_mm", drawing.SIZE), *besides):
        rule = Rule.of(column, pattern=pattern, optional=True)
        yield name, rule, (column,), limits("heading")["searched"], msg("words within the texts tell")


def _shipped(
    table: Table, layer: str, walk: crosswalk.Crosswalk, available: list[str]
) -> Iterator[tuple[str, Rule, tuple[str, ...], float, Message]]:
    rules = [
        (name, rule, columns)
        for name, several in walk.of(layer).fields.items()
        for rule in several
        if rule.columns and (columns := fill.columns_of(rule, available, table.encoding)) is not None
    ]
    several = len({column for _, _, columns in rules for column in columns}) > 1
    prior = limits("heading")["vocabulary" if several else "vocabulary_alone"]
    for name, rule, columns in rules:
        named = bool(rule.unit) and any(headings.unit_of(column) for column in columns)
        # the file knows its own unit better
        narrowed = rule.model_copy(update={"columns": columns, "unit": "" if named else rule.unit})
        yield name, narrowed, columns, prior, msg("as in the crosswalk {name}", name=walk.name)


def judge(
    table: Table,
    name: str,
    spec: FieldSchema,
    rule: Rule,
    columns: tuple[str, ...],
    prior: float,
    why: Message,
    as_of: dt.date,
) -> Candidate | None:
    """Return how well a rule fits the values of a table; None where it does not at all."""
    there = filled(table, columns)
    rows = int(there.sum())
    if not rows:
        score = prior * limits("fits")["empty"]
        return Candidate(name, rule, columns, score, msg("no value to tell by"), 0, 0.0) if prior else None
    # bare numbers under a heading that says nothing may be lengths as well as pressures
    named = rule.unit
    rule, reading = _in_unit(table, name, spec, rule, columns, as_of, certain=prior > 0)
    if rule.optional:
        read = float((reading.values.notna().to_numpy(dtype=bool) & there).sum()) / rows
        return Candidate(name, rule, columns, prior, why, rows, read) if read >= limits("fits")["optional"] else None
    rule, reading, endings = _by_endings(table, name, spec, rule, reading, columns, as_of)
    wrong = np.zeros(len(there), dtype=bool)
    texts: Counter[str] = Counter()
    for fault in reading.faults:
        if fault.kind in _WRONG:
            wrong[fault.positions] = True
        if fault.kind == "unknown_code":
            texts.update(fault.texts.tolist())
    read = 1.0 - float((wrong & there).sum()) / rows
    telling = _telling(table, name, spec, columns, reading)
    if prior == 0 and (not telling or read < limits("fits")["unique"]):
        return None
    base = prior + (1 - prior) * telling * limits("fits")["values"]
    score = base * (0.5 + 0.5 * read) if read >= limits("fits")["rejected"] else base * read
    if spec.choices and read < limits("fits")["rejected"] and _are_codes(table, columns):
        score = prior * limits("fits")["codes"]
        why = msg("{why}; its numbers are codes that only the survey's own list explains", why=why)
    if rule.unit and rule.unit != named:
        score = min(score, limits("fits")["codes"])
        why = msg("{why}; that the unit is {unit} is told by the amounts only", why=why, unit=rule.unit)
    strange = tuple(texts.most_common(_MOST_CODES))
    return Candidate(name, rule, columns, score, why, rows, read, strange, endings, prior > 0)


def _by_endings(
    table: Table,
    name: str,
    spec: FieldSchema,
    rule: Rule,
    reading: values.Reading,
    columns: tuple[str, ...],
    as_of: dt.date,
) -> tuple[Rule, values.Reading, tuple[tuple[str, str], ...]]:
    """Return the rule with unknown words taken for known ones in them, where the field allows it."""
    unknown = {text for fault in reading.faults if fault.kind == "unknown_code" for text in fault.texts.tolist()}
    finds = next((find for key, find in _FINDS.items() if unknown and _is_among(key, name, spec)), None)
    if finds is None:
        return rule, reading, ()
    meant = {text: key for text in sorted(unknown) if (key := finds(text, spec)) is not None}
    if not meant or len(meant) > _MOST_SEARCHED:
        return rule, reading, ()
    rule = rule.model_copy(update={"values": {**rule.values, **meant}})
    again = fill.read(table, name, spec, fill.Source(rule, columns, "crosswalk"), as_of)
    return rule, again, tuple(meant.items())


#: How a known word is found in an unknown one, by the parameter that names the fields for which it may be.
_FINDS = {"endings": choices.by_ending, "within": choices.by_word}


def named_by(name: str, spec: FieldSchema, text: str) -> str | None:
    """Return the choice that the name of a table tells (餐饮用户台账); None of materials and pressures (中低压管网)."""
    return choices.by_word(text, spec) if spec.choices and _is_among("endings", name, spec) else None


def _is_among(key: str, name: str, spec: FieldSchema) -> bool:
    """Say whether a parameter names the field, as ``layer.field``."""
    fields = [path.partition(".") for path in _parameters().names(key)]
    return any(
        field == name and schema.load(layer).fields[field].choices.keys() == spec.choices.keys()
        for layer, _, field in fields
    )


def filled(table: Table, columns: tuple[str, ...]) -> NDArray[np.bool_]:
    """Say for each row whether something stands in any of some columns."""
    blank = [values.is_blank(table.frame[column]) for column in columns]
    there: NDArray[np.bool_] = ~np.logical_and.reduce(blank)
    return there


def _are_codes(table: Table, columns: tuple[str, ...]) -> bool:
    texts = table.frame[columns[0]].dropna().map(values.text)
    return bool(texts.str.fullmatch(r"\d+").mean() > limits("fits")["rejected"])


def _in_unit(
    table: Table,
    name: str,
    spec: FieldSchema,
    rule: Rule,
    columns: tuple[str, ...],
    as_of: dt.date,
    *,
    certain: bool,
) -> tuple[Rule, values.Reading]:
    """Return the rule with the unit in which the amounts are usual ones, and what it reads."""
    reading = fill.read(table, name, spec, fill.Source(rule, columns, "crosswalk"), as_of)
    usual = f"usual.{name}"
    by_pressure = pressure.is_class(spec.choices) or spec.unit == "kPa"
    if (
        not certain
        or rule.unit
        or rule.combine == "join"
        or headings.unit_of(columns[0])
        or usual not in _parameters().entries
    ):
        return rule, reading
    if by_pressure:
        unit = _pressure_unit(table, columns, rule)
        if unit is None or rule.values or (spec.unit == "kPa" and not any(f.kind == "no_unit" for f in reading.faults)):
            return rule, reading
        rule = rule.model_copy(update={"unit": unit})
        return rule, fill.read(table, name, spec, fill.Source(rule, columns, "crosswalk"), as_of)
    low, high = limits(usual)["low"], limits(usual)["high"]
    for unit in ("", *_UNITS.get(spec.unit, ())):
        other = rule.model_copy(update={"unit": unit}) if unit else rule
        tried = fill.read(table, name, spec, fill.Source(other, columns, "crosswalk"), as_of) if unit else reading
        middle = float(tried.values.median())
        if low <= middle <= high:  # never of no value
            return other, tried
    return rule, reading


def _pressure_unit(table: Table, columns: tuple[str, ...], rule: Rule) -> str | None:
    """Return the unit in which bare numbers are usual pressures; None where they may be codes."""
    texts = table.frame[columns[0]].dropna().map(values.text)
    if rule.pattern:
        texts = texts.str.extract(rule.pattern, expand=False)
    amounts = pd.to_numeric(texts.map(pressure.upper, na_action="ignore"), errors="coerce")
    if amounts.isna().mean() > 1 - limits("fits")["unique"] or amounts.empty:
        return None
    middle, highest = float(amounts.median()), float(amounts.max())
    if (amounts.dropna() % 1 == 0).all() and highest < 10:
        return None  # whole numbers from 0 to 9 are as likely codes
    # amounts between the two may be bar, or low pressures in kPa
    fitting = [unit for unit in ("MPa", "kPa") if limits("usual.pressure_class")[f"{unit}_low"] <= middle]
    fitting = [unit for unit in fitting if highest <= limits("usual.pressure_class")[f"{unit}_high"]]
    return fitting[-1] if fitting else None


def _telling(table: Table, name: str, spec: FieldSchema, columns: tuple[str, ...], reading: values.Reading) -> float:
    """Return how far the values alone say what they are, 0 to 1."""
    texts = table.frame[columns[0]].dropna().map(values.text).unique()[:1000]
    if name.startswith("diameter"):
        return float(np.mean([is_diameter(text) for text in texts])) if len(texts) else 0.0
    if spec.choices:
        meant = set(reading.values.dropna().unique()) - _VAGUE
        words = [text for text in texts if any(char.isalpha() for char in text) and len(text) >= _SHORTEST_PART]
        return 1.0 if meant and words else 0.0
    if spec.unit == "a" and spec.past:
        years = pd.to_numeric(pd.Series(texts).str.extract(_YEAR, expand=False), errors="coerce")
        return 1.0 if years.notna().all() and years.nunique() > _FEW_YEARS else 0.0
    if spec.type == "date":
        return 0.9
    return 0.6 if spec.type == "boolean" and any(not str(text).isdigit() for text in texts) else 0.0


def _unique(candidate: Candidate, table: Table, spec: schema.LayerSchema, as_of: dt.date) -> Candidate:
    """Return a candidate for the number of objects, the less sure the more objects share a number."""
    source = fill.Source(candidate.rule, candidate.columns, "crosswalk")
    numbers = fill.read(table, spec.id, spec.fields[spec.id], source, as_of).values
    share = float((numbers.notna() & ~numbers.duplicated(keep="first")).mean()) if len(numbers) else 0.0
    # a few objects twice are a fault of the survey, which the import tells of
    fit = 1.0 if share >= limits("fits")["unique"] else share**2
    return replace(candidate, score=candidate.score * fit, read=share)
