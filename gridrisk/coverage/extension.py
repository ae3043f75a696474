"""Short extensions of the mains that bring the most bottled-gas users within reach for the money."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from gridrisk.crs import require_metric

from . import steiner, streets
from .reach import covered_limit, ground, suitable, taps_of

if TYPE_CHECKING:
    from gridrisk.params import Parameters

    from .streets import Floats, Geometries, Ints

_FEN = 100
_COLUMNS = (
    "town_id",
    "length_m",
    "crossings",
    "cost_yuan",
    "users",
    "households",
    "yuan_per_user",
    "value_yuan",
    "customer_ids",
)


@dataclass(frozen=True, slots=True)
class Extensions:
    """A plan of extensions.

    Attributes
    ----------
    projects
        On extension_id, with the lines to lay; see `plan_extensions`.
    candidates, off_street
        Customers who could be brought within reach, and of them those no street leads to.
    value_yuan, bound_yuan
        Cost of the plan and the value of the customers left out; no plan can have less than the bound.
    gap
        How far the plan may be from the best there is, relative to the bound.
    """

    projects: gpd.GeoDataFrame
    candidates: int
    off_street: int
    value_yuan: float
    bound_yuan: float
    gap: float


@dataclass(frozen=True, slots=True)
class _Ladder:
    """Street pieces cut into short steps: the graph on which extensions are laid.

    Node 0 is the existing network. Of each edge: its ends, the street piece and where on it, metres, the barriers that
    it crosses, and the way that it counts for, metres.
    """

    nodes: int
    head: Ints
    tail: Ints
    piece: Ints
    start_m: Floats
    end_m: Floats
    crossed: Floats
    way_m: Floats
    steps_of: list[Ints]
    node_steps: list[Ints]


def plan_extensions(
    customers: gpd.GeoDataFrame,
    pipes: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    params: Parameters,
    *,
    town: pd.Series | None = None,
    seconds: float | None = None,
    seed: int = 0,
) -> Extensions:
    """Choose extensions along the streets whose cost is less than what the customers they reach are worth.

    The problem is a prize-collecting Steiner tree: streets cut into steps of ``extension.step_m`` cost money a metre
    and a crossing of a barrier, the mains there are cost nothing, and every customer is worth ``extension.value_yuan``
    once a main comes within the covered tier of its door. Its bound holds for this model: steps, and a price a metre
    and a crossing.

    Parameters
    ----------
    customers
        Bottled-gas customers that would be piped if they were covered, and are not covered.
    pipes, roads
        Layers.
    params
        ``models/coverage.toml``.
    town
        Town on customer_id.
    seconds
        Time for the search; else ``extension.seconds``.
    seed
        Of the search.

    Returns
    -------
    Extensions
        Projects on extension_id, the cheapest a user first: ``town_id`` (of most of its users), ``length_m``,
        ``crossings`` (barriers crossed; one that it only comes up to is a half), ``cost_yuan``, ``users`` (customers),
        ``households``, ``yuan_per_user``, ``value_yuan``, ``customer_ids`` (comma list), geometry.
    """
    for frame, name in ((customers, "customers"), (pipes, "pipes"), (roads, "roads")):
        require_metric(frame, name)
    graph = ground(roads, params).graph
    mains = pipes[suitable(pipes, params)[0].to_numpy()]
    if graph is None or mains.empty or customers.empty:
        return _nothing(customers)
    ladder = _cut(graph, mains, params)
    points = shapely.centroid(customers.geometry.to_numpy())
    doors = streets.place(graph, points, params.number("street.access_m"))
    worth = np.rint(_worth(customers, params) * _FEN).astype(np.int64)
    groups, members = _groups(ladder, doors, covered_limit(params), worth)
    problem, edges, reached = _problem(ladder, groups, members, worth, params)
    tree = steiner.solve(
        problem,
        gap=params.number("extension.gap"),
        seconds=params.number("extension.seconds") if seconds is None else seconds,
        seed=seed,
    )
    lines = [(int(edges[edge]), int(problem.head[edge]), int(problem.tail[edge])) for edge in tree.edges]
    people = pd.DataFrame(
        {
            "worth": worth,
            "homes": _homes(customers),
            "town": pd.NA if town is None else town.reindex(customers.index),
        },
        index=customers.index,
    )
    rows = _projects(ladder, graph, lines, list(zip(groups, members, strict=True)), people)
    beyond = int(worth.sum()) - sum(
        int(worth[some].sum())
        for group, some in zip(groups, members, strict=True)
        if steiner.ROOT in group or group in reached
    )
    return Extensions(
        _table(rows, customers, params),
        len(customers),
        int((doors.piece < 0).sum()),
        (tree.value + beyond) / _FEN,
        (tree.bound + beyond) / _FEN,
        tree.gap,
    )


def _nothing(customers: gpd.GeoDataFrame) -> Extensions:
    index = pd.Index([], dtype="str", name="extension_id")
    empty = gpd.GeoDataFrame({name: [] for name in _COLUMNS}, geometry=[], index=index, crs=customers.crs)
    return Extensions(empty, len(customers), len(customers), 0.0, 0.0, 0.0)


def _worth(customers: gpd.GeoDataFrame, params: Parameters) -> Floats:
    table = params.table("extension.value_yuan")
    worth = customers["kind"].map(table).fillna(table["default"]).to_numpy(float)
    total: Floats = worth * _homes(customers)
    return total


def _homes(customers: gpd.GeoDataFrame) -> Ints:
    homes = customers["households"].astype("Int64").where(customers["kind"].eq("resident"))
    counts: Ints = homes.fillna(1).clip(lower=1).to_numpy(np.int64)
    return counts


def _cut(graph: streets.Streets, mains: gpd.GeoDataFrame, params: Parameters) -> _Ladder:
    """Cut the street pieces into steps; what lies beside a main is one node with the existing network."""
    length = shapely.length(graph.lines)
    steps = np.maximum(np.ceil(length / params.number("extension.step_m")).astype(np.int64), 1)
    piece = np.repeat(np.arange(len(length)), steps)
    rank = np.arange(len(piece)) - np.repeat(np.cumsum(steps) - steps, steps)
    start_m, end_m = rank * (length / steps)[piece], (rank + 1) * (length / steps)[piece]
    inner = graph.nodes + np.cumsum(steps - 1) - (steps - 1)
    head = np.where(rank == 0, graph.start[piece], inner[piece] + rank - 1)
    tail = np.where(rank == steps[piece] - 1, graph.end[piece], inner[piece] + rank)
    count = int(graph.nodes + (steps - 1).sum())
    place = np.empty(count, dtype=object)
    place[head] = shapely.line_interpolate_point(graph.lines[piece], start_m)
    place[tail] = shapely.line_interpolate_point(graph.lines[piece], end_m)
    offset = params.number("street.main_offset_m")
    beside = np.zeros(count, dtype=bool)
    lines = mains.geometry.to_numpy()
    there = np.flatnonzero(~shapely.is_missing(place))
    beside[there[shapely.STRtree(place[there]).query(lines, predicate="dwithin", distance=offset)[1]]] = True
    number = np.zeros(count, dtype=np.int64)
    number[~beside] = 1 + np.arange(int((~beside).sum()))
    nothing = np.zeros(len(piece))
    ladder = _Ladder(
        int((~beside).sum()) + 1, number[head], number[tail], piece, start_m, end_m, nothing, nothing, [], []
    )
    ladder = _tapped(ladder, graph, lines, params)
    steps_of: list[Ints] = np.split(np.arange(len(piece)), np.cumsum(steps)[:-1])
    order = np.argsort(np.concatenate([ladder.head, ladder.tail]), kind="stable")
    ends = np.bincount(np.concatenate([ladder.head, ladder.tail]), minlength=ladder.nodes)
    node_steps: list[Ints] = np.split(order % len(ladder.head), np.cumsum(ends)[:-1])
    crossed = graph.crossings.between(ladder.piece, ladder.start_m, ladder.end_m)
    way_m = ladder.end_m - ladder.start_m + params.number("barrier.crossing_m") * crossed
    return replace(ladder, crossed=crossed, way_m=way_m, steps_of=steps_of, node_steps=node_steps)


def _tapped(ladder: _Ladder, graph: streets.Streets, lines: Geometries, params: Parameters) -> _Ladder:
    """Add ways from mains that come near a street between two nodes only."""
    taps, _ = taps_of(lines, graph, params.number("street.spacing_m"))
    at = streets.place(graph, taps, params.number("street.main_offset_m"))
    found = at.piece >= 0
    piece, along = at.piece[found], at.along_m[found]
    first = np.searchsorted(ladder.piece, np.arange(len(graph.lines)))
    step = (shapely.length(graph.lines) / np.bincount(ladder.piece, minlength=len(graph.lines)))[piece]
    last = np.bincount(ladder.piece, minlength=len(graph.lines))[piece] - 1
    edge = first[piece] + np.minimum((along // step).astype(np.int64), last)
    head = np.concatenate([np.zeros(len(edge), dtype=np.int64), np.zeros(len(edge), dtype=np.int64)])
    tail = np.concatenate([ladder.head[edge], ladder.tail[edge]])
    start = np.concatenate([along, along])
    end = np.concatenate([ladder.start_m[edge], ladder.end_m[edge]])
    order = np.lexsort((np.abs(end - start), tail))
    best = np.ones(len(order), dtype=bool)
    best[1:] = tail[order][1:] != tail[order][:-1]
    keep = order[best & (tail[order] != steiner.ROOT)]
    more = np.concatenate([piece, piece])[keep]
    return _Ladder(
        ladder.nodes,
        np.concatenate([ladder.head, head[keep]]),
        np.concatenate([ladder.tail, tail[keep]]),
        np.concatenate([ladder.piece, more]),
        np.concatenate([ladder.start_m, np.minimum(start, end)[keep]]),
        np.concatenate([ladder.end_m, np.maximum(start, end)[keep]]),
        np.zeros(0),
        np.zeros(0),
        [],
        [],
    )


def _groups(
    ladder: _Ladder, doors: streets.Places, limit_m: float, worth: Ints
) -> tuple[list[tuple[int, ...]], list[list[int]]]:
    """Put together customers who are served from the same nodes: those within `limit_m` of their doors."""
    found: dict[tuple[int, ...], list[int]] = {}
    length = ladder.way_m.tolist()
    head, tail = ladder.head.tolist(), ladder.tail.tolist()
    for customer in np.flatnonzero((doors.piece >= 0) & (worth > 0)).tolist():
        along, left = float(doors.along_m[customer]), limit_m - float(doors.off_m[customer])
        steps = ladder.steps_of[int(doors.piece[customer])]
        place = min(int(np.searchsorted(ladder.end_m[steps], along)), len(steps) - 1)
        step = int(steps[place])
        queue = [(along - float(ladder.start_m[step]), head[step]), (float(ladder.end_m[step]) - along, tail[step])]
        near: dict[int, float] = {}
        heapq.heapify(queue)
        while queue:
            way, node = heapq.heappop(queue)
            if way > left or node in near:
                continue
            near[node] = way
            if node == steiner.ROOT:
                continue
            for edge in ladder.node_steps[node].tolist():
                heapq.heappush(queue, (way + length[edge], tail[edge] if head[edge] == node else head[edge]))
        if near:
            found.setdefault(tuple(sorted(near)), []).append(customer)
    return list(found), list(found.values())


def _problem(
    ladder: _Ladder, groups: list[tuple[int, ...]], members: list[list[int]], worth: Ints, params: Parameters
) -> tuple[steiner.Problem, Ints, set[tuple[int, ...]]]:
    """Keep the part of the graph that is near enough, and price it.

    Also return the ladder's edge of each edge kept, and the groups that take part.
    """
    length = ladder.end_m - ladder.start_m
    cost = length * params.number("extension.yuan_per_m") + ladder.crossed * params.number("extension.crossing_yuan")
    keep = (ladder.head != ladder.tail) & (length > 0)
    shape = (ladder.nodes, ladder.nodes)
    low, high = np.minimum(ladder.head, ladder.tail), np.maximum(ladder.head, ladder.tail)
    order = np.lexsort((cost, high, low))
    single = np.ones(len(order), dtype=bool)
    single[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    keep[order[~single]] = False
    way = csr_array(coo_array((length[keep], (low[keep], high[keep])), shape=shape))
    far = dijkstra(
        way, directed=False, indices=np.array([steiner.ROOT]), min_only=True, limit=params.number("extension.max_m")
    )
    keep &= np.isfinite(far[ladder.head]) & np.isfinite(far[ladder.tail])
    edges = np.flatnonzero(keep)
    prizes = np.array([int(worth[some].sum()) for some in members], dtype=np.int64)
    reached = [tuple(node for node in group if np.isfinite(far[node])) for group in groups]
    some = [number for number, group in enumerate(reached) if group and steiner.ROOT not in group]
    problem = steiner.Problem(
        ladder.nodes,
        ladder.head[edges],
        ladder.tail[edges],
        np.maximum(np.rint(cost[edges] * _FEN).astype(np.int64), 1),
        tuple(reached[number] for number in some),
        prizes[some],
    )
    return problem, edges, {groups[number] for number in some}


def _projects(
    ladder: _Ladder,
    graph: streets.Streets,
    lines: list[tuple[int, int, int]],
    groups: list[tuple[tuple[int, ...], list[int]]],
    people: pd.DataFrame,
) -> list[dict[str, object]]:
    """Make one project of every tree that hangs on the existing network."""
    branch = _branches(lines)
    users: dict[int, list[int]] = {}
    for group, some in groups:
        by = sorted({branch[node] for node in group if node in branch})
        if by and steiner.ROOT not in group:
            users.setdefault(by[0], []).extend(some)
    edges: dict[int, list[int]] = {}
    for edge, a, b in lines:
        edges.setdefault(branch[b if a == steiner.ROOT else a], []).append(edge)
    rows: list[dict[str, object]] = []
    for number, reached in sorted(users.items()):
        mine = people.iloc[sorted(reached)]
        spans = [
            (int(ladder.piece[edge]), float(ladder.start_m[edge]), float(ladder.end_m[edge])) for edge in edges[number]
        ]
        towns = mine["town"].dropna().mode()
        rows.append(
            {
                "town_id": None if towns.empty else str(towns.iloc[0]),
                "length_m": sum(end - start for _, start, end in spans),
                "crossings": float(ladder.crossed[edges[number]].sum()),
                "users": len(mine),
                "households": int(mine["homes"].sum()),
                "value_yuan": int(mine["worth"].sum()) / _FEN,
                "customer_ids": ",".join(sorted(mine.index)),
                "geometry": shapely.line_merge(
                    shapely.union_all([substring(graph.lines[piece], start, end) for piece, start, end in spans])
                ),
            }
        )
    return rows


def _table(rows: list[dict[str, object]], customers: gpd.GeoDataFrame, params: Parameters) -> gpd.GeoDataFrame:
    """Price the projects and put them in order, the cheapest a user first."""
    if not rows:
        return _nothing(customers).projects
    frame = gpd.GeoDataFrame(rows, crs=customers.crs)
    each, crossing = params.number("extension.yuan_per_m"), params.number("extension.crossing_yuan")
    frame["cost_yuan"] = (frame["length_m"] * each + frame["crossings"] * crossing).round(2)
    frame["yuan_per_user"] = (frame["cost_yuan"] / frame["users"]).round(2)
    frame = frame.sort_values(["yuan_per_user", "customer_ids"], kind="stable")
    names = [f"X-{place:04d}" for place in range(1, len(frame) + 1)]
    frame.index = pd.Index(names, dtype="str", name="extension_id")
    return frame[[*_COLUMNS, "geometry"]].astype({"town_id": "str"})


def _branches(lines: list[tuple[int, int, int]]) -> dict[int, int]:
    """Give every node the number of its tree, the existing network being taken out."""
    neighbours: dict[int, list[int]] = {}
    for _, a, b in lines:
        for one, other in ((a, b), (b, a)):
            if one != steiner.ROOT:
                neighbours.setdefault(one, [])
                if other != steiner.ROOT:
                    neighbours[one].append(other)
    branch: dict[int, int] = {}
    number = -1
    for start in sorted(neighbours):
        if start in branch:
            continue
        number += 1
        stack = [start]
        while stack:
            node = stack.pop()
            if node not in branch:
                branch[node] = number
                stack.extend(neighbours[node])
    return branch
