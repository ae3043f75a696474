"""What coordinates without a named system look like: told to the person who must name it, never assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.i18n import msg

if TYPE_CHECKING:
    from gridrisk.i18n import Message

#: Degrees between which China lies, and metres between which Gauss-Krüger coordinates in China do.
_LONGITUDES, _LATITUDES = (73.0, 136.0), (3.0, 54.0)
_EASTINGS, _NORTHINGS = (150_000.0, 850_000.0), (300_000.0, 6_100_000.0)
_PREFIX_M = 1_000_000.0
#: Number of the first zone and the EPSG code of CGCS2000 in it: six degrees wide, three degrees wide.
_ZONES = ((13, 23, 4491), (25, 45, 4513))


def zone_code(zone: int) -> str | None:
    """Return the code of CGCS2000 with the zone number before the easting."""
    return next((f"EPSG:{code + zone - low}" for low, high, code in _ZONES if low <= zone <= high), None)


def guess(x: float, y: float) -> Message:
    """Say what a typical place (x, y) looks like, and which ``--crs`` to give if that is right."""
    for first, second, swapped in ((x, y, False), (y, x, True)):
        found = _of(first, second)
        if found is not None:
            return (
                msg("{guess}; x and y look swapped: --swap-axes if it is a drawing or map", guess=found)
                if swapped
                else found
            )
    return msg(
        "they look like a grid of the city's own; ask for the system, or put its parameters into crs.toml of the "
        "workspace and give their name with --crs"
    )


def in_order(x: float, y: float) -> tuple[float, float]:
    """Return a place as (east, north), where only the other order looks like a place in China."""
    return (y, x) if _of(x, y) is None and _of(y, x) is not None else (x, y)


def _of(x: float, y: float) -> Message | None:
    if _within(x, _LONGITUDES) and _within(y, _LATITUDES):
        return msg(
            "they look like degrees: --crs EPSG:4490 for CGCS2000 or GPS, --crs GCJ02 or BD09 if they were taken from "
            "a Chinese web map"
        )
    if not _within(y, _NORTHINGS):
        return None
    if _within(x, _EASTINGS):
        return msg(
            "they look like Gauss-Krüger metres without a zone number, which do not say their central meridian: --crs "
            "EPSG:4534 for 75°, EPSG:4535 for 78° … EPSG:4547 for 114°, EPSG:4548 for 117° … EPSG:4554 for 135° "
            "(CGCS2000)"
        )
    zone = int(x // _PREFIX_M)
    code = zone_code(zone)
    if code is not None and _within(x - zone * _PREFIX_M, _EASTINGS):
        return msg(
            "they look like Gauss-Krüger metres of zone {zone}: --crs {code} if it is CGCS2000", zone=zone, code=code
        )
    return None


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
