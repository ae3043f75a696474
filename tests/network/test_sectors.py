import math
import warnings

import numpy as np
import pytest

from gridrisk import network

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    wntr = pytest.importorskip("wntr", reason="WNTR (which itself needs six) is not installed", exc_type=ImportError)

RADIUS_M = 2e6  # junctions on a wide circle: no chord comes near a third one


def partition(labels):
    groups = {}
    for item, label in labels.items():
        groups.setdefault(label, set()).add(item)
    return {frozenset(group) for group in groups.values()}


@pytest.mark.parametrize(
    ("name", "placement", "number"),
    [("Net3", "strategic", 1), ("Net3", "strategic", 2), ("Net6", "random", 300), ("ky4", "random", 150)],
)
@pytest.mark.filterwarnings("ignore")
def test_sectors_agree_with_wntr(draw, network_of, name, placement, number):
    water = wntr.network.WaterNetworkModel(name)
    layer = wntr.network.generate_valve_layer(water, placement, number, seed=11)
    links = {link: (obj.start_node_name, obj.end_node_name) for link, obj in water.links()}
    if name != "Net3":  # its search is quadratic: take the part round the first links only
        links = dict(list(links.items())[:1200])
        layer = layer[layer["link"].isin(links)].reset_index(drop=True)
    nodes = sorted({node for ends in links.values() for node in ends})
    place = {
        node: (RADIUS_M * math.cos(a), RADIUS_M * math.sin(a))
        for node, a in zip(nodes, np.linspace(0, 6.28, len(nodes)), strict=True)
    }
    pipes = [draw.pipe(link, place[a], place[b]) for link, (a, b) in links.items()]
    valves = [draw.valve(f"v{i}", place[row.node], pipe_id=row.link) for i, row in enumerate(layer.itertuples())]
    net = network_of(pipes, valves, [draw.source("G", place[nodes[0]])])
    assert not [f for f in net.findings if f.layer == "valves"]
    ours = dict(zip(net.lines.pipe_id[net.pieces.pipe], net.sectors.of_piece, strict=True))
    graph = water.to_graph()
    graph.remove_edges_from([(a, b, k) for a, b, k in graph.edges if k not in links])
    graph.remove_nodes_from([n for n in water.node_name_list if n not in place])
    _, of_link, _ = wntr.metrics.valve_segments(graph, layer)
    assert partition(ours) == partition(of_link.to_dict())
    table = network.outage_table(net)
    assert partition(ours) == {frozenset(pipes) for pipes in table["pipe_ids"]}
