"""The catalogue: numbers rise, a stale parent is refused, a newer or damaged file is not misread."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest

from gridrisk.errors import WorkspaceError
from gridrisk.store.catalogue import FORMAT, Catalogue, Version


@pytest.fixture
def catalogue(tmp_path):
    made = Catalogue(tmp_path / "a b" / "目录.sqlite")
    (tmp_path / "a b").mkdir()
    made.create()
    return made


def version(layer="pipes", snapshot="x.parquet"):
    when = dt.datetime(2026, 11, 22, 8, 0, 0)  # noqa: DTZ001 - stored as UTC
    return Version(layer, snapshot, 3, when, "planner", "import", detail={"files": [{"name": "管线.shp"}]})


def test_versions_rise_over_all_layers(catalogue):
    first = catalogue.append(version(), parent=None)
    other = catalogue.append(version("valves"), parent=None)
    second = catalogue.append(version(snapshot="y.parquet"), parent=first.version)
    assert first.version < other.version < second.version
    assert catalogue.current("pipes") == second
    assert catalogue.get(first.version) == first
    assert [v.version for v in catalogue.history()] == [second.version, other.version, first.version]
    assert catalogue.current("roads") is None


@pytest.mark.parametrize("parent", [None, 99])
def test_a_stale_parent_is_refused_and_nothing_is_written(catalogue, parent):
    catalogue.append(version(), parent=None)
    with pytest.raises(WorkspaceError, match="committed meanwhile"):
        catalogue.append(version(snapshot="y.parquet"), parent=parent)
    assert len(catalogue.history()) == 1


def test_a_newer_format_is_refused(catalogue, tmp_path):
    with sqlite3.connect(tmp_path / "a b" / "目录.sqlite") as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    with pytest.raises(WorkspaceError, match="newer gridrisk"):
        catalogue.history()


def test_a_missing_catalogue_is_named(tmp_path):
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        Catalogue(tmp_path / "none.sqlite").history()
