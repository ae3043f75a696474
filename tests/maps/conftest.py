"""The invented city of `city.py`, built once."""

from __future__ import annotations

import importlib.util
import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

_FILE = Path(__file__).with_name("city.py")
_SPEC = importlib.util.spec_from_file_location("gridrisk_map_city", _FILE)
_MODULE = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _MODULE
_SPEC.loader.exec_module(_MODULE)


class Page(HTMLParser):
    """Scripts, styles and the scene of a page, taken apart by another reader than the program's."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.policy = ""
        self.scene: dict[str, Any] = {}
        self.attributes: list[tuple[str, str, str]] = []
        self._tag = ""
        self._kind = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._tag, self._kind = tag, values.get("type", "")
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]

    def handle_data(self, data):
        if self._tag == "script" and self._kind == "application/json":
            self.scene = json.loads(data)
        elif self._tag == "script":
            self.scripts.append(data)
        elif self._tag == "style":
            self.styles.append(data)

    def handle_endtag(self, tag):
        self._tag = ""

    def layer(self, key: str) -> dict[str, Any]:
        return next(layer for layer in self.scene["layers"] if layer["key"] == key)

    def notes(self, key: str) -> dict[str, str]:
        return {item["label"]: item["note"] for item in self.layer(key)["classes"]}

    def detail(self, key: str, title: str) -> list[Any]:
        column = next(column for column in self.layer(key)["columns"] if column["title"] == title)
        if "codes" not in column:
            return column["values"]
        return [column["words"][code - 1] if code else None for code in unpack(column["codes"])]


def unpack(text: str) -> list[int]:
    """Read LEB128 in base64 one byte after the other, as the page does."""
    import base64

    out, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            out.append(value)
            value = shift = 0
    return out


@pytest.fixture(scope="session")
def city():
    return _MODULE.build(30, seed=3)


@pytest.fixture(scope="session")
def as_of():
    return _MODULE.AS_OF


@pytest.fixture(scope="session")
def read_page():
    return Page


@pytest.fixture(scope="session")
def read_numbers():
    return unpack
