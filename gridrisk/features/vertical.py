"""Vertical clearances where utilities cross above or below pipes, after GB 50028 6.3.3-2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.geometry import DECIMALS
from gridrisk.features.pipe import flags, joined, underground, unknown_flags
from gridrisk.features.shapes import raw_shapes
from gridrisk.features.shared_trench import near_utilities

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.features.geometry import SegmentPairs
    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]

_CROSS_M = 1e-6
_IN_DUCT = ("duct", "trench", "tunnel")


def vertical_clearance(
    pipes: gpd.GeoDataFrame,
    utilities: gpd.GeoDataFrame | None,
    surroundings: Parameters,
    *,
    radius_m: pd.Series,
    near: SegmentPairs | None = None,
) -> pd.DataFrame:
    """Return whether a utility crosses a pipe with less height between them than the table asks.

    Depths are those of cover. A utility below the pipe leaves its depth less that of the pipe and its diameter; of one
    above only the most it can leave is known, the difference of the depths, for its own height is not recorded: too
    little is certain, enough is not. Without both depths, or between the least and the most the table may ask, the
    answer is unknown.

    Returns
    -------
    DataFrame
        ``crossings`` (number of utilities whose axis meets that of the pipe); ``vertical_clearance`` (boolean: less
        than the table), ``vertical_kinds`` (text, by commas), ``vertical_shortfall_m`` (m, the greatest; 0: none; for
        a utility above at least this much). Missing where unknown; risers and overhead pipes cross nothing.
    """
    index = pipes.index
    if utilities is None:
        return pd.DataFrame(
            {
                "crossings": pd.Series(pd.NA, index=index, dtype="Int64"),
                "vertical_clearance": unknown_flags(index),
                "vertical_kinds": pd.Series(np.nan, index=index, dtype="str"),
                "vertical_shortfall_m": np.nan,
            },
            index=index,
        )
    near = near or near_utilities(pipes, utilities, reach_m=np.where(underground(pipes), 0.0, np.nan))
    meet = near.distance_m <= _CROSS_M
    key = near.own.owner[near.row[meet]].astype(np.int64) * len(utilities) + near.other.owner[near.col[meet]]
    rows, cols = np.divmod(np.unique(key), max(len(utilities), 1))
    least, most = _required(utilities[["kind", "laying"]].iloc[cols], surroundings)
    gap, above = _gap(pipes, utilities, radius_m, rows, cols)
    short = np.round(least - gap, DECIMALS)
    broken = short > 0
    enough = ~above & (np.round(most - gap, DECIMALS) <= 0)
    found, doubtful = np.zeros(len(pipes), dtype=bool), ~raw_shapes(pipes).located
    found[rows[broken]] = True
    doubtful[rows[~broken & ~enough]] = True
    worst = np.zeros(len(pipes))
    np.maximum.at(worst, rows[broken], short[broken])
    kinds = utilities["kind"].array.take(cols[broken]).fillna("unknown")
    count = pd.Series(np.bincount(rows, minlength=len(pipes)), index=index, dtype="Int64")
    return pd.DataFrame(
        {
            "crossings": count.mask(~raw_shapes(pipes).located),
            "vertical_clearance": flags(found, doubtful, index),
            "vertical_kinds": joined(rows[broken], kinds, index),
            "vertical_shortfall_m": np.where(doubtful & ~found, np.nan, worst),
        },
        index=index,
    )


def _gap(
    pipes: gpd.GeoDataFrame,
    utilities: gpd.GeoDataFrame,
    radius_m: pd.Series,
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the height between pipe and utility, NaN where unknown, and whether it is the most it can be."""
    cover = pipes["depth_m"].to_numpy(dtype=float)[rows]
    bottom = cover + 2 * radius_m.to_numpy(dtype=float)[rows]
    depth = utilities["depth_m"].to_numpy(dtype=float)[cols]
    above = depth < cover
    return np.where(above, cover - depth, np.maximum(depth - bottom, 0.0)), above


def _required(utilities: pd.DataFrame, surroundings: Parameters) -> tuple[Floats, Floats]:
    """Return the least and the greatest height the table may ask of each utility."""
    ducted = utilities["laying"].isin(_IN_DUCT).to_numpy(dtype=bool)
    direct = (utilities["laying"] == "direct").fillna(False).to_numpy(dtype=bool)
    code, kind_names = pd.factorize(utilities["kind"])
    kinds = np.array([*kind_names, None], dtype=object)[code]
    names = {name: surroundings.number(f"vertical.{name}") for name in surroundings.group("vertical")}
    least = np.full(len(utilities), min(names.values()))
    most = np.full(len(utilities), max(names.values()))
    for kind in {name.split(".")[0] for name in names}:
        rows = {name.split(".")[1]: value for name, value in names.items() if name.split(".")[0] == kind}
        use = kinds == kind
        least[use], most[use] = min(rows.values()), max(rows.values())
        for laid, row in ((direct, "direct"), (ducted, "duct")):
            if row in rows:
                least[use & laid] = most[use & laid] = rows[row]
    return least, most
