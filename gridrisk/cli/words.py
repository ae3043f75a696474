"""Headings of tables and the values in them, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.i18n import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gridrisk.cli.output import Output

HEADINGS = {
    "pipe_id": mark("pipe"),
    "rank": mark("rank"),
    "grade": mark("grade"),
    "risk_per_km": mark("risk per km"),
    "failures_per_km_year": mark("failures per km and year"),
    "consequence": mark("consequence (person-equivalents)"),
    "length_m": mark("length (m)"),
    "must_renew": mark("must renew"),
    "flags": mark("flags"),
    "sector_id": mark("sector"),
    "customers_inside": mark("customers inside"),
    "customers_lost": mark("customers without gas"),
    "households_lost": mark("households without gas"),
    "critical_lost": mark("critical customers without gas"),
    "name": mark("name"),
    "eligible": mark("eligible"),
    "converted": mark("converted"),
    "verified": mark("verified"),
    "share": mark("share"),
    "target": mark("target"),
    "deadline": mark("deadline"),
    "on_track": mark("on track"),
}
VALUES = {
    "major": mark("major"),
    "larger": mark("larger"),
    "general": mark("general"),
    "low": mark("low"),
    "built_over": mark("built over"),
    "shared_trench": mark("shared trench"),
    "void_crossing": mark("void crossing"),
    "clearance": mark("clearance"),
    "encroached": mark("encroached"),
    "basement": mark("basement"),
    "critical_place": mark("critical place"),
    "ground_movement": mark("ground movement"),
    "leaks": mark("leaks"),
}


def show(output: Output, title: str, frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Print columns of a frame with headings and values in the language of the output."""
    rows = frame[list(columns)].itertuples(index=False, name=None)
    output.table(title, [HEADINGS[column] for column in columns], ([_cell(output, c) for c in row] for row in rows))


def _cell(output: Output, value: object) -> object:
    if isinstance(value, bool):
        return output.label(mark("yes") if value else mark("no"))
    if isinstance(value, str):
        return _words(output, value.split(","))
    return value


def _words(output: Output, words: Iterable[str]) -> str:
    return ", ".join(output.label(VALUES[word]) if word in VALUES else word for word in words)
