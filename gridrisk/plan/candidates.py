"""Projects from segments: contiguous, of like setting and condition, in one street or community."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk.crs import require_metric
from gridrisk.errors import DataError
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.plan import courtyards, pieces
from gridrisk.plan.courtyards import MAY, NONE
from gridrisk.plan.edits import Edits, decide, regroup
from gridrisk.plan.joining import Leaving, close_gaps, join
from gridrisk.plan.places import locate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Index = NDArray[np.int64]

_RISK_COLUMNS = ("risk", "grade", "must_renew")


@dataclass(frozen=True, slots=True)
class _Rules:
    """The parameters of ``models/plan.toml`` that shape projects."""

    least_m: float
    most_m: float
    gap_m: float
    touch_m: float
    reach_m: float
    band: dict[str, float]
    join_share: float
    yard_reach_m: float
    excluded: tuple[str, ...]
    young_years: float

    @classmethod
    def of(cls, params: Parameters) -> _Rules:
        return cls(
            least_m=params.number("min_length_m"),
            most_m=params.number("max_length_m"),
            gap_m=params.number("gap_m"),
            touch_m=params.number("touch_tolerance_m"),
            reach_m=params.number("road_reach_m"),
            band=params.table("condition_band"),
            join_share=params.number("courtyard_join_share"),
            yard_reach_m=params.number("courtyard_reach_m"),
            excluded=params.names("excluded_status"),
            young_years=params.number("young_years"),
        )


def build_projects(  # noqa: PLR0913 - one layer each, and what the planner decided
    pipes: gpd.GeoDataFrame,
    risk: pd.DataFrame,
    params: Parameters,
    *,
    roads: gpd.GeoDataFrame | None = None,
    communities: gpd.GeoDataFrame | None = None,
    towns: gpd.GeoDataFrame | None = None,
    customers_lost: pd.Series | None = None,
    first_year: int | None = None,
    leaving: Leaving | None = None,
    sectors: pd.Series | None = None,
    edits: Edits | None = None,
) -> gpd.GeoDataFrame:
    """Make projects of the segments that must be renewed, or are graded badly enough to be.

    Segments of one project share end points, lie in one street or community with the same works planned, and are of
    like condition: due by the same year, or graded alike. What was laid a few years ago (``young_years``) is renewed
    only where it must be; where that is not known, by its grade. Risers and service lines go with their courtyard; a
    courtyard of a known community or name is one project whether its segments touch or not. Segments that need not be
    renewed join where that is cheaper than leaving them (`Leaving`), so a must-renew segment gathers its neighbours.
    What is longer than a project may be is cut, at valves where that is cheaper (`gridrisk.plan.pieces.cut`).

    Parameters
    ----------
    pipes
        Segments, on pipe_id.
    risk
        Risk per segment, on pipe_id: ``risk`` (per year), ``grade``, ``must_renew``; ``renew_deadline`` (date) may be
        missing.
    params
        ``models/plan.toml``.
    roads, communities, towns
        Layers; None where not surveyed.
    customers_lost
        Households that lose gas when the segment is out, on pipe_id.
    first_year
        First year of the plan; works and no-dig orders that are over before it no longer divide a street, and the age
        of a segment is that at its beginning. Without it no segment is young.
    leaving
        What it is worth to leave a segment; without it segments join only in a gap of at most ``gap_m``.
    sectors
        Valve sector of each pipe, on pipe_id; missing where unknown, or where a valve divides the pipe.
    edits
        What the planner has decided: projects merged, split, fixed in a year, taken out.

    Returns
    -------
    geopandas.GeoDataFrame
        On project_id (``R-`` and the lowest pipe_id of it, so it does not depend on the order of rows): pipe_ids
        (list of str), name, setting (municipal, courtyard or missing), place, road, community_id, town_id, length_m,
        households (the most that lose gas with any one of its segments, so at least so many), risk (per year, of
        the segments whose risk is known), risk_unknown (segments without), mandatory, deadline (date) and
        deadline_year of the earliest segment, must_renew_m, must_renew_unknown (segments for which it is not known),
        works_year, no_dig_until, joined_ids (the segments that joined because it is cheaper), joined_m,
        joined_saving_yuan (what that saves against leaving them, at the prices of the cost file), pinned_year,
        pinned_quarter, started, excluded, decided_why, after (ids of the projects that it waits for), geometry
        (MultiLineString).

    Raises
    ------
    DataError
        Where `risk` lacks a column.
    CrsError
        Where coordinates are not metres.
    ParameterError
        Where an edit names what is not there.
    """
    require_metric(pipes, "pipes")
    missing = [column for column in _RISK_COLUMNS if column not in risk.columns]
    if missing:
        raise DataError(msg("risk has no column {columns}; score the segments first", columns=", ".join(missing)))
    rules = _Rules.of(params)
    segments, nodes = _segments(pipes, risk, rules, roads, communities, towns, first_year)
    segments["households"] = (
        pd.Series(index=segments.index, dtype="float64")
        if customers_lost is None
        else customers_lost.reindex(segments.index).astype("float64")
    )
    condition = courtyards.made_whole(segments, rules.join_share)
    segments["joined_yuan"] = np.nan
    if leaving is None:
        condition = close_gaps(segments, nodes, condition, rules.gap_m)
    else:
        condition, segments["joined_yuan"] = join(segments, nodes, condition, leaving, rules.most_m)
    segments["stop_yuan"] = np.nan if leaving is None else leaving.line_stop_yuan.reindex(segments.index)
    segments["project_yuan"] = (
        np.nan
        if leaving is None
        else segments["setting"].map(leaving.fixed_yuan).fillna(leaving.fixed_yuan["municipal"])
    )
    segments["sector"] = -1 if sectors is None else sectors.reindex(segments.index).factorize()[0]
    chosen = condition != NONE
    members, piece = _cut_and_join(segments[chosen], nodes[chosen], condition[chosen], rules)
    decided = edits or Edits()
    out = _projects(members, regroup(members, piece, decided), pipes.crs)
    return gpd.GeoDataFrame(out.drop(columns="geometry").join(decide(out["pipe_ids"], decided)), geometry=out.geometry)


def check_projects(pipes: gpd.GeoDataFrame, risk: pd.DataFrame, projects: gpd.GeoDataFrame) -> list[Finding]:
    """Find segments that must be renewed and are in no project, and projects with unknown duty or risk."""
    placed = set(projects["pipe_ids"].explode().dropna())
    must = risk["must_renew"].fillna(False).astype(bool)
    findings = [
        Finding(
            "pipes",
            "must_renew_unplanned",
            "warning",
            msg(
                "{id} must be renewed but is in no project: its status is {status}; correct the status or close it",
                id=pipe_id,
                status=pipes["status"].get(pipe_id, "?"),
            ),
            id=str(pipe_id),
            field="status",
        )
        for pipe_id in sorted(set(must.index[must]) - placed)
    ]
    unknown = projects[projects["must_renew_unknown"] > 0]
    findings += [
        Finding(
            "pipes",
            "must_renew_unknown",
            "info",
            msg(
                "project {id}: for {count} of its segments it is not known whether they must be renewed",
                id=project_id,
                count=int(count),
            ),
            id=str(project_id),
        )
        for project_id, count in unknown["must_renew_unknown"].items()
    ]
    return findings


def _segments(
    pipes: gpd.GeoDataFrame,
    risk: pd.DataFrame,
    rules: _Rules,
    roads: gpd.GeoDataFrame | None,
    communities: gpd.GeoDataFrame | None,
    towns: gpd.GeoDataFrame | None,
    first_year: int | None,
) -> tuple[pd.DataFrame, Index]:
    """Return the segments that carry gas, in the order of their ids, with group and condition, and their nodes."""
    live = pipes[~pipes["status"].isin(rules.excluded)].sort_index()
    out = locate(live, roads=roads, communities=communities, towns=towns, reach_m=rules.reach_m, first_year=first_year)
    lines = live.geometry.to_numpy()
    out["line"] = lines
    out["length_m"] = np.nan_to_num(shapely.length(lines))
    scored = risk.reindex(out.index)
    out["risk"] = scored["risk"].astype("float64")
    out["must"] = scored["must_renew"].astype("boolean")
    deadline = scored["renew_deadline"] if "renew_deadline" in scored.columns else None
    out["deadline"] = (
        pd.Series(pd.NaT, index=out.index, dtype="datetime64[ms]")
        if deadline is None
        else pd.to_datetime(deadline).astype("datetime64[ms]")
    )
    is_must = out["must"].fillna(False).to_numpy(bool)
    due = out["deadline"].dt.year.where(is_must)
    rank = due.rank(method="dense").sub(1).fillna(due.nunique())
    # a grade that a new pipe in the same place would have again is no reason to lay one, unless it may be a duty
    young = _young(live, first_year, rules.young_years) & out["must"].notna().to_numpy(dtype=bool)
    out["grade"] = scored["grade"].mask(young)
    band = out["grade"].map(rules.band).astype("float64").fillna(NONE - MAY) + MAY
    out["condition"] = np.where(is_must, rank, band).astype(np.int64)
    nodes = pieces.end_nodes(lines, rules.touch_m)
    out = courtyards.with_places(courtyards.spread(out, nodes), nodes, rules.yard_reach_m)
    keys = [out["setting"].fillna(""), out["place"], out["works_year"].fillna(0), out["no_dig_until"].astype(str)]
    out["group"] = pd.MultiIndex.from_arrays(keys).factorize(sort=True)[0].astype(np.int64)
    return out, nodes


def _young(pipes: gpd.GeoDataFrame, first_year: int | None, years: float) -> NDArray[np.bool_]:
    """Say which segments were laid less than `years` before the plan begins; not where the year is unknown."""
    if first_year is None:
        return np.zeros(len(pipes), dtype=bool)
    laid = pd.to_numeric(pipes["install_year"]).astype("Float64")
    return np.asarray((first_year - laid < years).fillna(value=False), dtype=bool)


def _cut_and_join(members: pd.DataFrame, nodes: Index, condition: Index, rules: _Rules) -> tuple[pd.DataFrame, Index]:
    """Return the chosen segments and the number of the project of each."""
    group = members["group"].to_numpy(np.int64)
    length = members["length_m"].to_numpy()
    key = pd.MultiIndex.from_arrays([group, condition]).factorize(sort=True)[0].astype(np.int64)
    piece = pieces.components(key, nodes)
    piece = np.where(courtyards.is_yard(members), key + len(members), piece)
    piece = np.unique(piece, return_inverse=True)[1].astype(np.int64)
    total = np.bincount(piece, weights=length)
    next_number = len(total)
    for number in np.flatnonzero(total > rules.most_m).tolist():
        rows = np.flatnonzero(piece == number)
        parts = _parts(members.iloc[rows], nodes[rows], (rules.least_m, rules.most_m))
        piece[rows[parts > 0]] = next_number + parts[parts > 0] - 1
        next_number += int(parts.max())
    must = (condition < MAY) & (condition >= 0)
    return members, pieces.join_short(piece, group, must, length, nodes, limits_m=(rules.least_m, rules.most_m))


def _parts(piece: pd.DataFrame, nodes: Index, limits_m: tuple[float, float]) -> Index:
    """Cut a piece that is too long into nearly equal parts; loose components are put together up to the limit."""
    most_m = limits_m[1]
    length, sector = piece["length_m"].to_numpy(), piece["sector"].to_numpy(np.int64)
    stop_yuan = piece["stop_yuan"].to_numpy(dtype=float)
    priced = bool(np.isfinite(stop_yuan).any())
    label = pieces.components(np.zeros(len(length), dtype=np.int64), nodes)
    part = np.zeros(len(length), dtype=np.int64)
    count = 0
    filled = 0.0
    for number in range(int(label.max()) + 1):
        rows = np.flatnonzero(label == number)
        total = float(length[rows].sum())
        if total > most_m:
            count += filled > 0
            cut = pieces.cut(
                length[rows],
                nodes[rows],
                sector[rows],
                limits_m=limits_m,
                project_yuan=float(piece["project_yuan"].iloc[0]) if priced else 0.0,
                stop_yuan=stop_yuan[rows] if priced else None,
            )
            part[rows] = count + cut
            count += int(cut.max()) + 1
            filled = 0.0
            continue
        if filled + total > most_m:
            count += 1
            filled = 0.0
        part[rows] = count
        filled += total
    return np.unique(part, return_inverse=True)[1].astype(np.int64)


def _projects(members: pd.DataFrame, piece: Index, crs: object) -> gpd.GeoDataFrame:
    """Return one row a project."""
    order = np.argsort(piece, kind="stable")
    rows, number = members.iloc[order], piece[order]
    by = rows.groupby(number, sort=True)
    ids = rows.index.to_series().groupby(number).agg(list)
    must = rows["must"].fillna(False).astype(bool)
    due = rows["deadline"].where(must)
    joined = rows["joined_yuan"].notna()
    out = pd.DataFrame(
        {
            "pipe_ids": ids,
            "setting": by["setting"].first(),
            "place": by["place"].first(),
            "place_name": by["place_name"].first(),
            "road": by["road"].first(),
            "community_id": by["community_id"].first(),
            "town_id": _longest(rows, number, "town_id"),
            "length_m": by["length_m"].sum(),
            "households": by["households"].max().round().astype("Int64"),
            "risk": by["risk"].sum(),
            "risk_unknown": rows["risk"].isna().groupby(number).sum().astype("int64"),
            "mandatory": must.groupby(number).any().astype(bool),
            "deadline": due.groupby(number).min(),
            "must_renew_m": rows["length_m"].where(must, 0.0).groupby(number).sum(),
            "must_renew_unknown": rows["must"].isna().groupby(number).sum().astype("int64"),
            # a merged project meets works only where all of it does, and waits for its last closed road
            "works_year": by["works_year"]
            .first()
            .where((by["works_year"].min() == by["works_year"].max()) & (by["works_year"].count() == by.size())),
            "no_dig_until": by["no_dig_until"].max(),
            "joined_m": rows["length_m"].where(joined, 0.0).groupby(number).sum(),
            "joined_saving_yuan": by["joined_yuan"].sum().round(2),
        }
    )
    with_it = rows.index.to_series()[joined].groupby(number[joined]).agg(list)
    out["joined_ids"] = pd.Series([with_it.get(key, []) for key in out.index], index=out.index, dtype=object)
    out["deadline_year"] = out["deadline"].dt.year.astype("Int64")
    out["geometry"] = pieces.shapes(rows["line"].to_numpy(), number, len(out))
    out.index = pd.Index(["R-" + str(first[0]) for first in ids], name="project_id", dtype="str")
    out = out.sort_index()
    out["name"] = _names(out)
    first = ["pipe_ids", "name"]
    columns = first + [column for column in out.columns if column not in {*first, "place_name", "geometry"}]
    return gpd.GeoDataFrame(out[columns], geometry=out["geometry"], crs=crs)


def _longest(rows: pd.DataFrame, number: Index, column: str) -> pd.Series:
    """Return the known value of `column` that holds most of each project's length."""
    frame = pd.DataFrame({"number": number, "value": rows[column].to_numpy(), "length_m": rows["length_m"].to_numpy()})
    total = frame.dropna(subset="value").groupby(["number", "value"])["length_m"].sum().reset_index()
    best = total.sort_values(["number", "length_m", "value"], ascending=[True, False, True]).drop_duplicates("number")
    return pd.Series(best["value"].array, index=best["number"].to_numpy()).reindex(np.unique(number)).astype("str")


def _names(projects: pd.DataFrame) -> pd.Series:
    """Return names: the street or community, else the town, else the first pipe; numbered where there are several."""
    first_pipe = pd.Series([ids[0] for ids in projects["pipe_ids"]], index=projects.index, dtype="str")
    name = projects["place_name"].fillna(projects["town_id"]).fillna(first_pipe)
    several = name.duplicated(keep=False)
    return name.where(~several, name + " #" + (name.groupby(name).cumcount() + 1).astype("str"))
