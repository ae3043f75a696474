"""Coordinate systems: the only package that transforms coordinates. Inside a workspace everything is metric."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError

from gridrisk.crs import guess as guesses
from gridrisk.crs.city import CitySystem
from gridrisk.crs.guess import in_order, zone_code
from gridrisk.crs.webmap import LABELS
from gridrisk.errors import CrsError
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "Bounds", "CitySystem", "Given", "diagnose", "extent", "given", "guess", "in_order", "inside", "is_metric", "label",
    "parse", "require_metric", "same", "transform",
]  # fmt: skip

Bounds = tuple[float, float, float, float]

#: CGCS2000 and WGS 84 agree within decimetres; the transformation between them is one of nothing by definition.
_EQUIVALENT_DATUMS = {"China 2000", "World Geodetic System 1984", "World Geodetic System 1984 ensemble"}
#: Cities use their zone somewhat beyond its edge; what lies further out is a wrong system.
_MARGIN_DEGREES = 2.0
_ZONE_PREFIX_M = 1_000_000.0


def parse(text: str) -> CRS:
    """Return the CRS named by `text` (``EPSG:4547``, WKT …).

    Raises
    ------
    CrsError
        Where there is no such system.
    """
    try:
        return CRS.from_user_input(text)
    except ProjCRSError as error:
        raise CrsError(
            msg(
                "{text}: no such coordinate system; give one such as EPSG:4547 (CGCS2000, central meridian 114°)",
                text=text,
            )
        ) from error


def is_metric(crs: CRS | None) -> bool:
    """Say whether coordinates of `crs` are metres on a plane."""
    return crs is not None and crs.is_projected and all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)


def units_of(metres: float, crs: CRS) -> float:
    """Return how many units of `crs` (degrees, feet …) are that many metres on the ground, or up to that many.

    Of degrees those at the equator, which are nowhere longer.
    """
    factor = crs.axis_info[0].unit_conversion_factor
    radius_m = crs.ellipsoid.semi_major_metre if crs.is_geographic and crs.ellipsoid is not None else 1.0
    return float(metres / (factor * radius_m))


def require_metric(frame: gpd.GeoDataFrame, what: str) -> None:
    """Refuse a frame whose coordinates are not metres.

    Raises
    ------
    CrsError
        Naming `what` and the CRS it is in.
    """
    if not is_metric(frame.crs):
        raise CrsError(
            msg(
                "{what}: coordinates must be metres, but the CRS is {crs}; import the layer through a workspace",
                what=what,
                crs=frame.crs.to_string() if frame.crs is not None else "—",
            )
        )


@cache
def same(first: CRS, second: CRS) -> bool:
    """Say whether two systems give a place the same x and y (the order of axes in the definition aside)."""
    if first.equals(second, ignore_axis_order=True):
        return True
    code = first.to_authority(min_confidence=100)
    return code is not None and code == second.to_authority(min_confidence=100)


def label(crs: CRS) -> str:
    """Return the short name of a system for messages: its EPSG code where it has one, else its name."""
    authority = crs.to_authority(min_confidence=100)
    return f"{authority[0]}:{authority[1]}" if authority else crs.name


@cache
def extent(crs: CRS) -> Bounds | None:
    """Return the bounds (min x, min y, max x, max y) within which data in `crs` can lie; None where unknown.

    The area of use of the system, widened by two degrees, in its own coordinates.
    """
    area = crs.area_of_use
    code = crs.to_authority(min_confidence=100) if area is None else None
    if code is not None:  # the .prj of a shapefile names no area, but the system it is does
        crs = CRS.from_authority(*code)
        area = crs.area_of_use
    if area is None:
        return (-180.0, -90.0, 180.0, 90.0) if crs.is_geographic else None
    bounds = (
        max(area.west - _MARGIN_DEGREES, -180.0),
        max(area.south - _MARGIN_DEGREES, -90.0),
        min(area.east + _MARGIN_DEGREES, 180.0),
        min(area.north + _MARGIN_DEGREES, 90.0),
    )
    if crs.is_geographic or crs.geodetic_crs is None:
        return bounds
    try:
        found = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform_bounds(*bounds)
    except ProjError:
        return None
    return found if np.isfinite(found).all() else None


def inside(bounds: NDArray[np.float64], crs: CRS) -> NDArray[np.bool_]:
    """Say for each row (min x, min y, max x, max y) whether it lies where data in `crs` can lie."""
    area = extent(crs)
    if area is None:
        return np.ones(len(bounds), dtype=bool)
    west, south, east, north = area
    return (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)


def diagnose(bounds: Bounds, crs: CRS) -> Message:
    """Say what coordinates that do not lie in the area of `crs` look like: degrees, swapped axes, a zone prefix."""
    x0, y0, x1, y1 = bounds
    if crs.is_projected and max(abs(x0), abs(x1)) <= 180 and max(abs(y0), abs(y1)) <= 90:
        return msg("they look like degrees; name the system of the degrees with --crs, such as EPSG:4490 (CGCS2000)")
    if crs.is_geographic:
        return msg("they look like metres; name the projected system with --crs, such as EPSG:4547")
    if _fits((y0, x0, y1, x1), crs):
        return msg("x and y look swapped (in Chinese survey tables X is the northing); if so, import with --swap-axes")
    shift = _ZONE_PREFIX_M * (x0 // _ZONE_PREFIX_M)
    if shift and _fits((x0 - shift, y0, x1 - shift, y1), crs):
        zone = int(shift / _ZONE_PREFIX_M)
        return msg(
            "the eastings bear the zone number {zone}; name the system with prefix by --crs {code}",
            zone=zone,
            code=zone_code(zone) or "EPSG:n",
        )
    area = extent(crs)
    if area is not None and not shift and area[0] >= _ZONE_PREFIX_M:
        return msg("the eastings lack the zone number of this system; name the system without prefix by --crs")
    return guesses.guess((x0 + x1) / 2, (y0 + y1) / 2)


def guess(x: float, y: float, likely: CRS | None = None) -> Message:
    """Say what a typical place (x, y) without a system looks like, and whether it would lie in a `likely` one."""
    looks = guesses.guess(x, y)
    # only Gauss-Krüger metres without a zone number leave the system open among many
    metres = 100_000 < x < _ZONE_PREFIX_M
    if likely is None or not likely.is_projected or not metres or not _fits((x, y, x, y), likely):
        return looks
    return msg(
        "{guess}; they would lie in {crs} ({name}), the system of the workspace: --crs {crs} if it is that one",
        guess=looks,
        crs=label(likely),
        name=likely.name,
    )


def _fits(bounds: Bounds, crs: CRS) -> bool:
    return bool(inside(np.array([bounds]), crs)[0])


@cache
def _transformer(source: CRS, target: CRS) -> Transformer | None:
    """Return the way from `source` to `target`, or None where it would be a guess."""
    datums = {_datum(source), _datum(target)}
    exact = len(datums) == 1 or datums <= _EQUIVALENT_DATUMS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a finer grid is not at hand: decimetres, not tens of metres
        try:
            return Transformer.from_crs(source, target, always_xy=True, allow_ballpark=exact)
        except ProjError:
            return None


def _datum(crs: CRS) -> str:
    geodetic = crs.geodetic_crs
    return geodetic.datum.name if geodetic is not None and geodetic.datum is not None else ""


@dataclass(frozen=True, slots=True)
class Given:
    """The system that a person says coordinates are in.

    Attributes
    ----------
    crs
        In which the coordinates are read.
    undo
        What brings them from there into `result`; None where `crs` is a system of its own.
    """

    crs: CRS
    result: CRS
    undo: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None

    def settled(self, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return geometries in `result`."""
        return geometry if self.undo is None else np.asarray(shapely.transform(geometry, self.undo))


