"""Where each value of one object came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridrisk import store
from gridrisk.errors import DataError, with_near
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridrisk.store import Workspace


@dataclass(frozen=True, slots=True)
class Traced:
    """A value and where it came from.

    Attributes
    ----------
    source
        ``file``, ``as_of`` and ``read_at`` of the survey, or ``action`` of a change made here; empty: not known.
    row
        Of the file, where known: the line of a sheet as its program numbers it, else the row (1 = first data row).
    """

    field: str
    value: Any
    source: Mapping[str, Any]
    row: int | None


@dataclass(frozen=True, slots=True)
class Trace:
    """One object of the current version: its values that are known, and the numbers it had before, latest first."""

    layer: str
    id: str
    version: int
    former: list[str]
    values: list[Traced]


def trace(workspace: Workspace, layer: str, key: str) -> Trace:
    """Return where each value of an object came from.

    Raises
    ------
    DataError
        Where the layer has no such object; says so where it has a new number.
    """
    version, frame = workspace.catalogue.current(layer), store.read_layer(workspace, layer)
    if version is None or version.version is None or frame is None:
        raise DataError(msg("{layer} was never imported", layer=layer))
    if key not in frame.index:
        _refuse(workspace, layer, key, frame.index)
    lineage = store.read_lineage(workspace, layer, key)
    known = {
        name: value for name, value in frame.loc[key].items() if name != frame.geometry.name and not pd.isna(value)
    }
    if frame.geometry.loc[key] is not None:
        known[frame.geometry.name] = frame.geometry.loc[key].wkt
    origins = {} if lineage is None else lineage.of(key, (str(name) for name in known))
    values = [Traced(str(name), value, *origins.get(str(name), ({}, None))) for name, value in known.items()]
    return Trace(layer, key, version.version, [] if lineage is None else lineage.former(key), values)


def _refuse(workspace: Workspace, layer: str, key: str, ids: pd.Index) -> None:
    lineage = store.read_lineage(workspace, layer)
    now = None if lineage is None else lineage.now(key)
    if now is not None:
        raise DataError(msg("{layer}: {id} has the number {now} now", layer=layer, id=key, now=now))
    raise DataError(with_near(msg("{layer}: there is no {id}", layer=layer, id=key), key, ids))
