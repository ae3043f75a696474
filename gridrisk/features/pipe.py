"""What the records of a pipe give for its surroundings: outer radius, pressure class, whether it lies in the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.features.columns import chosen, flags_of
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_IRON = ("grey_cast_iron", "ductile_iron")


def pressure_class(pipes: pd.DataFrame, pressure: Parameters) -> pd.Series:
    """Return the pressure class of each pipe; where it is not recorded, the class of its operating pressure.

    Returns
    -------
    Series
        Text, missing where neither is known.
    """
    recorded = pd.Series(pipes["pressure_class"].astype("str"))
    known = recorded.notna().to_numpy(dtype=bool)
    if known.all():
        return recorded
    limits = pressure.table("max_pressure_kpa")
    classes = pressure.names("classes")
    bounds = np.array([limits[name] for name in classes])
    mop = pipes["mop_kpa"].to_numpy(dtype=float)
    # the lowest class ends below its limit, the others reach theirs
    rank = np.searchsorted(bounds, mop, side="left") + ((mop == bounds[0]).astype(int))
    return recorded.where(known, chosen(np.where(rank < len(classes), rank, -1), classes, pipes.index))


def range_of_class(classes: pd.Series, table: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Return the least and the greatest value that `table` may hold for each class; equal where the class is known.

    Raises
    ------
    ParameterError
        Where the table lacks a class that occurs.
    """
    code, names = pd.factorize(classes)
    absent = set(names) - set(table)
    if absent:
        raise ParameterError(
            msg(
                "no value for the pressure class {name}; add it to the table in models/", name=", ".join(sorted(absent))
            )
        )
    value = np.array([*(table[name] for name in names), np.nan], dtype=float)[code]
    known = ~np.isnan(value)
    return np.where(known, value, min(table.values())), np.where(known, value, max(table.values()))


def diameter_assumed(pipes: gpd.GeoDataFrame) -> pd.Series:
    """Say for which pipes no diameter is recorded, so that `outer_radius_m` takes the largest of the class."""
    return pd.Series(~(pipes["diameter_mm"] > 0))


def outer_radius_m(pipes: gpd.GeoDataFrame, pressure: Parameters) -> pd.Series:
    """Return the outer radius of each pipe, m.

    The diameter of polyethylene is the outer one; a nominal diameter of steel or iron is looked up. Other and
    unknown materials take the larger of both. A missing diameter is the largest usual one of the pressure class:
    a radius of nothing would overstate every distance.
    """
    nominal = pipes["diameter_mm"].to_numpy(dtype=float)
    steel, iron = (_outer_mm(nominal, pressure.table(f"outer_diameter_mm.{name}")) for name in ("steel", "iron"))
    material = pipes["material"]
    outer = np.select(
        [
            (material == "pe").to_numpy(dtype=bool),
            (material == "steel").to_numpy(dtype=bool),
            material.isin(_IRON).to_numpy(dtype=bool),
        ],
        [nominal, steel, iron],
        default=np.maximum(steel, iron),
    )
    largest = range_of_class(pressure_class(pipes, pressure), pressure.table("largest_diameter_mm"))[1]
    outer = np.where(diameter_assumed(pipes).to_numpy(dtype=bool), largest, outer)
    return pd.Series(outer / 2000.0, index=pipes.index, name="outer_radius_m")


def _outer_mm(nominal: Floats, table: Mapping[str, float]) -> Floats:
    known = {float(size): outer for size, outer in table.items()}
    return np.asarray(pd.Series(nominal).map(known).fillna(pd.Series(nominal)), dtype=float)


def underground(pipes: gpd.GeoDataFrame) -> Bools:
    """Say which pipes lie in the ground; risers and overhead pipes do not, an unrecorded laying counts as buried."""
    above = (pipes["setting"] == "riser") | (pipes["laying"] == "overhead")
    return np.asarray(~above.fillna(False).to_numpy(dtype=bool), dtype=bool)


def flags(true: Bools, unknown: Bools, index: pd.Index) -> pd.Series:
    """Return a nullable boolean: true where `true`, else missing where `unknown`, else false."""
    true = np.asarray(true, dtype=bool)
    return pd.Series(flags_of(true, np.asarray(unknown, dtype=bool) & ~true), index=index)


def unknown_flags(index: pd.Index) -> pd.Series:
    """Return a nullable boolean that is missing everywhere."""
    return pd.Series(pd.NA, index=index, dtype="boolean")


def joined(rows: NDArray[np.int64], words: NDArray[np.object_] | ExtensionArray, index: pd.Index) -> pd.Series:
    """Return the distinct words of each row in alphabetical order, joined by commas; missing where there is none."""
    code, names = pd.factorize(cast("NDArray[np.object_]", words), sort=True)
    known = code >= 0
    count = max(len(names), 1)
    key = np.sort(rows[known] * np.int64(count) + code[known])
    row, at = np.divmod(key[np.diff(key, prepend=-1) > 0], count)
    first = np.diff(row, prepend=-1) > 0
    texts = [str(name) for name in names]
    place = np.full(len(index), -1, dtype=np.int64)
    place[row[first]] = at[first]
    # few lists of several words occur, each is put together once
    several: dict[tuple[int, int], int] = {}
    for here, further in zip(row[~first].tolist(), at[~first].tolist(), strict=True):
        both = int(place[here]), further
        if both not in several:
            several[both] = len(texts)
            texts.append(f"{texts[both[0]]},{texts[further]}")
        place[here] = several[both]
    return chosen(place, texts, index)
