import numpy as np
import pytest

from gridrisk import network

CROSS = (("N", (0, 90)), ("E", (90, 0)), ("S", (0, -90)), ("W", (-90, 0)))


def of_check(net, check):
    return [f.id for f in net.findings if f.check == check]


def two_pipes(draw):
    return [draw.pipe("a", (0, 0), (100, 0)), draw.pipe("b", (100, 0), (200, 0))]


@pytest.mark.parametrize(
    ("valve", "check"),
    [
        ({"xy": (50, 2.5)}, "network_valve_off"),
        ({"xy": (50, 30), "pipe_id": "a"}, "network_valve_off"),
        ({"xy": (50, 0), "pipe_id": "z"}, "network_valve_pipe"),
        ({"xy": (50, 0), "operable": False}, "network_valve_inoperable"),
        ({"xy": (50, 0), "kind": " Check valve"}, "network_valve_no_shutoff"),
        ({"xy": (50, 0), "kind": "放散阀", "normally_open": False}, "network_valve_no_shutoff"),
    ],
)
def test_valve_that_cannot_be_used_is_reported_and_separates_nothing(draw, network_of, valve, check):
    net = network_of(two_pipes(draw), [draw.valve("v", **valve)], [draw.source("G", (0, 0))])
    assert of_check(net, check) == ["v"]
    assert len(network.outage_table(net)) == 1


def test_a_ball_valve_with_blow_off_is_a_valve(draw, network_of):
    net = network_of(two_pipes(draw), [draw.valve("v", (50, 0), kind="双放散阀")], [draw.source("G", (0, 0))])
    assert len(network.outage_table(net)) == 2


def test_a_valve_at_its_pipe_s_own_branch_is_asked_about(draw, network_of):
    pipes = [draw.pipe("main", (0, 0), (100, 0)), draw.pipe("service", (50, 0), (50, 20))]
    net = network_of(pipes, [draw.valve("v", (50, 0.05), pipe_id="main")], [draw.source("G", (0, 0))])
    assert of_check(net, "network_valve_at_branch") == ["v"]
    beside = network_of(pipes, [draw.valve("v", (51, 0), pipe_id="main")], [draw.source("G", (0, 0))])
    assert of_check(beside, "network_valve_at_branch") == []


def test_valve_without_a_place_is_reported(draw, network_of):
    row = draw.valve("v", (0, 0))
    row["geometry"] = None
    net = network_of(two_pipes(draw), [row], [draw.source("G", (0, 0))])
    assert of_check(net, "network_valve_off") == ["v"]


def test_named_pipe_counts_though_another_is_nearer(draw, network_of):
    pipes = [draw.pipe("a", (0, 0), (100, 0)), draw.pipe("b", (0, 3), (100, 3))]
    stations = [draw.source("G", (0, 0)), draw.source("H", (0, 3))]
    net = network_of(pipes, [draw.valve("v", (50, 0.5), pipe_id="b")], stations)
    assert sorted(network.outage_table(net)["pipe_ids"].str[0]) == ["a", "b", "b"]


def test_valve_on_a_junction_cuts_every_pipe_there_unless_its_pipe_is_named(draw, network_of):
    pipes = [draw.pipe(n, (0, 0), xy) for n, xy in CROSS]
    source = [draw.source("G", (0, 90))]
    whole = network_of(pipes, [draw.valve("v", (0.05, 0))], source)
    assert len(network.outage_table(whole)) == 4
    assert of_check(whole, "network_valve_at_junction") == ["v"]
    answer = network.isolate(whole, pipe_id="E")
    assert answer.close_valves == ("v",)
    assert answer.unintended_pipes == ("S", "W")  # closing the valve cuts them off as well
    named = network_of(pipes, [draw.valve("v", (0.05, 0), pipe_id="E")], source)
    assert sorted(network.outage_table(named)["pipe_ids"].map(len)) == [1, 3]
    assert network.isolate(named, pipe_id="E").unintended_pipes == ()


def test_two_valves_at_one_spot_are_one_boundary(draw, network_of):
    valves = [draw.valve("v", (50, 0)), draw.valve("w", (50.05, 0))]
    net = network_of(two_pipes(draw), valves, [draw.source("G", (0, 0))])
    assert len(network.outage_table(net)) == 2
    answer = network.isolate(net, pipe_id="b")
    assert answer.close_valves == ("v", "w")
    # one of the two is closed: the line is shut there
    valves[0]["normally_open"] = False
    net = network_of(two_pipes(draw), valves, [draw.source("G", (0, 0))])
    assert of_check(net, "network_unfed") == ["a", "b"]


def test_stuck_closed_valve_still_holds_and_is_doubted(draw, network_of):
    valves = [draw.valve("v", (100, 0), normally_open=False, operable=False)]
    net = network_of(two_pipes(draw), valves, [draw.source("G", (0, 0)), draw.source("H", (200, 0))])
    answer = network.isolate(net, pipe_id="b")
    assert answer.pipes == ("b",)
    assert answer.closed_valves == answer.unverified_valves == ("v",)


def test_inoperable_given_at_the_start_or_later_is_the_same(draw, network_of):
    pipes = [draw.pipe(f"p{k}", (100 * k, 0), (100 * k + 100, 0)) for k in range(5)]
    valves = [draw.valve(f"v{k}", (100 * k, 0), operable=True) for k in range(1, 5)]
    args = pipes, valves, [draw.source("G", (0, 0))]
    later = network.isolate(network_of(*args), pipe_id="p2", inoperable=["v2", "v3"])
    start = network.isolate(network_of(*args, inoperable=["v2", "v3"]), pipe_id="p2")
    assert later.pipes == start.pipes == ("p1", "p2", "p3")
    assert later.close_valves == start.close_valves == ("v1",)
    assert later.optional_valves == start.optional_valves == ("v4",)


def test_a_valve_more_never_enlarges_a_sector(draw, network_of):
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 2000, (12, 2))
    pipes = []
    for k in range(22):
        a, b = rng.choice(12, 2, replace=False)
        pipes.append(
            draw.pipe(f"p{k}", tuple(xy[a]), tuple((xy[a] + xy[b]) / 2 + rng.normal(size=2) * 40), tuple(xy[b]))
        )
    valves = []
    before = None
    for k in range(18):
        line = pipes[int(rng.integers(22))]["geometry"]
        spot = line.interpolate(float(rng.choice([0.0, 0.3, 0.5, 1.0])), normalized=True)
        named = {"pipe_id": f"p{int(rng.integers(22))}"} if rng.random() < 0.3 else {}
        valves.append(draw.valve(f"v{k}", (spot.x, spot.y), **named))
        net = network_of(pipes, valves, [draw.source("G", tuple(xy[0]))])
        places = {p["pipe_id"]: p["geometry"].interpolate(0.77, normalized=True) for p in pipes}
        now = {p: set(network.isolate(net, point=(at.x, at.y)).pipes) for p, at in places.items()}
        assert before is None or all(now[p] <= before[p] for p in now)
        before = now
