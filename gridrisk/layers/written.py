"""A proposed crosswalk as TOML, with what a person needs to judge each line behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gridrisk.i18n import Language, Message, mark, msg
from gridrisk.layers import codes, schema
from gridrisk.layers.collect import shown
from gridrisk.layers.propose import Sureness, sureness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridrisk.layers.crosswalk import Rule
    from gridrisk.layers.evidence import Candidate
    from gridrisk.layers.part import Part
    from gridrisk.layers.propose import Proposal

#: How sure a line is, for people.
WORDS: Mapping[Sureness, str] = {
    "sure": mark("sure"),
    "likely": mark("likely"),
    "guess": mark("a guess"),
    "doubtful": mark("doubtful"),
}
_KEYS = {
    "combine": "first",
    "separator": "-",
    "pattern": "",
    "unit": "",
    "constant": None,
    "generate": None,
    "note": "",
}


def write(proposal: Proposal, title: str, lang: Language) -> str:
    """Return the text of the crosswalk file."""
    lines = [f"title = {_text(title)}", ""]
    intro = msg(
        "A proposal: how sure each line is stands behind it. Correct what is wrong, then import with --crosswalk."
    )
    lines += _comment(intro.render(lang))
    for note in proposal.notes:
        lines += _comment(note.render(lang))
    for part in proposal.parts:
        lines += ["", *_part(part, lang)]
    return "\n".join(lines) + "\n"


def _comment(text: str, indent: str = "") -> list[str]:
    return [f"# {indent}{' '.join(text.split())}"]


def _text(text: str) -> str:
    # a TOML basic string is a JSON string but for this one character
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_text(key)} = {_value(item)}' for key, item in value.items())} }}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _part(part: Part, lang: Language) -> list[str]:
    lines = [f"[{part.layer}]"]
    for note in part.notes:
        lines += _comment(note.render(lang))
    lines.append(f"tables = {_value(part.tables)}")
    lines += [] if not part.ignore else [f"ignore = {_value(part.ignore)}"]
    if part.where:
        rows = ", ".join(f"{{ from = {_value(one.columns)}, is = {_value(one.texts)} }}" for one in part.where)
        lines.append(f"where = [{rows}]")
    if part.lines is not None:
        known = part.lines
        ends = f"start = {_value(known.start)}, end = {_value(known.end)}"
        ends += f", both = {_value(known.both)}" if known.both else ""
        lines.append(f"lines = {{ point = {_value(known.point)}, {ends} }}")
    if part.corners is not None:
        order = f", order = {_value(part.corners.order)}" if part.corners.order else ""
        lines.append(f"corners = {{ line = {_value(part.corners.line)}{order} }}")
    lines += ["once = true"] if part.once else []
    if part.join is not None:
        only = ", only = true" if part.join.only else ""
        lines.append(
            f"join = {{ drawn = {_value(part.join.drawn)}, attributes = {_value(part.join.attributes)}{only} }}"
        )
    lines += ["", f"[{part.layer}.fields]"]
    for name in dict.fromkeys(one.field for one in part.fields):
        lines += _field(name, [one for one in part.fields if one.field == name], part.layer, lang)
    for column, example in part.unused:
        note = msg("not used: {column}, such as {value}", column=shown(column), value=shown(example) or "—")
        lines += _comment(note.render(lang))
    return lines


def _field(name: str, several: Sequence[Candidate], layer: str, lang: Language) -> list[str]:
    told = [_behind(one, lang) for one in several]
    if len(several) == 1:
        lines = [f"{name} = {_rule(several[0].rule)}  # {told[0]}"]
    else:
        lines = [f"{name} = ["]
        lines += [f"  {_rule(one.rule)},  # {text}" for one, text in zip(several, told, strict=True)]
        lines.append("]")
    for one in several:
        lines += _endings(one, layer, lang)
        lines += _codes(one, layer, lang)
    return lines


def _behind(one: Candidate, lang: Language) -> str:
    return " ".join(assessment(one).render(lang).split())


def assessment(one: Candidate) -> Message:
    """Return how sure a line is, and why."""
    score = f"{100 * one.score:.0f}"
    word = Message(WORDS[sureness(one.score)])
    if not one.filled:
        return msg("{sure}, {score} %: {why}", sure=word, score=score, why=one.why)
    return msg(
        "{sure}, {score} %: {why}; {read} % of {rows} values read",
        sure=word,
        score=score,
        why=one.why,
        read=f"{100 * one.read:.1f}".rstrip("0").rstrip("."),
        rows=one.filled,
    )


def _rule(rule: Rule) -> str:
    parts = [f"from = {_value(rule.columns[0] if len(rule.columns) == 1 else rule.columns)}"] if rule.columns else []
    parts += [f"{key} = {_value(getattr(rule, key))}" for key, usual in _KEYS.items() if getattr(rule, key) != usual]
    parts += [f"values = {_value(rule.values)}"] if rule.values else []
    parts += ["optional = true"] if rule.optional else []
    return f"{{ {', '.join(parts)} }}"


def _endings(one: Candidate, layer: str, lang: Language) -> Iterable[str]:
    """Say which words were taken for known ones by their endings."""
    choices = schema.load(layer).fields[one.field].choices
    for text, key in one.endings:
        note = msg(
            "{value} is taken for {known} by the known word in it; correct it where that is wrong",
            value=shown(text),
            known=choices[key].of(lang),
        )
        yield from _comment(note.render(lang), "  ")


def _codes(one: Candidate, layer: str, lang: Language) -> Iterable[str]:
    """Say which texts nobody knows, and what could stand there."""
    if not one.codes:
        return []
    lines = []
    numbered = sorted((text for text, _ in one.codes if codes.is_number(text)), key=float)
    for text, count in one.codes:
        note = msg("{value} ({count} rows) means nothing certain and stays unknown", value=shown(text), count=count)
        lines += _comment(note.render(lang), "  ")
    known = schema.load(layer).fields[one.field].choices
    note = msg(
        "if the survey says what it is, add: {example}, with one of {known}",
        example=codes.template(numbered) if numbered else f'values = {{ {_text(shown(one.codes[0][0]))} = "…" }}',
        known=", ".join(f"{key} {choice.zh}" for key, choice in known.items()),
    )
    lines += _comment(note.render(lang), "  ")
    if one.listed and numbered:
        note = msg(
            "one list in use would say: {example}; take it over only if it is the survey's own",
            example=f"values = {_value(dict(one.listed))}",
        )
        lines += _comment(note.render(lang), "  ")
    return lines
