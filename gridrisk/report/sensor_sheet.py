"""The list for whoever puts methane sensors up: where, in which order, and what each would watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

from gridrisk.i18n import mark, msg, translate
from gridrisk.layers import schema
from gridrisk.report import cells

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from gridrisk.i18n import Language

#: Spaces named after the chosen ones, should one of these turn out not to be fit.
_SPARE = 50
_HEAD = 4
#: Column, its title, width in characters, style.
_COLUMNS: tuple[tuple[str, str, float, str], ...] = (
    ("order", mark("order in which to put them up"), 8, "count"),
    ("spot_id", mark("place of a sensor"), 16, "text"),
    ("kind", mark("kind of space"), 14, "text"),
    ("road", mark("street"), 16, "text"),
    ("crossing", mark("crossed by a pipe"), 9, "text"),
    ("pipe_ids", mark("pipes it watches, those with most risk first"), 34, "text"),
    ("x", mark("X, east (m)"), 13, "metres"),
    ("y", mark("Y, north (m)"), 13, "metres"),
    ("watched_risk", mark("risk a sensor here watches (person-equivalents a year)"), 16, "risk"),
    ("added_risk", mark("risk watched in addition (person-equivalents a year)"), 16, "risk"),
    ("share_watched", mark("share of all risk watched with it"), 12, "share"),
    ("put_up", mark("put up on"), 12, "text"),
    ("remark", mark("remarks"), 22, "text"),
)


def write_sensor_sheet(
    path: Path,
    table: pd.DataFrame,
    roads: pd.Series[str],
    facts: Mapping[str, Any],
    *,
    as_of: dt.date,
    crs: str,
    lang: Language,
) -> None:
    """Write the workbook: spaces chosen, spaces that could take their place, and those that have a sensor.

    Parameters
    ----------
    table
        The result `sensors` on spot_id.
    roads
        Street of each pipe by pipe_id, missing where unknown.
    facts
        What was found of the choice as a whole: count, total_risk, already, watched, bound.
    as_of
        Day of the score.
    crs
        Name of the coordinate system of x and y.
    lang
        Language of the workbook.
    """
    shown = table.reset_index()
    names = schema.load("voids").fields["kind"].choices
    shown["kind"] = [
        names[str(code)].of(lang) if str(code) in names else translate(mark("kind not recorded"), lang)
        for code in shown["kind"]
    ]
    worst = shown["pipe_ids"].str.split(",").str[0]
    shown["road"] = worst.map(roads.to_dict())
    yes, no = translate(mark("yes"), lang), translate(mark("no"), lang)
    shown["crossing"] = [yes if crossed else no for crossed in shown["crossing"]]
    shown["pipe_ids"] = [
        named.replace(",", ", ") + (f" … ({count})" if count > len(named.split(",")) else "")
        for named, count in zip(shown["pipe_ids"], shown["pipes"], strict=True)
    ]
    chosen, existing = (shown[name].to_numpy(dtype=bool) for name in ("chosen", "existing"))
    rest = shown[~chosen & ~existing].sort_values("rank").head(_SPARE).assign(added_risk=None, share_watched=None)
    with xlsxwriter.Workbook(str(path), cells.OPTIONS) as book:
        looks = cells.styles(book, lang, metres="0.00", share="0.0%", risk="0.0000")
        for title, rows, notes in (
            (mark("Where to put methane sensors"), shown[chosen].sort_values("order"), _of_choice(facts, chosen.sum())),
            (mark("Spare spaces"), rest, ()),
            (mark("Spaces with a sensor"), shown[existing].sort_values("spot_id"), ()),
        ):
            name = translate(title, lang)
            told = msg(
                "as of {date}; coordinates in {crs}, metres; at the point nearest to the pipe",
                date=as_of.isoformat(),
                crs=crs,
            )
            _sheet(book.add_worksheet(name), name, rows, [note.render(lang) for note in (told, *notes)], looks, lang)


def _of_choice(facts: Mapping[str, Any], count: int) -> tuple[Any, ...]:
    return (
        msg(
            "{count} sensors watch {watched} of the risk within reach of confined spaces ({total} person-equivalents a "
            "year); the existing ones {already}; no set of as many could watch more than {bound}",
            count=int(count),
            watched=f"{facts['watched']:.1%}",
            total=f"{facts['total_risk']:.3g}",
            already=f"{facts['already']:.1%}",
            bound=f"{facts['bound']:.1%}",
        ),
    )


def _sheet(
    sheet: Worksheet, title: str, rows: pd.DataFrame, notes: list[str], looks: dict[str, Format], lang: Language
) -> None:
    sheet.write_string(0, 0, title, looks["title"])
    for line, note in enumerate(notes, start=1):
        sheet.write_string(line, 0, note, looks["note"])
    for at, (_, head, width, _style) in enumerate(_COLUMNS):
        sheet.set_column(at, at, width)
        sheet.write_string(_HEAD, at, translate(head, lang), looks["head"])
    cells.fit_row(sheet, _HEAD, [(translate(head, lang), width) for _, head, width, _ in _COLUMNS])
    for line, row in enumerate(rows.to_dict("records"), start=_HEAD + 1):
        for at, (name, _, _width, style) in enumerate(_COLUMNS):
            value = row.get(name)  # the last columns are filled in by hand
            cells.write(sheet, line, at, None if pd.isna(value) else value, looks[style])
        cells.fit_row(sheet, line, [(row.get(name), width) for name, _, width, _ in _COLUMNS])
    sheet.freeze_panes(_HEAD + 1, 2)
    sheet.repeat_rows(_HEAD)
    cells.for_print(sheet)
