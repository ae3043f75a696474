"""The arrays of the problem: weights, dates, money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridrisk.errors import DataError
from gridrisk.plan.periods import periods_of
from gridrisk.plan.problem import build_problem, removal_weights, year_weights


def test_weights_by_hand(scenario):
    # growth 10 %, discount 0, three years: 1, 1.1, 1.21; built in year 0 removes half of 1 and all of the rest
    sc = scenario(years=2, budget_yuan=1, growth=0.1, discount=0.0, horizon_years=3, residual_share=0.1)
    weights = year_weights(sc)
    assert weights == pytest.approx([1, 1.1, 1.21])
    made = removal_weights(sc, weights, periods_of(sc))
    assert made == pytest.approx([0.9 * (0.5 + 1.1 + 1.21), 0.9 * (0.55 + 1.21)])


def test_the_weights_of_the_quarters_have_those_of_the_year_as_their_mean(scenario):
    sc = scenario(years=2, budget_yuan=1, growth=0.1, discount=0.0, horizon_years=3, residual_share=0.1, quarters=True)
    made = removal_weights(sc, year_weights(sc), periods_of(sc))
    # the first quarter: seven eighths of the year are left
    assert made[0] == pytest.approx(0.9 * (0.875 + 1.1 + 1.21))
    assert made.reshape(2, 4).mean(axis=1) == pytest.approx([0.9 * (0.5 + 1.1 + 1.21), 0.9 * (0.55 + 1.21)])


def test_budgets_are_whole_fen_rounded_down(projects, scenario):
    problem = build_problem(projects(2), scenario(budget_yuan=[0.019, 1.0, 0.29], crew_km=0.0000019))
    assert problem.limits[0].most.tolist() == [[1, 100, 29]]
    assert problem.limits[1].most.tolist() == [[1, 1, 1]]


def test_costs_are_less_in_the_year_of_works(projects, scenario):
    frame = projects(1).assign(cost_yuan=100.0, saving_yuan=12.34, works_year=pd.array([2027], dtype="Int64"))
    assert build_problem(frame, scenario(budget_yuan=1)).cost.tolist() == [[10000, 8766, 10000]]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("cost_yuan", -1.0, "cost_yuan is -1.0"),
        ("cost_yuan", np.nan, "cost_yuan is nan"),
        ("risk", np.inf, "risk is inf"),
        ("risk", -0.5, "risk is -0.5"),
    ],
)
def test_numbers_that_cannot_be_are_refused(projects, scenario, column, value, expected):
    frame = projects(3)
    frame.loc["R-0001", column] = value
    with pytest.raises(DataError, match=f"R-0001: {expected}"):
        build_problem(frame, scenario(budget_yuan=1))


def test_missing_columns_and_double_ids_are_refused(projects, scenario):
    frame = projects(3)
    with pytest.raises(DataError, match="projects have no risk, cost_yuan"):
        build_problem(frame.drop(columns=["risk", "cost_yuan"]), scenario(budget_yuan=1))
    with pytest.raises(DataError, match="not unique"):
        build_problem(pd.concat([frame, frame]), scenario(budget_yuan=1))
