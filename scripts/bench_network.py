"""Time the outages of whole networks, beside one search a sector and networkx.

    python scripts/bench_network.py --pipes 1000 10000 --shape city ring tree

Prints seconds of processor time a step; the search is timed on some sectors and scaled to all. Nothing is written.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from gridrisk import network, params
from gridrisk.layers import schema
from gridrisk.network.build import _tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

CRS = "EPSG:4547"
SPACING_M = 60.0
SAMPLE = 50


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


def layers(ends: NDArray[np.float64], rng: np.random.Generator) -> list[gpd.GeoDataFrame]:
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
    drawn = (
        ("pipes", pipes, shapely.linestrings(ends)),
        ("valves", valves, shapely.points(spot)),
        ("stations", stations, shapely.points(ends[feeds, 0])),
        ("customers", customers, shapely.points(middle)),
    )
    return [schema.complete(gpd.GeoDataFrame(f, geometry=g, crs=CRS), name) for name, f, g in drawn]


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


def main() -> None:
    """Print one line a network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pipes", type=int, nargs="+", default=[1000, 4000])
    parser.add_argument("--shape", choices=sorted(SHAPES), nargs="+", default=sorted(SHAPES))
    parser.add_argument("--networkx-up-to", type=int, default=5000, metavar="PIPES")
    options = parser.parse_args()
    parameters = params.load("network/network")
    print(
        f"{'shape':6}{'pipes':>9}{'sectors':>9}{'build':>8}{'tree':>8}{'table':>8}{'isolate':>9}{'searches':>10}{'nx':>8}"
    )
    for shape in options.shape:
        for pipes in options.pipes:
            rng = np.random.default_rng(0)
            frames = layers(SHAPES[shape](pipes, rng), rng)
            times = [time.process_time()]
            net = network.build(*frames, parameters)
            times.append(time.process_time())
            _tree(net.flow)
            times.append(time.process_time())
            network.outage_table(net)
            times.append(time.process_time())
            network.isolate(net, pipe_id=str(net.lines.pipe_id[len(net.lines.pipe_id) // 2]))
            times.append(time.process_time())
            steps = np.diff(times)
            peer = f"{by_networkx(net):8.2f}" if pipes <= options.networkx_up_to else "       -"
            print(
                f"{shape:6}{len(frames[0]):9}{net.sectors.count:9}"
                + "".join(f"{s:8.2f}" for s in steps[:3])
                + f"{steps[3]:9.3f}{by_search(net, rng):10.1f}{peer}",
                flush=True,
            )


if __name__ == "__main__":
    main()
