"""How much of the network is on file, worked out by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridrisk.checks import filing
from gridrisk.layers import schema

WHOLE = {"material": "pe", "diameter_mm": 110.0, "pressure_class": "low", "install_year": 2001}


def pipes(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    """Pipes one behind the other along y = 5, each as long as its ``metres``."""
    frame, x = [], 0.0
    for i, row in enumerate(rows):
        metres = float(row.pop("metres"))  # type: ignore[arg-type]
        line = shapely.LineString([(x, 5), (x + metres, 5)])
        frame.append({"pipe_id": f"p{i}", **WHOLE, **row, "geometry": line})
        x += metres
    return schema.complete(gpd.GeoDataFrame(pd.DataFrame(frame), geometry="geometry", crs="EPSG:4547"), "pipes")


def towns() -> gpd.GeoDataFrame:
    boxes = [shapely.box(0, 0, 150, 10), shapely.box(150, 0, 1000, 10)]
    frame = gpd.GeoDataFrame({"town_id": ["t1", "t2"], "name": ["甲镇", "乙镇"]}, geometry=boxes, crs="EPSG:4547")
    return schema.complete(frame, "towns")


def test_figures_of_two_towns() -> None:
    frame = pipes(
        {"metres": 100, "setting": "municipal"},  # lies in t1
        {"metres": 50, "setting": "municipal", "material": "unknown", "town_id": "t1"},
        {"metres": 30, "setting": "riser", "town_id": "t1"},  # of the courtyards, and in t1 by name
        {"metres": 200, "setting": None, "install_year": None},  # lies in t2
        {"metres": 400, "setting": "municipal", "status": "abandoned"},
        {"metres": 70, "setting": "service"},  # lies in t2
    )
    doubted = {("pipes", "diameter_mm"): np.array([True, False, False, False, False, False])}
    table = filing(frame, towns(), doubted).set_index(["town_id", "setting"])
    figures = ["segments", "complete", "length_m", "complete_m", "undoubted_m", "known_material_m"]
    assert {key: table.loc[key, figures].tolist() for key in table.index} == {
        ("t1", "municipal"): [2, 1, 150, 100, 0, 100],
        ("t1", "courtyard"): [1, 1, 30, 30, 30, 30],
        ("t2", "unknown"): [1, 0, 200, 0, 0, 200],
        ("t2", "courtyard"): [1, 1, 70, 70, 70, 70],
    }


def test_pipes_in_no_town_stand_on_their_own() -> None:
    table = filing(pipes({"metres": 10, "setting": "municipal"}, {"metres": 5, "setting": "municipal"}))
    assert table["town_id"].isna().tolist() == [True]
    assert table["length_m"].tolist() == pytest.approx([15])


def test_network_without_pipes_has_no_rows() -> None:
    assert filing(pipes({"metres": 1}).iloc[:0]).empty
