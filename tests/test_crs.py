"""Coordinate systems: what may be transformed, and what lies where."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS
from shapely import Point

from gridrisk import crs
from gridrisk.errors import CrsError

#: 117° central meridian, as an Esri .prj names it.
ESRI = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_117E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",117.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)


def frame(x: float, y: float, system: str | int | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[Point(x, y), None], crs=system)


def test_no_such_system_is_refused() -> None:
    with pytest.raises(CrsError, match="no such coordinate system"):
        crs.parse("EPSG:1")


def test_degrees_are_not_metric() -> None:
    assert not crs.is_metric(CRS(4490))
    assert not crs.is_metric(None)
    assert crs.is_metric(CRS(4548))


def test_central_meridian_becomes_false_easting() -> None:
    moved = crs.transform(frame(117.0, 28.0, 4490), CRS(4548), "x")
    assert moved.geometry.iloc[0].x == pytest.approx(500_000.0, abs=1e-6)
    assert moved.geometry.iloc[1] is None
    assert moved.crs == CRS(4548)


def test_wgs84_is_taken_for_cgcs2000() -> None:
    one = crs.transform(frame(116.0, 28.0, 4326), CRS(4548), "x").geometry.iloc[0]
    other = crs.transform(frame(116.0, 28.0, 4490), CRS(4548), "x").geometry.iloc[0]
    assert one.distance(other) < 1e-6


@pytest.mark.parametrize("old", [4214, 4610])  # Beijing 1954, Xian 1980
def test_transformation_that_would_be_a_guess_is_refused(old: int) -> None:
    with pytest.raises(CrsError, match="ballpark"):
        crs.transform(frame(116.0, 28.0, old), CRS(4548), "x")


def test_old_german_system_goes_by_its_helmert_transformation() -> None:
    moved = crs.transform(frame(3_416_969.834, 5_369_989.131, 31467), CRS(25832), "x").geometry.iloc[0]
    # official rule of thumb: zone 3 easting less 3,000,000 m differs from UTM 32 by the scale 0.9996 and some metres
    assert moved.x == pytest.approx(500_000 - (500_000 - 416_969.834) * 0.9996, abs=150)
    assert moved.y == pytest.approx(5_369_989.131 * 0.9996, abs=600)


def test_missing_system_is_refused() -> None:
    with pytest.raises(CrsError, match="names no coordinate system"):
        crs.transform(frame(0, 0, None), CRS(4548), "x")


def test_esri_definition_is_the_same_system() -> None:
    assert crs.same(CRS.from_wkt(ESRI), CRS(4548)) or crs.transform(
        frame(388_000, 3_172_000, ESRI), CRS(4548), "x"
    ).geometry.iloc[0].distance(Point(388_000, 3_172_000)) == pytest.approx(0.0, abs=1e-3)


def test_inside_knows_the_zone() -> None:
    rows = np.array([[388_000, 3_172_000] * 2, [116.0, 28.0] * 2, [39_388_000, 3_172_000] * 2], dtype=float)
    assert crs.inside(rows, CRS(4548)).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("bounds", "system", "guess"),
    [
        ((116.0, 28.0, 116.1, 28.1), 4548, "degrees"),
        ((3_172_000.0, 388_000.0, 3_173_000.0, 389_000.0), 4548, "swapped"),
        ((39_388_000.0, 3_172_000.0, 39_389_000.0, 3_173_000.0), 4548, "39"),
        ((388_000.0, 3_172_000.0, 389_000.0, 3_173_000.0), 4527, "lack the zone number"),
        ((388_000.0, 3_172_000.0, 389_000.0, 3_173_000.0), 4490, "metres"),
    ],
)
def test_astray_coordinates_are_diagnosed(bounds: crs.Bounds, system: int, guess: str) -> None:
    assert guess in str(crs.diagnose(bounds, CRS(system)))


def test_metric_frame_is_required() -> None:
    with pytest.raises(CrsError, match="must be metres"):
        crs.require_metric(frame(116.0, 28.0, 4490), "pipes")


@pytest.mark.parametrize(
    ("system", "units"),
    [(4547, 1.0), (4490, 180 / np.pi / 6_378_137), (2263, 3937 / 1200), (ESRI, 1.0)],
)
def test_a_metre_in_the_units_of_a_system(system: str | int, units: float) -> None:
    assert crs.units_of(1.0, CRS.from_user_input(system)) == pytest.approx(units, rel=1e-9)
