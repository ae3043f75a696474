"""`check --mend` joins what is clear, as a version that can be taken back."""

from __future__ import annotations

import pytest
import shapely

from .street import X, Y, pipe, street


def test_a_gap_is_closed_and_can_be_opened_again(workspace, call):
    pipes = street()["pipes"]
    pipes[2] = pipe("C", 200.5, 300)
    valves = [street()["valves"][0], {"valve_id": "s", "geometry": shapely.Point(X + 150, Y + 3)}]
    root = workspace(pipes=pipes, valves=valves)
    before = {f["check"]: f["id"] for f in call("check", root)[1]["findings"]}
    assert before["network_near_miss"] in {"B", "C"}
    assert before["network_part_unfed"] == "C"
    assert before["network_valve_near"] == "s"
    code, data = call("check", root, "--mend")
    assert code == 0
    assert [one["layer"] for one in data["mended"]] == ["pipes", "valves"]
    of_pipes, of_valves = (one["mends"] for one in data["mended"])
    assert {(m["id"], m["onto"]) for m in of_pipes} <= {("B", "C"), ("C", "B")}
    assert [m["moved_m"] for m in of_pipes] == [pytest.approx(0.5)]
    (valve,) = of_valves
    assert (valve["id"], valve["x"], valve["y"], valve["new_y"]) == ("s", X + 150, Y + 3, Y)
    assert not {"network_near_miss", "network_part_unfed", "network_valve_near"} & {
        f["check"] for f in data["findings"]
    }
    assert call("isolate", root, "--pipe", "C")[1]["close_valves"] == ["s"]
    assert [v["action"] for v in call("history", root)[1]["versions"][:2]] == ["mend", "mend"]
    assert call("check", root, "--mend")[1]["mended"] == []
    first = next(v for v in call("history", root, "pipes")[1]["versions"] if v["action"] != "mend")
    assert call("restore", root, first["version"])[0] == 0
    assert "network_near_miss" in {f["check"] for f in call("check", root)[1]["findings"]}
    assert "1 mended as version" in call("check", root, "--mend", as_json=False)[1]
