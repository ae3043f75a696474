"""The monthly table of bottle-to-pipe as Excel: by town, by kind of place, money, corrections."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

from gridrisk.i18n import Language, Message, mark, msg, translate
from gridrisk.layers import schema
from gridrisk.report import cells
from gridrisk.words import DECISIONS, PAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_HEAD_ROW = 3


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: heading, value of a row, style, width in characters, whether the last row adds it up."""

    title: str
    value: Callable[[pd.Series], object]
    style: str = "count"
    width: float = 10
    summed: bool = False


def write_month_table(  # noqa: PLR0913 - what stands on the sheets
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    *,
    month: str,
    as_of: dt.date,
    title: str,
    target: str | None,
    lang: Language,
    compared: bool = True,
    revised: pd.DataFrame | None = None,
    notes: Sequence[Message] = (),
) -> None:
    """Write the table of one month.

    Parameters
    ----------
    path
        The ``.xlsx`` file; the same month gives the same bytes.
    tables
        ``coverage`` on town_id and ``kinds`` on kind, as `coverage.summarise` gives them; ``money`` as
        `coverage.spending`, ``appropriations`` as `coverage.against`; ``corrections`` of the month before as
        `coverage.corrections`, ``changed`` as `coverage.changed_customers`.
    month, as_of
        Month, and its last day, which is printed on every sheet.
    title
        Name of the policy.
    target
        What has to be reached, with its item; None where the policy has no such target.
    compared
        Whether the month before was closed, so that it can be told what of it was corrected.
    revised
        What of this month was corrected since its revision before, as `coverage.corrections`; None for the first.
    notes
        What a reader must know; they stand below the first table.
    """
    with xlsxwriter.Workbook(str(path), cells.OPTIONS) as book:
        book.set_properties(
            {
                "title": translate(mark("Bottle-to-pipe monthly table"), lang),
                "created": dt.datetime.combine(as_of, dt.time()),
            }
        )
        styles = cells.styles(book, lang, share="0.0%", rank="0", pace="0.0")
        sheets = _Sheets(book, styles, as_of, lang)
        towns = tables["coverage"]
        heading = msg("Bottle-to-pipe and gas-to-electric, {month}", month=month).render(lang)
        lines = [title, *([target] if target else []), *(note.render(lang) for note in notes)]
        order = towns.assign(last=towns["rank"].isna()).sort_values(["last", "rank"], kind="stable")
        sheets.add(mark("Towns"), heading, _town_columns(lang), order, notes=lines)
        sheets.add(mark("Kinds of place"), heading, _kind_columns(lang), tables["kinds"])
        sheets.add(mark("Money"), heading, _money_columns(lang, towns["name"]), tables["money"])
        if len(tables["appropriations"]):
            sheets.add(mark("Appropriation"), heading, _against_columns(lang, towns["name"]), tables["appropriations"])
        before = msg("What was corrected of the month before since it was closed").render(lang)
        if compared:
            sheets.add(mark("Corrections"), before, _correction_columns(lang), tables["corrections"])
        if revised is not None and len(revised):
            again = msg("What was corrected of {month} since its former revision", month=month).render(lang)
            sheets.add(mark("Corrections of this month"), again, _correction_columns(lang), revised)
        if len(tables["changed"]):
            sheets.add(mark("Corrected customers"), before, _changed_columns(lang), tables["changed"])


@dataclass(frozen=True, slots=True)
class _Sheets:
    book: xlsxwriter.Workbook
    styles: dict[str, Format]
    as_of: dt.date
    lang: Language

    def add(
        self, name: str, title: str, columns: Sequence[_Column], table: pd.DataFrame, *, notes: Sequence[str] = ()
    ) -> Worksheet:
        """Add a sheet with one table."""
        sheet = self.book.add_worksheet(translate(name, self.lang))
        cells.page(sheet, title, self.styles, self.as_of, self.lang)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(_HEAD_ROW, place, column.title, self.styles["head"])
        cells.fit_row(sheet, _HEAD_ROW, [(column.title, column.width) for column in columns])
        sheet.freeze_panes(_HEAD_ROW + 1, 1)
        sheet.repeat_rows(_HEAD_ROW)
        first = row = _HEAD_ROW + 1
        for _, values in table.reset_index().iterrows():
            for place, column in enumerate(columns):
                cells.write(sheet, row, place, column.value(values), self.styles[column.style])
            row += 1
        if table.empty:
            sheet.write_string(row, 0, translate(mark("none"), self.lang), self.styles["note"])
        elif any(column.summed for column in columns):
            sheet.write_string(row, 0, translate(mark("total"), self.lang), self.styles["text_total"])
            for place, column in enumerate(columns[1:], start=1):
                if column.summed:
                    cells.total(sheet, (first, row, place), _sum(table, column), self.styles[f"{column.style}_total"])
                else:
                    sheet.write_blank(row, place, None, self.styles["text_total"])
        for place, line in enumerate(notes):
            sheet.write_string(row + 2 + place, 0, line, self.styles["note"])
        return sheet


def _sum(table: pd.DataFrame, column: _Column) -> float | None:
    values = [column.value(row) for _, row in table.reset_index().iterrows()]
    known = [value for value in values if isinstance(value, int | float) and not pd.isna(value)]
    return float(sum(known)) if known else None


def _field(name: str) -> Callable[[pd.Series], object]:
    return lambda row: None if pd.isna(row[name]) else row[name]


def _day(name: str) -> Callable[[pd.Series], object]:
    return lambda row: None if pd.isna(row[name]) else pd.Timestamp(row[name]).date().isoformat()


