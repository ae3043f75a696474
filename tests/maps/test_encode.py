"""Shapes and texts survive the way into the page."""

import base64

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.maps import encode


def decode(data, origin, read):
    """Return the parts of each feature as coordinates, straight from the description of the format."""
    sizes, steps = read(data["sizes"]), read(data["xy"])
    signed = [(value >> 1) ^ -(value & 1) for value in steps]
    xy = np.cumsum(np.array(signed, dtype=float).reshape(-1, 2), axis=0) * encode.RESOLUTION_M + np.asarray(origin)
    pieces = np.split(xy, np.cumsum(sizes)[:-1]) if sizes else []
    parts = read(data["parts"]) if "parts" in data else [1] * data["n"]
    out, at = [], 0
    for number in parts:
        out.append(pieces[at : at + number])
        at += number
    return out


def test_pack_by_hand():
    # 300 = 0b10_0101100: low seven bits 0x2c with the mark 0x80, then 0x02
    assert base64.b64decode(encode.pack([0, 127, 128, 300])) == bytes([0, 127, 0x80, 1, 0xAC, 2])
    assert encode.pack([]) == ""


def test_zigzag_by_hand():
    assert encode.zigzag(np.array([0, -1, 1, -2, 2])).tolist() == [0, 1, 2, 3, 4]


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_pack_is_read_back(read_numbers, values):
    assert read_numbers(encode.pack(values)) == values


def test_too_large_a_number_is_refused():
    with pytest.raises(ValueError, match=r"2\*\*32"):
        encode.pack([2**32])


coordinate = st.floats(-5000, 5000).map(lambda value: round(value, 3))
line = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6, unique=True)


@given(st.lists(line, min_size=1, max_size=8))
def test_lines_come_back_within_half_a_step(read_numbers, lines):
    origin = (38_512_000.0, 3_165_000.0)
    shapes = gpd.GeoSeries([shapely.LineString(np.array(points) + origin) for points in lines])
    decoded = decode(encode.geometry(shapes, origin), origin, read_numbers)
    for shape, parts in zip(shapes, decoded, strict=True):
        assert len(parts) == 1
        assert np.abs(parts[0] - shapely.get_coordinates(shape)).max() <= encode.RESOLUTION_M / 2 + 1e-6


def test_every_kind_of_shape(read_numbers):
    hole = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(2, 2), (4, 2), (4, 4), (2, 4)]])
    shapes = gpd.GeoSeries(
        [
            shapely.Point(1, 2),
            None,
            shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 6), (7, 5)]]),
            shapely.MultiPolygon([hole, shapely.box(20, 20, 30, 30)]),
            shapely.LineString(),
            shapely.GeometryCollection([shapely.Point(0, 0), shapely.LineString([(0, 0), (3, 4)])]),
        ]
    )
    data = encode.geometry(shapes, (0, 0))
    assert read_numbers(data["kinds"]) == [0, 0, 1, 2, 0, 1]
    assert read_numbers(data["parts"]) == [1, 0, 2, 3, 0, 1]
    decoded = decode(data, (0, 0), read_numbers)
    assert decoded[0][0].tolist() == [[1, 2]]
    assert [len(part) for part in decoded[3]] == [5, 5, 5]
    outer, inner = (shapely.LinearRing(part) for part in decoded[3][:2])
    assert shapely.is_ccw(outer)
    assert not shapely.is_ccw(inner)
    assert decoded[5][0].tolist() == [[0, 0], [3, 4]]


def test_inputs_are_left_alone():
    shapes = gpd.GeoSeries([shapely.Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])])
    before = shapes.to_wkt().tolist()
    encode.geometry(shapes, (0, 0))
    assert shapes.to_wkt().tolist() == before


def test_words(read_numbers):
    data = encode.words(["a", None, "a", "b", "a", "a"])
    assert data["words"] == ["a", "b"]
    assert read_numbers(data["codes"]) == [1, 0, 1, 2, 1, 1]
    assert encode.words(["a", "b"]) == {"values": ["a", "b"]}
