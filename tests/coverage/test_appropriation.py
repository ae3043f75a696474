"""Money by year against what is appropriated, by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from gridrisk.coverage import against, due_months, parse_appropriation, spending
from gridrisk.errors import ParameterError

FILE = """
year = 2024
document = "区财〔2024〕5号"

[[amounts]]
programme = "conversion"
payer = "district"
yuan = 10000
spent_yuan = 1000
clause = "一"

[[amounts]]
programme = "conversion"
payer = "town"
town_id = "t1"
yuan = 5000
clause = "二"
"""


def spent():
    table = pd.DataFrame(
        {
            "town_id": ["t1", "t1", "t2", "t2", None],
            "district": [3000.1, 3000.2, 2000, np.nan, 1.0],
            "town": [3000.1, 2000, 2000, np.nan, 1.0],
        },
        index=[f"c{n}" for n in range(5)],
    )
    month = pd.Series(["2024-05", "2024-12", "2025-01", "2024-07", None], index=table.index, dtype="str")
    return spending(table, month, {"district": "district", "town": "town"}, programme="conversion")


def test_spending():
    table = spent().set_index(["town_id", "year", "payer"])
    assert table.loc[("t1", 2024, "district"), "yuan"] == 6000.3
    assert table.loc[("t2", 2025, "town"), ["yuan", "customers", "unknown"]].tolist() == [2000, 1, 0]
    assert pd.isna(table.loc[("t2", 2024, "town"), "yuan"])
    assert table.loc[("t2", 2024, "town"), "unknown"] == 1
    assert table["customers"].sum() == 2 * 4


def test_against():
    table = against(spent(), [parse_appropriation("2024", FILE.encode())])
    district, town = table.to_dict("records")
    assert (district["needed_yuan"], district["left_yuan"], district["unknown"]) == (6000.3, 2999.7, 1)
    assert pd.isna(district["enough"])  # one amount is not known
    assert (town["needed_yuan"], town["left_yuan"], town["enough"]) == (5000.1, -0.1, False)
    assert town["source"] == "区财〔2024〕5号 二"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("yuan = 10000", "yuan = -1", "must be at least"),
        ("yuan = 10000", 'yuan = "10000"', "must be a number"),
        ('clause = "一"', "", "clause"),
        ("year = 2024", "yeer = 2024", "yeer"),
        ('payer = "district"', 'payer = "distrikt"', "payer"),
        ("[[amounts]]", "[[amounts", "not valid TOML"),
    ],
)
def test_faults(old, new, said):
    with pytest.raises(ParameterError, match=said):
        parse_appropriation("2024", FILE.replace(old, new, 1).encode())


def test_due_months(honggutan):
    table = pd.DataFrame(
        {
            "decision": ["pipe", "pipe", "pipe", "electric", "pipe", "done"],
            "town_id": ["t1", "t1", "t1", "t1", "t2", "t1"],
            "reach_m": [30.0, 10.0, 20.0, 5.0, 9.0, np.nan],
        },
        index=list("abcdef"),
    )
    kinds = pd.Series(["catering"] * 6, index=table.index)
    # The target counts piped gas, until 2024-12-31; the nearest comes first.
    found = due_months(table, kinds, honggutan.target(), on=dt.date(2024, 10, 5))
    assert found.dropna().to_dict() == {"b": "2024-10", "c": "2024-11", "a": "2024-12", "e": "2024-10"}
    assert due_months(table, kinds, honggutan.target(), on=dt.date(2026, 1, 5)).dropna().unique().tolist() == [
        "2026-01"
    ]
    assert due_months(table, kinds, None, on=dt.date(2024, 10, 5)).isna().all()
