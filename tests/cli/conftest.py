"""A small sample city, made once through the front door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gridrisk.cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def city(tmp_path_factory) -> Path:
    """The workspace of a city of 500 segments after ``gridrisk demo``."""
    folder = tmp_path_factory.mktemp("demo") / "城市 1"
    assert run(
        ["--lang", "en", "demo", str(folder), "--pipes", "500", "--seed", "3", "--as-of", "2026-11-22", "--json"]
    ) in {0, 1}
    return folder / "workspace"


@pytest.fixture
def call(capfd):
    """Run a command with ``--json``; return its exit code and the one object on standard output."""

    def command(*arguments: object) -> tuple[int, dict]:
        capfd.readouterr()
        code = run([str(a) for a in arguments] + ["--json"])
        out = capfd.readouterr().out
        return code, json.loads(out) if out else {}

    return command
