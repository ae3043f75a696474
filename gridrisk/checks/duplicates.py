"""The same object under two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.checks.report import Failing, each
from gridrisk.crs import require_metric
from gridrisk.i18n import msg
from gridrisk.store.matching import same_place

if TYPE_CHECKING:
    import geopandas as gpd


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
