import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gridrisk import network, params
from gridrisk.network import outages

from .oracle import Oracle, random_scene


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("regulators", [True, False])
def test_every_sector_agrees_with_removing_what_is_closed(draw, network_of, seed, regulators):
    scene = random_scene(draw, np.random.default_rng(100 + seed), 15, regulators=regulators)
    net = network_of(scene.pipes, scene.valves, scene.stations, scene.customers)
    table = network.outage_table(net)
    compare_table(scene, table, Oracle(scene))
    assert table["length_m"].sum() == pytest.approx(sum(p["geometry"].length for p in scene.pipes))
    assert table.geometry.length.sum() == pytest.approx(table["length_m"].sum())
    by_pipe = network.lost_by_pipe(net).dropna()
    whole = table.explode("pipe_ids").groupby("pipe_ids")
    for name in ("customers_lost", "households_lost"):
        assert by_pipe[name].to_dict() == whole[name].max()[by_pipe.index].to_dict()
    assert set(by_pipe.index) == set(whole["fed"].all().loc[lambda fed: fed].index)


def compare_table(scene, table, oracle):
    households = {c["customer_id"]: c["households"] for c in scene.customers}
    fed = oracle.fed()
    expected, seen = [], set()
    for pieces in scene.pieces.values():
        for piece in pieces:
            if piece in seen:
                continue
            sector, close, lost = oracle.isolate([piece])
            seen |= sector
            out = [c for c, p in scene.hangs.items() if p in lost]
            inside = sum(p in sector for p in scene.hangs.values())
            pipes = sorted({e[1] for e in sector if e[0] == "P"})
            worth = sum(households[c] for c in out)
            expected.append((pipes, sorted(close), inside, len(out), worth, 0, piece in fed))
    lists = zip(table["pipe_ids"].map(sorted), table["valve_ids"].map(sorted), strict=True)
    columns = ["customers_inside", "customers_lost", "households_lost", "critical_lost", "fed"]
    got = [(*ids, *rest) for ids, rest in zip(lists, table[columns].itertuples(index=False, name=None), strict=True)]
    assert sorted(got) == sorted(expected)


def test_stations_of_the_table_are_those_of_the_answer(draw, network_of):
    scene = random_scene(draw, np.random.default_rng(7), 30)
    scene.valves = [v for v in scene.valves if "pipe_id" in v]
    net = network_of(scene.pipes, scene.valves, scene.stations, scene.customers)
    table = network.outage_table(net).set_index("sector_id")
    for pipe in scene.pieces:
        answer = network.isolate(net, pipe_id=pipe)
        if len(answer.sector_ids) == 1:
            assert sorted(table["station_ids"][answer.sector_ids[0]]) == sorted(answer.close_stations)


def test_worst_sector_counts_for_a_divided_pipe(draw, network_of):
    pipes = [draw.pipe("P1", (0, 0), (100, 0)), draw.pipe("P2", (100, 0), (200, 0)), draw.pipe("P3", (0, 50), (9, 50))]
    net = network_of(
        [*pipes, draw.pipe("old", (0, 9), (9, 9), status="abandoned")],
        [draw.valve("v", (60, 0))],
        [draw.source("G", (0, 0))],
        [draw.customer("a", (10, 5)), draw.customer("b", (90, 5)), draw.customer("c", (150, 5))],
    )
    lost = network.customers_lost_by_pipe(net)
    # P3 hangs on nothing, "old" is out of use: how many they cost is unknown, not nought
    expected = pd.Series([3, 2, pd.NA, pd.NA], index=["P1", "P2", "P3", "old"], dtype="Int64")
    assert lost.index.name == "pipe_id"
    pd.testing.assert_series_equal(lost, expected, check_names=False, check_index_type=False)


def test_unknown_customers_and_sources_stay_unknown(draw, network_of):
    pipes = [draw.pipe("P1", (0, 0), (100, 0))]
    customers = [draw.customer("a", (10, 5))]
    blind = network.outage_table(network_of(pipes, [], [draw.source("G", (0, 0))], None))
    assert blind[["customers_inside", "customers_lost", "households_lost", "critical_lost"]].isna().all(axis=None)
    dry_net = network_of(pipes, [], [], customers)
    dry = network.outage_table(dry_net)
    assert dry["customers_inside"].tolist() == [1]
    assert dry[["customers_lost", "fed"]].isna().all(axis=None)
    assert network.customers_lost_by_pipe(dry_net).isna().all()


def test_beyond_the_budget_the_loss_is_unknown(draw, network_params, monkeypatch):
    # a valve on the crossing of a ring main and a branch: shutting it for one pipe cuts the others apart
    pipes = [draw.pipe(n, (0, 0), xy) for n, xy in (("N", (0, 90)), ("E", (90, 0)), ("S", (0, -90)))]
    layers = (
        draw.layer("pipes", pipes),
        draw.layer("valves", [draw.valve("v", (0, 0))]),
        draw.layer("stations", [draw.source("G", (0, 90))]),
        draw.layer("customers", [draw.customer(f"C{k}", xy) for k, xy in enumerate([(0, 50), (50, 0), (0, -50)])]),
    )
    net = network.build(*layers, network_params)
    table = network.outage_table(net)
    by_pipe = dict(zip(table["pipe_ids"].str[0], table["customers_lost"], strict=True))
    assert by_pipe == {"N": 3, "E": 2, "S": 2}  # shut for E, the valve cuts S off too
    entries = {**network_params.entries}
    entries["search_budget"] = params.Parameter("search_budget", 0, "arcs", "test", "assumption")
    poor = network.build(*layers, params.Parameters("network", entries, ""))
    table = network.outage_table(poor)
    assert table.set_index(table["pipe_ids"].str[0])["customers_lost"].isna().to_dict() == {
        "N": False,
        "E": True,
        "S": True,
    }
    assert outages.customers_lost_by_pipe(poor).isna().to_dict() == {"N": False, "E": True, "S": True}


def test_table_goes_to_parquet(draw, network_of, tmp_path):
    net = network_of(
        [draw.pipe("P1", (0, 0), (100, 0)), draw.pipe("P2", (100, 0), (200, 0))],
        [draw.valve("v", (100, 0))],
        [draw.source("G", (0, 0))],
    )
    table = network.outage_table(net)
    table.to_parquet(tmp_path / "sectors.parquet")
    back = gpd.read_parquet(tmp_path / "sectors.parquet")
    assert [list(x) for x in back["valve_ids"]] == [[], ["v"]]
    assert back["sector_id"].tolist() == ["S0001", "S0002"]
    assert set(back.geom_type) == {"MultiLineString"}
