"""The same object under another number: matched by place and attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

#: Numbers from which on a row of them is no chance.
_LEAST_RUN = 3
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING)


@dataclass(frozen=True, slots=True, eq=False)
class Renumbering:
    """Objects that a survey gives a new number.

    Attributes
    ----------
    pairs
        Old number, on the new one.
    unclear
        New numbers of which it cannot be told which of several old objects they are, or the other way about; they
        count as added, the old ones as gone.
    """

    pairs: pd.Series
    unclear: pd.Index


def nothing(frame: gpd.GeoDataFrame) -> Renumbering:
    """Return that no object of `frame` has a new number."""
    return Renumbering(pd.Series([], index=frame.index[:0], dtype="str"), frame.index[:0])


def renumbered(
    current: gpd.GeoDataFrame, survey: gpd.GeoDataFrame, *, tolerance_m: float, fields: Sequence[str]
) -> Renumbering:
    """Find the objects whose number is gone among those whose number is new.

    Parameters
    ----------
    current, survey
        Frames of one layer, indexed by id.
    tolerance_m
        Largest Hausdorff distance between the two, metres; the direction of drawing does not matter.
    fields
        Where both know one of these, they must be equal.
    """
    old = current.loc[current.index.difference(survey.index, sort=False)]
    new = survey.loc[survey.index.difference(current.index, sort=False)]
    shapes = [frame.geometry.to_numpy() for frame in (new, old)]
    # what is drawn twice on one side can be either
    single = [_drawn_once(geometry) for geometry in shapes]
    left, right = same_place(shapes[0][single[0]], shapes[1][single[1]], tolerance_m)
    left, right = single[0][left], single[1][right]
    agree = np.ones(len(left), dtype=bool)
    for field in fields:
        agree &= ~_contradicts(new[field].iloc[left], old[field].iloc[right])
    left, right = left[agree], right[agree]
    clear = (np.bincount(left, minlength=len(new))[left] == 1) & (np.bincount(right, minlength=len(old))[right] == 1)
    pairs = pd.Series(old.index[right[clear]].to_numpy(dtype=object), index=new.index[left[clear]], dtype="str")
    return Renumbering(pairs, new.index[np.unique(left[~clear])])


def renamed(current: gpd.GeoDataFrame, pairs: pd.Series) -> gpd.GeoDataFrame:
    """Return `current` with the old numbers of `pairs` replaced by the new ones."""
    if pairs.empty:
        return current
    ids = current.index.to_numpy(dtype=object, copy=True)
    ids[current.index.get_indexer(pd.Index(pairs))] = pairs.index.to_numpy(dtype=object)
    return current.set_axis(pd.Index(ids, dtype=current.index.dtype, name=current.index.name))


def elsewhere(current: gpd.GeoDataFrame, survey: gpd.GeoDataFrame, *, tolerance_m: float) -> pd.Index:
    """Return the ids that both know, but of objects that lie apart: no survey moves a pipe there.

    Parameters
    ----------
    current, survey
        Frames of one layer, indexed by id.
    tolerance_m
        Metres that no vertex of the one may lie from the other for the two to be one object, or a part of it: the half
        of a pipe that was divided lies along the whole.
    """
    common = survey.index.intersection(current.index)
    old, new = (frame.geometry.loc[common].to_numpy() for frame in (current, survey))
    known = ~(shapely.is_missing(old) | shapely.is_empty(old) | shapely.is_missing(new) | shapely.is_empty(new))
    at = np.flatnonzero(known & (shapely.to_wkb(old) != shapely.to_wkb(new)))
    reach = np.minimum(_reach(old[at], new[at]), _reach(new[at], old[at]))
    apart: pd.Index = common[at[reach > tolerance_m]]
    return apart


def _reach(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return how far the vertices of each shape lie from its counterpart at most."""
    places, owner = shapely.get_coordinates(one, return_index=True)
    farthest = np.zeros(len(one))
    np.maximum.at(farthest, owner, shapely.distance(shapely.points(places), other[owner]))
    return farthest


def running(ids: pd.Index) -> bool:
    """Say whether ids only number the rows of a file: 1, 2, 3 … without a gap, from 0 or 1 on."""
    numbers = pd.to_numeric(pd.Series(ids, dtype="str"), errors="coerce")
    if len(ids) < _LEAST_RUN or numbers.isna().any():
        return False
    first, last = numbers.min(), numbers.max()
    return bool(first in {0, 1} and last - first + 1 == len(ids) and numbers.is_unique)


def same_place(
    one: NDArray[np.object_], other: NDArray[np.object_], tolerance_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs (position in `one`, position in `other`) whose Hausdorff distance is at most `tolerance_m`.

    Either may hold missing shapes, which are nowhere. Candidates are shapes with middles within twice the tolerance
    and lengths within four times: a line that wanders more than that within the tolerance of the other is not found.
    """
    if not len(one) or not len(other):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    left, right = shapely.STRtree(_middles(other)).query(_middles(one), predicate="dwithin", distance=2 * tolerance_m)
    alike = np.abs(shapely.length(one[left]) - shapely.length(other[right])) <= 4 * tolerance_m
    left, right = left[alike], right[alike]
    near = shapely.hausdorff_distance(one[left], other[right]) <= tolerance_m
    return left[near], right[near]


def _middles(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    lines = np.isin(shapely.get_type_id(shapes), _LINES)
    middles: NDArray[np.object_] = np.asarray(shapely.centroid(shapes), dtype=object)
    middles[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    return middles


def _drawn_once(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    code = pd.factorize(shapely.to_wkb(shapely.normalize(shapes)), use_na_sentinel=True)[0]
    known = np.flatnonzero(code >= 0)
    once: NDArray[np.int64] = known[np.bincount(code[known])[code[known]] == 1] if len(known) else known
    return once


def _contradicts(one: pd.Series, other: pd.Series) -> NDArray[np.bool_]:
    a, b = one.reset_index(drop=True), other.reset_index(drop=True)
    known = a.notna() & b.notna()
    if a.dtype == "str":
        known &= (a != "unknown") & (b != "unknown")
    unequal: NDArray[np.bool_] = (known & (a != b).fillna(value=False)).to_numpy(dtype=bool)
    return unequal
