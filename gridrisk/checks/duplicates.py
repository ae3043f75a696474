"""The same object under two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.checks.report import Failing, each
from gridrisk.crs import require_metric
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def check_one_number_per_place(layer: str, frame: gpd.GeoDataFrame, tolerance_m: float) -> Failing:
    """Does each place have one object only?

    Two lines are the same place where their Hausdorff distance is at most `tolerance_m`; the direction of drawing
    does not matter. Points are the same place within it.
    """
    require_metric(frame, layer)
    shapes = frame.geometry.to_numpy()
    # what is drawn alike is one shape first: a thousand copies are no million pairs
    shape = pd.factorize(shapely.to_wkb(shapely.normalize(shapes)), use_na_sentinel=True)[0]
    placed = np.flatnonzero(shape >= 0)
    first = np.arange(len(frame))
    _, begin = np.unique(shape[placed], return_index=True)
    drawn = placed[begin]
    first[placed] = drawn[shape[placed]]
    left, right = same_place(shapes[drawn], shapes[drawn], tolerance_m)
    earlier = np.arange(len(drawn))
    np.minimum.at(earlier, right, left)
    first[placed] = drawn[earlier][shape[placed]]
    failing = first < np.arange(len(frame))
    return each(
        frame.assign(same_place_as=frame.index.to_numpy(dtype=object)[first]),
        failing,
        layer=layer,
        check="one_number_per_place",
        message=lambda key, row: msg(
            "{layer} ({id}) lies exactly where {other} lies; keep one of the two numbers",
            layer=layer,
            id=key,
            other=row["same_place_as"],
        ),
    )


def same_place(
    one: NDArray[np.object_], other: NDArray[np.object_], tolerance_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs (position in `one`, position in `other`) whose Hausdorff distance is at most `tolerance_m`.

    Either may hold missing shapes, which are nowhere. Candidates are shapes with middles within twice the tolerance
    and lengths within four times: a line that wanders more than that within the tolerance of the other is not found.
    """
    middles = [_middles(shapes) for shapes in (one, other)]
    left, right = shapely.STRtree(middles[1]).query(middles[0], predicate="dwithin", distance=2 * tolerance_m)
    sizes = [shapely.length(shapes) for shapes in (one, other)]
    alike = np.abs(sizes[0][left] - sizes[1][right]) <= 4 * tolerance_m
    left, right = left[alike], right[alike]
    near = shapely.hausdorff_distance(one[left], other[right]) <= tolerance_m
    return left[near], right[near]


def _middles(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    lines = np.isin(shapely.get_type_id(shapes), [shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING])
    middles: NDArray[np.object_] = shapely.centroid(shapes)
    middles[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    return middles
