"""Which pipe a place means, and what the answer says of others about as near."""

from __future__ import annotations

import math

import pytest

from gridrisk import network
from gridrisk.errors import DataError


def notes(net, *point):
    return [str(note) for note in network.isolate(net, point=point).notes]


def two_in_one_street(draw, network_of):
    pipes = [draw.pipe("A", (0, 0), (100, 0)), draw.pipe("B", (0, 4), (100, 4)), draw.pipe("J", (0, 0), (0, 4))]
    valves = [draw.valve("vA", (0, 0), pipe_id="A"), draw.valve("vB", (0, 4), pipe_id="B")]
    return network_of(pipes, valves, [draw.source("G", (0, 2))], [])


def test_another_pipe_about_as_near_is_named(draw, network_of):
    net = two_in_one_street(draw, network_of)
    answer = network.isolate(net, point=(50.0, 1.5))
    assert answer.close_valves == ("vA",)
    assert answer.pipes == ("A",)
    said = [str(note) for note in answer.notes]
    assert "the nearest pipe is A, 1.5 m from the place" in said
    assert any("not isolated by this: B (2.5 m);" in note for note in said)


def test_another_pipe_beyond_the_margin_is_not(draw, network_of):
    pipes = [draw.pipe("A", (0, 0), (100, 0)), draw.pipe("B", (0, 6), (100, 6)), draw.pipe("J", (0, 0), (0, 6))]
    valves = [draw.valve("vA", (0, 0), pipe_id="A"), draw.valve("vB", (0, 6), pipe_id="B")]
    net = network_of(pipes, valves, [draw.source("G", (0, 3))], [])
    assert not any("about as near" in note for note in notes(net, 50.0, -2.0))  # 2 m and 8 m
    assert any("B (5.5 m)" in note for note in notes(net, 50.0, 0.5))  # 0.5 m and 5.5 m


def test_pipes_isolated_together_leave_no_doubt(draw, network_of):
    pipes = [draw.pipe("A", (0, 0), (50, 0)), draw.pipe("B", (50, 0), (99, 0))]
    net = network_of(pipes, [], [draw.source("G", (0, 0))], [])
    assert not any("about as near" in note for note in notes(net, 50.0, 1.0))


def test_a_valve_close_by_leaves_the_side_in_doubt(draw, network_of):
    net = network_of([draw.pipe("A", (0, 0), (100, 0))], [draw.valve("v", (60, 0))], [draw.source("G", (0, 0))], [])
    assert any("a valve divides pipe A" in note for note in notes(net, 62.0, 1.0))
    assert not any("a valve divides" in note for note in notes(net, 80.0, 1.0))


def test_many_near_are_counted(draw, network_of):
    pipes = [draw.pipe(f"P{k}", (0, 0), (100 * math.cos(k), 100 * math.sin(k))) for k in range(8)]
    valves = [draw.valve(f"v{k}", (2 * math.cos(k), 2 * math.sin(k)), pipe_id=f"P{k}") for k in range(8)]
    net = network_of(pipes, valves, [draw.source("G", (0, 0))], [])
    found = notes(net, 4 * math.cos(1), 4 * math.sin(1))
    assert any("… (" in note for note in found)


@pytest.mark.parametrize("point", [(math.nan, 0.0), (math.inf, 0.0), (0.0, 31.0), (1e9, 1e9)])
def test_no_pipe_there(draw, network_of, point):
    net = network_of([draw.pipe("A", (0, 0), (100, 0))], [], [draw.source("G", (0, 0))], [])
    with pytest.raises(DataError, match="no pipe lies within"):
        network.isolate(net, point=point)


def test_a_network_without_pipes(draw, network_of):
    net = network_of([draw.pipe("A", (0, 0), (100, 0), status="abandoned")], [], [], [])
    with pytest.raises(DataError, match="no pipe lies within"):
        network.isolate(net, point=(0.0, 0.0))