def given(text: str, systems: Sequence[CitySystem] = ()) -> Given:
    """Return the system named by `text`: a code, GCJ02, BD09, or one of the city's own.

    Raises
    ------
    CrsError
        Where there is no such system.
    """
    web = LABELS.get(text.upper().replace("-", ""))
    if web is not None:
        degrees = CRS.from_epsg(4490)
        return Given(degrees, degrees, web)
    own = next((system for system in systems if system.name == text), None)
    if own is not None:
        begins = own.begins
        return Given(begins, own.ends, lambda places: own.move(places, begins))
    crs = parse(text)
    return Given(crs, crs)


def transform(frame: gpd.GeoDataFrame, target: CRS, what: str, systems: Sequence[CitySystem] = ()) -> gpd.GeoDataFrame:
    """Return `frame` in the CRS `target`; `systems` are the city's own ways from old systems.

    A transformation that is only a ballpark (Beijing 1954 or Xian 1980 to CGCS2000 without the city's parameters:
    tens of metres off without a word) is refused.

    Raises
    ------
    CrsError
        Where the frame has no CRS, the transformation would be a guess, or a place has no coordinates in `target`.
    """
    if frame.crs is None:
        raise CrsError(msg("{what}: the file names no coordinate system; give it with --crs EPSG:n", what=what))
    source = CRS(frame.crs)
    if same(source, target):
        return frame.set_crs(target, allow_override=True)
    transformer = _transformer(source, target)
    if transformer is None:
        own = next((system for system in systems if system.serves(source) and not system.serves(system.ends)), None)
        if own is not None:
            moved = shapely.transform(frame.geometry.to_numpy(), lambda places: own.move(places, source))
            settled = frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=own.ends))
            return transform(settled, target, what)
        raise CrsError(
            msg(
                "{what}: from {source} to {target} there is only a ballpark transformation, tens of metres "
                "off; have the survey company deliver the file in {target}, or put the city's parameters into crs.toml",
                what=what,
                source=source.name,
                target=target.name,
            )
        )

    def move(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(places[:, 0], places[:, 1]))

    moved = shapely.transform(frame.geometry.to_numpy(), move)
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise CrsError(
            msg(
                "{what}: some places have no coordinates in {target}; name the right system of the file with --crs",
                what=what,
                target=target.name,
            )
        )
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=target))
