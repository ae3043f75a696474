import itertools

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import any_line, pipes
from shapely.geometry import LineString, MultiLineString

from gridrisk import features
from gridrisk.features import mean_along
from gridrisk.layers.raster import Raster

# four cells of 5 m, the upper left at (0, 10):   1 2
#                                                 3 .
SMALL = Raster(np.array([[1.0, 2.0], [3.0, np.nan]]), Affine(5, 0, 0, 0, -5, 10))


def one(item, raster=SMALL):
    return mean_along(pipes([item]), raster).iloc[0]


def test_by_hand():
    assert one(LineString([(1, 6), (3, 6)])) == 1
    assert one(LineString([(4, 7), (8, 7)])) == pytest.approx((1 * 1 + 3 * 2) / 4)
    assert one(LineString([(2, 9), (2, 1)])) == pytest.approx(2.0)  # 4 m of 1, 4 m of 3
    assert one(LineString([(2.5, 2.5), (7.5, 2.5)])) == 3  # the rest has no value
    assert np.isnan(one(LineString([(6, 1), (9, 1)])))
    assert np.isnan(one(LineString([(-9, 1), (-1, 1)])))
    assert one(LineString([(-5, 6), (5, 6)])) == 1  # half of it outside
    assert one(LineString([(7, 7), (7, 7)])) == 2
    assert one(MultiLineString([[(1, 6), (2, 6)], [(6, 6), (9, 6)]])) == pytest.approx((1 + 3 * 2) / 4)


def test_without_raster_or_place_it_is_unknown():
    assert np.isnan(one(LineString([(1, 6), (3, 6)]), None))
    assert np.isnan(one(None))
    assert np.isnan(one(LineString()))


@settings(max_examples=60)
@given(st.lists(any_line, min_size=1, max_size=3), st.integers(0, 99))
def test_the_mean_is_that_of_clipping_with_every_cell(lines, seed):
    values = np.random.default_rng(seed).uniform(0, 1, (4, 5))
    # an odd cell size keeps lines off the borders of cells, where either side would do
    raster = Raster(values, Affine(2.77, 0, 0.013, 0, -3.11, 12.031))
    found = mean_along(pipes(lines), raster)
    inverse, share = ~raster.transform, (np.arange(500) + 0.5)[:, None] / 500
    for item, value in zip(lines, found, strict=True):
        if item is None or item.length == 0:
            continue
        total = weight = 0.0
        for part in getattr(item, "geoms", [item]):
            for a, b in itertools.pairwise(np.array(part.coords)):
                x, y = (a + (b - a) * share).T
                column, row = inverse.a * x + inverse.c, inverse.e * y + inverse.f
                inside = (column >= 0) & (column < 5) & (row >= 0) & (row < 4)
                step = np.hypot(*(b - a)) / 500
                total += values[row[inside].astype(int), column[inside].astype(int)].sum() * step
                weight += inside.sum() * step
        assert value == pytest.approx(total / weight, abs=0.01) if weight else np.isnan(value)


def test_a_raster_that_ends_inside_the_city_is_told():
    frame = pipes([LineString([(1, 1), (9, 1)]), LineString([(5, 5), (25, 5)]), LineString([(40, 5), (50, 5)]), None])
    raster = Raster(np.full((2, 2), 1.0), Affine(5, 0, 0, 0, -5, 10))  # 0 to 10 m
    (finding,) = features.raster_findings(frame, {"population": raster})
    assert (finding.layer, finding.check) == ("population", "raster_coverage")
    assert finding.message.args == {"raster": "population", "count": 2, "all": 3, "blank": 1, "id": "b"}
    assert features.raster_findings(frame.iloc[:1], {"population": raster}) == []
    assert features.raster_findings(frame.iloc[3:], {"population": raster}) == []
