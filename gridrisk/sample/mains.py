"""Gas mains along the streets: which streets have one, at which pressure, and what joins the levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree

from gridrisk.sample.streets import ARTERIAL, COLLECTOR, LANE, OLD, RANKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.blocks import Blocks
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.streets import Plan

#: Pressure classes as numbers, lowest first, in the words of the schema.
CLASSES = ("low", "medium_b", "medium_a", "sub_high_b", "sub_high_a", "high_a")
LOW, MEDIUM_B, MEDIUM_A, SUB_HIGH_B, SUB_HIGH_A, HIGH_A = range(6)
_BEAR = np.array([np.cos(np.radians(65.0)), np.sin(np.radians(65.0))])


@dataclass(frozen=True)
class Frame:
    """Streets on the ground: ends, direction, the side that mains keep to, and corners where they meet.

    `corner[node]` is the offset that lies one half width off each of the two main streets of a node; a main whose
    lateral share is f passes the node at `node + f * corner`.
    """

    node: NDArray[np.float64]
    start: NDArray[np.float64]
    direction: NDArray[np.float64]
    normal: NDArray[np.float64]
    length: NDArray[np.float64]
    half: NDArray[np.float64]
    rank: NDArray[np.int64]
    corner: NDArray[np.float64]


@dataclass(frozen=True)
class Mains:
    """Where mains run, before they are cut into segments.

    Edge masks are over all edges of the plan: `kept` streets of the city, `medium` and `low` mains, `trunk` edges.
    `interface` edges join the medium A of the new town to the medium B of the old: through a station in the middle
    where `station`, else they end before the crossing. Mains of `tree` edges alone would keep every medium node fed.
    """

    chosen: NDArray[np.bool_]
    served: NDArray[np.bool_]
    entry: NDArray[np.int64]
    kept: NDArray[np.bool_]
    medium: NDArray[np.bool_]
    low: NDArray[np.bool_]
    trunk: NDArray[np.bool_]
    tree: NDArray[np.bool_]
    old_node: NDArray[np.bool_]
    interface: NDArray[np.bool_]
    station: NDArray[np.bool_]
    capped_end: NDArray[np.int64]
    gates: NDArray[np.int64]
    regulators: NDArray[np.int64]
    district: NDArray[np.int64]


def frame(plan: Plan, makeup: MakeUp) -> Frame:
    """Put the streets on the ground."""
    node = plan.warp(plan.node_flat)
    start, end = node[plan.edge_nodes[:, 0]], node[plan.edge_nodes[:, 1]]
    length = np.hypot(*(end - start).T)
    direction = (end - start) / length[:, None]
    normal = np.c_[-direction[:, 1], direction[:, 0]]
    normal = normal * np.where(normal @ _BEAR < 0, -1.0, 1.0)[:, None]
    rank = plan.line_rank[plan.edge_line]
    half = np.array([makeup.city.table("street_half_width_m")[name] for name in RANKS])[rank]
    return Frame(node, start, direction, normal, length, half, rank, _corners(plan, normal, half, rank, len(node)))


def _corners(
    plan: Plan, normal: NDArray[np.float64], half: NDArray[np.float64], rank: NDArray[np.int64], nodes: int
) -> NDArray[np.float64]:
    """Solve, at every node, for the point one half width off its widest street and off the one most across it."""
    at = plan.edge_nodes.ravel()
    edge = np.repeat(np.arange(len(rank)), 2)
    order = np.lexsort((edge, rank[edge], at))
    seen, head = np.unique(at[order], return_index=True)
    first = np.zeros(nodes, dtype=np.int64)
    first[seen] = edge[order][head]
    a = normal[first[at]]
    cross = a[:, 0] * normal[edge, 1] - a[:, 1] * normal[edge, 0]
    order = np.lexsort((edge, -np.abs(cross), at))
    _, head = np.unique(at[order], return_index=True)
    second = np.zeros(nodes, dtype=np.int64)
    second[seen] = edge[order][head]
    n1, n2, h1, h2 = normal[first], normal[second], half[first], half[second]
    det = n1[:, 0] * n2[:, 1] - n1[:, 1] * n2[:, 0]
    usable = np.abs(det) > 0.4
    safe = np.where(usable, det, 1.0)
    solved = np.c_[h1 * n2[:, 1] - h2 * n1[:, 1], h2 * n1[:, 0] - h1 * n2[:, 0]] / safe[:, None]
    corner: NDArray[np.float64] = np.where(usable[:, None], solved, n1 * h1[:, None])
    return corner


def _components(edges: NDArray[np.int64], nodes: int) -> NDArray[np.int64]:
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(nodes, nodes))
    label: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return label


def _along(plan: Plan, blocks: Blocks, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which edges run along one of the blocks."""
    line, spans = blocks.side_line[which].ravel(), blocks.side_t[which].reshape(-1, 2)
    low, high = spans.min(axis=1), spans.max(axis=1)
    change = np.zeros(len(plan.edge_line) + 1, dtype=np.int64)
    np.add.at(change, plan.edge_of(line, low + 1e-6), 1)
    np.add.at(change, plan.edge_of(line, high - 1e-6) + 1, -1)
    return np.cumsum(change)[:-1] > 0


