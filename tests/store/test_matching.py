"""Which object is which under a new number, against all pairs."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.layers import schema
from gridrisk.store import matching

TOLERANCE_M = 0.5


def pipes(rows):
    """Rows by id: x of a line ten metres long, material, diameter."""
    frame = gpd.GeoDataFrame(
        {
            "pipe_id": list(rows),
            "material": [m for _, m, _ in rows.values()],
            "diameter_mm": [d for *_, d in rows.values()],
        },
        geometry=[None if x is None else shapely.LineString([(x, 0), (x + 10, 0)]) for x, *_ in rows.values()],
        crs="EPSG:4547",
    )
    return schema.complete(frame, "pipes")


def found(old, new):
    return matching.renumbered(pipes(old), pipes(new), tolerance_m=TOLERANCE_M, fields=["material", "diameter_mm"])


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ((0, "pe", 110), (0, "pe", 110), True),
        ((0, "pe", 110), (0.5, "pe", 110), True),
        ((0, "pe", 110), (0.51, "pe", 110), False),
        ((0, "pe", 110), (0, "steel", 110), False),
        ((0, "pe", 110), (0, "unknown", None), True),
        ((0, None, None), (0, "steel", 110), True),
        ((0, "pe", 110), (0, "pe", 160), False),
        ((0, "pe", 110), (None, "pe", 110), False),
    ],
)
def test_one_pair(old, new, same):
    pairs = found({"a": old}, {"b": new}).pairs
    assert pairs.to_dict() == ({"b": "a"} if same else {})


def test_what_keeps_its_number_is_not_asked():
    assert found({"a": (0, "pe", 110)}, {"a": (0, "pe", 110), "b": (0, "pe", 110)}).pairs.empty


ROWS = st.tuples(
    st.one_of(st.none(), st.integers(0, 8).map(lambda v: v / 4)),
    st.sampled_from(["pe", "steel", "unknown", None]),
    st.sampled_from([110.0, 160.0, None]),
)
LAYER = st.dictionaries(st.sampled_from("abcdefgh"), ROWS, min_size=1, max_size=6)


def alike(one, other):
    if one[0] is None or other[0] is None or abs(one[0] - other[0]) > TOLERANCE_M:
        return False
    return all(
        a in {None, "unknown"} or b in {None, "unknown"} or a == b for a, b in zip(one[1:], other[1:], strict=True)
    )


@given(LAYER, LAYER)
def test_pairs_are_the_mutually_single_ones(old, new):
    gone = {k: v for k, v in old.items() if k not in new}
    come = {k: v for k, v in new.items() if k not in old}

    def once(rows):
        drawn = [row[0] for row in rows.values()]
        return {k: v for k, v in rows.items() if v[0] is not None and drawn.count(v[0]) == 1}

    gone, come = once(gone), once(come)
    candidates = [(n, o) for n in come for o in gone if alike(come[n], gone[o])]
    single = {
        n: o
        for n, o in candidates
        if sum(n == other for other, _ in candidates) == 1 and sum(o == other for _, other in candidates) == 1
    }
    result = found(old, new)
    assert result.pairs.to_dict() == single
    assert set(result.unclear) == {n for n, _ in candidates} - single.keys()


def test_renamed_changes_the_number_alone():
    frame = pipes({"a": (0, "pe", 110), "b": (5, "pe", 110)})
    named = matching.renamed(frame, pd.Series({"z": "a"}))
    assert named.index.tolist() == ["z", "b"]
    assert named.index.name == "pipe_id"
    assert frame.index.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("ids", "runs"),
    [
        (["1", "2", "3"], True),
        (["3", "1", "2", "0"], True),
        (["1", "2"], False),
        (["1", "2", "4"], False),
        (["2", "3", "4"], False),
        (["1", "2", "02"], False),
        (["GD1", "GD2", "GD3"], False),
    ],
)
def test_numbers_that_only_count_rows(ids, runs):
    assert matching.running(pd.Index(ids, dtype="str")) is runs
