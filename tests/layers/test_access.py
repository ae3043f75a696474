"""Access databases through mdbtools; the tools are stood in for, since nothing here writes such a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gridrisk.errors import FileFormatError
from gridrisk.layers import sources
from gridrisk.layers.crosswalk import LayerCrosswalk

if TYPE_CHECKING:
    from pathlib import Path

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
