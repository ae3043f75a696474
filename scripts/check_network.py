"""Compare isolation, outages and restoration with a plain search on many random networks.

    python scripts/check_network.py --networks 30000 --seed 1

Every network is a random multigraph of 2 to 8 junctions drawn as survey lines: several sources, closed, stuck and
doubled valves, valves on junctions, regulators as one-way devices, loops from a junction to itself. For every pipe
the answer to its isolation (with and without valves found stuck) and its sector's row of the table of outages are held
against removing what is closed and searching from the sources. Stops at the first difference.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import igraph
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridrisk import network, params
from tests.network.conftest import Draw
from tests.network.oracle import Oracle, Scene, random_scene
from tests.network.test_isolation import compare
from tests.network.test_outages import compare_table

#: Networks drawn beside one another into one scene.
TOGETHER = 6


def build(scene: Scene) -> network.Network:
    """Return the network of a scene."""
    names = ("pipes", "valves", "stations", "customers")
    layers = {name: Draw.layer(name, getattr(scene, name)) for name in names}
    return network.build(**layers, params=params.load("network/network"))


def dominators(net: network.Network) -> None:
    """Hold the dominator tree against igraph's."""
    arcs = list(zip(net.flow.tail.tolist(), net.flow.head.tolist(), strict=True))
    theirs = igraph.Graph(net.flow.n, arcs, directed=True).dominator(net.flow.root)
    reached = net.fed.copy()
    reached[net.flow.root] = False
    mine = net.tree.parent[reached]
    if mine.tolist() != np.array(theirs)[reached].tolist():
        raise SystemExit("the dominator tree differs from igraph's")


def check(seed: int, count: Counter[str]) -> None:
    """Check one scene."""
    rng = np.random.default_rng(seed)
    scene = random_scene(Draw, rng, TOGETHER, regulators=bool(rng.random() < 0.7))
    net = build(scene)
    count["networks"] += TOGETHER
    if not net.has_source:
        return  # of such nothing is said beyond the isolated part
    stuck = [v["valve_id"] for v in scene.valves if rng.random() < 0.1]
    for pipe, pieces in scene.pieces.items():
        compare(scene, network.isolate(net, pipe_id=pipe), pieces, [], f"seed {seed}, pipe {pipe}")
        answer = network.isolate(net, pipe_id=pipe, inoperable=stuck)
        compare(scene, answer, pieces, stuck, f"seed {seed}, pipe {pipe}, stuck {stuck}")
    compare_table(scene, network.outage_table(net), Oracle(scene))
    dominators(net)
    count["isolations"] += 2 * len(scene.pieces)
    count["sources"] += len(scene.sources)
    count["closed valves"] += len(scene.closed)
    count["stuck valves"] += len(scene.inoperable)
    count["regulators"] += sum(edge.one_way for edge in scene.edges)


def main() -> None:
    """Check as many networks as asked for and count what was in them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1, help="of the first scene")
    options = parser.parse_args()
    count: Counter[str] = Counter()
    begin = time.process_time()
    for k in range(-(-options.networks // TOGETHER)):
        check(options.seed * 1_000_000 + k, count)
    print(", ".join(f"{number:,} {name}" for name, number in count.items()))
    print(f"all as found by search; {time.process_time() - begin:.0f} CPU seconds")


if __name__ == "__main__":
    main()
