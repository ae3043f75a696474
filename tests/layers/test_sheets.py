"""CSV and Excel."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from gridrisk.errors import FileFormatError
from gridrisk.layers import sheets, sources
from gridrisk.layers.collect import Rows
from gridrisk.layers.crosswalk import LayerCrosswalk
from gridrisk.layers.table import Table, Wanted

if TYPE_CHECKING:
    from pathlib import Path

WANTED = Wanted("customers", LayerCrosswalk())
FRAME = pd.DataFrame({"用户编号": ["1", "2"], "用户类型": ["餐饮", "<b>学校</b>"], "X": ["1.5", ""], "Y": ["2", ""]})


def read_csv(path: Path) -> Table:
    return sheets.read_csv(path, WANTED, path.name)[0]


def read_excel(path: Path, wanted: Wanted = WANTED) -> Table:
    return sheets.read_excel(path, wanted, path.name)[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_in_any_encoding_and_with_any_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "a.csv"
    FRAME.to_csv(path, index=False, encoding=encoding, sep=separator)
    table = read_csv(path)
    assert table.frame.to_dict("list") == FRAME.to_dict("list")
    assert bool(table.notes) == (encoding == "gb18030")


def test_titles_above_the_headings_and_blank_rows_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("用户调查表,,\n2026年,,\n用户编号,用户类型,X\n1,餐饮,3\n,,\n2,学校,4\n", encoding="utf-8")
    table = read_csv(path)
    assert table.frame["用户编号"].tolist() == ["1", "2"]
    assert table.numbers.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"a,b\n\0\0", "binary"),
        (b"a,b\n\xff\xfe\xff,1\n", "neither"),
        (b"a,b\n1,2,3,4\n", "not a table"),
        (b'a,b\n"1,2\n3', "not a table"),
        (b"," * 3000, "columns"),
        (b"x" * 2_000_000, "without end"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "without end"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message):
        read_csv(path)


def workbook(path: Path, **named: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in named.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return path


def test_cells_keep_their_types_and_headings_are_found(tmp_path: Path) -> None:
    rows = [
        ["餐饮用户摸底表"],
        ["用户编号", "用户类型", "开业日期", 5],
        [1, "餐饮", dt.date(2020, 5, 4), True],
        [],
        [2, "学校"],
    ]
    table = read_excel(workbook(tmp_path / "a.xlsx", 表=rows))
    assert table.frame.columns.tolist() == ["用户编号", "用户类型", "开业日期", "5"]
    assert table.frame["用户编号"].tolist() == [1, 2]
    assert table.frame["开业日期"].iloc[0] == dt.date(2020, 5, 4)
    assert table.numbers.tolist() == [1, 3]


def test_sheet_is_chosen_by_name_or_by_its_headings(tmp_path: Path) -> None:
    good = [["用户编号", "用户类型"], [1, "餐饮"]]
    assert read_excel(workbook(tmp_path / "a.xlsx", 说明=[["看"]], 用户表=good)).name == "用户表"
    assert read_excel(workbook(tmp_path / "b.xlsx", 说明=[["看"]], S=good)).name == "S"
    assert read_excel(workbook(tmp_path / "c.xlsx", 空=[], S=[["abc"], [1]])).name == "S"
    two = workbook(tmp_path / "d.xlsx", A=good, B=good)
    with pytest.raises(FileFormatError, match="holds A, B"):
        read_excel(two)
    assert read_excel(two, Wanted("customers", LayerCrosswalk(), "B")).name == "B"


def test_empty_or_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", A=[])
    with pytest.raises(FileFormatError, match="empty"):
        read_excel(path)
    for content in (b"", b"PK\x03\x04", b"\0" * 4096):
        path.write_bytes(content)
        with pytest.raises(FileFormatError):
            read_excel(path)
    for content in (b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 2048):
        old = tmp_path / "a.xls"
        old.write_bytes(content)
        with pytest.raises(FileFormatError):
            read_excel(old)


def test_cell_at_the_far_corner_is_refused_before_memory_fills(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", A=[["用户编号"], [1]])
    far = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(far, "w") as sink:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/"):
                content = content.replace(b'<row r="2"', b'<row r="1048576"').replace(b'r="A2"', b'r="XFD1048576"')
            sink.writestr(name, content)
    with pytest.raises(FileFormatError, match="far outside"):
        read_excel(far)


def test_two_rows_of_headings_and_one_of_units(tmp_path: Path) -> None:
    rows = [
        ["燃气管线点成果表", None, None, None, None, None],
        ["物探点号", "平面坐标", None, "埋深", None, "管径"],
        [None, "X", "Y", "起点", "终点", None],
        [None, "(m)", "(m)", "(cm)", "(cm)", "mm"],
        ["RQ1", 3172000.5, 388000.25, 110, 120, "DN200"],
    ]
    path = tmp_path / "a.xlsx"
    pd.DataFrame(rows).to_excel(path, index=False, header=False)
    (table,) = sheets.read_excel(path, Wanted("pipes", LayerCrosswalk()), "a.xlsx")
    assert table.frame.columns.tolist() == ["物探点号", "X(m)", "Y(m)", "起点埋深(cm)", "终点埋深(cm)", "管径(mm)"]
    assert table.frame["X(m)"].tolist() == [3172000.5]


def test_first_row_of_data_is_no_row_of_headings(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    pd.DataFrame([["管段编号", "材质", None], ["A", "PE", "x"]]).to_excel(path, index=False, header=False)
    (table,) = sheets.read_excel(path, Wanted("pipes", LayerCrosswalk()), "a.xlsx")
    assert table.frame["材质"].tolist() == ["PE"]


PIPES = Wanted("pipes", LayerCrosswalk())


def test_two_rows_of_headings_are_one_in_csv_as_in_excel(tmp_path: Path) -> None:
    """X below 起点坐标 and again below 终点坐标 says whose it is; a row of units may be part of the lower one."""
    text = (
        "燃气管线成果表,,,,,,,\n管段编号,起点坐标,,终点坐标,,管径,材质,埋深\n,X,Y,X,Y,(mm),,(m)\n"
        "G1,3172001,388001,3172002,388002,110,PE,1.2\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="gb18030")
    workbook(tmp_path / "a.xlsx", 管线=[line.split(",") for line in text.splitlines()])
    for name in ("a.csv", "a.xlsx"):
        read = sheets.read_csv if name.endswith("csv") else sheets.read_excel
        (table,) = read(tmp_path / name, PIPES, name)
        assert list(table.frame.columns) == [
            "管段编号", "起点坐标X", "起点坐标Y", "终点坐标X", "终点坐标Y", "管径(mm)", "材质", "埋深(m)",
        ]  # fmt: skip
        assert len(table.frame) == 1
        assert table.numbers.tolist() == [1]


def test_totals_signatures_and_headings_of_a_further_page_are_no_data(tmp_path: Path) -> None:
    head = ["管段编号", "材质", "管径(mm)", "备注"]
    rows: list[list[object]] = [
        ["XX县燃气管道普查表", "", "", ""],
        head,
        [1, 2, 3, 4],  # the numbers of the columns
        ["G1", "PE", 110, ""],
        ["小  计", "1条", "", ""],
        ["XX县燃气管道普查表", "", "", ""],
        head,
        ["合计路1号", "PE", 110, "a name that only begins like a total"],
        ["G2", "钢管", 200, "合计"],
        ["合计：2条", "", "", ""],
        ["", "", "", ""],
        ["制表人：张三", "", "审核：李四", ""],
        ["2024年5月", "", "", ""],
    ]
    (table,) = sheets.read_excel(workbook(tmp_path / "a.xlsx", 表=rows), PIPES, "a.xlsx")
    assert table.frame["管段编号"].tolist() == ["G1", "合计路1号", "G2"]
    assert table.numbers.tolist() == [1, 5, 6]
    (note,) = table.notes
    assert "6 rows" in note.render("en")
    assert "2, 3, 4, 7, 9 …" in note.render("en")


def test_a_row_longer_than_the_headings_is_refused_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("管段编号,材质\nA,PE\nB,钢管,多一格\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"row 2|not a table"):
        sheets.read_csv(tmp_path / "a.csv", PIPES, "a.csv")
    (tmp_path / "b.csv").write_text("管段编号,材质\nA,PE,\n", encoding="utf-8")  # only a comma more
    assert sheets.read_csv(tmp_path / "b.csv", PIPES, "b.csv")[0].frame["材质"].tolist() == ["PE"]


def test_texts_of_cells_merged_downwards_belong_to_every_row_but_numbers_may_be_shares(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate([["所属街镇", "管段编号", "户数"], ["", "A", ""], ["", "B", ""], ["河西", "C", 5]]):
            sheet.write_row(i, 0, row)
        sheet.merge_range(1, 0, 2, 0, "河东")
        sheet.merge_range(1, 2, 2, 2, 30)
    (table,) = sheets.read_excel(path, PIPES, "a.xlsx")
    assert table.frame["所属街镇"].tolist() == ["河东", "河东", "河西"]
    assert table.frame["户数"].tolist() == [30, "", 5]


def test_row_below_titles_is_named_as_the_spreadsheet_numbers_it(tmp_path: Path) -> None:
    path = tmp_path / "用户.xlsx"
    rows = [["用户台账", "", ""], ["用户编号", "用户类型", "户数"], ["A1", "餐饮", 1], ["A2", "不识", 2]]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("用户")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    table = read_excel(path)
    assert (table.numbers.tolist(), table.above) == ([1, 2], 2)
    ids = np.array(["A1", None], dtype=object)
    places = Rows(table.file, table.numbers, ids, table.above)
    assert str(places.place(0)) == "用户.xlsx row 1 (line 3 of the sheet, A1)"
    assert str(places.take(np.array([1])).place(0)) == "用户.xlsx row 2 (line 4 of the sheet)"


@pytest.mark.parametrize("name", ["导出.xls", "导出.xlsx"])
def test_a_web_page_under_the_name_of_a_workbook_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\ufeff<html><table><tr><td>管线编号</td></tr></table></html>", encoding="utf-8")
    with pytest.raises(FileFormatError, match="web page"):
        sources.open_one(tmp_path / name, "pipes", LayerCrosswalk())
