"""Third-party works within the protection and control ranges of pipes (GB 55009 5.1.6 to 5.1.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.features.columns import chosen
from gridrisk.features.geometry import gap_m, pairs_within
from gridrisk.features.pipe import (
    diameter_assumed,
    flags,
    joined,
    outer_radius_m,
    pressure_class,
    range_of_class,
    unknown_flags,
)
from gridrisk.features.shapes import raw_shapes, shapes
from gridrisk.i18n import Message, msg
from gridrisk.layers.status import standing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Bools = NDArray[np.bool_]

Verdict = Literal["forbidden", "plan_required", "clear"]
_VERDICTS: tuple[Verdict, ...] = ("clear", "plan_required", "forbidden")
_ZONES = ("outside", "control", "protection")


@dataclass(frozen=True, slots=True)
class Encroachment:
    """Sites against pipes.

    Attributes
    ----------
    pairs
        One row for each site and pipe near each other: ``work_id``, ``pipe_id``, ``distance_m`` (from the outer edge
        of the pipe), ``zone`` (protection, control, outside), ``pressure_class`` (missing where unknown), ``clause``,
        ``class_assumed``, ``diameter_assumed`` (the most protective value was taken). Nearest first in each site.
    sites
        On work_id: ``verdict`` (forbidden, plan_required, clear), ``state`` (see `site_state`), ``clause`` of the
        verdict, ``distance_m`` to the nearest listed pipe (NaN where none), ``missing`` (list of the fields that are
        missing or not as they must be), ``notes`` (list of `Message`, one for each).
    """

    pairs: pd.DataFrame
    sites: pd.DataFrame


def site_state(works: gpd.GeoDataFrame, *, as_of: dt.date) -> pd.Series:
    """Return what goes on at each site on `as_of`: ``active``, ``upcoming``, ``possible`` or ``done``.

    ``done``: recorded so, or ended before `as_of` and not recorded otherwise. ``upcoming``: starts later.
    ``possible``: start or end is not recorded, or the site should be over but is recorded as planned or active; it
    counts as if it went on.
    """
    now = pd.Timestamp(as_of)
    status = works["status"].astype(object)
    start, end = works["start_on"], works["end_on"]
    going = status.isin(["planned", "active"])
    over = (end < now).fillna(False)
    later = (start > now).fillna(False) & (status != "active")
    state = pd.Series("active", index=works.index, dtype=object)
    state = state.mask(start.isna() & (status != "active") | end.isna() | (over & going), "possible")
    state = state.mask(later, "upcoming").mask((status == "done") | (over & ~going), "done")
    return state.astype("str")


def encroachment(
    works: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, params: Mapping[str, Parameters], *, as_of: dt.date
) -> Encroachment:
    """Judge every site against every pipe near it.

    A site within the protection range of any pipe is forbidden or needs a protection plan by its kind; within the
    control range only, by the table for that range. A pipe of unknown pressure class has the widest ranges of all, one
    of unknown diameter the largest of its class; both are noted. Abandoned and planned pipes have no range. Done sites
    are clear. A site without a place cannot be cleared and needs a plan until it has one.

    Parameters
    ----------
    works, pipes
        Layers.
    params
        ``standards/pressure`` and ``standards/works``.
    as_of
        Day of the judgement.
    """
    rules = params["standards/works"]
    state = site_state(works, as_of=as_of)
    near = _pairs(works, pipes, params["standards/pressure"], rules.number("report_m"))
    kind = works["kind"].astype(object).where(works["kind"].notna(), "unknown")
    near["kind"] = kind.to_numpy()[near["work"]]
    near["verdict"] = _verdicts(near, rules)
    near["clause"] = _clauses(near, rules)
    near = near.sort_values(["work", "distance_m", "pipe_id"], ignore_index=True)
    pairs = near[
        ["work_id", "pipe_id", "distance_m", "zone", "pressure_class", "clause", "class_assumed", "diameter_assumed"]
    ]
    return Encroachment(pairs, _sites(works, near, state, as_of))


def _pairs(works: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, pressure: Parameters, report_m: float) -> pd.DataFrame:
    """Return sites and pipes within the control range or `report_m`, with gap and zone."""
    classes = pressure_class(pipes, pressure)
    protection = range_of_class(classes, pressure.table("protection_m"))[1]
    control = range_of_class(classes, pressure.table("control_m"))[1]
    radius = outer_radius_m(pipes, pressure).to_numpy(dtype=float)
    lines = raw_shapes(pipes).only(standing(pipes).to_numpy(dtype=bool))
    rows, sites, distance = pairs_within(lines, shapes(works), radius + np.maximum(control, report_m))
    gap = gap_m(distance, radius[rows])
    zone = (gap <= control[rows]).astype(int) + (gap <= protection[rows])
    return pd.DataFrame(
        {
            "work": sites,
            "work_id": works.index.to_numpy(dtype=object)[sites],
            "pipe_id": pipes.index.to_numpy(dtype=object)[rows],
            "distance_m": gap,
            "zone": np.array(_ZONES, dtype=object)[zone],
            "pressure_class": classes.to_numpy(dtype=object)[rows],
            "class_assumed": classes.isna().to_numpy(dtype=bool)[rows],
            "diameter_assumed": diameter_assumed(pipes).to_numpy(dtype=bool)[rows],
        }
    ).astype({"work_id": "str", "pipe_id": "str", "zone": "str", "pressure_class": "str"})


def _verdicts(near: pd.DataFrame, rules: Parameters) -> list[Verdict]:
    verdicts: dict[tuple[str, str], Verdict] = {("outside", kind): "clear" for kind in near["kind"].unique()}
    for zone in _ZONES[1:]:
        for kind in near["kind"].unique():
            text = rules.text(f"{zone}.{kind}")
            if text not in _VERDICTS:
                raise ParameterError(
                    msg(
                        "models/{file}.toml: {key} must be one of {known}",
                        file=rules.name,
                        key=f"{zone}.{kind}",
                        known=", ".join(_VERDICTS),
                    )
                )
            verdicts[zone, kind] = text
    return [verdicts[zone, kind] for zone, kind in zip(near["zone"], near["kind"], strict=True)]


def _clauses(near: pd.DataFrame, rules: Parameters) -> list[str]:
    return [
        "" if zone == "outside" else rules[f"{zone}.{kind}"].citation
        for zone, kind in zip(near["zone"], near["kind"], strict=True)
    ]


def _sites(works: gpd.GeoDataFrame, near: pd.DataFrame, state: pd.Series, as_of: dt.date) -> pd.DataFrame:
    rank = near["verdict"].map({name: place for place, name in enumerate(_VERDICTS)})
    worst = near.assign(rank=rank).sort_values(["work", "rank", "distance_m"], ascending=[True, False, True])
    worst = worst.drop_duplicates("work").set_index("work").reindex(range(len(works)))
    in_range = near[near["zone"] != "outside"].groupby("work")[["class_assumed", "diameter_assumed"]].any()
    in_range = in_range.reindex(range(len(works)), fill_value=False)
    nearest = near.groupby("work")["distance_m"].min().reindex(range(len(works)))
    placed = raw_shapes(works).located
    done = (state == "done").to_numpy()
    verdict = np.array(worst["verdict"].astype(object).where(worst["verdict"].notna(), "clear"), dtype=object)
    verdict[~placed] = "plan_required"
    verdict[done] = "clear"
    gaps = [
        []
        if verdict[i] == "clear"
        else _missing(works.iloc[i], str(state.iloc[i]), in_range.iloc[i], placed=bool(placed[i]), as_of=as_of)
        for i in range(len(works))
    ]
    clause = np.where(verdict == "clear", "", worst["clause"].astype(object).fillna("").to_numpy(dtype=object))
    return pd.DataFrame(
        {
            "verdict": pd.Series(verdict, index=works.index, dtype="str"),
            "state": state,
            "clause": pd.Series(clause, index=works.index, dtype="str"),
            "distance_m": nearest.to_numpy(dtype=float),
            "missing": pd.Series([[name for name, _ in found] for found in gaps], index=works.index, dtype=object),
            "notes": pd.Series([[note for _, note in found] for found in gaps], index=works.index, dtype=object),
        }
    )


def _missing(
    site: pd.Series, state: str, assumed: pd.Series, *, placed: bool, as_of: dt.date
) -> list[tuple[str, Message]]:
    """Return the fields that a site lacks, with what that means."""
    late = state == "possible" and pd.notna(site["end_on"]) and site["end_on"] < pd.Timestamp(as_of)
    asked: list[tuple[bool, str, Message]] = [
        (not placed, "geometry", msg("the site has no place on the map, so it cannot be cleared")),
        *((True, "kind", note) for note in _doubts_of_kind(site["kind"])),
        *_signed(plan=_yes(site["plan_signed"]), guardian=_yes(site["guardian"])),
        (pd.isna(site["start_on"]), "start_on", msg("the start is not recorded; the site counts as going on")),
        (pd.isna(site["end_on"]), "end_on", msg("the end is not recorded; the site counts as going on")),
        (late, "status", msg("the end has passed but the site is not recorded as done; it counts as going on")),
        (
            bool(assumed["class_assumed"]),
            "pressure_class",
            msg("the pressure class of a pipe near by is unknown; the widest ranges were taken"),
        ),
        (
            bool(assumed["diameter_assumed"]),
            "diameter_mm",
            msg("the diameter of a pipe near by is unknown; the largest of its class was taken"),
        ),
    ]
    return [(name, note) for holds, name, note in asked if holds]


def _doubts_of_kind(kind: Any) -> list[Message]:
    if kind == "other":
        return [msg("the kind of work is only given as other; building or blasting would be forbidden near the pipe")]
    if kind == "excavation":
        return [
            msg("digging needs a joint plan, taking earth near the pipe is forbidden; have it confirmed which it is")
        ]
    if pd.isna(kind):
        return [msg("the kind of work is not recorded; the strictest rule holds until it is")]
    return []


def _yes(value: Any) -> bool | None:
    return None if pd.isna(value) else bool(value)


def _signed(*, plan: bool | None, guardian: bool | None) -> list[tuple[bool, str, Message]]:
    return [
        (plan is None, "plan_signed", msg("not recorded whether the protection plan is signed")),
        (plan is False, "plan_signed", msg("the protection plan is not signed")),
        (guardian is None, "guardian", msg("not recorded whether a guardian is on site")),
        (guardian is False, "guardian", msg("no guardian is on site")),
    ]


def encroachment_features(
    pipes: gpd.GeoDataFrame,
    works: gpd.GeoDataFrame | None,
    params: Mapping[str, Parameters],
    *,
    as_of: dt.date,
    radius_m: pd.Series | None = None,
) -> pd.DataFrame:
    """Return which pipes have works within their ranges on `as_of`.

    Sites count that go on, may go on (dates not recorded), or start within ``lookahead_days``. A pipe of unknown
    pressure class is encroached within the narrowest ranges of all, not beyond the widest, and unknown between.
    `radius_m` is the outer radius, where that was worked out already.

    Returns
    -------
    DataFrame
        ``encroached`` (boolean); ``work_gap_m`` (m): from the outer edge to the nearest such site within the widest
        control range of the class, inf where none; ``work_zone`` (protection, control, none; missing where
        unknown); ``work_ids`` (text, by commas): sites within the control range.
    """
    index = pipes.index
    if works is None:
        empty = pd.Series(np.nan, index=index, dtype="str")
        return pd.DataFrame(
            {"encroached": unknown_flags(index), "work_gap_m": np.nan, "work_zone": empty, "work_ids": empty},
            index=index,
        )
    pressure, rules = params["standards/pressure"], params["standards/works"]
    classes = pressure_class(pipes, pressure)
    inner, inner_most = range_of_class(classes, pressure.table("protection_m"))
    outer, outer_most = range_of_class(classes, pressure.table("control_m"))
    radius = (outer_radius_m(pipes, pressure) if radius_m is None else radius_m).to_numpy(dtype=float)
    lines = raw_shapes(pipes)
    rows, sites, distance = pairs_within(lines, shapes(works).only(_current(works, rules, as_of)), radius + outer_most)
    gap = gap_m(distance, radius[rows])
    nearest = np.full(len(pipes), np.inf)
    np.minimum.at(nearest, rows, gap)
    unsure = (~lines.located) | ((nearest > outer) & (nearest <= outer_most))
    vague = unsure | ((nearest > inner) & (nearest <= inner_most) & (inner < inner_most))
    zone = np.select([nearest <= inner, vague, nearest <= outer], [0, -1, 1], default=2)
    close = gap <= outer[rows]
    return pd.DataFrame(
        {
            "encroached": flags(nearest <= outer, unsure, index),
            "work_gap_m": np.where(lines.located, nearest, np.nan),
            "work_zone": chosen(zone, ("protection", "control", "none"), index),
            "work_ids": joined(rows[close], works.index.to_numpy(dtype=object)[sites[close]], index),
        },
        index=index,
    )


def _current(works: gpd.GeoDataFrame, rules: Parameters, as_of: dt.date) -> Bools:
    """Say which sites go on, may go on, or start soon."""
    state = site_state(works, as_of=as_of)
    horizon = pd.Timestamp(as_of) + pd.Timedelta(days=rules.number("lookahead_days"))
    soon = (state == "upcoming") & (works["start_on"] <= horizon)
    return np.asarray((state.isin(["active", "possible"]) | soon).to_numpy(dtype=bool), dtype=bool)
