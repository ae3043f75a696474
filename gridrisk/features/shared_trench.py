"""Pipes laid in one trench with other utilities, and whether they are isolated from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridrisk.features.geometry import (
    SegmentPairs,
    Segments,
    merge_stretches,
    near_stretches,
    not_beyond,
    segment_pairs,
    segments,
)
from gridrisk.features.pipe import flags, joined, underground
from gridrisk.features.shapes import raw_shapes, shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.features.flat import Flat

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: Words a survey writes where it looked and found no other utility in the trench.
_NONE = {"none", "no", "无", "否", "-", "/"}
_COLUMNS = ["pipe", "utility", "kind", "part", "start_m", "end_m"]
_NODE_GRID_M = 1e-3
#: Places are told apart by their remainder, after multiplication with large odd numbers.
_SPREAD, _SPOTS = (0x9E3779B1, 0x85EBCA77), 1 << 22
#: Where a segment ends and the next begins are sums that may differ in their last digits.
_ROUNDING_M = 1e-9


def trench_stretches(
    pipes: gpd.GeoDataFrame,
    utilities: gpd.GeoDataFrame,
    *,
    distance_m: float,
    min_length_m: float,
    kinds: Sequence[str],
    near: SegmentPairs | None = None,
) -> pd.DataFrame:
    """Return the stretches of pipe that lie in one trench with a utility.

    A point of a pipe axis shares the trench with a kind of utility where an axis of that kind lies at most
    `distance_m` away. Such points form runs; runs that meet at the common end of two pipes (to the millimetre) are one
    run, whatever segments it spans. A run shorter than `min_length_m` in all is a crossing and left out. Runs
    of different kinds are not added up.

    Parameters
    ----------
    pipes, utilities
        Layers; risers and overhead pipes take no part, nor do kinds not in `kinds`. A utility of unrecorded kind
        counts as the kind ``unknown``.
    distance_m, min_length_m
        From axis to axis; least length of a run.
    near
        What `near_utilities` found within at least `distance_m`; worked out where not given.

    Returns
    -------
    DataFrame
        ``pipe``, ``utility`` (rows of the frames), ``kind``, ``part`` (number of the connected part of the pipe),
        ``start_m``, ``end_m`` (along the part): one row for each pair of straight segments, overlapping one another.
    """
    if near is None:
        near = near_utilities(pipes, utilities, reach_m=np.full(len(pipes), distance_m))
    own, other = near.own, near.other
    kind_code, kind_names = pd.factorize(utilities["kind"].fillna("unknown"), sort=True)
    names = np.asarray(kind_names, dtype=object)
    counts = np.isin(names.astype(str), [*kinds, "unknown"])[kind_code[other.owner[near.col]]]
    use = counts & not_beyond(near.distance_m, distance_m)
    rows, cols = near.row[use], near.col[use]
    start, end = near_stretches(own, other, rows, cols, distance_m)
    end = _to_next(own, rows, end)
    hit = start < end
    rows, cols, start, end = rows[hit], cols[hit], start[hit], end[hit]
    code = kind_code[other.owner[cols]]
    group = own.part[rows] * max(len(names), 1) + code
    run, of_run, run_start, run_end = merge_stretches(group, start, end, block=own.part[rows])
    least = min_length_m - 1e-9
    total = _length_with_neighbours(raw_shapes(pipes).flat, of_run, max(len(names), 1), run_start, run_end, least)
    long_ = (total >= least)[run] if len(run) else np.zeros(0, dtype=bool)
    found = pd.DataFrame(
        {
            "pipe": own.owner[rows],
            "utility": other.owner[cols],
            "kind": names[code],
            "part": own.part[rows],
            "start_m": start,
            "end_m": end,
        },
        columns=_COLUMNS,
    )
    return found[long_].reset_index(drop=True)


def _to_next(own: Segments, rows: Ints, end_m: Floats) -> Floats:
    """Return the ends of stretches, those that reach the next segment of the part exactly there, so that runs join."""
    following = np.minimum(rows + 1, max(len(own.part) - 1, 0))
    begins = own.chainage_m[following]
    short = begins - end_m
    reaches = (own.part[following] == own.part[rows]) & (short > 0) & (short <= _ROUNDING_M)
    return np.where(reaches, begins, end_m)


def near_utilities(pipes: gpd.GeoDataFrame, utilities: gpd.GeoDataFrame, *, reach_m: Floats) -> SegmentPairs:
    """Return the segments of buried pipes and of utilities at most `reach_m` (one value a pipe) from axis to axis."""
    own = segments(raw_shapes(pipes).only(underground(pipes)), points=True)
    other = segments(shapes(utilities), points=True)
    return SegmentPairs(own, other, *segment_pairs(own, other, reach_m[own.owner]))


def _length_with_neighbours(
    lines: Flat, group: Ints, kinds: int, start_m: Floats, end_m: Floats, least_m: float
) -> Floats:
    """Return for each run the length of all runs of its kind connected to it through ends of pipes.

    Of runs that are `least_m` long in themselves, only those are joined that meet a shorter one.
    """
    length = end_m - start_m
    part, kind = group // kinds, group % kinds
    at_start = start_m <= _NODE_GRID_M
    at_end = end_m >= lines.ring_length[part] - _NODE_GRID_M
    runs = np.concatenate([np.flatnonzero(at_start), np.flatnonzero(at_end)])
    ends = lines.xy[np.concatenate([lines.rings[part[at_start]], lines.rings[part[at_end] + 1] - 1])]
    x, y = np.round(ends / _NODE_GRID_M).astype(np.int64).T
    meets = _among_spots(x, y, length[runs] < least_m)
    runs, x, y = runs[meets], x[meets], y[meets]
    if not len(runs):
        return length
    order = np.lexsort((kind[runs], y, x))
    apart = np.diff(x[order], prepend=x[order[0]] - 1) != 0
    apart |= (np.diff(y[order], prepend=0) != 0) | (np.diff(kind[runs][order], prepend=-1) != 0)
    place = np.empty(len(runs), dtype=np.int64)
    place[order] = np.cumsum(apart) - 1
    joined_, row = np.unique(runs, return_inverse=True)
    size = len(joined_) + int(apart.sum())
    links = coo_array((np.ones(len(runs)), (row, place + len(joined_))), shape=(size, size))
    component = connected_components(links, directed=False)[1][: len(joined_)]
    length[joined_] = np.bincount(component, weights=length[joined_])[component]
    return length


def _among_spots(x: Ints, y: Ints, use: Bools) -> Bools:
    """Say which places are among those in `use`; of other places a few may be told so too."""
    spot = (x * _SPREAD[0] ^ y * _SPREAD[1]) & (_SPOTS - 1)
    there = np.zeros(_SPOTS, dtype=bool)
    there[spot[use]] = True
    found: Bools = there[spot]
    return found


def shared_trench(
    pipes: gpd.GeoDataFrame,
    utilities: gpd.GeoDataFrame | None,
    *,
    distance_m: float,
    min_length_m: float,
    kinds: Sequence[str],
    near: SegmentPairs | None = None,
) -> pd.DataFrame:
    """Return which pipes share a trench, how far, with what, and whether they are isolated there.

    Recorded ``shared_trench_with`` adds to what geometry finds: a recorded kind without geometry counts for the whole
    pipe. Recorded ``trench_isolated`` overrides the ``isolated`` of the utilities. Isolation that nobody recorded is
    unknown, and unknown is not proven.

    Returns
    -------
    DataFrame
        ``shared_trench`` (boolean), ``shared_trench_m`` (m), ``shared_trench_isolated`` (boolean: all of them;
        missing where unknown or no trench is shared), ``shared_trench_kinds`` (text, by commas).
        Missing where utilities were never surveyed and nothing is recorded.
    """
    index = pipes.index
    count = len(pipes)
    lines = raw_shapes(pipes)
    found = (
        trench_stretches(pipes, utilities, distance_m=distance_m, min_length_m=min_length_m, kinds=kinds, near=near)
        if utilities is not None
        else pd.DataFrame(columns=_COLUMNS)
    )
    length = _covered_m(found, count)
    record = _recorded(pipes["shared_trench_with"])
    listed = found[found["pipe"].isin([row for row, _ in record])]
    stated = {*zip(listed["pipe"], listed["kind"], strict=True)}
    beyond = [(row, kind) for row, kind in record if (row, kind) not in stated]
    whole = np.array([row for row, _ in beyond], dtype=np.int64)
    length[whole] = lines.length[whole]
    shared = length > 0
    shared[whole] = True
    looked = (pipes["shared_trench_with"].notna() & ~pd.Series(shared, index=index)).to_numpy(dtype=bool)
    unknown = ~shared & ~looked & (~lines.located | (utilities is None))
    rows = np.concatenate([found["pipe"].to_numpy(dtype=np.int64), whole])
    words = np.concatenate([found["kind"].to_numpy(dtype=object), np.array([kind for _, kind in beyond], dtype=object)])
    return pd.DataFrame(
        {
            "shared_trench": flags(shared, unknown, index),
            "shared_trench_m": np.where(unknown, np.nan, length),
            "shared_trench_isolated": _isolated(pipes, utilities, found, shared, whole),
            "shared_trench_kinds": joined(rows, words, index),
        },
        index=index,
    )


def _covered_m(found: pd.DataFrame, count: int) -> Floats:
    """Return the length of the union of the stretches on each pipe."""
    if found.empty:
        return np.zeros(count)
    # copies, for the loops are not compiled once more for arrays that cannot be written
    part = found["part"].to_numpy(dtype=np.int64, copy=True)
    start_m, end_m = (found[name].to_numpy(dtype=float, copy=True) for name in ("start_m", "end_m"))
    _, group, start, end = merge_stretches(part, start_m, end_m)
    pipe = np.empty(part.max() + 1, dtype=np.int64)
    pipe[part] = found["pipe"].to_numpy(dtype=np.int64)
    owner = pipe[group]
    return np.asarray(np.bincount(owner, weights=end - start, minlength=count), dtype=float)


def _recorded(column: pd.Series) -> list[tuple[int, str]]:
    """Return row and kind for every utility that the survey recorded in the trench."""
    texts = column.reset_index(drop=True).dropna()
    words = texts.str.replace("，", ",").str.replace("、", ",").str.split(",").explode().str.strip()
    words = words[(words != "") & ~words.str.lower().isin(_NONE)]
    return [(int(str(row)), str(word)) for row, word in words.items()]


def _isolated(
    pipes: gpd.GeoDataFrame, utilities: gpd.GeoDataFrame | None, found: pd.DataFrame, shared: Bools, whole: Ints
) -> pd.Series:
    """Return whether every utility in the trench is isolated; missing where not recorded or no trench is shared."""
    open_, unsure = np.zeros(len(pipes), dtype=bool), np.zeros(len(pipes), dtype=bool)
    if utilities is not None and len(found):
        state = utilities["isolated"].array[found["utility"].to_numpy(dtype=np.int64)]
        rows = found["pipe"].to_numpy(dtype=np.int64)
        missing = np.asarray(state.isna(), dtype=bool)
        unsure[rows[missing]] = True
        open_[rows[~missing & ~np.asarray(state.fillna(True), dtype=bool)]] = True
    unsure[whole] = True
    geometric = flags(shared & ~open_ & ~unsure, ~open_, pipes.index)
    stated = pipes["trench_isolated"].astype("boolean")
    result = stated.where(stated.notna(), geometric)
    return pd.Series(result.where(pd.Series(shared, index=pipes.index), pd.NA))
