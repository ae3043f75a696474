"""Whether the pressure holds: as the valves stand, and with a place isolated or a station down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gridrisk import network
from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation
from gridrisk.pipeline.coded import coded
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gridrisk.i18n import Language, Message
    from gridrisk.network import Isolation, Network, Pressures
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

_PARAMETERS = "network/hydraulics"
_DEMAND = "demand"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Pressures as the valves stand; after what was asked for, and its isolation; what was assumed.

    `table` has on pipe_id ``kpa`` (as the valves stand), ``kpa_after``, ``limit_kpa``, ``set_kpa``, the line of every
    pipe with gas.
    """

    before: Pressures
    after: Pressures | None
    isolation: Isolation | None
    assumed: tuple[Message, ...]
    table: gpd.GeoDataFrame

    @property
    def newly_below(self) -> tuple[str, ...]:
        """Customers that lose pressure, but not their gas, by what was asked for."""
        if self.after is None:
            return ()
        already = set(self.before.customers_below)
        return tuple(customer for customer in self.after.customers_below if customer not in already)

    def to_dict(self, lang: Language) -> dict[str, Any]:
        """Return the answer as plain data for JSON."""
        now = self.after or self.before
        return {
            **now.to_dict(),
            "newly_below": list(self.newly_below),
            "before": self.before.to_dict(),
            "isolation": None if self.isolation is None else self.isolation.to_dict(lang),
            "assumed": [text.render(lang) for text in self.assumed],
        }


class Model:
    """The hydraulics of a workspace, asked for one setting of its valves after the other."""

    def __init__(
        self, net: Network, layers: Mapping[str, gpd.GeoDataFrame | None], parameters: Mapping[str, Parameters]
    ) -> None:
        pipes, customers, stations = layers["pipes"], layers["customers"], layers["stations"]
        if not net.has_source:
            raise DataError(msg("where gas comes from is unknown; mark the feeding stations as is_source"))
        if customers is None or pipes is None:
            raise DataError(msg("pressures need customers, which were never imported: nobody knows the demand"))
        network.require_hydraulics()
        self._net, self._pipes, self._params = net, pipes, parameters[_PARAMETERS]
        self._demand_params = parameters[_DEMAND]
        piped = customers[(customers["fuel"] == "pipe").to_numpy(bool)]
        demand = network.peak_demand(piped, self._demand_params)
        self._demand = dict(zip(piped.index.tolist(), demand.m3h.tolist(), strict=True))
        capacity = None if stations is None else stations["capacity_m3h"].dropna()
        self._capacity = {} if capacity is None else {str(k): float(v) for k, v in capacity.items()}
        said = None if stations is None else stations["outlet_class"].dropna()
        self._outlet_class = {} if said is None else {str(k): str(v) for k, v in said.items()}
        self.assumed = _assumed(pipes, demand, self._params, self._demand_params, set(self._outlet_class.values()))

    def pressures(self, setting: network.Setting) -> Pressures:
        """Return the pressures in one setting of the valves."""
        model = network.hydraulics(
            self._net,
            self._pipes,
            self._demand,
            self._params,
            setting,
            demand_params=self._demand_params,
            outlet_class=self._outlet_class,
        )
        return network.pressures(self._net, model, self._params, capacity_m3h=self._capacity)


