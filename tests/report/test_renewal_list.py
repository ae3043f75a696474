"""The renewal list, read back with a spreadsheet library of its own."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from gridrisk.errors import DataError
from gridrisk.layers import schema
from gridrisk.report import write_renewal_list

AS_OF = dt.date(2026, 11, 22)


def pipes():
    rows = [
        ("p1", "grey_cast_iron", 100.0, 1975, 200), ("p2", "steel", 150.0, 1990, 100), ("p3", "unknown", None, None, 50),
        ("p4", "pe", 110.0, 1985, 80),
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(
        [
            {"pipe_id": i, "material": m, "diameter_mm": d, "pressure_class": "low", "install_year": y}
            for i, m, d, y, _ in rows
        ],
        geometry=[shapely.LineString([(0, 0), (length, 0)]) for *_, length in rows],
        crs="EPSG:4547",
    )
    return schema.complete(frame, "pipes")


def projects():
    return pd.DataFrame(
        {
            "project_id": ["P1", "P2", "P3"],
            "pipe_ids": [["p1", "p2"], ["p3"], ["p4"]],
            "name": ['=HYPERLINK("x")', "乙小区 <b>", "丙路"],
            "setting": ["municipal", "courtyard", None],
            "town_id": ["t1", None, "t1"],
            "length_m": [300.0, 50.0, 80.0],
            "households": pd.array([120, None, 0], dtype="Int64"),
            "cost_yuan": [600_000.25, 40_000.5, 90_000.0],
            "cost_gas_company": [600_000.25, 20_000.25, 90_000.0],
            "cost_city": [0.0, 20_000.25, 0.0],
            "risk_removed": [1.5, 0.25, 0.125],
            "year": [2027, 2027, 0],
            "mandatory": pd.array([True, None, False], dtype="boolean"),
            "reason": ["必须更新", "+1", "预算用完"],
        }
    ).set_index("project_id")


@pytest.fixture(params=["zh", "en"])
def book(request, tmp_path):
    path = tmp_path / "清单.xlsx"
    write_renewal_list(
        path, projects(), pipes(), [2027, 2028, 2029], as_of=AS_OF, lang=request.param, towns=pd.Series({"t1": "甲镇"})
    )
    return openpyxl.load_workbook(path, data_only=True)


def cells(sheet):
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_one_sheet_a_year(book):
    assert book.sheetnames[1:4] == ["2027", "2028", "2029"]
    assert len(book.sheetnames) == 6


def test_municipal_and_courtyard_stand_apart(book):
    rows = [[cell.value for cell in row] for row in book["2027"].iter_rows()]
    where = {row[0]: i for i, row in enumerate(rows) if row[0] in {"P1", "P2"}}
    total = [i for i, row in enumerate(rows) if row[3] == 300.0 and row[0] != "P1"]
    assert where["P1"] < total[0] < where["P2"]


def test_totals_follow_the_rows_and_carry_their_value(book, tmp_path):
    assert {600_000.25, 40_000.5} <= set(cells(book["2027"]))
    formulas = openpyxl.load_workbook(tmp_path / "清单.xlsx")["2027"]
    sums = [c for c in cells(formulas) if isinstance(c, str) and c.startswith("=SUM(")]
    assert "=SUM(D6:D6)" in sums


def test_texts_of_the_survey_are_never_formulas(book, tmp_path):
    sheet = openpyxl.load_workbook(tmp_path / "清单.xlsx")["2027"]
    hostile = [c for row in sheet.iter_rows() for c in row if c.value in {'=HYPERLINK("x")', "+1", "乙小区 <b>"}]
    assert len(hostile) == 3
    assert all(cell.data_type == "s" for cell in hostile)


def test_contents_of_a_project(book):
    row = next([c.value for c in row] for row in book["2027"].iter_rows() if row[0].value == "P1")
    assert row[2] == "甲镇"
    assert "200 m" in row[4]
    assert row[4].index("200 m") < row[4].index("100 m")
    assert row[5:7] == ["100-150", "1975-1990"]


def test_unknown_is_said_as_unknown(book):
    row = next([c.value for c in row] for row in book["2027"].iter_rows() if row[0].value == "P2")
    unknown = row[5]
    assert unknown in {"unknown", "未知", "不明"}
    assert row[6] == unknown
    assert row[8] == unknown


def test_every_sheet_has_its_date(book):
    assert all(AS_OF.isoformat() in sheet["A2"].value for sheet in book)


def test_summary_adds_up(book):
    values = cells(book.worksheets[0])
    assert 640_000.75 in values
    assert 90_000.0 in values


def test_lengths_by_material_and_diameter(book):
    rows = [[cell.value for cell in row] for row in book.worksheets[4].iter_rows(min_row=5)]
    assert [row[0] for row in rows[:3]] == ["2027", "2027", "2027"]
    assert sorted(row[4] for row in rows[:3]) == [50, 100, 200]  # P3 is not in the plan
    assert {row[3] for row in rows[:2]} == {100, 150}
    assert rows[3][4] == 350


def test_register_number_and_road_works(tmp_path):
    frame = projects().assign(
        register_no=["2027-S-001", "2027-T-001", None], works_year=pd.array([2027, 2028, None], dtype="Int64")
    )
    write_renewal_list(tmp_path / "a.xlsx", frame, pipes(), [2027], as_of=AS_OF, lang="en")
    rows = [[c.value for c in row] for row in openpyxl.load_workbook(tmp_path / "a.xlsx")["2027"].iter_rows()]
    first, second = (next(row for row in rows if row[1] == name) for name in ("P1", "P2"))
    assert first[0] == "2027-S-001"
    assert "yes" in first
    assert "no (2028)" in second


def test_sums_are_those_of_the_projects(book):
    frame = projects()
    sheet = cells(book["2027"])
    for name in ("P1", "P2"):
        assert frame.loc[name, "cost_yuan"] in sheet
        assert frame.loc[name, ["cost_gas_company", "cost_city"]].sum() == pytest.approx(frame.loc[name, "cost_yuan"])


def test_payers_that_do_not_add_up_are_refused(tmp_path):
    frame = projects()
    frame.loc["P2", "cost_city"] += 0.01
    with pytest.raises(DataError, match="P2: the parts of the payers"):
        write_renewal_list(tmp_path / "a.xlsx", frame, pipes(), [2027], as_of=AS_OF, lang="en")


def test_same_input_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_renewal_list(tmp_path / name, projects(), pipes(), [2027], as_of=AS_OF, lang="zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_rows_are_as_high_as_their_texts(tmp_path):
    long = projects()
    long.loc["P1", "reason"] = "须在2027年底前完成改造；" * 12
    write_renewal_list(tmp_path / "a.xlsx", long, pipes(), [2027], as_of=AS_OF, lang="zh")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["2027"]
    row = next(row[0].row for row in sheet.iter_rows() if row[0].value == "P1" or row[1].value == "P1")
    assert sheet.row_dimensions[row].height > 60


def test_what_the_plan_lacks_stands_on_the_summary(tmp_path):
    write_renewal_list(tmp_path / "a.xlsx", projects(), pipes(), [2027], as_of=AS_OF, lang="zh", notes=["差 1,000 元"])
    assert "差 1,000 元" in cells(openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0])


def test_risk_is_removed_only_by_what_is_built(book):
    row = next([c.value for c in row] for row in book.worksheets[-1].iter_rows() if "P3" in {c.value for c in row})
    assert 0.125 not in row
