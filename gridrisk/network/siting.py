"""Where a new valve would save most customers for its cost.

A leak shuts its sector, and all that hangs on it loses gas. A new valve on a joint without which the sector falls into
two parts, or two valves on a ring, let either part be shut alone; the other keeps its gas where it has a live way in of
its own. What is saved is the customers cut off a year: of a part its failures times what it takes along. The sectors do
not touch one another's saving, so they are looked at one by one, and a part as a sector of its own once its valves are
chosen.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridrisk.errors import ParameterError
from gridrisk.i18n import msg
from gridrisk.network.bounding import bound
from gridrisk.network.dividing import Part, Split, Unit, best_split
from gridrisk.network.members import members
from gridrisk.network.outages import hanging
from gridrisk.network.spanning import LEAST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from gridrisk.network.build import Network
    from gridrisk.params import Parameters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_METRES_PER_KM = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class NewValves:
    """New valves, best first.

    Attributes
    ----------
    table
        One row a valve, by the order of choice, with columns choice (valves of one number are built together: one
        alone divides no ring), pipe_id, at_m (along the pipe), road, sector_id, cost_yuan, customers_a_year (saved
        after those before it, half of it each where two are built together), yuan_per_customer (of one saved a year),
        lost_before (customers lost with the whole part), lost_one, lost_other; geometry: the place.
    before, after
        Customers cut off a year by leaks, over all sectors, without and with them.
    bound
        No valves of that number, and for that money, save more a year than this, whatever their places.
    cheapest_yuan
        What a valve costs at the cheapest place; None without any place.
    """

    table: gpd.GeoDataFrame
    before: float
    after: float
    bound: float
    cheapest_yuan: float | None


def new_valves(
    net: Network,
    pipes: pd.DataFrame,
    params: Parameters,
    *,
    most: int,
    budget_yuan: float | None = None,
    failures_per_km_year: pd.Series[float] | None = None,
) -> NewValves:
    """Choose places for new valves one after the other, the one that saves most for its cost first.

    Parameters
    ----------
    net
        The network, its sources and customers known.
    pipes
        On pipe_id: diameter_mm, setting.
    params
        ``models/network/siting.toml``.
    most
        How many valves at most.
    budget_yuan
        What they may cost together.
    failures_per_km_year
        On pipe_id, as risk tells; without, or for pipes it does not name, ``failures_per_km_year`` of the parameters.

    Raises
    ------
    ParameterError
        Where a valve costs nothing.
    """
    candidates = _Candidates(net, pipes, params)
    sectors = _parts(net, candidates, _failures(net, failures_per_km_year, params))
    before = sum(part.a_year for part in sectors)
    cost = candidates.cost_yuan
    chosen = _choose(sectors, cost, most, budget_yuan)
    saved = sum(split.saved for split in chosen)
    given = _choose(sectors, cost, 2 * most, None if budget_yuan is None else 2 * budget_yuan, pairs=False)
    reach = bound(sectors, given, cost, most=most, budget_yuan=budget_yuan)
    return NewValves(_table(net, candidates, chosen), before, before - saved, max(reach, saved), candidates.cheapest)


def _choose(
    sectors: list[Part], cost_yuan: Floats, most: int, budget_yuan: float | None, *, pairs: bool = True
) -> list[Split]:
    """Return the splits of best saving for their cost; parts not yet looked at are ranked by their bound."""
    least = float(cost_yuan.min(initial=np.inf))
    money, valves = np.inf if budget_yuan is None else budget_yuan, most
    queue: list[tuple[float, int, Part, Split | None]] = []

    def push(part: Part, split: Split | None) -> None:
        worth = part.bound / least if split is None else split.saved / _cost(split, cost_yuan)
        heapq.heappush(queue, (-worth, next(number), part, split))

    number = itertools.count()
    for part in sectors:
        if part.bound > LEAST:
            push(part, None)
    chosen: list[Split] = []
    while queue and valves:
        _, _, part, split = heapq.heappop(queue)
        if split is None:
            split = best_split(part, cost_yuan, money, most=valves, pairs=pairs)
            if split is not None:
                push(part, split)
            continue
        if _cost(split, cost_yuan) > money or len(split.candidates) > valves:
            push(part, None)
            continue
        chosen.append(split)
        money -= _cost(split, cost_yuan)
        valves -= len(split.candidates)
        for half in split.parts:
            if half.bound > LEAST:
                push(half, None)
    return chosen


def _cost(split: Split, cost_yuan: Floats) -> float:
    return float(cost_yuan[list(split.candidates)].sum())


@dataclass(slots=True, eq=False)
class _Candidates:
    """Ends of pieces where no valve stands and one may be built: numbered piece by piece, start before end."""

    net: Network
    pipes: pd.DataFrame
    params: Parameters
    usable: NDArray[np.bool_] = field(init=False)
    cost_yuan: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Work out where valves may stand and what they cost."""
        table = self.pipes.reindex(self.net.lines.pipe_id)
        allowed = self.params.names("settings")
        fits = (table["setting"].isna() | table["setting"].isin(allowed)).to_numpy(bool)
        long = self.net.pieces.length_m >= self.params.number("least_length_m")
        self.usable = np.repeat(fits[self.net.pieces.pipe] & long, 2)
        prices = sorted((float(d), float(yuan)) for d, yuan in self.params.table("valve_yuan").items())
        if not prices or min(min(pair) for pair in prices) <= 0:
            raise ParameterError(
                msg(
                    "models/{file}.toml: {key} must give a price above nought for each size",
                    file=self.params.name,
                    key="valve_yuan",
                )
            )
        size, yuan = (np.array(column) for column in zip(*prices, strict=True))
        width = table["diameter_mm"].to_numpy("float64", na_value=np.nan)
        width = np.where(np.isnan(width), size[-1], width)
        price = yuan[np.minimum(np.searchsorted(size, width), len(size) - 1)] * np.maximum(width / size[-1], 1.0)
        self.cost_yuan = np.repeat(price[self.net.pieces.pipe], 2).astype(np.float64)

    @property
    def cheapest(self) -> float | None:
        """Return what a valve costs at the cheapest place."""
        return float(self.cost_yuan[self.usable].min()) if self.usable.any() else None