def _yes(name: str, lang: Language) -> Callable[[pd.Series], object]:
    words = {True: translate(mark("yes"), lang), False: translate(mark("no"), lang)}
    unknown = translate(mark("unknown"), lang)
    return lambda row: unknown if pd.isna(row[name]) else words[bool(row[name])]


def _town(lang: Language, names: pd.Series | None = None) -> _Column:
    nowhere = translate(mark("town not known"), lang)

    def name(row: pd.Series) -> object:
        given = row.get("name") if names is None else names.get(row["town_id"])
        return given if isinstance(given, str) else nowhere if row["town_id"] == "-" else row["town_id"]

    return _Column(translate(mark("town"), lang), name, "text", 20)


def _progress(lang: Language) -> list[_Column]:
    def heading(text: str) -> str:
        return translate(text, lang)

    return [
        _Column(heading(mark("on bottled gas")), _field("bottled"), summed=True),
        _Column(heading(mark("to be converted in all")), _field("eligible"), summed=True),
        _Column(heading(mark("gas lit this month")), _field("converted_month"), summed=True),
        _Column(heading(mark("gas lit in all")), _field("converted"), summed=True),
        _Column(heading(mark("verified this month")), _field("verified_month"), summed=True),
        _Column(heading(mark("verified by the town in all")), _field("verified"), summed=True),
        _Column(heading(mark("still to convert")), lambda row: int(row["eligible"] - row["converted"]), summed=True),
        _Column(heading(mark("cannot be decided")), _field("unknown"), summed=True),
        _Column(heading(mark("share")), _field("share"), "share"),
        _Column(heading(mark("share needed by now")), _field("needed"), "share"),
        _Column(heading(mark("on track")), _yes("on_track", lang), "text", 8),
        _Column(heading(mark("customers a month, last three months")), _field("pace_month"), "pace"),
        _Column(heading(mark("target reached at that pace")), _day("projected_on"), "text", 13),
        _Column(heading(mark("deadline")), _day("deadline"), "text", 13),
    ]


def _town_columns(lang: Language) -> list[_Column]:
    rank = _Column(translate(mark("rank"), lang), _field("rank"), "rank", 6)
    return [_town(lang), rank, *_progress(lang)]


def _kind_columns(lang: Language) -> list[_Column]:
    words = {word: choice.of(lang) for word, choice in schema.load("customers").fields["kind"].choices.items()}
    unknown = translate(mark("kind not recorded"), lang)
    kind = _Column(translate(mark("kind of place"), lang), lambda r: words.get(r["kind"], unknown), "text", 20)
    return [kind, *_progress(lang)]


def _payer(lang: Language) -> Callable[[pd.Series], object]:
    return lambda row: translate(PAYERS.get(row["payer"], row["payer"]), lang)


def _money_columns(lang: Language, names: pd.Series) -> list[_Column]:
    return [
        _town(lang, names),
        _Column(translate(mark("year"), lang), _field("year"), "rank", 8),
        _Column(translate(mark("payer"), lang), _payer(lang), "text", 14),
        _Column(translate(mark("still to be paid (yuan)"), lang), _field("yuan"), "yuan", 18, summed=True),
        _Column(translate(mark("customers"), lang), _field("customers")),
        _Column(translate(mark("customers whose amount is not known"), lang), _field("unknown"), width=16),
    ]


def _against_columns(lang: Language, names: pd.Series) -> list[_Column]:
    everyone = translate(mark("all towns"), lang)

    def town(row: pd.Series) -> object:
        given: Any = row["town_id"]
        return everyone if pd.isna(given) else names.get(given, given)

    return [
        _Column(translate(mark("town"), lang), town, "text", 20),
        _Column(translate(mark("year"), lang), _field("year"), "rank", 8),
        _Column(translate(mark("payer"), lang), _payer(lang), "text", 14),
        _Column(translate(mark("appropriated (yuan)"), lang), _field("appropriated_yuan"), "yuan", 18),
        _Column(translate(mark("spent (yuan)"), lang), _field("spent_yuan"), "yuan", 18),
        _Column(translate(mark("still to be paid (yuan)"), lang), _field("needed_yuan"), "yuan", 18),
        _Column(translate(mark("left (yuan)"), lang), _field("left_yuan"), "yuan", 18),
        _Column(translate(mark("enough"), lang), _yes("enough", lang), "text", 8),
        _Column(translate(mark("source"), lang), _field("source"), "text", 40),
    ]


def _correction_columns(lang: Language) -> list[_Column]:
    figures = {
        "eligible": translate(mark("to be converted in all"), lang),
        "converted": translate(mark("gas lit in all"), lang),
        "verified": translate(mark("verified by the town in all"), lang),
    }
    return [
        _town(lang),
        _Column(translate(mark("figure"), lang), lambda r: figures[r["figure"]], "text", 24),
        _Column(translate(mark("reported"), lang), _field("reported")),
        _Column(translate(mark("corrected"), lang), _field("now")),
        _Column(translate(mark("change"), lang), _field("change")),
    ]


def _changed_columns(lang: Language) -> list[_Column]:
    def decision(name: str) -> Callable[[pd.Series], object]:
        absent = translate(mark("not listed"), lang)
        return lambda row: absent if pd.isna(row[name]) else translate(DECISIONS.get(row[name], row[name]), lang)

    return [
        _Column(translate(mark("customer"), lang), _field("customer_id"), "text", 20),
        _Column(translate(mark("town"), lang), _field("town_id"), "text", 20),
        _Column(translate(mark("reported"), lang), decision("was"), "text", 24),
        _Column(translate(mark("corrected"), lang), decision("is"), "text", 24),
    ]
