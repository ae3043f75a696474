"""Where every value of a layer came from: which row of which file, read when, and under which number before.

A table beside each snapshot: one row an object (`field` empty) with the survey that last told of it, and one for each
value that an earlier survey told and this one left open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gridrisk.errors import WorkspaceError
from gridrisk.i18n import msg
from gridrisk.store import snapshots
from gridrisk.store.difference import changes_of, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

COLUMNS = ["id", "field", "source", "row", "former"]
#: Field of the row that stands for a whole object.
WHOLE = ""
_METADATA = b"gridrisk_sources"
_BETWEEN = "\n"


@dataclass(frozen=True, slots=True, eq=False)
class Lineage:
    """Origins of the values of a layer.

    Attributes
    ----------
    sources
        What was read: ``file``, ``as_of`` and ``read_at`` (ISO, UTC); or ``action`` for a change made here.
    table
        id, field (empty: all that is not named), source (place in `sources`, -1 not known), row of the file (-1 not
        known), former (earlier numbers, latest first, a line each; missing for none).
    """

    sources: tuple[Mapping[str, Any], ...] = ()
    table: pd.DataFrame = field(default_factory=lambda: _rows([], WHOLE, [], []))

    def of(self, key: str, fields: Iterable[str]) -> dict[str, tuple[Mapping[str, Any], int | None]]:
        """Return source and row of each field of one object; an empty source where it is not known."""
        own = self.table[self.table["id"] == key]
        entries = {
            str(name): (int(source), int(row))
            for name, source, row in own[["field", "source", "row"]].itertuples(index=False)
        }
        found = {}
        for name in fields:
            source, row = entries.get(name, entries.get(WHOLE, (-1, -1)))
            found[name] = (self.sources[source] if source >= 0 else {}, row if row >= 0 else None)
        return found

    def former(self, key: str) -> list[str]:
        """Return the earlier numbers of an object, the latest first."""
        rows = self.table.loc[(self.table["id"] == key) & (self.table["field"] == WHOLE), "former"].dropna()
        return [] if rows.empty else str(rows.iloc[0]).split(_BETWEEN)

    def now(self, former: str) -> str | None:
        """Return the number that an object of a former number has now, None where there is none."""
        for key, names in self.table.loc[self.table["former"].notna(), ["id", "former"]].itertuples(index=False):
            if former in str(names).split(_BETWEEN):
                return str(key)
        return None


def of_survey(origin: pd.DataFrame, *, as_of: str, read_at: str) -> Lineage:
    """Return the origins of a survey's rows: `origin` holds ``file`` and ``line`` on the id."""
    codes, files = pd.factorize(origin["file"])
    sources = tuple({"file": str(name), "as_of": as_of, "read_at": read_at} for name in files)
    return Lineage(sources, _rows(origin.index, WHOLE, codes, origin["line"].to_numpy()))


def after_import(
    former: Lineage | None,
    current: gpd.GeoDataFrame | None,
    survey: gpd.GeoDataFrame,
    fresh: Lineage,
    pairs: pd.Series,
    *,
    upsert: bool,
) -> Lineage:
    """Return the origins after an import.

    Parameters
    ----------
    former
        Origins of the current version; None where they were not kept.
    current
        The current version with the new numbers of `pairs` in place of the old ones; None for a first import.
    survey, fresh
        The survey and its origins.
    pairs
        Old number, on the new one.
    upsert
        Values that the survey leaves open were kept, and so are their origins.
    """
    if current is None:
        return fresh
    old = former or Lineage((), _rows(current.index, WHOLE, -1, -1))
    table = _renumbered(old.table, pairs)
    names = table.loc[table["former"].notna() & table["id"].isin(survey.index), ["id", "former"]]
    parts = [fresh.table.assign(former=fresh.table["id"].map(names.set_index("id")["former"]))]
    parts[0]["source"] += len(old.sources)
    if upsert:
        parts += [table[~table["id"].isin(survey.index)], *_kept(table, current, survey)]
    return _tidy(Lineage((*old.sources, *fresh.sources), pd.concat(parts, ignore_index=True)))


def after_edit(former: Lineage, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, source: Mapping[str, Any]) -> Lineage:
    """Return the origins after a change made in the workspace, which `source` describes."""
    table = former.table[former.table["id"].isin(new.index)]
    number = len(former.sources)
    parts = [table, _rows(new.index.difference(old.index, sort=False), WHOLE, number, -1)]
    for name, ids in changes_of(old, new).items():
        parts[0] = parts[0][~((parts[0]["field"] == name) & parts[0]["id"].isin(ids))]
        parts.append(_rows(ids, name, number, -1))
    return _tidy(Lineage((*former.sources, source), pd.concat(parts, ignore_index=True)))


