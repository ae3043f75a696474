"""Whether the pressure holds in what is fed: solved from the lowest class up, judged from the highest down.

The feeds of an area hold the pressure that stations are set to in its class; what they give is drawn from the areas
above. A regulator does not lift pressure: where its inlet is not far enough above what it is set to, the area below
does not hold either. Demand is fixed in the equations: an area without a solution is one where pressure does not hold.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.network import gasflow
from gridrisk.network.topology import PRESSURE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gridrisk.network.build import Network
    from gridrisk.network.hydraulics import Feed, Hydraulics
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Flow below which a feed counts as shut, m3/h.
_NO_FLOW_M3H = 1e-6


@dataclass(frozen=True, slots=True)
class AreaState:
    """One area that has a feed.

    Attributes
    ----------
    pressure_class
        Of what feeds it; empty where unknown, so that nothing can be said.
    holds
        None where it is not known, as where it would hold but for customers of unknown demand in it or behind it.
    set_kpa, lowest_kpa, limit_kpa
        Gauge pressure at its feeds; the lowest where gas is drawn (None: no solution, or none is drawn; 0 where the
        equations give less), and what is needed there.
    lowest_pipe, x, y
        Where the lowest is.
    demand_m3h, length_m
        What is drawn in it and through it; its pipe.
    fed_by
        Stations that give it gas.
    """

    pressure_class: str
    holds: bool | None
    set_kpa: float | None
    lowest_kpa: float | None
    limit_kpa: float | None
    lowest_pipe: str | None
    x: float | None
    y: float | None
    demand_m3h: float
    length_m: float
    fed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegulatorState:
    """One regulator that gives gas.

    Flow, pressure before it, and what it is set to; whether its inlet is far enough above that, and whether it is built
    for the flow (None: not known).
    """

    station_id: str
    flow_m3h: float
    capacity_m3h: float | None
    inlet_kpa: float | None
    set_kpa: float
    inlet_suffices: bool | None
    capacity_suffices: bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Pressures:
    """Pressures in what is fed.

    Attributes
    ----------
    holds
        True where it holds everywhere, False where somewhere it does not, None where that cannot be told.
    areas, regulators
        Those that fail first.
    pipes
        On pipe_id: kpa (the lowest gauge pressure, NaN where there is no solution), limit_kpa (what is needed there),
        set_kpa (at the feed), fails (the feed is not held, or there is no solution; NA where the feed is what is not
        known); pipes without gas are not in it.
    customers_below
        Customers that have gas but not pressure enough.
    demand_unknown
        Customers with gas whose demand nobody knows: it is left out.
    demand_m3h
        Drawn by all customers with gas, as far as known.
    """

    holds: bool | None
    areas: tuple[AreaState, ...]
    regulators: tuple[RegulatorState, ...]
    pipes: pd.DataFrame
    customers_below: tuple[str, ...]
    demand_unknown: tuple[str, ...]
    demand_m3h: float

    @property
    def pipe_kpa(self) -> pd.Series[float]:
        """On pipe_id the lowest gauge pressure, NaN where there is no solution."""
        return self.pipes["kpa"].astype(np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return the pressures as plain data for JSON."""
        return {
            "holds": self.holds,
            "demand_m3h": self.demand_m3h,
            "areas": [asdict(area) for area in self.areas],
            "regulators": [asdict(regulator) for regulator in self.regulators],
            "customers_below": list(self.customers_below),
            "demand_unknown": list(self.demand_unknown),
        }


def pressures(
    net: Network, model: Hydraulics, params: Parameters, *, capacity_m3h: Mapping[str, float] | None = None
) -> Pressures:
    """Return the pressures in a network.

    Parameters
    ----------
    net, model
        The network, and its pipes and areas in one setting.
    params
        ``models/network/hydraulics.toml``.
    capacity_m3h
        On station_id, what regulators are built for, as far as known.

    Raises
    ------
    DataError
        Where pandapipes is not installed.
    """
    solution = _solve(model, params)
    return _Judge(net, model, params, capacity_m3h or {}, solution).pressures()


