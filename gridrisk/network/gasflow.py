"""Stationary gas flow in pipes that hang on places of fixed pressure, solved by pandapipes."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridrisk.errors import DataError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_KPA_PER_BAR = 100.0
_SECONDS_PER_HOUR = 3600.0
_MOST_STEPS = 60
#: Friction as tried one after the other: the second converges where the iteration of the first does not.
_TRIES = (
    {"friction_model": "colebrook", "max_iter_colebrook": 100},
    {"friction_model": "swamee-jain", "nonlinear_method": "automatic"},
)
#: Gas that flows back into a feed below this is a rounding error of the solver, m3/h.
_BACK_M3H = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Pipes joined with one another, numbered nodes, and where pressure is held.

    Attributes
    ----------
    start, end, length_m, bore_m, roughness_mm
        Of every pipe: its nodes, length, inner diameter and roughness.
    demand_m3h
        Of every node.
    feed, feed_kpa
        Nodes where pressure is held, and the gauge pressure.
    """

    start: Ints
    end: Ints
    length_m: Floats
    bore_m: Floats
    roughness_mm: Floats
    demand_m3h: Floats
    feed: Ints
    feed_kpa: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Gauge pressure of every node, and what each feed gives, m3/h (0 where it stays shut against backflow)."""

    kpa: Floats
    feed_m3h: Floats


@dataclass(frozen=True, slots=True)
class Gas:
    """The gas: its name in pandapipes, density of a metered cubic metre, temperature."""

    fluid: str
    density_kg_m3: float
    temperature_k: float


def require() -> Any:
    """Return pandapipes.

    Raises
    ------
    DataError
        Where it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pandapipes
    except ImportError as error:
        raise DataError(
            msg(
                'pressures need the package pandapipes ({error}); install it with: pip install "gridrisk[hydraulics]"',
                error=error,
            )
        ) from error
    return pandapipes


def solve(areas: Sequence[Area], gas: Gas) -> list[Flow | None]:
    """Return the flow in each area; None where there is no solution, so that the pressure does not hold.

    Demand is fixed in the equations whatever the pressure, so a demand that the pipes cannot carry has no solution. A
    feed that gas would flow back into is a regulator or a source that closes: it is taken out and the area solved
    again. All areas are solved as one system, and those without a solution found by halving it.
    """
    require()
    return _solve(list(areas), gas)


def _solve(areas: list[Area], gas: Gas) -> list[Flow | None]:
    if not areas:
        return []
    flows = _together(areas, gas)
    if flows is None:
        if len(areas) == 1:
            return [None]
        half = len(areas) // 2
        return [*_solve(areas[:half], gas), *_solve(areas[half:], gas)]
    again = [i for i, flow in enumerate(flows) if len(flow.feed_m3h) > 1 and (flow.feed_m3h < -_BACK_M3H).any()]
    fewer = [_without(areas[i], flows[i].feed_m3h) for i in again]
    solved: list[Flow | None] = list(flows)
    for i, flow in zip(again, _solve([area for area, _ in fewer], gas), strict=True):
        kept = fewer[again.index(i)][1]
        if flow is None:
            solved[i] = None
            continue
        given = np.zeros(len(kept))
        given[kept] = flow.feed_m3h
        solved[i] = Flow(flow.kpa, given)
    return solved


def _without(area: Area, given_m3h: Floats) -> tuple[Area, NDArray[np.bool_]]:
    """Return an area without the feed that takes most gas back, and which feeds stay."""
    stays = np.ones(len(area.feed), bool)
    stays[given_m3h.argmin()] = False
    left = Area(
        area.start,
        area.end,
        area.length_m,
        area.bore_m,
        area.roughness_mm,
        area.demand_m3h,
        area.feed[stays],
        area.feed_kpa[stays],
    )
    return left, stays


def _together(areas: list[Area], gas: Gas) -> list[Flow] | None:
    """Return the flow in areas solved as one system; None where it has no solution, or none with real pressures."""
    for options in _TRIES:
        net, first = _network(areas, gas)
        if _converges(net, options):
            kpa, given = _results(net)
            flows = [
                Flow(
                    kpa[a : a + len(area.demand_m3h)],
                    given[a + area.feed] * _SECONDS_PER_HOUR / gas.density_kg_m3,
                )
                for a, area in zip(first, areas, strict=True)
            ]
            if all(np.isfinite(flow.kpa).all() and (flow.kpa > -_KPA_PER_BAR).all() for flow in flows):
                return flows
    return None


def _network(areas: list[Area], gas: Gas) -> tuple[Any, list[int]]:
    pandapipes = require()
    net = pandapipes.create_empty_network(fluid=gas.fluid)
    size = [len(area.demand_m3h) for area in areas]
    first = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64).tolist()
    demand = np.concatenate([area.demand_m3h for area in areas])
    feed = np.concatenate([a + area.feed for a, area in zip(first, areas, strict=True)])
    feed_kpa = np.concatenate([area.feed_kpa for area in areas])
    begin = np.repeat([area.feed_kpa.max() for area in areas], size) / _KPA_PER_BAR
    pandapipes.create_junctions(net, len(demand), pn_bar=begin, tfluid_k=gas.temperature_k)
    pandapipes.create_ext_grids(net, feed, p_bar=feed_kpa / _KPA_PER_BAR, t_k=np.full(len(feed), np.nan), type="p")
    drawing = np.flatnonzero(demand > 0)
    if len(drawing):
        mass = demand[drawing] * gas.density_kg_m3 / _SECONDS_PER_HOUR
        pandapipes.create_sinks(net, drawing, mdot_kg_per_s=mass)
    if sum(len(area.start) for area in areas):
        pandapipes.create_pipes_from_parameters(
            net,
            np.concatenate([a + area.start for a, area in zip(first, areas, strict=True)]),
            np.concatenate([a + area.end for a, area in zip(first, areas, strict=True)]),
            np.concatenate([area.length_m for area in areas]) / 1000.0,
            np.concatenate([area.bore_m for area in areas]),
            k_mm=np.concatenate([area.roughness_mm for area in areas]),
        )
    return net, first


def _converges(net: Any, options: dict[str, Any]) -> bool:
    """Solve a network; say whether it has a solution."""
    pandapipes = require()
    logging.getLogger("pandapipes").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pandapipes.pipeflow(
                net, mode="hydraulics", use_numba=False, max_iter_hyd=_MOST_STEPS, tol_p=1e-7, tol_m=1e-7, **options
            )
        except pandapipes.PipeflowNotConverged:
            return False
        except ValueError:
            # up to pandapipes 0.12 its result tables cannot be filled where pandas copies on write; the solution stands
            if not net.converged:
                return False
    return bool(net.converged)


def _results(net: Any) -> tuple[Floats, Floats]:
    """Return gauge pressure in kPa and mass fed in (kg/s) of every junction, from the solver's own tables."""
    from pandapipes.idx_node import MDOTSLACKINIT, PINIT

    table = net["_pit"]["node"]
    first, last = net["_lookups"]["node_from_to"]["junction"]
    return table[first:last, PINIT] * _KPA_PER_BAR, -table[first:last, MDOTSLACKINIT]
