import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.features.columns import blanked, chosen, codes_of, combinations_of, named, numbers_of, rows_of, taken

TEXTS = pd.Series(["b", None, "a", "x"], index=list("pqrs"), dtype="str")


def test_names_by_code():
    found = chosen(np.array([1, -1, 0]), ["u", "v"], pd.RangeIndex(3))
    pd.testing.assert_series_equal(found, pd.Series(["v", None, "u"], dtype="str"))


def test_codes_tell_strange_from_missing():
    assert codes_of(TEXTS, ["a", "b"]).tolist() == [1, -2, 0, -1]
    found = numbers_of(TEXTS, {"a": 1.0, "b": 2.0})
    np.testing.assert_array_equal(found, [2.0, np.nan, 1.0, np.nan])


def test_blanked_and_taken():
    mask = np.array([True, False, False, True])
    pd.testing.assert_series_equal(blanked(TEXTS, mask), TEXTS.mask(mask))
    again = taken(TEXTS, np.array([3, -1, 0]), pd.RangeIndex(3))
    pd.testing.assert_series_equal(again, pd.Series(["x", None, "b"], dtype="str"))


def test_rows_of_an_index():
    assert rows_of(TEXTS, pd.Index(["x", "a", "y"])).tolist() == [-1, -1, 1, 0]
    assert rows_of(TEXTS.iloc[:0], pd.Index(["x"])).tolist() == []


def test_names_are_joined_in_the_order_given():
    masks = {"x": np.array([True, False, True]), "y": np.array([True, False, False])}
    assert named(masks, pd.RangeIndex(3)).tolist() == ["x,y", "", "x"]
    many = {f"{n:02}": np.array([n in {0, 20}, False]) for n in range(21)}
    assert named(many, pd.RangeIndex(2), "; ").tolist() == ["00; 20", ""]


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 400_000), st.integers(-1, 2)), max_size=40))
def test_combinations_are_those_of_unique(rows):
    # the wide one does not fit a table and is sorted
    codes = np.array(rows, dtype=np.int64).reshape(-1, 3)
    first, place = combinations_of(*codes.T)
    _, first_, place_ = np.unique(codes, axis=0, return_index=True, return_inverse=True)
    assert first.tolist() == first_.tolist()
    assert place.tolist() == place_.reshape(-1).tolist()
