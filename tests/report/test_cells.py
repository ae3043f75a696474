"""Cells of the Excel documents."""

import numpy as np
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
