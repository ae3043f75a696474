import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_line, layer, line, polygon
from shapely.geometry import LineString, Point, Polygon

from gridrisk.features.geometry import (
    gap_m,
    merge_stretches,
    near_stretches,
    pairs_within,
    segments,
)
from gridrisk.features.shapes import Shapes, shapes


def array(items):
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


@settings(max_examples=50)
@given(
    st.lists(any_line, min_size=1, max_size=4),
    st.lists(st.one_of(any_line, polygon), max_size=4),
    st.sampled_from([0.0, 0.5, 1.0, 3.0]),
)
def test_pairs_are_those_of_brute_force(left, right, reach):
    right = shapes(layer("works", right)).objects()
    rows, cols, distance = pairs_within(array(left), right, reach)
    expected = {}
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if (
                a is not None
                and b is not None
                and not a.is_empty
                and not b.is_empty
                and round(a.distance(b) - reach, 6) <= 0
            ):
                expected[i, j] = a.distance(b)
    assert {(i, j): d for i, j, d in zip(rows, cols, distance, strict=True)} == pytest.approx(expected)


def test_a_reach_that_is_unknown_finds_nothing():
    point = array([Point(0, 0)])
    assert len(pairs_within(point, point, np.array([np.nan]))[0]) == 0


def test_gaps_are_compared_to_the_micrometre():
    # in floating point 0.8 - 0.3 is 0.5, but 1.1 - 0.6 is a hair more
    assert gap_m(np.array([1.1, 0.05]), np.array([0.6, 0.1])).tolist() == [0.5, 0.0]


def test_a_self_crossing_polygon_keeps_both_lobes_and_an_areal_line_stays():
    bowtie, flat = Polygon([(0, 0), (4, 4), (4, 0), (0, 4)]), Polygon([(0, 0), (4, 0), (8, 0)])
    mended = shapes(layer("buildings", [bowtie, flat, None, Polygon()])).objects()
    assert mended[0].area == pytest.approx(8.0)  # two triangles of base 4 and height 2
    assert mended[1].area == 0
    assert mended[1].bounds == (0, 0, 8, 0)
    assert mended[2] is None
    assert mended[3].is_empty


@settings(max_examples=50)
@given(st.lists(any_line, min_size=1, max_size=5))
def test_segments_have_the_length_and_place_of_the_lines(lines):
    given_ = array(lines)
    found = segments(given_)
    length = np.bincount(found.owner, weights=found.length_m, minlength=len(lines))
    assert length == pytest.approx(np.where(shapely.is_missing(given_), 0.0, np.nan_to_num(shapely.length(given_))))
    parts = shapely.get_parts(given_)
    parts = parts[~shapely.is_empty(parts)]
    for part, chainage, start in zip(found.part, found.chainage_m, found.start, strict=True):
        before = shapely.get_coordinates(parts[part])
        assert any(np.allclose(start, xy) for xy in before)
        assert 0 <= chainage < parts[part].length


@settings(max_examples=50)
@given(line, line, st.sampled_from([0.5, 1.0, 2.5]))
def test_stretches_near_a_segment_are_those_of_bisection(first, second, distance):
    own, other = segments(array([first])), segments(array([second]), points=True)
    if not len(own.owner):
        return
    rows, cols = (grid.ravel() for grid in np.meshgrid(np.arange(len(own.owner)), np.arange(len(other.owner))))
    start, end = near_stretches(own, other, rows, cols, distance)
    pieces, others = own.lines(), other.lines()
    for k in range(len(rows)):
        piece, base = pieces[rows[k]], own.chainage_m[rows[k]]
        t = np.linspace(0, piece.length, 201)
        inside = shapely.distance(shapely.line_interpolate_point(piece, t), others[cols[k]]) <= distance
        clear = np.abs(shapely.distance(shapely.line_interpolate_point(piece, t), others[cols[k]]) - distance) > 1e-9
        within = (t + base >= start[k]) & (t + base <= end[k])
        assert (inside == within)[clear].all()
        if start[k] < end[k]:  # the ends are exactly where the distance is, or the ends of the piece
            for place in (start[k] - base, end[k] - base):
                away = piece.interpolate(place).distance(others[cols[k]])
                assert away == pytest.approx(distance, abs=1e-6) or (
                    away < distance and min(place, piece.length - place) < 1e-9
                )


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(0, 6)), max_size=12))
def test_merged_stretches_cover_the_same_points(items):
    group = np.array([g for g, _, _ in items], dtype=np.int64)
    start = np.array([float(a) for _, a, _ in items])
    end = start + np.array([float(w) for _, _, w in items])
    run, of, low, high = merge_stretches(group, start, end)
    for g in range(3):
        for x in np.arange(0, 27, 0.5):
            before = any(a <= x <= b for k, a, b in zip(group, start, end, strict=True) if k == g)
            assert before == any(a <= x <= b for k, a, b in zip(of, low, high, strict=True) if k == g)
        mine = np.flatnonzero(of == g)
        assert (low[mine][1:] > high[mine][:-1]).all()  # apart and in order
    assert (of[run] == group).all()
    assert ((low[run] <= start) & (end <= high[run])).all()


def test_only_blanks_the_rest():
    lines = Shapes.of(array([LineString([(0, 0), (1, 0)]), LineString([(0, 0), (2, 0)])]))
    one = lines.only(np.array([False, True]))
    assert one.objects().tolist() == [None, LineString([(0, 0), (2, 0)])]
    assert one.located.tolist() == [False, True]
    assert lines.located.all()
