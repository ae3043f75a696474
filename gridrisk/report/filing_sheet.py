"""The sheet that a bureau hands in: how much of the network is on file, by town, mains and courtyards apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridrisk.checks.filing import required_fields
from gridrisk.i18n import mark, msg, translate
from gridrisk.layers import schema
from gridrisk.report import cells

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from gridrisk.i18n import Language

TITLE = mark("Gas network on file")
_HEAD = 3
_GROUPS: dict[str, str] = {
    "municipal": mark("municipal mains"),
    "courtyard": mark("courtyards, with risers and service lines"),
    "unknown": mark("setting unknown"),
    "all": mark("all"),
}
_FIGURES = (mark("length (km)"), mark("on file (km)"), mark("share on file"), mark("without doubt"))


def write_filing(
    sheet: Worksheet,
    table: pd.DataFrame,
    towns: pd.Series | None,
    styles: dict[str, Format],
    as_of: dt.date,
    lang: Language,
) -> None:
    """Write the sheet.

    Parameters
    ----------
    table
        As `gridrisk.checks.filing` gives it.
    towns
        Name of each town by town_id.
    """
    fields = required_fields()
    titles = [schema.load("pipes").fields[name].title.of(lang) for name in fields]
    sheet.write_string(0, 0, translate(TITLE, lang), styles["title"])
    told = msg(
        "as of {date}; on file: {fields} are all known; without doubt: and no check contradicts them; abandoned and "
        "planned pipes do not count",
        date=as_of.isoformat(),
        fields=("、" if lang == "zh" else ", ").join(titles),
    )
    sheet.write_string(1, 0, told.render(lang), styles["note"])
    _heads(sheet, titles, styles, lang)
    names = {} if towns is None else towns.to_dict()
    nowhere = translate(mark("no town"), lang)
    line = _HEAD
    for town, rows in table.groupby("town_id", dropna=False, sort=True):
        line += 1
        name = str(names.get(town, town)) if isinstance(town, str) else nowhere
        _row(sheet, line, name, rows, fields, styles, "")
    _row(sheet, line + 1, translate(mark("all towns"), lang), table, fields, styles, "_total")
    sign = msg("reported by (seal): ____________    prepared by: ________    checked by: ________    date: ________")
    sheet.write_string(line + 3, 0, sign.render(lang), styles["note"])
    sheet.freeze_panes(_HEAD + 1, 1)
    sheet.repeat_rows(_HEAD - 1, _HEAD)
    cells.for_print(sheet)


def _heads(sheet: Worksheet, titles: list[str], styles: dict[str, Format], lang: Language) -> None:
    head = styles["head"]
    sheet.merge_range(_HEAD - 1, 0, _HEAD, 0, translate(mark("town"), lang), head)
    sheet.set_column(0, 0, 16)
    column = 1
    for group in _GROUPS.values():
        sheet.merge_range(_HEAD - 1, column, _HEAD - 1, column + 3, translate(group, lang), head)
        for i, figure in enumerate(_FIGURES):
            sheet.write_string(_HEAD, column + i, translate(figure, lang), head)
        column += len(_FIGURES)
    share = translate(mark("share of the length known"), lang)
    if len(titles) > 1:
        sheet.merge_range(_HEAD - 1, column, _HEAD - 1, column + len(titles) - 1, share, head)
    for i, title in enumerate(titles):
        sheet.write_string(_HEAD, column + i, title, head)
    sheet.set_column(1, column + len(titles) - 1, 10)
    sheet.set_row(_HEAD - 1, 18)
    sheet.set_row(_HEAD, 32)


def _row(
    sheet: Worksheet,
    line: int,
    name: str,
    rows: pd.DataFrame,
    fields: list[str],
    styles: dict[str, Format],
    look: str,
) -> None:
    cells.write(sheet, line, 0, name, styles[f"text{look}"])
    column = 1
    for group in _GROUPS:
        some = rows if group == "all" else rows[rows["setting"] == group]
        length, whole, sure = (float(some[key].sum()) for key in ("length_m", "complete_m", "undoubted_m"))
        shown: list[Any] = [length / 1000, whole / 1000, _share(whole, length), _share(sure, length)]
        for i, (value, style) in enumerate(zip(shown, ("kilometres", "kilometres", "share", "share"), strict=True)):
            cells.write(sheet, line, column + i, value, styles[f"{style}{look}"])
        column += len(shown)
    length = float(rows["length_m"].sum())
    for i, field in enumerate(fields):
        share = _share(float(rows[f"known_{field}_m"].sum()), length)
        cells.write(sheet, line, column + i, share, styles[f"share{look}"])


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
