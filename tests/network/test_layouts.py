"""Isolation on water networks with real layouts, against a plain search."""

import numpy as np
import pytest

from gridrisk import network

from . import layouts
from .test_isolation import compare

pytest.importorskip("wntr", reason="WNTR (which itself needs six) is not installed", exc_type=ImportError)


@pytest.mark.parametrize("name", ["Net3", "Net6", "ky4", "ky10"])
@pytest.mark.parametrize(("placement", "number"), [("strategic", 1), ("strategic", 2), ("random", 60)])
def test_isolation_agrees_with_removing_what_is_closed(draw, network_of, name, placement, number):
    rng = np.random.default_rng(3)
    scene = layouts.scene_of(draw, name, placement, number, rng)
    net = network_of(scene.pipes, scene.valves, scene.stations, scene.customers)
    asked = rng.choice(sorted(scene.pieces), 6, replace=False)
    stuck = [v["valve_id"] for v in scene.valves if rng.random() < 0.1]
    for pipe in asked.tolist():
        compare(scene, network.isolate(net, pipe_id=pipe), scene.pieces[pipe], [], pipe)
        compare(scene, network.isolate(net, pipe_id=pipe, inoperable=stuck), scene.pieces[pipe], stuck, pipe)
