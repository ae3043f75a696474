"""Where a segment lies: its road, community and town, and the works planned there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.crs import require_metric
from gridrisk.layers.areas import holding

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Index = NDArray[np.int64]

#: Settings that belong to a courtyard project; the other settings stand for themselves.
COURTYARD = ("courtyard", "riser", "service")


def locate(
    pipes: gpd.GeoDataFrame,
    *,
    roads: gpd.GeoDataFrame | None,
    communities: gpd.GeoDataFrame | None,
    towns: gpd.GeoDataFrame | None,
    reach_m: float,
    first_year: int | None,
) -> pd.DataFrame:
    """Say for every segment where it lies.

    Parameters
    ----------
    pipes
        Segments with ``setting``, ``road``, ``town_id``.
    roads, communities, towns
        Layers, or None where not surveyed.
    reach_m
        A municipal segment lies in a road this near to its middle, in one of its own road name before any other.
    first_year
        Works and no-dig orders that are over before this year are left out; None keeps all.

    Returns
    -------
    pandas.DataFrame
        On pipe_id: setting (municipal, courtyard or missing), place (key of road or community, empty where unknown),
        place_name, road, community_id, town_id, works_year, no_dig_until.
    """
    middle = shapely.line_interpolate_point(pipes.geometry.to_numpy(), 0.5, normalized=True)
    setting = pipes["setting"].where(~pipes["setting"].isin(COURTYARD), "courtyard")
    is_courtyard = (setting == "courtyard").fillna(False).to_numpy(bool)
    out = pd.DataFrame(index=pipes.index)
    out["setting"] = setting.astype("str")
    out["road"] = pipes["road"].str.strip().replace("", np.nan)
    out["community_id"] = pd.Series(index=pipes.index, dtype="str")
    out["works_year"] = pd.Series(index=pipes.index, dtype="Int64")
    out["no_dig_until"] = pd.Series(index=pipes.index, dtype="datetime64[ms]")
    name = out["road"].copy()
    if roads is not None and len(roads):
        require_metric(roads, "roads")
        row, road = _road_of(middle, out["road"], ~is_courtyard, roads, reach_m)
        _put(out, "road", row, roads["name"].str.strip(), road, keep=True)
        _put(out, "works_year", row, roads["works_year"], road)
        _put(out, "no_dig_until", row, roads["no_dig_until"], road)
        name = out["road"].copy()
    if communities is not None and len(communities):
        require_metric(communities, "communities")
        row, community = _community_of(middle, out["road"], communities, is_courtyard)
        ids = communities.index.to_series()
        _put(out, "community_id", row, ids, community)
        _put(out, "works_year", row, communities["renovation_year"], community)
        names = communities["name"].str.strip().fillna(ids)
        name.iloc[row] = names.iloc[community].to_numpy()
    out["town_id"] = pipes["town_id"].astype("str")
    if towns is not None and len(towns):
        require_metric(towns, "towns")
        row, town = _within(middle, towns, np.ones(len(pipes), dtype=bool))
        _put(out, "town_id", row, towns.index.to_series(), town, keep=True)
    out["place_name"] = name.astype("str")
    out["place"] = ("c:" + out["community_id"]).fillna("r:" + out["road"]).fillna("")
    if first_year is not None:
        out["works_year"] = out["works_year"].where((out["works_year"] >= first_year).fillna(False))
        out["no_dig_until"] = out["no_dig_until"].where(out["no_dig_until"].dt.year >= first_year)
    return out


def road_class(pipes: gpd.GeoDataFrame, roads: gpd.GeoDataFrame | None, reach_m: float) -> pd.Series:
    """Return the class of the road that each municipal segment lies in, on pipe_id; missing where not known."""
    out = pd.Series(index=pipes.index, dtype="str")
    if roads is None or not len(roads):
        return out
    middle = shapely.line_interpolate_point(pipes.geometry.to_numpy(), 0.5, normalized=True)
    yard = pipes["setting"].isin(COURTYARD).to_numpy(bool)
    row, road = _road_of(middle, pipes["road"].str.strip().replace("", np.nan), ~yard, roads, reach_m)
    out.iloc[row] = roads["class"].astype("str").to_numpy()[road]
    return out


def _put(out: pd.DataFrame, column: str, row: Index, values: pd.Series, pick: Index, *, keep: bool = False) -> None:
    """Write `values` at `pick` into the rows `row`; with `keep` only where nothing stands."""
    found = pd.Series(values.iloc[pick].array, index=out.index[row]).reindex(out.index)
    found = found.astype(out[column].dtype)
    out[column] = out[column].fillna(found) if keep else found.where(found.notna(), out[column])


def _within(points: NDArray[np.object_], areas: gpd.GeoDataFrame, wanted: NDArray[np.bool_]) -> tuple[Index, Index]:
    """Return (segment, area) pairs, each of the wanted segments at most once."""
    rows = np.flatnonzero(wanted)
    found, area = holding(points[rows], areas)
    return rows[found], area


def _road_of(
    points: NDArray[np.object_],
    names: pd.Series,
    wanted: NDArray[np.bool_],
    roads: gpd.GeoDataFrame,
    reach_m: float,
) -> tuple[Index, Index]:
    """Return (segment, road) pairs: within reach and of the same name, or of no contradicting one; else by name."""
    rows = np.flatnonzero(wanted)
    lines = roads.geometry.to_numpy()
    road_name = roads["name"].str.strip().to_numpy(dtype=object)
    own = names.to_numpy(dtype=object)
    found, road = shapely.STRtree(lines).query(points[rows], predicate="dwithin", distance=reach_m)
    row = rows[found]
    known = ~pd.isna(own[row]) & ~pd.isna(road_name[road])
    same = known & (own[row] == road_name[road])
    fits = same | ~known
    row, road, same = row[fits], road[fits], same[fits]
    far = shapely.distance(points[row], lines[road])
    order = np.lexsort((roads.index.to_numpy(dtype=object)[road].astype(str), far, ~same, row))
    row, road = row[order], road[order]
    first = np.unique(row, return_index=True)[1]
    row, road = row[first], road[first]
    # a name that only one road bears is enough, also where its line lies further off
    rest, by_name = _by_name(names, np.setdiff1d(rows, row), roads["name"])
    return np.r_[row, rest], np.r_[road, by_name]


def _community_of(
    points: NDArray[np.object_], names: pd.Series, communities: gpd.GeoDataFrame, wanted: NDArray[np.bool_]
) -> tuple[Index, Index]:
    """Return (segment, community) pairs: by place, else by a name that only one community bears."""
    row, community = _within(points, communities, wanted)
    rest, by_name = _by_name(names, np.setdiff1d(np.flatnonzero(wanted), row), communities["name"])
    return np.r_[row, rest], np.r_[community, by_name]


def _by_name(names: pd.Series, rows: Index, known: pd.Series) -> tuple[Index, Index]:
    """Return (segment, place) pairs of those of `rows` whose name is borne by exactly one place."""
    label = known.str.strip().to_numpy(dtype=object)
    unique = pd.Series(np.arange(len(known)), index=label)
    unique = unique[unique.index.notna() & ~unique.index.duplicated(keep=False)]
    found = pd.Series(names.to_numpy(dtype=object)[rows], dtype=object).map(unique).to_numpy(dtype=float)
    hit = ~np.isnan(found)
    return rows[hit], found[hit].astype(np.int64)
