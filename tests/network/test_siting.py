"""New valves: the saving claimed is the saving found when the valve is built."""

import numpy as np
import pytest

from gridrisk import params
from gridrisk.errors import ParameterError
from gridrisk.network.outages import outage_lost
from gridrisk.network.siting import new_valves

from .oracle import random_scene

SITING = params.load("network/siting")


def cut_off_a_year(net):
    """Customers cut off a year by leaks, from the table of all outages."""
    failures = np.bincount(net.sectors.of_piece, net.pieces.length_m, net.sectors.count) / 1000
    failures *= SITING.number("failures_per_km_year")
    fed = net.fed[: net.sectors.count]
    return float((failures[fed] * outage_lost(net)["customers"][fed]).sum())


def line(draw):
    """G--A--B--C with no valve: ten customers on A, one on C."""
    pipes = [draw.pipe(n, (100 * k, 0), (100 * k + 100, 0), road=f"{n} Road") for k, n in enumerate("ABC")]
    people = [draw.customer(f"a{k}", (50, 1), pipe_id="A") for k in range(10)] + [draw.customer("c", (250, 1))]
    return pipes, [], [draw.source("G", (0, 0))], people


def test_the_best_place_on_a_line_is_behind_the_many(draw, network_of):
    rows = line(draw)
    net = network_of(*rows)
    found = new_valves(net, draw.layer("pipes", rows[0]), SITING, most=1)
    (valve,) = found.table.to_dict("records")
    # 0.03 failures a year cut off 11; with the valve 0.01 cut off 11 and 0.02 cut off 1
    assert (valve["pipe_id"], valve["at_m"]) in {("A", 99.0), ("B", 1.0)}
    assert (valve["lost_before"], {valve["lost_one"], valve["lost_other"]}) == (11, {11, 1})
    assert found.before == pytest.approx(0.03 * 11)
    expected = 0.01 * 11 + 0.02 * 1 if valve["pipe_id"] == "B" else found.after
    assert found.after == pytest.approx(expected)
    assert valve["customers_a_year"] == pytest.approx(found.before - found.after)
    assert found.bound >= valve["customers_a_year"]
    assert found.table.geometry[0].x == pytest.approx(99 if valve["pipe_id"] == "A" else 101)


def test_money_ends_before_valves_do_and_dear_pipes_count(draw, network_of):
    rows = line(draw)
    for pipe, width in zip(rows[0], (600.0, 110.0, 110.0), strict=True):
        pipe["diameter_mm"] = width
    net = network_of(*rows)
    pipes = draw.layer("pipes", rows[0])
    one = new_valves(net, pipes, SITING, most=5, budget_yuan=15_000)
    assert one.table["pipe_id"].tolist() == ["B"]
    assert one.table["cost_yuan"].tolist() == [10_000]
    assert len(new_valves(net, pipes, SITING, most=5, budget_yuan=9_000).table) == 0


def test_nothing_where_nobody_knows(draw, network_of):
    pipes, valves, _, people = line(draw)
    frame = draw.layer("pipes", pipes)
    assert new_valves(network_of(pipes, valves, [], people), frame, SITING, most=3).table.empty
    assert new_valves(network_of(pipes, valves, [draw.source("G", (0, 0))], None), frame, SITING, most=3).table.empty


