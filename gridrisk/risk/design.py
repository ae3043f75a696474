"""Mains sorted into groups of equal inputs: what a regression of failure rates looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.columns import combinations_of
from gridrisk.risk.panel import CATEGORIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Design:
    """Mains sorted into groups of equal inputs.

    Attributes
    ----------
    group
        Group of each main.
    matrix
        Inputs of each group.
    factors
        Name, columns of `matrix`, and level of each group, of every factor.
    """

    group: Ints
    matrix: Floats
    factors: tuple[tuple[str, Ints, NDArray[np.object_]], ...]

    def total(self, values: Floats) -> Floats:
        """Return the sum over the mains of each group."""
        return np.bincount(self.group, weights=values, minlength=len(self.matrix)).astype(float)


def design(mains: pd.DataFrame, params: Parameters) -> Design:
    """Sort mains by material and decade laid, diameter, length and the texts of `CATEGORIES` that there are.

    Parameters
    ----------
    mains
        See `gridrisk.risk.panel.record`.
    params
        ``models/likelihood/fit.toml``.
    """
    decade = _decade(mains["laid"].to_numpy(), params)
    bounds = [float(bound) for bound in params["diameter.bounds_mm"].value]
    size = mains["diameter_mm"].to_numpy()
    length = _length_class(mains["length_km"].to_numpy() * 1000, params)
    unknown = pd.Series(np.nan, index=mains.index)
    codes = {name: pd.factorize(mains.get(name, unknown), sort=True) for name in CATEGORIES}
    sizes = np.where(np.isnan(size), -1, np.digitize(size, bounds, right=True)).astype(np.int64)
    columns = [*(code.astype(np.int64) + 1 for code, _ in codes.values()), decade, sizes, length]
    first, group = combinations_of(*columns)
    rows = np.column_stack([column[first] for column in columns])
    names = {name: np.array([_UNKNOWN, *levels], dtype=str) for name, (_, levels) in codes.items()}
    matrix, factors = _blocks(rows, names, bounds, params)
    return Design(group, matrix, factors)


def _decade(laid: Floats, params: Parameters) -> Ints:
    """Return the decade laid, within the bounds; 0 where unknown."""
    bounds = params.table("decade")
    decade = np.clip(np.nan_to_num(laid) // 10 * 10, bounds["first"] - 10, bounds["last"])
    return np.where(np.isnan(laid), 0, decade).astype(np.int64)


def _length_class(length_m: Floats, params: Parameters) -> Ints:
    table = params.table("length")
    doublings = np.log2(np.maximum(length_m, table["lowest_m"]) / table["reference_m"])
    return np.rint(doublings * table["classes_per_doubling"]).astype(np.int64)


def _blocks(
    rows: Ints, names: dict[str, NDArray[np.str_]], bounds: list[float], params: Parameters
) -> tuple[Floats, tuple[tuple[str, Ints, NDArray[np.object_]], ...]]:
    """Return the inputs of groups, and which columns make which factor."""
    decade, sizes, length = rows[:, -3], rows[:, -2], rows[:, -1]
    range_ = params.table("decade")
    starts = np.arange(range_["first"], range_["last"] + 1, 10)
    steps = np.column_stack([(decade[:, None] >= starts[None, :]).astype(float), (decade == 0).astype(float)])
    steps = steps[:, np.ptp(steps, axis=0) > 0]
    blocks: list[Floats] = []
    factors: list[tuple[str, Ints, NDArray[np.object_]]] = []
    width = 0

    def add(name: str, block: Floats, levels: NDArray[np.object_]) -> None:
        nonlocal width
        if block.shape[1]:
            factors.append((name, np.arange(width, width + block.shape[1]), levels))
            blocks.append(block)
            width += block.shape[1]

    for at, (name, levels) in enumerate(names.items()):
        sort = _one_hot(rows[:, at])
        texts = levels[rows[:, at]].astype(object)
        if name == "material":
            crossed = (sort[:, :, None] * steps[:, None, :]).reshape(len(rows), -1)
            crossed = crossed[:, np.ptp(crossed, axis=0) > 0] if crossed.size else crossed[:, :0]
            laid = np.where(decade == 0, _UNKNOWN, decade.astype(str)).astype(object)
            add("material_decade", np.hstack([sort, steps, crossed]), np.asarray(texts + " " + laid, dtype=object))
        else:
            add(name, sort, texts)
    labels = np.array([_UNKNOWN, *(f"≤ {bound:g} mm" for bound in bounds), f"> {bounds[-1]:g} mm"], dtype=object)
    add("diameter", _one_hot(sizes), labels[sizes + 1])
    table = params.table("length")
    doublings = length / table["classes_per_doubling"]
    metres = np.array([f"{value:.0f} m" for value in table["reference_m"] * 2.0**doublings], dtype=object)
    add("length", (doublings * np.log(2))[:, None] if np.ptp(length) > 0 else np.empty((len(rows), 0)), metres)
    return (np.hstack(blocks) if blocks else np.empty((len(rows), 0))), tuple(factors)


def _one_hot(codes: Ints) -> Floats:
    levels, inverse = np.unique(codes, return_inverse=True)
    return np.eye(len(levels))[inverse.reshape(-1)] if len(levels) > 1 else np.empty((len(codes), 0))
