"""The same pipe under two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridrisk.checks.report import each
from gridrisk.crs import require_metric
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import geopandas as gpd

    from gridrisk.findings import Finding


def check_one_number_per_place(pipes: gpd.GeoDataFrame, tolerance_m: float) -> list[Finding]:
    """Does each place have one pipe only?

    Two lines are the same place where their Hausdorff distance is at most `tolerance_m`; the direction of drawing
    does not matter.
    """
    require_metric(pipes, "pipes")
    lines = pipes.geometry.to_numpy()
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    left, right = shapely.STRtree(middles).query(middles, predicate="dwithin", distance=2 * tolerance_m)
    left, right = left[left < right], right[left < right]
    alike = np.abs(shapely.length(lines[left]) - shapely.length(lines[right])) <= 4 * tolerance_m
    left, right = left[alike], right[alike]
    same = shapely.hausdorff_distance(lines[left], lines[right]) <= tolerance_m
    twin: dict[int, int] = {}
    for first, second in zip(left[same], right[same], strict=True):
        twin.setdefault(int(second), int(first))
    failing = np.zeros(len(pipes), dtype=bool)
    failing[list(twin)] = True
    other = {str(pipes.index[second]): str(pipes.index[first]) for second, first in twin.items()}
    return each(
        pipes,
        failing,
        layer="pipes",
        check="one_number_per_place",
        message=lambda key, _: msg(
            "pipes ({id}) lies exactly where {other} lies; keep one of the two numbers", id=key, other=other[key]
        ),
    )
