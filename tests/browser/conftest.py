"""A headless Chromium with the network cut: a page may ask for its own file and for nothing else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

_CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def _city():
    path = Path(__file__).parents[1] / "maps" / "city.py"
    spec = importlib.util.spec_from_file_location("gridrisk_browser_city", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def city():
    return _city().build(60, seed=5)


@pytest.fixture(scope="session")
def as_of():
    return _city().AS_OF


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    named = os.environ.get("GRIDRISK_CHROMIUM")
    found = named or next((path for name in _CANDIDATES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine; set GRIDRISK_CHROMIUM to its path")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Open a document as a file; at the end nothing may have gone wrong or out."""
    faults, contexts = [], []

    def show(document, *, width=1600, height=900):
        file = tmp_path / "map.html"
        file.write_text(document, encoding="utf-8", newline="\n")
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_offline(True)
        context.route(
            "**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort()
        )
        page = context.new_page()
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if request.url == file.as_uri() else faults.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector(".gridrisk-panel")
        return page

    yield show
    for context in contexts:
        context.close()
    assert faults == []
