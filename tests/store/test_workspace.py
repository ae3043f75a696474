"""Workspace: versions come whole or not at all, and nothing that was committed is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridrisk import store
from gridrisk.errors import CrsError, UsageError, WorkspaceError
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.layers import schema
from gridrisk.store import snapshots


def pipes(ids, crs="EPSG:4547"):
    lines = [
        shapely.LineString([(500_000 + 10 * i, 3_000_000), (500_010 + 10 * i, 3_000_000)]) for i, _ in enumerate(ids)
    ]
    frame = gpd.GeoDataFrame(
        {"pipe_id": ids, "material": "pe", "diameter_mm": 110.0, "pressure_class": "low", "install_year": 2001},
        geometry=lines,
        crs=crs,
    )
    return schema.complete(frame, "pipes")


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "城市 city", crs="EPSG:4547", policy=None, lang="zh")


def test_create_then_open(workspace):
    again = store.open_workspace(workspace.root)
    assert (again.crs.to_epsg(), again.lang, again.policy) == (4547, "zh", None)


def test_create_refuses_degrees(tmp_path):
    with pytest.raises(CrsError, match="metric"):
        store.create(tmp_path / "w", crs="EPSG:4490", policy=None, lang="zh")
    assert not (tmp_path / "w").exists()


def test_create_refuses_a_folder_in_use(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="not an empty folder"):
        store.create(tmp_path, crs="EPSG:4547", policy=None, lang="zh")


def test_open_names_what_is_wrong(tmp_path):
    with pytest.raises(WorkspaceError, match="gridrisk init"):
        store.open_workspace(tmp_path)
    (tmp_path / "gridrisk.toml").write_text('crs = "EPSG:4547"\nlanguage = "zh"\nlang = "fr"\n')
    with pytest.raises(WorkspaceError) as caught:
        store.open_workspace(tmp_path)
    assert len(caught.value.messages) == 2


def test_layer_comes_back_as_it_went_in(workspace):
    frame = pipes(["甲<1>", "b", "c"])
    version = store.commit_layer(workspace, "pipes", frame, [], detail={})
    assert version is not None
    assert version.rows == 3
    read = store.read_layer(workspace, "pipes")
    assert sorted(read.index) == sorted(frame.index)
    assert read.geometry.loc[frame.index].geom_equals(frame.geometry).all()
    assert read.loc[frame.index, "install_year"].tolist() == [2001] * 3
    assert read["operable" if "operable" in read else "cathodic"].isna().all()


@pytest.mark.skipif(not hasattr(os, "umask"), reason="needs file modes")
def test_what_is_written_is_as_readable_as_any_file(workspace, tmp_path):
    version = store.commit_layer(workspace, "pipes", pipes(["a"]), [], detail={})
    (tmp_path / "plain").touch()
    mode = (tmp_path / "plain").stat().st_mode
    for name in ("gridrisk.toml", f"layers/pipes/{version.snapshot}"):
        assert (workspace.root / name).stat().st_mode == mode


def test_never_imported_is_none(workspace):
    assert store.read_layer(workspace, "valves") is None
    with pytest.raises(UsageError, match="no such layer"):
        store.read_layer(workspace, "pipe")


def test_same_content_makes_no_version(workspace):
    assert store.commit_layer(workspace, "pipes", pipes(["a", "b"]), [], detail={}) is not None
    assert store.commit_layer(workspace, "pipes", pipes(["a", "b"]), [], detail={}) is None


def test_history_and_restore(workspace):
    first = store.commit_layer(workspace, "pipes", pipes(["a"]), [], detail={"files": ["x.shp"]})
    second = store.commit_layer(workspace, "pipes", pipes(["a", "b"]), [], detail={})
    third = store.restore(workspace, first.version)
    assert store.read_layer(workspace, "pipes").index.tolist() == ["a"]
    assert [v.version for v in workspace.catalogue.history("pipes")] == [third.version, second.version, first.version]
    assert workspace.catalogue.history()[-1].detail == {"files": ["x.shp"]}
    assert store.restore(workspace, first.version) is None
    with pytest.raises(WorkspaceError, match="no version 99"):
        store.restore(workspace, 99)


def test_findings_of_the_import_are_kept(workspace):
    finding = Finding("pipes", "unknown_code", "warning", msg("row {row}: {value}", row=3, value="铸铁"), id="a", row=3)
    store.commit_layer(workspace, "pipes", pipes(["a"]), [finding], detail={})
    (read,) = store.import_findings(workspace, "pipes")
    assert read == finding


def test_findings_are_kept_in_both_languages(workspace):
    inner = msg("{file} row {row}", file="管线.shp", row=3)
    finding = Finding("pipes", "unknown_code", "warning", msg("{place}: {value}", place=inner, value="铸铁"))
    store.commit_layer(workspace, "pipes", pipes(["a"]), [finding], detail={})
    (read,) = store.import_findings(workspace, "pipes")
    assert read.message == finding.message


def test_two_imports_at_once_do_not_overwrite_each_other(workspace):
    store.commit_layer(workspace, "pipes", pipes(["a"]), [], detail={})
    stale = workspace.catalogue.current("pipes")
    store.commit_layer(workspace, "pipes", pipes(["a", "b"]), [], detail={})
    with pytest.raises(WorkspaceError, match="committed meanwhile"):
        workspace.catalogue.append(stale, parent=stale.version)


def test_damaged_snapshot_is_named(workspace):
    version = store.commit_layer(workspace, "pipes", pipes(["a"]), [], detail={})
    (workspace.root / "layers" / "pipes" / version.snapshot).write_bytes(b"PAR1 nonsense")
    with pytest.raises(WorkspaceError, match="restore an earlier version"):
        store.read_layer(workspace, "pipes")


def test_damaged_or_newer_catalogue_is_refused(workspace):
    path = workspace.root / "catalogue.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(WorkspaceError, match="damaged"):
        workspace.catalogue.current("pipes")


def test_reading_changes_nothing(workspace):
    store.commit_layer(workspace, "pipes", pipes(["a"]), [], detail={})
    before = snapshots.sha256_of(workspace.root)
    store.read_layer(workspace, "pipes")
    workspace.catalogue.history()
    store.import_findings(workspace, "pipes")
    assert snapshots.sha256_of(workspace.root) == before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
@pytest.mark.parametrize("moment", ["snapshot", "findings", "lineage", "catalogue"])
def test_killed_in_the_middle_leaves_the_workspace_as_it_was(workspace, moment):
    store.commit_layer(workspace, "pipes", pipes(["a"]), [], detail={})
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_workspace import pipes
        import pandas as pd
        from gridrisk import store
        from gridrisk.findings import Finding
        from gridrisk.i18n import msg
        from gridrisk.store import catalogue, lineage, snapshots
        settle = snapshots._settle
        def die(part, target):
            if target.parent.name == {{"snapshot": "pipes"}}.get({moment!r}, {moment!r}): os.kill(os.getpid(), signal.SIGKILL)
            settle(part, target)
        if {moment!r} == "catalogue":
            catalogue.Catalogue.append = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        snapshots._settle = die
        new, found = pipes(["a", "b"]), Finding("pipes", "x", "info", msg("new"))
        origin = pd.DataFrame({{"file": "x", "row": [0, 1], "line": [2, 3]}}, index=new.index)
        traced = lineage.of_survey(origin, as_of="2026-01-01", read_at="")
        opened = store.open_workspace(Path({str(workspace.root)!r}))
        store.commit_layer(opened, "pipes", new, [found], detail={{}}, lineage=traced)
        """
    )
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert store.read_layer(workspace, "pipes").index.tolist() == ["a"]
    assert store.commit_layer(workspace, "pipes", pipes(["a", "b"]), [], detail={}) is not None
    assert not list(workspace.root.rglob(".part-*"))
