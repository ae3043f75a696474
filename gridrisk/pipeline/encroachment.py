"""Building sites against pipes: verdict, what is missing, and which valves would isolate the pipes at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gridrisk import features, layers, network
from gridrisk.errors import DataError
from gridrisk.findings import has_errors
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from gridrisk.findings import Finding
    from gridrisk.i18n import Language
    from gridrisk.network import Network
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace


@dataclass(frozen=True, slots=True)
class Sites:
    """Building sites judged.

    Attributes
    ----------
    works
        The sites.
    sites
        On work_id: verdict, state, clause, distance_m, missing (list), notes (list of messages), close_valves (list),
        households (number, missing where unknown).
    pairs
        One row a site and pipe: distance_m from the pipe's outer edge, zone, pressure_class, clause.
    """

    works: gpd.GeoDataFrame
    sites: pd.DataFrame
    pairs: pd.DataFrame
    findings: tuple[Finding, ...] = ()

    def to_list(self, lang: Language) -> list[dict[str, Any]]:
        """Return the sites as the contract's JSON has them."""
        by_site = {str(key): rows for key, rows in self.pairs.groupby("work_id", sort=False)}
        columns = ["pipe_id", "distance_m", "zone", "pressure_class", "clause"]
        return [
            {
                "work_id": key,
                "verdict": site["verdict"],
                "state": site["state"],
                "clause": site["clause"],
                "pipes": by_site[str(key)][columns].to_dict("records") if str(key) in by_site else [],
                "close_valves": site["close_valves"],
                "households": site["households"],
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
    inputs.required(workspace, "pipes")
    findings: tuple[Finding, ...] = ()
    progress(msg("reading layers"))
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
    parts = inputs.layers(workspace, isolation.LAYERS)
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
    judged = features.encroachment(works, pipes, parameters, as_of=as_of)
    threatened = judged.pairs[judged.pairs["zone"] != "outside"]
    valves: dict[str, list[str]] = {}
    households: dict[str, float] = {}
    answers: dict[str, network.Isolation] = {}
    known = isolation.has_answer(net) and parts["customers"] is not None
    for work_id, rows in threatened.groupby("work_id", sort=False):
        found = [answers.setdefault(pipe, network.isolate(net, pipe_id=pipe)) for pipe in rows["pipe_id"]]
        valves[str(work_id)] = sorted({valve for answer in found for valve in answer.close_valves})
        households[str(work_id)] = (
            max((answer.households or 0 for answer in found), default=0) if known else float("nan")
        )
    return Sites(
        works=works,
        sites=judged.sites.assign(
            close_valves=pd.Series(
                [valves.get(str(key), []) for key in judged.sites.index], judged.sites.index, dtype="object"
            ),
            households=pd.Series({str(k): households.get(str(k), 0.0) for k in judged.sites.index}, dtype="float64"),
        ),
        pairs=judged.pairs,
        findings=findings,
    )


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
