"""A city's own transformation parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS, Transformer
from shapely import Point

from gridrisk import crs
from gridrisk.crs import city
from gridrisk.errors import CrsError

if TYPE_CHECKING:
    from pathlib import Path

HELMERT = """
[xian80]
from = "EPSG:2384"
to = "EPSG:4548"
source = "surveying institute, 2019"
method = "helmert"
convention = "position_vector"
x_m = 10.0
y_m = -20.0
z_m = 30.0
rx_arcsec = 0.1
ry_arcsec = -0.2
rz_arcsec = 0.3
scale_ppm = 1.5
"""
PLANE = """
[local]
to = "EPSG:4548"
source = "surveying institute, 2019"
method = "plane"
dx_m = 380000
dy_m = 3170000
rotation_arcsec = 324000   # a quarter turn
scale_ppm = 10
"""


def load(folder: Path, text: str) -> tuple[city.CitySystem, ...]:
    (folder / "crs.toml").write_text(text, encoding="utf-8")
    return city.load(folder / "crs.toml")


def test_four_parameters_turn_scale_and_shift(tmp_path: Path) -> None:
    systems = load(tmp_path, PLANE)
    given = crs.given("local", systems)
    (moved,) = given.settled(np.array([Point(100, 200)], dtype=object))
    # a quarter turn takes (100, 200) to (-200, 100); 10 ppm make 200 m longer by 2 mm
    assert (moved.x, moved.y) == pytest.approx((380_000 - 200.002, 3_170_000 + 100.001), abs=1e-9)
    assert given.result == CRS(4548)


def test_seven_parameters_go_by_geocentric_coordinates(tmp_path: Path) -> None:
    systems = load(tmp_path, HELMERT)
    frame = gpd.GeoDataFrame(geometry=[Point(388_000, 3_172_000)], crs=2384)
    moved = crs.transform(frame, CRS(4548), "x", systems).geometry.iloc[0]
    # by hand, without pyproj's Helmert: unproject, turn, project
    lon, lat = Transformer.from_crs(2384, 4610, always_xy=True).transform(388_000, 3_172_000)
    a, f = 6378140.0, 1 / 298.257
    e2 = f * (2 - f)
    phi, lam = np.radians([lat, lon])
    n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    old = np.array([n * np.cos(phi) * np.cos(lam), n * np.cos(phi) * np.sin(lam), n * (1 - e2) * np.sin(phi)])
    rx, ry, rz = np.radians(np.array([0.1, -0.2, 0.3]) / 3600)
    turn = np.array([[1, -rz, ry], [rz, 1, -rx], [-ry, rx, 1]])
    new = np.array([10, -20, 30]) + (1 + 1.5e-6) * turn @ old
    ecef = CRS.from_proj4("+proj=geocent +ellps=GRS80 +units=m +no_defs")
    grs80 = CRS.from_proj4("+proj=longlat +ellps=GRS80 +no_defs")
    lon, lat, _ = Transformer.from_crs(ecef, grs80, always_xy=True).transform(*new)
    x, y = Transformer.from_crs(4490, 4548, always_xy=True).transform(lon, lat)
    assert moved.distance(Point(x, y)) < 1e-3
    assert moved.distance(Point(388_000, 3_172_000)) > 10


def test_old_system_without_parameters_stays_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(388_000, 3_172_000)], crs=2437)
    with pytest.raises(CrsError, match=r"crs\.toml"):
        crs.transform(frame, CRS(4548), "x", load(tmp_path, HELMERT))
    assert city.load(tmp_path / "none.toml") == ()


def test_every_fault_of_the_file_is_named(tmp_path: Path) -> None:
    text = PLANE.replace("dx_m = 380000\n", "") + HELMERT.replace("EPSG:2384", "EPSG:1").replace("z_m", "zz_m")
    with pytest.raises(CrsError) as caught:
        load(tmp_path, text)
    said = " ".join(str(message) for message in caught.value.messages)
    assert "dx_m" in said
    assert "zz_m" in said
    with pytest.raises(CrsError, match="TOML"):
        load(tmp_path, "[[")
    with pytest.raises(CrsError, match="source"):
        load(tmp_path, PLANE.replace('source = "surveying institute, 2019"', 'source = ""'))
