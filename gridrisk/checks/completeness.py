"""How much of each field is known, and believed: by town, municipal roads and courtyards apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely

from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

#: What a row of the table covers: the layer, the rows of a setting, of a town, or of both.
By = Literal["all", "setting", "town", "town_setting"]
COLUMNS = ["layer", "field", "by", "town_id", "setting", "rows", "known", "trusted", "length_m", "known_m"]
#: Settings of pipes as the census of installations tells them apart; the last one: not known.
GROUPS = ("municipal", "courtyard", "unknown")
_GROUP_OF = {"municipal": 0, "courtyard": 1, "riser": 1, "service": 1}


def completeness(
    layers: Mapping[str, gpd.GeoDataFrame | None],
    doubted: Mapping[tuple[str, str], NDArray[np.bool_]] | None = None,
) -> pd.DataFrame:
    """Return how often each field of each layer is known.

    Parameters
    ----------
    layers
        Every layer by name, indexed by id; None where it was never imported.
    doubted
        By layer and field the rows of which a check doubts the field; see `Examination`.

    Returns
    -------
    DataFrame
        layer, field, by (all, setting, town, town_setting), town_id (missing in ``town`` rows: no town named), setting
        (municipal, courtyard: with risers and service lines, unknown), rows, known (rows in which the field has a
        value, other than "unknown"), trusted (known, and no check doubts it), length_m and known_m (metres; lines
        only). Town and setting of what names a pipe are those of the pipe; a layer that has neither has only ``all``.
    """
    doubted = doubted or {}
    parts = []
    for name, frame in layers.items():
        if frame is None:
            continue
        town, setting = _town(frame, layers["pipes"]), _setting(frame, layers["pipes"])
        group = _Groups(town, setting, len(frame))
        length = shapely.length(frame.geometry.to_numpy()) if "LineString" in schema.load(name).geometry else None
        for field in schema.load(name).fields:
            if field not in frame.columns:
                continue
            known = (frame[field].notna() & (frame[field] != "unknown").fillna(value=True)).to_numpy(dtype=bool)
            trusted = known & ~doubted.get((name, field), np.zeros(len(frame), dtype=bool))
            parts.append(group.table(known, trusted, length).assign(layer=name, field=field))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(parts, ignore_index=True)[COLUMNS]


class _Groups:
    """The rows of one layer by town and setting."""

    def __init__(self, town: pd.Series | None, setting: NDArray[np.int64] | None, rows: int) -> None:
        codes, names = (np.full(rows, -1), pd.Index([])) if town is None else pd.factorize(town, sort=True)
        self._towns = [*names.tolist(), None]
        self._by_town, self._by_setting = town is not None, setting is not None
        self._shape = (len(self._towns), len(GROUPS))
        codes = np.where(codes < 0, len(names), codes)
        self._cell = codes * len(GROUPS) + (np.full(rows, len(GROUPS) - 1) if setting is None else setting)

    def table(
        self, known: NDArray[np.bool_], trusted: NDArray[np.bool_], length: NDArray[np.float64] | None
    ) -> pd.DataFrame:
        """Return the figures of one field."""
        counts = {"rows": self._sum(None), "known": self._sum(known), "trusted": self._sum(trusted)}
        sums = {name: values.round().astype(np.int64) for name, values in counts.items()}
        metres = {} if length is None else {"length_m": self._sum(length), "known_m": self._sum(length * known)}
        all_ = {**sums, **metres}
        rows: list[dict[str, object]] = [{"by": "all", **{name: values.sum() for name, values in all_.items()}}]
        if self._by_setting:
            rows += [
                {"by": "setting", "setting": setting, **{name: values[:, i].sum() for name, values in all_.items()}}
                for i, setting in enumerate(GROUPS)
            ]
        if self._by_town:
            rows += [
                {"by": "town", "town_id": town, **{name: values[i].sum() for name, values in all_.items()}}
                for i, town in enumerate(self._towns)
            ]
        if self._by_town and self._by_setting:
            rows += [
                {
                    "by": "town_setting",
                    "town_id": town,
                    "setting": setting,
                    **{name: values[i, j] for name, values in all_.items()},
                }
                for i, town in enumerate(self._towns)
                for j, setting in enumerate(GROUPS)
            ]
        made = pd.DataFrame(rows, columns=COLUMNS[2:])
        return made[(made["rows"] > 0) | (made["by"] == "all")]

    def _sum(self, weights: NDArray[np.float64] | NDArray[np.bool_] | None) -> NDArray[np.float64]:
        cells = self._shape[0] * self._shape[1]
        sums = np.bincount(self._cell, weights, minlength=cells)
        return sums.reshape(self._shape).astype(np.float64)


def _town(frame: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame | None) -> pd.Series | None:
    town: pd.Series | None = None
    if "town_id" in frame.columns:
        town = frame["town_id"]
    elif "pipe_id" in frame.columns and pipes is not None:
        town = frame["pipe_id"].map(pipes["town_id"])
    return town


def _setting(frame: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame | None) -> NDArray[np.int64] | None:
    if "setting" in frame.columns:
        setting = frame["setting"]
    elif "pipe_id" in frame.columns and pipes is not None:
        setting = frame["pipe_id"].map(pipes["setting"])
    else:
        return None
    return setting_groups(setting)


def setting_groups(setting: pd.Series) -> NDArray[np.int64]:
    """Return for each setting of a pipe the position in `GROUPS` of the group it belongs to."""
    return np.asarray(setting.map(_GROUP_OF).fillna(len(GROUPS) - 1), dtype=np.int64)
