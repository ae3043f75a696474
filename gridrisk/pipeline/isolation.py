"""Which valves to close, and who loses gas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from gridrisk import network
from gridrisk.errors import DataError, with_near
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, network_index, results
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import geopandas as gpd

    from gridrisk.findings import Finding
    from gridrisk.network import Isolation, Network
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace


def build(layers: Mapping[str, gpd.GeoDataFrame | None], parameters: Mapping[str, Parameters]) -> Network:
    """Build the network of layers that are read already."""
    pipes = layers["pipes"]
    if pipes is None:
        raise DataError(msg("the workspace has no pipes"))
    return network.build(
        pipes, layers["valves"], layers["stations"], layers["customers"], parameters["network/network"]
    )


def findings(
    net: Network, layers: Mapping[str, gpd.GeoDataFrame | None], parameters: Mapping[str, Parameters]
) -> list[Finding]:
    """Return what is wrong in the network, and what its topology makes doubtful."""
    return [*net.findings, *network.faults(net, layers["valves"], parameters["network/network"])]


def has_answer(net: Network) -> bool:
    """Say whether a source is known, without which the valves can be named but not who loses gas beyond them."""
    return bool(net.has_source)


def has_gas(answer: Isolation) -> bool:
    """Say whether the isolated part has gas, or may have it."""
    return not answer.source_known or bool(answer.lost_pipes)


def open_network(workspace: Workspace, *, progress: Progress = silent) -> Network:
    """Build the network of a workspace."""
    progress(msg("reading layers"))
    layers = inputs.layers(workspace, inputs.NETWORK, needed=("pipes",))
    parameters = inputs.parameters(workspace)
    progress(msg("building the network"))
    return build(layers, parameters)


def isolate(
    workspace: Workspace,
    *,
    pipe_id: str | None = None,
    point: tuple[float, float] | None = None,
    station_id: str | None = None,
    leak_id: str | None = None,
    inoperable: Collection[str] = (),
    progress: Progress = silent,
) -> Isolation:
    """Say which valves isolate a pipe, or the piece of pipe at a point or leak, or who loses gas with a station."""
    net = network_index.find(workspace) or open_network(workspace, progress=progress)
    progress(msg("isolating"))
    return ask(
        workspace, net, pipe_id=pipe_id, point=point, station_id=station_id, leak_id=leak_id, inoperable=inoperable
    )


def ask(
    workspace: Workspace,
    net: Network,
    *,
    pipe_id: str | None = None,
    point: tuple[float, float] | None = None,
    station_id: str | None = None,
    leak_id: str | None = None,
    inoperable: Collection[str] = (),
) -> Isolation:
    """Put one question to a network that is built already; leaks are looked up in the workspace."""
    leak = None if leak_id is None else _leak(workspace, leak_id)
    if station_id is not None:
        return network.lose_station(net, station_id)
    if leak is not None:
        return _isolate_leak(net, leak, inoperable)
    return network.isolate(net, pipe_id=pipe_id, point=point, inoperable=inoperable)


@dataclass(frozen=True, slots=True)
class _Leak:
    """What the leak record says of one leak: its pipe and place, None where it does not, and the day of its repair."""

    leak_id: str
    pipe_id: str | None
    point: tuple[float, float] | None
    repaired_on: str | None


def _leak(workspace: Workspace, leak_id: str) -> _Leak:
    leaks = inputs.required(workspace, "leaks")
    if leak_id not in leaks.index:
        raise DataError(with_near(msg("leaks: there is no {id}", id=leak_id), leak_id, leaks.index))
    row = leaks.loc[leak_id]
    shape = row[leaks.geometry.name]
    return _Leak(
        leak_id=leak_id,
        pipe_id=None if pd.isna(row["pipe_id"]) else str(row["pipe_id"]),
        point=None if shape is None or shape.is_empty else (float(shape.x), float(shape.y)),
        repaired_on=None if pd.isna(row["repaired_on"]) else row["repaired_on"].date().isoformat(),
    )


def _isolate_leak(net: Network, leak: _Leak, inoperable: Collection[str]) -> Isolation:
    """Isolate the piece of the pipe that the record names; the piece nearest to the place where it names none.

    Where place and pipe contradict each other the whole pipe is isolated, and the notes say so.
    """
    notes = [msg("leak {leak} was repaired on {day}", leak=leak.leak_id, day=leak.repaired_on)] * bool(leak.repaired_on)
    pipe, point = leak.pipe_id, leak.point
    if pipe is not None and pipe not in net.lines.pipe_id:
        notes.append(msg("leak {leak} names pipe {pipe}, which is not in the network", leak=leak.leak_id, pipe=pipe))
        pipe = None
    if pipe is None and point is None:
        raise DataError(msg("leak {leak} has neither a place nor a pipe; give --pipe or --at", leak=leak.leak_id))
    if pipe is not None and point is not None:
        away = float(
            shapely.distance(net.lines.geometry[int((net.lines.pipe_id == pipe).argmax())], shapely.Point(point))
        )
        if away > net.at_tolerance_m:
            notes.append(
                msg(
                    "leak {leak} lies {metres} m from the pipe {pipe} that it names: the whole pipe is isolated; make "
                    "sure of the place, and ask again with --at where it is another pipe",
                    leak=leak.leak_id,
                    metres=f"{away:.0f}",
                    pipe=pipe,
                )
            )
            point = None
    answer = network.isolate(net, pipe_id=pipe, point=point, inoperable=inoperable)
    return replace(answer, notes=(*notes, *answer.notes))


def outages(workspace: Workspace, *, progress: Progress = silent) -> gpd.GeoDataFrame:
    """Return every sector with its valves and what is lost when it is shut."""
    net = open_network(workspace, progress=progress)
    progress(msg("working out all outages"))
    return network.outage_table(net)


@dataclass(frozen=True, slots=True)
class ValveRanking:
    """What each valve's failure costs, on valve_id, and whether failures of the pipes were known from scores."""

    existing: pd.DataFrame
    rated: bool


