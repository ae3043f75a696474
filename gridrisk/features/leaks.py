"""Leaks of each pipe, and for how long they have been recorded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.columns import rows_of, taken
from gridrisk.features.geometry import DECIMALS, pairs_within
from gridrisk.features.shapes import raw_shapes

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_DAYS = 365.2425


def attribute(leaks: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, *, snap_m: float, as_of: dt.date) -> pd.Series:
    """Return the pipe each leak belongs to: the recorded one, else the nearest within `snap_m` that lay there then.

    A leak after `as_of` belongs to none, nor does one whose recorded pipe is not in the layer (it has been replaced:
    the new pipe does not inherit its leaks), nor one found before the year its pipe was laid.

    Returns
    -------
    Series
        ``pipe_id`` on leak_id, missing where none.
    """
    row = attributed_rows(leaks, pipes, snap_m=snap_m, as_of=as_of)
    return taken(pd.Series(pipes.index.array), row, leaks.index).astype("str").rename(leaks["pipe_id"].name)


def attributed_rows(
    leaks: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, *, snap_m: float, as_of: dt.date
) -> NDArray[np.int64]:
    """Return the row of the pipe each leak belongs to, as `attribute` has it; -1 where none."""
    recorded = leaks["pipe_id"]
    row = rows_of(recorded, pipes.index)
    loose = recorded.isna().to_numpy(dtype=bool)
    if loose.any():
        at, near, distance = pairs_within(raw_shapes(leaks).only(loose), raw_shapes(pipes), snap_m)
        there = _lay_there(pipes, near, leaks["found_on"].to_numpy(dtype="datetime64[D]")[at])
        at, near, distance = at[there], near[there], distance[there]
        # of equally near pipes the first by name, whatever the order of rows
        name = pd.Series(pipes.index.take(near).array)
        nearest = pd.DataFrame({"leak": at, "away": np.round(distance, DECIMALS), "pipe": name, "row": near})
        nearest = nearest.sort_values(["leak", "away", "pipe"]).drop_duplicates("leak")
        row[nearest["leak"].to_numpy()] = nearest["row"].to_numpy()
    found = leaks["found_on"]
    laid = np.append(pipes["install_year"].to_numpy(dtype=float, na_value=np.nan), np.nan)[row]
    refused = (found > pd.Timestamp(as_of)) | (found.dt.year < laid)
    return np.where(refused.fillna(False).to_numpy(dtype=bool), -1, row)


def _lay_there(pipes: gpd.GeoDataFrame, rows: NDArray[np.int64], found: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Say which pipes had been laid and not yet been taken out on a day; what is not known counts as there."""
    laid = pipes["install_year"].to_numpy(dtype=float, na_value=np.nan)[rows]
    gone = pipes["retired_on"].to_numpy(dtype="datetime64[D]")[rows]
    year = found.astype("datetime64[Y]").astype(float) + 1970
    with np.errstate(invalid="ignore"):
        there: NDArray[np.bool_] = np.isnat(found) | ~((year < laid) | (gone < found))
    return there


def leak_features(
    pipes: gpd.GeoDataFrame, leaks: gpd.GeoDataFrame | None, *, snap_m: float, as_of: dt.date
) -> pd.DataFrame:
    """Return the leaks on record of each pipe and the years they were recorded for.

    Returns
    -------
    DataFrame
        ``leaks`` (number, see `attribute`); ``exposure_years`` (a): from the later of installation (middle of its
        year) and `record_start` to `as_of`, or to the day on which the pipe was taken out of use; a pipe of unknown
        year counts as laid before the record begins, for its leaks are on it. NaN where nothing is on record. Leaks
        are missing where the layer is.
    """
    if leaks is None:
        return pd.DataFrame(
            {"leaks": pd.Series(pd.NA, index=pipes.index, dtype="Int64"), "exposure_years": np.nan}, index=pipes.index
        )
    row = attributed_rows(leaks, pipes, snap_m=snap_m, as_of=as_of)
    counts = np.bincount(row[row >= 0], minlength=len(pipes))
    start = record_start(leaks, as_of=as_of)
    years = pd.Series(np.nan, index=pipes.index)
    if start is not None:
        laid = np.nan_to_num(pipes["install_year"].to_numpy(dtype=float, na_value=np.nan) + 0.5, nan=-np.inf)
        years = pd.Series(np.maximum(_last_years(pipes, as_of) - np.maximum(laid, start), 0.0), index=pipes.index)
    return pd.DataFrame(
        {"leaks": pd.Series(counts, index=pipes.index, dtype="Int64"), "exposure_years": years}, index=pipes.index
    )


def _last_years(pipes: gpd.GeoDataFrame, as_of: dt.date) -> NDArray[np.float64]:
    """Return until when each pipe was in use, at most `as_of`, as a decimal year."""
    now = _decimal_year(as_of)
    out = pipes["status"].isin(["abandoned", "idle"]).to_numpy(dtype=bool)
    last = np.full(len(pipes), now)
    if out.any():
        gone = pipes["retired_on"][out]
        last[out] = np.fmin(now, (gone.dt.year + (gone.dt.day_of_year - 1) / _DAYS).to_numpy(dtype=float))
    return last


def record_start(leaks: gpd.GeoDataFrame, *, as_of: dt.date) -> float | None:
    """Return when the record of leaks begins, as a decimal year; None where it holds none.

    Nobody writes down when recording began. If leaks come evenly, it lies before the first of n by as much as they lie
    apart, (as_of - first) / n; but not before the year of the first.
    """
    dates = leaks.loc[leaks["found_on"] <= pd.Timestamp(as_of), "found_on"]
    if dates.empty:
        return None
    first = _decimal_year(dates.min().date())
    return max(float(dates.min().year), first - (_decimal_year(as_of) - first) / len(dates))


def _decimal_year(day: dt.date) -> float:
    return day.year + (day - dt.date(day.year, 1, 1)).days / _DAYS


def leaks_near(
    pipes: gpd.GeoDataFrame, leaks: gpd.GeoDataFrame | None, *, reach_m: pd.Series, years: float, as_of: dt.date
) -> pd.Series:
    """Return the number of leaks found within `reach_m` of the axis in the last `years`, on whichever pipe they were.

    Leaks without a place or a date are not counted. Missing where the layer is, or the pipe has no geometry.
    """
    name = "leaks_near"
    if leaks is None:
        return pd.Series(pd.NA, index=pipes.index, dtype="Int64", name=name)
    now = pd.Timestamp(as_of)
    found = leaks["found_on"]
    recent = (found <= now) & (found > now - pd.Timedelta(days=years * _DAYS))
    lines = raw_shapes(pipes)
    rows, _, _ = pairs_within(lines, raw_shapes(leaks).only(recent.to_numpy(dtype=bool)), reach_m.to_numpy(dtype=float))
    count = pd.Series(np.bincount(rows, minlength=len(pipes)), index=pipes.index, dtype="Int64", name=name)
    return count.mask(~lines.located)
