"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

settings.register_profile("gridrisk", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("gridrisk")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of networks that other people made; never copied into the project."""
    folder = Path(os.environ.get("GRIDRISK_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data of other people at {folder}; set GRIDRISK_SHARED to the folder that holds it")
    return folder


@pytest.fixture(scope="session")
def city(tmp_path_factory) -> Path:
    """The workspace of a city of 500 segments after ``gridrisk demo``; only to be read."""
    from gridrisk.cli import run

    folder = tmp_path_factory.mktemp("demo") / "城市 1"
    assert run(
        ["--lang", "en", "demo", str(folder), "--pipes", "500", "--seed", "3", "--as-of", "2026-11-22", "--json"]
    ) in {0, 1}
    return folder / "workspace"


@pytest.fixture
def own_city(city, tmp_path) -> Path:
    """A copy of the city for a test that writes into it."""
    return shutil.copytree(city, tmp_path / "own")
