"""Time the outages of whole networks, beside one search a sector, networkx and WNTR.

    python scripts/bench_network.py --pipes 1000 10000 --shape city ring tree
    python scripts/bench_network.py --full   # 10k, 100k, 1M of every shape, WNTR and networkx at 10k, a city of 5M

Prints seconds of processor time: `build` from layers to a network; `all` from the cut pieces to all outages (sectors,
dominators, customers lost); `table` with ids and geometry; `isolate` on the network stored and mapped from a file, and
`at` a place; `MB` of the stored arrays; `GB`, the most memory the run had needed by then, the layers as delivered among
it. Peers as multiples of what they stand beside: the search of one sector after the other (timed on some, scaled) and
networkx beside `all`, WNTR's sectors beside ours. Below each shape the growth of `all` from one size to the next. The
stored network is a temporary file.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
import wntr

from gridrisk import network, params
from gridrisk.layers import schema
from gridrisk.network import sectors as forming
from gridrisk.network.build import _tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.network.dominators import DominatorTree

CRS = "EPSG:4547"
SPACING_M = 60.0
SAMPLE = 50
_LARGEST = 5_000_000


def city(pipes: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the ends of streets on a grid of which a fifth are missing, shape (pipes, 2, 2)."""
    side = max(2, int(np.sqrt(pipes / 1.6)))
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    start = np.column_stack([x.ravel(), y.ravel()]).astype(float)
    ends = np.concatenate([np.stack([start, start + step], axis=1) for step in ([1.0, 0.0], [0.0, 1.0])])
    return ends[rng.random(len(ends)) < 0.8] * SPACING_M


def ring(pipes: int, _: np.random.Generator) -> NDArray[np.float64]:
    """Return the sides of a regular polygon."""
    angle = 2 * np.pi * np.arange(pipes) / pipes
    corner = np.column_stack([np.cos(angle), np.sin(angle)]) * SPACING_M * pipes / (2 * np.pi)
    return np.stack([corner, np.roll(corner, -1, axis=0)], axis=1)


