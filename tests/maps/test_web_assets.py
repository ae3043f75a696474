"""The browser assets: pinned by hash, without an address, and there when the package is installed."""

import importlib.util
import json
from pathlib import Path

import pytest

from gridrisk import assets

ROOT = Path(__file__).parents[2]
WEB = ROOT / "maps" / "web"


def test_the_lock_pins_by_hash_and_names_no_address():
    text = (WEB / "package-lock.json").read_text("utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert packages
    assert "://" not in text
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_wanted_files_are_of_pinned_packages():
    wanted = json.loads((WEB / "package.json").read_text("utf-8"))
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    for package, version in wanted["dependencies"].items():
        assert lock[f"node_modules/{package}"]["version"] == version
    assert set(wanted["gridrisk"]["files"]) == set(wanted["dependencies"])


def test_installed_assets_are_those_of_the_lock():
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    stamp = assets.folder("web") / hook.STAMP
    assert stamp.is_file(), "install the package once: pip install -e ."
    assert stamp.read_text("utf-8") == hook._digest(ROOT)