def test_no_place_on_risers_and_short_stretches(draw, network_of):
    rows = line(draw)
    for pipe in rows[0]:
        pipe["setting"] = "riser"
    assert new_valves(network_of(*rows), draw.layer("pipes", rows[0]), SITING, most=3).table.empty


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("regulators", [False, True])
def test_building_the_valves_saves_what_was_claimed(draw, network_of, seed, regulators):
    scene = random_scene(draw, np.random.default_rng(700 + seed), 10, regulators=regulators)
    scene.valves = [v for v in scene.valves if "pipe_id" in v]  # valves of unknown pipe on junctions cut more
    rows = [scene.pipes, scene.valves, scene.stations, scene.customers]
    net = network_of(*rows)
    pipes = draw.layer("pipes", scene.pipes)
    found = new_valves(net, pipes, SITING, most=4)
    assert found.before == pytest.approx(cut_off_a_year(net))
    assert len(found.table) > 0
    after = found.before
    for choice, together in found.table.groupby("choice"):
        for k, row in enumerate(together.itertuples()):
            place = (row.geometry.x, row.geometry.y)
            rows[1] = [*rows[1], draw.valve(f"new{choice}-{k}", place, pipe_id=row.pipe_id, operable=True)]
        built = cut_off_a_year(network_of(*rows))
        # the metre between the joint and the valve counts to the other side
        assert after - built == pytest.approx(together["customers_a_year"].sum(), rel=2e-3, abs=2e-2)
        after = built
    assert found.before - found.after <= found.bound + 1e-9


def ring(draw):
    """A ring of four, fed at two opposite corners, five customers on two sides that lie across."""
    corners = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    pipes = [draw.pipe(n, a, b) for n, a, b in zip("ABCD", corners[:-1], corners[1:], strict=True)]
    people = [draw.customer(f"{n}{k}", xy, pipe_id=n) for n, xy in (("A", (50, 1)), ("C", (50, 99))) for k in range(5)]
    return pipes, [], [draw.source("G", (0, 0)), draw.source("H", (100, 100))], people


def test_two_valves_on_a_ring_save_what_neither_does_alone(draw, network_of):
    rows = ring(draw)
    net, pipes = network_of(*rows), draw.layer("pipes", rows[0])
    assert new_valves(net, pipes, SITING, most=1).table.empty
    found = new_valves(net, pipes, SITING, most=2)
    assert found.table["choice"].tolist() == [1, 1]
    assert found.before == pytest.approx(0.4)
    assert found.after == pytest.approx(0.2)  # 400 m cut off ten; then either half of 200 m five
    assert found.table["customers_a_year"].tolist() == pytest.approx([0.1, 0.1])
    assert found.table["yuan_per_customer"].tolist() == pytest.approx([found.table["cost_yuan"].sum() / 0.2] * 2)
    assert new_valves(net, pipes, SITING, most=9, budget_yuan=found.table["cost_yuan"].sum() - 1).table.empty


def test_a_valve_for_nothing_is_refused_by_name(draw, network_of):
    rows = line(draw)
    price = params.Parameter("valve_yuan", {"110": 0}, "yuan", "x", "assumption")
    free = params.Parameters("network/siting", {**SITING.entries, "valve_yuan": price}, "")
    with pytest.raises(ParameterError, match=r"network/siting\.toml: valve_yuan"):
        new_valves(network_of(*rows), draw.layer("pipes", rows[0]), free, most=1)


@pytest.mark.parametrize("seed", range(4))
def test_the_first_is_the_best_of_all_single_valves(draw, network_of, seed):
    scene = random_scene(draw, np.random.default_rng(900 + seed), 1, regulators=False)
    scene.valves = [v for v in scene.valves if "pipe_id" in v]
    rows = [scene.pipes, scene.valves, scene.stations, scene.customers]
    if not scene.sources:
        pytest.skip("no source in this district")
    net = network_of(*rows)
    found = new_valves(net, draw.layer("pipes", scene.pipes), SITING, most=1)
    best = 0.0
    for piece in range(len(net.pieces.pipe)):
        for at in (net.pieces.start_m[piece] + 1, net.pieces.end_m[piece] - 1):
            name = net.lines.pipe_id[net.pieces.pipe[piece]]
            point = net.lines.geometry[net.pieces.pipe[piece]].interpolate(at)
            valve = draw.valve("new", (point.x, point.y), pipe_id=name, operable=True)
            built = network_of(rows[0], [*rows[1], valve], rows[2], rows[3])
            best = max(best, cut_off_a_year(net) - cut_off_a_year(built))
    claimed = found.table["customers_a_year"].sum()
    assert found.bound >= best - 2e-2
    assert claimed == pytest.approx(best, rel=2e-3, abs=2e-2)
