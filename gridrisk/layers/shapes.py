"""Geometries of a delivery made fit for their layer, or told of: type, parts, blanks, zero length, crossings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import GeometryType as Kind

from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.layers.collect import Collector, Rows
    from gridrisk.layers.schema import LayerSchema

_SINGLE = {Kind.POINT: "Point", Kind.LINESTRING: "LineString", Kind.LINEARRING: "LineString", Kind.POLYGON: "Polygon"}
_MULTI = {Kind.MULTIPOINT: "Point", Kind.MULTILINESTRING: "LineString", Kind.MULTIPOLYGON: "Polygon"}
_BASE = {int(kind): name for kind, name in {**_SINGLE, **_MULTI}.items()}


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometries fit for a layer.

    Attributes
    ----------
    geometry
        The geometries.
    origin
        For each the position of its row in the table.
    part
        Which part of its row it is, from 1; 0 where the row has only one.
    """

    geometry: NDArray[np.object_]
    origin: NDArray[np.intp]
    part: NDArray[np.int64]


def fit(geometry: NDArray[np.object_], spec: LayerSchema, rows: Rows, collector: Collector) -> Shapes:
    """Return the geometries that fit the layer, in two dimensions, in single parts where the layer wants that.

    A row without a place, of the wrong type or without extent is left out with an error; what was mended is told.
    """
    geometry = shapely.force_2d(geometry)
    good = _known(geometry, rows, collector)
    geometry[~good] = None
    good &= _of_type(geometry, good, spec, rows, collector)
    geometry = _mended(geometry, good, rows, collector)
    good &= _extended(geometry, good, rows, collector)
    origin = np.flatnonzero(good)
    _tell_crossing(geometry, origin, rows, collector)
    return _single(geometry, origin, spec, rows, collector)


def _known(geometry: NDArray[np.object_], rows: Rows, collector: Collector) -> NDArray[np.bool_]:
    blank = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    collector.add_rows(
        "no_geometry",
        "error",
        rows,
        np.flatnonzero(blank).tolist(),
        lambda _, row: msg(
            "{place}: has no place, or none that can be read; give its coordinates or take it out", place=row
        ),
    )
    bounds = shapely.bounds(geometry)
    coordinates, owners = shapely.get_coordinates(geometry, return_index=True)
    broken = np.zeros(len(geometry), dtype=bool)
    broken[owners[~np.isfinite(coordinates).all(axis=1)]] = True
    broken |= ~blank & ~np.isfinite(bounds).all(axis=1)
    collector.add_rows(
        "not_finite",
        "error",
        rows,
        np.flatnonzero(broken).tolist(),
        lambda _, row: msg("{place}: a coordinate is not a finite number; correct it", place=row),
    )
    return ~blank & ~broken


def _of_type(
    geometry: NDArray[np.object_], good: NDArray[np.bool_], spec: LayerSchema, rows: Rows, collector: Collector
) -> NDArray[np.bool_]:
    kinds = shapely.get_type_id(geometry)
    wanted = [kind for kind, name in _BASE.items() if name in spec.geometry]
    fits = np.isin(kinds, wanted)

    wrong = np.flatnonzero(good & ~fits)
    names = [geometry[i].geom_type for i in wrong]

    def tell(place: int, row: Message) -> Message:
        return msg(
            "{place}: a {found} in the layer {layer}, which takes {wanted}; put it into the right layer or redraw it",
            place=row,
            found=names[place],
            layer=spec.layer,
            wanted=", ".join(spec.geometry),
        )

    collector.add_rows("geometry_type", "error", rows, wrong.tolist(), tell)
    return fits


def _mended(
    geometry: NDArray[np.object_], good: NDArray[np.bool_], rows: Rows, collector: Collector
) -> NDArray[np.object_]:
    """Return the geometries with self-crossing polygons made valid."""
    areas = np.isin(shapely.get_type_id(geometry), [Kind.POLYGON, Kind.MULTIPOLYGON])
    broken = np.flatnonzero(good & areas & ~shapely.is_valid(geometry))
    if not len(broken):
        return geometry
    reasons = shapely.is_valid_reason(geometry[broken])
    collector.add_rows(
        "self_crossing",
        "warning",
        rows,
        broken.tolist(),
        lambda i, row: msg(
            "{place}: the outline crosses itself ({reason}); it was mended, look at it", place=row, reason=reasons[i]
        ),
    )
    mended = geometry.copy()
    mended[broken] = shapely.make_valid(geometry[broken], method="structure", keep_collapsed=False)
    return mended


def _extended(
    geometry: NDArray[np.object_], good: NDArray[np.bool_], rows: Rows, collector: Collector
) -> NDArray[np.bool_]:
    kinds = shapely.get_type_id(geometry)
    points = np.isin(kinds, [Kind.POINT, Kind.MULTIPOINT])
    areas = np.isin(kinds, [Kind.POLYGON, Kind.MULTIPOLYGON])
    flat = good & ~points & ~(np.where(areas, shapely.area(geometry), shapely.length(geometry)) > 0)
    collector.add_rows(
        "zero_length",
        "error",
        rows,
        np.flatnonzero(flat).tolist(),
        lambda _, row: msg("{place}: has no length or area; correct its coordinates or take it out", place=row),
    )
    return ~flat


def _tell_crossing(geometry: NDArray[np.object_], origin: NDArray[np.intp], rows: Rows, collector: Collector) -> None:
    lines = origin[np.isin(shapely.get_type_id(geometry[origin]), [Kind.LINESTRING, Kind.LINEARRING])]
    crossing = lines[~shapely.is_simple(geometry[lines])]
    collector.add_rows(
        "self_crossing",
        "warning",
        rows,
        crossing.tolist(),
        lambda _, row: msg("{place}: the line crosses itself or runs back over itself; look at it", place=row),
    )


def _single(
    geometry: NDArray[np.object_], origin: NDArray[np.intp], spec: LayerSchema, rows: Rows, collector: Collector
) -> Shapes:
    """Return single parts: contiguous lines merged, the rest as rows of their own unless the layer takes several."""
    merged = geometry.copy()
    kinds = shapely.get_type_id(merged)
    broken = origin[kinds[origin] == Kind.MULTILINESTRING]
    merged[broken] = shapely.line_merge(merged[broken])
    counts = shapely.get_num_geometries(merged[origin])
    single = origin[counts == 1]
    several = origin[counts > 1]
    merged[single] = shapely.get_geometry(merged[single], 0)
    rings = single[shapely.get_type_id(merged[single]) == Kind.LINEARRING]
    merged[rings] = [shapely.LineString(ring.coords) for ring in merged[rings]]
    if spec.multipart or not len(several):
        return Shapes(merged[origin], origin, np.zeros(len(origin), dtype=np.int64))
    numbers = shapely.get_num_geometries(merged[several])
    collector.add_rows(
        "split",
        "info",
        rows,
        several.tolist(),
        lambda i, row: msg(
            "{place}: consists of {count} parts, which became rows of their own (-1, -2 …)",
            place=row,
            count=int(numbers[i]),
        ),
    )
    parts, owner = shapely.get_parts(merged[origin], return_index=True)
    first = np.concatenate([[0], np.cumsum(counts)])[owner]
    part = np.where(counts[owner] > 1, np.arange(len(parts)) - first + 1, 0)
    return Shapes(parts, origin[owner], part)
