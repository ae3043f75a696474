"""Drawings: the texts written beside lines belong to them, where it is clear to which."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk import params
from gridrisk.i18n import msg
from gridrisk.layers import schema, values
from gridrisk.units import is_diameter, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.layers.table import Table

#: The column of a drawing that holds its texts.
TEXT = "Text"
_MARK = r"(?<![a-z])(?:dn|de|od|d|φ|ø|∅|⌀|ф)\s*\d+"
#: The size in a label that names one only, and not that of a casing: two sizes are a reducer, or two pipes.
SIZE = (
    rf"(?i)^(?!.*{_MARK}.*{_MARK})(?!.*套管).*?((?<![a-z])(?:dn|de|od|d|φ|ø|∅|⌀|ф)\s*\d+(?:\.\d+)?(?![\d.])"
    r"(?:\s*[x×*✕✖]\s*\d+(?:\.\d+)?(?![\d.]))?)(?!\s*[x×*✕✖/~～—-]\s*\d)"
)
_POINT, _LINES = 0, (1, 2, 5)
#: Two letters, or a sign: P12 and D5 are numbers of points.
_SIZED = re.compile(r"(?<![a-z])(?:(?:dn|de|φ|ø|∅|⌀|ф)\s*\d{2}|d\s*\d{2,}\s*[x×*]\s*\d)", re.IGNORECASE)
#: Letters that a word needs to tell a label of a pipe.
_SHORTEST = 2


def lines_of(table: Table) -> NDArray[np.bool_]:
    """Say which objects of a drawing are lines."""
    if table.geometry is None:
        return np.zeros(len(table.frame), dtype=bool)
    return np.isin(shapely.get_type_id(table.geometry), _LINES)


def labelled(table: Table) -> Table:
    """Return the lines of a drawing, each with the texts written beside it.

    A text belongs to the nearest line within ``label_m``, if no other line is nearer than ``label_clear`` times that
    distance; see ``models/recognition.toml``. Only texts that name a diameter, a material or a pressure are taken:
    point numbers and levels stand beside lines too.
    """
    if table.geometry is None or TEXT not in table.frame.columns:
        return table
    lined = lines_of(table)
    frame = table.frame.loc[lined].reset_index(drop=True)
    lines = table.geometry[lined]
    texts = table.frame[TEXT].astype("object")
    written = (shapely.get_type_id(table.geometry) == _POINT) & texts.notna().to_numpy(dtype=bool)
    written &= texts.map(lambda text: _tells(values.text(text)), na_action="ignore").fillna(value=False).to_numpy(bool)
    owners = _owners(table.geometry[written], lines)
    told: dict[int, list[str]] = {}
    for owner, text in zip(owners.tolist(), texts[written].tolist(), strict=True):
        if owner >= 0:
            told.setdefault(owner, []).append(values.text(text))
    frame[TEXT] = pd.Series(
        [" ".join(dict.fromkeys(told.get(i, ()))) or None for i in range(len(frame))], dtype="object"
    )
    note = msg(
        "{file}: {count} of {texts} texts stand clearly beside one line and were taken for it; {lines} of {all} lines "
        "have one",
        file=table.file,
        count=int((owners >= 0).sum()),
        texts=len(owners),
        lines=len(told),
        all=len(frame),
    )
    notes = (*table.notes, note) if len(owners) else table.notes
    if rest := len(lined) - len(frame) - int((owners >= 0).sum()):
        left_out = msg(
            "{file}: {count} objects of the drawing are no lines and are left out", file=table.file, count=rest
        )
        notes = (*notes, left_out)
    return replace(table, frame=frame, numbers=table.numbers[lined], geometry=lines, notes=notes)


def _owners(points: NDArray[np.object_], lines: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return the line to which each point clearly belongs; -1 where to none."""
    owners = np.full(len(points), -1, dtype=np.intp)
    limits = params.load("recognition")
    reach, clear = limits.number("label_m"), limits.number("label_clear")
    if not len(points) or not len(lines):
        return owners
    at, near = shapely.STRtree(lines).query(points, predicate="dwithin", distance=reach * clear)
    away = shapely.distance(points[at], lines[near])
    order = np.lexsort((away, at))
    at, near, away = at[order], near[order], away[order]
    first = np.flatnonzero(np.r_[True, at[1:] != at[:-1]]) if len(at) else np.empty(0, dtype=np.intp)
    second = np.full(len(first), np.inf)
    more = np.r_[first[1:], len(at)] - first > 1
    second[more] = away[first[more] + 1]
    sure = (away[first] <= reach) & (second >= clear * away[first])
    owners[at[first[sure]]] = near[first[sure]]
    return owners


@cache
def _words() -> tuple[str, ...]:
    fields = schema.load("pipes").fields
    choices = [choice for name in ("material", "pressure_class") for choice in fields[name].choices.values()]
    words = {values.word(text) for choice in choices for text in (choice.zh, *choice.synonyms)}
    return tuple(word for word in words if len(word) >= _SHORTEST and not word.isdigit())


def _tells(text: str) -> bool:
    found = values.word(text)
    return is_diameter(plain(text)) or _SIZED.search(plain(text)) is not None or any(word in found for word in _words())
