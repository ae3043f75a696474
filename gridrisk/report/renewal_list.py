"""The yearly renewal list as Excel: one sheet a year, municipal roads and courtyards apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from gridrisk.errors import DataError
from gridrisk.i18n import Language, mark, msg, translate
from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: Sections of a sheet: settings that stand together, and their heading.
_SECTIONS = [
    (("municipal",), mark("Municipal roads")),
    (("courtyard", "riser", "service"), mark("Courtyards")),
    ((), mark("Setting unknown")),
]
#: Never read as a formula, an address or a number: texts stay the texts of the survey.
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": False}
_PAYER_PREFIX = "cost_"
_A3 = 8


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: float
    value: Callable[[Any], object]
    style: str = "text"
    total: bool = False


def write_renewal_list(
    path: Path,
    projects: pd.DataFrame,
    pipes: pd.DataFrame,
    years: Sequence[int],
    *,
    as_of: dt.date,
    lang: Language,
    towns: pd.Series | None = None,
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

    Raises
    ------
    DataError
        Where the parts of the payers do not add up to the cost of a project.
    """
    _check_payers(projects)
    table = _with_contents(projects, pipes, towns, lang)
    columns = _columns(table, lang)
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties(
            {"title": translate(mark("Gas pipe renewal list"), lang), "created": dt.datetime.combine(as_of, dt.time())}
        )
        styles = _styles(book, lang)
        _summary(book.add_worksheet(translate(mark("Summary"), lang)), table, years, styles, as_of, lang)
        for year in years:
            title = msg("Gas pipe renewal list {year}", year=year).render(lang)
            _sheet(book.add_worksheet(str(year)), title, table[table["year"] == year], columns, styles, as_of, lang)
        _lengths(book.add_worksheet(translate(mark("Lengths"), lang)), table, pipes, years, styles, as_of, lang)
        left = table[table["year"] == 0]
        if len(left):
            sheet = book.add_worksheet(translate(mark("Not in the plan"), lang))
            _sheet(
                sheet, translate(mark("Candidates that are not in the plan"), lang), left, columns, styles, as_of, lang
            )


def payers(projects: pd.DataFrame) -> list[str]:
    """Return the payers that stand in the columns ``cost_<payer>``."""
    names = [str(c).removeprefix(_PAYER_PREFIX) for c in projects.columns if str(c).startswith(_PAYER_PREFIX)]
    return [name for name in names if name != "yuan"]


def _check_payers(projects: pd.DataFrame) -> None:
    """Refuse a list in which the payers' parts do not add up, to the fen."""
    names = [f"{_PAYER_PREFIX}{payer}" for payer in payers(projects)]
    if not names:
        return
    parts = (projects[names].astype("float64") * 100).round().sum(axis=1)
    wrong = projects.index[parts != (projects["cost_yuan"].astype("float64") * 100).round()]
    if len(wrong):
        raise DataError(
            msg(
                "project {id}: the parts of the payers do not add up to its cost; plan again",
                id=", ".join(str(name) for name in wrong[:5]),
            )
        )


def _with_contents(
    projects: pd.DataFrame, pipes: pd.DataFrame, towns: pd.Series | None, lang: Language
) -> pd.DataFrame:
    """Add what the pipes of each project are: metres by material, diameters, years laid."""
    unknown = translate(mark("unknown"), lang)
    parts = _parts(projects, pipes, lang)
    sums = parts.groupby(["project_id", "kind"])["metres"].sum().sort_values(ascending=False, kind="stable")
    text = sums.reset_index()
    text["text"] = text["kind"] + " " + text["metres"].round().astype(int).astype(str) + " m"
    out = projects.copy()
    out["materials"] = text.groupby("project_id")["text"].agg("; ".join)
    out["diameters"] = parts.groupby("project_id")["diameter_mm"].agg(lambda v: _span(v, unknown))
    out["laid"] = parts.groupby("project_id")["install_year"].agg(lambda v: _span(v, unknown))
    out["town"] = out["town_id"].map(towns).fillna(out["town_id"]) if towns is not None else out["town_id"]
    return out.sort_values(["year", "cost_yuan"], ascending=[True, False], kind="stable")


