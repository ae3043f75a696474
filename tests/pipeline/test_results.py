"""Result files are replaced whole and read back as they were."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridrisk import store
from gridrisk.errors import DataError, WorkspaceError
from gridrisk.pipeline import results


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")


def frame(value):
    points = [shapely.Point(0, 0), shapely.Point(1, 1)]
    table = gpd.GeoDataFrame(
        {"pipe_id": ["a", "b"], "risk": [value, None], "parts": [["x"], []]}, geometry=points, crs="EPSG:4547"
    )
    return table.set_index("pipe_id")


def test_comes_back_with_its_geometry(workspace):
    results.write(workspace, "risk", frame(1.0))
    back = results.read(workspace, "risk", "pipe_id")
    assert isinstance(back, gpd.GeoDataFrame)
    assert back.geometry.geom_equals(frame(1.0).geometry).all()
    assert [list(parts) for parts in back["parts"]] == [["x"], []]


def test_the_run_before_is_kept(workspace):
    assert results.read(workspace, "risk", "pipe_id", previous=True) is None
    for value in (1.0, 2.0):
        results.write(workspace, "risk", frame(value), keep_previous=True)
    assert results.read(workspace, "risk", "pipe_id")["risk"].iloc[0] == 2.0
    assert results.read(workspace, "risk", "pipe_id", previous=True)["risk"].iloc[0] == 1.0


def test_what_is_missing_names_the_command_that_makes_it(workspace):
    with pytest.raises(DataError, match="gridrisk plan"):
        results.required(workspace, "projects", "project_id")


def test_a_damaged_file_is_named(workspace):
    path = results.write(workspace, "coverage", pd.DataFrame({"town_id": ["t"]}))
    path.write_bytes(b"nonsense")
    with pytest.raises(WorkspaceError, match="gridrisk convert"):
        results.read(workspace, "coverage", "town_id")


def test_the_record_names_layers_and_parameters(workspace):
    import datetime as dt

    path = results.write_record(workspace, as_of=dt.date(2026, 11, 22), seconds={"score": 1.23456})
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["layers"] == {}
    assert record["seconds"] == {"score": 1.235}
    assert len(record["parameters"]["grades"]) == 64
