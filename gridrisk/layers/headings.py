"""Recognising what a heading of a survey file means: names, synonyms, units in brackets, names cut to ten bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Literal

from gridrisk import params
from gridrisk.layers import schema
from gridrisk.units import is_unit, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

How = Literal["crosswalk", "name", "synonym", "truncated", "beside", "geometry", "ignored", "unused"]

#: A shapefile keeps ten bytes of a heading.
_DBF_NAME_BYTES = 10
#: A unit behind a Latin heading: operating_pressure_bar, depth cm.
_LATIN_UNIT = re.compile(r"^(?P<base>.*[a-z])[_\s-]+(?P<unit>mm|cm|m|km|kpa|mpa|bar|mbar|pa)$")
_UNIT_SUFFIX = re.compile(r"_(mm|m|kpa|m2|m3h|m3|years)$")
_BRACKETS = re.compile(r"[(\[{【〔](?P<inside>[^()\[\]{}【】〔〕]*)[)\]}】〕]")
_TRAILING_UNIT = re.compile(r"^(?P<base>.*[\u4e00-\u9fff])\s*/?\s*(?P<unit>[a-z][a-z0-9/]*)$")
#: A unit behind a stroke: 设计压力P/MPa.
_STROKE_UNIT = re.compile(r"^(?P<base>[^/]+)/\s*(?P<unit>[a-z][a-z0-9/]*)$")
#: The symbol of an amount behind its name: 管径DN, 埋深H, 壁厚δ.
_SYMBOL = re.compile(r"(?<=[\u4e00-\u9fff])(?:dn|de|[dhplt]|φ|ø|δ)$")
#: Letters of a name that may stand within a heading: Chinese, Latin.
_SHORTEST_WITHIN = {False: 2, True: 5}
_NOISE = re.compile(r"[\s_\-.:*#/、�?]+")


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What became of one column of a delivery.

    Attributes
    ----------
    field
        The field it feeds; None where it feeds none.
    how
        Why: by the crosswalk, the name or a synonym of the field (whole or cut off), as coordinates, left out by the
        crosswalk, or not used.
    """

    file: str
    column: str
    field: str | None
    how: How


def key(heading: str) -> str:
    """Return a heading without case, width, blanks, underscores and what stands in brackets."""
    text = _BRACKETS.sub("", plain(heading).casefold())
    return _NOISE.sub("", text)


def unit_of(heading: str) -> str:
    """Return the unit a heading names, ``埋深(cm)`` or ``面积m2``; empty where it names none."""
    text = plain(heading).casefold()
    for match in _BRACKETS.finditer(text):
        if is_unit(match["inside"]):
            return match["inside"].strip()
    trailing = _trailing(text)
    return trailing["unit"] if trailing else ""


def _trailing(text: str) -> re.Match[str] | None:
    """Return the name and the unit at the end of a heading; None where it ends in none."""
    found = (form.match(text) for form in (_TRAILING_UNIT, _LATIN_UNIT, _STROKE_UNIT))
    return next((match for match in found if match and is_unit(match["unit"])), None)


def keys(heading: str) -> tuple[str, ...]:
    """Return the keys a heading may be known by: as it is, and without a unit at its end."""
    whole = key(heading)
    text = plain(heading).casefold()
    trailing = _trailing(text)
    bare = whole if trailing is None else key(trailing["base"])
    return tuple(dict.fromkeys((whole, bare, _SYMBOL.sub("", bare))))


@cache
def vocabulary(layer: str) -> Mapping[str, tuple[str, ...]]:
    """Return for each field of a layer the headings it goes by, the best first."""
    loaded = schema.load(layer)
    words = {}
    for name, spec in loaded.fields.items():
        bare = _UNIT_SUFFIX.sub("", name).replace("_", " ")
        general = ("id",) if name == loaded.id else ()
        words[name] = tuple(dict.fromkeys((name, spec.title.zh, *spec.synonyms, bare, spec.title.en, *general)))
    return words


@cache
def _by_key(layer: str) -> Mapping[str, tuple[str, int]]:
    """Return for each key the field it means and its rank (0 = the name itself); what means two means neither."""
    found: dict[str, tuple[str, int]] = {}
    twice = set()
    for field, words in vocabulary(layer).items():
        for rank, word in enumerate(words):
            known = found.setdefault(key(word), (field, rank))
            if known[0] != field:
                twice.add(key(word))
    return {word: known for word, known in found.items() if word not in twice}


@cache
def _truncated(layer: str, encoding: str) -> Mapping[str, str]:
    """Return for each heading that a shapefile cuts off the field it means."""
    found: dict[str, str] = {}
    twice = set()
    for field, words in vocabulary(layer).items():
        for word in words:
            short = cut(word, encoding)
            if short != word and found.setdefault(key(short), field) != field:
                twice.add(key(short))
    return {word: field for word, field in found.items() if word not in twice}


