"""Building sites against pipes: verdict, what is missing, and which valves would isolate the pipes at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from gridrisk import features, layers, network
from gridrisk.errors import DataError
from gridrisk.findings import Finding, has_errors
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gridrisk.i18n import Language, Message
    from gridrisk.network import Network
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace


#: Sites that an error names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Sites:
    """Building sites judged.

    Attributes
    ----------
    works
        The sites.
    sites
        On work_id: verdict, state, clause, distance_m, missing (list), notes (list of messages: one for each that
        is missing, then what is uncertain about isolating the pipes there). Of the pipes within
        whose ranges the site lies, should one be hit: ``close_valves``, ``close_stations`` (lists: what isolates any
        one of them) and ``households`` (number: the most that lose gas with one of them, as far as known; missing
        where customers or the sources of gas are unknown).
    pairs
        One row a site and pipe: distance_m from the pipe's outer edge, zone, pressure_class, clause.
    """

    works: gpd.GeoDataFrame
    sites: pd.DataFrame
    pairs: pd.DataFrame
    findings: tuple[Finding, ...] = ()

    @property
    def doubts(self) -> list[Message]:
        """What is uncertain about the isolation of pipes at the sites, each once."""
        told = [
            note
            for notes, missing in zip(self.sites["notes"], self.sites["missing"], strict=True)
            for note in notes[len(missing) :]
        ]
        return list({note.render("en"): note for note in told}.values())

    def to_list(self, lang: Language) -> list[dict[str, Any]]:
        """Return the sites as the contract's JSON has them."""
        by_site = {str(key): rows for key, rows in self.pairs.groupby("work_id", sort=False)}
        columns = ["pipe_id", "distance_m", "zone", "pressure_class", "clause"]
        return [
            {
                "work_id": str(key),
                "verdict": site["verdict"],
                "state": site["state"],
                "clause": site["clause"],
                "pipes": by_site[str(key)][columns].to_dict("records") if str(key) in by_site else [],
                "close_valves": site["close_valves"],
                "close_stations": site["close_stations"],
                "households": None if pd.isna(site["households"]) else int(site["households"]),
                "missing": site["missing"],
                "notes": [note.render(lang) for note in site["notes"]],
            }
            for key, site in self.sites.iterrows()
        ]


def judge(
    workspace: Workspace,
    file: Path | None,
    *,
    as_of: dt.date,
    crosswalk: str | None = None,
    crs: str | None = None,
    progress: Progress = silent,
) -> Sites:
    """Judge the sites of the workspace, or those of a file that is not imported."""
    findings: tuple[Finding, ...] = ()
    progress(msg("reading layers"))
    parts = inputs.layers(workspace, inputs.NETWORK, needed=("pipes",))
    if file is None:
        works = inputs.required(workspace, "works")
    else:
        delivery = layers.read_delivery(
            "works",
            [file],
            target=workspace.crs,
            crosswalk=crosswalk,
            source_crs=crs,
            as_of=as_of,
            crosswalk_folder=workspace.crosswalks,
        )
        works, findings = delivery.frame, tuple(delivery.findings)
        if has_errors(findings):
            raise DataError(*(finding.message for finding in findings if finding.severity == "error"))
    parameters = inputs.parameters(workspace)
    progress(msg("building the network"))
    net = isolation.build(parts, parameters)
    progress(msg("judging {count} building sites", count=len(works)))
    return judge_layers(works, parts, parameters, net, as_of=as_of, findings=findings)


