"""Crosswalk files: the shipped ones are whole, and faulty ones say what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gridrisk.errors import ParameterError
from gridrisk.layers import crosswalk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", crosswalk.names())
def test_every_shipped_crosswalk_loads(name: str) -> None:
    walk = crosswalk.load(name)
    assert walk.title
    assert walk.layers
    assert len(walk.sha256) == 64


def test_crosswalk_of_the_workspace_comes_first_and_a_path_will_do(tmp_path: Path) -> None:
    own = tmp_path / "cjj61.toml"
    own.write_text('[valves.fields]\nvalve_id = { from = "NR" }\n', encoding="utf-8")
    for found in (crosswalk.load("cjj61", tmp_path), crosswalk.load(str(own))):
        assert list(found.layers) == ["valves"]
        assert found.of("valves").fields["valve_id"][0].columns == ("NR",)
        assert found.of("pipes") == crosswalk.LayerCrosswalk()
    assert "cjj61" in crosswalk.names(tmp_path)


def test_misspelt_name_has_a_neighbour() -> None:
    with pytest.raises(ParameterError, match="did you mean cjj61"):
        crosswalk.load("cjj16")
    with pytest.raises(ParameterError, match="choose one of"):
        crosswalk.load("zzzzz")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[pipes", "not valid TOML"),
        ("[pypes.fields]\n", "did you mean pipes"),
        ('[pipes.fields]\nmateriel = { from = "GC" }', "did you mean material"),
        ('[pipes.fields]\nmaterial = { form = "GC" }', "did you mean from"),
        ("[pipes]\nfeilds = {}", "did you mean fields"),
        ("[pipes.fields]\nmaterial = {}", "exactly one of"),
        ('[pipes.fields]\nmaterial = { from = "GC", values = { "1" = "stel" } }', "did you mean steel"),
        ('[pipes.fields]\nmaterial = { constant = "plastic" }', "unknown"),
        ('[pipes.fields]\nmaterial = { from = "GC", pattern = "(" }', "pattern"),
        ('[pipes.fields]\nmaterial = { from = "GC", pattern = "x" }', "one group"),
        ('[pipes.fields]\ndepth_m = { from = "T", unit = "bar" }', "cannot become m"),
    ],
)
def test_fault_is_named_with_its_mend(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=message):
        crosswalk.load("own", tmp_path)


def test_faulty_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[pipes", encoding="utf-8")
    assert {walk.name for walk in crosswalk.usable(tmp_path)} == set(crosswalk.names())


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[pipes.fields]\na = { from = "A" }\nb = { from = "B" }\n', encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        crosswalk.load("own", tmp_path)
    assert len(caught.value.messages) == 2
