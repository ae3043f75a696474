"""Stages of a project on networks worked out by hand, and the pairing against every other one."""

import itertools

import numpy as np
import pytest

from gridrisk import network, params
from gridrisk.errors import DataError
from gridrisk.network.cutover import _groups, cutover

CUTOVER = params.load("network/cutover")


def three(draw):
    """G--A--v1--B--v2--C--n(closed)--N--H: ten households on A, twenty on B, five on C."""
    pipes = [draw.pipe(n, (100 * k, 0), (100 * k + 100, 0), setting="courtyard") for k, n in enumerate("ABCN")]
    valves = [draw.valve("v1", (100, 0)), draw.valve("v2", (200, 0)), draw.valve("n", (300, 0), normally_open=False)]
    people = [
        draw.customer(f"c{n}", (100 * k + 50, 1), households=h, pipe_id=n)
        for k, (n, h) in enumerate((("A", 10), ("B", 20), ("C", 5)))
    ]
    return pipes, valves, [draw.source("G", (0, 0)), draw.source("H", (400, 0))], people


def stages(network_of, rows, pipe_ids, **peaks):
    return cutover(network_of(*rows), pipe_ids, dict.fromkeys("ABCN", "courtyard"), peaks, CUTOVER)


def test_one_section_with_what_hangs_on_it(draw, network_of):
    found = stages(network_of, three(draw), ["B"], cB=9.0, cC=2.0)
    (stage,) = found.stages
    assert (stage.pipes, stage.length_m, stage.days) == (("B",), 100.0, 5.0)  # 1 day and 100 m at 25 m a day
    assert stage.isolation.close_valves == ("v1",)
    assert (stage.inside, stage.beyond) == (("cB",), ("cC",))
    assert (stage.restored, stage.bypass) == (("cC",), ())  # the neighbour's valve n gives C gas back
    assert (stage.peak_inside_m3h, stage.peak_bypass_m3h) == (9.0, 0)
    assert found.household_days == stage.household_days == pytest.approx(5.0 * 25)


def test_without_a_neighbour_a_bypass_is_needed(draw, network_of):
    pipes, valves, stations, people = three(draw)
    (stage,) = stages(network_of, (pipes, valves, stations[:1], people), ["B"], cB=9.0).stages
    assert (stage.restored, stage.bypass) == ((), ("cC",))
    assert stage.peak_bypass_m3h is None  # nobody knows what c draws


def test_what_hangs_on_another_is_done_with_it(draw, network_of):
    """A alone 5 d × 35 + B 5 × 25 + C 5 × 5 = 325; A with B 5 × 35 and C 5 × 5 = 200; no pairing is better."""
    pipes, valves, stations, people = three(draw)
    found = stages(network_of, (pipes, valves, stations[:1], people), ["A", "B", "C"])
    assert [stage.pipes for stage in found.stages] == [("A", "B"), ("C",)]
    assert (found.one_by_one, found.household_days, found.exact) == (325.0, 200.0, True)
    assert [stage.number for stage in found.stages] == [1, 2]


def test_pipes_out_of_the_network_and_unknown_sources(draw, network_of):
    pipes, valves, stations, people = three(draw)
    with pytest.raises(DataError, match="no pipe of the project"):
        stages(network_of, (pipes, valves, stations, people), ["gone"])
    with pytest.raises(DataError, match="is_source"):
        stages(network_of, (pipes, valves, [], people), ["A"])
    with pytest.raises(DataError, match="never imported"):
        stages(network_of, (pipes, valves, stations, None), ["A"])


@pytest.mark.parametrize("seed", range(8))
def test_the_pairing_is_the_best_there_is(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 7))
    alone = rng.uniform(1, 10, count)
    pair = {p: rng.uniform(max(alone[list(p)]), 20) for p in itertools.combinations(range(count), 2)}

    def cost(group):
        return float(alone[group[0]]) if len(group) == 1 else float(pair[tuple(sorted(group))])

    def every(left):
        if not left:
            yield []
            return
        first, *rest = left
        for groups in every(rest):
            yield [(first,), *groups]
        for other in rest:
            for groups in every([x for x in rest if x != other]):
                yield [(first, other), *groups]

    groups, exact = _groups(count, cost, CUTOVER)
    assert exact
    assert sorted(i for group in groups for i in group) == list(range(count))
    assert sum(map(cost, groups)) == pytest.approx(min(sum(map(cost, g)) for g in every(list(range(count)))))


def test_many_sections_are_paired_one_after_the_other(draw, network_of):
    pipes = [draw.pipe(f"P{k:02d}", (100 * k, 0), (100 * k + 100, 0)) for k in range(20)]
    valves = [draw.valve(f"v{k}", (100 * k, 0)) for k in range(1, 20)]
    people = [draw.customer(f"c{k}", (100 * k + 50, 1)) for k in range(20)]
    net = network_of(pipes, valves, [draw.source("G", (0, 0))], people)
    found = cutover(net, [p["pipe_id"] for p in pipes], {}, {}, CUTOVER)
    assert not found.exact
    assert sorted(p for stage in found.stages for p in stage.pipes) == [f"P{k:02d}" for k in range(20)]
    assert found.household_days < found.one_by_one
    assert network.isolate(net, pipe_id="P00").customers == found.stages[0].isolation.customers
