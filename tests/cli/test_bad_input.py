"""Bad input: named with its mend, nothing half-done, never a stack trace."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridrisk import store
from gridrisk.cli import run

LINE = shapely.LineString([(500_000, 3_400_000), (500_010, 3_400_000)])


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "w"
    assert run(["init", str(root), "--crs", "EPSG:4547", "--lang", "en"]) == 0
    return root


def pipes(path, geometry=(LINE,), crs="EPSG:4547", **columns):
    base = {
        "pipe_id": [f"p{i}" for i in range(len(geometry))],
        "material": "PE",
        "diameter_mm": 110,
        "pressure_class": "low",
        "install_year": 2001,
    }
    gpd.GeoDataFrame(base | columns, geometry=list(geometry), crs=crs).to_file(path)
    return path


def refused(workspace, call, *arguments, code=1):
    """The command ends with `code`, says why, and leaves no version behind."""
    found, data = call("import", workspace, *arguments)
    assert found == code, data
    assert store.open_workspace(workspace).catalogue.history() == []
    return json.dumps(data, ensure_ascii=False)


def test_missing_file(workspace, call):
    assert "absent.shp" in refused(workspace, call, "pipes", "absent.shp", code=2)


def test_no_coordinate_system(workspace, call, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("valve_id,x,y\np0,500000,3400000\n", encoding="utf-8")
    assert "--crs" in refused(workspace, call, "valves", path)


def test_degrees_where_metres_belong(workspace, call, tmp_path):
    path = pipes(tmp_path / "a.gpkg", geometry=[shapely.LineString([(114.1, 30.1), (114.2, 30.2)])])
    assert "degree" in refused(workspace, call, "pipes", path)


def test_polygon_in_a_line_layer(workspace, call, tmp_path):
    text = refused(
        workspace,
        call,
        "pipes",
        pipes(tmp_path / "a.gpkg", geometry=[shapely.box(500_000, 3_400_000, 500_010, 3_400_010)]),
    )
    assert "p0" in text


def test_the_same_number_twice(workspace, call, tmp_path):
    path = pipes(tmp_path / "a.gpkg", geometry=[LINE, shapely.affinity.translate(LINE, 0, 5)], pipe_id=["x", "x"])
    assert "x" in refused(workspace, call, "pipes", path)


def test_a_misspelt_field_is_named_and_the_right_one_proposed(workspace, call, tmp_path):
    _, data = call("import", workspace, "pipes", pipes(tmp_path / "a.gpkg", instal_year=[1999]), "--dry-run")
    assert any("install_year" in f["message"] and "instal_year" in f["message"] for f in data["findings"])


def test_a_number_that_is_none(workspace, call, tmp_path):
    _, data = call("import", workspace, "pipes", pipes(tmp_path / "a.gpkg", diameter_mm=["dick"]), "--dry-run")
    finding = next(f for f in data["findings"] if f["field"] == "diameter_mm" and f["row"] is not None)
    assert finding["row"] == 1
    assert finding["id"] == "p0"
    assert "dick" in finding["message"]


def test_a_year_that_has_not_come(workspace, call, tmp_path):
    _, data = call(
        "import",
        workspace,
        "pipes",
        pipes(tmp_path / "a.gpkg", install_year=[2049]),
        "--dry-run",
        "--as-of",
        "2026-11-22",
    )
    assert any("2049" in f["message"] and "2026-11-22" in f["message"] for f in data["findings"])


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 5000, b"PK\x03\x04 broken", "不是地理数据".encode("gb18030") * 1000]
)
@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.geojson", "a.xlsx", "a.zip", "a.parquet", "a.csv", "a.fgb"])
def test_nonsense(workspace, call, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert "unforeseen" not in refused(workspace, call, "pipes", tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["import", "W", "pipe", "x.shp"], 2),
        (["import", "W", "pipes", "absent.shp"], 2),
        (["crosswalk", "propose", "absent.shp"], 2),
        (["score", "W"], 1),
        (["isolate", "W", "--pipe", "x"], 1),
        (["isolate", "W"], 2),
        (["isolate", "W", "--at", "here"], 2),
        (["explain", "W", "x"], 1),
        (["plan", "W"], 1),
        (["import", "W", "pipes", "absent.shp", "--crosswalk", "atlantis"], 2),
        (["convert", "W"], 2),
        (["map", "W"], 1),
        (["report", "W"], 1),
        (["restore", "W", "7"], 1),
        (["history", "W", "pipe"], 2),
        (["check", "nowhere"], 2),
        (["nothing"], 2),
        (["init", "W"], 1),
        (["init", "new", "--crs", "EPSG:4490"], 1),
        (["init", "new", "--crs", "metres"], 1),
        (["init", "new", "--policy", "atlantis"], 2),
        (["policy", "check", "absent.toml"], 2),
        (["score", "W", "--as-of", "yesterday"], 2),
    ],
)
def test_exit_codes_and_no_stack_trace(workspace, arguments, code, capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run([str(workspace) if a == "W" else a for a in arguments]) == code
    err = capfd.readouterr().err
    assert err.strip()
    assert "Traceback" not in err
    assert "unforeseen" not in err


def test_html_in_names_stays_text(workspace, call, tmp_path):
    name = '<script>alert(1)</script>${alert(2)}`"'
    assert call("import", workspace, "pipes", pipes(tmp_path / "a.gpkg", road=[name]))[0] == 0
    assert call("score", workspace)[0] == 0
    _, data = call("map", workspace, "--kind", "risk")
    assert "<script>alert(1)" not in Path(data["maps"]["risk"]).read_text(encoding="utf-8")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_killed_at_any_moment_an_import_is_whole_or_nothing(workspace, call, tmp_path):
    assert call("import", workspace, "pipes", pipes(tmp_path / "a.gpkg"))[0] == 0
    many = [shapely.affinity.translate(LINE, 0, i) for i in range(3000)]
    path = pipes(tmp_path / "b.gpkg", geometry=many)
    for delay in (0.3, 0.8, 1.2, 1.6, 2.0):
        process = subprocess.Popen([sys.executable, "-m", "gridrisk", "import", str(workspace), "pipes", str(path)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(delay)
        process.kill()
        process.wait()
        assert len(store.read_layer(store.open_workspace(workspace), "pipes")) in {1, 3000}
    assert call("import", workspace, "pipes", path)[0] == 0
    assert len(store.read_layer(store.open_workspace(workspace), "pipes")) == 3000
    assert not list(workspace.rglob(".part-*"))


def test_wrong_options_give_one_json_object_too(call):
    code, data = call("import", "--colour")
    assert code == 2
    assert data["errors"]


def test_a_file_open_in_another_program_is_named(workspace, call, tmp_path, monkeypatch):
    assert call("import", workspace, "pipes", pipes(tmp_path / "a.gpkg"))[0] == 0

    def denied(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied", "清单.xlsx")

    monkeypatch.setattr("gridrisk.pipeline.results.write", denied)
    code, data = call("score", workspace)
    assert code == 1
    assert "清单.xlsx" in data["errors"][0]
    assert "close it" in data["errors"][0]
