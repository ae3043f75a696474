"""Write the lock files: pinned versions with hashes, no addresses. For maintainers; needs uv on the path.

Usage: python scripts/lock.py
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_COMMAND = [
    "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-emit-index-url", "--no-header", "--no-annotate", "--upgrade",
]  # fmt: skip


def main() -> None:
    """Compile ``requirements/run.txt`` (with what builds the project) and ``requirements/dev.txt`` on top of it."""
    folder = ROOT / "requirements"
    project, build = str(ROOT / "pyproject.toml"), str(folder / "build.in")
    subprocess.run([*_COMMAND, project, build, "-o", str(folder / "run.txt")], check=True, cwd=ROOT)
    run = ["--constraint", str(folder / "run.txt")]
    extras = ["--extra", "dev", "--extra", "hydraulics"]
    subprocess.run([*_COMMAND, project, *extras, *run, "-o", str(folder / "dev.txt")], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
