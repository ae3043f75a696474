"""Every bench and check of the scripts folder still runs: each on a city so small that it takes no time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = {
    "bench_backtest.py": "--pipes 300 --seeds 1",
    "bench_checks.py": "--pipes 500",
    "bench_coverage.py": "--customers 500 --bottled 50 --edges 400",
    "bench_import.py": "300",
    "bench_network.py": "--pipes 300 --shape city",
    "bench_plan.py": "--projects 60 --seconds 5",
    "bench_projects.py": "--segments 300",
    "bench_risk.py": "300 --plain 300",
    "check_network.py": "--networks 3 --seed 1",
    "fuzz_import.py": "8 1",
}


def test_each_is_listed():
    there = {
        path.name for pattern in ("bench_*.py", "check_*.py", "fuzz_*.py") for path in (ROOT / "scripts").glob(pattern)
    }
    assert there - {"bench_plan_cases.py"} == set(SMALL)  # the cases are imported by bench_plan


@pytest.mark.parametrize("name", SMALL)
def test_it_runs(name, tmp_path):
    command = [sys.executable, str(ROOT / "scripts" / name), *SMALL[name].split()]
    known = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=tmp_path, env=known, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    assert done.stdout.strip()
