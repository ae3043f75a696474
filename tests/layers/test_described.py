"""Aliases and named codes of a geodatabase or GeoPackage."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from deliveries import pipes, write

from gridrisk.layers import described, vector
from gridrisk.layers.crosswalk import LayerCrosswalk
from gridrisk.layers.table import Wanted

if TYPE_CHECKING:
    from pathlib import Path

WANTED = Wanted("pipes", LayerCrosswalk())
SCHEMA = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name, column_name, extension_name, definition, scope);
CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT);
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT, constraint_type TEXT, value TEXT, min NUMERIC,
    min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT);
INSERT INTO gpkg_extensions VALUES
    ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec/#extension_schema', 'read-write'),
    ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec/#extension_schema',
    'read-write');
INSERT INTO gpkg_data_columns (table_name, column_name, name, constraint_name) VALUES
    ('a', 'A1', '管线编号', NULL), ('a', 'A2', '管材', 'material'), ('a', '管径', '口径', NULL);
INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description) VALUES
    ('material', 'enum', '1', 'PE管'), ('material', 'enum', '2', '灰口铸铁');
"""


def geopackage(folder: Path) -> Path:
    frame = pipes().rename(columns={"管段编号": "A1", "材质": "A2"}).assign(A2=["1", "2", "9"])
    path = write(frame, folder / "a.gpkg", layer="a")
    with closing(sqlite3.connect(path)) as base:
        base.executescript(SCHEMA)
    return path


def test_codes_and_headings_by_the_names_the_file_gives_them(tmp_path: Path) -> None:
    (table,) = vector.read(geopackage(tmp_path), WANTED, "a.gpkg")
    assert list(table.frame.columns) == ["管线编号", "管材", "管径", "压力级别", "开始使用年月"]
    assert table.frame["管材"].tolist() == ["PE管", "灰口铸铁", "9"]  # a code without a name stays
    assert len(table.notes) == 2


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="needs ogr2ogr to write domains")
def test_domains_of_a_file_geodatabase(tmp_path: Path) -> None:
    command = ["ogr2ogr", "-f", "OpenFileGDB", str(tmp_path / "a.gdb"), str(geopackage(tmp_path))]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this GDAL writes no File Geodatabase")
    (table,) = vector.read(tmp_path / "a.gdb", WANTED, "a.gdb")
    material = next(table.frame[name] for name in ("管材", "A2") if name in table.frame.columns)
    assert material.tolist() == ["PE管", "灰口铸铁", "9"]


def test_aliases_stand_in_the_definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = "".join(
        f"<GPFieldInfoEx><Name>{name}</Name><AliasName>{alias}</AliasName></GPFieldInfoEx>"
        for name, alias in (("A1", "管线编号"), ("管径", "管径"))
    )
    items = pd.DataFrame({"Name": ["a", "bad", "worse"], "Definition": [f"<D>{fields}</D>", None, "<!DOCTYPE x>"]})
    monkeypatch.setattr(described.pyogrio, "read_dataframe", lambda *_, **__: items)
    found = described._geodatabase(tmp_path, "a")
    assert found.aliases == {"A1": "管线编号"}
    assert found.codes == {}


def test_what_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    path = geopackage(tmp_path)
    with closing(sqlite3.connect(path)) as base:
        base.executescript("DROP TABLE gpkg_data_columns; CREATE TABLE gpkg_data_columns (x);")
    (table,) = vector.read(path, WANTED, "a.gpkg")
    assert "A2" in table.frame.columns
