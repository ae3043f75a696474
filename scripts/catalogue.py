"""Bring the Chinese catalogue up to date with the texts in the code. For maintainers and translators.

Usage: python scripts/catalogue.py
New texts are added with an empty translation, texts no longer in the code are taken out, and the number of texts
without a translation is printed; exit code 1 where there are any.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "gridrisk"
CATALOGUE = PACKAGE / "locale" / "zh_CN" / "LC_MESSAGES" / "gridrisk.po"
#: Functions whose first argument, a literal, is a text for a person.
MARKERS = {"msg", "mark", "text", "label", "translate"}


def texts() -> dict[str, list[tuple[str, int]]]:
    """Return every text in the package and the places (file, line) where it stands."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            # a method called text() reads a parameter; only the function of that name marks one
            method = node.func.attr if isinstance(node.func, ast.Attribute) and node.func.attr != "text" else ""
            name = node.func.id if isinstance(node.func, ast.Name) else method
            first = node.args[0]
            if name in MARKERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                place = (path.relative_to(ROOT).as_posix(), node.lineno)
                found.setdefault(first.value, []).append(place)
    return found


def main() -> int:
    """Write the catalogue anew, keeping its translations."""
    with CATALOGUE.open("rb") as stream:
        old = {str(entry.id): str(entry.string) for entry in read_po(stream, locale="zh_CN") if entry.id}
    new = Catalog(locale="zh_CN", project="gridrisk", charset="utf-8", header_comment="# Chinese texts of gridrisk.")
    for text, places in sorted(texts().items()):
        new.add(text, old.get(text, ""), locations=sorted({(file, 0) for file, _ in places}))
    with CATALOGUE.open("wb") as stream:
        write_po(stream, new, width=120, include_lineno=False, ignore_obsolete=True, omit_header=True)
    empty = sum(1 for text in texts() if not old.get(text))
    print(f"{len(texts())} texts, {empty} without a translation")
    return int(empty > 0)


if __name__ == "__main__":
    sys.exit(main())