def tree(pipes: int, _: np.random.Generator) -> NDArray[np.float64]:
    """Return one long main with a branch at every joint."""
    along = np.arange(pipes // 2)
    main = np.column_stack([along, 0 * along]).astype(float)
    return np.concatenate([np.stack([main, main + step], axis=1) for step in ([1.0, 0.0], [0.0, 0.5])]) * SPACING_M


SHAPES = {"city": city, "ring": ring, "tree": tree}


def layers(
    ends: NDArray[np.float64], rng: np.random.Generator
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the layers: a valve near one end of two pipes in three, a customer a pipe, a source for 50,000 pipes."""
    count = len(ends)
    ids = np.char.add("P", np.arange(count).astype(str))
    pipes = {"pipe_id": ids, "pressure_class": "medium_a"}
    at = np.flatnonzero(rng.random(count) < 2 / 3)
    spot = ends[at, 0] * 0.95 + ends[at, 1] * 0.05
    valves = {"valve_id": np.char.add("V", at.astype(str)), "pipe_id": ids[at], "operable": True, "normally_open": True}
    middle = ends.mean(axis=1)
    customers = {
        "customer_id": np.char.add("C", np.arange(count).astype(str)),
        "pipe_id": ids,
        "kind": "resident",
        "fuel": "pipe",
        "households": 10,
    }
    feeds = np.arange(0, count, 50_000)
    stations = {"station_id": np.char.add("G", feeds.astype(str)), "kind": "city_gate", "is_source": True}

    def drawn(name: str, fields: dict[str, object], places: object) -> gpd.GeoDataFrame:
        return schema.complete(gpd.GeoDataFrame(fields, geometry=places, crs=CRS), name)

    return (
        drawn("pipes", pipes, shapely.linestrings(ends)),
        drawn("valves", valves, shapely.points(spot)),
        drawn("stations", stations, shapely.points(ends[feeds, 0])),
        drawn("customers", customers, shapely.points(middle)),
    )


def by_search(net: network.Network, rng: np.random.Generator) -> float:
    """Return the seconds that one compiled search for each sector would take, from a sample."""
    none = np.zeros(0, np.int64)
    sample = rng.choice(net.sectors.count, min(SAMPLE, net.sectors.count), replace=False)
    begin = time.process_time()
    for sector in sample:
        net.flow.reached(np.array([sector]), none)
    return (time.process_time() - begin) / len(sample) * net.sectors.count


def by_networkx(net: network.Network) -> float:
    """Return the seconds networkx takes for the dominator tree alone."""
    graph = nx.DiGraph(zip(net.flow.tail.tolist(), net.flow.head.tolist(), strict=True))
    begin = time.process_time()
    nx.immediate_dominators(graph, net.flow.root)
    return time.process_time() - begin


def all_outages(net: network.Network) -> tuple[DominatorTree, NDArray[np.float64]]:
    """Return the dominator tree and the customers lost with every sector, from the pieces and valves."""
    sectors = forming.form(net.pieces, net.cuts)
    graph = forming.flow(sectors, net.cuts, net.pieces, net.stations)
    tree = _tree(graph)
    hung = np.bincount(sectors.of_piece[net.customers.piece], minlength=graph.n) if net.customers else np.zeros(graph.n)
    return tree, tree.total(hung.astype(float))


def by_wntr(net: network.Network) -> float:
    """Return the seconds WNTR takes to find the sectors alone."""
    graph = nx.MultiGraph()
    node = net.pieces.node
    for i, (a, b) in enumerate(node.tolist()):
        graph.add_edge(str(a), str(b), key=f"L{i}")
    piece, side = np.nonzero(net.cuts.group >= 0)
    layer = pd.DataFrame({"link": [f"L{i}" for i in piece], "node": node[piece, side].astype(str)})
    begin = time.process_time()
    wntr.metrics.topographic.valve_segments(graph, layer)
    return time.process_time() - begin


def stored(net: network.Network) -> tuple[float, float, float]:
    """Return seconds to load the stored network and isolate one pipe, seconds for a place, and its megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.bin"
        network.save(net, path)
        pipe = str(net.lines.pipe_id[len(net.lines.pipe_id) // 2])
        at = net.lines.geometry[len(net.lines.pipe_id) // 3].centroid
        times = []
        for question in ({"pipe_id": pipe}, {"point": (at.x, at.y)}):
            begin = time.process_time()
            kept = network.load(path, net.crs)
            if kept is None:
                raise SystemExit("the stored network cannot be read")
            network.isolate(kept, **question)
            times.append(time.process_time() - begin)
        return times[0], times[1], path.stat().st_size / 1e6


def main() -> None:
    """Print one line a network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pipes", type=int, nargs="+", default=[1000, 4000])
    parser.add_argument("--shape", choices=sorted(SHAPES), nargs="+", default=sorted(SHAPES))
    parser.add_argument("--networkx-up-to", type=int, default=5000, metavar="PIPES")
    parser.add_argument("--wntr-up-to", type=int, default=1500, metavar="PIPES")
    parser.add_argument("--no-table", action="store_true")
    parser.add_argument("--full", action="store_true", help="all that is reported, in one run")
    options = parser.parse_args()
    if options.full:
        options.pipes, options.networkx_up_to, options.wntr_up_to = [10_000, 100_000, 1_000_000], 10_000, 10_000
    parameters = params.load("network/network")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; CPU seconds")
    print(
        f"{'shape':6}{'pipes':>9}{'sectors':>9}{'build':>8}{'all':>8}{'table':>8}{'isolate':>9}{'at':>8}{'MB':>6}{'GB':>6}"
        f"{'searches':>10}{'nx':>8}{'wntr':>9}"
    )
    for shape in options.shape:
        known: dict[int, float] = {}
        for pipes in [*options.pipes, *([_LARGEST] * (options.full and shape == "city"))]:
            rng = np.random.default_rng(0)
            frames = layers(SHAPES[shape](pipes, rng), rng)
            times = [time.process_time()]
            net = network.build(*frames, params=parameters)
            times.append(time.process_time())
            all_outages(net)
            times.append(time.process_time())
            if not options.no_table and pipes < _LARGEST:
                network.outage_table(net)
            times.append(time.process_time())
            steps = np.diff(times)
            forming_s = time.process_time()
            forming.form(net.pieces, net.cuts)
            forming_s = time.process_time() - forming_s
            peers = [f"{by_search(net, rng) / steps[1]:9.0f}x"]
            peers.append(f"{by_networkx(net) / steps[1]:7.0f}x" if pipes <= options.networkx_up_to else f"{'-':>8}")
            peers.append(f"{by_wntr(net) / forming_s:8.0f}x" if pipes <= options.wntr_up_to else f"{'-':>9}")
            known[len(frames[0])] = float(steps[1])
            isolate_s, at_s, megabytes = stored(net)
            gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            table_s = f"{'-':>8}" if options.no_table or pipes >= _LARGEST else f"{steps[2]:8.2f}"
            print(
                f"{shape:6}{len(frames[0]):9}{net.sectors.count:9}{steps[0]:8.2f}{steps[1]:8.2f}{table_s}"
                f"{isolate_s:9.3f}{at_s:8.3f}{megabytes:6.0f}{gigabytes:6.1f}" + "".join(peers),
                flush=True,
            )
            del frames, net
        sizes = list(known)
        for few, many in pairwise(sizes):
            print(
                f"  {many / few:.1f} times the pipes, {known[many] / max(known[few], 1e-9):.1f} times `all`", flush=True
            )


if __name__ == "__main__":
    main()
