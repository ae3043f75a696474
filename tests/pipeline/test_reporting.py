"""Documents say what the results say."""

from __future__ import annotations

import sqlite3
from contextlib import closing

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


def test_every_column_of_the_geopackage_has_a_title(city):
    with closing(sqlite3.connect(city / "results" / "gridrisk.gpkg")) as database:
        layers = [row[0] for row in database.execute("SELECT table_name FROM gpkg_contents")]
        there = {
            (layer, row[0])
            for layer in layers
            for row in database.execute("SELECT name FROM pragma_table_info(?)", (layer,))
            if row[0] not in {"fid", "geom"}
        }
        titled = {tuple(row) for row in database.execute("SELECT table_name, column_name FROM gpkg_data_columns")}
    assert sorted(there - titled) == []
