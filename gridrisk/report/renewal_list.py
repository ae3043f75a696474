"""The yearly renewal list as Excel: one sheet a year, municipal roads and courtyards apart."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter

from gridrisk.i18n import Language, mark, msg, translate
from gridrisk.report import cells
from gridrisk.report.renewal_columns import (
    PAYER_PREFIX,
    SECTIONS,
    Column,
    check_payers,
    columns_of,
    parts_of,
    payer_column,
    paying,
    sections,
    with_contents,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_SUMMARY_WIDTH = 17


def write_renewal_list(
    path: Path,
    projects: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    years: Sequence[int],
    *,
    as_of: dt.date,
    lang: Language,
    towns: pd.Series | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Write the renewal list.

    Parameters
    ----------
    path
        The ``.xlsx`` file.
    projects
        One row a project, indexed by project_id: pipe_ids, name, setting, town_id, length_m, cost_yuan and one
        ``cost_<payer>`` a payer (yuan), risk_removed, year (0 = not in the plan), mandatory, reason.
    pipes
        Layer of pipes, for material, diameter and year.
    years
        Calendar years of the plan; each gets a sheet, also where it is empty.
    as_of
        Date of the data, printed on every sheet.
    towns
        Name of each town by town_id.
    notes
        What a reader of the plan must know, such as that it does not keep every deadline; stands on the summary.

    Raises
    ------
    DataError
        Where the parts of the payers do not add up to the cost of a project.
    """
    check_payers(projects)
    table = with_contents(projects, pipes, towns, lang)
    columns = columns_of(table, lang)
    with xlsxwriter.Workbook(str(path), cells.OPTIONS) as book:
        book.set_properties(
            {"title": translate(mark("Gas pipe renewal list"), lang), "created": dt.datetime.combine(as_of, dt.time())}
        )
        styles = cells.styles(book, lang)
        _summary(book.add_worksheet(translate(mark("Summary"), lang)), table, years, styles, as_of, lang, notes)
        for year in years:
            title = msg("Gas pipe renewal list {year}", year=year).render(lang)
            _sheet(book.add_worksheet(str(year)), title, table[table["year"] == year], columns, styles, as_of, lang)
        _lengths(book.add_worksheet(translate(mark("Lengths"), lang)), table, pipes, years, styles, as_of, lang)
        left = table[table["year"] == 0]
        if len(left):
            sheet = book.add_worksheet(translate(mark("Not in the plan"), lang))
            title = translate(mark("Candidates that are not in the plan"), lang)
            _sheet(sheet, title, left, columns_of(table, lang, planned=False), styles, as_of, lang)


