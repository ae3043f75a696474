"""Geometries as flat coordinate arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

_POINT, _LINE, _POLYGON = (int(shapely.GeometryType[name]) for name in ("POINT", "LINESTRING", "POLYGON"))
_RING = int(shapely.GeometryType.LINEARRING)
_COLLECTION = int(shapely.GeometryType.GEOMETRYCOLLECTION)
#: From this many vertices on compiled loops pay.
_MANY = 100_000
NOWHERE = np.array([np.inf, np.inf, -np.inf, -np.inf])


@dataclass(frozen=True, slots=True)
class Flat:
    """Points, lines and areas as arrays; a geometry without coordinates owns no ring.

    Attributes
    ----------
    xy
        Vertices, shape (n, 2).
    rings, owns
        First vertex of each point, line or ring; first such of each geometry; one more element than there are.
    areal
        Whether each ring bounds an area. The rings of one geometry are odd and even: what an even number of them
        encloses is outside.
    """

    xy: Floats
    rings: Ints
    owns: Ints
    areal: Bools
    _memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what is known by `name`, made the first time and kept."""
        if name not in self._memo:
            self._memo[name] = make()
        return self._memo[name]

    @property
    def located(self) -> Bools:
        """Which geometries have coordinates."""
        found: Bools = self.kept("located", lambda: self.owns[1:] > self.owns[:-1])
        return found

    @property
    def box(self) -> Floats:
        """Box round each geometry: least x, least y, greatest x, greatest y; nowhere without coordinates."""
        found: Floats = self.kept("box", self._box)
        return found

    def _box(self) -> Floats:
        if len(self.xy) >= _MANY:
            from gridrisk.features import kernels_search

            boxes: Floats = kernels_search.bounds(self.xy, self.rings, self.owns)
            return boxes
        box = np.tile(NOWHERE, (len(self.owns) - 1, 1))
        there = np.flatnonzero(self.located)
        if len(there):
            first = self.rings[self.owns[there]]
            box[there, :2] = np.minimum.reduceat(self.xy, first)
            box[there, 2:] = np.maximum.reduceat(self.xy, first)
        return box

    @property
    def whole_areal(self) -> Bools:
        """Which geometries have an area."""
        first = np.minimum(self.owns[:-1], max(len(self.areal) - 1, 0))
        return self.located & self.areal[first] if len(self.areal) else self.located

    @property
    def owner(self) -> Ints:
        """The geometry of each ring."""
        return np.repeat(np.arange(len(self.owns) - 1), np.diff(self.owns))

    @property
    def inner(self) -> Ints:
        """The vertices from which a segment starts: all but the last of each ring."""
        keep = np.ones(len(self.xy), dtype=bool)
        keep[self.rings[1:] - 1] = False
        return np.flatnonzero(keep)

    @property
    def ring_length(self) -> Floats:
        """Length of each ring."""
        found: Floats = self.kept("ring_length", self._ring_length)
        return found

    def _ring_length(self) -> Floats:
        step = np.zeros(len(self.xy))
        if len(self.xy) > 1:
            step[:-1] = np.hypot(*np.diff(self.xy, axis=0).T)
            step[self.rings[1:] - 1] = 0.0
        return np.add.reduceat(step, self.rings[:-1]) if len(self.rings) > 1 else np.empty(0)

    @property
    def length(self) -> Floats:
        """Length of each geometry, all its rings together."""
        if np.array_equal(self.owns, np.arange(len(self.rings))):
            return self.ring_length
        whole: Floats = np.bincount(self.owner, weights=self.ring_length, minlength=len(self.owns) - 1).astype(float)
        return whole

    def take(self, rows: Ints) -> Flat:
        """Return the geometries of `rows`, in that order."""
        ring = _spread(self.owns[rows], np.diff(self.owns)[rows])
        vertex = _spread(self.rings[ring], np.diff(self.rings)[ring])
        return Flat(
            self.xy[vertex],
            ends_of(np.diff(self.rings)[ring]),
            ends_of(np.diff(self.owns)[rows]),
            self.areal[ring],
        )

    def objects(self, rows: Ints) -> Geometries:
        """Return points and lines of `rows` as shapely objects; None where there are no coordinates."""
        part = self.take(rows)
        size = np.diff(part.rings)
        single = size == 1
        pieces = np.full(len(size), None, dtype=object)
        pieces[single] = shapely.points(part.xy[part.rings[:-1][single]])
        ring = np.repeat(np.cumsum(~single) - 1, np.where(single, 0, size))
        pieces[~single] = shapely.linestrings(part.xy[np.repeat(~single, size)], indices=ring)
        found = np.full(len(rows), None, dtype=object)
        count = np.diff(part.owns)
        found[count == 1] = pieces[part.owns[:-1][count == 1]]
        for row in np.flatnonzero(count > 1):
            mine = pieces[part.owns[row] : part.owns[row + 1]]
            found[row] = shapely.multipoints(mine) if single[part.owns[row]] else shapely.multilinestrings(mine)
        return found


def ends_of(count: Ints) -> Ints:
    """Return where each of things of the given sizes begins in one array, and where the last ends."""
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _spread(first: Ints, count: Ints) -> Ints:
    """Return ``first[0], first[0] + 1, …`` for each of the counts, in one array."""
    ends = ends_of(count)
    return np.repeat(first - ends[:-1], count) + np.arange(ends[-1])