def cut(word: str, encoding: str) -> str:
    """Return a heading as a shapefile in `encoding` keeps it."""
    return word.encode(encoding, "ignore")[:_DBF_NAME_BYTES].decode(encoding, "ignore")


def find(columns: Iterable[str], wanted: Iterable[str], encoding: str | None) -> str | None:
    """Return the first of the `wanted` headings that is among `columns`, whole or cut off; None where there is none."""
    known = {word: column for column in reversed(list(columns)) for word in reversed(keys(column))}
    for heading in wanted:
        if key(heading) in known:
            return known[key(heading)]
        short = key(cut(heading, encoding)) if encoding else ""
        if short and short in known:
            return known[short]
    return None


def recognise(columns: Iterable[str], layer: str, encoding: str | None) -> dict[str, tuple[str, How]]:
    """Return for each field of `layer` the column that feeds it and how it was recognised.

    Where several columns mean one field the one with the better name feeds it.

    Parameters
    ----------
    encoding
        Of the shapefile the headings come from, whose names may be cut off; None for other formats.
    """
    best: dict[str, tuple[int, str, How]] = {}
    for column in columns:
        match = _meaning(column, layer, encoding)
        if match is not None and (match[0] not in best or match[1] < best[match[0]][0]):
            best[match[0]] = (match[1], column, match[2])
    return {field: (column, how) for field, (_, column, how) in best.items()}


def meanings(columns: Iterable[str], layer: str, encoding: str | None) -> list[tuple[str, str, How]]:
    """Return (field, column, how) for every column whose heading is known, also where several mean one field."""
    found = ((column, _meaning(column, layer, encoding)) for column in columns)
    return [(match[0], column, match[2]) for column, match in found if match is not None]


def resembles(
    column: str, layer: str, encoding: str | None = None
) -> list[tuple[str, Literal["contains", "near", "beginning"]]]:
    """Return the fields a heading may mean: one whose name stands in it (管道材质情况), or that it almost is.

    Of a shapefile in `encoding`, whose headings are cut off, also those whose name begins at its end.
    """
    text = key(column)
    within = [
        (len(word), field)
        for word, (field, _) in _by_key(layer).items()
        if word in text and len(word) >= _SHORTEST_WITHIN[word.isascii()] and not _of_else(text, word, layer, field)
    ]
    if not within and speaks_of_else(column):
        return []
    if within:
        return [(max(within)[1], "contains")]
    near = nearest(column, layer)
    return [(near, "near")] if near is not None else [(field, "beginning") for field in _begun(column, layer, encoding)]


def _of_else(text: str, word: str, layer: str, field: str) -> bool:
    """Say whether what stands around a known name makes it the name of something else: 套管材质, 普查年份."""
    rest = text.replace(word, "", 1)
    dated = schema.load(layer).fields[field]
    words = [*_strange("not_meant"), *(_strange("other_day") if dated.type == "date" or dated.unit == "a" else ())]
    return any(other in rest for other in words)


def speaks_of_else(column: str) -> bool:
    """Say whether a heading names something else than a property of the object itself: 套管材质, 试验压力."""
    return any(word in key(column) for word in _strange("not_meant"))


def names_other_day(column: str) -> bool:
    """Say whether a heading names the day of something else than what the layer is about: 普查年份, 录入日期."""
    return any(word in key(column) for word in _strange("other_day"))


@cache
def _strange(name: str) -> tuple[str, ...]:
    return params.load("recognition").names(name)


def _begun(column: str, layer: str, encoding: str | None) -> list[str]:
    """Return the fields with a name that begins where a heading was cut off: 管道平均埋, of 管道平均埋深."""
    if encoding is None or len(column.encode(encoding, "ignore")) < _DBF_NAME_BYTES - 1:
        return []
    text = key(column)
    ends = [text[-length:] for length in (3, 2, 1) if len(text) > length and not text[-length:].isascii()]
    fields = (
        [field for word, (field, _) in _by_key(layer).items() if word.startswith(end) and len(word) > len(end)]
        for end in ends
    )
    return list(dict.fromkeys(next((found for found in fields if found), [])))


def _meaning(column: str, layer: str, encoding: str | None) -> tuple[str, int, How] | None:
    known = _by_key(layer)
    for word in keys(column):
        if word in known:
            field, rank = known[word]
            return field, rank, "synonym" if rank else "name"
    if encoding is not None:
        field_cut = _truncated(layer, encoding).get(key(column))
        if field_cut is not None:
            return field_cut, len(known), "truncated"
    return None


def score(columns: Iterable[str], layer: str) -> int:
    """Return how many headings are recognised; tells a heading row from a title above it."""
    return len(recognise([column for column in columns if column], layer, None))


def nearest(column: str, layer: str) -> str | None:
    """Return the field whose name a heading almost is; None where it is like none."""
    words = {key(word): field for field, names in vocabulary(layer).items() for word in names}
    near = get_close_matches(key(column), list(words), n=1, cutoff=0.8)
    return words[near[0]] if near else None