def valves(workspace: Workspace, *, progress: Progress = silent) -> ValveRanking:
    """Return what the failure of every valve would cost; weighed with the likelihood of leaks where scores are."""
    net = open_network(workspace, progress=progress)
    rate = _failures(workspace)
    progress(msg("letting every valve fail"))
    return ValveRanking(network.valve_table(net, failures_per_km_year=rate), rate is not None)


def _failures(workspace: Workspace) -> pd.Series[float] | None:
    """Return the failures per km and year that scoring found; None where there are none that fit the layers."""
    try:
        risk = results.read(workspace, "risk", "pipe_id")
    except DataError:
        return None  # scored before the layers changed
    return None if risk is None else risk["failures_per_km_year"]


@dataclass(frozen=True, slots=True)
class Siting:
    """New valves, and whether failures of the pipes were known from scores."""

    found: network.NewValves
    rated: bool


def new_valves(
    workspace: Workspace, *, most: int, budget_yuan: float | None = None, progress: Progress = silent
) -> Siting:
    """Say where new valves would save most customers for their cost.

    Raises
    ------
    DataError
        Where the customers or all sources are unknown, so that nothing can be saved.
    """
    progress(msg("reading layers"))
    layers, parameters = inputs.layers(workspace, inputs.NETWORK), inputs.parameters(workspace)
    pipes = inputs.not_empty(workspace, "pipes", layers["pipes"])
    progress(msg("building the network"))
    net = build(layers, parameters)
    if not net.has_source:
        raise DataError(msg("where gas comes from is unknown; mark the feeding stations as is_source"))
    if net.customers is None:
        raise DataError(msg("customers are unknown: the layer was never imported"))
    rate = _failures(workspace)
    progress(msg("looking for places for new valves"))
    found = network.new_valves(
        net, pipes, parameters["network/siting"], most=most, budget_yuan=budget_yuan, failures_per_km_year=rate
    )
    return Siting(found, rate is not None)
