"""Geometries and columns as short text: whole decimetres, differences only, variable-length bytes, base64.

A city of 5,000 segments takes about 100 kB this way, a fifth of GeoJSON, and the page decodes it in milliseconds
without any library (`maps/js/shapes.js` is the counterpart).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

#: Metres of one step of the coordinates in a page.
RESOLUTION_M = 0.1
#: Dimension of each shapely geometry type, -1 where it has none: point, line, ring, polygon, multi…, collection.
_DIMENSION = np.array([0, 1, 1, 2, 0, 1, 2])


def pack(values: ArrayLike) -> str:
    """Return non-negative integers below 2³² as base64 of LEB128 bytes (seven bits a byte, lowest first)."""
    numbers = np.asarray(values, dtype=np.uint64).ravel()
    if numbers.size == 0:
        return ""
    if numbers.max() >= 2**32:
        raise ValueError("a packed integer must be below 2**32")
    lengths = np.ones(numbers.size, dtype=np.int64)
    for bits in (7, 14, 21, 28):
        lengths += numbers >= 1 << bits
    starts = np.cumsum(lengths) - lengths
    out = np.zeros(int(lengths.sum()), dtype=np.uint8)
    for place in range(int(lengths.max())):
        here = lengths > place
        byte = (numbers[here] >> np.uint64(7 * place)) & np.uint64(0x7F)
        more = (lengths[here] > place + 1).astype(np.uint64) << np.uint64(7)
        out[starts[here] + place] = byte | more
    return base64.b64encode(out.tobytes()).decode("ascii")


def zigzag(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return signed integers as non-negative ones: 0, -1, 1, -2 … become 0, 1, 2, 3."""
    return (values << 1) ^ (values >> 63)


def geometry(shapes: gpd.GeoSeries, origin: tuple[float, float]) -> dict[str, Any]:
    """Return the geometries of `shapes` for a page, relative to `origin` (metres).

    Keys: ``n`` features; ``kinds`` (0 point, 1 line, 2 area; one number where all are alike); ``parts`` of each
    feature (left out where all have one); ``sizes``, the vertices of each part; ``xy``, zigzag differences in steps of
    `RESOLUTION_M` from vertex to vertex through all features. A missing or empty geometry has no part. Rings are
    parts too: outer ones run counter-clockwise and holes clockwise, so that one filling of all is right.
    """
    whole = np.asarray(shapes.to_numpy(), dtype=object)
    pieces, owner = shapely.get_parts(whole, return_index=True)
    pieces, owner = shapely.get_parts(pieces), np.repeat(owner, shapely.get_num_geometries(pieces))
    filled = ~shapely.is_empty(pieces)
    pieces, owner = pieces[filled], owner[filled]
    dimension = _DIMENSION[shapely.get_type_id(pieces)] if pieces.size else np.zeros(0, dtype=np.int64)
    kinds = np.zeros(len(whole), dtype=np.int64)
    np.maximum.at(kinds, owner, dimension)
    kept = dimension == kinds[owner]
    pieces, owner, dimension = pieces[kept], owner[kept], dimension[kept]
    pieces, owner = _rings(pieces, owner, dimension)
    steps = np.rint((shapely.get_coordinates(pieces) - np.asarray(origin)) / RESOLUTION_M).astype(np.int64)
    parts = np.bincount(owner, minlength=len(whole))
    encoded: dict[str, Any] = {
        "n": len(whole),
        "kinds": int(kinds[0]) if kinds.size and (kinds == kinds[0]).all() else pack(kinds),
        "sizes": pack(shapely.get_num_coordinates(pieces)),
        "xy": pack(zigzag(np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)))),
    }
    if (parts != 1).any():
        encoded["parts"] = pack(parts)
    return encoded


def _rings(pieces: NDArray[Any], owner: NDArray[Any], dimension: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the pieces with each polygon replaced by its rings, in the order of their owners."""
    areas = dimension == 2
    if not areas.any():
        return pieces, owner
    rings, of = shapely.get_rings(shapely.orient_polygons(pieces[areas]), return_index=True)
    both = np.concatenate([pieces[~areas], rings])
    owners = np.concatenate([owner[~areas], owner[areas][of]])
    order = np.argsort(owners, kind="stable")
    return both[order], owners[order]


def words(values: list[str | None]) -> dict[str, Any]:
    """Return texts as a list of the distinct ones and, for each row, one plus its place in it; 0 is unknown."""
    distinct = list(dict.fromkeys(value for value in values if value is not None))
    if len(distinct) > 0.5 * len(values):
        return {"values": values}
    places = {value: place for place, value in enumerate(distinct, start=1)}
    return {"words": distinct, "codes": pack([0 if value is None else places[value] for value in values])}
