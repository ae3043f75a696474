"""Methane sensors in adjoining confined spaces: where they would watch most risk, beside those there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk import features
from gridrisk.errors import DataError
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, results
from gridrisk.pipeline.progress import silent
from gridrisk.risk import siting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

#: Pipes named of each space, those with most risk first.
_NAMED = 5
#: The layers a result hangs on besides the risk of the pipes.
LAYERS = ("pipes", "voids", "sensors")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where sensors go.

    Attributes
    ----------
    table
        On spot_id, the chosen first: see `siting.Sited.spots`, with void_id, kind, pipe_ids, pipes (number), crossing,
        x, y, and the point nearest to the pipe that risks most.
    sited
        The choice as a whole.
    """

    table: gpd.GeoDataFrame
    sited: siting.Sited
    count: int
    findings: tuple[Finding, ...]


def place(workspace: Workspace, *, count: int | None = None, progress: Progress = silent) -> Placed:
    """Place sensors by the scores that are there, and write ``sensors``.

    Raises
    ------
    DataError
        Where there are no scores of the present layers, or no confined spaces.
    """
    record = results.made(workspace, "risk")
    scores = results.required(workspace, "risk", "pipe_id")
    progress(msg("reading layers"))
    layers = inputs.layers(workspace, LAYERS, needed=("voids",))
    placed = place_layers(layers, inputs.parameters(workspace), scores, count=count, progress=progress)
    if record is not None:
        results.write(workspace, "sensors", placed.table, as_of=record.as_of, facts=facts(placed))
    return placed


def facts(placed: Placed) -> dict[str, Any]:
    """Return what a reader of the result must know of the choice as a whole."""
    sited = placed.sited
    return {
        "count": placed.count,
        "total_risk": sited.total,
        "already": sited.already,
        "watched": sited.watched,
        "bound": sited.bound,
    }


def place_layers(
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    scores: pd.DataFrame,
    *,
    count: int | None = None,
    progress: Progress = silent,
) -> Placed:
    """Place sensors in layers that are read already; see `place`."""
    pipes, voids = layers["pipes"], layers["voids"]
    if pipes is None or voids is None:
        raise DataError(msg("sensors need pipes and confined spaces (layers pipes and voids)"))
    options = parameters["sensors"]
    wanted = int(options.number("count")) if count is None else count
    progress(msg("measuring which pipes {count} confined spaces adjoin", count=len(voids)))
    live = pipes.loc[pipes.index.intersection(scores.index[scores["scored"].to_numpy(dtype=bool)])].sort_index()
    spots = features.sensor_spots(voids, span_m=options.number("span_m")).sort_index()
    stretches = features.watched_stretches(
        live, spots, parameters["standards/pressure"], parameters["standards/surroundings"]
    )
    per_m = siting.escape_risk(pd.DataFrame(scores).reindex(live.index), parameters["consequence/default"])
    existing, findings = _existing(layers["sensors"], spots, options.number("match_m"))
    progress(msg("placing {count} sensors", count=wanted))
    sited = siting.site(siting.pieces(stretches, spots.index, per_m), spots.index, existing, wanted)
    return Placed(_table(sited, spots, stretches, live, per_m), sited, wanted, tuple(findings))


def _existing(
    sensors: gpd.GeoDataFrame | None, spots: gpd.GeoDataFrame, match_m: float
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Return where a sensor stands that is not known to be off line, and what cannot be placed."""
    there = np.zeros(len(spots), dtype=bool)
    if sensors is None or sensors.empty:
        return there, []
    off = sensors["online"].astype("boolean").eq(other=False).fillna(value=False).to_numpy(dtype=bool)
    rows_of = {str(name): np.flatnonzero(spots["void_id"] == name) for name in sensors["void_id"].dropna().unique()}
    tree = shapely.STRtree(spots.geometry.to_numpy())
    lost: list[str] = []
    points = sensors.geometry.to_numpy()
    for name, void, point, silent_ in zip(sensors.index, sensors["void_id"], points, off, strict=True):
        if silent_:
            continue
        among = rows_of.get(str(void), np.zeros(0, dtype=np.int64)) if pd.notna(void) else np.zeros(0, dtype=np.int64)
        placed = point is not None and not point.is_empty
        if len(among) > 1 and placed:
            among = among[[int(np.argmin(shapely.distance(spots.geometry.to_numpy()[among], point)))]]
        elif not len(among) and placed:
            among = np.sort(tree.query_nearest(point, max_distance=match_m))[:1]
        if len(among) == 1:
            there[among] = True
        else:
            lost.append(str(name))
    findings = []
    if off.any():
        text = msg("{count} sensors are off line and watch nothing; mend them", count=int(off.sum()))
        findings.append(Finding("sensors", "sensor_offline", "warning", text, id=str(sensors.index[off][0])))
    if lost:
        text = msg("{count} sensors stand at no known confined space; first {id}", count=len(lost), id=lost[0])
        findings.append(Finding("sensors", "sensor_without_space", "warning", text, id=lost[0], field="void_id"))
    return there, findings


def _table(
    sited: siting.Sited,
    spots: gpd.GeoDataFrame,
    stretches: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    per_m: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Return the choice with what each space adjoins and where in it a sensor would stand."""
    length = stretches["to_m"] - stretches["from_m"]
    rate = np.where(stretches["crossing"], *(per_m[end].reindex(stretches["pipe_id"]) for end in ("crossing", "near")))
    weighed = stretches.assign(risk=np.nan_to_num(length * rate))
    pairs = weighed.groupby(["spot_id", "pipe_id"]).agg({"risk": "sum", "crossing": "any"}).reset_index()
    pairs = pairs.sort_values(["spot_id", "risk", "pipe_id"], ascending=[True, False, True])
    by_spot = pairs.groupby("spot_id")
    table = sited.spots.join(spots[["void_id", "kind"]])
    table["crossing"] = by_spot["crossing"].any().reindex(table.index).fillna(value=False).astype(bool)
    table["pipes"] = by_spot.size().reindex(table.index).fillna(0).astype("int64")
    named = by_spot["pipe_id"].agg(lambda ids: ",".join(ids.iloc[:_NAMED]))
    table["pipe_ids"] = named.reindex(table.index).fillna("").astype("str")
    worst = by_spot["pipe_id"].first()
    shapes = spots.geometry.reindex(table.index).to_numpy()
    towards = pipes.geometry.reindex(worst.reindex(table.index)).to_numpy()
    near = shapely.get_point(shapely.shortest_line(shapes, towards), 0)
    points = np.where(shapely.is_missing(near), shapely.point_on_surface(shapes), near)
    table["x"], table["y"] = shapely.get_x(points), shapely.get_y(points)
    shown = ((table["pipes"] > 0) | table["existing"]).to_numpy(dtype=bool)
    return gpd.GeoDataFrame(table[shown], geometry=points[shown], crs=spots.crs)