@dataclass(frozen=True, slots=True, eq=False)
class _Solution:
    """Areas in the order solved; pressure and demand of every node; what stations give; which areas have a solution.

    `solved` is None for an area whose class is unknown or that feeds itself through others.
    """

    order: list[int]
    kpa: Floats
    demand_m3h: Floats
    given_m3h: Mapping[tuple[int, int], float]
    solved: Mapping[int, bool | None]


def _solve(model: Hydraulics, params: Parameters) -> _Solution:
    gas = gasflow.Gas(params.text("gas"), params.number("density_kg_m3"), params.number("temperature_k"))
    demand, kpa = model.demand_m3h.copy(), np.full(len(model.area), np.nan)
    given: dict[tuple[int, int], float] = {}
    batches, looped = _batches(model)
    solved: dict[int, bool | None] = dict.fromkeys(looped)
    for batch in batches:
        solved |= dict.fromkeys(batch)
        known = [area for area in batch if all(feed.pressure_class for feed in model.feeds[area])]
        flows = gasflow.solve([model.part(area, demand) for area in known], gas)
        for area, flow in zip(known, flows, strict=True):
            solved[area] = flow is not None
            if flow is not None:
                kpa[model.nodes_in[area]] = flow.kpa
            for feed, m3h in _shares(model.feeds[area], flow, float(demand[model.nodes_in[area]].sum())):
                given[feed.station, area] = given.get((feed.station, area), 0.0) + m3h
                inlets = model.inlets.get(feed.station, ())
                for node in inlets:
                    demand[node] += m3h / len(inlets)
    return _Solution([area for batch in batches for area in batch], kpa, demand, given, solved)


def _shares(feeds: Sequence[Feed], flow: gasflow.Flow | None, demand_m3h: float) -> list[tuple[Feed, float]]:
    """Return what each feed gives; equal parts of the demand where there is no solution."""
    if flow is None:
        return [(feed, demand_m3h / len(feeds)) for feed in feeds]
    _, index, count = np.unique([feed.node for feed in feeds], return_inverse=True, return_counts=True)
    return [(feed, float(flow.feed_m3h[i] / count[i])) for feed, i in zip(feeds, index.tolist(), strict=True)]


def _batches(model: Hydraulics) -> tuple[list[list[int]], set[int]]:
    """Return the areas in batches, each after all that it feeds; and areas that feed themselves through others."""
    below: dict[int, set[int]] = {area: set() for area in model.feeds}
    for area, feeds in model.feeds.items():
        for feed in feeds:
            for node in model.inlets.get(feed.station, ()):
                below[int(model.area[node])].add(area)
    looped: set[int] = set()
    while True:
        sorter = TopologicalSorter({a: after - looped for a, after in below.items() if a not in looped})
        try:
            sorter.prepare()
        except CycleError as error:
            looped |= set(error.args[1])
            continue
        batches = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            batches.append(ready)
            sorter.done(*ready)
        return batches, looped


