"""Places that matter within reach of a pipe: schools, hospitals, markets, towers, basements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.geometry import Pairs, gap_m, near_pairs, pairs_within
from gridrisk.features.pipe import flags, joined
from gridrisk.features.shapes import raw_shapes, shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]


def kind_of_customer(customers: gpd.GeoDataFrame, kinds: Sequence[str]) -> pd.Series:
    """Return the kind of each customer that matters as a place, ``critical`` for others marked so, else missing."""
    kind = customers["kind"].astype(object)
    marked = customers["critical"].fillna(False).to_numpy(dtype=bool)
    return pd.Series(
        kind.where(kind.isin(kinds), None).mask(marked & ~kind.isin(kinds).to_numpy(dtype=bool), "critical")
    )


def kind_of_building(
    buildings: gpd.GeoDataFrame, words: Mapping[str, Sequence[str]], *, high_rise_m: float, storey_m: float
) -> tuple[pd.Series, pd.Series]:
    """Return the kind of each building that is a place that matters, and whether that cannot be told.

    A building is one by a word in its recorded kind, else (``high_rise``) by a height over `high_rise_m`, its floors
    times `storey_m` where no height is recorded. It cannot be told where neither is.
    """
    code, texts = pd.factorize(buildings["kind"])
    of_text = np.array([*(_kind_by_words(str(text).lower(), words) for text in texts), None], dtype=object)
    kind = of_text[code]
    height = buildings["height_m"].astype("float64").fillna(buildings["floors"].astype("float64") * storey_m)
    open_ = pd.isna(of_text)[code]
    high = (height > high_rise_m).to_numpy(dtype=bool)
    kind[open_ & high] = "high_rise"
    unsure = open_ & ~high & height.isna().to_numpy(dtype=bool)
    return pd.Series(kind, index=buildings.index, dtype=object), pd.Series(unsure, index=buildings.index)


def _kind_by_words(text: str, words: Mapping[str, Sequence[str]]) -> str | None:
    return next((name for name, list_ in words.items() if any(word.lower() in text for word in list_)), None)


def critical_places(
    pipes: gpd.GeoDataFrame,
    customers: gpd.GeoDataFrame | None,
    buildings: gpd.GeoDataFrame | None,
    surroundings: Parameters,
    *,
    reach_m: pd.Series,
    radius_m: pd.Series | None = None,
    near: Pairs | None = None,
) -> pd.DataFrame:
    """Return whether places that matter lie within `reach_m` of the axis of each pipe.

    Returns
    -------
    DataFrame
        ``critical_place`` (boolean): missing where none is known but customers or buildings were never surveyed or
        the height of a building in reach is unknown; ``critical_kinds`` (text, by commas); ``critical_gap_m`` (m):
        from the outer edge (from the axis without `radius_m`) to the nearest that is known, inf where there is none in
        reach, missing where that is unknown; ``critical_gaps`` (text): the gap to the nearest of each kind, as
        ``hospital=12.5,school=30.0``.
    """
    lines = raw_shapes(pipes)
    reach = reach_m.to_numpy(dtype=float)
    rows: list[Ints] = []
    names: list[NDArray[np.object_]] = []
    apart: list[Floats] = []
    unsure = ~lines.located | (customers is None) | (buildings is None)
    if customers is not None:
        kind = kind_of_customer(customers, surroundings.names("critical.customer_kinds")).to_numpy(dtype=object)
        places = raw_shapes(customers).only(pd.notna(kind))
        at, place, distance = pairs_within(lines, places, reach)
        rows.append(at)
        names.append(kind[place])
        apart.append(distance)
    if buildings is not None:
        words = {
            name: surroundings.names(f"critical.building_words.{name}")
            for name in surroundings.group("critical.building_words")
        }
        kinds, blind = kind_of_building(
            buildings,
            words,
            high_rise_m=surroundings.number("critical.high_rise_m"),
            storey_m=surroundings.number("critical.storey_m"),
        )
        matters = (kinds.notna() | blind).to_numpy(dtype=bool)
        pairs = (
            near_pairs(lines, shapes(buildings).only(matters), reach)
            if near is None
            else near.of(matters).within(reach)
        )
        at, place = pairs.row, pairs.other
        open_ = blind.to_numpy(dtype=bool)[place]
        unsure[at[open_]] = True
        rows.append(at[~open_])
        names.append(kinds.to_numpy(dtype=object)[place[~open_]])
        apart.append(pairs.distance_m[~open_])
    row = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    name = np.concatenate(names) if names else np.empty(0, dtype=object)
    found = np.bincount(row, minlength=len(pipes)) > 0
    distance = np.concatenate(apart) if apart else np.empty(0)
    gap = gap_m(distance, radius_m.to_numpy(dtype=float)[row]) if radius_m is not None else distance
    nearest = np.where(unsure, np.nan, np.inf)
    nearest[found] = np.inf
    np.minimum.at(nearest, row, gap)
    return pd.DataFrame(
        {
            "critical_place": flags(found, unsure, pipes.index),
            "critical_kinds": joined(row, name, pipes.index),
            "critical_gap_m": nearest,
            "critical_gaps": _nearest_by_kind(row, name, gap, pipes.index),
        },
        index=pipes.index,
    )


def _nearest_by_kind(row: Ints, name: NDArray[np.object_], gap: Floats, index: pd.Index) -> pd.Series:
    """Return the gap to the nearest place of each kind as text: ``hospital=12.5,school=30.0``."""
    order = np.lexsort((gap, pd.factorize(name, sort=True)[0], row))
    row, name, gap = row[order], name[order], gap[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (name[1:] != name[:-1])
    words = np.array([f"{kind}={away:.1f}" for kind, away in zip(name[first], gap[first], strict=True)], dtype=object)
    return joined(row[first], words, index)


def basement_near(
    pipes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    voids: gpd.GeoDataFrame | None,
    *,
    reach_m: pd.Series,
    near: Pairs | None = None,
) -> pd.Series:
    """Say whether a basement (of a building, or surveyed as a confined space) lies within `reach_m` of the axis.

    Missing where none is known, but a layer was never surveyed or for a building in reach it is not recorded.
    """
    lines = raw_shapes(pipes)
    reach = reach_m.to_numpy(dtype=float)
    found = np.zeros(len(pipes), dtype=bool)
    unsure = ~lines.located | (buildings is None) | (voids is None)
    if buildings is not None:
        state = buildings["basement"]
        use = state.fillna(True).to_numpy(dtype=bool)
        pairs = near_pairs(lines, shapes(buildings).only(use), reach) if near is None else near.of(use).within(reach)
        at, house = pairs.row, pairs.other
        open_ = state.isna().to_numpy(dtype=bool)[house]
        unsure[at[open_]] = True
        found[at[~open_]] = True
    if voids is not None:
        cellar = (voids["kind"] == "basement").fillna(False).to_numpy(dtype=bool)
        at, _, _ = pairs_within(lines, shapes(voids).only(cellar), reach)
        found[at] = True
    return flags(found, unsure, pipes.index)
