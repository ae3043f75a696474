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
    # from 3e-12° west of 105° on two places share one image; see test_two_places_beside_105_share_one_image
    assume(not 105 - 4e-12 < place[0] < 105 + 2e-13)
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


@given(st.floats(1e-14, 1e-6) | st.floats(0, 1e-13) | st.just(0.0), st.floats(4.0, 53.0), st.sampled_from([1, -1]))
def test_beside_105_the_way_back_is_as_exact_wherever_there_is_one(off: float, latitude: float, side: int) -> None:
    start = np.array([[105.0 + side * off, latitude]])
    for there, back in ((to_gcj02, from_gcj02), (to_bd09, from_bd09)):
        image = there(start)
        found = back(image)
        # one last bit of the longitude moves the image by up to 2e-8 m there
        assert np.abs(there(found) - image).max() < 2e-13
        if not 105 - 4e-12 < start[0, 0] < 105 + 2e-13:
            assert np.abs(found - start).max() < 9e-14
        assert np.abs(found - start).max() < 4e-12


def test_two_places_beside_105_share_one_image() -> None:
    """Why no way back can be exact there: x + c √(-x) is 0 at 105° and at c² west of it."""
    for latitude in (4.0, 30.0, 53.0):
        degree = np.radians(1.0) * 6_378_245.0 * np.cos(np.radians(latitude))
        degree /= np.sqrt(1 - 0.00669342162296594323 * np.sin(np.radians(latitude)) ** 2)
        c = 0.1 / degree
        at, west = np.array([[105.0, latitude]]), np.array([[105.0 - c**2, latitude]])
        assert to_gcj02(west)[0, 0] == pytest.approx(to_gcj02(at)[0, 0], abs=6e-14)
        assert 7e-13 < at[0, 0] - west[0, 0] < 3e-12


def test_outside_china_nothing_is_shifted() -> None:
    start = np.array([[2.35, 48.85], [np.nan, 1.0]])
    assert np.array_equal(to_gcj02(start), start, equal_nan=True)
    assert np.array_equal(from_gcj02(start), start, equal_nan=True)