def entry_t(blocks: Blocks) -> NDArray[np.float64]:
    """Return where on its line the spine of each block meets the street, as the line's parameter."""
    u = blocks.lane_x(np.arange(len(blocks.kind))) / blocks.size_m[:, 0]
    span = blocks.side_t[:, 0]
    t: NDArray[np.float64] = span[:, 0] + u * (span[:, 1] - span[:, 0])
    return t


def settle(
    plan: Plan, blocks: Blocks, ground: Frame, chosen: NDArray[np.bool_], makeup: MakeUp, segments: int
) -> Mains:
    """Lay mains for the chosen blocks: a ringed medium network, low streets in the old town, a trunk above."""
    rng = makeup.chance(31)
    nodes, ends = len(plan.node_flat), plan.edge_nodes
    noise = rng.random(len(ends))
    kept = _along(plan, blocks, chosen)
    touched = np.zeros(nodes, dtype=bool)
    touched[ends[kept]] = True
    kept |= plan.bridge & touched[ends].all(axis=1)
    kept &= _largest(ends, kept, nodes)
    entry = plan.edge_of(blocks.side_line[:, 0], entry_t(blocks))
    chosen = chosen & kept[entry]
    served = chosen & blocks.with_gas
    lanes = kept & (ground.rank == LANE)
    medium = kept & ~lanes
    medium &= _largest(ends, medium, nodes)
    wanted = np.zeros(len(ends), dtype=bool)
    wanted[entry[served]] = True
    wanted |= noise >= makeup.share("main_dropped")
    tree = _tree(ends, medium, ground.rank + noise, nodes) | _tree(ends, lanes, noise, nodes)
    medium &= tree | wanted | (ground.rank <= COLLECTOR)
    lanes &= tree | wanted
    has_medium = np.zeros(nodes, dtype=bool)
    has_medium[ends[medium]] = True
    lanes, district = _district(ends, lanes, has_medium, rng.random(nodes))
    served &= medium[entry] | lanes[entry]
    old = _old_nodes(plan, blocks, chosen, kept, has_medium)
    old = _join_new_town(ends, medium, has_medium, old)
    interface = medium & (old[ends[:, 0]] != old[ends[:, 1]])
    station = interface & _spread(ends, medium & old[ends].all(axis=1), interface, old, noise)
    # the new town first, then the old, then the stations between: nobody needs the edges left over
    feeding = _tree(ends, medium & ~(interface & ~station), ground.rank + noise + 100.0 * interface, nodes)
    gates, regulators, trunk = _trunk(plan, ground, kept, has_medium & ~old, segments, rng)
    capped = np.where(old[ends[:, 0]], 0, 1)
    return Mains(
        chosen=chosen,
        served=served,
        entry=entry,
        kept=kept,
        medium=medium,
        low=lanes,
        trunk=trunk,
        tree=feeding,
        old_node=old,
        interface=interface,
        station=station,
        capped_end=capped,
        gates=gates,
        regulators=regulators,
        district=district,
    )


