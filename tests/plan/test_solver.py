"""The thin layer over HiGHS."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from gridrisk.plan.solver import Model, maximise, with_row


def model(gain, use, most, low=-np.inf):
    count = len(gain)
    return Model(
        np.array(gain, dtype=float),
        csr_array(np.array([use], dtype=float)),
        np.array([low], dtype=float),
        np.array([most], dtype=float),
        np.ones(count),
        np.ones(count, dtype=bool),
    )


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_knapsack_by_hand_on_any_scale(scale):
    # 6 + 5 weigh 5 + 4 = 9 ≤ 9; 10 weighs 8 alone
    answer = maximise(model([10 * scale, 6 * scale, 5 * scale], [8, 5, 4], 9))
    assert answer.outcome == "optimal"
    assert answer.x.round().tolist() == [0, 1, 1]
    assert answer.bound == pytest.approx(11 * scale, rel=1e-6)


def test_the_price_of_a_row_is_that_of_the_linear_model():
    # densities 3 and 1: with 1.5 of 2 units the second is half taken, so one more unit is worth 1
    answer = maximise(model([3, 1], [1, 1], 1.5), relaxed=True)
    assert answer.x.tolist() == pytest.approx([1, 0.5])
    assert answer.prices.tolist() == pytest.approx([1.0])


def test_infeasible_and_empty():
    assert maximise(model([1], [1], 9, low=2)).outcome == "infeasible"
    empty = Model(np.zeros(0), csr_array((1, 0)), np.zeros(1), np.ones(1), np.zeros(0), np.zeros(0, dtype=bool))
    assert maximise(empty).outcome == "optimal"
    assert maximise(with_row(empty, np.zeros(0, dtype=np.int64), -1.0)).outcome == "infeasible"


def test_one_more_row_cuts_an_answer_off():
    free = model([3, 2], [1, 1], 5)
    assert maximise(free).x.tolist() == [1, 1]
    assert maximise(with_row(free, np.array([0, 1]), 1.0)).x.tolist() == [1, 0]


def test_the_solver_says_nothing_on_standard_output():
    # it prints past Python, so only another process shows it
    script = (
        "import numpy as np; from scipy.sparse import csr_array; from gridrisk.plan.solver import Model, maximise; "
        "one = np.ones(1); "
        "print(maximise(Model(one, csr_array(np.ones((1, 1))), -one, one, one, one > 0)).outcome)"
    )
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert made.stdout == "optimal\n"
