import geopandas as gpd
import pandas as pd
import pytest

from gridrisk import network
from gridrisk.errors import CrsError
from gridrisk.layers import schema


def of_check(net, check):
    return [f for f in net.findings if f.check == check]


def test_no_source_is_an_error_and_nothing_counts_as_lost(draw, network_of):
    for stations in (None, [], [draw.station("R", (0, 0), is_source=False)]):
        net = network_of([draw.pipe("P", (0, 0), (100, 0))], [], stations)
        assert [f.severity for f in of_check(net, "network_no_source")] == ["error"]
        assert not of_check(net, "network_unfed")


def test_no_pipes_no_rows(network_of, draw):
    net = network_of([], [draw.valve("v", (0, 0))], [draw.source("G", (0, 0))], [draw.customer("C", (0, 0))])
    assert len(network.outage_table(net)) == 0
    assert len(network.customers_lost_by_pipe(net)) == 0
    assert of_check(net, "network_valve_off")
    assert of_check(net, "network_no_source")


def test_everything_closed_is_said_and_loses_nothing(draw, network_of):
    pipes = [draw.pipe("a", (0, 0), (100, 0)), draw.pipe("b", (100, 0), (200, 0))]
    valves = [draw.valve(f"v{x}", (x, 0), normally_open=False) for x in (10, 100, 190)]
    net = network_of(pipes, valves, [draw.source("G", (0, 0))], [draw.customer("C", (50, 0))])
    assert [f.id for f in of_check(net, "network_unfed")] == ["a", "b"]
    table = network.outage_table(net)
    assert table["customers_lost"].sum() == 0
    assert table["valve_ids"].map(len).sum() == 0
    assert table["fed"].sum() == 1


def test_odd_pipes(draw, network_of):
    pipes = [
        draw.pipe("dot", (0, 0), (0, 0)),
        draw.pipe("ring", (0, 0), (50, 50), (50, -50), (0, 0)),
        draw.pipe("twin", (0, 0), (50, 50), (50, -50), (0, 0)),
        draw.pipe("tiny", (0, 0), (0.01, 0)),
    ]
    valves = [draw.valve("v", (50, 0), pipe_id="ring"), draw.valve("w", (0, 0)), draw.valve("x", (0, 0), pipe_id="dot")]
    net = network_of(pipes, valves, [draw.source("G", (0, 0))], [draw.customer("C", (0, 0), pipe_id="dot")])
    table = network.outage_table(net)
    assert set(table["pipe_ids"].explode()) == {"dot", "ring", "twin", "tiny"}
    assert table["length_m"].sum() == pytest.approx(net.lines.length_m.sum())
    for pipe in ("dot", "ring", "twin", "tiny"):
        assert pipe in network.isolate(net, pipe_id=pipe).pipes


def test_rows_in_another_order_give_the_same(draw, network_of):
    pipes = [draw.pipe(f"p{k}", (100 * k, 0), (100 * k + 100, 0)) for k in range(5)]
    valves = [draw.valve(f"v{k}", (100 * k + 30, 0)) for k in range(5)]
    source, customers = [draw.source("G", (0, 0))], [draw.customer(f"c{k}", (100 * k, 5)) for k in range(6)]
    one = network.outage_table(network_of(pipes, valves, source, customers))
    two = network.outage_table(network_of(pipes[::-1], valves[::-1], source, customers[::-1]))
    for column in ("pipe_ids", "valve_ids"):
        one[column], two[column] = one[column].map(sorted), two[column].map(sorted)
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")), pd.DataFrame(two.drop(columns="geometry"))
    )


def test_inputs_are_left_as_they_were(draw, network_params):
    pipes = draw.layer("pipes", [draw.pipe("a", (0, 0), (100, 0)), draw.pipe("b", (40, 0), (40, 50))])
    valves = draw.layer("valves", [draw.valve("v", (60, 0))])
    copies = pipes.copy(deep=True), valves.copy(deep=True)
    stations = draw.layer("stations", [draw.source("G", (0, 0))])
    network.outage_table(network.build(pipes, valves, stations, None, network_params))
    pd.testing.assert_frame_equal(pipes, copies[0])
    pd.testing.assert_frame_equal(valves, copies[1])


def test_degrees_are_refused(draw, network_params):
    pipes = draw.layer("pipes", [draw.pipe("a", (0, 0), (100, 0))]).set_crs("EPSG:4490", allow_override=True)
    with pytest.raises(CrsError):
        network.build(pipes, None, None, None, network_params)


@pytest.mark.shared
def test_a_town_without_valves_is_one_sector_closed_at_its_feed(shared_data, network_params):
    folder = shared_data / "schutterwald_gas"
    pipes = gpd.read_file(folder / "leitungen.shp")
    pipes["pipe_id"] = "L" + pipes["NR"].astype(str)
    feed = gpd.read_file(folder / "einspeisung.gpkg").assign(station_id="E", kind="regulator_station", is_source=True)
    homes = gpd.read_file(folder / "hausanschluesse.geojson").to_crs(pipes.crs)
    homes = homes.assign(customer_id=homes["ZAEHLER"] + homes.index.astype(str), kind="resident", fuel="pipe")
    net = network.build(
        schema.complete(pipes, "pipes"),
        None,
        schema.complete(feed, "stations"),
        schema.complete(homes, "customers"),
        network_params,
    )
    assert of_check(net, "network_no_valves")
    assert not of_check(net, "network_unfed")  # the lines meet: every pipe hangs on the feed
    answer = network.isolate(net, pipe_id="L100")
    assert (answer.close_valves, answer.close_stations) == ((), ("E",))
    assert len(answer.lost_pipes) == len(pipes)
    assert len(answer.customers) == len(homes)
    assert (answer.households, answer.households_unknown) == (0, len(homes))
    assert "no valve isolates this part; close the stations named" in answer.to_dict()["notes"]
