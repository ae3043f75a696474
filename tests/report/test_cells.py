"""Cells of the Excel documents."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from gridrisk.report import cells


def written(tmp_path, *values):
    """Write values one below the other and return what a reader finds."""
    path = tmp_path / "cells.xlsx"
    with xlsxwriter.Workbook(str(path), cells.OPTIONS) as book:
        sheet, style = book.add_worksheet(), book.add_format()
        for row, value in enumerate([*values, "end"]):
            cells.write(sheet, row, 0, value, style)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return [row[0] for row in rows][:-1]


@pytest.mark.parametrize("value", [None, pd.NA, float("nan"), float("inf"), -np.inf])
def test_what_is_no_number_stays_empty(tmp_path, value):
    assert written(tmp_path, "above", value) == ["above", ""]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+8", "-8", "http://a.b", "0012"])
def test_a_text_stays_a_text(tmp_path, text):
    assert written(tmp_path, text) == [text]


def test_a_text_too_long_for_a_cell_is_cut_not_lost(tmp_path):
    assert [len(text) for text in written(tmp_path, "长" * 40_000)] == [32_767]


@pytest.mark.parametrize(
    ("value", "shown", "formula"), [(7.5, 7.5, "=SUM(A1:A2)"), (None, None, '=IF(COUNT(A1:A2)=0,"",SUM(A1:A2))')]
)
def test_a_total_of_nothing_known_stays_empty(tmp_path, value, shown, formula):
    path = tmp_path / "total.xlsx"
    with xlsxwriter.Workbook(str(path), cells.OPTIONS) as book:
        cells.total(book.add_worksheet(), (0, 2, 0), value, book.add_format())
    assert openpyxl.load_workbook(path, data_only=True).active["A3"].value == shown
    assert openpyxl.load_workbook(path).active["A3"].value == formula
