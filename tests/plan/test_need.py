"""The money that the need asks for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.plan.need import even_course
from gridrisk.plan.problem import build_problem


@pytest.mark.parametrize(
    ("due", "course"),
    [
        # all due in the first year: then; all due in the last: a third each; the middle one: half and half
        ([90, 0, 0], [90, 0, 0]),
        ([0, 0, 90], [30, 30, 30]),
        ([0, 60, 0], [30, 30, 0]),
        # 50 at once; what is left (10 by the second, 69 by the third) is spread evenly: 34.5 each
        ([50, 10, 59], [50, 34.5, 34.5]),
        ([0, 0, 0], [0, 0, 0]),
    ],
)
def test_by_hand(due, course):
    assert even_course(np.array(due, dtype=np.int64)).tolist() == pytest.approx(course)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=10))
def test_always_in_time_never_growing_and_no_more_than_is_due(due):
    course = even_course(np.array(due, dtype=np.int64))
    assert (np.cumsum(course) >= np.cumsum(due) - 1e-3).all()
    assert course.sum() == pytest.approx(sum(due))
    assert (np.diff(course) <= 1e-3).all()


def test_the_years_follow_what_is_due(projects, scenario):
    frame = projects(3).assign(
        mandatory=[True, True, False],
        deadline_year=pd.array([2026, 2028, pd.NA], dtype="Int64"),
        works_year=pd.array([pd.NA] * 3, dtype="Int64"),
        cost_yuan=[500_000.0, 200_000.0, 900_000.0],
        no_dig_until=pd.Series(pd.NaT, index=projects(3).index, dtype="datetime64[ms]"),
    )
    need = {"value": 0.1, "unit": "–", "source": "engineering judgement", "status": "assumption"}
    problem = build_problem(frame, scenario(years=3, budget_from_need=need))
    # 500,000 at once, 100,000 a year then; the second project is whole (200,000) and needs 100,000 more in some year, so
    # every year gets them; and a tenth of 900,000 over three years
    assert (problem.limits[0].most[0] / 100).tolist() == [630_000, 230_000, 230_000]
