import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_line, line, polygon, xy
from shapely.geometry import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from gridrisk.features import flat
from gridrisk.features import shapes as shapes_
from gridrisk.features.shapes import Shapes, raw_shapes, shapes
from gridrisk.layers import encoded

thing = st.one_of(any_line, polygon, xy.map(Point), st.lists(xy, min_size=1, max_size=3).map(MultiPoint))


def array(things):
    return np.array([*things, None], dtype=object)[:-1]


def frame_of(things, *, as_bytes):
    geometry = array(things)
    column = encoded.EncodedGeometry(pa.array(shapely.to_wkb(geometry), pa.binary())) if as_bytes else geometry
    return gpd.GeoDataFrame(geometry=column, crs=None)


def same(one, other):
    np.testing.assert_array_equal(one.xy, other.xy)
    for name in ("rings", "owns", "areal"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


@given(st.lists(thing, max_size=12))
@settings(max_examples=150, deadline=None)
def test_bytes_and_objects_give_the_same_arrays(things):
    geometry = array(things)
    read = flat.of_wkb(pa.array(shapely.to_wkb(geometry), pa.binary()))
    same(read, flat.of_objects(geometry))
    whole = pa.array(shapely.to_wkb(array([Point(0, 0), *things])), pa.large_binary())
    same(flat.of_wkb(whole.slice(1)), read)


@pytest.mark.parametrize("flavor", ["iso", "extended"])
def test_heights_are_left_out(flavor):
    things = array([LineString([(0, 0, 5), (1, 2, 6)]), Polygon([(0, 0, 1), (1, 0, 1), (1, 1, 1)]), Point(1, 2, 3)])
    bytes_ = shapely.to_wkb(shapely.set_srid(things, 4547), flavor=flavor, include_srid=flavor == "extended")
    same(flat.of_wkb(pa.array(bytes_, pa.binary())), flat.of_objects(shapely.force_2d(things)))


def test_what_the_loops_do_not_read_is_left_to_shapely():
    mixed = array([GeometryCollection([Point(0, 0), LineString([(5, 0), (6, 0)])])])
    for odd in (
        shapely.to_wkb(mixed),
        shapely.to_wkb(array([Point(0, 1)]), byte_order=0),
        shapely.to_wkb(array([Point()])),
    ):
        assert flat.of_wkb(pa.array(odd, pa.binary())) is None
    found = flat.of_objects(mixed)
    assert found.xy.tolist() == [[0, 0], [5, 0], [6, 0]]
    twice = GeometryCollection([box(0, 0, 2, 2), box(1, 0, 3, 2)])
    assert Shapes.of(array([twice])).length[0] == pytest.approx(10)  # united: 3 by 2


@given(st.lists(polygon, max_size=8), st.booleans())
@settings(max_examples=150, deadline=None)
def test_mended_arrays_are_those_of_mended_objects(things, compiled):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes_, "LARGE", 0 if compiled else 10**9)
        found = shapes(frame_of(things, as_bytes=compiled))
    good = [
        item if item is None or item.is_valid else shapely.make_valid(item, method="structure", keep_collapsed=True)
        for item in things
    ]
    assert [None if a is None else a.wkt for a in found.objects()] == [None if a is None else a.wkt for a in good]
    same(found.flat, flat.of_objects(array(good)))


@given(st.lists(xy, min_size=4, max_size=9))
@settings(max_examples=300, deadline=None)
def test_no_invalid_polygon_passes_for_plain(corners):
    area = Polygon(corners)
    if not area.is_valid:
        assert flat.doubtful(flat.of_objects(array([area])), compiled=True).tolist() == [0]


def test_most_valid_polygons_need_no_second_look():
    houses = array([box(1e6, 4e6, 1e6 + 12, 4e6 + 9), Polygon([(0, 0), (9, 0), (9, 9), (4, 9), (4, 4), (0, 4)])])
    assert len(flat.doubtful(flat.of_objects(houses), compiled=True)) == 0
    holed = MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])
    assert flat.doubtful(flat.of_objects(array([holed])), compiled=True).tolist() == [0]


@given(st.lists(any_line, min_size=1, max_size=6), st.randoms())
@settings(max_examples=100, deadline=None)
def test_lines_there_and_back(things, random):
    whole = flat.of_objects(array(things))
    rows = np.array([random.randrange(len(things)) for _ in range(4)])
    back = whole.objects(rows)
    for row, item in zip(rows, back, strict=True):
        if things[row] is None or things[row].is_empty:
            assert item is None
        else:
            assert shapely.length(item) == pytest.approx(things[row].length)
    same(flat.of_objects(back), whole.take(rows))
    assert whole.length[rows] == pytest.approx(np.nan_to_num(shapely.length(array(things))[rows]))


@given(st.lists(line, min_size=1, max_size=5), st.sampled_from([0.5, 1.0, 3.0, 100.0]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_shortened_line_is_the_rest_of_it(lines, by, at_start):
    rows = np.arange(len(lines))
    cut = flat.shortened(flat.of_objects(array(lines)), rows, rows, np.full(len(lines), at_start), by)
    for item, rest in zip(lines, cut.objects(rows), strict=True):
        if item.length <= by:
            assert rest is None
            continue
        span = (by, item.length) if at_start else (0, item.length - by)
        assert rest.length == pytest.approx(item.length - by, abs=1e-9)
        assert rest.hausdorff_distance(shapely.ops.substring(item, *span)) < 1e-9


def test_what_is_worked_out_is_kept_with_the_frame():
    frame = frame_of([box(0, 0, 1, 1)], as_bytes=True)
    assert raw_shapes(frame).flat is raw_shapes(frame.copy()).flat