def of_objects(geometries: Geometries) -> Flat:
    """Return shapely objects of any kind as arrays; of a collection, overlapping areas are united first."""
    kinds = shapely.get_type_id(geometries)
    if (kinds == _COLLECTION).any():
        geometries = geometries.copy()
        loose = np.flatnonzero(kinds == _COLLECTION)
        geometries[loose] = shapely.union_all(np.reshape(geometries[loose], (-1, 1)), axis=1)
    parts, owner = geometries, np.arange(len(geometries))
    while np.isin(shapely.get_type_id(parts), [_POINT, _LINE, _RING, _POLYGON, -1], invert=True).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    there = ~(shapely.is_missing(parts) | shapely.is_empty(parts))
    parts, owner = parts[there], owner[there]
    areal = shapely.get_type_id(parts) == _POLYGON
    if areal.any():
        rings, index = shapely.get_rings(parts[areal], return_index=True)
        place = np.concatenate([np.flatnonzero(~areal), np.flatnonzero(areal)[index]])
        order = np.argsort(place, kind="stable")
        parts, owner = np.concatenate([parts[~areal], rings])[order], owner[place[order]]
        areal = areal[place[order]]
    xy, ring = shapely.get_coordinates(parts, return_index=True)
    return Flat(
        np.ascontiguousarray(xy),
        ends_of(np.bincount(ring, minlength=len(parts))),
        ends_of(np.bincount(owner, minlength=len(geometries))),
        areal,
    )


def of_wkb(encoded: pa.Array) -> Flat | None:
    """Return well-known binary as arrays; None where it holds what these loops do not read, such as collections."""
    from gridrisk.features import kernels_wkb

    _, offsets, data = encoded.buffers()
    if offsets is None:
        return None
    begin = np.frombuffer(offsets, dtype=np.int64 if encoded.type == "large_binary" else np.int32)[
        encoded.offset : encoded.offset + len(encoded) + 1
    ].astype(np.int64)
    bytes_ = np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, dtype=np.uint8)
    there = np.asarray(encoded.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
    vertices, rings = kernels_wkb.sizes(bytes_, begin, there)
    if vertices < 0:
        return None
    xy = np.empty((vertices, 2))
    first, owns = np.zeros(rings + 1, dtype=np.int64), np.zeros(len(encoded) + 1, dtype=np.int64)
    areal = np.zeros(rings, dtype=np.bool_)
    vertices, rings = kernels_wkb.read(bytes_, begin, there, xy.reshape(-1).view(np.uint8), first, owns, areal)
    xy = xy[:vertices]
    if not np.isfinite(xy).all():  # an empty point is written as not a number
        return None
    return Flat(xy, first[: rings + 1], owns, areal[:rings])


def doubtful(flat: Flat, *, compiled: bool) -> Ints:
    """Return the areas that may be invalid: all that are not single rings which plainly do not meet themselves."""
    if not compiled:
        return np.flatnonzero(flat.whole_areal)
    from gridrisk.features import kernels_wkb

    return np.flatnonzero(kernels_wkb.doubtful(flat.xy, flat.rings, flat.owns, flat.areal))


def replaced(flat: Flat, rows: Ints, by: Flat) -> Flat:
    """Return `flat` with other geometries in `rows`."""
    both = Flat(
        np.concatenate([flat.xy, by.xy]),
        np.concatenate([flat.rings, by.rings[1:] + len(flat.xy)]),
        np.concatenate([flat.owns, by.owns[1:] + len(flat.areal)]),
        np.concatenate([flat.areal, by.areal]),
    )
    order = np.arange(len(flat.owns) - 1)
    order[rows] = len(order) + np.arange(len(rows))
    return both.take(order)


def points(xy: Floats) -> Flat:
    """Return points as arrays."""
    count = np.arange(len(xy) + 1)
    return Flat(xy, count, count, np.zeros(len(xy), dtype=bool))


def straight(xy: Floats) -> Flat:
    """Return straight segments, start and end of each in turn, as arrays."""
    count = np.arange(len(xy) // 2 + 1)
    return Flat(xy, 2 * count, count, np.zeros(len(xy) // 2, dtype=bool))


def shortened(flat: Flat, rows: Ints, ring: Ints, at_start: Bools, by_m: float) -> Flat:
    """Return the lines of `rows`, `by_m` cut off one end of one ring of each (numbered as in ``flat.take(rows)``).

    A ring that is no longer than that is gone; a line of one such ring has no coordinates.
    """
    part = flat.take(rows)
    first, last = part.rings[ring], part.rings[ring + 1] - 1
    vertex_ring = np.repeat(np.arange(len(part.areal)), np.diff(part.rings))
    cut = np.zeros(len(part.areal), dtype=bool)
    cut[ring] = True
    from_start = np.zeros(len(part.areal), dtype=bool)
    from_start[ring] = at_start
    step = np.zeros(len(part.xy))
    step[1:] = np.hypot(*np.diff(part.xy, axis=0).T)
    step[part.rings[:-1]] = 0.0
    run = np.cumsum(step)
    before = run - run[part.rings[:-1]][vertex_ring]
    after = run[part.rings[1:] - 1][vertex_ring] - run
    away = np.where(from_start[vertex_ring], before, after)
    keep = ~cut[vertex_ring] | (away > by_m)
    xy = part.xy.copy()
    # the nearest vertex that goes moves to where the line is cut
    left = np.bincount(vertex_ring[keep], minlength=len(part.areal))
    some = left[ring] > 0
    gone = np.diff(part.rings)[ring] - left[ring]
    at = np.where(at_start, first + gone - 1, last - gone + 1)[some]
    toward = np.where(at_start[some], at + 1, at - 1)
    vector = part.xy[toward] - part.xy[at]
    length = np.hypot(vector[:, 0], vector[:, 1])
    xy[at] += vector * ((by_m - away[at]) / length)[:, None]
    keep[at] = True
    count = np.bincount(vertex_ring[keep], minlength=len(part.areal))
    full = count > 0
    return Flat(
        xy[keep], ends_of(count[full]), ends_of(np.bincount(part.owner[full], minlength=len(rows))), part.areal[full]
    )
