import pytest
import shapely

from gridrisk import network


def of_check(net, check):
    return [f.id for f in net.findings if f.check == check]


def tiers(draw, at=(100, 0)):
    """Medium main M to the station, low pipe L from it; low gas from elsewhere must not run back."""
    return [
        draw.pipe("M", (0, 0), (100, 0), pressure_class="medium_b"),
        draw.pipe("L", at, (200, 0), pressure_class="low"),
    ]


@pytest.mark.parametrize("classes", [{"inlet_class": "medium_b", "outlet_class": "low"}, {"outlet_class": "low"}, {}])
@pytest.mark.parametrize("apart", [0.0, 4.0])
def test_regulator_feeds_one_way(draw, network_of, classes, apart):
    pipes = tiers(draw, (100 + apart, 0))
    regulator = draw.station("R", (100, 0), **classes)
    down = network_of(pipes, [], [draw.source("G", (0, 0)), regulator])
    assert of_check(down, "network_unfed") == []
    assert network.isolate(down, pipe_id="M").unintended_pipes == ("L",)
    assert network.isolate(down, pipe_id="L").lost_pipes == ("L",)
    up = network_of(pipes, [], [draw.source("G", (200, 0)), regulator])
    assert of_check(up, "network_unfed") == ["M"]


def test_station_may_be_an_outline(draw, network_of):
    outline = shapely.box(95, -5, 115, 5)
    pipes = tiers(draw, (110, 0))
    regulator = draw.station("R", outline, inlet_class="medium_b", outlet_class="low")
    net = network_of(pipes, [], [draw.source("G", shapely.box(-9, -3, 1, 3)), regulator])
    assert network.isolate(net, pipe_id="M").unintended_pipes == ("L",)


def test_several_services_start_at_a_regulator_on_the_middle_of_a_main(draw, network_of):
    pipes = [
        draw.pipe("M", (0, 0), (100, 0), pressure_class="medium_b"),
        draw.pipe("L1", (50, 0), (50, 50), pressure_class="low"),
        draw.pipe("L2", (50, 0), (50, -50), pressure_class="low"),
    ]
    regulator = draw.station("R", (50, 1), inlet_class="medium_b", outlet_class="low")
    net = network_of(pipes, [], [draw.source("G", (0, 0)), regulator])
    assert network.isolate(net, pipe_id="L1").pipes == ("L1", "L2")
    assert network.isolate(net, pipe_id="M").unintended_pipes == ("L1", "L2")


@pytest.mark.parametrize(
    "classes",
    [
        {"inlet_class": "low", "outlet_class": "medium_b"},
        {"inlet_class": "low", "outlet_class": "low"},
    ],
)
def test_regulator_that_cannot_be_right_is_reported_and_pipes_stay_joined(draw, network_of, classes):
    net = network_of(tiers(draw), [], [draw.source("G", (0, 0)), draw.station("R", (100, 0), **classes)])
    assert of_check(net, "network_regulator") == ["R"]
    assert network.isolate(net, pipe_id="L").pipes == ("M", "L")


def test_pipe_of_unknown_class_at_a_regulator_keeps_all_joined(draw, network_of):
    pipes = [*tiers(draw), draw.pipe("U", (100, 0), (100, 60))]
    regulator = draw.station("R", (100, 0), inlet_class="medium_b", outlet_class="low")
    net = network_of(pipes, [], [draw.source("G", (0, 0)), regulator])
    assert len(of_check(net, "network_pressure_mixed")) == 1
    assert set(network.isolate(net, pipe_id="L").pipes) == {"M", "L", "U"}


def test_two_regulators_feed_one_low_network(draw, network_of):
    pipes = [
        draw.pipe("M", (0, 0), (100, 0), pressure_class="medium_b"),
        draw.pipe("L", (0, 0), (50, 50), (100, 0), pressure_class="low"),
    ]
    classes = {"inlet_class": "medium_b", "outlet_class": "low"}
    stations = [draw.source("G", (50, 0)), draw.station("R", (0, 0), **classes), draw.station("Q", (100, 0), **classes)]
    net = network_of(pipes, [draw.valve("v", (30, 0)), draw.valve("w", (70, 0))], stations)
    west = network.isolate(net, point=(10.0, 0.0))
    assert (west.close_valves, west.close_stations) == (("v",), ("R",))  # R may let gas back from the low side
    assert west.unintended_pipes == ()
    assert network.isolate(net, pipe_id="L").close_stations == ("R", "Q")


def test_source_by_kind_where_the_survey_is_silent(draw, network_of):
    net = network_of([draw.pipe("P", (0, 0), (9, 0))], [], [draw.station("G", (0, 0), kind="lng")])
    assert of_check(net, "network_source_unknown") == ["G"]
    assert network.isolate(net, pipe_id="P").close_stations == ("G",)
    no = network_of([draw.pipe("P", (0, 0), (9, 0))], [], [draw.station("G", (0, 0), kind="lng", is_source=False)])
    assert [f.severity for f in no.findings if f.check == "network_no_source"] == ["error"]


def test_source_on_the_middle_of_a_pipe(draw, network_of):
    net = network_of([draw.pipe("P", (0, 0), (90, 0))], [draw.valve("v", (60, 0))], [draw.source("G", (30, 2))])
    assert network.isolate(net, point=(80.0, 0.0)).close_valves == ("v",)
    assert network.isolate(net, point=(10.0, 0.0)).close_stations == ("G",)


def test_source_off_the_network_is_no_source(draw, network_of):
    net = network_of([draw.pipe("P", (0, 0), (90, 0))], [], [draw.source("G", (30, 20))])
    assert of_check(net, "network_source_off") == ["G"]
    assert not net.has_source


def test_source_feeds_the_class_of_its_outlet(draw, network_of):
    pipes = [
        draw.pipe("M", (0, 0), (90, 0), pressure_class="medium_a"),
        draw.pipe("L", (0, 3), (90, 3), pressure_class="low"),
    ]
    net = network_of(pipes, [], [draw.source("G", (0, 1), outlet_class="low")])
    assert of_check(net, "network_unfed") == ["M"]


def test_inlet_of_a_source_is_live_where_nothing_else_feeds_it(draw, network_of):
    gate = draw.source("G", (100, 0), inlet_class="medium_b", outlet_class="low")
    net = network_of(tiers(draw), [draw.valve("v", (150, 0))], [gate])
    assert of_check(net, "network_unfed") == []
    assert network.isolate(net, point=(180.0, 0.0)).close_valves == ("v",)


def test_source_beside_a_pipes_end_feeds_the_end_and_not_the_pipe_behind_its_valve(draw, network_of):
    pipes = [draw.pipe("A", (0, 0), (100, 0)), draw.pipe("B", (100, 0), (200, 0))]
    valves = [draw.valve("v", (0, 0), pipe_id="A"), draw.valve("w", (100, 0))]
    net = network_of(pipes, valves, [draw.source("G", (0.6, 3))], [draw.customer("c", (50, 5))])
    answer = network.isolate(net, pipe_id="A")
    assert (answer.close_valves, answer.close_stations, answer.customers) == (("v",), (), ("c",))
    # one that stands on the pipe itself is on the pipe's side of the valve
    on = network_of(pipes, valves, [draw.source("G", (0.6, 0))], [draw.customer("c", (50, 5))])
    answer = network.isolate(on, pipe_id="A")
    assert (answer.close_valves, answer.close_stations) == ((), ("G",))
