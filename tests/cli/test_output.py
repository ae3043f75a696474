"""What commands print: JSON without NaN, tables in words."""

from __future__ import annotations

import datetime as dt
import json
import time

import numpy as np
import pandas as pd
import pytest

from gridrisk.cli import words
from gridrisk.cli.output import Output, local_time, plain, shown
from gridrisk.findings import Finding
from gridrisk.i18n import msg


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (float("nan"), None), (float("inf"), None), (pd.NA, None), (pd.NaT, None), (None, None), (np.int64(3), 3), (np.bool_(True), True),
        (dt.date(2026, 11, 22), "2026-11-22"), (pd.Timestamp("2026-11-22"), "2026-11-22"),
        (pd.Timestamp("2026-11-22 08:30"), "2026-11-22T08:30:00"), ({"a": [np.nan, {1}]}, {"a": [None, [1]]}),
        (np.array([1.5, np.inf]), [1.5, None]), ("甲", "甲"),
    ],
)  # fmt: skip
def test_plain_is_what_json_has(value, wanted):
    assert plain(value) == wanted
    json.dumps(plain(value), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "wanted"), [(None, "—"), (1234.5, "1,234"), (0.123456, "0.1235"), (12345, "12,345"), (True, "True")]
)
def test_cells(value, wanted):
    assert shown(value) == wanted


def test_codes_are_shown_in_words():
    zh = Output("zh", as_json=False)
    assert words.word(zh, "grade", "major") == "重大"
    assert words.word(zh, "flags", "built_over,never_heard") == "占压、never_heard"
    assert words.word(zh, "verdict", "plan_required") != "plan_required"
    assert words.fields(zh, "works", ["plan_signed", "guardian"]) == "已签保护方案、专人监护"


def test_json_leaves_tables_and_lines_out(capsys):
    output = Output("en", as_json=True)
    output.table("t", ["a"], [["x"]])
    output.result({"a": float("nan")})
    assert json.loads(capsys.readouterr().out) == {"a": None}


def finding(check, severity, i):
    return Finding("pipes", check, severity, msg("{check} {i}", check=check, i=i))


def test_a_few_of_each_kind_are_told_the_gravest_first(capsys):
    many = (
        [finding("odd", "warning", i) for i in range(30)] + [finding("bad", "error", 0)] + [finding("say", "info", 0)]
    )
    Output("en", as_json=False).findings(many)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1:3] for line in lines[:4]] == [["bad", "0"], ["odd", "0"], ["odd", "1"], ["odd", "2"]]
    assert "27 more" in lines[4]
    assert not any("say 0" in line for line in lines)
    assert "1 errors, 30 warnings, 1 notes" in lines[5]


def test_few_findings_are_told_whole(capsys):
    Output("en", as_json=False).findings([finding("odd", "warning", i) for i in range(9)])
    assert sum("odd" in line for line in capsys.readouterr().err.splitlines()) == 9


def test_moments_are_told_by_the_clock_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert local_time(dt.datetime(2026, 11, 30, 18, 0, 5)) == "2026-12-01 02:00:05"  # noqa: DTZ001
        assert local_time("2026-11-30T18:00:05Z") == "2026-12-01 02:00:05"
        assert local_time("once") == "once"
        assert local_time(None) == "—"
    finally:
        monkeypatch.undo()
        time.tzset()