class _Judge:
    """Holds pressures against what is needed."""

    def __init__(
        self,
        net: Network,
        model: Hydraulics,
        params: Parameters,
        capacity_m3h: Mapping[str, float],
        solution: _Solution,
    ) -> None:
        self._net, self._model, self._capacity, self._solution = net, model, capacity_m3h, solution
        self._lowest = params.table("lowest_kpa")
        self._limit = np.array([np.nan, *(self._lowest[name] for name in PRESSURE_CLASSES)])[model.rank]
        self._drop = params.table("regulator_drop_kpa")
        self._holds: dict[int, bool | None] = {}
        self._starved: set[int] = set()
        self._open = self._of_unknown_demand()

    def _of_unknown_demand(self) -> set[int]:
        """Return the areas in which customers of unknown demand draw, and those that give these their gas."""
        model = self._model
        found: set[int] = set()
        left = set(model.area[model.drawn_at[np.isnan(model.drawn_m3h)]].tolist())
        while left:
            area = left.pop()
            found.add(area)
            inlets = [node for feed in model.feeds.get(area, ()) for node in model.inlets.get(feed.station, ())]
            left |= {int(model.area[node]) for node in inlets} - found
        return found

    def pressures(self) -> Pressures:
        model, solution = self._model, self._solution
        regulators: list[RegulatorState] = []
        areas = []
        for area in [*sorted(set(solution.solved) - set(solution.order)), *reversed(solution.order)]:
            feeding = self._regulators(area)
            regulators += feeding
            areas.append(self._area(area, feeding))
        where = model.area[model.drawn_at]
        fed = np.isin(where, list(model.feeds))
        failing = np.array([self._holds.get(a, None) is False for a in where.tolist()], bool)
        bad = ~(solution.kpa[model.drawn_at] >= self._limit_of(where, model.drawn_at))
        by_regulator = np.isin(where, list(self._starved))
        below = fed & failing & (bad | by_regulator)
        ids = np.zeros(0, object) if self._net.customers is None else self._net.customers.customer_id
        unknown = fed & np.isnan(model.drawn_m3h)
        states = set(self._holds.values())
        told = False if False in states else None if None in states or unknown.any() or not states else True
        return Pressures(
            holds=told,
            areas=tuple(sorted(areas, key=lambda a: ({False: 0, None: 1, True: 2}[a.holds], -a.length_m))),
            regulators=tuple(sorted(regulators, key=_failing_first)),
            pipes=self._pipes(),
            customers_below=tuple(ids[below].tolist()),
            demand_unknown=tuple(ids[unknown].tolist()),
            demand_m3h=float(np.nansum(model.drawn_m3h[fed])),
        )

    def _limit_of(self, area: Ints, node: Ints) -> Floats:
        """Return what is needed at nodes; that of the area's feed where the class of the pipe is unknown."""
        own = self._limit[node]
        feed = np.array([self._of_feed(a) for a in area.tolist()], np.float64)
        return np.where(np.isnan(own), feed, own)

    def _of_feed(self, area: int) -> float:
        classes = {feed.pressure_class for feed in self._model.feeds.get(area, ())}
        return max((self._lowest.get(name, np.nan) for name in classes), default=np.nan)

    def _regulators(self, area: int) -> list[RegulatorState]:
        """Return the regulators that give an area gas."""
        found = []
        for feed in self._model.feeds[area]:
            inlets = list(self._model.inlets.get(feed.station, ()))
            flow = self._solution.given_m3h.get((feed.station, area), 0.0)
            is_source = any(side.station == feed.station for side in self._net.stations.sources)
            if not inlets or is_source or flow <= _NO_FLOW_M3H:
                continue
            name = str(self._net.stations.station_id[feed.station])
            before = self._solution.kpa[inlets]
            inlet = float(before.min()) if np.isfinite(before).all() else None
            suffices: bool | None = None
            above = [int(self._model.area[node]) for node in inlets]
            if inlet is not None and not self._starved.intersection(above):  # else it is less than worked out
                suffices = inlet >= feed.set_kpa + self._drop[feed.pressure_class]
            elif any(self._solution.solved.get(area) is False for area in above):
                suffices = False
            capacity = self._capacity.get(name)
            capacity = capacity if capacity is not None and capacity > 0 else None
            fits = None if capacity is None else flow <= capacity
            found.append(RegulatorState(name, flow, capacity, inlet, feed.set_kpa, suffices, fits))
        return found

    @staticmethod
    def _bad(regulator: RegulatorState) -> bool:
        return regulator.inlet_suffices is False or regulator.capacity_suffices is False

    def _area(self, area: int, feeding: Sequence[RegulatorState]) -> AreaState:
        model, solution, feeds = self._model, self._solution, self._model.feeds[area]
        nodes, pieces = model.nodes_in[area], model.pieces_in[area]
        solved = solution.solved[area]
        drawing = nodes[solution.demand_m3h[nodes] > 0]
        low, limit, holds = None, None, solved
        if solved and len(drawing):
            limits = self._limit_of(np.full(len(drawing), area), drawing)
            low = int(drawing[(solution.kpa[drawing] - limits).argmin()])
            limit = float(limits[(solution.kpa[drawing] - limits).argmin()])
            holds = bool(solution.kpa[low] >= limit)
        if any(self._bad(regulator) for regulator in feeding):
            holds = False
            self._starved.add(area)
        elif holds and any(regulator.inlet_suffices is None for regulator in feeding):
            holds = None
        self._holds[area] = holds
        piece = (
            None if low is None else int(pieces[(model.node[pieces] == low).any(axis=1)][0]) if len(pieces) else None
        )
        x, y = (None, None) if piece is None or low is None else self._spot(piece, low)
        given = {feed.station for feed in feeds if solution.given_m3h.get((feed.station, area), 0.0) > _NO_FLOW_M3H}
        classes = {feed.pressure_class for feed in feeds}
        return AreaState(
            pressure_class=max(classes, key=[*PRESSURE_CLASSES].index) if "" not in classes else "",
            holds=None if holds and area in self._open else holds,
            set_kpa=None if "" in classes else max(feed.set_kpa for feed in feeds),
            lowest_kpa=None if low is None else max(float(solution.kpa[low]), 0.0),
            limit_kpa=limit,
            lowest_pipe=None if piece is None else str(self._net.lines.pipe_id[self._net.pieces.pipe[piece]]),
            x=x,
            y=y,
            demand_m3h=float(solution.demand_m3h[nodes].sum()),
            length_m=float(self._net.pieces.length_m[pieces].sum()),
            fed_by=tuple(sorted(str(self._net.stations.station_id[station]) for station in given)),
        )

    def _spot(self, piece: int, node: int) -> tuple[float, float]:
        pieces = self._net.pieces
        at = pieces.start_m if self._model.node[piece, 0] == node else pieces.end_m
        point = self._net.lines.geometry[int(pieces.pipe[piece])].interpolate(float(at[piece]))
        return float(point.x), float(point.y)

    def _pipes(self) -> pd.DataFrame:
        model = self._model
        columns = ["kpa", "limit_kpa", "set_kpa", "fails"]
        if not model.feeds:
            return pd.DataFrame(columns=columns, index=pd.Index([], name="pipe_id", dtype="str"))
        pieces = np.concatenate(list(model.pieces_in.values()))
        area = np.repeat(list(model.pieces_in), [len(of) for of in model.pieces_in.values()]).astype(np.int64)
        end = self._solution.kpa[model.node[pieces]].argmin(axis=1)
        low = model.node[pieces, end]
        held = {a: max(feed.set_kpa for feed in feeds) for a, feeds in model.feeds.items()}
        solved = np.array([self._solution.solved.get(a) is not False for a in area.tolist()], bool)
        kpa = np.maximum(self._solution.kpa[low], 0.0)
        by = pd.Series(self._net.lines.pipe_id[self._net.pieces.pipe[pieces]], name="pipe_id")
        found = pd.DataFrame(
            {
                "kpa": kpa,
                "limit_kpa": self._limit_of(area, low),
                "set_kpa": [held[a] for a in area.tolist()],
                "fails": np.isin(area, list(self._starved)) | ~solved,
                "open": [self._holds.get(a) is None for a in area.tolist()],
                "lost": np.isnan(kpa),
            }
        )
        grouped = found.groupby(by)
        table = grouped[["kpa"]].min().join(grouped[["limit_kpa", "set_kpa", "fails"]].max())
        table["kpa"] = table["kpa"].where(~grouped["lost"].any())
        table["fails"] = table["fails"].astype("boolean").mask(grouped["open"].any() & ~table["fails"])
        return table[columns]


def _failing_first(regulator: RegulatorState) -> tuple[bool, float]:
    fails = regulator.inlet_suffices is False or regulator.capacity_suffices is False
    return not fails, -regulator.flow_m3h
