"""What no service line passes without a crossing: rivers, railways, expressways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

    from gridrisk.params import Parameters

    from .streets import Floats, Geometries, Ints

#: A way that ends on a barrier crosses it together with the way that goes on from there: each counts half.
_HALF = 0.5
_END_M = 0.05


@dataclass(frozen=True, slots=True)
class Crossings:
    """Places at which lines cross barriers.

    Attributes
    ----------
    line
        Position of the line, ascending.
    along_m
        Distance along it, ascending within a line.
    weight
        1, or a half where the line only comes up to the barrier.
    """

    line: Ints
    along_m: Floats
    weight: Floats

    def between(self, line: Ints, start_m: Floats, end_m: Floats) -> Floats:
        """Return how many crossings lie on stretches of lines; one at the very end belongs to the next stretch."""
        step = max(float(self.along_m.max(initial=0.0)), float(np.max(end_m, initial=0.0))) + 1.0
        keys = self.line * step + self.along_m
        sums = np.concatenate([[0.0], np.cumsum(self.weight)])
        last = np.searchsorted(keys, line * step + end_m, side="left")
        first = np.searchsorted(keys, line * step + start_m, side="left")
        found: Floats = sums[last] - sums[first]
        return found


def split(roads: gpd.GeoDataFrame, params: Parameters) -> tuple[Geometries, Geometries]:
    """Return the roads along which a line can be laid, and the barriers among them.

    Barriers are the roads whose class is one of ``barrier.classes``: expressways, and the railways and rivers that
    were imported beside the roads.
    """
    words = {word.casefold() for word in params.names("barrier.classes")}
    is_barrier = roads["class"].astype("str").str.strip().str.casefold().isin(words).to_numpy(bool)
    shapes = roads.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return shapes[~is_barrier], shapely.force_2d(shapes[is_barrier & there])


def find(lines: Geometries, barriers: Geometries, same_m: float) -> Crossings:
    """Return where lines cross barriers; crossings of one line within `same_m` (two tracks, say) are one."""
    nothing = Crossings(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
    if not len(barriers) or not len(lines):
        return nothing
    which, hit = shapely.STRtree(barriers).query(lines, predicate="intersects")
    if not len(which):
        return nothing
    parts, of = shapely.get_parts(shapely.intersection(lines[which], barriers[hit]), return_index=True)
    long = shapely.length(parts) > 0
    places = parts.copy()
    places[long] = shapely.line_interpolate_point(parts[long], 0.5, normalized=True)
    line = which[of]
    along = shapely.line_locate_point(lines[line], places)
    order = np.lexsort((along, line))
    line, along = line[order], along[order]
    first = np.ones(len(line), dtype=bool)
    first[1:] = (line[1:] != line[:-1]) | (np.diff(along) > same_m)
    line, along = line[first], along[first]
    length = shapely.length(lines[line])
    end = (along < _END_M) | (along > length - _END_M)
    inside = np.minimum(along, length * (1 - 1e-9))
    return Crossings(line.astype(np.int64), inside, np.where(end, _HALF, 1.0))


def count(lines: Geometries, barriers: Geometries) -> Ints:
    """Return how many barriers each line meets."""
    counts = np.zeros(len(lines), dtype=np.int64)
    if len(barriers) and len(lines):
        np.add.at(counts, shapely.STRtree(barriers).query(lines, predicate="intersects")[0], 1)
    return counts
