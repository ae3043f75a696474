"""Whether a main has gas to spare for one customer more, by its own size and what hangs on it.

The check is local: it knows the main's diameter, its pressure class and the customers recorded on it, not the network
behind it. Large customers need a hydraulic calculation besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk import network

if TYPE_CHECKING:
    import geopandas as gpd

    from gridrisk.params import Parameters

    from .streets import Floats, Ints

_ATMOSPHERE_KPA = 101.325
_SECONDS = 3600.0


def demand_m3h(customers: gpd.GeoDataFrame, params: Parameters, demand: Parameters) -> Floats:
    """Return the peak demand of every customer, as pressures are worked out with; see `network.peak_demand`.

    A resident of unknown households is one; where nobody knows a demand it is ``capacity.unknown_m3h``.

    Parameters
    ----------
    params, demand
        ``models/coverage.toml``, ``models/demand.toml``.
    """
    single = customers["households"].where(~customers["kind"].eq("resident") | (customers["households"] > 0), 1)
    peak = network.peak_demand(customers.assign(households=single), demand).m3h
    known: Floats = np.where(np.isnan(peak), params.number("capacity.unknown_m3h"), peak)
    return known


def capacity_m3h(pipes: gpd.GeoDataFrame, params: Parameters) -> pd.Series:
    """Return what each main carries at the design velocity, at standard pressure; missing where that is not known.

    Flow = velocity × bore × absolute pressure / atmospheric pressure, the bore taken as the diameter on record.
    """
    speed = pipes["pressure_class"].map(params.table("capacity.velocity_m_s")).astype("float64")
    gauge = pipes["pressure_class"].map(params.table("capacity.operating_kpa")).astype("float64")
    bore = np.pi / 4 * (pipes["diameter_mm"].astype("float64") / 1000) ** 2
    flow: pd.Series = speed * bore * _SECONDS * (gauge + _ATMOSPHERE_KPA) / _ATMOSPHERE_KPA
    return flow


def spare_m3h(
    pipes: gpd.GeoDataFrame, connected: gpd.GeoDataFrame | None, params: Parameters, demand: Parameters
) -> pd.Series:
    """Return what each main can still carry; missing where its size or pressure is not known.

    Parameters
    ----------
    connected
        Customers; those on piped gas with a main on record are taken off its capacity, its homes at the simultaneity
        of them all. None takes nothing off.
    params, demand
        ``models/coverage.toml``, ``models/demand.toml``.
    """
    spare = capacity_m3h(pipes, params)
    if connected is None:
        return spare
    on_pipe = connected[(connected["fuel"].eq("pipe") & connected["pipe_id"].notna()).to_numpy(bool)]
    main, names = pd.factorize(on_pipe["pipe_id"].to_numpy(dtype=object))
    homes = on_pipe["households"].astype("float64").where(on_pipe["kind"].eq("resident")).to_numpy(float)
    drawn = network.drawn_together(demand_m3h(on_pipe, params, demand), homes, main.astype(np.int64), demand)
    used = pd.Series(np.bincount(main, drawn, len(names)), index=names)
    return spare - used.reindex(pipes.index).fillna(0.0)


def steps(demand: Floats, params: Parameters) -> Ints:
    """Put customers of like demand together: number of the step that each falls in."""
    bounds = sorted(params.table("capacity.steps_m3h").values())
    number: Ints = np.searchsorted(bounds, demand, side="left").astype(np.int64)
    return number


def enough(pipes: gpd.GeoDataFrame, spare: pd.Series, demand: float, params: Parameters) -> tuple[pd.Series, pd.Series]:
    """Say which mains surely carry a demand (m3/h) besides, and which perhaps.

    Every main carries ``capacity.any_main_m3h``, if nothing is known against it; a customer that needs more than
    ``capacity.low_max_m3h`` is not put on a low pressure main.
    """
    known = spare.notna()
    small = demand <= params.number("capacity.any_main_m3h")
    sure = (spare >= demand).fillna(value=False) | (~known & small)
    perhaps = ~known & (not small)
    if demand > params.number("capacity.low_max_m3h"):
        low = pipes["pressure_class"].eq("low").fillna(value=False)
        sure, perhaps = sure & ~low, perhaps & ~low
    return sure.astype(bool), perhaps.astype(bool)
