"""The shifted degrees of Chinese web maps, GCJ-02 and BD-09, and their exact inverse by iteration.

The shift of GCJ-02 is a fixed function of the place, known from public implementations; BD-09 shifts it once more.
WGS 84 and CGCS2000 are taken as one: they agree within decimetres.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Degrees = NDArray[np.float64]

#: Krassovsky ellipsoid, as the shift of GCJ-02 is defined on.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
#: West, south, east, north of the area that is shifted.
_AREA = (72.004, 0.8293, 137.8347, 55.8271)
_ROUNDS = 30
#: Degrees beside 105° within which the root in the shift is steep, and halvings that find a place there.
_STEEP, _HALVINGS = 1e-6, 60


def to_gcj02(places: Degrees) -> Degrees:
    """Return longitudes and latitudes (rows) shifted to GCJ-02; outside China they stay."""
    x, y = places[:, 0] - 105.0, places[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    latitude = np.radians(places[:, 1])
    bend = 1.0 - _ECCENTRICITY_2 * np.sin(latitude) ** 2
    d_lat = np.degrees(north * bend * np.sqrt(bend) / (_AXIS_M * (1.0 - _ECCENTRICITY_2)))
    d_lon = np.degrees(east * np.sqrt(bend) / (_AXIS_M * np.cos(latitude)))
    west, south, east_, north_ = _AREA
    lon, lat = places[:, 0], places[:, 1]
    shifted = (lon >= west) & (lon <= east_) & (lat >= south) & (lat <= north_)
    return np.asarray(places + np.where(shifted, np.stack([d_lon, d_lat]), 0.0).T)


def to_bd09(places: Degrees) -> Degrees:
    """Return longitudes and latitudes (rows) shifted to BD-09."""
    return _turned(to_gcj02(places))


def _turned(places: Degrees) -> Degrees:
    x, y = places[:, 0], places[:, 1]
    far = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    return np.column_stack([far * np.cos(angle) + 0.0065, far * np.sin(angle) + 0.006])


def _inverse(shift: Callable[[Degrees], Degrees], places: Degrees) -> Degrees:
    """Return what `shift` brings to `places`: the shift changes slowly, so that correcting by it converges."""
    found = places.copy()
    for _ in range(_ROUNDS):
        step = places - shift(found)
        found = found + step
        if not np.nanmax(np.abs(step), initial=0.0) > 0.0:
            break
    return found


def _beside_105(places: Degrees, found: Degrees) -> Degrees:
    """Return `found` with the places beside 105° E settled by halving, where correcting by the shift goes to and fro.

    The shift holds c √|x| with x = longitude - 105° and c = 0.1 / (metres of a degree of longitude). West of 105°
    x + c √(-x) rises to c² / 4 and falls again: places from c² west (at most 3e-12°, or 3e-7 m) to c² / 16 east of
    105° share their image with another, and either may be returned. Everywhere else there is one way back.
    """
    rows = np.flatnonzero(np.abs(found[:, 0] - 105.0) < _STEEP)
    if not len(rows):
        return found
    wanted, at = places[rows], found[rows].copy()
    for _ in range(4):
        low, high = at.copy(), at.copy()
        low[:, 0], high[:, 0] = 105.0 - 2 * _STEEP, 105.0 + 2 * _STEEP
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            beyond = to_gcj02(middle)[:, 0] > wanted[:, 0]
            low[:, 0] = np.where(beyond, low[:, 0], middle[:, 0])
            high[:, 0] = np.where(beyond, middle[:, 0], high[:, 0])
        off = [np.abs(to_gcj02(end)[:, 0] - wanted[:, 0]) for end in (low, high)]
        at[:, 0] = np.where(off[0] <= off[1], low[:, 0], high[:, 0])
        for _ in range(6):
            at[:, 1] += wanted[:, 1] - to_gcj02(at)[:, 1]
    settled = found.copy()
    settled[rows] = at
    return settled


def from_gcj02(places: Degrees) -> Degrees:
    """Return WGS 84 longitudes and latitudes (rows) of places in GCJ-02."""
    return _beside_105(places, _inverse(to_gcj02, places))


def from_bd09(places: Degrees) -> Degrees:
    """Return WGS 84 longitudes and latitudes (rows) of places in BD-09."""
    return from_gcj02(_inverse(_turned, places))


#: Ways back by the label that names the system; never chosen without it.
LABELS: dict[str, Callable[[Degrees], Degrees]] = {"GCJ02": from_gcj02, "BD09": from_bd09}
