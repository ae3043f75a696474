"""What a survey changes in a layer, and the layer after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Mode = Literal["replace", "upsert"]
#: The choice that says that a field is not known.
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """Ids that a survey adds, changes and removes, and how many values of each field it changes.

    `renumbered` holds the old number of objects that the survey knows under a new one, on the new one; they are neither
    added nor removed.
    """

    added: pd.Index
    changed: pd.Index
    removed: pd.Index
    fields: Mapping[str, int] = field(default_factory=dict)
    renumbered: pd.Series = field(default_factory=lambda: pd.Series(dtype="str"))

    def counts(self) -> dict[str, int]:
        """Return the numbers of rows."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "removed": len(self.removed),
            "renumbered": len(self.renumbered),
        }


def merge(current: gpd.GeoDataFrame | None, survey: gpd.GeoDataFrame, mode: Mode) -> gpd.GeoDataFrame:
    """Return the layer after the survey.

    Parameters
    ----------
    current, survey
        Frames of one layer, indexed by id.
    mode
        ``replace`` takes the survey as the whole layer; ``upsert`` keeps rows that the survey does not have, and
        values where the survey says nothing.
    """
    if current is None or mode == "replace":
        return survey
    known = survey.index.intersection(current.index)
    rest = current.loc[current.index.difference(survey.index, sort=False)]
    updated = survey.copy()
    where = current.index.get_indexer(survey.index)
    for column in survey.columns.difference([survey.geometry.name]):
        open_ = np.flatnonzero(silent(survey[column]) & (where >= 0))
        if len(open_) and column in current.columns:
            values = survey[column].array.copy()
            kept = current[column].array.take(where[open_])
            told = np.flatnonzero(~np.asarray(kept.isna(), dtype=bool))
            values[open_[told]] = kept[told]
            updated[column] = values
    hollow = known[(updated.geometry.loc[known].isna() | updated.geometry.loc[known].is_empty).to_numpy()]
    if len(hollow):
        updated.loc[hollow, updated.geometry.name] = current.geometry.loc[hollow]
    extra = [column for column in rest.columns if column not in updated.columns]
    joined = pd.concat([updated, rest.drop(columns=extra)]) if len(rest) else updated
    return gpd.GeoDataFrame(joined, geometry=survey.geometry.name, crs=survey.crs)


def silent(column: pd.Series) -> NDArray[np.bool_]:
    """Say where a survey tells nothing of a field: no value, or the word that it is not known."""
    nothing: NDArray[np.bool_] = column.isna().to_numpy(dtype=bool)
    return nothing | (column == _UNKNOWN).fillna(value=False).to_numpy(dtype=bool) if column.dtype == "str" else nothing


def difference(
    current: gpd.GeoDataFrame | None, new: gpd.GeoDataFrame, renumbered: pd.Series | None = None
) -> Difference:
    """Return what `new` adds to, changes in and removes from `current`, by id.

    With `renumbered` (old number, on the new one) `current` has the new numbers already.
    """
    pairs = pd.Series(dtype="str") if renumbered is None else renumbered
    if current is None:
        return Difference(added=new.index, changed=new.index[:0], removed=new.index[:0], renumbered=pairs)
    changes = changes_of(current, new)
    touched = np.zeros(len(new), dtype=bool)
    for ids in changes.values():
        touched[new.index.get_indexer(ids)] = True
    return Difference(
        added=new.index.difference(current.index, sort=False),
        changed=new.index[touched],
        removed=current.index.difference(new.index, sort=False),
        fields={name: len(ids) for name, ids in changes.items()},
        renumbered=pairs,
    )


def changes_of(current: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> dict[str, pd.Index]:
    """Return by field the ids that both have and whose value differs; fields without a change are left out."""
    common = new.index.intersection(current.index)
    old, young = current.loc[common], new.loc[common]
    found = {}
    for column in new.columns:
        unequal = _geometry_differs(old, young) if column == new.geometry.name else _differs(old, young, column)
        if unequal.any():
            found[str(column)] = common[unequal]
    return found


def _differs(old: gpd.GeoDataFrame, young: gpd.GeoDataFrame, column: str) -> NDArray[np.bool_]:
    if column not in old.columns:
        return np.asarray(young[column].notna(), dtype=bool)
    a, b = old[column], young[column]
    both_missing = np.asarray(a.isna() & b.isna(), dtype=bool)
    equal = np.asarray((a == b).fillna(False), dtype=bool)
    unequal: NDArray[np.bool_] = ~(equal | both_missing)
    return unequal


def _geometry_differs(old: gpd.GeoDataFrame, young: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    a, b = old.geometry.to_numpy(), young.geometry.to_numpy()
    unequal: NDArray[np.bool_] = np.asarray(shapely.to_wkb(a) != shapely.to_wkb(b), dtype=bool)
    return unequal
