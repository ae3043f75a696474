"""Result files are replaced whole and read back as they were."""

from __future__ import annotations

import datetime as dt
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridrisk import store
from gridrisk.errors import DataError, WorkspaceError
from gridrisk.layers import schema
from gridrisk.pipeline import results


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")


AS_OF = dt.date(2026, 11, 22)


def frame(value):
    points = [shapely.Point(0, 0), shapely.Point(1, 1)]
    table = gpd.GeoDataFrame(
        {"pipe_id": ["a", "b"], "risk": [value, None], "parts": [["x"], []]}, geometry=points, crs="EPSG:4547"
    )
    return table.set_index("pipe_id")


def test_comes_back_with_its_geometry(workspace):
    results.write(workspace, "risk", frame(1.0), as_of=AS_OF)
    back = results.read(workspace, "risk", "pipe_id")
    assert isinstance(back, gpd.GeoDataFrame)
    assert back.geometry.geom_equals(frame(1.0).geometry).all()
    assert [list(parts) for parts in back["parts"]] == [["x"], []]


def test_the_run_before_is_kept(workspace):
    assert results.read(workspace, "risk", "pipe_id", previous=True) is None
    before = AS_OF - dt.timedelta(days=1)
    # the same again on the same day hides no change
    for value, day in ((1.0, before), (2.0, AS_OF), (2.0, AS_OF)):
        results.write(workspace, "risk", frame(value), as_of=day, keep_previous=True)
    assert results.changed_since_previous(workspace, "risk") == (before, [])
    assert results.read(workspace, "risk", "pipe_id")["risk"].iloc[0] == 2.0
    assert results.read(workspace, "risk", "pipe_id", previous=True)["risk"].iloc[0] == 1.0


def test_what_is_missing_names_the_command_that_makes_it(workspace):
    with pytest.raises(DataError, match="gridrisk plan"):
        results.required(workspace, "projects", "project_id")


def test_a_damaged_file_is_named(workspace):
    path = results.write(workspace, "coverage", pd.DataFrame({"town_id": ["t"]}), as_of=AS_OF)
    path.write_bytes(b"nonsense")
    with pytest.raises(WorkspaceError, match="gridrisk convert"):
        results.read(workspace, "coverage", "town_id")


def test_the_record_names_layers_and_parameters(workspace):
    path = results.write_record(workspace, as_of=AS_OF, seconds={"score": 1.23456})
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["layers"] == {}
    assert record["seconds"] == {"score": 1.235}
    assert len(record["parameters"]["grades"]) == 64


def valves(ids):
    points = [shapely.Point(500_000 + i, 3_400_000) for i, _ in enumerate(ids)]
    return schema.complete(gpd.GeoDataFrame({"valve_id": ids}, geometry=points, crs="EPSG:4547"), "valves")


def test_a_result_says_what_it_was_made_from(workspace):
    store.commit_layer(workspace, "valves", valves(["a"]), [], detail={})
    results.write(workspace, "risk", frame(1.0), as_of=AS_OF, facts={"status": "optimal"})
    made = results.made(workspace, "risk")
    assert (made.as_of, made.versions, made.facts) == (AS_OF, {"valves": 1}, {"status": "optimal"})
    assert results.outdated(workspace, "risk") is None


def test_a_result_that_no_longer_fits_is_refused(workspace):
    results.write(workspace, "risk", frame(1.0), as_of=AS_OF)
    results.write(workspace, "coverage", pd.DataFrame({"town_id": ["t"]}), as_of=AS_OF)
    store.commit_layer(workspace, "valves", valves(["a"]), [], detail={})
    with pytest.raises(DataError, match="before valves changed; make it again: gridrisk score"):
        results.required(workspace, "risk", "pipe_id")
    assert results.read(workspace, "coverage", "town_id") is not None


def test_changed_parameters_outdate_a_result(workspace):
    results.write(workspace, "risk", frame(1.0), as_of=AS_OF)
    (workspace.root / "models").mkdir()
    (workspace.root / "models" / "own.toml").write_text("", encoding="utf-8")
    assert "models/" in str(results.outdated(workspace, "risk"))


def test_a_result_without_its_record_was_not_made_to_the_end(workspace):
    results.write(workspace, "risk", frame(1.0), as_of=AS_OF)
    (workspace.results / "made.json").unlink()
    assert results.read(workspace, "risk", "pipe_id") is None
    (workspace.results / "made.json").write_text("{", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"made\.json is damaged"):
        results.read(workspace, "risk", "pipe_id")
