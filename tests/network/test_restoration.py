import numpy as np
import pytest
import shapely

from gridrisk import network
from gridrisk.errors import DataError

from .oracle import Builder, Oracle, random_scene


def ring_with_neighbour(draw):
    """G--A--v1--B--v2--C--n(closed)--N--H: behind C a closed valve to a neighbour with a source of its own."""
    pipes = [draw.pipe(name, (100 * k, 0), (100 * k + 100, 0)) for k, name in enumerate("ABCN")]
    valves = [draw.valve("v1", (100, 0)), draw.valve("v2", (200, 0)), draw.valve("n", (300, 0), normally_open=False)]
    customers = [draw.customer(f"c{name}", (100 * k + 50, 5)) for k, name in enumerate("ABCN")]
    return pipes, valves, [draw.source("G", (0, 0)), draw.source("H", (400, 0))], customers


def test_closed_valve_to_a_neighbour_gives_gas_back_once_the_inside_is_shut_off(draw, network_of):
    answer = network.isolate(network_of(*ring_with_neighbour(draw)), pipe_id="B")
    assert (answer.close_valves, answer.optional_valves, answer.unintended_customers) == (("v1",), ("v2",), ("cC",))
    (way,) = answer.restoration
    assert (way.valve_ids, way.close_first, way.customers, way.pipes) == (("n",), ("v2",), ("cC",), ("C",))
    assert way.unverified == ("n", "v2")
    assert answer.to_dict()["restoration"][0]["valve_id"] == "n"


def test_stuck_or_useless_closed_valves_are_not_offered(draw, network_of):
    pipes, valves, stations, customers = ring_with_neighbour(draw)
    net = network_of(pipes, valves, stations, customers)
    assert network.isolate(net, pipe_id="B", inoperable=["n"]).restoration == ()
    assert network.isolate(net, pipe_id="C").restoration == ()  # its far side is what is isolated
    valves[2]["operable"] = False
    assert network.isolate(network_of(pipes, valves, stations, customers), pipe_id="B").restoration == ()


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_opening_one_after_the_other(draw, network_of, seed):
    scene = random_scene(draw, np.random.default_rng(300 + seed), 15)
    net, oracle = network_of(scene.pipes, scene.valves, scene.stations, scene.customers), Oracle(scene)
    for pipe, pieces in scene.pieces.items():
        answer = network.isolate(net, pipe_id=pipe)
        sector, close, lost = oracle.isolate(pieces)
        told = {frozenset(one.valve_ids): one for one in answer.restoration}
        expected = {}
        for edge in scene.edges:
            if edge.valves and set(edge.valves) <= scene.closed - scene.inoperable:
                back = fed(oracle, sector, close, set(edge.valves)) & lost
                if back:
                    expected[frozenset(edge.valves)] = back
        assert set(told) == set(expected), pipe
        for valves, one in told.items():
            assert set(one.customers) == {c for c, piece in scene.hangs.items() if piece in expected[valves]}
            assert set(one.pipes) == {e[1] for e in expected[valves] if e[0] == "P"}
            shut = {*answer.close_valves, *one.close_first}
            stations = {*answer.close_stations, *one.close_stations_first}
            gas = oracle.flood(
                scene.sources - sector,
                lambda e, s=shut, o=valves, st=stations: (
                    passes(oracle, e, s, o) and not (e.one_way and f"R{e.a[1]}" in st)
                ),
            )
            assert not gas & sector, pipe


def passes(oracle, edge, shut, opened):
    return not any((v in oracle.scene.closed and v not in opened) or v in shut for v in edge.valves)


def fed(oracle, without, shut, opened):
    return oracle.flood(
        oracle.scene.sources - without,
        lambda e: e.a not in without and e.b not in without and passes(oracle, e, shut, opened),
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_lost_station_takes_what_has_no_other_feed(draw, network_of, seed):
    scene = random_scene(draw, np.random.default_rng(400 + seed), 15)
    net, oracle = network_of(scene.pipes, scene.valves, scene.stations, scene.customers), Oracle(scene)
    before = oracle.fed()
    asked = 0
    for row in scene.stations:
        name = row["station_id"]
        if name[0] == "G":
            at = next(
                s
                for s in scene.sources
                if row["geometry"].distance(place(scene, s)) < 1 and s[2] == row["outlet_class"]
            )
            if (
                sum(
                    other["geometry"].equals(row["geometry"]) and other.get("is_source", False)
                    for other in scene.stations
                )
                > 1
            ):
                continue
            after = oracle.flood(scene.sources - {at}, oracle.passes)
        else:
            after = oracle.flood(
                scene.sources, lambda e, n=name: oracle.passes(e) and not (e.one_way and f"R{e.a[1]}" == n)
            )
        try:
            answer = network.lose_station(net, name)
        except DataError:
            assert not any(e[0] == "P" for e in before - after)
            continue
        asked += 1
        lost = before - after
        assert set(answer.lost_pipes) == {e[1] for e in lost if e[0] == "P"} == set(answer.unintended_pipes)
        assert set(answer.customers) == {c for c, piece in scene.hangs.items() if piece in lost}
        assert answer.close_valves == answer.pipes == ()
    assert asked


def place(scene, source):
    builder = Builder(None, None)
    builder.district = source[1] // 100
    builder.n = scene.sizes[builder.district]
    return shapely.Point(builder.place(source[1]))


def test_wrong_stations(draw, network_of):
    pipes, valves, stations, customers = ring_with_neighbour(draw)
    net = network_of(pipes, valves, [*stations, draw.station("box", (50, 3), kind="regulator_box")], customers)
    with pytest.raises(DataError, match="no such station"):
        network.lose_station(net, "X")
    with pytest.raises(DataError, match="feeds nothing"):
        network.lose_station(net, "box")
    with pytest.raises(DataError, match="where gas comes from"):
        network.lose_station(network_of(pipes, valves, [draw.station("R", (0, 0))], customers), "R")
    lost = network.lose_station(net, "G")
    assert (lost.customers, [one.valve_ids for one in lost.restoration]) == (("cA", "cB", "cC"), [("n",)])
    assert lost.restoration[0].customers == ("cA", "cB", "cC")
