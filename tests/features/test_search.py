import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_flat import array, both, same, thing, valid, walker

from gridrisk.features import geometry


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


def test_points_are_found_among_many_points():
    rng = np.random.default_rng(3)
    many = shapely.points(rng.uniform(0, 3000, (25_000, 2)))
    few = shapely.points(rng.uniform(0, 3000, (40, 2)))
    for left, right in ((many, few), (few, many)):
        rows, others, distance = geometry.pairs_within(left, right, 15.0)
        apart = shapely.distance(left[:, None], right[None, :])
        assert list(zip(rows, others, strict=True)) == list(map(tuple, np.argwhere(apart <= 15.0)))
        np.testing.assert_allclose(distance, apart[rows, others], rtol=0, atol=1e-9)
