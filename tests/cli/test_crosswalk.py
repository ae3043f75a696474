"""The commands about crosswalks."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from shapely import LineString

from gridrisk.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def delivery(folder: Path) -> Path:
    frame = gpd.GeoDataFrame(
        pd.DataFrame({"编号": ["a", "b"], "管道材质情况": ["PE管", "铸铁"], "公称直径": ["de110", "DN200"]}),
        geometry=[LineString([(388_000 + i, 3_172_000), (388_000 + i, 3_172_010)]) for i in range(2)],
        crs="EPSG:4548",
    )
    path = folder / "管网.gpkg"
    frame.to_file(path)
    return path


def test_proposal_is_written_and_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = delivery(tmp_path)
    assert run(["init", str(tmp_path / "w"), "--crs", "EPSG:4548"]) == 0
    command = ["crosswalk", "propose", str(path), "--layer", "pipes", "--workspace", str(tmp_path / "w"), "--json"]
    capsys.readouterr()
    assert run(command) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["name"] == "管网"
    (layer,) = data["layers"]
    assert {one["field"]: one["sure"] for one in layer["fields"]}["material"] == "likely"
    assert "铸铁" in data["text"]
    arguments = ["import", str(tmp_path / "w"), "pipes", str(path), "--crosswalk", data["name"], "--json"]
    assert arguments[:-1] == shlex.split(data["commands"][0])[1:]
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["committed"]
    assert run(command) == 2  # somebody may have edited it
    assert run([*command, "--overwrite"]) == 0


def test_proposal_without_a_place_is_only_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = delivery(tmp_path)
    assert run(["--lang", "en", "crosswalk", "propose", str(path)]) == 0
    assert "nothing was written" in capsys.readouterr().out
    out = tmp_path / "own.toml"
    assert run(["--lang", "zh", "crosswalk", "propose", str(path), "--out", str(out)]) == 0
    assert "[pipes.fields]" in out.read_text(encoding="utf-8")


def test_crosswalks_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crosswalk", "list", "--json"]) == 0
    names = [one["name"] for one in json.loads(capsys.readouterr().out)["crosswalks"]]
    assert {"cjj61", "pinyin", "enterprise"} <= set(names)
    assert run(["crosswalk", "show", "cjj61"]) == 0
    assert "lines = {" in capsys.readouterr().out
    assert run(["crosswalk", "show", "cjj62"]) != 0
    assert "cjj61" in capsys.readouterr().err