def write(lineage: Lineage, folder: Path, *, parts: Path | None = None) -> str:
    """Write origins and return the file name; `parts` holds them while half-written."""
    table = pa.Table.from_pandas(lineage.table.sort_values(["id", "field"], kind="stable"), preserve_index=False)
    sources = json.dumps([dict(source) for source in lineage.sources], ensure_ascii=False).encode()
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), _METADATA: sources})
    return snapshots.write_table(table, folder, parts=parts)


def read(path: Path, key: str | None = None) -> Lineage:
    """Read origins, of one object where `key` names it.

    Raises
    ------
    WorkspaceError
        Where the file is missing or damaged.
    """
    try:
        filters = None if key is None else [("id", "==", key)]
        table = pq.read_table(path, filters=filters)
        sources = json.loads((pq.read_schema(path).metadata or {})[_METADATA])
        frame = table.to_pandas()[COLUMNS]
    except (OSError, pa.ArrowException, ValueError, KeyError) as error:
        raise WorkspaceError(
            msg("{file}: where the values came from cannot be read ({error})", file=path.name, error=error)
        ) from error
    return Lineage(tuple(sources), frame.astype({"id": "str", "field": "str", "former": "str"}))


def _kept(table: pd.DataFrame, current: gpd.GeoDataFrame, survey: gpd.GeoDataFrame) -> list[pd.DataFrame]:
    """Return the origins of the values that the survey leaves open and the layer keeps."""
    known = survey.index.intersection(current.index)
    old, young = current.loc[known], survey.loc[known]
    whole = table[table["field"] == WHOLE].set_index("id")
    single = table[table["field"] != WHOLE]
    parts = []
    for name in survey.columns.intersection(current.columns):
        shape = name == survey.geometry.name
        open_ = (young[name].isna() | young[name].is_empty).to_numpy(dtype=bool) if shape else silent(young[name])
        ids = known[open_ & old[name].notna().to_numpy(dtype=bool)]
        if ids.empty:
            continue
        own = single[(single["field"] == name) & single["id"].isin(ids)]
        others = whole.reindex(ids.difference(own["id"], sort=False))
        parts += [
            own.assign(former=None),
            _rows(others.index, str(name), others["source"].fillna(-1), others["row"].fillna(-1)),
        ]
    return parts


def _renumbered(table: pd.DataFrame, pairs: pd.Series) -> pd.DataFrame:
    if pairs.empty:
        return table
    new = pd.Series(pairs.index.to_numpy(dtype=object), index=pairs.to_numpy(dtype=object))
    moved = table["id"].isin(new.index)
    whole = moved & (table["field"] == WHOLE)
    names = table["former"].astype(object)
    names[whole] = [
        old if pd.isna(earlier) else f"{old}{_BETWEEN}{earlier}"
        for old, earlier in zip(table.loc[whole, "id"], names[whole], strict=True)
    ]
    ids = table["id"].astype(object)
    ids[moved] = ids[moved].map(new)
    return table.assign(id=ids.astype("str"), former=names.astype("str"))


def _tidy(lineage: Lineage) -> Lineage:
    """Return the same with only the sources that are named, each once."""
    number: dict[str, int] = {}
    kept: list[Mapping[str, Any]] = []
    place = np.full(len(lineage.sources) + 1, -1, dtype=np.int32)
    used = set(lineage.table["source"].unique().tolist())
    for i, source in enumerate(lineage.sources):
        text = json.dumps(dict(source), sort_keys=True)
        if i in used and text not in number:
            number[text] = len(kept)
            kept.append(source)
        place[i] = number.get(text, -1)
    codes = place[lineage.table["source"].to_numpy(dtype=np.int64)]
    return Lineage(
        tuple(kept), lineage.table.assign(source=codes).astype({"id": "str", "field": "str", "former": "str"})
    )


def _rows(
    ids: Iterable[object], name: str, source: int | NDArray[Any] | pd.Series | list[int], row: int | Any
) -> pd.DataFrame:
    made = pd.DataFrame({"id": pd.Index(list(ids), dtype="str")})
    columns = {"source": source, "row": row}
    for column, values in columns.items():
        made[column] = np.asarray(values, dtype=np.int32)
    return made.assign(
        field=pd.Series(name, index=made.index, dtype="str"), former=pd.Series(index=made.index, dtype="str")
    )[COLUMNS]
