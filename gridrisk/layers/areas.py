"""Which area of a layer holds a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def holding(points: NDArray[np.object_], areas: gpd.GeoDataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which points lie in an area, its border included, and in which.

    Parameters
    ----------
    points
        Points, missing or empty where unknown: those lie nowhere.
    areas
        On their ids. Of several that hold a point, that of the lowest id counts, whatever their order.

    Returns
    -------
    points, areas
        Positions of the points, ascending and each once, and of their areas.
    """
    point, area = shapely.STRtree(areas.geometry.to_numpy()).query(points, predicate="intersects")
    order = np.lexsort((areas.index.to_numpy(dtype=object)[area].astype(str), point))
    point, area = point[order], area[order]
    first = np.unique(point, return_index=True)[1]
    return point[first].astype(np.int64), area[first].astype(np.int64)
