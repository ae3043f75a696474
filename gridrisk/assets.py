"""Where the data folders `layers/`, `models/` and `maps/` lie: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return the folder of shipped files called `name` (``layers``, ``models``, ``maps`` or ``web``)."""
    checkout = _PACKAGE.parent / name
    if (_PACKAGE.parent / "pyproject.toml").exists() and checkout.is_dir():
        return checkout
    return _PACKAGE / "_assets" / name
