"""The street of `street.py` in a workspace, and the commands on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gridrisk import store
from gridrisk.cli import run
from gridrisk.layers import schema

from .street import CRS, layer, street

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path) -> Callable[..., Path]:
    """Makes a workspace of the street; a layer given as None is never imported, one given as rows replaces it."""

    def make(**changed: list[dict[str, Any]] | None) -> Path:
        root = tmp_path / "w"
        made = store.create(root, crs=CRS, policy=None, lang="en")
        for name, rows in (street() | changed).items():
            if rows is not None:
                frame = layer(name, rows) if rows else schema.empty(name, CRS)
                store.commit_layer(made, name, frame, [], detail={})
        return root

    return make


@pytest.fixture
def call(capfd):
    """Run a command; return its exit code and what it printed: the JSON object, or the text without ``--json``."""

    def command(*arguments: object, as_json: bool = True) -> tuple[int, Any]:
        capfd.readouterr()
        code = run(["--lang", "en", *(str(a) for a in arguments), *(["--json"] if as_json else [])])
        out = capfd.readouterr().out

        def no_such_number(name: str) -> None:
            raise AssertionError(name)

        return code, json.loads(out, parse_constant=no_such_number) if as_json else out

    return command


@pytest.fixture
def german_town(shared_data, tmp_path, call) -> Path:
    """The workspace of a real town of one pressure class whose valves were not delivered."""
    folder, root = shared_data / "schutterwald_gas", tmp_path / "w"
    store.create(root, crs="EPSG:31467", policy=None, lang="en")
    for name, file in (
        ("pipes", "leitungen.shp"),
        ("customers", "hausanschluesse.geojson"),
        ("stations", "einspeisung.gpkg"),
    ):
        assert call("import", root, name, folder / file, "--crosswalk", "schutterwald")[0] == 0
    return root
