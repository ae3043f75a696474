"""Which column of a table feeds which field: the rules that fit best, and what follows from them besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.i18n import msg
from gridrisk.layers import evidence, fill, headings, schema
from gridrisk.layers.crosswalk import Rule
from gridrisk.layers.evidence import Candidate, limits
from gridrisk.units import plain

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from gridrisk.layers.table import Table


def order(one: Candidate) -> tuple[bool, float]:
    """Sort rules for whole columns before those that search, the surest first."""
    return one.rule.optional, -one.score


def assigned(table: Table, several: Sequence[Candidate], spec: schema.LayerSchema) -> list[Candidate]:
    """Give each field the rule that fits best, and a further one where that leaves rows open."""
    chosen: list[Candidate] = []
    owner: dict[str, str] = {}
    for one in several:
        before = [other for other in chosen if other.field == one.field]
        if before and (one.field == spec.id or not _adds(table, before, one)):
            continue
        if one.score < limits("sure")["guess"] and (not one.known or before or one.rule.optional):
            continue
        if one.field == spec.id and one.score < limits("sure")["guess"]:
            continue
        if not (one.rule.optional or one.shipped) and any(owner.get(c, one.field) != one.field for c in one.columns):
            continue
        chosen.append(one)
        if not one.rule.optional:
            owner.update({column: owner.get(column, one.field) for column in one.columns})
    return chosen


def _adds(table: Table, before: Sequence[Candidate], one: Candidate) -> bool:
    if (
        one.score < limits("sure")["likely"]
        or len(before) > 2
        or any(set(one.columns) <= set(b.columns) for b in before)
    ):
        return False
    filled = evidence.filled(table, before[0].columns)
    for other in before[1:]:
        filled |= evidence.filled(table, other.columns)
    return bool((evidence.filled(table, one.columns) & ~filled).any())


def derived(table: Table, layer: str, fields: Sequence[Candidate], as_of: dt.date) -> list[Candidate]:
    """Return rules for fields that no column holds by itself, but that follow from others."""
    have = {one.field for one in fields}
    whole = {one.field for one in fields if not one.rule.optional}
    found = [one for one in _besides(table, layer, fields, as_of) if one.field not in whole]
    if layer != "pipes":
        return found
    have |= {one.field for one in found}
    if "depth_m" not in have:
        found += [one for one in _depths(table, as_of) if one.score >= limits("sure")["guess"]][:1]
    spec = schema.load(layer).fields["pressure_class"]
    for one in fields:
        if one.field == "mop_kpa" and "pressure_class" not in have and one.score >= limits("sure")["guess"]:
            unit = one.rule.unit or headings.unit_of(one.columns[0]) or "kPa"
            rule = one.rule.model_copy(update={"unit": unit})
            why = msg("the class in which the operating pressure lies")
            judged = evidence.judge(table, "pressure_class", spec, rule, one.columns, one.score, why, as_of)
            found += [] if judged is None else [judged]
    return found


def _besides(table: Table, layer: str, fields: Sequence[Candidate], as_of: dt.date) -> list[Candidate]:
    """Return what columns that feed one field say of another besides, such as the wall in φ108×4.5."""
    sources: dict[str, list[tuple[Rule, tuple[str, ...]]]] = {}
    for one in fields:
        sources.setdefault(one.field, []).append((one.rule, one.columns))
    found = []
    for name, rule in fill.besides(sources, layer):
        spec = schema.load(layer).fields[name]
        why = msg("read out of the same column besides")
        judged = evidence.judge(table, name, spec, rule, rule.columns, limits("heading")["contains"], why, as_of)
        found += [] if judged is None else [judged]
    return found


_ENDS_OF_DEPTH = (
    ("起点", "终点"),
    ("起始", "终止"),
    ("起", "止"),
    ("起", "终"),
    ("首", "末"),
    ("start", "end"),
    ("s_", "e_"),
    ("qd", "zd"),
)
_DEPTH = ("埋深", "深度", "deep", "depth", "ms")


def _depths(table: Table, as_of: dt.date) -> list[Candidate]:
    """Return the mean of the depths at both ends."""
    names = {plain(column).casefold(): column for column in table.frame.columns}
    found = []
    for name, column in names.items():
        if not any(word in name for word in _DEPTH):
            continue
        for first, last in _ENDS_OF_DEPTH:
            other = names.get(name.replace(first, last, 1)) if first in name else None
            if other is not None and other != column:
                rule = Rule.of(column, other, combine="mean")
                spec = schema.load("pipes").fields["depth_m"]
                why = msg("the mean of both ends")
                prior = limits("heading")["truncated"]
                found.append(evidence.judge(table, "depth_m", spec, rule, (column, other), prior, why, as_of))
    return [one for one in found if one is not None]
