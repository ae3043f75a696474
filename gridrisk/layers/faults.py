"""What is wrong with a value of a survey file, and how to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from gridrisk.i18n import Message, msg
from gridrisk.layers.values import choice_words, word

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.layers.schema import FieldSchema
    from gridrisk.layers.values import Kind


def explain(fault: Kind, place: Message, name: str, spec: FieldSchema, value: str, as_of: dt.date) -> Message:
    """Say what is wrong with a value and how to mend it."""
    match fault:
        case "unknown_code":
            return _explain_code(place, name, spec, value)
        case "out_of_range":
            return msg(
                "{place}: {field} {value} lies outside {low} to {high} {unit}; correct it",
                place=place,
                field=name,
                value=value,
                low="−∞" if spec.min is None else f"{spec.min:g}",
                high="∞" if spec.max is None else f"{spec.max:g}",
                unit=spec.unit,
            )
        case "no_unit":
            return msg(
                "{place}: {field} {value} names no unit; put it into the heading, as in {example}, or into a crosswalk",
                place=place,
                field=name,
                value=value,
                example=f"{spec.title.zh}(MPa)",
            )
        case "in_future":
            noun = msg("year") if spec.type == "integer" else msg("date")
            return msg(
                "{place}: {field} {value} lies after {as_of}; correct the {noun}, or give --as-of",
                place=place,
                field=name,
                value=value,
                as_of=as_of.isoformat(),
                noun=noun,
            )
        case "year_only":
            return msg(
                "{place}: {field} {value} is only a year; give at least the month, as in 2023-05",
                place=place,
                field=name,
                value=value,
            )
        case _:
            return _explain_unreadable(place, name, spec, value)


def _explain_code(place: Message, name: str, spec: FieldSchema, value: str) -> Message:
    known = [f"{key} {choice.zh}" for key, choice in spec.choices.items()]
    near = [f"{key} {choice.zh}" for key, choice in spec.choices.items() if word(value) in word(choice.zh)]
    close = get_close_matches(word(value), list(choice_words(spec)), n=1, cutoff=0.6)
    if not near and close:
        key = choice_words(spec)[close[0]]
        near = [f"{key} {spec.choices[key].zh}"]
    if near:
        return msg(
            "{place}: {field} {value} has no known meaning; did you mean {near}? Correct it, or say in a crosswalk "
            "what it stands for",
            place=place,
            field=name,
            value=value,
            near=", ".join(near),
        )
    return msg(
        "{place}: {field} {value} has no known meaning; use one of {known}, or say in a crosswalk what it stands for",
        place=place,
        field=name,
        value=value,
        known=", ".join(known) or spec.items,
    )


def _explain_unreadable(place: Message, name: str, spec: FieldSchema, value: str) -> Message:
    if spec.type == "boolean":
        return msg(
            "{place}: {field} {value} is neither yes nor no; write 是 or 否", place=place, field=name, value=value
        )
    if spec.type == "date":
        return msg("{place}: {field} {value} is no date; write 2023-05-04", place=place, field=name, value=value)
    if spec.type == "integer" and spec.unit == "a":
        return msg("{place}: {field} {value} is no year; write 1998", place=place, field=name, value=value)
    if spec.type in {"number", "integer"}:
        return msg(
            "{place}: {field} {value} is no number in {unit}; write digits only",
            place=place,
            field=name,
            value=value,
            unit=spec.unit or "—",
        )
    return msg(
        "{place}: {field} cannot be read out of {value}; correct it, or the pattern of the crosswalk",
        place=place,
        field=name,
        value=value,
    )
