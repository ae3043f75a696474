"""Surveys that lack what a network needs: a finding or an empty answer by the command, never a silent whole-city outage."""

from __future__ import annotations

import json

import pytest
import shapely

from tests.network.conftest import Draw
from tests.network.oracle import Scene

from .test_isolate_networks import X, Y, delivered

LINE = [Draw.pipe("P1", (0, 0), (100, 0)), Draw.pipe("P2", (100, 0), (200, 0))]
PEOPLE = [Draw.customer("c1", (50, 3)), Draw.customer("c2", (150, 3))]
GATE = [Draw.source("G", (0, 0))]
VALVE = [Draw.valve("v1", (100, 0))]
SHUT = [Draw.valve("v0", (1, 0), normally_open=False), Draw.valve("v1", (100, 0), normally_open=False)]
TWO = [Draw.valve("v1", (100, 0)), Draw.valve("v2", (100, 0.02))]
LOOPS = [*LINE, Draw.pipe("L", (200, 0), (250, 30), (250, -30), (200, 0)), Draw.pipe("Z", (200, 0), (200, 0.05))]
SERVICES = [
    *LINE,
    Draw.pipe("S1", (150, 0), (150, 20), setting="service", status="in_service"),
    Draw.pipe("S2", (152, 0), (152, 20), setting="service", status="abandoned"),
]
SERVED = [Draw.customer(c, (151, 21), pipe_id=p) for c, p in (("a", "S1"), ("b", "S2"), ("g", "gone"))]

CASES = {
    # pipes, valves, stations, customers, pipe asked for; what must be closed and is lost, and the finding
    "no source": (LINE, VALVE, [], PEOPLE, "P2", (["v1"], [], ["c2"]), "network_no_source"),
    "no valves": (LINE, [], GATE, PEOPLE, "P2", ([], ["G"], ["c1", "c2"]), "network_no_valves"),
    "all closed": (LINE, SHUT, GATE, PEOPLE, "P2", ([], [], []), "network_unfed"),
    "valve on no pipe": (LINE, [Draw.valve("v", (100, 40))], GATE, PEOPLE, "P2", ([], ["G"], ["c1", "c2"]), "network_valve_off"),
    "two at one spot": (LINE, TWO, GATE, PEOPLE, "P2", (["v1", "v2"], [], ["c2"]), None),
    "one pipe": (LINE[:1], [], GATE, PEOPLE[:1], "P1", ([], ["G"], ["c1"]), "network_no_valves"),
    "self-loops": (LOOPS, VALVE, GATE, PEOPLE, "L", (["v1"], [], ["c2"]), "network_loop"),
    "lost services": (SERVICES, VALVE, GATE, SERVED, "S1", (["v1"], [], ["a", "b", "g"]), "network_customer_pipe"),
}  # fmt: skip


#: Of these the other commands on the network are tried as well.
FURTHER = ("no source", "all closed", "one pipe")


@pytest.mark.parametrize("case", CASES)
def test_a_survey_that_lacks_something_is_answered_and_told(tmp_path, call, case):
    pipes, valves, stations, customers, asked, expected, finding = CASES[case]
    rows = [
        [row | {"geometry": shapely.affinity.translate(row["geometry"], X, Y)} for row in layer]
        for layer in (pipes, valves, stations, customers)
    ]
    root = delivered(tmp_path, Scene(*rows), call)
    code, answer = call("isolate", root, "--pipe", asked)
    assert code == 0
    assert tuple(sorted(answer[name]) for name in ("close_valves", "close_stations", "customers")) == expected
    if not expected[0] and expected[2]:
        assert any("no valve isolates this part" in note for note in answer["notes"])  # never in silence
    found = {f["check"] for f in call("check", root)[1]["findings"]}
    assert finding is None or finding in found
    code, table = call("outages", root)
    assert code == 0
    assert all(row["customers_lost"] is None for row in table["sectors"]) == (not stations)
    further = (("valves",), ("valves", "--new", "2"), ("pressure",), ("isolate", "--pipe", "absent"))
    for command in further if case in FURTHER else ():
        code, data = call(command[0], root, *command[1:])
        assert code in {0, 1}
        assert "unforeseen" not in json.dumps(data)
