"""`check` and `history` beyond findings and versions."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from gridrisk.cli import run


def test_every_check_is_listed_in_both_languages(city, call):
    code, listed = call("check", city, "--list")
    assert code == 0
    one = next(check for check in listed["checks"] if check["check"] == "diameter_in_catalogue")
    assert one["question_en"] == "Is the diameter one that its material is made in?"
    assert one["severity"] == "warning"
    assert run(["--lang", "en", "check", str(city), "--list"]) == 0


def test_check_tells_completeness_and_writes_a_report(city, call, tmp_path):
    code, checked = call("--lang", "en", "check", city, "--as-of", "2026-11-22", "--report", tmp_path / "检查")
    assert code == 0
    (material,) = [
        row
        for row in checked["completeness"]
        if (row["layer"], row["field"], row["by"]) == ("pipes", "material", "all")
    ]
    assert 0.9 < material["share"] < 1
    assert material["trusted"] <= material["known"] < material["rows"]
    names = {path.name for path in (tmp_path / "检查").iterdir()}
    assert names == {"findings.xlsx", "findings.gpkg", "findings.html"}
    points = gpd.read_file(tmp_path / "检查" / "findings.gpkg", layer="findings")
    assert len(points) == len(checked["findings"])
    assert 'src="http' not in (tmp_path / "检查" / "findings.html").read_text(encoding="utf-8")


def test_where_values_came_from(city, call):
    _, listed = call("history", city, "pipes")
    pipe = gpd.read_parquet(city / "layers" / "pipes" / listed["versions"][0]["snapshot"])["pipe_id"].iloc[0]
    code, traced = call("history", city, "pipes", "--id", pipe)
    assert code == 0
    assert all(value["file"] and value["row"] for value in traced["values"])
    assert {value["as_of"] for value in traced["values"]} == {"2026-11-22"}
    assert call("history", city, "pipes", "--id", "no such")[0] == 1
    assert call("history", city, "--id", pipe)[0] == 2
    assert call("history", city, "nolayer", "--id", pipe)[0] == 2


@pytest.fixture
def workspace(tmp_path):
    assert run(["init", str(tmp_path / "w"), "--lang", "en"]) == 0
    return tmp_path / "w"


def delivery(path, ids):
    lines = [shapely.LineString([(500_000, 3_400_000 + 9 * i), (500_010, 3_400_000 + 9 * i)]) for i in map(ord, ids)]
    fields = {"pipe_id": list(ids), "material": "PE", "diameter_mm": 110, "pressure_class": "low", "install_year": 2001}
    gpd.GeoDataFrame(fields, geometry=lines, crs="EPSG:4547").to_file(path)
    return path


def test_a_removal_stops_and_says_what_to_do(workspace, call, tmp_path, capfd):
    assert call("import", workspace, "pipes", delivery(tmp_path / "a.gpkg", "abcd"))[0] == 0
    part = delivery(tmp_path / "b.gpkg", "ab")
    code, stopped = call("import", workspace, "pipes", part)
    assert (code, stopped["committed"], stopped["removed"]) == (1, False, 2)
    assert "--allow-removal" in stopped["findings"][-1]["message"]
    assert run(["--lang", "en", "import", str(workspace), "pipes", str(part)]) == 1
    assert "0 added, 0 changed, 2 gone" in capfd.readouterr().err
    code, done = call("import", workspace, "pipes", part, "--allow-removal")
    assert (code, done["committed"]) == (0, True)
