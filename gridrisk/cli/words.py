"""Headings of tables and the values in them, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk import words
from gridrisk.cli.output import plain
from gridrisk.i18n import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

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
    "kind": mark("kind of place"),
    "needed": mark("needed by now"),
    "pace_month": mark("customers a month"),
    "projected_on": mark("target reached at that pace"),
    "figure": mark("figure"),
    "reported": mark("reported"),
    "now": mark("corrected"),
    "change": mark("change"),
}
_SHARES = {"share", "target", "needed"}


def codes(kind: str) -> Mapping[str, str]:
    """Return the texts of the codes of one kind, such as ``verdict``; empty where there are none."""
    tables: dict[str, Mapping[str, str]] = {
        "grade": words.GRADES,
        "severity": words.SEVERITIES,
        "action": words.ACTIONS,
        "verdict": words.VERDICTS,
        "decision": words.DECISIONS,
        "item": words.ITEMS,
        "payer": words.PAYERS,
        "measure": words.MEASURES,
        "flags": words.FLAGS,
        "zone": words.FLAGS,
        "state": words.FLAGS,
        "figure": {name: words.RESULTS[name].title for name in ("eligible", "converted", "verified")},
    }
    return tables.get(kind, {})


def word(output: Output, kind: str, code: str) -> str:
    """Return a code, or a comma list of codes, in the language of the output."""
    known = codes(kind)
    return output.list_of(output.label(known[part]) if part in known else part for part in code.split(","))


def fields(output: Output, layer: str, names: Iterable[str]) -> str:
    """Return fields of a layer, and what a policy asks besides, by their title."""
    from gridrisk.layers import schema

    titles = {name: output.label(text) for name, text in words.CONDITIONS.items()}
    titles |= {name: field.title.of(output.lang) for name, field in schema.load(layer).fields.items()}
    return output.list_of(titles.get(name, name) for name in names)


def show(output: Output, title: str, frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Print columns of a frame with headings and values in the language of the output."""
    rows = frame[list(columns)].itertuples(index=False, name=None)
    cells = ([_cell(output, name, value) for name, value in zip(columns, row, strict=True)] for row in rows)
    output.table(title, [HEADINGS[column] for column in columns], cells)


def _cell(output: Output, column: str, value: object) -> object:
    value = plain(value)
    if column in _SHARES and isinstance(value, int | float):
        return f"{value:.0%}"
    if isinstance(value, bool):
        return output.label(mark("yes") if value else mark("no"))
    if column == "kind":
        return _kind(output, str(value))
    if column in _DAYS and isinstance(value, str):
        return value[:10]
    if column == "pace_month" and isinstance(value, float):
        return f"{value:.1f}"
    return word(output, column, value) if isinstance(value, str) else value


#: Columns that hold days.
_DAYS = {"deadline", "projected_on"}


def _kind(output: Output, code: str) -> str:
    """Return a kind of customer by its title in the layer."""
    from gridrisk.layers import schema

    choices = schema.load("customers").fields["kind"].choices
    return choices[code].of(output.lang) if code in choices else output.label(mark("kind not recorded"))
