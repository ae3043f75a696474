"""The whole job on one workspace, in order."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridrisk import checks, network, store
from gridrisk.findings import to_frame
from gridrisk.i18n import msg
from gridrisk.pipeline import (
    checking,
    conversion,
    devices,
    encroachment,
    inputs,
    isolation,
    mapping,
    network_index,
    planning,
    reporting,
    results,
    scoring,
    sensors,
)
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import geopandas as gpd

    from gridrisk.findings import Finding
    from gridrisk.i18n import Language, Message
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace


@dataclass(slots=True)
class Run:
    """What a run left behind.

    Attributes
    ----------
    files
        Maps and documents for people.
    skipped
        What could not be made, and what it lacks.
    plan_feasible
        Whether the plan keeps every deadline within its budgets; None where nothing was planned.
    shortfall
        What is missing for it where it does not.
    seconds
        By step.
    """

    as_of: dt.date
    findings: list[Finding] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    skipped: list[Message] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    plan_feasible: bool | None = None
    shortfall: list[Message] = field(default_factory=list)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time of a step."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - begun


def run(
    workspace: Workspace, *, as_of: dt.date, lang: Language, scenario: Path | None = None, progress: Progress = silent
) -> Run:
    """Check, score, isolate, judge works, plan, convert, draw and report; leave the result files of the contract."""
    done = Run(as_of)
    with done.timed("read"):
        progress(msg("reading layers"))
        made_of = network_index.fingerprint(workspace)
        layers = inputs.layers(workspace, needed=("pipes",))
        parameters = inputs.parameters(workspace)
    with done.timed("network"):
        progress(msg("building the network"))
        net = isolation.build(layers, parameters)
        network_index.keep(workspace, net, made_of)
        sectors = network.outage_table(net)
        results.write(workspace, "sectors", sectors, as_of=as_of)
    with done.timed("check"):
        progress(msg("checking layers"))
        done.findings += [found for name in layers for found in store.import_findings(workspace, name)]
        done.findings += checks.run(layers, parameters, as_of=as_of)
        done.findings += checking.station_findings(layers, parameters, as_of=as_of)
        done.findings += isolation.findings(net, layers, parameters)
    with done.timed("score"):
        scored = scoring.score_layers(workspace, layers, parameters, as_of=as_of, net=net, progress=progress)
    judged = _works(workspace, layers, parameters, net, done)
    _sensors(workspace, layers, parameters, scored.risk, done, progress)
    with done.timed("plan"):
        planned = planning.plan_layers(
            workspace, layers, parameters, scored.risk, scenario=scenario, as_of=as_of, progress=progress
        )
        done.plan_feasible = planned.feasible
        if planned.schedule.relaxation is not None:
            done.shortfall = list(planned.schedule.relaxation.messages())
        done.findings += planned.findings
    _convert(workspace, layers, parameters, done, progress)
    results.write(workspace, "findings", to_frame(done.findings, lang), as_of=as_of)
    for kind in mapping.available(workspace):
        with done.timed("maps"):
            done.files.append(
                mapping.draw(workspace, kind, as_of=as_of, lang=lang, layers=layers, judged=judged, progress=progress)
            )
    with done.timed("report"):
        done.files += reporting.report(workspace, lang=lang, layers=layers, progress=progress)
    results.write_record(workspace, as_of=as_of, seconds=done.seconds)
    return done


def _works(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    net: network.Network,
    done: Run,
) -> encroachment.Sites | None:
    works = layers["works"]
    if works is None:
        done.skipped.append(msg("works: no building sites were imported"))
        return None
    with done.timed("works"):
        judged = encroachment.judge_layers(works, layers, parameters, net, as_of=done.as_of)
        results.write(workspace, "works", encroachment.table(judged, workspace.lang), as_of=done.as_of)
    return judged


def _sensors(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    scores: gpd.GeoDataFrame,
    done: Run,
    progress: Progress,
) -> None:
    if layers["voids"] is None:
        done.skipped.append(msg("sensors: no confined spaces were imported"))
        return
    with done.timed("sensors"):
        placed = sensors.place_layers(layers, parameters, scores, progress=progress)
        results.write(workspace, "sensors", placed.table, as_of=done.as_of, facts=sensors.facts(placed))
        done.findings += placed.findings


def _convert(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    done: Run,
    progress: Progress,
) -> None:
    if layers["customers"] is None:
        done.skipped.append(msg("conversion: no customers were imported"))
        return
    if workspace.policy is None:
        done.skipped.append(
            msg("conversion: the workspace names no policy; add one to gridrisk.toml, or use gridrisk convert --policy")
        )
        return
    with done.timed("convert"):
        converted = conversion.convert_layers(
            workspace, layers, parameters, policy=workspace.policy, as_of=done.as_of, progress=progress
        )
        done.findings += converted.findings
    with done.timed("devices"):
        devices.devices_layers(
            workspace, layers, parameters, policy=workspace.policy, as_of=done.as_of, progress=progress
        )
