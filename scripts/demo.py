"""Set up gridrisk in an environment of its own and run the whole job on a sample city.

Usage: python scripts/demo.py [FOLDER] [--pipes N] [--seed N]
Needs Python 3.11 or newer and a package index; nothing else.
"""

from __future__ import annotations

import subprocess
import sys

from environment import prepare


def main() -> int:
    """Prepare the environment, run ``gridrisk demo`` with the arguments given, return its exit code."""
    python = prepare(".venv", ["run.txt"])
    try:
        return subprocess.run([str(python), "-m", "gridrisk", "demo", *sys.argv[1:]], check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