def judge_layers(
    works: gpd.GeoDataFrame,
    parts: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    net: Network,
    *,
    as_of: dt.date,
    findings: tuple[Finding, ...] = (),
) -> Sites:
    """Judge layers that are read already."""
    pipes = parts["pipes"]
    if pipes is None:
        raise DataError(msg("the workspace has no pipes"))
    findings = (*findings, *_far_away(works, pipes, parameters["standards/works"].number("far_m")))
    judged = features.encroachment(works, pipes, parameters, as_of=as_of)
    going_on = judged.sites.index[judged.sites["state"] != "done"]
    threatened = judged.pairs[(judged.pairs["zone"] != "outside") & judged.pairs["work_id"].isin(going_on)]
    hits = _hits(net, pd.unique(threatened["pipe_id"]))
    known = isolation.has_answer(net) and parts["customers"] is not None
    by_site = {str(key): list(pairs["pipe_id"]) for key, pairs in threatened.groupby("work_id", sort=False)}
    placed = ~(works.geometry.isna() | works.geometry.is_empty)
    rows = []
    for work_id, notes in judged.sites["notes"].items():
        at_risk = by_site.get(str(work_id), [])
        found = [hits[pipe] for pipe in at_risk if pipe in hits]
        told = placed[work_id] and (not at_risk or (known and len(found) == len(at_risk)))
        rows.append(
            {
                "close_valves": sorted({valve for hit in found for valve in hit.close_valves}),
                "close_stations": sorted({station for hit in found for station in hit.close_stations}),
                "households": max((hit.households or 0 for hit in found), default=0) if told else float("nan"),
                "notes": [*notes, *_doubts(found, [pipe for pipe in at_risk if pipe not in hits])],
            }
        )
    columns = ["close_valves", "close_stations", "households", "notes"]
    more = pd.DataFrame(rows, index=judged.sites.index, columns=columns, dtype="object")
    sites = judged.sites.drop(columns="notes").join(more.astype({"households": "float64"}))
    return Sites(works=works, sites=sites, pairs=judged.pairs, findings=findings)


def _far_away(works: gpd.GeoDataFrame, pipes: gpd.GeoDataFrame, far_m: float) -> list[Finding]:
    """Find sites so far from the network that their coordinates are in doubt.

    Raises
    ------
    DataError
        Where that holds for all of them: none of their verdicts would mean anything.
    """
    network_box = shapely.box(*pipes.total_bounds)
    distance = shapely.distance(works.geometry.to_numpy(), network_box)
    far = pd.Series(distance > far_m, index=works.index)
    texts = {
        str(key): msg(
            "works ({id}) lies {distance} km from the network; check its coordinate system before trusting its verdict",
            id=key,
            distance=f"{distance[i] / 1000:,.1f}",
        )
        for i, key in enumerate(works.index)
        if far.iloc[i]
    }
    if len(texts) == len(works) and texts:
        raise DataError(*list(texts.values())[:_NAMED])
    return [Finding("works", "works_near_network", "warning", text, id=key) for key, text in texts.items()]


def _hits(net: Network, pipe_ids: Iterable[str]) -> dict[str, network.Isolation]:
    """Return how each pipe of the network is isolated; pipes that share their sectors share the answer."""
    pairs = network.sectors_by_pipe(net)
    sectors = pairs[pairs["pipe_id"].isin(list(pipe_ids))].groupby("pipe_id", sort=False)["sector"].agg(frozenset)
    answers: dict[Any, network.Isolation] = {}
    for pipe, there in sectors.items():
        if there not in answers:
            answers[there] = network.isolate(net, pipe_id=str(pipe))
    return {str(pipe): answers[there] for pipe, there in sectors.items()}


def _doubts(found: Sequence[network.Isolation], outside: Sequence[str]) -> list[Message]:
    """Return what is uncertain about isolating the pipes at one site."""
    notes = []
    if outside:
        notes.append(
            msg("not in the network, so that no valve can be named for them: {pipes}", pipes=", ".join(outside[:5]))
        )
    if any(not hit.source_known for hit in found):
        notes.append(
            msg(
                "where gas comes from is unknown: should a pipe be hit, close all valves named; who loses gas is "
                "unknown"
            )
        )
    if any(not hit.close_valves and not hit.close_stations and isolation.has_gas(hit) for hit in found):
        notes.append(msg("for some of the pipes at risk no valve is known that isolates them"))
    if any(hit.source_known and hit.households_unknown for hit in found):
        notes.append(msg("some customers' number of households is not recorded; the households are at least so many"))
    return notes


def table(judged: Sites, lang: Language) -> gpd.GeoDataFrame:
    """Return the sites as ``works.parquet`` holds them: one row a site, its pipes and their distances as lists."""
    near = judged.pairs.groupby("work_id", sort=False).agg(
        pipe_ids=("pipe_id", list), distances_m=("distance_m", list), zones=("zone", list)
    )
    sites = judged.sites.join(near)
    notes = sites["notes"].map(lambda row: [note.render(lang) for note in row])
    return gpd.GeoDataFrame(
        sites.assign(notes=notes), geometry=judged.works.geometry.reindex(sites.index), crs=judged.works.crs
    )
