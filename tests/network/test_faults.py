import pytest
import shapely

from gridrisk import network
from gridrisk.network.mend import _moved


@pytest.fixture
def found(draw, network_of, network_params):
    def of(pipes, valves=(), stations=(), customers=(), **options):
        net = network_of(pipes, valves, stations, customers, **options)
        layer = None if valves is None else draw.layer("valves", list(valves))
        kinds = {}
        for finding in network.faults(net, layer, network_params):
            kinds.setdefault(finding.check.removeprefix("network_"), []).append(finding)
        return kinds

    return of


def short_main(draw):
    """A main, a branch 0.6 m short of its middle, a source on the main."""
    pipes = [
        draw.pipe("M", (0, 0), (100, 0), pressure_class="low"),
        draw.pipe("B", (50, 0.6), (50, 40), pressure_class="low"),
    ]
    return pipes, [], [draw.source("G", (0, 0))], [draw.customer("c", (50, 40)), draw.customer("d", (99, 3))]


def test_near_miss_is_named_with_its_place_and_the_part_it_starves(draw, found):
    kinds = found(*short_main(draw))
    assert set(kinds) == {"near_miss", "part_unfed"}
    (miss,) = kinds["near_miss"]
    assert (miss.id, miss.x, miss.y, miss.severity) == ("B", 50.0, 0.6, "warning")
    assert "0.60 m short of pipe M" in str(miss.message)
    assert "50.00, 0.00" in str(miss.message)
    (part,) = kinds["part_unfed"]
    assert "1 pipes of 39 m round pipe B" in str(part.message)
    assert "pipe B ends 0.60 m short of pipe M" in str(part.message)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"pressure_class": "medium_a"}, False),  # lies beside a main of another class
        ({"pressure_class": None}, True),
        ({"pressure_class": "low", "status": "abandoned"}, False),
    ],
)
def test_only_pipes_that_may_join_are_missed(draw, found, other, told):
    pipes, *rest = short_main(draw)
    pipes[0] |= other
    assert ("near_miss" in found(pipes, *rest)) is told


def test_an_end_beside_what_its_pipe_hangs_on_misses_nothing(draw, found):
    pipes = [draw.pipe("M", (0, 0), (100, 0)), draw.pipe("S", (50, 0), (50, 3), (53, 3), (53, 0.5))]
    assert "near_miss" not in found(pipes, stations=[draw.source("G", (0, 0))])
    pipes = [draw.pipe("M", (0, 0), (50, 0)), draw.pipe("S", (50, 0), (50, 3), (43, 3), (43, 0.5))]
    assert "near_miss" not in found(pipes, stations=[draw.source("G", (0, 0))])


def test_dangling_ends_are_those_that_serve_nobody(draw, found):
    pipes = [draw.pipe("A", (0, 0), (100, 0)), draw.pipe("B", (100, 0), (200, 0)), draw.pipe("C", (100, 0), (100, 90))]
    kinds = found(pipes, [], [draw.source("G", (0, 0))], [draw.customer("c", (200, 3), pipe_id="B")])
    assert [(f.id, f.x, f.y) for f in kinds["dangling"]] == [("C", 100.0, 90.0)]
    assert "dangling" not in found(pipes, [], [draw.source("G", (0, 0))], None)


def test_loops_and_valves_that_separate_nothing(draw, found):
    pipes = [
        draw.pipe("A", (0, 0), (100, 0)),
        draw.pipe("dot", (100, 0), (100.05, 0)),
        draw.pipe("R", (100, 0), (150, 50), (150, -50), (100, 0)),
    ]
    kinds = found(pipes, [draw.valve("v", (150, 0), pipe_id="R")], [draw.source("G", (0, 0))], None)
    assert {f.id: "no length" in str(f.message) for f in kinds["loop"]} == {"dot": True, "R": False}
    assert [(f.id, f.x, f.y) for f in kinds["valve_bypassed"]] == [("v", 150.0, 0.0)]


def test_unfed_part_behind_a_closed_valve(draw, found):
    pipes = [draw.pipe(name, (100 * k, 0), (100 * k + 100, 0)) for k, name in enumerate("ABC")]
    valves = [draw.valve("v", (100, 0), normally_open=False), draw.valve("w", (200, 0))]
    (part,) = found(pipes, valves, [draw.source("G", (0, 0))], None)["part_unfed"]
    assert "2 pipes of 200 m" in str(part.message)
    assert "opening v would feed it" in str(part.message)
    assert "part_unfed" not in found(pipes, valves, [], None)  # nothing is known to feed anything


def test_mend_snaps_what_is_sure(draw, network_of, network_params):
    pipes, _, stations, customers = short_main(draw)
    pipes.append(draw.pipe("E", (100.5, 0), (200, 0), pressure_class="low"))  # short of M's end
    pipes += [  # two places in reach
        draw.pipe("X", (0, 100), (50, 100), pressure_class="low"),
        draw.pipe("Y", (0, 101), (50, 101), pressure_class="low"),
        draw.pipe("Z", (25, 100.5), (25, 200), pressure_class="low"),
    ]
    valves = [draw.valve("v", (30, 4)), draw.valve("u", (75, 25))]
    frames = draw.layer("pipes", pipes), draw.layer("valves", valves)
    net = network_of(pipes, valves, stations, customers)
    done = network.mend(net, *frames, network_params)
    assert set(done.pipe_ids) == {"B", "M"} or set(done.pipe_ids) == {"B", "E"}
    assert (done.valve_ids, done.valves.loc["v", "pipe_id"]) == (("v",), "M")
    assert done.valves.geometry["v"].equals(shapely.Point(30, 0))
    assert frames[1].loc["v", "geometry"].equals(shapely.Point(30, 4))
    after = network.build(
        done.pipes, done.valves, draw.layer("stations", stations), draw.layer("customers", customers), network_params
    )
    assert not set(done.pipe_ids) & {
        f.id for f in network.faults(after, done.valves, network_params) if f.check == "network_near_miss"
    }
    lost = network.isolate(after, pipe_id="B")
    assert lost.close_stations == ("G",) or lost.close_valves == ("v",)
    again = network.mend(after, done.pipes, done.valves, network_params)
    assert (again.pipes, again.valves) == (None, None)


def test_height_is_kept():
    moved = _moved(shapely.LineString([(0, 0, 5), (1, 0, 6)]), 1, [2.0, 3.0])
    assert shapely.get_coordinates(moved, include_z=True).tolist() == [[0, 0, 5], [2, 3, 6]]