def _parts(projects: pd.DataFrame, pipes: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Return one row a pipe of a project: metres, material in words, diameter, and both as one text."""
    parts = projects[["pipe_ids"]].explode("pipe_ids").rename_axis("project_id").reset_index()
    lengths = pipes.geometry.length
    facts = pd.DataFrame({c: pipes[c] for c in ("material", "diameter_mm", "install_year")}).assign(metres=lengths)
    parts = parts.join(facts, on="pipe_ids")
    materials = schema.load("pipes").fields["material"].choices
    words = {key: choice.zh if lang == "zh" else choice.en for key, choice in materials.items()}
    parts["material"] = parts["material"].map(words).fillna(translate(mark("unknown"), lang)).astype("str")
    size = parts["diameter_mm"].round().astype("Int64").astype("str")
    parts["kind"] = parts["material"] + (" " + size).where(parts["diameter_mm"].notna(), "")
    return parts


def _span(values: pd.Series, unknown: str) -> str:
    known = sorted(set(values.dropna().astype(int)))
    text = "" if not known else str(known[0]) if len(known) == 1 else f"{known[0]}-{known[-1]}"
    gap = [unknown] if values.isna().any() or not known else []
    return ", ".join([*([text] if text else []), *gap])


def _columns(table: pd.DataFrame, lang: Language) -> list[_Column]:
    answer = {True: translate(mark("yes"), lang), False: translate(mark("no"), lang)}
    unknown = translate(mark("unknown"), lang)
    columns = [
        _Column(mark("register number"), 14, lambda row: row.register_no) if "register_no" in table else None,
        _Column(mark("project"), 14, lambda row: row.Index),
        _Column(mark("name"), 26, lambda row: row.name),
        _Column(mark("town"), 12, lambda row: row.town),
        _Column(mark("length (m)"), 10, lambda row: row.length_m, "metres", total=True),
        _Column(mark("length by material and diameter"), 30, lambda row: row.materials),
        _Column(mark("diameter (mm)"), 12, lambda row: row.diameters),
        _Column(mark("laid in"), 12, lambda row: row.laid),
        _Column(mark("households"), 10, lambda row: row.households, "count", total=True)
        if "households" in table
        else None,
        _Column(mark("must renew"), 9, lambda row: unknown if pd.isna(row.mandatory) else answer[bool(row.mandatory)]),
        _Column(mark("road works met"), 9, lambda row: _met(row, answer)) if "works_year" in table else None,
        _Column(mark("cost (yuan)"), 15, lambda row: row.cost_yuan, "yuan", total=True),
        *(_payer_column(payer) for payer in payers(table)),
        _Column(
            mark("risk removed over the horizon (person-equivalents)"),
            15,
            lambda row: row.risk_removed,
            "risk",
            total=True,
        ),
        _Column(mark("reason"), 50, lambda row: row.reason),
    ]
    return [column for column in columns if column is not None]


def _met(row: Any, answer: dict[bool, str]) -> str:
    """Say whether a project goes together with road works or a renovation, or in which year these are."""
    if pd.isna(row.works_year):
        return answer[False]
    return answer[True] if int(row.works_year) == row.year else f"{answer[False]} ({int(row.works_year)})"


def _payer_column(payer: str) -> _Column:
    titles = {
        "gas_company": mark("gas company (yuan)"),
        "city": mark("city (yuan)"),
        "owner": mark("owner (yuan)"),
        "unassigned": mark("payer unknown (yuan)"),
    }
    return _Column(
        titles.get(payer, payer), 15, lambda row: getattr(row, f"{_PAYER_PREFIX}{payer}"), "yuan", total=True
    )


def _styles(book: xlsxwriter.Workbook, lang: Language) -> dict[str, Format]:
    base = {"font_name": "Microsoft YaHei" if lang == "zh" else "Calibri", "font_size": 10, "valign": "vcenter"}
    cell = {**base, "border": 1, "border_color": "#BFBFBF"}
    looks: dict[str, dict[str, Any]] = {
        "title": {**base, "font_size": 16, "bold": True},
        "note": {**base, "font_color": "#595959"},
        "section": {**base, "font_size": 12, "bold": True, "bg_color": "#DDEBF7"},
        "head": {**cell, "bold": True, "text_wrap": True, "bg_color": "#F2F2F2", "align": "center"},
        "text": {**cell, "text_wrap": True},
        "metres": {**cell, "num_format": "#,##0"},
        "count": {**cell, "num_format": "#,##0"},
        "yuan": {**cell, "num_format": "#,##0.00"},
        "risk": {**cell, "num_format": "0.000"},
    }
    totals = {
        f"{name}_total": {**look, "bold": True, "bg_color": "#F2F2F2"}
        for name, look in looks.items()
        if look is not looks["title"]
    }
    return {name: book.add_format(look) for name, look in {**looks, **totals}.items()}


def _sheet(
    sheet: Worksheet,
    title: str,
    rows: pd.DataFrame,
    columns: list[_Column],
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    _page(sheet, title, styles, as_of, lang)
    for i, column in enumerate(columns):
        sheet.set_column(i, i, column.width)
    line = 3
    for heading, part in _sections(rows):
        if heading != _SECTIONS[-1][1] or len(part):
            line = _section(sheet, line, translate(heading, lang), part, columns, styles, lang)


def _page(sheet: Worksheet, title: str, styles: dict[str, Format], as_of: dt.date, lang: Language) -> None:
    sheet.write_string(0, 0, title, styles["title"])
    note = msg("as of {date}; lengths in metres, money in yuan", date=as_of.isoformat()).render(lang)
    sheet.write_string(1, 0, note, styles["note"])
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def _section(
    sheet: Worksheet,
    line: int,
    heading: str,
    rows: pd.DataFrame,
    columns: list[_Column],
    styles: dict[str, Format],
    lang: Language,
) -> int:
    count = msg("{heading}: {count} projects", heading=heading, count=len(rows)).render(lang)
    sheet.write_string(line, 0, count, styles["section"])
    for i in range(1, len(columns)):
        sheet.write_blank(line, i, None, styles["section"])
    for i, column in enumerate(columns):
        sheet.write_string(line + 1, i, translate(column.title, lang), styles["head"])
    first = line + 2
    for offset, row in enumerate(rows.itertuples()):
        for i, column in enumerate(columns):
            _write(sheet, first + offset, i, column.value(row), styles[column.style])
    last = first + len(rows)
    sheet.write_string(last, 0, translate(mark("total"), lang), styles["text_total"])
    for i, column in enumerate(columns[1:], start=1):
        if column.total:
            values = pd.Series([column.value(row) for row in rows.itertuples()], dtype="Float64")
            _total(sheet, (first, last, i), float(values.sum()), styles[f"{column.style}_total"])
        else:
            sheet.write_blank(last, i, None, styles["text_total"])
    return last + 2


def _total(sheet: Worksheet, place: tuple[int, int, int], value: float, style: Format) -> None:
    """Write a sum that follows when a planner edits the rows above it."""
    first, last, column = place
    if last == first:
        sheet.write_number(last, column, 0, style)
        return
    name = xl_col_to_name(column)
    sheet.write_formula(last, column, f"=SUM({name}{first + 1}:{name}{last})", style, round(value, 6))


def _write(sheet: Worksheet, row: int, column: int, value: object, style: Format) -> None:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    else:
        sheet.write_number(row, column, float(value), style)  # type: ignore[arg-type]


def _lengths(
    sheet: Worksheet,
    table: pd.DataFrame,
    pipes: pd.DataFrame,
    years: Sequence[int],
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    """Write metres by year, setting, material and diameter of all that is planned."""
    _page(sheet, translate(mark("Lengths by material and diameter"), lang), styles, as_of, lang)
    sheet.set_column(0, 4, 18)
    heads = [mark("year"), mark("setting"), mark("material"), mark("diameter (mm)"), mark("length (m)")]
    for i, title in enumerate(heads):
        sheet.write_string(3, i, translate(title, lang), styles["head"])
    unknown = translate(mark("unknown"), lang)
    parts = _parts(table, pipes, lang).join(table[["year"]], on="project_id")
    line = 4
    for year in years:
        for heading, rows in _sections(table[table["year"] == year]):
            own = parts[parts["project_id"].isin(rows.index)]
            sums = own.groupby(["material", "diameter_mm"], dropna=False)["metres"].sum()
            for (material, size), metres in zip(sums.index.tolist(), sums.tolist(), strict=True):
                sheet.write_string(line, 0, str(year), styles["text"])
                sheet.write_string(line, 1, translate(heading, lang), styles["text"])
                sheet.write_string(line, 2, str(material), styles["text"])
                _write(sheet, line, 3, unknown if pd.isna(size) else float(size), styles["count"])
                sheet.write_number(line, 4, round(float(metres), 3), styles["metres"])
                line += 1
    sheet.write_string(line, 0, translate(mark("total"), lang), styles["text_total"])
    for i in range(1, 4):
        sheet.write_blank(line, i, None, styles["text_total"])
    planned = parts[parts["year"].isin(list(years))]
    _total(sheet, (4, line, 4), float(planned["metres"].sum()), styles["metres_total"])


def _summary(
    sheet: Worksheet,
    table: pd.DataFrame,
    years: Sequence[int],
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    _page(sheet, translate(mark("Gas pipe renewal: summary"), lang), styles, as_of, lang)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 12, 17)
    measures = [
        ("projects", mark("projects"), "count"),
        ("length_m", mark("length (m)"), "metres"),
        ("cost_yuan", mark("cost (yuan)"), "yuan"),
        *((f"{_PAYER_PREFIX}{payer}", _payer_column(payer).title, "yuan") for payer in payers(table)),
        ("risk_removed", mark("risk removed over the horizon (person-equivalents)"), "risk"),
    ]
    for i, title in enumerate([mark("year"), mark("setting"), *(title for _, title, _ in measures)]):
        sheet.write_string(3, i, translate(title, lang), styles["head"])
    counted = table.assign(projects=1)
    line = 4
    for year in years:
        line = _summary_year(sheet, line, (str(year), counted[counted["year"] == year]), measures, styles, lang)
    sheet.write_string(line, 0, translate(mark("total"), lang), styles["text_total"])
    sheet.write_blank(line, 1, None, styles["text_total"])
    for i, (name, _, style) in enumerate(measures, start=2):
        _total(
            sheet,
            (4, line, i),
            float(counted.loc[counted["year"].isin(list(years)), name].sum()),
            styles[f"{style}_total"],
        )
    left = (translate(mark("Not in the plan"), lang), counted[counted["year"] == 0])
    _summary_year(sheet, line + 2, left, measures, styles, lang)


def _summary_year(
    sheet: Worksheet,
    line: int,
    year: tuple[str, pd.DataFrame],
    measures: Sequence[tuple[str, str, str]],
    styles: dict[str, Format],
    lang: Language,
) -> int:
    name, rows = year
    for heading, part in _sections(rows):
        if part.empty:
            continue
        sheet.write_string(line, 0, name, styles["text"])
        sheet.write_string(line, 1, translate(heading, lang), styles["text"])
        for i, (column, _, style) in enumerate(measures, start=2):
            sheet.write_number(line, i, float(part[column].sum()), styles[style])
        line += 1
    return line


def _sections(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each section; those whose setting is unknown stand in one of their own."""
    known = [setting for settings, _ in _SECTIONS for setting in settings]
    return [
        (heading, rows[rows["setting"].isin(settings)] if settings else rows[~rows["setting"].isin(known)])
        for settings, heading in _SECTIONS
    ]
