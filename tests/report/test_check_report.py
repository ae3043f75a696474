"""The report of a check, read back as a spreadsheet program reads it."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest

from gridrisk.checks.completeness import COLUMNS
from gridrisk.findings import Finding, to_frame
from gridrisk.i18n import msg
from gridrisk.report import cells, write_check_report

AS_OF = dt.date(2026, 11, 22)
LONG = "很长的说明" * 40
FINDINGS = [
    Finding("pipes", "material_was_made", "warning", msg(LONG), id="=1+1", field="install_year", x=1.5, y=2.5),
    Finding("pipes", "duplicate_id", "error", msg("http://a.b/ \x07 twice"), id="p1", row=3),
    Finding("elsewhere", "no_such_check", "info", msg("told"), id=None, field="x"),
]
SHARES = pd.DataFrame(
    [
        ("pipes", "material", "all", None, None, 4, 3, 2, 100.0, 75.0),
        ("pipes", "material", "setting", None, "courtyard", 4, 3, 2, 100.0, 75.0),
        ("pipes", "material", "town", "t1", None, 3, 3, 2, 80.0, 80.0),
        ("pipes", "material", "town_setting", None, "unknown", 1, 0, 0, 20.0, 0.0),
        ("valves", "kind", "all", None, None, 0, 0, 0, None, None),
    ],
    columns=COLUMNS,
)


def book(path, findings=FINDINGS, shares=SHARES, lang="en"):
    write_check_report(path, to_frame(findings, lang), shares, as_of=AS_OF, lang=lang, towns=pd.Series({"t1": "甲镇"}))
    return openpyxl.load_workbook(path)


def rows(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]


def test_sheets_by_severity_with_filter_and_standing_header(tmp_path):
    made = book(tmp_path / "c.xlsx")
    assert made.sheetnames == ["Summary", "Errors", "Warnings", "Notes", "Completeness"]
    for sheet in made:
        assert sheet.freeze_panes == "C4"
        assert sheet.auto_filter.ref.startswith("A3:")
        assert "2026-11-22" in sheet["A2"].value
    assert [row[2] for row in rows(made["Summary"])] == ["duplicate_id", "material_was_made", "no_such_check"]


def test_texts_stay_texts_and_need_no_network(tmp_path):
    made = book(tmp_path / "c.xlsx")
    (warning,) = made["Warnings"].iter_rows(min_row=4)
    assert (warning[1].value, warning[1].data_type) == ("=1+1", "s")
    (error,) = made["Errors"].iter_rows(min_row=4)
    assert error[4].value == "http://a.b/   twice"
    assert error[4].hyperlink is None
    assert error[3].value == 3


def test_a_row_is_as_high_as_its_text(tmp_path):
    sheet = book(tmp_path / "c.xlsx")["Warnings"]
    # 200 Chinese letters are 400 wide: 440 with room to spare, six lines in a column of 80
    assert sheet.row_dimensions[4].height == pytest.approx(6 * 14 + 2, abs=0.5)  # Excel has quarters of points
    assert sheet["E4"].alignment.wrap_text
    assert cells.lines("短", 80) == 1
    assert cells.lines("", 80) == 1


def test_shares_by_hand(tmp_path):
    all_, courtyard, town, nowhere, empty = rows(book(tmp_path / "c.xlsx")["Completeness"])
    assert all_[2:] == ["all", "all", 4, 3, 0.75, 2, 0.5, 0.1, 0.75]
    assert courtyard[3] == "courtyards"
    assert town[2] == "甲镇"
    assert nowhere[2:4] == ["no town", "setting unknown"]
    assert empty[4:] == [0, 0, None, 0, None, None, None]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_found_is_a_report_too(tmp_path, lang):
    made = book(tmp_path / "c.xlsx", [], pd.DataFrame(columns=COLUMNS), lang)
    assert len(made.sheetnames) == 2
