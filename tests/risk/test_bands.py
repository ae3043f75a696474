import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.errors import DataError
from gridrisk.risk.bands import Band, by_flag, by_number, by_state, exact, part

SHARES = {"a": 0.5, "b": 0.25, "c": 0.25}
FACTORS = {"a": 1.0, "b": 2.0, "c": 4.0}


def band(value, low, high):
    return Band(*(np.array([float(v)]) for v in (value, low, high)))


def test_known_state_has_no_width_and_unknown_spans_all():
    found = by_state(pd.Series(["b", None], dtype="str"), FACTORS, SHARES)
    assert found.value.tolist() == [2.0, 0.5 * 1 + 0.25 * 2 + 0.25 * 4]
    assert found.low.tolist() == [2.0, 1.0]
    assert found.high.tolist() == [2.0, 4.0]


def test_a_state_nobody_declared_is_refused():
    with pytest.raises(DataError, match="lead"):
        by_state(pd.Series(["lead"], dtype="str"), FACTORS, SHARES)


def test_flag():
    flag = pd.Series([True, False, None], dtype="boolean")
    found = by_flag(flag, np.array([3.0, 3.0, 3.0]), 1.0, 0.1, 5.0)
    assert found.value.tolist() == [3.0, 1.0, 1.4]
    assert found.low.tolist() == [3.0, 1.0, 1.0]
    assert found.high.tolist() == [3.0, 1.0, 5.0]


def test_number():
    found = by_number(np.array([7.0, np.nan]), {"1": 0.75, "5": 0.25}, lambda x: x * 10)
    assert found.value.tolist() == [70.0, 20.0]
    assert found.low.tolist() == [70.0, 10.0]
    assert found.high.tolist() == [70.0, 50.0]


def test_part_of_length():
    # 5 of 20 m; the least 2 m of 20; more than the whole; unknown: all; no length: all
    along = np.array([5.0, 0.0, 30.0, np.nan, 1.0])
    length = np.array([20.0, 20.0, 20.0, 20.0, 0.0])
    assert part(along, length, 2.0).tolist() == [0.25, 0.1, 1.0, 1.0, 1.0]


def test_one_doubt_keeps_its_whole_range_through_product_and_sum():
    product = exact(np.array([3.0])) * band(2, 1, 8)
    assert (product.value[0], product.low[0], product.high[0]) == pytest.approx((6, 3, 24), rel=1e-12)
    total = exact(np.array([3.0])) + band(2, 1, 8)
    assert (total.value[0], total.low[0], total.high[0]) == pytest.approx((5, 4, 11), rel=1e-12)


def test_two_doubts_add_in_quadrature():
    # ln 2 upwards twice: factor 2 ** sqrt(2)
    product = band(1, 0.5, 2) * band(1, 0.5, 2)
    assert product.high[0] == pytest.approx(2**2**0.5)
    assert product.low[0] == pytest.approx(0.5**2**0.5)
    total = band(10, 7, 14) + band(10, 6, 13)
    assert (total.low[0], total.high[0]) == pytest.approx((15, 25))


bands = st.tuples(st.floats(0, 1), st.floats(0.01, 5), st.floats(1, 9)).map(
    lambda t: band(t[1], t[1] * t[0], t[1] * t[2])
)


@given(bands, bands, bands)
def test_bands_stay_ordered_and_combine_in_any_order(a, b, c):
    for one, other in (((a * b) * c, a * (b * c)), ((a + b) + c, a + (b + c))):
        assert one.low[0] <= one.value[0] <= one.high[0]
        for name in ("value", "low", "high"):
            assert getattr(one, name)[0] == pytest.approx(getattr(other, name)[0], rel=1e-9, abs=1e-12)