def _largest(ends: NDArray[np.int64], mask: NDArray[np.bool_], nodes: int) -> NDArray[np.bool_]:
    label = _components(ends[mask], nodes)[ends[:, 0]]
    if not mask.any():
        return mask
    inside: NDArray[np.bool_] = label == np.bincount(label[mask]).argmax()
    return inside


def _tree(
    ends: NDArray[np.int64], mask: NDArray[np.bool_], weight: NDArray[np.float64], nodes: int
) -> NDArray[np.bool_]:
    edges = np.flatnonzero(mask)
    a, b = ends[edges].min(axis=1), ends[edges].max(axis=1)
    graph = coo_array((weight[edges] + 1.0, (a, b)), shape=(nodes, nodes))
    forest = minimum_spanning_tree(graph).tocoo()
    keys = np.minimum(forest.row, forest.col).astype(np.int64) * nodes + np.maximum(forest.row, forest.col)
    found = np.zeros(len(ends), dtype=bool)
    found[edges] = np.isin(a * nodes + b, keys)
    return found


def _district(
    ends: NDArray[np.int64], lanes: NDArray[np.bool_], has_medium: NDArray[np.bool_], draw: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Choose the nodes where a district regulator feeds the low streets: one for each network, and some more."""
    nodes = len(has_medium)
    label = _components(ends[lanes], nodes)
    on = np.zeros(nodes, dtype=bool)
    on[ends[lanes]] = True
    touch = np.flatnonzero(on & has_medium)
    fed = np.zeros(label.max() + 1, dtype=bool)
    fed[label[touch]] = True
    order = touch[np.lexsort((draw[touch], label[touch]))]
    _, head = np.unique(label[order], return_index=True)
    leader = np.zeros(len(order), dtype=bool)
    leader[head] = True
    return lanes & fed[label[ends[:, 0]]], np.sort(order[leader | (draw[order] > 0.88)])


def _old_nodes(
    plan: Plan, blocks: Blocks, chosen: NDArray[np.bool_], kept: NDArray[np.bool_], has_medium: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return the nodes of the medium B network: those that touch nothing but old quarters."""
    quarter_old = plan.kind == OLD
    new = np.zeros(len(plan.node_flat), dtype=bool)
    new[plan.edge_nodes[kept & _along(plan, blocks, chosen & ~quarter_old)]] = True
    old = np.zeros_like(new)
    old[plan.edge_nodes[kept & _along(plan, blocks, chosen & quarter_old)]] = True
    old &= ~new
    old[plan.edge_nodes[plan.bridge]] = False
    if not (has_medium & ~old).any():
        old[:] = False
    return old


def _join_new_town(
    ends: NDArray[np.int64], medium: NDArray[np.bool_], has_medium: NDArray[np.bool_], old: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Let the medium A network reach all its parts: streets through the old town that join them belong to it too."""
    nodes = len(old)
    label = _components(ends[medium & ~old[ends].any(axis=1)], nodes)
    new = np.flatnonzero(has_medium & ~old)
    if not new.size:
        return old
    main = np.bincount(label[new]).argmax()
    edges = ends[medium]
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(nodes, nodes)).tocsr()
    distance, before, _ = dijkstra(
        graph, directed=False, indices=new[label[new] == main], min_only=True, return_predecessors=True
    )
    order = new[np.lexsort((distance[new], label[new]))]
    _, head = np.unique(label[order], return_index=True)
    walk, joined = order[head], old.copy()
    while walk.size:
        joined[walk] = False
        walk = np.unique(before[walk][before[walk] >= 0])
        walk = walk[joined[walk] | (label[walk] != main)]
    return joined


def _spread(
    ends: NDArray[np.int64],
    inner: NDArray[np.bool_],
    interface: NDArray[np.bool_],
    old: NDArray[np.bool_],
    noise: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Choose interface edges with a regulator station: one for each medium B network at least, then every fifth."""
    label = _components(ends[inner], len(old))
    edges = np.flatnonzero(interface)
    side = label[np.where(old[ends[edges, 0]], ends[edges, 0], ends[edges, 1])]
    order = np.lexsort((noise[edges], side))
    _, head = np.unique(side[order], return_index=True)
    pick = noise[edges[order]] > 0.82
    pick[head] = True
    chosen = np.zeros(len(ends), dtype=bool)
    chosen[edges[order][pick]] = True
    return chosen


def _trunk(
    plan: Plan,
    ground: Frame,
    kept: NDArray[np.bool_],
    candidate: NDArray[np.bool_],
    segments: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Place city gates at the outskirts and regulator stations over the city; lead a trunk along arterials."""
    ends, nodes = plan.edge_nodes, len(plan.node_flat)
    no_trunk = np.zeros(len(ends), dtype=bool)
    broad = kept & (ground.rank == ARTERIAL)
    on = np.zeros(nodes, dtype=bool)
    on[ends[broad if broad.any() else kept]] = True
    pool = np.flatnonzero(on & candidate)
    pool = pool if pool.size else np.flatnonzero(candidate)
    place = ground.node
    far = pool[np.argmax(np.hypot(*(place[pool] - plan.warp.origin).T) * rng.uniform(0.85, 1.0, len(pool)))]
    if segments < 1500:
        return np.array([far]), np.array([], dtype=np.int64), no_trunk
    gates = _farthest(place, pool, far, 1 + min(5, segments // 60_000))
    count = max(2, round(segments / 6000)) + len(gates)
    # gates lie at the rim, regulator stations where the load is
    away = np.hypot(*(place[pool] - plan.warp.origin).T)
    inner = np.setdiff1d(pool[away <= np.quantile(away, 0.7)], gates)
    inner = inner if inner.size else np.setdiff1d(pool, gates)
    regulators = np.unique(_farthest(place, inner, inner[0], min(count, len(inner)))) if inner.size else inner
    edges = np.flatnonzero(kept)
    weight = ground.length[edges] * np.where(ground.rank[edges] == ARTERIAL, 1.0, 4.0)
    graph = coo_array((weight, (ends[edges, 0], ends[edges, 1])), shape=(nodes, nodes)).tocsr()
    _, before, _ = dijkstra(graph, directed=False, indices=gates, min_only=True, return_predecessors=True)
    used = np.zeros(nodes, dtype=bool)
    walk = regulators
    while walk.size:
        used[walk] = True
        walk = np.unique(before[walk][before[walk] >= 0])
        walk = walk[~used[walk]]
    keys = np.sort(ends, axis=1) @ np.array([nodes, 1])
    step = np.flatnonzero(used & (before >= 0))
    path = np.sort(np.c_[step, before[step]], axis=1) @ np.array([nodes, 1])
    trunk = kept & np.isin(keys, path)
    return gates[np.isin(gates, ends[trunk])], regulators, trunk


def _farthest(place: NDArray[np.float64], pool: NDArray[np.int64], first: int, count: int) -> NDArray[np.int64]:
    """Spread `count` nodes over the pool, each as far as can be from those before."""
    chosen = [int(first)]
    distance = np.hypot(*(place[pool] - place[first]).T)
    for _ in range(count - 1):
        chosen.append(int(pool[np.argmax(distance)]))
        distance = np.minimum(distance, np.hypot(*(place[pool] - place[chosen[-1]]).T))
    return np.array(chosen, dtype=np.int64)
