"""Whole fen."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.plan import money

AMOUNT = st.integers(0, 10**12)


@given(st.integers(0, 10**14))
def test_fen_and_yuan_give_each_other_back(amount):
    assert money.fen(money.yuan(np.array([amount])))[0] == amount


@given(st.lists(st.tuples(AMOUNT, st.lists(st.integers(0, 100), min_size=4, max_size=4)), min_size=1, max_size=20))
def test_parts_add_up_and_are_within_a_fen_of_their_share(rows):
    amount = np.array([row[0] for row in rows])
    shares = np.array([_ppm(row[1]) for row in rows])
    parts = money.allocate(amount, shares)
    assert (parts.sum(axis=1) == amount).all()
    # exact in Python's integers: part·10⁶ within one fen of amount·share
    for i, row in enumerate(parts):
        for part, share in zip(row.tolist(), shares[i].tolist(), strict=True):
            assert abs(part * money.PPM - int(amount[i]) * share) < money.PPM


def test_the_fen_left_over_goes_to_the_largest_fraction_then_the_first():
    # 100 fen in thirds: 33.3333, 33.3334, 33.3333 → the second takes the fen that is left
    assert money.allocate(np.array([100]), np.array([[333333, 333334, 333333]])).tolist() == [[33, 34, 33]]
    # one fen in halves: equal fractions, the first takes it
    assert money.allocate(np.array([1]), np.array([[500000, 500000]])).tolist() == [[1, 0]]


@given(AMOUNT, st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_largest_remainder_adds_up(total, weights):
    parts = money.largest_remainder(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()


def test_largest_remainder_of_nothing_is_even():
    assert money.largest_remainder(5, np.array([0, 0])).tolist() == [3, 2]


def _ppm(weights):
    if sum(weights) == 0:
        return [money.PPM, 0, 0, 0]
    shares = [weight * money.PPM // sum(weights) for weight in weights]
    shares[0] += money.PPM - sum(shares)
    return shares
