"""Geometries made fit for their layer."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from deliveries import rows_of, told
from hypothesis import given
from hypothesis import strategies as st
from shapely import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from gridrisk.layers import schema, shapes
from gridrisk.layers.collect import Collector


def fit(geometries: list[object], layer: str, collector: Collector) -> shapes.Shapes:
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    return shapes.fit(array, schema.load(layer), rows_of(len(geometries)), collector)


def broken(*places: tuple[float, float]) -> LineString:
    with np.errstate(invalid="ignore"):
        return LineString(places)


GOOD = LineString([(0, 0), (1, 1)])


@pytest.mark.parametrize(
    ("geometry", "check"),
    [
        (None, "no_geometry"),
        (LineString(), "no_geometry"),
        (broken((0, 0), (np.nan, 1)), "not_finite"),
        (broken((0, 0), (np.inf, 1)), "not_finite"),
        (box(0, 0, 1, 1), "geometry_type"),
        (Point(0, 0), "geometry_type"),
        (GeometryCollection([GOOD]), "geometry_type"),
        (LineString([(2, 2), (2, 2)]), "zero_length"),
    ],
)
def test_row_that_is_no_line_is_left_out_with_an_error(geometry: object, check: str, collector: Collector) -> None:
    found = fit([GOOD, geometry, GOOD], "pipes", collector)
    assert found.origin.tolist() == [0, 2]
    assert told(collector) == [(check, "error", 2)]


def test_line_that_crosses_itself_is_kept_and_told(collector: Collector) -> None:
    bow = LineString([(0, 0), (2, 2), (2, 0), (0, 2)])
    ring = LineString([(0, 0), (1, 0), (1, 1), (0, 0)])
    assert fit([bow, ring], "pipes", collector).origin.tolist() == [0, 1]
    assert told(collector) == [("self_crossing", "warning", 1)]


def test_heights_are_dropped_and_rings_are_lines(collector: Collector) -> None:
    found = fit([LineString([(0, 0, 5), (1, 1, 6)]), LinearRing([(0, 0), (1, 0), (1, 1)])], "pipes", collector)
    assert not shapely.has_z(found.geometry).any()
    assert {line.geom_type for line in found.geometry} == {"LineString"}
    assert found.geometry[0].equals(GOOD)


def test_contiguous_parts_become_one_line_and_others_rows_of_their_own(collector: Collector) -> None:
    joined = MultiLineString([[(0, 0), (1, 0)], [(1, 0), (2, 0)]])
    apart = MultiLineString([[(0, 0), (1, 0)], [(5, 0), (6, 0)]])
    found = fit([joined, apart, GOOD], "pipes", collector)
    assert found.origin.tolist() == [0, 1, 1, 2]
    assert found.part.tolist() == [0, 1, 2, 0]
    assert found.geometry[0].equals(LineString([(0, 0), (2, 0)]))
    assert told(collector) == [("split", "info", 2)]


def test_town_may_have_an_exclave_and_a_building_may_not(collector: Collector) -> None:
    both = MultiPolygon([box(0, 0, 1, 1), box(5, 0, 6, 1)])
    assert fit([both], "towns", collector).geometry[0].equals(both)
    assert fit([both], "buildings", collector).part.tolist() == [1, 2]
    assert fit([MultiPolygon([box(0, 0, 1, 1)])], "buildings", collector).geometry[0].geom_type == "Polygon"


def test_crossing_outline_is_mended_and_told(collector: Collector) -> None:
    found = fit([Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])], "towns", collector)
    assert found.geometry[0].is_valid
    # two triangles of base 2 and height 1
    assert found.geometry[0].area == pytest.approx(2.0)
    assert told(collector) == [("self_crossing", "warning", 1)]


def test_outline_without_area_is_an_error(collector: Collector) -> None:
    assert len(fit([Polygon([(0, 0), (1, 1), (2, 2)])], "buildings", collector).origin) == 0
    assert ("zero_length", "error", 1) in told(collector)


def test_works_may_be_drawn_in_any_way(collector: Collector) -> None:
    assert fit([Point(0, 0), GOOD, box(0, 0, 1, 1)], "works", collector).origin.tolist() == [0, 1, 2]
    assert told(collector) == []


coordinate = st.one_of(st.integers(-3, 3).map(float), st.sampled_from([np.nan, np.inf]))
points = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6)


@given(
    st.lists(
        st.one_of(
            st.none(),
            points.map(lambda p: broken(*p)),
            points.map(lambda p: MultiLineString([broken(*p), broken(*p[::-1])])),
        ),
        max_size=6,
    )
)
def test_every_row_is_kept_as_a_sound_line_or_has_an_error(geometries: list[object]) -> None:
    collector = Collector("pipes")
    found = fit(geometries, "pipes", collector)
    assert {line.geom_type for line in found.geometry} <= {"LineString"}
    assert np.isfinite(shapely.get_coordinates(found.geometry)).all()
    assert (shapely.length(found.geometry) > 0).all()
    errors = {finding.row for finding in collector.result() if finding.severity == "error"}
    assert errors | {int(i) + 1 for i in found.origin} == set(range(1, len(geometries) + 1))
    assert not errors & {int(i) + 1 for i in found.origin}
