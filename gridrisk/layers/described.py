"""What a geodatabase or GeoPackage says of its own columns: aliases of headings, and the names of codes (domains)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pyogrio

from gridrisk.i18n import msg
from gridrisk.layers import values

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gridrisk.layers.table import Table, Wanted

_LONGEST_DEFINITION = 8 * 1024**2
_MOST_CODES = 5000


@dataclass(frozen=True, slots=True)
class Description:
    """By column its alias, and what its codes are called."""

    aliases: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


def describe(table: Table, path: Path, wanted: Wanted) -> Table:
    """Return a table of a geodatabase or GeoPackage with its codes named, and headings that say nothing by alias.

    A heading that is known keeps its name; its alias is taken only where that is known and the name is not. What the
    file says of itself is an extra: one that cannot be read changes nothing.
    """
    try:
        found = _geodatabase(path, table.name) if path.is_dir() else _geopackage(path, table.name)
    except (ET.ParseError, sqlite3.Error, ValueError, KeyError, OSError, RuntimeError):
        return table
    frame, notes = table.frame, list(table.notes)
    named = [column for column in frame.columns if column in found.codes]
    for column in named:
        frame = frame.assign(**{column: _named(frame[column], found.codes[column])})
    if named:
        notes.append(
            msg(
                "{file}: the codes of {columns} are named by the file itself", file=table.file, columns=", ".join(named)
            )
        )
    known = {
        column: alias
        for column, alias in found.aliases.items()
        if column in frame.columns
        and alias not in frame.columns
        and not wanted.score([column])
        and wanted.score([alias])
    }
    known = {column: alias for column, alias in known.items() if list(known.values()).count(alias) == 1}
    if known:
        told = ", ".join(f"{column} = {alias}" for column, alias in known.items())
        notes.append(msg("{file}: columns are called by their aliases ({aliases})", file=table.file, aliases=told))
    return replace(table, frame=frame.rename(columns=known), notes=tuple(notes))


def _named(column: pd.Series, codes: dict[str, str]) -> pd.Series:
    """Return a column with its codes by name; a code without a name stays."""
    texts = column.astype("object").map(values.text, na_action="ignore")
    return texts.map(lambda text: codes.get(text, text), na_action="ignore")


def _geopackage(path: Path, layer: str) -> Description:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "gpkg_data_columns" not in tables:
            return Description()
        rows = base.execute(
            "SELECT column_name, name, title, constraint_name FROM gpkg_data_columns WHERE table_name = ?", (layer,)
        ).fetchall()
        aliases = {str(column): str(title or name) for column, name, title, _ in rows if title or name}
        codes: dict[str, dict[str, str]] = {}
        for column, _, _, constraint in rows:
            if constraint and "gpkg_data_column_constraints" in tables:
                listed = base.execute(
                    "SELECT value, description FROM gpkg_data_column_constraints "
                    "WHERE constraint_name = ? AND constraint_type = 'enum' LIMIT ?",
                    (constraint, _MOST_CODES),
                )
                named = {str(code): str(text) for code, text in listed if text}
                codes |= {str(column): named} if named else {}
    return Description(aliases, codes)


def _geodatabase(path: Path, layer: str) -> Description:
    items = pyogrio.read_dataframe(path, layer="GDB_Items", columns=["Name", "Definition"], read_geometry=False)
    domains: dict[str, dict[str, str]] = {}
    fields: list[ET.Element] = []
    for name, definition in zip(items["Name"], items["Definition"], strict=True):
        root = _parsed(definition)
        if root is None:
            continue
        if root.tag.rpartition("}")[2].rpartition(":")[2].startswith("GPCodedValueDomain"):
            listed = [(one.findtext("Code"), one.findtext("Name")) for one in root.iter("CodedValue")]
            domains[root.findtext("DomainName") or str(name)] = {
                values.text(_amount(code)): text for code, text in listed[:_MOST_CODES] if code and text
            }
        elif str(name) == layer:
            fields = [*root.iter("GPFieldInfoEx"), *root.iter("Field")]
    aliases, codes = {}, {}
    for one in fields:
        column, alias, domain = (one.findtext(key) or "" for key in ("Name", "AliasName", "DomainName"))
        if alias and alias != column:
            aliases[column] = alias
        if domains.get(domain):
            codes[column] = domains[domain]
    return Description(aliases, codes)


def _parsed(definition: object) -> ET.Element | None:
    if not isinstance(definition, str) or not 0 < len(definition) <= _LONGEST_DEFINITION:
        return None
    if "<!DOCTYPE" in definition or "<!ENTITY" in definition:
        return None
    # some definitions use a prefix that only the enclosing document declares
    return ET.fromstring(definition)  # noqa: S314 - without entities, which could grow


def _amount(code: str) -> object:
    try:
        return float(code) if "." in code else code
    except ValueError:
        return code
