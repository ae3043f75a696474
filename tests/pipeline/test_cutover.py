"""What `cutover` answers on the street, for a project given by hand."""

import datetime as dt
import pathlib

import geopandas as gpd
import pytest

from gridrisk import store
from gridrisk.pipeline import results


@pytest.fixture
def planned(workspace):
    """The street with a plan of two projects."""
    root = workspace()
    made = store.open_workspace(root)
    pipes = store.read_layer(made, "pipes")
    projects = gpd.GeoDataFrame(
        {"project_id": ["R1", "R2"], "pipe_ids": [["A", "B", "C"], ["gone"]], "name": ["Street <b>", "Nothing"]},
        geometry=[pipes.geometry.union_all()] * 2,
        crs=pipes.crs,
    )
    results.write(made, "projects", projects, as_of=dt.date(2026, 11, 1))
    return root


def test_stages_with_supply_and_whom_to_tell(planned, call):
    code, data = call("cutover", planned, "R1")
    assert code == 0
    assert [stage["pipes"] for stage in data["stages"]] == [["A", "B"], ["C"]]
    first, second = data["stages"]
    assert (first["close_valves"], first["close_stations"]) == ([], ["G"])
    assert (first["inside"], first["beyond"], first["bypass"]) == (["a", "b"], ["s", "u"], ["s", "u"])
    assert (first["critical"], second["close_valves"], second["unverified_valves"]) == (["s"], ["v2"], ["v2"])
    assert first["peak_bypass_m3h"] is None  # nobody knows the households of u
    assert first["newly_below"] is None
    assert data["household_days"] < data["one_by_one"]
    assert data["exact"] is True
    page = pathlib.Path(data["sheet"]).read_text(encoding="utf-8")
    assert "Street &lt;b&gt;" in page
    assert "<script" not in page
    assert "try these valves before the day" in page
    text = call("cutover", planned, "R1", as_json=False)[1]
    assert "2 stages" in text


def test_with_pressures(planned, call):
    pytest.importorskip("pandapipes")
    data = call("cutover", planned, "R1", "--pressure")[1]
    assert [stage["newly_below"] for stage in data["stages"]] == [[], []]
    assert any("hydraulics.toml" in text for text in data["assumed"])


def test_what_cannot_be_planned_is_said(planned, workspace, call):
    code, data = call("cutover", planned, "R3")
    assert code == 1
    assert data["errors"] == ["the plan has no project R3"]
    code, data = call("cutover", planned, "R2")
    assert code == 1
    assert "no pipe of the project carries gas" in data["errors"][0]
