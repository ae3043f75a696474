"""The city behind."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridrisk.layers.schema import complete
from gridrisk.maps import backdrop, palette

CRS = "EPSG:4547"


def roads(*lines, names):
    return complete(
        gpd.GeoDataFrame({"name": names}, geometry=list(lines), index=[f"R{i}" for i in range(len(lines))], crs=CRS),
        "roads",
    )


def test_street_names_stand_along_their_street_and_upright():
    frame = roads(
        shapely.LineString([(100, 100), (0, 0)]),  # drawn from the right to the left
        shapely.LineString([(0, 0), (0, 300)]),
        shapely.LineString([(0, 0), (50, 0)]),
        names=["slope", "north", None],
    )
    labels = backdrop.road_labels(frame)
    assert labels.texts == ["north", "slope"]  # the longest first, the nameless not
    assert labels.points.tolist() == [[0, 150], [50, 50]]
    assert labels.angles_rad == pytest.approx([np.pi / 2, np.pi / 4])
    assert labels.room_m == pytest.approx([300, 100 * np.sqrt(2)])


def test_no_names():
    assert backdrop.road_labels(roads(shapely.LineString([(0, 0), (9, 9)]), names=[None])) is None


def test_only_the_largest_buildings_and_it_is_said(monkeypatch):
    monkeypatch.setattr(palette, "limit", lambda _: 2)
    shapes = [shapely.box(0, 0, size, size) for size in (3, 1, 2)]
    frame = complete(gpd.GeoDataFrame(geometry=shapes, index=["a", "b", "c"], crs=CRS), "buildings")
    (layer,) = backdrop.below(backdrop.Backdrop(buildings=frame), "en")
    assert list(layer.frame.index) == ["a", "c"]
    assert layer.note == "the 2 largest of 3"


def test_lines_and_areas_of_roads_are_two_layers():
    frame = roads(shapely.LineString([(0, 0), (9, 9)]), shapely.box(0, 0, 5, 5), names=["a", "b"])
    assert [layer.key for layer in backdrop.below(backdrop.Backdrop(roads=frame), "en")] == ["road_areas", "roads"]


def test_nothing_known_nothing_drawn():
    assert backdrop.below(backdrop.Backdrop(), "en") == ()
    assert backdrop.stations(backdrop.Backdrop(), "en") == ()


def test_stations_by_kind():
    frame = complete(
        gpd.GeoDataFrame(
            {
                "kind": ["regulator_box", "city_gate", "regulator_station", None, "regulator_box", None],
                "is_source": [False, True, True, True, None, None],
            },
            geometry=gpd.points_from_xy(range(6), range(6)),
            index=[f"S{i}" for i in range(6)],
            crs=CRS,
        ),
        "stations",
    )
    (layer,) = backdrop.stations(backdrop.Backdrop(stations=frame), "en")
    titles = [item.label for item in layer.classes]
    assert [titles[code] for code in layer.codes] == [
        "regulator box",
        "city gate",
        "feeds the network",  # a regulator that does
        "feeds the network",
        "regulator box",  # whether it feeds the network is not known
        "unknown",
    ]
    assert [item.note for item in layer.classes] == ["1", "2", "2", "1"]
