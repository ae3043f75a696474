"""Coordinate systems: the only module that transforms coordinates. Inside a workspace everything is metric."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pyproj import CRS
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from gridrisk.errors import CrsError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import geopandas as gpd

#: CGCS2000 and WGS 84 agree within decimetres; the transformation between them is one of nothing by definition.
_EQUIVALENT_DATUMS = {"China 2000", "World Geodetic System 1984", "World Geodetic System 1984 ensemble"}


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
def _transformation_gap(source: CRS, target: CRS) -> str | None:
    """Return why coordinates cannot go from `source` to `target` without guessing, or None."""
    if _datum(source) == _datum(target) or {_datum(source), _datum(target)} <= _EQUIVALENT_DATUMS:
        return None
    try:
        group = TransformerGroup(source, target, always_xy=True, allow_ballpark=False)
    except ProjError as error:
        return str(error)
    return None if group.transformers else "only a ballpark transformation exists"


def _datum(crs: CRS) -> str:
    geodetic = crs.geodetic_crs
    return geodetic.datum.name if geodetic is not None and geodetic.datum is not None else ""


def transform(frame: gpd.GeoDataFrame, target: CRS, what: str) -> gpd.GeoDataFrame:
    """Return `frame` in the CRS `target`.

    A transformation that is only a ballpark (Beijing 1954 or Xian 1980 to CGCS2000 without the city's parameters:
    tens of metres off without a word) is refused.

    Raises
    ------
    CrsError
        Where the frame has no CRS or the transformation would be a guess.
    """
    if frame.crs is None:
        raise CrsError(msg("{what}: the file names no coordinate system; give it with --crs EPSG:n", what=what))
    if frame.crs == target:
        return frame
    gap = _transformation_gap(CRS(frame.crs), target)
    if gap is not None:
        raise CrsError(
            msg(
                "{what}: from {source} to {target} there is only a ballpark transformation, which may be tens of "
                "metres off; have the survey company deliver the file in {target}",
                what=what,
                source=CRS(frame.crs).name,
                target=target.name,
            )
        )
    return frame.to_crs(target)
