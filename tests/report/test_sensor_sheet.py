"""The workbook for whoever puts methane sensors up."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import python_calamine

from gridrisk.report import write_sensor_sheet

FACTS = {"count": 1, "total_risk": 2.0, "already": 0.1, "watched": 0.6, "bound": 0.6}


def table():
    return pd.DataFrame(
        {
            "watched_risk": [0.9, 0.4, 0.2],
            "rank": pd.array([1, 2, 3], dtype="Int64"),
            "existing": [False, False, True],
            "chosen": [True, False, False],
            "order": pd.array([1, None, None], dtype="Int64"),
            "added_risk": [0.9, float("nan"), float("nan")],
            "share_watched": [0.6, float("nan"), float("nan")],
            "kind": pd.array(["culvert", None, "manhole"], dtype="str"),
            "crossing": [True, False, False],
            "pipes": [7, 1, 0],
            "pipe_ids": ["=p1,p2", "p3", ""],
            "x": [500_000.0, 500_001.0, 500_002.0],
            "y": [3_000_000.0] * 3,
        },
        index=pd.Index(["v1", "v2", "v3"], name="spot_id"),
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_chosen_spare_and_existing_places_stand_apart(tmp_path, lang):
    path = tmp_path / "s.xlsx"
    roads = pd.Series({"=p1": "人民路", "p3": None})
    write_sensor_sheet(path, table(), roads, FACTS, as_of=dt.date(2026, 1, 1), crs="EPSG:4547", lang=lang)
    book = python_calamine.CalamineWorkbook.from_path(path)
    chosen, spare, there = (book.get_sheet_by_name(name).to_python()[5:] for name in book.sheet_names)
    assert [len(rows) for rows in (chosen, spare, there)] == [1, 1, 1]
    # a text of the survey is never a formula; seven pipes, of which two are named
    assert chosen[0][:6] == [1.0, "v1", "暗渠" if lang == "zh" else "culvert", "人民路", chosen[0][4], "=p1, p2 … (7)"]
    assert chosen[0][6:11] == pytest.approx([500_000.0, 3_000_000.0, 0.9, 0.9, 0.6])
    assert spare[0][1] == "v2"
    assert spare[0][8] == pytest.approx(0.4)
    assert there[0][1] == "v3"
    head = book.get_sheet_by_index(0).to_python()
    assert "2026-01-01" in head[1][0]
    assert "60.0%" in head[2][0]
