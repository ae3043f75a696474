"""When a project may and must be built."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridrisk.errors import ParameterError
from gridrisk.plan.dates import due_years, forbidden, former_years, on_time, pinned_years
from gridrisk.plan.periods import Periods, periods_of

YEARS = np.arange(2026, 2029)
BY_YEAR = Periods(YEARS, np.arange(3), np.zeros(3, dtype=np.int64))


@pytest.mark.parametrize(
    ("until", "first_open"),
    [
        (None, 2026),
        ("2025-12-31", 2026),
        ("2026-01-15", 2026),  # eleven whole months left
        ("2026-06-30", 2026),  # six
        ("2026-07-01", 2027),  # five and most of July
        ("2026-12-31", 2027),
        ("2027-12-30", 2028),
        ("2031-12-31", 2029),
    ],
)
def test_a_no_dig_order_closes_the_years_it_leaves_too_little_of(until, first_open):
    frame = pd.DataFrame({"no_dig_until": pd.to_datetime(pd.Series([until])).astype("datetime64[ms]")})
    assert forbidden(frame, BY_YEAR, 6)[0].tolist() == [bool(year < first_open) for year in YEARS]


@pytest.mark.parametrize(
    ("until", "open_quarters"),
    [
        (None, [1, 2, 3, 4]),
        ("2026-01-31", [1, 2, 3, 4]),  # two whole months of the first quarter left
        ("2026-02-01", [2, 3, 4]),  # one
        ("2026-07-15", [3, 4]),
        ("2026-12-31", []),
    ],
)
def test_a_quarter_is_open_with_two_whole_months(until, open_quarters, scenario):
    frame = pd.DataFrame({"no_dig_until": pd.to_datetime(pd.Series([until])).astype("datetime64[ms]")})
    periods = periods_of(scenario(years=1, quarters=True, budget_yuan=1))
    closed = forbidden(frame, periods, 6)[0]
    assert periods.quarter[~closed].tolist() == open_quarters


def test_a_deadline_holds_to_its_quarter(scenario):
    frame = pd.DataFrame({"deadline": pd.to_datetime(["2026-05-31", "2025-03-31", None]).astype("datetime64[ms]")})
    periods = periods_of(scenario(years=2, quarters=True, budget_yuan=1))
    made = on_time(frame, periods, np.array([2026, 2026, 0]))
    # in May: two quarters; overdue: the first year; none: all
    assert made.sum(axis=1).tolist() == [2, 4, 8]


def test_due_years(scenario):
    frame = pd.DataFrame(
        {
            "mandatory": [True, True, True, True, False],
            "deadline_year": pd.array([2020, 2027, 2040, pd.NA, 2026], dtype="Int64"),
        }
    )
    # overdue: the first year; too far off or without a date: three years from the start; not mandatory: none
    assert due_years(frame, scenario(budget_yuan=1)).tolist() == [2026, 2027, 2028, 2028, 0]


def pins(**columns):
    frame = pd.DataFrame(columns, index=pd.Index([f"R-{i}" for i in range(len(next(iter(columns.values()))))]))
    if "no_dig_until" not in frame:
        frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
    return frame


def test_pins_become_numbers_of_years():
    frame = pins(pinned_year=pd.array([2027, pd.NA], dtype="Int64"))
    nothing = np.zeros(2, dtype=np.int64), np.zeros((2, 3), dtype=bool)
    assert pinned_years(frame, YEARS, *nothing).tolist() == [1, -1]
    assert pinned_years(frame.drop(columns="pinned_year"), YEARS, *nothing).tolist() == [-1, -1]


def test_pins_that_cannot_be_kept_are_all_named():
    until = pd.to_datetime(pd.Series([None, "2027-12-31", "2027-12-31", None, None])).astype("datetime64[ms]")
    frame = pins(
        pinned_year=pd.array([2031, 2027, 2027, 2028, pd.NA], dtype="Int64"),
        started=[False, False, True, False, False],
        excluded=[False, False, False, False, True],
        no_dig_until=until.to_numpy(),
    )
    closed = np.zeros((5, 3), dtype=bool)
    closed[1:3, :2] = True
    with pytest.raises(ParameterError) as caught:
        pinned_years(frame, YEARS, np.array([0, 0, 0, 2027, 2026]), closed)
    texts = [str(message) for message in caught.value.messages]
    assert len(texts) == 4
    assert "R-0 is fixed in 2031, but the plan runs from 2026 to 2028" in texts[0]
    assert "R-1 is fixed in 2027, but its road is closed for digging until 2027-12-31" in texts[1]
    assert "R-3 is fixed in 2028, but must be renewed by the end of 2027" in texts[2]
    assert "R-4 is taken out of the plan, but must be renewed by the end of 2026" in texts[3]


def test_former_years_outside_the_plan_do_not_count():
    frame = pins(former_year=pd.array([2025, 2026, 2028, 2029, pd.NA, 0], dtype="Int64"))
    assert former_years(frame, YEARS).tolist() == [-1, 0, 2, -1, -1, -1]
