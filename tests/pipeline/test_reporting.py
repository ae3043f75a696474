"""Documents say what the results say."""

from __future__ import annotations

import openpyxl
import pandas as pd


def result(city, name):
    return pd.read_parquet(city / "results" / f"{name}.parquet")


def test_the_list_says_what_the_plan_says(city):
    projects = result(city, "projects")
    book = openpyxl.load_workbook(city / "results" / "renewal_list.xlsx", data_only=True)
    listed = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row[:2]} & set(
        projects["project_id"]
    )
    assert listed == set(projects["project_id"])
