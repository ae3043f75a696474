"""Set up gridrisk with its test tools in an environment of its own and run the tests.

Usage: python scripts/test.py [PYTEST ARGUMENTS]
Needs Python 3.11 or newer and a package index; the browser tests also Chromium.
"""

from __future__ import annotations

import subprocess
import sys

from environment import ROOT, prepare


def main() -> int:
    """Prepare the environment, run pytest with the arguments given, return its exit code."""
    python = prepare(".venv-test", ["run.txt", "dev.txt"])
    arguments = sys.argv[1:] or ["-n", "auto", "--dist", "loadfile"]
    try:
        return subprocess.run([str(python), "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
