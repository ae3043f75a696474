"""Confined spaces that pipes cross or that leaking gas may reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.geometry import gap_m, pairs_within
from gridrisk.features.pipe import flags, underground, unknown_flags
from gridrisk.features.shapes import raw_shapes, shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray


def void_pairs(
    pipes: gpd.GeoDataFrame,
    voids: gpd.GeoDataFrame,
    *,
    radius_m: pd.Series,
    reach_m: float,
    half_width_m: Mapping[str, float],
) -> pd.DataFrame:
    """Return every pipe and confined space at most `reach_m` apart.

    A space drawn as a point or line is as wide as its kind usually is (an unrecorded kind as the widest); a polygon is
    taken as drawn. Risers and overhead pipes take no part.

    Returns
    -------
    DataFrame
        ``pipe``, ``void`` (rows of the frames), ``gap_m`` (between the outer edges, m; 0: the pipe crosses or touches).
    """
    lines = raw_shapes(pipes).only(underground(pipes))
    spaces = shapes(voids)
    width = half_width_of(voids, half_width_m)
    widest = float(width.max(initial=0.0))
    radius = radius_m.to_numpy(dtype=float)
    rows, others, distance = pairs_within(lines, spaces, radius + widest + reach_m)
    gap = gap_m(distance, radius[rows] + width[others])
    near = gap <= reach_m
    return pd.DataFrame({"pipe": rows[near], "void": others[near], "gap_m": gap[near]})


def half_width_of(voids: gpd.GeoDataFrame, half_width_m: Mapping[str, float]) -> NDArray[np.float64]:
    """Return half the width of each confined space as it is drawn: 0 for a polygon, the widest of unrecorded kind."""
    usual = voids["kind"].astype(object).map(dict(half_width_m)).fillna(max(half_width_m.values()))
    return np.where(shapes(voids).areal, 0.0, usual.to_numpy(dtype=float))


def void_features(pipes: gpd.GeoDataFrame, pairs: pd.DataFrame | None) -> pd.DataFrame:
    """Count confined spaces by pipe from `void_pairs`; None where they were never surveyed.

    Returns
    -------
    DataFrame
        ``void_crossing`` (boolean), ``void_crossings`` (number of spaces crossed), ``voids_near`` (number within
        reach, crossed ones included), ``void_gap_m`` (between outer edges, to the nearest; inf: none in
        reach). Missing where unknown.
    """
    index = pipes.index
    nothing: NDArray[np.bool_] = ~raw_shapes(pipes).located
    if pairs is None:
        missing = pd.Series(pd.NA, index=index, dtype="Int64")
        return pd.DataFrame(
            {
                "void_crossing": unknown_flags(index),
                "void_crossings": missing,
                "voids_near": missing,
                "void_gap_m": np.nan,
            },
            index=index,
        )
    crossed = np.bincount(pairs.loc[pairs["gap_m"] <= 0, "pipe"], minlength=len(pipes))
    near = np.bincount(pairs["pipe"], minlength=len(pipes))
    nearest = np.where(nothing, np.nan, np.inf)
    np.minimum.at(nearest, pairs["pipe"].to_numpy(), pairs["gap_m"].to_numpy())
    return pd.DataFrame(
        {
            "void_crossing": flags(crossed > 0, nothing, index),
            "void_crossings": pd.Series(crossed, index=index, dtype="Int64").mask(nothing),
            "voids_near": pd.Series(near, index=index, dtype="Int64").mask(nothing),
            "void_gap_m": nearest,
        },
        index=index,
    )