def _failures(net: Network, per_km_year: pd.Series[float] | None, params: Parameters) -> Floats:
    """Return the failures a year on every piece."""
    usual = params.number("failures_per_km_year")
    rate = np.full(len(net.lines.pipe_id), usual)
    if per_km_year is not None:
        rate = per_km_year.reindex(net.lines.pipe_id).fillna(usual).to_numpy(np.float64)
    return rate[net.pieces.pipe] * net.pieces.length_m / _METRES_PER_KM


def _parts(net: Network, candidates: _Candidates, failures: Floats) -> list[Part]:
    """Return every sector with gas as a part; elements are pieces, then nodes."""
    if net.customers is None or not net.has_source:
        return []
    n_pieces, count, around = len(net.pieces.pipe), net.sectors.count, _Around(net)
    on_piece = np.bincount(net.customers.piece, minlength=n_pieces).astype(np.float64)
    piece = np.repeat(np.arange(n_pieces), 2)
    node, group = net.pieces.node.ravel(), net.cuts.group.ravel()
    sector_of = np.concatenate([net.sectors.of_piece, net.sectors.of_node])
    joined = np.flatnonzero(group < 0)
    inside = np.flatnonzero((group >= 0) & ~np.append(net.cuts.closed, True)[group])
    inside = inside[net.sectors.of_piece[piece[inside]] == net.sectors.of_node[node[inside]]]
    bypassed = _by(net.sectors.of_piece[piece[inside]], inside, count)
    by_sector = _by(net.sectors.of_piece[piece[joined]], joined, count)
    elements = _by(sector_of, np.arange(len(sector_of)), count)
    parts = []
    for sector in np.flatnonzero(net.fed[:count]).tolist():
        own = elements(sector)
        joints = by_sector(sector)
        kinds = np.where(candidates.usable[joints], joints, -1)
        pairs = zip(piece[joints].tolist(), (n_pieces + node[joints]).tolist(), strict=True)
        customers = np.where(own < n_pieces, on_piece[np.minimum(own, n_pieces - 1)], 0.0)
        rates = np.where(own < n_pieces, failures[np.minimum(own, n_pieces - 1)], 0.0)
        entries, units = around.of(sector)
        parts.append(
            Part(
                customers=dict(zip(own.tolist(), customers.tolist(), strict=True)),
                failures={e: r for e, r in zip(own.tolist(), rates.tolist(), strict=True) if r > 0},
                joints=_unlooped(pairs, kinds.tolist()),
                bypassed=tuple(
                    zip(piece[bypassed(sector)].tolist(), (n_pieces + node[bypassed(sector)]).tolist(), strict=True)
                ),
                entries=entries,
                units=units,
                sector=sector,
            )
        )
    return parts


def _unlooped(pairs: Iterable[tuple[int, int]], kinds: list[int]) -> dict[tuple[int, int], int]:
    """Return the joints of pairs; both ends of a pipe at one place are no place for a valve that divides."""
    joints: dict[tuple[int, int], int] = {}
    for pair, kind in zip(pairs, kinds, strict=True):
        joints[pair] = -1 if pair in joints else kind
    return joints


def _by(number: Ints, item: Ints, count: int) -> Callable[[int], Ints]:
    """Return a function that gives the items of a number."""
    found = members(number, count, item)
    return lambda wanted: found.order[found.begin[wanted] : found.begin[wanted + 1]]


@dataclass(frozen=True, slots=True)
class _Way:
    """An open way at an element of a sector to another node of the flow graph: gas may come in, may go out."""

    element: int
    other: int
    inward: bool
    outward: bool


