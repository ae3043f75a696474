"""Cells, styles and pages that the Excel documents share."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from gridrisk.i18n import Language

#: Never read as a formula, an address or a number: texts stay the texts of the survey.
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": False}
A4, A3 = 9, 8
#: Letters that a cell holds at most in Excel; of a longer text the rest is left out.
MOST_LETTERS = 32_767
#: Characters of a column that the indent of a text takes up.
_INDENT = 1
_LINE_POINTS = 14.0
_MOST_LINES = 6


def styles(book: xlsxwriter.Workbook, lang: Language, **numbers: str) -> dict[str, Format]:
    """Return the formats of cells by name; ``<name>_total`` is that of the sum of such cells.

    `numbers` adds number formats, or replaces those that every document has.
    """
    base = {"font_name": "Microsoft YaHei" if lang == "zh" else "Calibri", "font_size": 10, "valign": "vcenter"}
    cell = {**base, "border": 1, "border_color": "#BFBFBF"}
    formats = {"metres": "#,##0", "count": "#,##0", "yuan": "#,##0.00", "risk": "0.000", **numbers}
    summed: dict[str, dict[str, Any]] = {
        "note": {**base, "font_color": "#595959"},
        "section": {**base, "font_size": 12, "bold": True, "bg_color": "#DDEBF7"},
        "head": {**cell, "bold": True, "text_wrap": True, "bg_color": "#F2F2F2", "align": "center"},
        # set off from the number in the cell before
        "text": {**cell, "text_wrap": True, "indent": 1},
        **{name: {**cell, "num_format": number} for name, number in formats.items()},
    }
    totals = {f"{name}_total": {**look, "bold": True, "bg_color": "#F2F2F2"} for name, look in summed.items()}
    title = {**base, "font_size": 16, "bold": True}
    return {name: book.add_format(look) for name, look in {"title": title, **summed, **totals}.items()}


def page(sheet: Worksheet, title: str, styles: dict[str, Format], as_of: dt.date, lang: Language) -> None:
    """Write title, date and units, and set the page up for printing."""
    sheet.write_string(0, 0, title, styles["title"])
    note = msg("as of {date}; lengths in metres, money in yuan", date=as_of.isoformat()).render(lang)
    sheet.write_string(1, 0, note, styles["note"])
    for_print(sheet)


def for_print(sheet: Worksheet, paper: int = A3) -> None:
    """Set a sheet up for printing: across, as wide as one page, pages numbered."""
    sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def total(sheet: Worksheet, place: tuple[int, int, int], value: float | None, style: Format) -> None:
    """Write a sum that follows when a planner edits the rows above it; empty where none of them is known."""
    first, last, column = place
    if last == first:
        sheet.write_number(last, column, 0, style)
        return
    name = xl_col_to_name(column)
    rows = f"{name}{first + 1}:{name}{last}"
    if value is None:
        sheet.write_formula(last, column, f'=IF(COUNT({rows})=0,"",SUM({rows}))', style, "")
    else:
        sheet.write_formula(last, column, f"=SUM({rows})", style, round(value, 6))


def write(sheet: Worksheet, row: int, column: int, value: object, style: Format) -> None:
    """Write a cell; what is not known, or is no finite number, stays empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:MOST_LETTERS], style)
    else:
        sheet.write_number(row, column, float(value), style)  # type: ignore[arg-type]


def fit_row(sheet: Worksheet, row: int, cells: Iterable[tuple[object, float]]) -> None:
    """Make a row high enough for the texts in it: each cell as (value, width of its column in characters).

    Spreadsheet programs do not do so themselves for files that they did not write.
    """
    needed = max((lines(value, width - _INDENT) for value, width in cells if isinstance(value, str)), default=1)
    if needed > 1:
        sheet.set_row(row, _LINE_POINTS * min(needed, _MOST_LINES) + 2)


def lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of this width; a Chinese letter is as wide as two others."""
    if text.isascii():
        wide = len(text)
    else:
        wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return max(1, math.ceil(wide * 1.1 / width))
