"""Columns with unknown values, numbered tables, and arrays of geometries: small helpers of the sample city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Layer:
    """Fields of a layer, indexed by its id, and its geometries."""

    table: pd.DataFrame
    geometry: NDArray[np.object_]


def optional(known: NDArray[np.bool_], values: Any) -> NDArray[np.object_]:
    """Return `values` where they are known, None elsewhere."""
    out = np.full(len(known), None, dtype=object)
    out[known] = np.broadcast_to(np.asarray(values, dtype=object), known.shape)[known]
    return out


def flags(values: NDArray[np.bool_], unknown: NDArray[np.bool_]) -> pd.arrays.BooleanArray:
    """Return yes and no with the unknown ones missing."""
    return pd.arrays.BooleanArray(np.asarray(values, dtype=bool).copy(), np.asarray(unknown, dtype=bool).copy())


def partly(share: float, unknown: float, n: int, rng: np.random.Generator) -> pd.arrays.BooleanArray:
    """Draw yes with the chance `share`, unknown with the chance `unknown`."""
    return flags(rng.random(n) < share, rng.random(n) < unknown)


def integers(values: NDArray[np.int64], unknown: NDArray[np.bool_]) -> pd.arrays.IntegerArray:
    """Return whole numbers with the unknown ones missing."""
    return pd.arrays.IntegerArray(np.asarray(values, dtype=np.int64).copy(), np.asarray(unknown, dtype=bool).copy())


def dates(days: NDArray[np.datetime64], known: NDArray[np.bool_] | None = None) -> pd.Series[Any]:
    """Return days as a column of dates, missing where not known."""
    if known is not None:
        days = np.where(known, days, np.datetime64("NaT"))
    return pd.Series(days.astype("datetime64[ms]"))


def numbered(table: pd.DataFrame, prefix: str, name: str, digits: int = 6) -> pd.DataFrame:
    """Return the table under an index of ids: the prefix and a running number."""
    return table.set_index(pd.Index([f"{prefix}{i:0{digits}d}" for i in range(1, len(table) + 1)], name=name))


def points(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return points of coordinates of shape (n, 2)."""
    return np.asarray(shapely.points(xy), dtype=object)


def lines(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return lines of coordinates of shape (n, vertices, 2)."""
    return np.asarray(shapely.linestrings(xy), dtype=object)


def polygons(corners: list[NDArray[np.float64]]) -> NDArray[np.object_]:
    """Return polygons from their corners in order, each of shape (n, 2)."""
    return np.asarray(shapely.polygons(np.stack([*corners, corners[0]], axis=1)), dtype=object)
