import numpy as np
import pandas as pd
import pytest

from gridrisk import network

from .oracle import Oracle, random_scene


def test_stuck_valve_takes_the_other_side_along(draw, network_of):
    """G--A--v1--B--v2--C, one customer on A, two on B, four on C; w stands beside v2."""
    pipes = [draw.pipe(name, (100 * k, 0), (100 * k + 100, 0)) for k, name in enumerate("ABC")]
    valves = [draw.valve("v1", (100, 0), operable=True), draw.valve("v2", (200, 0)), draw.valve("w", (200, 0))]
    customers = [draw.customer(f"{name}{i}", (100 * k + 50, 5)) for k, name in enumerate("ABC") for i in range(2**k)]
    net = network_of(pipes, valves, [draw.source("G", (0, 0))], customers)
    table = network.valve_table(net, failures_per_km_year=pd.Series({"A": 1.0, "B": 0.5, "C": 2.0}))
    v1 = table.loc["v1"]
    # a leak on B costs 2 + 4; with v1 stuck A must be shut too: 7. A leak on A costs all 7 anyhow.
    assert (v1["customers_lost"], v1["customers_lost_stuck"], v1["extra_customers"]) == (6, 7, 1)
    assert v1["extra_customers_per_year"] == pytest.approx(1 * 0.5 * 0.1)
    assert (v1["operable_known"], v1["spare"]) == (True, False)
    assert table.loc["v2", "spare"]
    assert table.loc["v2", "extra_customers"] == 0
    assert table.index[0] == "v1"


def test_a_part_between_two_sectors_is_lost_only_with_both(draw, network_of):
    """Two feeds to T, by S1 and S2, which a valve joins: the slices of S1 and S2 are empty of T, their union is not."""
    pipes = [
        draw.pipe("G1", (0, 0), (0, 100)),
        draw.pipe("S1", (0, 100), (100, 100)),
        draw.pipe("G2", (0, 0), (0, -100)),
        draw.pipe("S2", (0, -100), (100, -100)),
        draw.pipe("J", (100, 100), (100, -100)),  # joins S1 and S2 through v alone
        draw.pipe("T1", (100, 100), (200, 0)),
        draw.pipe("T2", (100, -100), (200, 0)),
    ]
    valves = [
        draw.valve("a", (0, 100), pipe_id="S1"),
        draw.valve("b", (0, -100), pipe_id="S2"),
        draw.valve("v", (100, 0)),
        draw.valve("t1", (150, 50), pipe_id="T1"),
        draw.valve("t2", (150, -50), pipe_id="T2"),
    ]
    net = network_of(pipes, valves, [draw.source("G", (0, 0))], [draw.customer("c", (200, 5), pipe_id="T1")])
    table = network.valve_table(net)
    assert table.loc["v", "customers_lost"] == 0
    assert table.loc["v", "customers_lost_stuck"] == 1
    assert table["extra_customers_per_year"].isna().all()


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_shutting_both(draw, network_of, seed):
    scene = random_scene(draw, np.random.default_rng(500 + seed), 15)
    net, oracle = network_of(scene.pipes, scene.valves, scene.stations, scene.customers), Oracle(scene)
    table = network.valve_table(net)
    around = {}
    for edge in scene.edges:
        works = [v for v in edge.valves if v in oracle.works]
        if works and not set(edge.valves) & scene.closed:
            a, b = oracle.sector([edge.a]), oracle.sector([edge.b])
            if not (a & b):
                around.setdefault(tuple(works), []).append((a, b))
    assert set(table.index) == {v for valves in around for v in valves}
    for valves, pairs in around.items():
        assert (table.loc[list(valves), "spare"] == (len(valves) > 1)).all()
        if len(valves) > 1:
            assert (table.loc[list(valves), "extra_customers"] == 0).all()
            continue
        stuck, worst = Oracle(scene, [valves[0]]), []
        for pair in pairs:
            both = customers(scene, stuck.isolate(next(iter(pair)))[2])
            worst += [(both - customers(scene, oracle.isolate(part)[2]), both) for part in pair]
        row = table.loc[valves[0]]
        assert (row["extra_customers"], row["customers_lost_stuck"]) in worst, valves
        assert row["extra_customers"] == max(worst)[0], valves


def customers(scene, lost):
    return sum(piece in lost for piece in scene.hangs.values())


def test_nothing_is_told_where_it_is_unknown(draw, network_of):
    pipes = [draw.pipe(name, (100 * k, 0), (100 * k + 100, 0)) for k, name in enumerate("AB")]
    valves = [draw.valve("v", (100, 0))]
    for stations, customers in (([draw.source("G", (0, 0))], None), ([], [])):
        table = network.valve_table(network_of(pipes, valves, stations, customers))
        assert table[["extra_customers", "customers_lost", "customers_lost_stuck"]].isna().all(axis=None)
    assert network.valve_table(network_of(pipes, None, None, None)).empty
