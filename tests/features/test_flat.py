import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_line, line, polygon, xy
from shapely.geometry import LineString, MultiPoint, Point, box

from gridrisk.features import geometry

thing = st.one_of(any_line, polygon, xy.map(Point), st.lists(xy, min_size=1, max_size=3).map(MultiPoint))
walker = st.one_of(any_line, xy.map(Point))


def array(things):
    return np.array([*things, None], dtype=object)[:-1]


def valid(things):
    return array([item if item is None or item.is_valid else shapely.make_valid(item) for item in things])


def both(monkeypatch, work):
    plain = work()
    with monkeypatch.context() as patch:
        patch.setattr(geometry, "LARGE", 0)
        return plain, work()


def same(plain, fast):
    assert plain[0].tolist() == fast[0].tolist()
    assert plain[1].tolist() == fast[1].tolist()
    np.testing.assert_allclose(plain[2], fast[2], rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as context:
        yield context


@given(st.lists(walker, max_size=8), st.lists(thing, max_size=12), st.sampled_from([0.0, 0.5, 1.0, 2.5, 40.0]))
@settings(max_examples=120, deadline=None)
def test_the_same_pairs_as_plain_shapely(patch, left, right, reach):
    left, right = array(left), valid(right)
    same(*both(patch, lambda: geometry.pairs_within(left, right, reach)))


@given(
    st.lists(line, min_size=1, max_size=5),
    st.lists(line, min_size=1, max_size=5),
    st.sampled_from([0.0, 0.5, 1.0, 3.0]),
)
@settings(max_examples=100, deadline=None)
def test_the_same_segments_and_stretches_as_plain_shapely(patch, left, right, reach):
    own, other = (geometry.segments(array(item), points=True) for item in (left, right))

    def work():
        rows, cols, distance = geometry.segment_pairs(own, other, np.full(len(own.owner), reach))
        return rows, cols, distance, geometry.near_stretches(own, other, rows, cols, reach)

    plain, fast = both(patch, work)
    same(plain[:3], fast[:3])
    np.testing.assert_allclose(plain[3], fast[3], rtol=0, atol=1e-6)


def test_thousands_of_random_neighbours_in_large_coordinates(monkeypatch):
    rng = np.random.default_rng(0)
    origin = np.array([500_000.0, 4_000_000.0])
    start = rng.uniform(0, 2000, (3000, 2)) + origin
    left = shapely.linestrings(np.stack([start, start + rng.normal(0, 30, start.shape)], 1))
    corner = rng.uniform(0, 2000, (3000, 2)) + origin
    right = shapely.box(*corner.T, *(corner + rng.uniform(1, 60, corner.shape)).T)
    reach = rng.uniform(0, 40, 3000)
    plain, fast = both(monkeypatch, lambda: geometry.pairs_within(left, right, reach))
    assert len(plain[0]) > 5000
    same(plain, fast)


def test_one_point_astray_and_one_line_across_everything(monkeypatch):
    far = LineString([(0, 0), (5e6, 5e6)])
    left = array([far, *(Point(i, i + 1) for i in range(50)), Point(-4e6, 9e6)])
    right = array([*(Point(i, i) for i in range(50)), Point(4e6, 4e6), box(-5e6, -5e6, -4e6, 9e6)])
    same(*both(monkeypatch, lambda: geometry.pairs_within(left, right, 1.0)))
