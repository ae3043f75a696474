"""Other people's water networks drawn as a gas survey, and the same network as a graph of elements.

Pipes are surveyed lines whose ends do not quite meet; valves stand at ends, beside their pipe or within reach of it,
some without a pipe number, some twice, closed or stuck; sources are stations beside the pipe end they feed.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .oracle import Edge, Scene

if TYPE_CHECKING:
    import pandas as pd

#: Metres: typical length of a pipe; how far apart ends that meet may be; a valve's distance from its pipe.
TYPICAL_M = 120.0
JITTER_M = 0.02
OFF_M = (0.0, 0.4, 3.0)
#: A customer hangs this far from a valve at least: beside a bend the foot of a valve that stands off is not where it was.
BESIDE_M = 1.0


def read(name: str) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[float, float]], list[str], Any]:
    """Return the links with their nodes, the coordinates of nodes in metres, the sources, and WNTR's network with the node that stands for
    all at its place."""
    import wntr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        water = wntr.network.WaterNetworkModel(name)
    links = {str(link): (obj.start_node_name, obj.end_node_name) for link, obj in water.links()}
    xy = {node: np.array(obj.coordinates, float) for node, obj in water.nodes()}
    length = [np.hypot(*(xy[a] - xy[b])) for a, b in links.values()]
    scale = TYPICAL_M / np.median([x for x in length if x > 0])
    low = np.min(list(xy.values()), axis=0)
    place = {node: tuple((at - low) * scale + [500_000.0, 3_400_000.0]) for node, at in xy.items()}
    same: dict[Any, str] = {}
    one = {node: same.setdefault(tuple(np.round(at)), node) for node, at in place.items()}
    links = {link: (one[a], one[b]) for link, (a, b) in links.items()}
    sources = sorted({one[node] for node in [*water.reservoir_name_list, *water.tank_name_list]})
    return links, place, sources, (water, one)


def valve_layer(water: Any, placement: str, number: int) -> pd.DataFrame:
    """Return WNTR's table of link and node of every valve: all but one, or two, of a node's links, or some at random."""
    import wntr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return wntr.network.generate_valve_layer(water, placement, number, seed=11)


def scene_of(draw: Any, name: str, placement: str, number: int, rng: np.random.Generator) -> Scene:
    """Return the scene; links whose ends share a place are left out."""
    links, place, sources, (water, one) = read(name)
    valves: dict[str, list[str]] = {}
    for row in valve_layer(water, placement, number).itertuples():
        valves.setdefault(str(row.link), []).append(one[row.node])
    scene = Scene()
    ends = {link: ends for link, ends in links.items() if ends[0] != ends[1]}
    for link, line in _lines(ends, place, rng).items():
        _add(draw, scene, link, ends[link], line, valves.get(link, []), rng)
    _name_the_doubtful(scene)
    used = {edge.a[1] for edge in scene.edges if edge.a[0] == "J"}
    for node in sources:
        if node in used:
            angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0, 3.0)
            at = np.add(place[node], away * np.array([np.cos(angle), np.sin(angle)]))
            scene.stations.append(draw.source(f"G{node}", (float(at[0]), float(at[1]))))
            scene.sources.add(("J", node))
    return scene


def _lines(links: dict[str, tuple[str, str]], place: Any, rng: Any) -> dict[str, Any]:
    """Return a bent line for every link that passes no node but its own."""
    used = {node: shapely.Point(place[node]) for ends in links.values() for node in ends}
    names, tree = list(used), shapely.STRtree(list(used.values()))
    lines = {}
    for link, nodes in links.items():
        start, end = (np.add(place[node], rng.uniform(-JITTER_M, JITTER_M, 2)) for node in nodes)
        along = end - start
        across = np.array([-along[1], along[0]])
        for width in np.linspace(0.05, 0.5, 40):
            bend = start + along * rng.uniform(0.4, 0.6) + across * rng.uniform(-width, width)
            lines[link] = np.vstack([start, bend, end])
            passed = tree.query(shapely.LineString(lines[link]), predicate="dwithin", distance=0.5)
            if {names[i] for i in passed} <= set(nodes):
                break
    return lines


def _add(draw: Any, scene: Scene, link: str, nodes: Any, line: Any, valve_nodes: list[str], rng: Any) -> None:
    along = line[-1] - line[0]
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])

    def at(position: float, off: float = 0.0) -> tuple[float, float]:
        x, y = (float(np.interp(position, steps, line[:, k])) for k in (0, 1))
        return x + across[0] * off, y + across[1] * off

    length = float(steps[-1])
    scene.pipes.append(draw.pipe(link, *map(tuple, line)))
    ends: list[tuple[str, ...]] = [(), ()]
    middles: list[tuple[float, tuple[str, ...]]] = []
    for side, node in enumerate(nodes):
        if node not in valve_nodes:
            continue
        fraction = (0.0, 0.2, 0.3)[int(rng.integers(3))] if length > 20 else 0.0
        position = length * (1 - fraction if side else fraction)
        named = fraction == 0 or rng.random() < 0.5
        off = 0.0 if fraction == 0 else OFF_M[int(rng.integers(3 if named else 2))]
        placed = _valves(draw, scene, at(position, off), link if named else None, rng)
        if fraction:
            middles.append((position, placed))
        else:
            ends[side] = placed
    middles.sort()
    pieces = [("P", link, k) for k in range(len(middles) + 1)]
    scene.pieces[link] = pieces
    scene.edges += [Edge(("J", nodes[0]), pieces[0], ends[0]), Edge(("J", nodes[1]), pieces[-1], ends[1])]
    scene.edges += [Edge(pieces[k], pieces[k + 1], placed) for k, (_, placed) in enumerate(middles)]
    if rng.random() < 0.5:
        position = rng.uniform(0.05, 0.95) * length
        while any(abs(position - m) < BESIDE_M for m, _ in middles):
            position = rng.uniform(0.05, 0.95) * length
        row = draw.customer(f"C{link}", at(position), pipe_id=link, households=int(rng.integers(1, 9)))
        scene.customers.append(row)
        scene.hangs[row["customer_id"]] = pieces[int(np.searchsorted([m for m, _ in middles], position))]


def _name_the_doubtful(scene: Scene) -> None:
    """Give the pipe number to valves that stand nearer to another pipe than to their own."""
    ids = [pipe["pipe_id"] for pipe in scene.pipes]
    tree = shapely.STRtree([pipe["geometry"] for pipe in scene.pipes])
    own = {valve: end[1] for e in scene.edges for valve in e.valves for end in (e.a, e.b) if end[0] == "P"}
    for row in scene.valves:
        if "pipe_id" not in row and ids[int(tree.nearest(row["geometry"]))] != own[row["valve_id"]]:
            row["pipe_id"] = own[row["valve_id"]]


def _valves(draw: Any, scene: Scene, xy: tuple[float, float], pipe: str | None, rng: Any) -> tuple[str, ...]:
    closed = rng.random() < 0.05
    made = []
    for _ in range(1 + int(rng.random() < 0.05)):
        valve, works = f"V{len(scene.valves)}", rng.random() > 0.05
        named = {} if pipe is None else {"pipe_id": pipe}
        scene.valves.append(draw.valve(valve, xy, normally_open=not closed, operable=bool(works), **named))
        if closed:
            scene.closed.add(valve)
        if not works:
            scene.inoperable.add(valve)
        made.append(valve)
    return tuple(made)
