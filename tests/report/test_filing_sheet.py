"""The sheet of what is on file, as a bureau reads it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from gridrisk.i18n import translate
from gridrisk.report import cells
from gridrisk.report.filing_sheet import write_filing

if TYPE_CHECKING:
    from pathlib import Path


def test_a_row_a_town_and_the_sum_of_all(tmp_path: Path) -> None:
    known = {f"known_{name}_m": 500.0 for name in ("material", "diameter_mm", "pressure_class", "install_year")}
    table = pd.DataFrame(
        [
            {
                "town_id": "t1",
                "setting": "municipal",
                "length_m": 2000,
                "complete_m": 1500,
                "undoubted_m": 1000,
                **known,
            },
            {"town_id": "t1", "setting": "courtyard", "length_m": 1000, "complete_m": 250, "undoubted_m": 250, **known},
            {"town_id": None, "setting": "unknown", "length_m": 1000, "complete_m": 0, "undoubted_m": 0, **known},
        ]
    )
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        styles = cells.styles(book, "zh", kilometres="#,##0.00", share="0.0%")
        sheet = book.add_worksheet("普查建档")
        write_filing(sheet, table, pd.Series({"t1": "=甲镇"}), styles, dt.date(2026, 11, 22), "zh")
    rows = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("普查建档").to_python()
    assert "2026-11-22" in str(rows[1][0])
    town, nowhere, total = rows[4:7]
    assert town[:9] == ["=甲镇", 2.0, 1.5, 0.75, 0.5, 1.0, 0.25, 0.25, 0.25]
    assert town[13:17] == pytest.approx([3.0, 1.75, 1.75 / 3, 1.25 / 3])
    assert nowhere[0] == translate("no town", "zh")
    assert nowhere[1:5] == [0.0, 0.0, "", ""]  # nothing there is no share of nought
    assert total[13:17] == pytest.approx([4.0, 1.75, 0.4375, 0.3125])
    assert total[17] == pytest.approx(1500 / 4000)
