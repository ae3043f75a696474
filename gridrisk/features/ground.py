"""Rasters along pipes: an exact mean over the cells a line passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.geometry import segments
from gridrisk.features.shapes import LARGE, raw_shapes
from gridrisk.findings import Finding
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.layers.raster import Raster

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Less than this without a value is rounding.
_LEAST_M = 1e-6


def mean_along(pipes: gpd.GeoDataFrame, raster: Raster | None) -> pd.Series:
    """Return the mean of the cells each pipe passes, weighted with the length in each.

    A pipe without length takes the cell it lies in. Cells without value and what lies outside the raster do not count;
    NaN where nothing else is left, and where there is no raster.
    """
    result = np.full(len(pipes), np.nan)
    if raster is not None and len(pipes):
        sums, weights, _ = _along(pipes, raster)
        np.divide(sums, weights, out=result, where=weights > 0)
    return pd.Series(result, index=pipes.index)


def raster_findings(pipes: gpd.GeoDataFrame, rasters: Mapping[str, Raster]) -> list[Finding]:
    """Return a finding for every raster that has no value along some pipes, such as one that ends in the city."""
    found = []
    placed = raw_shapes(pipes).located
    for name, raster in rasters.items():
        if not placed.any():
            break
        _, known, whole = _along(pipes, raster)
        short = np.flatnonzero(placed & (known < whole - _LEAST_M))
        if not len(short):
            continue
        found.append(
            Finding(
                layer=name,
                check="raster_coverage",
                severity="warning",
                message=msg(
                    "the raster {raster} has no value along {count} of {all} pipes ({blank} of them wholly), first "
                    "{id}; what it says of them is unknown or of a part only. Import one that covers the whole network",
                    raster=name,
                    count=len(short),
                    all=int(placed.sum()),
                    blank=int(np.count_nonzero(known[short] <= 0)),
                    id=str(pipes.index[short[0]]),
                ),
            )
        )
    return found


def _along(pipes: gpd.GeoDataFrame, raster: Raster) -> tuple[Floats, Floats, Floats]:
    """Return for each pipe the sum of length times value, the length with a value, and the whole length.

    A pipe without length counts 1 for each of its points.
    """
    pieces = segments(raw_shapes(pipes), points=True)
    ends = pieces.start + pieces.vector * pieces.length_m[:, None]
    start, end = _to_cells(raster, pieces.start), _to_cells(raster, ends)
    total = np.bincount(pieces.owner, weights=pieces.length_m, minlength=len(pipes))
    # where a pipe has no length at all, each of its points weighs the same
    weight = np.where(total[pieces.owner] > 0, pieces.length_m, 1.0)
    if len(start) >= LARGE:
        from gridrisk.features import kernels_lines

        sums, weights = kernels_lines.cell_sums(start, end, weight, pieces.owner, raster.values, len(pipes))
    else:
        sums, weights = _cell_sums(start, end, weight, pieces.owner, raster.values, len(pipes))
    return sums, weights, np.bincount(pieces.owner, weights=weight, minlength=len(pipes)).astype(float)


def _cell_sums(
    start: Floats, end: Floats, weight: Floats, owner: Ints, values: Floats, count: int
) -> tuple[Floats, Floats]:
    """Return for each owner the sum of weight times value over the cells its segments pass, and the sum of weights."""
    piece, middle, share = _walk(start, end)
    column, row = np.floor(middle[:, 0]), np.floor(middle[:, 1])
    inside = (row >= 0) & (row < values.shape[0]) & (column >= 0) & (column < values.shape[1])
    value = np.full(len(piece), np.nan)
    value[inside] = values[row[inside].astype(np.int64), column[inside].astype(np.int64)]
    known = ~np.isnan(value)
    at, part = owner[piece[known]], (weight[piece] * share)[known]
    sums = np.asarray(np.bincount(at, weights=part * value[known], minlength=count), dtype=float)
    return sums, np.asarray(np.bincount(at, weights=part, minlength=count), dtype=float)


def _to_cells(raster: Raster, xy: Floats) -> Floats:
    inverse = ~raster.transform
    return np.column_stack(
        [
            inverse.a * xy[:, 0] + inverse.b * xy[:, 1] + inverse.c,
            inverse.d * xy[:, 0] + inverse.e * xy[:, 1] + inverse.f,
        ]
    )


def _walk(start: Floats, end: Floats) -> tuple[Ints, Floats, Floats]:
    """Cut segments (in cell coordinates) where they pass from cell to cell.

    Returns the segment of each piece, its middle, and its share of the segment.
    """
    rows = [np.arange(len(start)), np.arange(len(start))]
    cuts = [np.zeros(len(start)), np.ones(len(start))]
    for axis in (0, 1):
        low, high = np.minimum(start[:, axis], end[:, axis]), np.maximum(start[:, axis], end[:, axis])
        first = np.floor(low) + 1
        count = np.maximum(np.ceil(high) - first, 0).astype(np.int64)
        row = np.repeat(np.arange(len(start)), count)
        line = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        rows.append(row)
        cuts.append((line - start[row, axis]) / (end[row, axis] - start[row, axis]))
    row, cut = np.concatenate(rows), np.concatenate(cuts)
    order = np.lexsort((cut, row))
    row, cut = row[order], cut[order]
    same = row[1:] == row[:-1]
    piece = row[:-1][same]
    before, after = cut[:-1][same], cut[1:][same]
    middle = start[piece] + (end[piece] - start[piece]) * ((before + after) / 2)[:, None]
    return piece, middle, after - before
