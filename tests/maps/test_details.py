"""What a click shows: words, units, and unknown as unknown."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from gridrisk.i18n import msg
from gridrisk.maps import details

EN = details.speech("en")


def test_fields_of_a_layer(city):
    pipes = city.pipes.iloc[:3].assign(cathodic=pd.array([True, False, None], dtype="boolean"))
    year, material, diameter = details.columns(
        pipes, ["install_year", "material", "diameter_mm"], "pipes", details.speech("zh")
    )
    assert (year.title, year.format, year.unit) == ("建设年代", "plain", "")
    assert set(material.values) <= {"灰口铸铁", "钢", "聚乙烯"}
    assert diameter.unit == "mm"
    (cathodic,) = details.columns(pipes, ["cathodic"], "pipes", EN)
    assert cathodic.values == [True, False, None]


def test_absent_columns_are_left_out(city):
    assert details.columns(city.pipes, ["rank"], None, EN) == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("built_over,clearance", "built over; too close to another utility"),
        ("Main street, north", "Main street, north"),
        ("", ""),
        (None, None),
        (np.nan, None),
        (["A", "B"], "A; B"),
        (np.array(["A", "B"]), "A; B"),
        ([{"pipe_id": "A", "distance_m": 2.5}], "A, 2.5"),
        ([msg("{n} pipes", n=3)], "3 pipes"),
        ([str(i) for i in range(20)], "0; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; … (20)"),
        (pd.Timestamp("2026-12-31"), "2026-12-31"),
        (dt.date(2026, 12, 31), "2026-12-31"),
    ],
)
def test_texts(value, text):
    assert details.values(pd.Series([value], dtype=object), "text", EN) == [text]


def test_numbers_are_short_and_unknown_ones_nothing():
    values = details.values(pd.Series([1.0, 0.123456789, np.nan, np.inf]), "number", EN)
    assert values == [1, 0.12346, None, None]


def test_texts_of_a_column_are_said_once(city):
    column = details.columns(city.pipes, ["road"], "pipes", EN)[0]
    assert column.values == [None] * len(city.pipes)


def test_payers():
    frame = pd.DataFrame({"cost_yuan": [3.0], "cost_company": [1.0], "cost_water_board": [2.0]})
    assert [column.title for column in details.payers(frame, EN)] == ["cost: gas company", "cost: water board"]
    assert details.payers(frame, details.speech("zh"))[0].title == "费用：燃气企业"
