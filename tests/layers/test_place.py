"""Where rows lie, and in which system."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from shapely import Point

from gridrisk.errors import CrsError, DataError
from gridrisk.layers import located, place
from gridrisk.layers.table import Table

GK = CRS(4548)
E, N = 388_000.0, 3_172_000.0


def table(geometry: list[object] | None = None, crs: CRS | None = None, **columns: Any) -> Table:
    frame = pd.DataFrame(columns)
    count = len(frame) if geometry is None else len(geometry)
    shapes = None
    if geometry is not None:
        shapes = np.empty(count, dtype=object)
        shapes[:] = geometry
        frame = pd.DataFrame(columns, index=range(count))
    return Table("a.csv", "a", frame, np.arange(1, count + 1), shapes, crs)


def points(found: place.Placed) -> list[tuple[float, float] | None]:
    return [None if point is None else (point.x, point.y) for point in found.geometry]


@pytest.mark.parametrize(
    ("east", "north"),
    [("横坐标", "纵坐标"), ("东坐标", "北坐标"), ("E", "N"), ("Easting", "Northing"), ("横坐标Y", "纵坐标X")],
)
def test_headings_that_say_which_is_which(east: str, north: str) -> None:
    found = place.locate(table(**{north: [N], east: [E]}), ("Point",), GK)
    assert points(found) == [(E, N)]
    assert found.notes == ()


@pytest.mark.parametrize(("x", "y"), [("X", "Y"), ("X坐标", "Y坐标"), ("x_coord", "y_coord")])
def test_x_is_the_northing_where_the_amounts_say_so(x: str, y: str) -> None:
    mathematical = place.locate(table(**{x: [E], y: [N]}), ("Point",), GK)
    surveyor = place.locate(table(**{x: [str(N)], y: [f"{E}m"[:-1]]}), ("Point",), GK)
    assert points(mathematical) == points(surveyor) == [(E, N)]
    assert mathematical.notes == ()
    assert "northings" in str(surveyor.notes[0])


def test_degrees_in_their_system() -> None:
    found = place.locate(table(经度=["115.86", ""], 纬度=["28.68", "28.7"]), ("Point",), CRS(4490))
    assert points(found) == [(115.86, 28.68), None]
    assert points(place.locate(table(X=[28.68], Y=[115.86]), ("Point",), CRS(4490))) == [(115.86, 28.68)]


def test_no_system_is_asked_for_never_assumed() -> None:
    with pytest.raises(CrsError, match="--crs"):
        place.locate(table(X=[E], Y=[N]), ("Point",), None)
    with pytest.raises(CrsError, match="--crs"):
        place.locate(table([Point(E, N)]), ("Point",), None)


@pytest.mark.parametrize(
    ("x", "y", "system", "guess"),
    [
        (115.86, 28.68, 4548, "degrees"),
        (39 * 10**6 + E, N, 4548, "zone number 39"),
        (E, N, 4490, "metres"),
        (1.0, 2.0, 4548, "degrees"),
    ],
)
def test_coordinates_in_the_wrong_system_are_refused(x: float, y: float, system: int, guess: str) -> None:
    with pytest.raises(CrsError, match=guess):
        place.locate(table(X=[x], Y=[y]), ("Point",), CRS(system))
    with pytest.raises(CrsError, match=guess):
        place.locate(table([Point(x, y)], CRS(system)), ("Point",), None)


def test_order_that_cannot_be_told_is_asked_for() -> None:
    # 51° E, 51° N: both orders lie on earth
    with pytest.raises(DataError, match="cannot be told"):
        place.locate(table(X=[51.0], Y=[51.5]), ("Point",), CRS(4326))


def test_system_given_comes_before_that_of_the_file_and_is_told() -> None:
    found = place.locate(table([Point(E, N)], CRS(4547)), ("Point",), GK)
    assert found.crs == GK
    assert "EPSG:4547" in str(found.notes[0])


def test_wkt_with_and_without_its_system() -> None:
    found = place.locate(table(WKT=[f"POINT ({E} {N})", "rubbish", None]), ("Point",), GK)
    assert points(found) == [(E, N), None, None]
    extended = place.locate(table(geom=[f"SRID=4548;POINT ({E} {N})"]), ("Point",), None)
    assert points(extended) == [(E, N)]
    assert extended.crs == GK


def test_wkt_beyond_what_a_number_holds_is_no_warning() -> None:
    found = place.locate(table(WKT=[f"POINT ({E} {N})", "POINT (1e999 -1e999)"]), ("Point",), GK)
    assert points(found)[0] == (E, N)


def test_two_pairs_of_coordinates_make_a_line() -> None:
    ends = {"起点X": [N], "起点Y": [E], "终点X": [N + 3], "终点Y": [E + 4]}
    found = place.locate(table(**ends), ("LineString",), GK)
    assert list(found.geometry[0].coords) == [(E, N), (E + 4, N + 3)]
    assert set(found.columns) == set(ends)


def test_table_without_place_is_refused_with_what_it_needs() -> None:
    with pytest.raises(DataError, match="起点X"):
        place.locate(table(X=[E], Y=[N]), ("LineString",), GK)
    with pytest.raises(DataError, match="经度"):
        place.locate(table(名称=["a"]), ("Point",), GK)


def places(frame: pd.DataFrame, kinds: tuple[Any, ...], crs: CRS = GK) -> place.Placed:
    return place.locate(Table("a.csv", "a", frame, np.arange(1, len(frame) + 1)), kinds, crs)


@pytest.mark.parametrize(
    ("texts", "turned"),
    [
        (["388000,3172000;388005,3172005", "388010.5,3172000;388015,3172005;388020,3172000"], False),
        (["3172000,388000;3172005,388005", "3172000 388010.5;3172005 388015;3172000 388020"], True),
        (["(388000,3172000),(388005,3172005)", "[388010.5,3172000] [388015,3172005] [388020,3172000]"], False),
        (["388000,3172000,45.2;388005,3172005,45.1", "388010.5,3172000;388015,3172005;388020,3172000"], False),
    ],
)
def test_corners_listed_in_a_text(texts: list[str], turned: bool) -> None:
    found = places(pd.DataFrame({"坐标串": [*texts, None, "unknown"]}), ("LineString",))
    assert [None if line is None else len(line.coords) for line in found.geometry] == [2, 3, None, None]
    assert found.geometry[0].coords[1] == (388005, 3172005)
    assert found.geometry[1].coords[0] == (388010.5, 3172000)
    assert bool(found.notes) == turned


def test_text_that_lists_no_corners_is_refused() -> None:
    with pytest.raises(DataError, match="neither WKT nor corners"):
        places(pd.DataFrame({"坐标串": ["somewhere"]}), ("LineString",))


@pytest.mark.parametrize(
    "text", ["115°51′18.94″", "115°51'18.94\"", "115度51分18.94秒", "E115°51'18.94''", "东经115°51′18.94″"]
)
def test_degrees_minutes_and_seconds(text: str) -> None:
    found = places(pd.DataFrame({"经度": [text], "纬度": ["28°39.5556′"]}), ("Point",), CRS(4490))
    assert found.geometry[0].x == pytest.approx(115 + 51 / 60 + 18.94 / 3600)
    assert found.geometry[0].y == pytest.approx(28 + 39.5556 / 60)


def test_minutes_beyond_sixty_are_no_place() -> None:
    frame = pd.DataFrame({"经度": ["115°61′", "115°51′"], "纬度": ["28°39′", "28°39′"]})
    assert [point is None for point in places(frame, ("Point",), CRS(4490)).geometry] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        f"J1({N:.2f},{E:.2f})；J2({N + 10:.2f},{E:.2f})；J3({N:.2f},{E + 10:.2f})",
        f"J1({N:.2f},{E:.2f})、J2({N + 10:.2f},{E:.2f})、J3({N:.2f},{E + 10:.2f})",
        f"J1({N:.2f}, {E:.2f}) J2({N + 10:.2f}, {E:.2f})\nJ3({N:.2f}, {E + 10:.2f})",
        f"X={N:.2f},Y={E:.2f} X={N + 10:.2f},Y={E:.2f} X={N:.2f},Y={E + 10:.2f}",
        f"1、X：{N:.2f}，Y：{E:.2f}；2、X：{N + 10:.2f}，Y：{E:.2f}；3、X：{N:.2f}，Y：{E + 10:.2f}。",
    ],
)
def test_corners_with_their_numbers_under_a_heading_of_places(text: str) -> None:
    sites = table(施工范围坐标=[text])
    found = place.locate(sites, ("Polygon", "LineString", "Point"), GK)
    assert located.kinds(sites) == {"Point", "LineString", "Polygon"}
    corners = [(round(x, 2), round(y, 2)) for x, y in found.geometry[0].exterior.coords[:3]]
    assert corners == [(round(E, 2), round(N, 2)), (round(E, 2), round(N + 10, 2)), (round(E + 10, 2), round(N, 2))]


@pytest.mark.parametrize("text", ["长岭路1号至25号", f"约{N:.2f},{E:.2f}附近", "118.5 米", f"X={N},Y={E} Y={E},X={N}"])
def test_sentences_are_no_corners(text: str) -> None:
    assert located.kinds(table(施工范围=[text])) == set()


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("中心坐标（经度，纬度）", "116°0′2.1456″，28°39′36.3636″"),
        ("中心坐标（经度，纬度）", "东经116°0′2.1456″ 北纬28°39′36.3636″"),
        ("坐标", "N28°39′36.3636″, E116°0′2.1456″"),
        ("坐标", "28°39′36.3636″N 116°0′2.1456″E"),
        ("坐标", "N28°39′36.3636″E116°0′2.1456″"),
        ("坐标", "28.660101/116.000596"),
    ],
)
def test_both_coordinates_of_a_place_in_one_column(heading: str, text: str) -> None:
    (found,) = places(pd.DataFrame({heading: [text]}), ("Polygon", "LineString", "Point"), CRS(4490)).geometry
    assert (found.x, found.y) == pytest.approx((116.000596, 28.660101), abs=1e-8)


def test_minutes_beyond_sixty_in_a_pair_are_no_place() -> None:
    frame = pd.DataFrame({"坐标": ["116°61′0″，28°39′0″", "116°1′0″，28°39′0″"]})
    assert [point is None for point in places(frame, ("Point",), CRS(4490)).geometry] == [True, False]


def test_start_and_stop_of_a_line_in_a_column_each() -> None:
    frame = pd.DataFrame({"起点坐标": ["3172000,388000"], "止点坐标": ["3172005，388005"]})
    (line,) = places(frame, ("LineString",)).geometry
    assert list(line.coords) == [(388000, 3172000), (388005, 3172005)]
