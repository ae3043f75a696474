"""Months, pace and projection by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.coverage import last_day, month_of, months_between, shifted
from gridrisk.coverage.pace import pace_window, projected, ranking, spread_months
from gridrisk.errors import UsageError


@pytest.mark.parametrize(
    ("month", "day"),
    [("2024-02", dt.date(2024, 2, 29)), ("2023-02", dt.date(2023, 2, 28)), ("2024-12", dt.date(2024, 12, 31))],
)
def test_last_day(month, day):
    assert last_day(month) == day
    assert month_of(day) == month


@pytest.mark.parametrize("month", ["2024-13", "2024-1", "24-01", "2024", "2024-01-01", "", "May"])
def test_no_month(month):
    with pytest.raises(UsageError, match="is not a month"):
        last_day(month)


@given(number=st.integers(24_000, 24_400), by=st.integers(0, 60))
def test_months_between(number, by):
    first = f"{number // 12:04d}-{number % 12 + 1:02d}"
    months = months_between(first, shifted(first, by))
    assert len(months) == by + 1
    assert shifted(months[-1], -by) == first


def test_pace_window(honggutan):
    target = honggutan.target()  # from 2024-01-01
    assert pace_window(target, dt.date(2024, 6, 30)) == (dt.date(2024, 4, 1), dt.date(2024, 6, 30), 3)
    # A month that is not over does not count; nor do months before the start.
    assert pace_window(target, dt.date(2024, 6, 29)) == (dt.date(2024, 3, 1), dt.date(2024, 5, 31), 3)
    assert pace_window(target, dt.date(2024, 2, 29)) == (dt.date(2024, 1, 1), dt.date(2024, 2, 29), 2)
    assert pace_window(target, dt.date(2024, 1, 15)) == (dt.date(2023, 12, 1), dt.date(2023, 12, 31), 1)


def test_projected(honggutan):
    table = pd.DataFrame({"eligible": [10, 10, 10, 0], "converted": [4, 10, 4, 0], "pace_month": [2.0, 0.0, 0.0, 0.0]})
    days = projected(table, honggutan.target(), dt.date(2024, 6, 30))
    # 6 are left: 3 months of 30.436875 days are 91.31, so 92 days.
    assert days[0] == pd.Timestamp(2024, 6, 30) + pd.Timedelta(days=92)
    assert days[1] == pd.Timestamp(2024, 6, 30)
    assert days[2:].isna().all()
    assert projected(table, None, dt.date(2024, 6, 30)).isna().all()


def test_ranking():
    share = pd.Series([0.5, 0.9, 0.5, np.nan, 1.0])
    place = ranking(share, np.array([True, True, True, True, False]))
    assert place.fillna(0).tolist() == [2, 1, 2, 0, 0]


def test_spread_keeps_the_deadline():
    deadline = pd.Series([pd.Timestamp(2024, 5, 31)] * 4 + [pd.Timestamp(2024, 1, 1), pd.NaT])
    table = pd.DataFrame({"town": "a", "deadline": deadline})
    assert spread_months(table, ["town"], dt.date(2024, 4, 10)).tolist() == [
        "2024-04", "2024-04", "2024-05", "2024-05", "2024-04", "2024-04",
    ]  # fmt: skip
