"""The Word summary says what the plan says, in both languages, and opens as Word does."""

from __future__ import annotations

import datetime as dt
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from rasterio.io import MemoryFile
from shapely import LineString, MultiLineString

from gridrisk.errors import DataError
from gridrisk.layers import schema
from gridrisk.report import Colours, write_renewal_summary
from gridrisk.report.plan_picture import plan_picture

AS_OF = dt.date(2026, 11, 30)
FACTS = {
    "gap": 0.0009,
    "objective": 90.0,
    "missing": [],
    "notes": ["3 projects need an approval"],
    "prices": [
        {"limit": "total", "year": 2027, "risk_removed_per_unit": 3.43e-6},
        {"limit": "crew:pe_fusion", "year": 2028, "risk_removed_per_unit": 0.25},
        {"limit": "city", "year": 2028, "risk_removed_per_unit": 0.0},
    ],
}

COLOURS = Colours("#b9bdc1", ("#4a0a63", "#c82d6b"))


def pipes():
    frame = gpd.GeoDataFrame(
        {
            "pipe_id": ["P1", "P2", "P3"],
            "material": ["grey_cast_iron", "steel", "steel"],
            "diameter_mm": [200.0, 150.0, 100.0],
            "install_year": [1970, 1990, 2000],
        },
        geometry=[LineString([(0, y), (1000, y)]) for y in (0, 300, 600)],
        crs="EPSG:4547",
    )
    return schema.complete(frame, "pipes")


def projects():
    return gpd.GeoDataFrame(
        {
            "pipe_ids": [["P1"], ["P2"], ["P3"]],
            "name": ["人民路", "阳光花园 & <b>", "某街\x07"],
            "setting": ["municipal", "courtyard", "municipal"],
            "town_id": ["T1", None, "T1"],
            "length_m": [1000.0, 1000.0, 1000.0],
            "cost_yuan": [1_500_000.0, 600_000.0, 900_000.0],
            "cost_gas_company": [1_500_000.0, 400_000.0, 900_000.0],
            "cost_city": [0.0, 150_000.0, 0.0],
            "cost_unassigned": [0.0, 50_000.0, 0.0],
            "risk_removed": [8.0, 2.0, 0.0],
            "year": [2027, 2028, 0],
            "quarter": pd.array([pd.NA] * 3, dtype="Int64"),
            "mandatory": [True, False, False],
            "register_no": ["2027-S-001", "2028-T-001", None],
            "reason": ["must be renewed", "removes 2", "not in the plan"],
        },
        index=pd.Index(["R-P1", "R-P2", "R-P3"], name="project_id"),
        geometry=[MultiLineString([[(0, y), (1000, y)]]) for y in (0, 300, 600)],
        crs="EPSG:4547",
    )


def written(tmp_path, lang="zh", facts=FACTS, frame=None):
    path = tmp_path / "plan.docx"
    frame = projects() if frame is None else frame
    towns = pd.Series({"T1": "望湖街道"})
    look = {"lang": lang, "colours": COLOURS}
    write_renewal_summary(path, frame, pipes(), range(2027, 2029), as_of=AS_OF, towns=towns, facts=facts, **look)
    return path


def tables(path):
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in Document(path).tables]


def test_the_figures_by_hand(tmp_path):
    path = written(tmp_path)
    text = "\n".join(paragraph.text for paragraph in Document(path).paragraphs)
    assert "燃气管道更新改造计划（2027–2028年）" in text
    assert "2026-11-30" in text
    assert "总投资210.00万元" in text
    # ten of one hundred person-equivalents
    assert "削减风险10.0（当量人数），占全部候选管段风险的10%" in text
    assert "5.00万元尚未落实出资方" in text
    years, material, first, prices = tables(path)
    assert years[0] == [
        "年份",
        "项目数",
        "市政（千米）",
        "庭院（千米）",
        "费用",
        "燃气企业",
        "市财政",
        "出资方未定",
        "风险削减量（当量人）",
    ]
    assert years[1] == ["2027", "1", "1.00", "0.00", "150.00", "150.00", "0.00", "0.00", "8.00"]
    assert years[-1] == ["合计", "2", "1.00", "1.00", "210.00", "190.00", "15.00", "5.00", "10.00"]
    assert material[-1][1:] == ["1.00", "1.00", "2.00"]
    assert first[1][:4] == ["2027-S-001", "人民路", "望湖街道", "1,000"]
    assert [row[-1] for row in prices[1:]] == ["3.430", "0.250"]


def test_english_has_millions_and_no_chinese_headings(tmp_path):
    path = written(tmp_path, lang="en")
    years = tables(path)[0]
    assert years[-1][4] == "2.100"
    text = "\n".join(paragraph.text for paragraph in Document(path).paragraphs)
    assert "They cost 2.100 million yuan." in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_fonts_for_chinese_are_set_and_the_picture_is_in(tmp_path, lang):
    path = written(tmp_path, lang=lang)
    for name in ("Normal", "Title", "Heading 1"):
        fonts = Document(path).styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in {"宋体", "黑体"}
        assert fonts.get(qn("w:asciiTheme")) is None
    with zipfile.ZipFile(path) as archive:
        pictures = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(pictures) == 1
        assert archive.read(pictures[0])[:4] == b"\x89PNG"


def test_a_plan_that_does_not_fit_says_so_first_and_is_no_list(tmp_path):
    frame = projects().assign(year=0)
    path = written(tmp_path, facts={"missing": ["2027年缺100元"], "notes": []}, frame=frame)
    assert "2027年缺100元" in "\n".join(paragraph.text for paragraph in Document(path).paragraphs)
    assert tables(path) == []


def test_payers_that_do_not_add_up_are_refused(tmp_path):
    with pytest.raises(DataError, match="R-P1"):
        written(tmp_path, frame=projects().assign(cost_city=[1.0, 150_000.0, 0.0]))


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_the_picture_shows_the_years_in_their_colours():
    png = plan_picture(projects(), pipes(), [2027, 2028], COLOURS)
    with MemoryFile(png) as memory, memory.open() as image:
        pixels = image.read().reshape(3, -1).T
    colours = {tuple(colour) for colour in np.unique(pixels, axis=0).tolist()}
    assert {(0x4A, 0x0A, 0x63), (0xC8, 0x2D, 0x6B), (0xB9, 0xBD, 0xC1), (255, 255, 255)} <= colours
    assert plan_picture(projects().assign(year=0), pipes(), [2027], COLOURS) is None


def test_quarters_have_a_table_of_their_own(tmp_path):
    frame = projects().assign(quarter=pd.array([2, 4, pd.NA], dtype="Int64"))
    assert tables(written(tmp_path, frame=frame))[1][1] == ["2027", "0.00", "1.00", "0.00", "0.00"]
