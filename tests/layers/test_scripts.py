"""The scripts that measure the import, run small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize(
    ("script", "arguments"), [("fuzz_import.py", ["25", "7"]), ("bench_import.py", ["300", "shp"])]
)
def test_script_ends_well(script: str, arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, SCRIPTS / script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
