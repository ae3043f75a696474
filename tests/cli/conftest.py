"""Commands called as a program calls them."""

from __future__ import annotations

import json

import pytest

from gridrisk.cli import run


@pytest.fixture
def call(capfd):
    """Run a command with ``--json``; return its exit code and the one object on standard output."""

    def command(*arguments: object) -> tuple[int, dict]:
        capfd.readouterr()
        code = run([str(a) for a in arguments] + ["--json"])
        out = capfd.readouterr().out
        return code, json.loads(out) if out else {}

    return command