def pressure(
    workspace: Workspace,
    *,
    pipe_id: str | None = None,
    point: tuple[float, float] | None = None,
    station_id: str | None = None,
    leak_id: str | None = None,
    inoperable: Collection[str] = (),
    opened: Collection[str] = (),
    progress: Progress = silent,
) -> Answer:
    """Say whether the pressure holds in what remains fed.

    Raises
    ------
    DataError
        Where pandapipes, a source or the customers are missing, or a valve to open is not one that is closed.
    """
    progress(msg("reading layers"))
    layers, parameters = inputs.layers(workspace, inputs.NETWORK), inputs.parameters(workspace)
    pipes = inputs.not_empty(workspace, "pipes", layers["pipes"])
    progress(msg("building the network"))
    net = isolation.build(layers, parameters)
    model = Model(net, layers, parameters)
    closed = set(net.valves.valve_id[net.valves.closed].tolist())
    if wrong := sorted(set(opened) - closed):
        raise DataError(*(msg("valve {valve} is no closed valve on the network", valve=valve) for valve in wrong))
    asked = {"pipe_id": pipe_id, "point": point, "leak_id": leak_id, "station_id": station_id}
    isolated = None
    if any(value is not None for value in asked.values()):
        isolated = isolation.ask(workspace, net, inoperable=inoperable, **asked)  # type: ignore[arg-type]
    progress(msg("working out pressures"))
    before = model.pressures(network.Setting())
    after = None
    if isolated is not None or opened:
        after = model.pressures(_setting(isolated, station_id, opened))
    return Answer(before, after, isolated, model.assumed, _table(pipes, before, after))


def _setting(isolated: Isolation | None, station_id: str | None, opened: Collection[str]) -> network.Setting:
    """Return the setting after an isolation, with what must be closed before the valves to open."""
    down = {station_id} if station_id is not None else set()
    if isolated is None:
        return network.Setting(opened=opened, down=down)
    ways = [way for way in isolated.restoration if set(way.valve_ids) <= set(opened)]
    shut = {*isolated.close_valves, *(valve for way in ways for valve in way.close_first)}
    down |= {*isolated.close_stations, *(station for way in ways for station in way.close_stations_first)}
    return network.Setting(shut=shut, opened=opened, down=down)


def _table(pipes: gpd.GeoDataFrame, before: Pressures, after: Pressures | None) -> gpd.GeoDataFrame:
    now = before if after is None else after
    kpa = pd.DataFrame({"kpa": before.pipe_kpa}).join(now.pipe_kpa.rename("kpa_after"), how="outer")
    kpa = kpa.join(now.pipes[["limit_kpa", "set_kpa"]].astype("float64"))
    geometry = pipes.geometry.reindex(kpa.index)
    return gpd.GeoDataFrame(kpa.rename_axis("pipe_id"), geometry=geometry, crs=pipes.crs)


def _assumed(
    pipes: gpd.GeoDataFrame,
    demand: network.Demand,
    params: Parameters,
    demand_params: Parameters,
    said: Collection[str],
) -> tuple[Message, ...]:
    """Return what pressures are worked out from besides the survey."""
    set_kpa, lowest = params.table("set_kpa"), params.table("lowest_kpa")
    there = [name for name in set_kpa if name in said or (pipes["pressure_class"] == name).any()]
    notes = [
        msg(
            "pressure at stations and lowest that customers and regulators need, kPa gauge: {classes}",
            classes=coded("pipes", "pressure_class", {name: f"{set_kpa[name]:g} / {lowest[name]:g}" for name in there}),
        ),
        msg(
            "demand: {surveyed} customers as surveyed, {homes} from households at {flow} m³/h and simultaneity, {kind} "
            "by their kind; homes of one area at the simultaneity of them all, which is less than ends of branches see",
            surveyed=int(demand.surveyed.sum()),
            homes=int(demand.by_households.sum()),
            flow=demand_params.number("household_m3h"),
            kind=int(demand.by_kind.sum()),
        ),
        msg(
            "customers draw at the nearer end of their stretch of pipe; {share} % is added to lengths for fittings; "
            "gas of {density} kg/m³",
            share=f"{params.number('fittings_share') * 100:g}",
            density=params.number("density_kg_m3"),
        ),
    ]
    if narrow := int((~(pipes["diameter_mm"].astype("float64") > 0)).sum()):
        width = params.number("unknown_diameter_mm")
        notes.append(msg("{count} pipes of unknown diameter are taken as {mm} mm", count=narrow, mm=width))
    if unknown := int((~(demand.m3h >= 0)).sum()):
        notes.append(msg("the demand of {count} customers is unknown and left out", count=unknown))
    return (
        *notes,
        msg("all of these stand in models/network/hydraulics.toml and models/demand.toml; replace them with your own"),
    )
