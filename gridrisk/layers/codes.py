"""Numbered codes (材质 1, 2, 3): every survey has its own list, so what no list of it explains stays unknown."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import msg
from gridrisk.layers import crosswalk, pressure, values
from gridrisk.units import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridrisk.layers.collect import Collector, Rows
    from gridrisk.layers.crosswalk import Rule
    from gridrisk.layers.schema import FieldSchema
    from gridrisk.layers.values import Fault

#: Numbers that mean no and yes in every list.
_YES_NO = {"0", "1"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MOST_TOLD = 20


def is_number(text: str) -> bool:
    """Say whether a text is a bare number, which may be a code."""
    return _NUMBER.fullmatch(plain(text)) is not None


def without_numbers(rule: Rule) -> tuple[Rule, dict[str, str]]:
    """Return a rule without the numbered codes of its list, and those; a list of 0 and 1 alone is yes and no."""
    numbers = {code: str(meant) for code, meant in rule.values.items() if code.isdigit()}
    if not numbers.keys() - _YES_NO:
        return rule, {}
    rest = {code: meant for code, meant in rule.values.items() if code not in numbers}
    return rule.model_copy(update={"values": rest}), numbers


def template(texts: Sequence[str]) -> str:
    """Return what is written into a crosswalk for codes nobody knows."""
    told = ", ".join(f'"{text}" = "…"' for text in texts)
    return f"values = {{ {told} }}"


def tell_unknown(fault: Fault, name: str, spec: FieldSchema, rows: Rows, column: str, collector: Collector) -> Fault:
    """Tell of codes nobody knows that are numbers, each once with its rows, and return the fault of the other texts."""
    if fault.kind != "unknown_code" or not spec.choices:
        return fault
    numbered = np.array([is_number(text) for text in fault.texts], dtype=bool)
    if not numbered.any():
        return fault
    found = pd.DataFrame({"text": fault.texts[numbered], "at": fault.positions[numbered]})
    counts = found.groupby("text")["at"].agg(["size", "min"])
    order = sorted(counts.index, key=float)[:_MOST_TOLD]
    met = ", ".join(f"{code} ({size})" for code, size in counts.loc[order, "size"].items())
    place = rows.place(int(counts["min"].min()))
    if pressure.is_class(spec.choices):
        text = msg(
            "{place}: {column} holds bare numbers, {met} (rows); nobody says whether they are codes or pressures and "
            "in which unit, so {field} stays unknown. Of pressures name the unit in the heading, as in {column}(MPa), "
            "or write {unit} behind {field} in the crosswalk; of codes write {example}, with one of {known}",
            place=place,
            column=column,
            met=met,
            field=name,
            unit='unit = "MPa"',
            example=template(order),
            known=_known(spec),
        )
    else:
        text = msg(
            "{place}: {column} holds numbered codes that no list explains, {met} (rows); {field} stays unknown there. "
            "Look them up in the survey's own list and write behind {field} in the crosswalk: {example}, with one of "
            "{known}",
            place=place,
            column=column,
            met=met,
            field=name,
            example=template(order),
            known=_known(spec),
        )
    collector.add("unknown_numbers", "warning", text, field=name)
    return replace(fault, positions=fault.positions[~numbered], texts=fault.texts[~numbered])


def tell_ours(
    frame: pd.DataFrame, column: str, name: str, spec: FieldSchema, rule: Rule, file: str, collector: Collector
) -> None:
    """Warn of numbers read by a list that comes with the program: every survey has its own, and all may be wrong."""
    meanings = {code: str(meant) for code, meant in rule.values.items()}
    parts = [part for walk in crosswalk.shipped() for part in walk.layers.values()]
    ours = [one.values for part in parts for one in part.fields.get(name, ())]
    if not meanings or not spec.choices or rule.values not in ours:
        return
    counts = frame[column].dropna().map(values.text).value_counts().sort_index()
    met = [
        f"{code} = {meanings[code]} {spec.choices[meanings[code]].zh} ({count})"
        for code, count in counts.items()
        if str(code).isdigit() and code in meanings and meanings[code] in spec.choices
    ]
    if met:
        message = msg(
            "{file}: the codes of {column} were read as {field} by a list that comes with the program: {met} (rows); "
            "surveys number differently, so compare it with the survey's own list and correct values = {{…}} of "
            "{field} in the crosswalk (crosswalk propose writes one)",
            file=file,
            column=column,
            field=name,
            met=", ".join(met),
        )
        collector.add("codes", "warning", message, field=name)


def _known(spec: FieldSchema) -> str:
    return ", ".join(f"{key} {choice.zh}" for key, choice in spec.choices.items())