def _sheet(
    sheet: Worksheet,
    title: str,
    rows: pd.DataFrame,
    columns: list[Column],
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    cells.page(sheet, title, styles, as_of, lang)
    sheet.freeze_panes(3, 2)
    for i, column in enumerate(columns):
        sheet.set_column(i, i, column.width)
    line = 3
    for heading, part in sections(rows):
        if heading != SECTIONS[-1][1] or len(part):
            line = _section(sheet, line, translate(heading, lang), part, columns, styles, lang)


def _section(
    sheet: Worksheet,
    line: int,
    heading: str,
    rows: pd.DataFrame,
    columns: list[Column],
    styles: dict[str, Format],
    lang: Language,
) -> int:
    count = msg("{heading}: {count} projects", heading=heading, count=len(rows)).render(lang)
    sheet.write_string(line, 0, count, styles["section"])
    for i in range(1, len(columns)):
        sheet.write_blank(line, i, None, styles["section"])
    for i, column in enumerate(columns):
        sheet.write_string(line + 1, i, translate(column.title, lang), styles["head"])
    cells.fit_row(sheet, line + 1, [(translate(column.title, lang), column.width) for column in columns])
    first = line + 2
    for offset, row in enumerate(rows.itertuples()):
        values = [column.value(row) for column in columns]
        cells.fit_row(sheet, first + offset, [(v, c.width) for v, c in zip(values, columns, strict=True)])
        for i, (value, column) in enumerate(zip(values, columns, strict=True)):
            cells.write(sheet, first + offset, i, value, styles[column.style])
    last = first + len(rows)
    sheet.write_string(last, 0, translate(mark("total"), lang), styles["text_total"])
    for i, column in enumerate(columns[1:], start=1):
        if column.total:
            column_values = pd.Series([column.value(row) for row in rows.itertuples()], dtype="Float64")
            cells.total(sheet, (first, last, i), float(column_values.sum()), styles[f"{column.style}_total"])
        else:
            sheet.write_blank(last, i, None, styles["text_total"])
    return last + 2


def _lengths(
    sheet: Worksheet,
    table: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    years: Sequence[int],
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    """Write metres by year, setting, material and diameter of all that is planned."""
    cells.page(sheet, translate(mark("Lengths by material and diameter"), lang), styles, as_of, lang)
    sheet.set_column(0, 4, 18)
    heads = [mark("year"), mark("setting"), mark("material"), mark("diameter (mm)"), mark("length (m)")]
    for i, title in enumerate(heads):
        sheet.write_string(3, i, translate(title, lang), styles["head"])
    unknown = translate(mark("unknown"), lang)
    parts = parts_of(table, pipes, lang).join(table[["year"]], on="project_id")
    line = 4
    for year in years:
        for heading, rows in sections(table[table["year"] == year]):
            own = parts[parts["project_id"].isin(rows.index)]
            sums = own.groupby(["material", "diameter_mm"], dropna=False)["metres"].sum()
            for (material, size), metres in zip(sums.index.tolist(), sums.tolist(), strict=True):
                sheet.write_string(line, 0, str(year), styles["text"])
                sheet.write_string(line, 1, translate(heading, lang), styles["text"])
                sheet.write_string(line, 2, str(material), styles["text"])
                cells.write(sheet, line, 3, unknown if pd.isna(size) else float(size), styles["count"])
                sheet.write_number(line, 4, round(float(metres), 3), styles["metres"])
                line += 1
    sheet.write_string(line, 0, translate(mark("total"), lang), styles["text_total"])
    for i in range(1, 4):
        sheet.write_blank(line, i, None, styles["text_total"])
    planned = parts[parts["year"].isin(list(years))]
    cells.total(sheet, (4, line, 4), float(planned["metres"].sum()), styles["metres_total"])


def _summary(
    sheet: Worksheet,
    table: pd.DataFrame,
    years: Sequence[int],
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
    notes: Sequence[str],
) -> None:
    cells.page(sheet, translate(mark("Gas pipe renewal: summary"), lang), styles, as_of, lang)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 12, _SUMMARY_WIDTH)
    measures = [
        ("projects", mark("projects"), "count"),
        ("length_m", mark("length (m)"), "metres"),
        ("cost_yuan", mark("cost (yuan)"), "yuan"),
        *((f"{PAYER_PREFIX}{payer}", payer_column(payer).title, "yuan") for payer in paying(table)),
        ("risk_removed", mark("risk removed over the horizon (person-equivalents)"), "risk"),
    ]
    for i, title in enumerate([mark("year"), mark("setting"), *(title for _, title, _ in measures)]):
        sheet.write_string(3, i, translate(title, lang), styles["head"])
    cells.fit_row(sheet, 3, [(translate(title, lang), _SUMMARY_WIDTH) for _, title, _ in measures])
    counted = table.assign(projects=1)
    line = 4
    for year in years:
        line = _summary_year(sheet, line, (str(year), counted[counted["year"] == year]), measures, styles, lang)
    sheet.write_string(line, 0, translate(mark("total"), lang), styles["text_total"])
    sheet.write_blank(line, 1, None, styles["text_total"])
    for i, (name, _, style) in enumerate(measures, start=2):
        cells.total(
            sheet,
            (4, line, i),
            float(counted.loc[counted["year"].isin(list(years)), name].sum()),
            styles[f"{style}_total"],
        )
    left = (translate(mark("Not in the plan"), lang), counted[counted["year"] == 0])
    line = _summary_year(sheet, line + 2, left, measures, styles, lang) + 1
    line = _summary_quarters(sheet, line, table[table["year"] > 0], styles, lang)
    for note in notes:
        sheet.write_string(line, 0, note, styles["note"])
        line += 1


def _summary_quarters(
    sheet: Worksheet, line: int, planned: pd.DataFrame, styles: dict[str, Format], lang: Language
) -> int:
    """Write how the works spread over the quarters, where the plan is made by quarters; return the next line."""
    if "quarter" not in planned or planned["quarter"].isna().all():
        return line
    heads = [mark("year"), mark("quarter"), mark("projects"), mark("length (m)"), mark("cost (yuan)")]
    for i, title in enumerate(heads):
        sheet.write_string(line, i, translate(title, lang), styles["head"])
    periods = planned.assign(when=planned["year"].astype("str") + " " + planned["quarter"].astype("str"))
    for when, rows in periods.groupby("when"):
        line += 1
        year, quarter = str(when).split()
        sheet.write_string(line, 0, year, styles["text"])
        cells.write(sheet, line, 1, int(quarter), styles["count"])
        cells.write(sheet, line, 2, len(rows), styles["count"])
        cells.write(sheet, line, 3, float(rows["length_m"].sum()), styles["metres"])
        cells.write(sheet, line, 4, float(rows["cost_yuan"].sum()), styles["yuan"])
    return line + 2


def _summary_year(
    sheet: Worksheet,
    line: int,
    year: tuple[str, pd.DataFrame],
    measures: Sequence[tuple[str, str, str]],
    styles: dict[str, Format],
    lang: Language,
) -> int:
    name, rows = year
    for heading, part in sections(rows):
        if part.empty:
            continue
        sheet.write_string(line, 0, name, styles["text"])
        sheet.write_string(line, 1, translate(heading, lang), styles["text"])
        for i, (column, _, style) in enumerate(measures, start=2):
            # what is not built removes no risk: empty rather than a nought that looks like a finding
            nothing = column == "risk_removed" and not (part["year"] > 0).any()
            cells.write(sheet, line, i, None if nothing else float(part[column].sum()), styles[style])
        line += 1
    return line
