"""A virtual environment of the project's own, made with nothing but Python, from the lock files."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)


def prepare(name: str, locks: list[str]) -> Path:
    """Make the environment `name` below the checkout, install the locks and the project, return its Python.

    What is installed already, from the same locks, is left as it is.
    """
    if sys.version_info < OLDEST:
        sys.exit(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}")
    folder = ROOT / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "installed.txt"
    wanted = _fingerprint(locks)
    if stamp.exists() and python.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"making the environment {folder} (once; some minutes)", flush=True)
    venv.create(folder, with_pip=True, clear=folder.exists())
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    for lock in locks:
        subprocess.run(
            [*pip, "install", "--quiet", "--require-hashes", "-r", str(ROOT / "requirements" / lock)], check=True
        )
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _fingerprint(locks: list[str]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in [
        *(ROOT / "requirements" / lock for lock in locks),
        ROOT / "pyproject.toml",
        *sorted((ROOT / "maps" / "web").glob("*.json")),
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
