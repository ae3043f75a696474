"""The back-test by command: two tables, a workspace, and what is wrong with them."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture
def kitchener(shared_data):
    folder = shared_data / "kitchener"
    if not folder.is_dir():
        pytest.skip("no table of mains with breaks among the data of other people")
    return [
        "--pipes",
        folder / "water_mains.csv",
        "--leaks",
        folder / "water_main_breaks_to_2016.csv",
        "--crosswalk",
        "kitchener",
    ]


@pytest.mark.shared
def test_on_a_real_record(call, kitchener, tmp_path):
    out, page = tmp_path / "rates.csv", tmp_path / "page.html"
    code, found = call(
        *("backtest", *kitchener, "--as-of", "2014-01-01", "--origins", "2", "--no-challenger"),
        *("--predict", out, "--page", page),
    )
    assert code == 0
    assert found["origins"] == [2010, 2011]
    share = {(row["ranking"], row["worst"]): row["share"] for row in found["shares"]}
    assert share["model", 0.1] > 0.45 > share["age_only", 0.1]
    rates = pd.read_csv(out, dtype={"pipe_id": str})
    assert list(rates) == [
        "pipe_id",
        "failures_per_km_year",
        "failures_per_km_year_low",
        "failures_per_km_year_high",
    ]
    assert len(rates) == 15931
    assert rates["pipe_id"].is_unique
    assert (rates["failures_per_km_year_low"] <= rates["failures_per_km_year"]).all()
    assert (rates["failures_per_km_year"] <= rates["failures_per_km_year_high"]).all()
    html = page.read_text(encoding="utf-8")
    assert "http" not in html.replace("http-equiv", "")
    assert "<polyline" in html


def tables(tmp_path, leaks):
    pipes = tmp_path / "pipes.csv"
    pipes.write_text(
        "pipe_id,material,install_year,length_m\na,PE,1990,100\nb,PE,2049,\nb,PE,2000,50\n", encoding="utf-8"
    )
    record = tmp_path / "leaks.csv"
    record.write_text("leak_id,pipe_id,found_on\n" + leaks, encoding="utf-8")
    return ["backtest", "--pipes", pipes, "--leaks", record]


def test_bad_rows_are_findings(call, tmp_path):
    leaks = "1,a,2001-02-03\n2,zz,2001-02-03\n3,a,1970-01-01\n4,a,\n5,a,4/5/2003\n6,a,2049-01-01\n"
    code, found = call(*tables(tmp_path, leaks), "--as-of", "2010-01-01", "--predict", tmp_path / "o.csv")
    assert code == 0
    checks = {row["check"] for row in found["findings"]}
    assert checks >= {"unknown_pipe", "before_laying", "no_date", "unreadable_date", "later_leak", "no_length"}
    assert checks >= {"duplicate_id", "short_record", "silent_end"}
    assert len(pd.read_csv(tmp_path / "o.csv")) == 2


def test_a_table_without_leaks_stops(call, tmp_path):
    code, found = call(*tables(tmp_path, ""))
    assert code == 1
    assert found["errors"]


def test_columns_that_are_missing_are_named(call, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    code, found = call("backtest", "--pipes", path, "--leaks", path)
    assert code == 1
    assert len(found["errors"]) == 4


def test_wrong_use(call, tmp_path):
    assert call("backtest")[0] == 2


def test_on_a_workspace(call, city):
    code, found = call("backtest", city, "--no-challenger")
    assert code in {0, 1}
    assert found["pipes"] > 300
    if code:
        assert "short_record" in {row["check"] for row in found["findings"]}
