"""How much of the network is on file (普查建档): whole and undoubted records, by town, mains and courtyards apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.checks.completeness import GROUPS, setting_groups
from gridrisk.layers import schema
from gridrisk.layers.areas import holding
from gridrisk.layers.status import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

#: Columns beside town, setting and one ``known_<field>_m`` a required field.
FIGURES = ("segments", "complete", "length_m", "complete_m", "undoubted_m")


def required_fields() -> list[str]:
    """Return the fields without which the record of a pipe is not whole: those its layer requires, but its number."""
    spec = schema.load("pipes")
    return [name for name in spec.required if name != spec.id]


def filing(
    pipes: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame | None = None,
    doubted: Mapping[tuple[str, str], NDArray[np.bool_]] | None = None,
) -> pd.DataFrame:
    """Return how much of the network is on file.

    Parameters
    ----------
    pipes
        Indexed by pipe_id. Abandoned and planned ones do not count.
    towns
        By which pipes that name no town are told by where they lie.
    doubted
        By layer and field the rows of which a check doubts the field; see `Examination`.

    Returns
    -------
    DataFrame
        A row for each town (town_id, missing for pipes in none) and setting (municipal, courtyard: with risers and
        service lines, unknown) that has pipes: segments, complete (segments of which every required field is known),
        length_m, complete_m, undoubted_m (complete, and no check doubts a required field) and known_<field>_m for
        each required field, all in metres.
    """
    fields = required_fields()
    known = {name: _known(pipes[name]) for name in fields}
    whole = np.logical_and.reduce(list(known.values()))
    sure = whole.copy()
    for name in fields:
        mask = (doubted or {}).get(("pipes", name))
        sure &= ~mask if mask is not None else True
    length = shapely.length(pipes.geometry.to_numpy())
    table = pd.DataFrame(
        {
            "town_id": _towns(pipes, towns).astype("object"),
            "setting": np.array(GROUPS, dtype=object)[setting_groups(pipes["setting"])],
            "segments": 1,
            "complete": whole.astype(np.int64),
            "length_m": length,
            "complete_m": length * whole,
            "undoubted_m": length * sure,
            **{f"known_{name}_m": length * mask for name, mask in known.items()},
        }
    )
    used = standing(pipes).to_numpy(dtype=bool)
    summed: pd.DataFrame = table.loc[used].groupby(["town_id", "setting"], dropna=False, sort=True).sum().reset_index()
    return summed


def _known(column: pd.Series) -> NDArray[np.bool_]:
    return np.asarray((column.notna() & (column != "unknown").fillna(value=True)).to_numpy(dtype=bool))


def _towns(pipes: gpd.GeoDataFrame, towns: gpd.GeoDataFrame | None) -> pd.Series:
    """Return the town that each pipe names, else the one in which its middle lies."""
    named: pd.Series = pipes["town_id"].reset_index(drop=True).astype("object")
    open_ = np.flatnonzero(named.isna())
    if towns is None or towns.empty or not len(open_):
        return named
    lines = pipes.geometry.to_numpy()[open_]
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    at, inside = holding(middle, towns)
    named.iloc[open_[at]] = towns.index.to_numpy(dtype=object)[inside]
    return named
