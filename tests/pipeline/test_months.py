"""A month is kept as it was reported; what is corrected later shows as a correction."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from gridrisk import store

from .street import box, customer, layer

SNACK = {
    "kind": "catering",
    "fuel": "bottle",
    "premises": "street",
    "licensed": True,
    "legal_building": True,
    "wants_electric": False,
}


def people(**lit):
    """Three snack shops by the main; those named were lit on a day."""
    rows = []
    for place, name in enumerate("xyz"):
        days = {} if name not in lit else {"fuel": "pipe", "converted_on": pd.Timestamp(lit[name])}
        rows.append(customer(name, 50 + 80 * place, **{**SNACK, **days}))
    return rows


TOWNS = [{"town_id": "t1", "name": "一镇", "development_zone": False, "geometry": box(0, -50, 300, 50)}]


@pytest.fixture
def made(workspace):
    return workspace(customers=people(x="2024-03-05"), towns=TOWNS)


def correct(root, **lit):
    opened = store.open_workspace(root)
    store.commit_layer(opened, "customers", layer("customers", people(**lit)), [], detail={})


def close(call, root, month, *more):
    return call("convert", root, "--policy", "honggutan-2024", "--month", month, "--as-of", "2024-07-01", *more)


def test_a_month_is_kept_and_a_correction_shows(made, call):
    code, march = close(call, made, "2024-03")
    assert (code, march["revision"], march["new"], march["as_of"]) == (0, 1, True, "2024-03-31")
    assert [row["converted"] for row in march["coverage"]] == [1]
    assert close(call, made, "2024-03")[1]["new"] is False

    # x was recorded in the wrong month, y was forgotten.
    correct(made, x="2024-04-02", y="2024-03-20", z="2024-04-09")
    _, april = close(call, made, "2024-04")
    assert april["coverage"][0]["converted"] == 3
    assert april["corrections"] == []  # as many as before, though not the same customers
    folder = made / "months" / "honggutan-2024"
    changed = pd.read_parquet(folder / "2024-04" / "r1" / "changed.parquet").set_index("customer_id")
    assert changed[["was", "is"]].to_dict("index") == {
        "x": {"was": "done", "is": "pipe"},
        "y": {"was": "pipe", "is": "done"},
    }

    correct(made, x="2024-04-02", z="2024-04-09")
    _, again = close(call, made, "2024-04")
    assert (again["revision"], again["new"]) == (2, True)
    assert again["revised"] == [
        {"town_id": "t1", "name": "一镇", "figure": "converted", "reported": 3, "now": 2, "change": -1}
    ]
    assert again["corrections"] == [
        {"town_id": "t1", "name": "一镇", "figure": "converted", "reported": 1, "now": 0, "change": -1}
    ]


def test_the_same_month_prints_the_same_bytes(made, call):
    close(call, made, "2024-03")
    _, printed = call("report", made, "--month", "2024-03", "--policy", "honggutan-2024")
    (file,) = printed["files"]
    first = Path(file).read_bytes()
    correct(made, y="2024-03-20", z="2024-03-21")
    close(call, made, "2024-03")
    call("report", made, "--month", "2024-03", "--policy", "honggutan-2024", "--revision", "1")
    assert Path(file).read_bytes() == first
    call("report", made, "--month", "2024-03", "--policy", "honggutan-2024")
    book = openpyxl.load_workbook(file)
    (row,) = [r for r in book["Corrections of this month"].iter_rows(min_row=5, values_only=True) if r[1]]
    assert row[2:] == (1, 2, 1)
    towns = [r for r in book["Towns"].iter_rows(min_row=5, values_only=True) if r[0] == "一镇"]
    assert towns[0][1:8] == (1, 1, 3, 2, 2, 0, 0)
    assert "Corrections" not in book.sheetnames, "the month before was not closed"


def test_corrections_have_a_sheet_where_the_month_before_was_closed(made, call):
    close(call, made, "2024-03")
    close(call, made, "2024-04")
    _, told = call("report", made, "--month", "2024-04", "--policy", "honggutan-2024")
    (file,) = told["files"]
    sheet = openpyxl.load_workbook(file)["Corrections"]
    assert [row[0] for row in sheet.iter_rows(min_row=5, values_only=True)] == ["none"]


def test_what_cannot_be_closed_or_printed_is_said(made, call):
    assert close(call, made, "2024-07")[0] == 2
    assert close(call, made, "2024-7")[0] == 2
    assert close(call, made, "2024-03", "--depots")[0] == 2
    assert call("report", made, "--month", "2024-03", "--policy", "honggutan-2024")[0] == 1
    close(call, made, "2024-03")
    code, said = call("report", made, "--month", "2024-03", "--policy", "honggutan-2024", "--revision", "7")
    assert code == 1
    assert "revision 7" in said["errors"][0]
    assert call("report", made, "--revision", "1")[0] == 2
    code, said = call("report", made, "--month", "2024-03", "--policy", "../months/honggutan-2024")
    assert code == 2
    assert "no policy ../months" in said["errors"][0]


def test_a_kept_month_that_was_changed_is_not_believed(made, call):
    close(call, made, "2024-03")
    file = made / "months" / "honggutan-2024" / "2024-03" / "r1" / "coverage.parquet"
    frame = pd.read_parquet(file)
    frame.assign(converted=99).to_parquet(file)
    code, said = call("report", made, "--month", "2024-03", "--policy", "honggutan-2024")
    assert code == 1
    assert "was changed" in said["errors"][0]


def test_money_against_the_appropriation(made, call):
    folder = made / "models" / "appropriations"
    folder.mkdir(parents=True)
    (folder / "2025.toml").write_text(
        'year = 2025\ndocument = "财〔2025〕1号"\n[[amounts]]\nprogramme = "conversion"\npayer = "district"\n'
        'yuan = 1.0\nclause = "一"\n',
        encoding="utf-8",
    )
    code, told = call("convert", made, "--policy", "lishui-2023", "--as-of", "2024-07-01")
    assert code == 0
    needed = sum(m["yuan"] for m in told["money"] if (m["year"], m["payer"]) == (2025, "district") and m["yuan"])
    (row,) = told["appropriations"]
    assert (row["needed_yuan"], row["left_yuan"]) == (needed, round(1.0 - needed, 2))
