"""Clearances of buried pipes to buildings and other utilities, after GB 50028 6.3.3-1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.geometry import DECIMALS, SegmentPairs, ends_apart, gap_m, not_beyond
from gridrisk.features.pipe import flags, joined, pressure_class, range_of_class, underground, unknown_flags
from gridrisk.features.shapes import raw_shapes, shapes
from gridrisk.features.shared_trench import near_utilities

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.features.shapes import Shapes
    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: What is nearer touches, however the distance was worked out.
_TOUCH_M = 1e-6
_NO_NEARER_M = 1e-9
#: Rows of the table each recorded laying of a utility stands for; an unrecorded one may be any row of its kind.
_ROWS_OF_LAYING = {
    "direct": ("direct", "any"),
    "duct": ("duct", "any"),
    "trench": ("trench", "duct", "any"),
    "tunnel": ("trench", "duct", "any"),
}


def building_shortfall_m(
    pipes: gpd.GeoDataFrame, building_gap_m: pd.Series, params: Mapping[str, Parameters]
) -> pd.Series:
    """Return by how much the gap to the nearest building falls short of the table, m.

    A pipe in a casing or tunnel may come as near as the notes of the table allow. Risers and overhead pipes have no
    shortfall: the table is for buried pipes. Where the pressure class is unknown, the shortfall is that of the class
    that asks least, 0 beyond the one that asks most, and NaN between them.

    Parameters
    ----------
    pipes
        Pipes.
    building_gap_m
        From the outer edge, as `built_over` returns it; NaN where unknown.
    params
        ``standards/pressure`` and ``standards/clearance``.
    """
    clearance = params["standards/clearance"]
    classes = pressure_class(pipes, params["standards/pressure"])
    least, most = range_of_class(classes, clearance.table("building"))
    least_protected, most_protected = range_of_class(classes, clearance.table("building_protected"))
    protected = pipes["laying"].isin(["casing", "tunnel"]).to_numpy(dtype=bool)
    least, most = np.where(protected, least_protected, least), np.where(protected, most_protected, most)
    gap = building_gap_m.to_numpy(dtype=float)
    short = np.where(gap < least, least - gap, np.where(gap >= most, 0.0, np.nan))
    return pd.Series(np.where(underground(pipes), short, 0.0), index=pipes.index).where(building_gap_m.notna())


def utility_clearance(
    pipes: gpd.GeoDataFrame,
    utilities: gpd.GeoDataFrame | None,
    params: Mapping[str, Parameters],
    *,
    radius_m: pd.Series,
    near: SegmentPairs | None = None,
) -> pd.DataFrame:
    """Return whether a utility runs beside the pipe nearer than the table allows.

    Measured from the outer edge of the pipe to the axis of the utility, between stretches that run beside each other:
    lines that meet at a wider angle than ``crossing_angle_deg`` cross, and for crossings the horizontal table does
    not hold. A utility that ends beside the pipe at such an angle leaves the answer unknown. So does a gap between
    the least and the greatest distance the table may ask where pressure class, kind or laying are not recorded, and
    any gap to a line recorded as isolated, whose distance may be reduced by an amount the table does not name.
    `near` saves the search where it was made already, see `search_reach_m`.

    Returns
    -------
    DataFrame
        ``clearance`` (boolean): nearer than the table; ``clearance_kind`` (text): kinds of utility, by commas;
        ``clearance_shortfall_m`` (m): the greatest, 0 where none. Missing where unknown.
    """
    index = pipes.index
    if utilities is None:
        return pd.DataFrame(
            {
                "clearance": unknown_flags(index),
                "clearance_kind": pd.Series(np.nan, index=index, dtype="str"),
                "clearance_shortfall_m": np.nan,
            },
            index=index,
        )
    table = params["standards/clearance"]
    lines, others = raw_shapes(pipes), shapes(utilities)
    placed = lines.located
    radius = radius_m.to_numpy(dtype=float)
    classes = pressure_class(pipes, params["standards/pressure"])
    reach = search_reach_m(pipes, params, radius_m=radius_m)
    near = near or near_utilities(pipes, utilities, reach_m=reach)
    pairs = _parallel_pairs(lines, others, near, reach, table.number("crossing_angle_deg"))
    least, most = _required(pipes, utilities, classes, pairs, table)
    gap = gap_m(pairs["distance"].to_numpy(), radius[pairs["pipe"]])
    short = np.round(least - gap, DECIMALS)
    broken = (short > 0) & pairs["beside"].to_numpy(dtype=bool)
    open_ = (gap < most) & ~broken
    found, doubtful = np.zeros(len(pipes), dtype=bool), np.zeros(len(pipes), dtype=bool)
    rows = pairs["pipe"].to_numpy()
    found[rows[broken]] = True
    doubtful[rows[open_]] = True
    worst = np.zeros(len(pipes))
    np.maximum.at(worst, rows[broken], short[broken])
    kinds = utilities["kind"].array.take(pairs["utility"].to_numpy()[broken])
    unknown = (doubtful & ~found) | ~placed
    return pd.DataFrame(
        {
            "clearance": flags(found, unknown, index),
            "clearance_kind": joined(rows[broken], kinds, index),
            "clearance_shortfall_m": np.where(unknown, np.nan, worst),
        },
        index=index,
    )


def search_reach_m(pipes: gpd.GeoDataFrame, params: Mapping[str, Parameters], *, radius_m: pd.Series) -> Floats:
    """Return how far from the axis of each pipe utilities matter for `utility_clearance`, m; NaN for none.

    The greatest distance that any row of the table asks of the pressure class; of all classes where it is unknown.
    """
    table = params["standards/clearance"]
    classes = pressure_class(pipes, params["standards/pressure"])
    rows = [table.table(f"utility.{name}") for name in table.group("utility")]
    widest = {name: max(row[name] for row in rows) for name in rows[0]}
    reach = radius_m.to_numpy(dtype=float) + range_of_class(classes, widest)[1]
    return np.asarray(np.where(underground(pipes), reach, np.nan), dtype=float)


def _parallel_pairs(lines: Shapes, others: Shapes, near: SegmentPairs, reach: Floats, angle_deg: float) -> pd.DataFrame:
    """Return pairs of lines with the least distance between stretches that run beside each other.

    ``beside`` is false for pairs that only come near at a wide angle, without touching, where the utility ends beside
    the pipe; such pairs that touch, or where the pipe ends, are crossings and left out.
    """
    own, other = near.own, near.other
    close = not_beyond(near.distance_m, reach[own.owner[near.row]])
    rows, cols, distance = near.row[close], near.col[close], near.distance_m[close]
    turn = np.abs(np.sum(own.vector[rows] * other.vector[cols], axis=1))
    pointlike = (own.length_m[rows] == 0) | (other.length_m[cols] == 0)
    along = pointlike | (turn >= np.cos(np.radians(angle_deg)) - 1e-12)
    key = own.owner[rows].astype(np.int64) * len(others) + other.owner[cols]
    pair, beside = _least(key[along], distance[along])
    pair_, across = _least(key[~along], distance[~along])
    # a pair may come nearer across than along: only pairs that run nowhere beside each other are looked at
    lonely = (across > _TOUCH_M) & ~_among(pair_, pair)
    pair_, across = pair_[lonely], across[lonely]
    left, right = np.divmod(pair_, max(len(others), 1))
    # where an end of the pipe is as near as the whole pipe, it is the pipe that ends there
    ends = ends_apart(lines, others, left, right)
    within = np.asarray(ends > across + _NO_NEARER_M, dtype=bool)
    found = np.concatenate([pair, pair_[within]])
    left, right = np.divmod(found, max(len(others), 1))
    return pd.DataFrame(
        {
            "pipe": left,
            "utility": right,
            "distance": np.concatenate([beside, across[within]]),
            "beside": np.arange(len(found)) < len(pair),
        }
    )


def _among(key: Ints, ordered: Ints) -> Bools:
    """Say which keys occur in `ordered`."""
    if not len(ordered):
        return np.zeros(len(key), dtype=bool)
    return np.asarray(ordered[np.minimum(np.searchsorted(ordered, key), len(ordered) - 1)] == key, dtype=bool)


def _least(key: Ints, distance: Floats) -> tuple[Ints, Floats]:
    """Return each key once, in order, with the least of its distances."""
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    least = np.minimum.reduceat(distance[order], first) if len(first) else np.empty(0)
    return key[order][first], least


def _required(
    pipes: gpd.GeoDataFrame, utilities: gpd.GeoDataFrame, classes: pd.Series, pairs: pd.DataFrame, table: Parameters
) -> tuple[Floats, Floats]:
    """Return the least and the greatest distance the table may ask of each pair."""
    rows, cols = pairs["pipe"].to_numpy(), pairs["utility"].to_numpy()
    large = (pipes["diameter_mm"] > table.number("large_gas_diameter_mm")).to_numpy(dtype=bool)
    class_code, class_names = pd.factorize(classes)
    kind_code, kind_names = pd.factorize(utilities["kind"])
    laying_code, laying_names = pd.factorize(utilities["laying"])
    # few cases make up all pairs
    own = (class_code + 1) * 2 + large
    other = (kind_code + 1) * (len(laying_names) + 1) + laying_code + 1
    others = (len(kind_names) + 1) * (len(laying_names) + 1)
    of_pair = own[rows] * others + other[cols]
    there = np.bincount(of_pair) > 0
    cases, case = np.flatnonzero(there), (np.cumsum(there) - 1)[of_pair]
    own_case, other_case = np.divmod(cases, others)
    kind, laying = np.divmod(other_case, len(laying_names) + 1)
    least, most = _required_of_cases(
        pd.Series(np.array([None, *class_names], dtype=object)[own_case // 2]),
        (own_case % 2).astype(bool),
        np.array([None, *kind_names], dtype=object)[kind],
        np.array([None, *laying_names], dtype=object)[laying],
        table,
    )
    isolated = (utilities["isolated"].fillna(False)).to_numpy(dtype=bool)[cols]
    return np.where(isolated, 0.0, least[case]), most[case]


def _required_of_cases(
    classes: pd.Series,
    large: Bools,
    kinds: NDArray[np.object_],
    layings: NDArray[np.object_],
    table: Parameters,
) -> tuple[Floats, Floats]:
    least, most = np.full(len(classes), np.inf), np.zeros(len(classes))
    names = table.group("utility")
    known = {name.split(".")[0] for name in names}
    unlisted = ~pd.Series(kinds).isin(known).to_numpy(dtype=bool)
    for name in names:
        kind, row = name.split(".")
        low, high = range_of_class(classes, table.table(f"utility.{name}"))
        if (
            kind == "gas_other"
        ):  # the other diameter is never recorded: a large pipe settles the row, a small one does not
            applies = ~large | (row == "large")
        else:
            applies = _layings_of_row(row, _rows_of_kind(names, kind), layings)
        use = ((kinds == kind) & applies) | unlisted
        least, most = np.where(use, np.minimum(least, low), least), np.where(use, np.maximum(most, high), most)
    return least, most


def _rows_of_kind(names: list[str], kind: str) -> tuple[str, ...]:
    return tuple(name.split(".")[1] for name in names if name.split(".")[0] == kind)


def _layings_of_row(row: str, rows: tuple[str, ...], layings: NDArray[np.object_]) -> Bools:
    """Say which utilities may fall under `row` of their kind by their recorded laying."""
    fitting = {laying: [name for name in names if name in rows] for laying, names in _ROWS_OF_LAYING.items()}
    ruled_out = [laying for laying, names in fitting.items() if names and names[0] != row]
    return np.asarray(~pd.Series(layings).isin(ruled_out), dtype=bool)
