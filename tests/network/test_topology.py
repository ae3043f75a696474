import numpy as np
import pytest

from gridrisk import network, params
from gridrisk.network.topology import PRESSURE_CLASSES, cluster


def checks(net):
    return sorted(f.check for f in net.findings)


def joined(net, *pipes):
    return all(set(pipes) <= set(network.isolate(net, pipe_id=pipe).pipes) for pipe in pipes)


def test_points_within_the_tolerance_are_one_place_also_by_a_chain():
    xy, label = cluster(np.array([[0.0, 0.0], [0.09, 0.0], [0.18, 0.0], [1.0, 0.0], [0.0, 0.0]]), 0.1)
    assert len(xy) == 2
    assert label[0] == label[1] == label[2] == label[4] != label[3]


def test_service_line_joins_the_middle_of_a_main(draw, network_of):
    pipes = [draw.pipe("main", (0, 0), (100, 0)), draw.pipe("service", (40, 0.15), (40, 9))]
    net = network_of(pipes, [draw.valve("v", (60, 0))], [draw.source("G", (0, 0))])
    assert joined(net, "main", "service")
    assert set(network.isolate(net, point=(80, 0)).lost_pipes) == {"main"}
    assert net.pieces.length_m.tolist() == pytest.approx([40, 20, 40, 8.85])


def test_lines_that_only_cross_do_not_join(draw, network_of):
    pipes = [draw.pipe("a", (0, 0), (100, 0)), draw.pipe("b", (50, -50), (50, 50))]
    net = network_of(pipes, [], [draw.source("G", (0, 0)), draw.source("H", (50, 50))])
    assert not joined(net, "a", "b")


def test_joint_of_another_pressure_class_on_a_middle_crosses_it(draw, network_of):
    pipes = [
        draw.pipe("m", (0, 0), (100, 0), pressure_class="medium_a"),
        draw.pipe("l1", (50, -50), (50, 0), pressure_class="low"),
        draw.pipe("l2", (50, 0), (50, 50), pressure_class="low"),
    ]
    net = network_of(pipes, [], [draw.source("G", (0, 0)), draw.source("H", (50, 50))])
    assert not joined(net, "m", "l1")
    assert checks(net) == ["network_crossing", "network_no_valves"]


@pytest.mark.parametrize("at", [(100, 0), (40, 0)])
def test_other_pressure_class_without_regulator_is_joined_with_a_warning(draw, network_of, at):
    pipes = [
        draw.pipe("m", (0, 0), (100, 0), pressure_class="medium_a"),
        draw.pipe("l", at, (40, 50), pressure_class="low"),
    ]
    net = network_of(pipes, [], [draw.source("G", (0, 0))])
    assert joined(net, "m", "l")
    assert "network_pressure_mixed" in checks(net)
    assert any("different pressure class" in str(n) for n in network.isolate(net, pipe_id="l").notes)


def test_unknown_pressure_joins_anything(draw, network_of):
    pipes = [draw.pipe("m", (0, 0), (100, 0), pressure_class="medium_a"), draw.pipe("u", (100, 0), (200, 0))]
    net = network_of(pipes, [], [draw.source("G", (0, 0))])
    assert joined(net, "m", "u")
    assert checks(net) == ["network_no_valves"]


def test_abandoned_and_planned_pipes_carry_nothing_and_idle_ones_may(draw, network_of):
    pipes = [
        draw.pipe("a", (0, 0), (100, 0)),
        draw.pipe("b", (100, 0), (200, 0), status="abandoned"),
        draw.pipe("c", (100, 0), (100, 90), status="planned"),
        draw.pipe("d", (100, 0), (100, -90), status="idle"),
    ]
    net = network_of(pipes, [], [draw.source("G", (0, 0))])
    assert list(net.lines.pipe_id) == ["a", "d"]
    assert "network_idle" in checks(net)


def test_missing_and_empty_lines_are_left_out_with_a_finding(draw, network_of):
    pipes = [draw.pipe("a", (0, 0), (100, 0)), draw.pipe("b", (0, 0), (1, 1)), draw.pipe("c")]
    pipes[1]["geometry"] = None
    net = network_of(pipes, [], [draw.source("G", (0, 0))])
    assert [f.id for f in net.findings if f.check == "network_no_line"] == ["b", "c"]
    assert list(net.lines.pipe_id) == ["a"]


def test_classes_stand_in_the_order_of_the_standards():
    assert params.load("standards/pressure").names("classes") == PRESSURE_CLASSES
