"""The shifted degrees of Chinese web maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from gridrisk.crs.webmap import from_bd09, from_gcj02, to_bd09, to_gcj02

GEOD = Geod(ellps="WGS84")
CHINA = st.tuples(st.floats(74.0, 135.0), st.floats(18.0, 53.0))


def metres(a: np.ndarray, b: np.ndarray) -> float:
    return float(GEOD.inv(a[0, 0], a[0, 1], b[0, 0], b[0, 1])[2])


@given(CHINA)
def test_there_and_back_is_the_same_place(place: tuple[float, float]) -> None:
    # at 105° the shift has a kink (the root of the distance from it), where one last bit moves it by 2e-8 m
    assume(abs(place[0] - 105) > 1e-9)
    start = np.array([place])
    for there, back in ((to_gcj02, from_gcj02), (to_bd09, from_bd09)):
        # 1e-8 m is 9e-14 degrees of latitude; the shift is smooth, so that the way back is as exact
        assert np.abs(back(there(start)) - start).max() < 9e-14
        assert np.abs(there(back(start)) - start).max() < 9e-14


def test_shift_is_that_of_the_public_implementations() -> None:
    # Tiananmen, as the widely used eviltransform test has it: wgs 39.908823, 116.397470 -> gcj 39.910227, 116.403712
    start = np.array([[116.397470, 39.908823]])
    assert metres(to_gcj02(start), np.array([[116.403712, 39.910227]])) < 5
    assert 300 < metres(start, to_gcj02(start)) < 700
    assert metres(to_gcj02(start), to_bd09(start)) == pytest.approx(900, rel=0.5)


def test_at_the_kink_the_way_back_is_within_a_micrometre() -> None:
    start = np.array([[105.0, 18.0], [105.0, 36.0]])
    assert np.abs(from_gcj02(to_gcj02(start)) - start).max() < 9e-12


def test_outside_china_nothing_is_shifted() -> None:
    start = np.array([[2.35, 48.85], [np.nan, 1.0]])
    assert np.array_equal(to_gcj02(start), start, equal_nan=True)
    assert np.array_equal(from_gcj02(start), start, equal_nan=True)
