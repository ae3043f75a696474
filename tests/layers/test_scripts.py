"""The script that spoils files, run small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_spoilt_files_end_in_findings_or_a_refusal() -> None:
    script = Path(__file__).parents[2] / "scripts" / "fuzz_import.py"
    done = subprocess.run([sys.executable, script, "15", "7"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
