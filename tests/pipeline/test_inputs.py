"""What the steps read: layers, rasters, and parameters with those of the workspace in front."""

from __future__ import annotations

import pytest

from gridrisk import store
from gridrisk.errors import DataError, ParameterError
from gridrisk.pipeline import inputs


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")


def test_nothing_was_imported(workspace):
    assert set(inputs.layers(workspace).values()) == {None}
    assert inputs.rasters(workspace) == {}
    with pytest.raises(DataError, match="gridrisk import"):
        inputs.required(workspace, "pipes")


def test_the_workspace_replaces_a_parameter_file(workspace):
    shipped = inputs.parameters(workspace)["grades"].table("risk_per_km")
    own = workspace.models / "grades.toml"
    own.parent.mkdir()
    text = inputs.parameter_files(None)["grades"].read_text(encoding="utf-8")
    own.write_text(text.replace(f"major = {shipped['major']:.2f}", "major = 9.99"), encoding="utf-8")
    assert inputs.parameters(workspace)["grades"].table("risk_per_km")["major"] == 9.99
    assert inputs.parameters(None)["grades"].table("risk_per_km") == shipped


def test_the_faults_of_all_files_are_told_at_once(workspace):
    for name in ("one", "two"):
        path = workspace.models / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("a = 1\n", encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        inputs.parameters(workspace)
    assert len(caught.value.messages) == 2
