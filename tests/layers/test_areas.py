"""Which area holds a point."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk.layers.areas import holding


def towns(*ids: str) -> gpd.GeoDataFrame:
    """Two towns side by side, the western one first."""
    boxes = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)]
    return gpd.GeoDataFrame(geometry=boxes, index=pd.Index(ids, dtype="str"))


def test_a_point_on_the_border_of_two_areas_lies_in_that_of_the_lower_id():
    points = np.array([shapely.Point(x, 5) for x in (15, 10, 30, 5)] + [None, shapely.Point()], dtype=object)
    for ids, border in ((("t1", "t2"), 0), (("t2", "t1"), 1)):
        point, area = holding(points, towns(*ids))
        assert point.tolist() == [0, 1, 3]
        assert area.tolist() == [1, border, 0]


def test_no_points_and_no_areas():
    assert [len(found) for found in holding(np.array([], dtype=object), towns("t1", "t2"))] == [0, 0]
    point = np.array([shapely.Point(1, 1)], dtype=object)
    assert [len(found) for found in holding(point, towns("t1", "t2").iloc[:0])] == [0, 0]
