import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from shapely.geometry import LineString, Point

from gridrisk.layers.encoded import EncodedGeometry

THINGS = np.array([Point(0, 1), LineString([(0, 0), (2, 0)]), None, Point(3, 4)], dtype=object)


@pytest.fixture
def column():
    return EncodedGeometry(pa.array(shapely.to_wkb(THINGS), pa.binary()), "EPSG:4547")


@pytest.fixture
def frame(column):
    return gpd.GeoDataFrame({"n": range(4)}, geometry=column, index=list("abcd"))


def made(column):
    """Whether shapely objects have been made."""
    return column._source.objects is not None


def test_frames_are_cut_and_ordered_without_making_an_object(frame):
    parts = [
        frame[frame["n"] > 1],
        frame.iloc[[3, -3, 0]],
        frame.iloc[1:3],
        frame.loc[["d", "a"]],
        frame.sort_values("n", ascending=False),
        frame.reindex(["c", "z", "b"]),
        frame.copy(),
    ]
    assert not any(made(part.geometry.array) for part in parts)
    assert [len(part) for part in parts] == [2, 3, 2, 2, 4, 3, 4]
    assert parts[1].geometry.tolist() == [THINGS[3], THINGS[1], THINGS[0]]
    assert parts[2].geometry.tolist() == [THINGS[1], None]
    assert parts[5].geometry.tolist() == [None, None, THINGS[1]]
    assert all(part.crs == frame.crs for part in parts)


def test_missing_ones_are_known_without_objects(frame):
    assert frame.geometry.isna().tolist() == [False, False, True, False]
    assert not made(frame.geometry.array)


def test_for_everybody_else_it_is_an_ordinary_column(frame):
    plain = gpd.GeoDataFrame({"n": range(4)}, geometry=THINGS, index=list("abcd"), crs="EPSG:4547")
    assert frame.geometry.length.equals(plain.geometry.length)
    assert frame.total_bounds.tolist() == [0, 0, 3, 4]
    assert frame.to_crs("EPSG:4490").geometry.iloc[2] is None
    assert pd.concat([frame, plain]).geometry.tolist() == [*THINGS, *THINGS]
    assert pickle.loads(pickle.dumps(frame)).geometry.tolist() == list(THINGS)
    assert frame.iloc[::2].geometry.tolist() == [THINGS[0], None]


def test_writing_changes_one_column_only(frame):
    other = frame.copy()
    other.loc["a", "geometry"] = Point(9, 9)
    assert other.geometry.iloc[0] == Point(9, 9)
    assert frame.geometry.iloc[0] == THINGS[0]


def test_some_objects(column):
    assert column.objects(np.array([3, 0])).tolist() == [THINGS[3], THINGS[0]]
    assert not made(column)
    assert EncodedGeometry.sharing(THINGS).objects(np.array([1])).tolist() == [THINGS[1]]


def test_no_rows():
    empty = EncodedGeometry(pa.chunked_array([], pa.binary()))
    assert len(gpd.GeoDataFrame(geometry=empty)) == 0
    assert empty.take([-1], allow_fill=True).tolist() == [None]
