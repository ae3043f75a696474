import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_line, polygon, xy
from shapely.geometry import Point
from test_flat import array, both, same, thing, valid, walker

from gridrisk.features import geometry
from gridrisk.features.search import Rough


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as context:
        yield context


@given(
    st.lists(walker, min_size=12, max_size=30),
    st.lists(thing, min_size=1, max_size=3),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5, 40.0, np.nan]), min_size=30, max_size=30),
)
@settings(max_examples=120, deadline=None)
def test_few_are_looked_up_among_many_with_the_same_pairs(patch, left, right, reach):
    left, right = array(left), valid(right)
    same(*both(patch, lambda: geometry.pairs_within(left, right, np.array(reach[: len(left)]))))


@given(st.lists(walker, min_size=1, max_size=3), st.lists(thing, min_size=12, max_size=30))
@settings(max_examples=60, deadline=None)
def test_many_are_looked_up_by_few_with_the_same_pairs(patch, left, right):
    left, right = array(left), valid(right)
    same(*both(patch, lambda: geometry.pairs_within(left, right, 1.5)))


@given(
    st.lists(st.one_of(any_line, xy.map(Point)), min_size=1, max_size=8),
    st.lists(polygon, min_size=1, max_size=12),
    st.sampled_from([0.0, 1.0, 3.0, 20.0]),
    st.sampled_from([0.5, 4.0, 8.0]),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_rough_distances_are_exact_where_they_are_asked(patch, left, right, start, end, data):
    left, right = array(left), valid(right)
    loose = np.array(data.draw(st.lists(st.booleans(), min_size=len(right), max_size=len(right))))
    rough = Rough(loose, np.full(len(left), start), np.full(len(left), end))
    plain, fast = both(patch, lambda: geometry.pairs_within(left, right, 10.0, rough=rough))
    assert plain[0].tolist() == fast[0].tolist()
    assert plain[1].tolist() == fast[1].tolist()
    exact, found = plain[2], fast[2]
    open_ = loose[plain[1]] & (exact > start) & (exact < end)
    np.testing.assert_allclose(found[~open_], exact[~open_], rtol=0, atol=1e-6)
    assert ((found[open_] >= exact[open_] - 1e-9) & (found[open_] <= end)).all()


def test_points_are_found_among_many_points():
    rng = np.random.default_rng(3)
    many = shapely.points(rng.uniform(0, 3000, (25_000, 2)))
    few = shapely.points(rng.uniform(0, 3000, (40, 2)))
    for left, right in ((many, few), (few, many)):
        rows, others, distance = geometry.pairs_within(left, right, 15.0)
        apart = shapely.distance(left[:, None], right[None, :])
        assert list(zip(rows, others, strict=True)) == list(map(tuple, np.argwhere(apart <= 15.0)))
        np.testing.assert_allclose(distance, apart[rows, others], rtol=0, atol=1e-9)
