"""Scenes refuse what cannot be drawn in one place."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridrisk import maps
from gridrisk.errors import CrsError, DataError
from gridrisk.maps.scene import classify


def test_missing_and_unforeseen_values_are_unknown():
    values = pd.Series(["low", None, "huge", "major"], dtype="str")
    assert classify(values, ["major", "low", "unknown"]).tolist() == [1, 2, 2, 0]


def test_degrees_are_refused(city, as_of):
    pipes = city.pipes.set_crs("EPSG:4490", allow_override=True)
    with pytest.raises(CrsError, match="metres"):
        maps.risk_map(pipes, city.risk, as_of=as_of)


def test_two_systems_are_refused(city, as_of):
    towns = city.towns.set_crs("EPSG:4548", allow_override=True)
    with pytest.raises(CrsError, match="one workspace"):
        maps.risk_map(city.pipes, city.risk, as_of=as_of, backdrop=maps.Backdrop(towns=towns))


def test_nothing_to_draw(city, as_of):
    with pytest.raises(DataError, match="nothing to draw"):
        maps.risk_map(city.pipes.iloc[:0], city.risk, as_of=as_of)


def test_a_place_missing_is_no_place(city, as_of, read_page):
    pipes = city.pipes.copy()
    pipes.geometry = gpd.GeoSeries([None, shapely.LineString(), *pipes.geometry[2:]], index=pipes.index, crs=pipes.crs)
    shown = read_page(maps.risk_map(pipes, city.risk, as_of=as_of))
    assert shown.layer("pipes")["geometry"]["n"] == len(pipes)
    assert np.isfinite(shown.scene["bounds"]).all()