def _ways(net: Network) -> dict[int, list[_Way]]:
    """Return the open ways out of every sector."""
    n_pieces, sectors = len(net.pieces.pipe), net.sectors
    group = net.cuts.group.ravel()
    there = np.flatnonzero((group >= 0) & ~np.append(net.cuts.closed, True)[group])
    piece, node = there // 2, net.pieces.node.ravel()[there]
    ways: dict[int, list[_Way]] = defaultdict(list)
    for p, n in zip(piece.tolist(), node.tolist(), strict=True):
        a, b = int(sectors.of_piece[p]), int(sectors.of_node[n])
        if a != b:
            ways[a].append(_Way(p, b, inward=True, outward=True))
            ways[b].append(_Way(n_pieces + n, a, inward=True, outward=True))
    device = {int(s): sectors.count + i for i, s in enumerate(net.flow.station[sectors.count : net.flow.root].tolist())}
    kinds = ((net.stations.sources, "source"), (net.stations.inlets, "inlet"), (net.stations.outlets, "outlet"))
    for sides, kind in kinds:
        for side in sides:
            other = net.flow.root if kind == "source" else device[side.station]
            for n in net.pieces.nodes_at(side.place, side.rank):
                way = _Way(n_pieces + n, other, inward=kind != "inlet", outward=kind == "inlet")
                ways[int(sectors.of_node[n])].append(way)
    return ways


class _Around:
    """What lies round a sector: where live gas comes in, and what hangs on it alone."""

    def __init__(self, net: Network) -> None:
        tree, flow = net.tree, net.flow
        weight = np.concatenate([hanging(net)["customers"], np.zeros(flow.n - net.sectors.count)])
        self._net, self._ways, self._total = net, _ways(net), tree.total(weight)
        reached = np.flatnonzero(tree.parent >= 0)
        order = reached[np.argsort(tree.start[reached], kind="stable")]
        self._children = members(tree.parent[order], flow.n, order)
        # an arc into a node from beside its immediate dominator links two subtrees under that
        head, tail = flow.head, flow.tail
        cross = (tree.parent[head] >= 0) & (tree.start[tail] >= 0) & (tail != tree.parent[head])
        self._links = members(tree.parent[head[cross]], flow.n, np.flatnonzero(cross))

    def of(self, sector: int) -> tuple[frozenset[int], tuple[Unit, ...]]:
        """Return the entries and the units of a sector."""
        tree = self._net.tree
        children = self._children.order[self._children.begin[sector] : self._children.begin[sector + 1]]
        starts = tree.start[children]
        links = self._links.order[self._links.begin[sector] : self._links.begin[sector + 1]]
        ends = [
            np.searchsorted(starts, tree.start[nodes[links]], side="right") - 1
            for nodes in (self._net.flow.tail, self._net.flow.head)
        ]
        joined = coo_array((np.ones(len(links), np.int8), (ends[0], ends[1])), shape=(len(children),) * 2)
        count, unit = connected_components(joined, directed=False) if len(children) else (0, np.zeros(0, np.int64))
        on: list[set[int]] = [set() for _ in range(count)]
        back: list[set[int]] = [set() for _ in range(count)]
        entries = set()
        for way in self._ways.get(sector, ()):
            hangs = bool(tree.dominates(np.array([sector]), np.array([way.other]))[0])
            if hangs:
                its = unit[int(np.searchsorted(starts, tree.start[way.other], side="right")) - 1]
                if way.outward:
                    on[its].add(way.element)
                if way.inward:
                    back[its].add(way.element)
            elif way.inward and (way.other == self._net.flow.root or tree.start[way.other] >= 0):
                entries.add(way.element)
        weight = np.bincount(unit, self._total[children], count) if count else np.zeros(0)
        found = zip(weight.tolist(), on, back, strict=True)
        units = tuple(Unit(customers, frozenset(o), frozenset(b)) for customers, o, b in found if o)
        return frozenset(entries), units


def _table(net: Network, candidates: _Candidates, chosen: list[Split]) -> gpd.GeoDataFrame:
    offset_m = candidates.params.number("offset_m")
    rows, places = [], []
    of_all = ((choice, split, candidate) for choice, split in enumerate(chosen, 1) for candidate in split.candidates)
    for choice, split, candidate in of_all:
        piece, side = divmod(candidate, 2)
        pipe = int(net.pieces.pipe[piece])
        start, end = float(net.pieces.start_m[piece]), float(net.pieces.end_m[piece])
        step = min(offset_m, (end - start) / 2)
        at = end - step if side else start + step
        one, other = split.parts
        rows.append(
            (
                choice,
                str(net.lines.pipe_id[pipe]),
                at,
                None if net.lines.roads is None else net.lines.roads.of(pipe),
                str(net.sector_name[one.sector]),
                float(candidates.cost_yuan[candidate]),
                split.saved / len(split.candidates),
                _cost(split, candidates.cost_yuan) / split.saved,
                round(split.lost_before),
                round(one.lost),
                round(other.lost),
            )
        )
        places.append(net.lines.geometry[pipe].interpolate(at))
    columns = ["choice", "pipe_id", "at_m", "road", "sector_id", "cost_yuan", "customers_a_year", "yuan_per_customer"]
    columns += ["lost_before", "lost_one", "lost_other"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=places, crs=net.crs)
