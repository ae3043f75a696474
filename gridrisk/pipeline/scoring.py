"""Features and risk of every segment, and where a score comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd

from gridrisk import features, network, risk
from gridrisk.errors import DataError, with_near
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation, network_index, results
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.risk import Explanation
    from gridrisk.store import Workspace


@dataclass(frozen=True, slots=True)
class Scored:
    """What `score` worked out: the result on pipe_id, and what the network lacked."""

    risk: gpd.GeoDataFrame
    findings: tuple[Finding, ...]


def score(workspace: Workspace, *, as_of: dt.date, progress: Progress = silent) -> Scored:
    """Score every segment of the workspace and write ``risk`` and ``features``."""
    progress(msg("reading layers"))
    net = network_index.find(workspace)
    made_of = network_index.fingerprint(workspace)
    wanted = {"pipes", *features.LAYERS} if net is not None else {"pipes", *features.LAYERS, *inputs.NETWORK}
    layers = inputs.layers(workspace, sorted(wanted))
    layers["pipes"] = inputs.not_empty(workspace, "pipes", layers["pipes"])
    parameters = inputs.parameters(workspace)
    if net is None:
        progress(msg("finding what cuts off whom"))
        net = isolation.build(layers, parameters)
        network_index.keep(workspace, net, made_of)
    measured = _measure(workspace, layers, parameters, as_of=as_of, progress=progress)
    # what lies round the pipes is no longer needed, and of a large city it is as much as the scoring takes
    del layers
    return _score(workspace, measured, parameters, as_of=as_of, net=net, progress=progress)


@dataclass(frozen=True, slots=True)
class _Measured:
    """Pipes with their surroundings, and which layers were surveyed at all."""

    pipes: gpd.GeoDataFrame
    surroundings: pd.DataFrame
    customers: bool
    leaks: bool


def score_layers(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    *,
    as_of: dt.date,
    net: network.Network,
    progress: Progress = silent,
) -> Scored:
    """Score layers that are read already; see `score`."""
    measured = _measure(workspace, layers, parameters, as_of=as_of, progress=progress)
    return _score(workspace, measured, parameters, as_of=as_of, net=net, progress=progress)


def _measure(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    *,
    as_of: dt.date,
    progress: Progress,
) -> _Measured:
    pipes = layers["pipes"]
    if pipes is None:
        raise DataError(msg("the workspace has no pipes"))
    progress(msg("measuring the surroundings of {count} segments", count=len(pipes)))
    surroundings = features.build(pipes, layers, inputs.rasters(workspace), parameters, as_of=as_of)
    return _Measured(pipes, surroundings, customers=layers["customers"] is not None, leaks=layers["leaks"] is not None)


def _score(
    workspace: Workspace,
    measured: _Measured,
    parameters: Mapping[str, Parameters],
    *,
    as_of: dt.date,
    net: network.Network,
    progress: Progress,
) -> Scored:
    pipes, surroundings = measured.pipes, measured.surroundings
    lost = network.lost_by_pipe(net) if isolation.has_answer(net) and measured.customers else None
    progress(msg("scoring {count} segments", count=len(pipes)))
    scored = risk.score(
        pipes,
        surroundings,
        parameters,
        leaks_recorded=measured.leaks,
        customers_lost=None if lost is None else lost["customers_lost"],
        as_of=as_of,
    )
    table = gpd.GeoDataFrame(
        scored.assign(as_of=as_of.isoformat()), geometry=pipes.geometry.array, crs=workspace.crs, copy=False
    )
    if lost is not None:
        surroundings = surroundings.join(lost)
    results.write(workspace, "features", surroundings, as_of=as_of)
    results.write(workspace, "risk", table, as_of=as_of, keep_previous=True)
    return Scored(table, (*_laid_later(pipes, as_of), *net.findings))


def _laid_later(pipes: gpd.GeoDataFrame, as_of: dt.date) -> list[Finding]:
    """Tell of pipes that were not there yet on the day on which things are judged."""
    late = pipes.index[pipes["install_year"].gt(as_of.year).fillna(value=False)]
    if not len(late):
        return []
    message = msg(
        "{count} pipes, {pipe} among them, were laid after {date}, for which they are scored all the same; give a "
        "later --as-of, or correct install_year",
        count=len(late),
        pipe=late[0],
        date=as_of.isoformat(),
    )
    return [Finding("pipes", "in_future", "warning", message, id=str(late[0]), field="install_year")]


def explain(workspace: Workspace, pipe_id: str) -> Explanation:
    """Say where the score of one segment comes from, and how it changed since the run before.

    Raises
    ------
    DataError
        Where nothing was scored yet or there is no such pipe.
    """
    table = results.required(workspace, "risk", "pipe_id")
    pipes = inputs.required(workspace, "pipes")
    if pipe_id not in table.index or pipe_id not in pipes.index:
        raise DataError(with_near(msg("{pipe}: no such pipe among those scored", pipe=pipe_id), pipe_id, table.index))
    found = risk.explain(
        pipe_id,
        table,
        results.required(workspace, "features", "pipe_id"),
        pipes,
        inputs.parameters(workspace),
        previous=results.read(workspace, "risk", "pipe_id", previous=True),
    )
    since = results.changed_since_previous(workspace, "risk")
    if found.change is None or since is None:
        return found
    day, changed = since
    why = (
        msg("since the run for {day} these have changed: {what}", day=day.isoformat(), what=", ".join(changed))
        if changed
        else msg("since the run for {day} no layer and no parameter has changed, only the day", day=day.isoformat())
    )
    return replace(found, change=replace(found.change, text=(*found.change.text, why)))
