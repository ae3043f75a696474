"""Findings and completeness as Excel: what is wrong, where, how to mend it, and how much of each field is known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

from gridrisk.checks.catalogue import BY_ID
from gridrisk.checks.completeness import GROUPS
from gridrisk.i18n import Language, mark, msg, translate
from gridrisk.layers import schema
from gridrisk.report import cells, filing_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: Never read as a formula, an address or a number: texts stay the texts of the survey.
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
_SHEETS: dict[str, str] = {"error": mark("Errors"), "warning": mark("Warnings"), "info": mark("Notes")}
_SETTINGS = {
    "municipal": mark("municipal roads"),
    "courtyard": mark("courtyards"),
    "unknown": mark("setting unknown"),
}
#: Excel holds no more rows in a sheet.
_MOST_ROWS = 1_000_000
_LINE_POINTS = 14.0
_HIGHEST_POINTS = 400.0
_Column = tuple[str, float, str]


def write_check_report(
    path: Path,
    findings: pd.DataFrame,
    completeness: pd.DataFrame,
    *,
    as_of: dt.date,
    lang: Language,
    towns: pd.Series | None = None,
    filed: pd.DataFrame | None = None,
) -> None:
    """Write the report of a check.

    Parameters
    ----------
    path
        The ``.xlsx`` file.
    findings
        Columns of `gridrisk.findings.COLUMNS`, messages in `lang`.
    completeness
        As `gridrisk.checks.completeness` gives it.
    as_of
        Date of the check, printed on every sheet.
    towns
        Name of each town by town_id.
    filed
        How much of the network is on file, as `gridrisk.checks.filing` gives it; None where there are no pipes.
    """
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties(
            {"title": translate(mark("Check of the data"), lang), "created": dt.datetime.combine(as_of, dt.time())}
        )
        styles = cells.styles(book, lang, metres="0.00", kilometres="#,##0.00", share="0.0%")
        _summary(book.add_worksheet(translate(mark("Summary"), lang)), findings, styles, as_of, lang)
        if filed is not None and len(filed):
            name = translate(filing_sheet.TITLE, lang)
            filing_sheet.write_filing(book.add_worksheet(name), filed, towns, styles, as_of, lang)
        for severity, title in _SHEETS.items():
            rows = findings[findings["severity"] == severity]
            if len(rows):
                _findings(book.add_worksheet(translate(title, lang)), translate(title, lang), rows, styles, as_of, lang)
        sheet = book.add_worksheet(translate(mark("Completeness"), lang))
        _completeness(sheet, completeness, towns, styles, as_of, lang)


def _summary(
    sheet: Worksheet, findings: pd.DataFrame, styles: dict[str, Format], as_of: dt.date, lang: Language
) -> None:
    columns = [
        (mark("layer"), 16, "text"),
        (mark("severity"), 10, "text"),
        (mark("check"), 30, "text"),
        (mark("question"), 44, "text"),
        (mark("how to mend it"), 44, "text"),
        (mark("findings listed"), 11, "count"),
    ]
    counts = findings.groupby(["severity", "layer", "check"], sort=True).size().reset_index(name="count")
    rows: list[list[Any]] = []
    for severity in _SHEETS:
        for _, layer, check, count in counts[counts["severity"] == severity].itertuples(index=False, name=None):
            asked = BY_ID[check].texts(lang) if check in BY_ID else ("", "")
            rows.append([_layer(layer, lang), _severity(severity, lang), check, *asked, count])
    _sheet(sheet, translate(mark("Check of the data"), lang), columns, rows, styles, as_of, lang)


def _findings(
    sheet: Worksheet, title: str, findings: pd.DataFrame, styles: dict[str, Format], as_of: dt.date, lang: Language
) -> None:
    columns = [
        (mark("layer"), 14, "text"),
        (mark("object"), 18, "text"),
        (mark("field"), 16, "text"),
        (mark("row of the file"), 9, "count"),
        (mark("finding"), 80, "text"),
        (mark("check"), 30, "text"),
        (mark("x (m)"), 14, "metres"),
        (mark("y (m)"), 14, "metres"),
    ]
    ordered = findings.sort_values(["layer", "check"], kind="stable").iloc[:_MOST_ROWS]
    table = ordered[["layer", "id", "field", "row", "message", "check", "x", "y"]].astype(object)
    rows = (
        [_layer(row[0], lang), row[1], _field(row[0], row[2], lang), *row[3:]]
        for row in table.itertuples(index=False, name=None)
    )
    _sheet(sheet, title, columns, rows, styles, as_of, lang)


def _completeness(
    sheet: Worksheet,
    table: pd.DataFrame,
    towns: pd.Series | None,
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    columns = [
        (mark("layer"), 14, "text"),
        (mark("field"), 26, "text"),
        (mark("town"), 16, "text"),
        (mark("setting"), 16, "text"),
        (mark("rows"), 10, "count"),
        (mark("known"), 10, "count"),
        (mark("share known"), 10, "share"),
        (mark("known and not doubted"), 12, "count"),
        (mark("share not doubted"), 10, "share"),
        (mark("length (km)"), 11, "kilometres"),
        (mark("share of the length known"), 12, "share"),
    ]
    names = {} if towns is None else towns.to_dict()
    every = translate(mark("all"), lang)
    nowhere = translate(mark("no town"), lang)
    settings = {name: translate(_SETTINGS[name], lang) for name in GROUPS}
    rows = []
    for row in table.iloc[:_MOST_ROWS].to_dict("records"):
        by, layer, town = str(row["by"]), str(row["layer"]), row["town_id"]
        by_town, by_setting = by.startswith("town"), by.endswith("setting")
        rows.append(
            [
                _layer(layer, lang),
                _field(layer, row["field"], lang),
                every if not by_town else nowhere if pd.isna(town) else names.get(town, town),
                settings[str(row["setting"])] if by_setting else every,
                row["rows"],
                row["known"],
                _share(row["known"], row["rows"]),
                row["trusted"],
                _share(row["trusted"], row["rows"]),
                row["length_m"] / 1000,
                _share(row["known_m"], row["length_m"]),
            ]
        )
    _sheet(sheet, translate(mark("How much of each field is known"), lang), columns, rows, styles, as_of, lang)
    if rows:
        last = _HEAD + len(rows)
        for column in (6, 8, 10):
            bar = {"type": "data_bar", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
            sheet.conditional_format(_HEAD + 1, column, last, column, {**bar, "bar_color": "#9DC3E6"})


_HEAD = 2


def _sheet(
    sheet: Worksheet,
    title: str,
    columns: Sequence[_Column],
    rows: Iterable[Sequence[Any]],
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    """Write a table with a filter, a header that stays, and rows as high as their texts need."""
    sheet.write_string(0, 0, title, styles["title"])
    sheet.write_string(1, 0, msg("as of {date}", date=as_of.isoformat()).render(lang), styles["note"])
    heights = [1]
    for i, (name, width, _) in enumerate(columns):
        sheet.set_column(i, i, width)
        heading = translate(name, lang)
        sheet.write_string(_HEAD, i, heading, styles["head"])
        heights.append(cells.lines(heading, width - 2))  # the filter's button takes room
    sheet.set_row(_HEAD, _LINE_POINTS * max(heights) + 4)
    line = _HEAD
    for line, row in enumerate(rows, start=_HEAD + 1):
        needed = 1
        for i, (value, (_, width, style)) in enumerate(zip(row, columns, strict=True)):
            needed = max(needed, _write(sheet, line, i, value, styles[style], width))
        if needed > 1:
            sheet.set_row(line, min(_LINE_POINTS * needed + 2, _HIGHEST_POINTS))
    sheet.autofilter(_HEAD, 0, max(line, _HEAD), len(columns) - 1)
    sheet.freeze_panes(_HEAD + 1, 2)
    sheet.repeat_rows(_HEAD)
    cells.for_print(sheet, cells.A4)


def _write(sheet: Worksheet, row: int, column: int, value: object, style: Format, width: float) -> int:
    """Write a cell and return how many lines it takes."""
    if isinstance(value, str):
        value = "".join(letter if letter.isprintable() else " " for letter in value[: cells.MOST_LETTERS])
    cells.write(sheet, row, column, value, style)
    return cells.lines(value, width) if isinstance(value, str) else 1


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None  # NaN is not above 0


def _layer(name: str, lang: Language) -> str:
    return schema.load(name).title.of(lang) if name in schema.names() else name


def _field(layer: str, name: object, lang: Language) -> str | None:
    if not isinstance(name, str):
        return None
    fields = schema.load(layer).fields if layer in schema.names() else {}
    return fields[name].title.of(lang) if name in fields else name


def _severity(name: str, lang: Language) -> str:
    titles: dict[str, str] = {"error": mark("error"), "warning": mark("warning"), "info": mark("note")}
    return translate(titles[name], lang)
