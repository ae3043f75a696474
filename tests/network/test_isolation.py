import numpy as np
import pytest
import shapely

from gridrisk import network
from gridrisk.errors import DataError, UsageError

from .oracle import Oracle, random_scene


def line_of_three(draw):
    """G--P1--v1--P2--v2--P3, a customer on each, and C3 a school."""
    pipes = [draw.pipe(f"P{k}", (100 * (k - 1), 0), (100 * k, 0)) for k in (1, 2, 3)]
    valves = [draw.valve(f"v{k}", (100 * k, 0)) for k in (1, 2)]
    customers = [
        draw.customer("C1", (50, 5)),
        draw.customer("C2", (150, 5), households=7),
        draw.customer("C3", (250, 5), kind="school", households=None),
    ]
    return pipes, valves, [draw.source("G", (0, 0))], customers


def test_middle_pipe_takes_along_what_hangs_behind_it(draw, network_of):
    net = network_of(*line_of_three(draw))
    answer = network.isolate(net, pipe_id="P2")
    assert answer.pipes == ("P2",)
    assert answer.close_valves == ("v1",)
    assert answer.optional_valves == ("v2",)
    assert answer.unverified_valves == ("v1",)  # nobody says it can be operated
    assert answer.lost_pipes == ("P2", "P3")
    assert answer.customers == ("C2", "C3")
    assert answer.households == 7
    assert answer.critical == ("C3",)
    assert answer.to_dict()["unintended"] == {"pipes": ["P3"], "customers": ["C3"]}
    assert answer.close_stations == ()


def test_pipe_at_the_source_is_isolated_by_valve_and_station(draw, network_of):
    answer = network.isolate(network_of(*line_of_three(draw)), pipe_id="P1")
    assert answer.close_valves == ()
    assert answer.close_stations == ("G",)
    assert answer.customers == ("C1", "C2", "C3")


def test_stuck_valve_is_answered_with_the_next(draw, network_of):
    net = network_of(*line_of_three(draw))
    answer = network.isolate(net, pipe_id="P3", inoperable=["v2"])
    assert answer.close_valves == ("v1",)
    assert answer.pipes == ("P2", "P3")
    assert answer.unintended_pipes == ()


def test_divided_pipe_whole_or_only_the_piece(draw, network_of):
    pipes = [draw.pipe("P1", (0, 0), (100, 0)), draw.pipe("P2", (100, 0), (200, 0))]
    valves = [draw.valve("v", (60, 0.4)), draw.valve("w", (100, 0))]
    customers = [draw.customer("near", (10, 5)), draw.customer("far", (90, 5))]
    net = network_of(pipes, valves, [draw.source("G", (0, 0))], customers)
    whole = network.isolate(net, pipe_id="P1")
    assert len(whole.sector_ids) == 2
    assert whole.customers == ("near", "far")
    assert whole.close_stations == ("G",)
    piece = network.isolate(net, point=(80.0, 3.0))
    assert piece.close_valves == ("v",)
    assert piece.customers == ("far",)
    assert piece.pipes == ("P1",)
    # gas stays between the source and the valve 60 m along
    (stretch,) = piece.to_dict()["partly"]
    assert stretch == {"pipe_id": "P1", "from_m": pytest.approx(60.0), "to_m": pytest.approx(100.0)}
    assert any("P1" in str(note) and "gas stays in the rest" in str(note) for note in piece.notes)
    assert whole.partly == ()


def test_no_valve_between_two_sources_names_the_stations(draw, network_of):
    net = network_of(
        [draw.pipe("P1", (0, 0), (100, 0))], None, [draw.source("A", (0, 0)), draw.source("B", (100, 0))], None
    )
    answer = network.isolate(net, pipe_id="P1")
    assert answer.close_stations == ("A", "B")
    assert answer.households is None
    assert any("no valve isolates" in str(note) for note in answer.notes)
    assert any("customers are unknown" in str(note) for note in answer.notes)


def test_closed_valve_needs_no_closing_but_is_relied_on(draw, network_of):
    pipes, valves, stations, customers = line_of_three(draw)
    valves[1]["normally_open"] = False
    stations.append(draw.source("H", (300, 0)))
    answer = network.isolate(network_of(pipes, valves, stations, customers), pipe_id="P2")
    assert (answer.close_valves, answer.closed_valves) == (("v1",), ("v2",))
    assert answer.customers == ("C2",)


def test_part_without_gas_loses_nothing_and_says_so(draw, network_of):
    pipes, valves, stations, customers = line_of_three(draw)
    valves[1]["normally_open"] = False
    answer = network.isolate(network_of(pipes, valves, stations, customers), pipe_id="P3")
    assert answer.customers == answer.lost_pipes == answer.close_valves == ()
    assert any("no source reaches" in str(note) for note in answer.notes)


def test_wrong_questions(draw, network_of):
    net = network_of(*line_of_three(draw))
    with pytest.raises(UsageError):
        network.isolate(net)
    with pytest.raises(DataError, match="no such pipe"):
        network.isolate(net, pipe_id="P9")
    with pytest.raises(DataError, match="no such valve"):
        network.isolate(net, pipe_id="P1", inoperable=["v9"])
    with pytest.raises(DataError, match="no pipe lies within"):
        network.isolate(net, point=(0.0, 5000.0))


@pytest.mark.parametrize("stations", [None, [], "far"])
def test_without_source_all_round_is_closed_and_nothing_said_of_beyond(draw, network_of, stations):
    pipes, valves, _, customers = line_of_three(draw)
    if stations == "far":
        stations = [draw.station("R", (0, 5000))]
    net = network_of(pipes, valves, stations, customers)
    answer = network.isolate(net, pipe_id="P2")
    assert set(answer.close_valves) == {"v1", "v2"}
    assert answer.optional_valves == answer.close_stations == ()
    assert answer.lost_pipes == answer.pipes == ("P2",)
    assert (answer.customers, answer.households) == (("C2",), 7)
    data = answer.to_dict()
    assert data["source_known"] is False
    assert data["unintended"] == {"pipes": [], "customers": []}
    assert "who loses gas beyond it is unknown" in data["notes"][0]
    assert any("is_source" in note for note in data["notes"])
    assert network.isolate(net, pipe_id="P2", inoperable=["v2"]).close_valves == ("v1",)


def test_without_source_a_closed_valve_is_relied_on(draw, network_of):
    pipes, valves, _, customers = line_of_three(draw)
    valves[1]["normally_open"] = False
    answer = network.isolate(network_of(pipes, valves, [], customers), pipe_id="P2")
    assert (answer.close_valves, answer.closed_valves) == (("v1",), ("v2",))


def test_without_source_stations_that_may_feed_are_closed(draw, network_of):
    pipes = [
        draw.pipe("M", (0, 0), (100, 0), pressure_class="medium_a"),
        draw.pipe("L", (100, 0), (200, 0), pressure_class="low"),
        draw.pipe("N", (200, 0), (300, 0), pressure_class="low"),
    ]
    stations = [
        draw.station("R", (100, 1), inlet_class="medium_a", outlet_class="low"),
        draw.station("box", (250, 2), kind="regulator_box"),  # beside the middle of N: nobody says what it does
        draw.station("no", (280, 2), kind="regulator_box", is_source=False),
    ]
    net = network_of(pipes, [draw.valve("v", (200, 0), pipe_id="N")], stations, [])
    assert network.isolate(net, pipe_id="M").close_stations == ("R",)
    low, end = network.isolate(net, pipe_id="L"), network.isolate(net, pipe_id="N")
    assert (low.close_stations, low.close_valves) == (("R",), ("v",))
    assert (end.close_stations, end.close_valves) == (("box",), ("v",))
    assert any("may feed it" in str(note) for note in end.notes)
    table = network.outage_table(net).set_index("sector_id")
    for answer in (low, end):
        row = table.loc[answer.sector_ids[0]]
        assert (row["station_ids"], row["valve_ids"]) == (list(answer.close_stations), list(answer.close_valves))
    assert table[["customers_lost", "households_lost", "fed"]].isna().all(axis=None)


def test_without_source_and_valve_nothing_isolates(draw, network_of):
    answer = network.isolate(network_of([draw.pipe("P", (0, 0), (9, 0))], None, None, None), pipe_id="P")
    assert any("nothing that is known isolates" in str(note) for note in answer.notes)
    assert answer.households is None


@pytest.mark.parametrize("seed", range(4))
def test_without_source_closing_all_round_keeps_gas_out_wherever_it_comes_from(draw, network_of, seed):
    scene = random_scene(draw, np.random.default_rng(50 + seed), 12)
    scene.stations = [s for s in scene.stations if not s.get("is_source")]
    net = network_of(scene.pipes, scene.valves, scene.stations, scene.customers)
    oracle = Oracle(scene)
    for pipe, pieces in scene.pieces.items():
        answer, sector = network.isolate(net, pipe_id=pipe), oracle.sector(pieces)
        closed = {("J", int(s[1:])) for s in answer.close_stations}
        elsewhere = {e for edge in scene.edges for e in (edge.a, edge.b)} - sector
        gas = oracle.flood(
            elsewhere,
            lambda e, a=answer, c=closed: oracle.passes(e, set(a.close_valves)) and not (e.one_way and e.a[:2] in c),
        )
        assert not gas & sector, pipe
        assert set(answer.pipes) == {e[1] for e in sector if e[0] == "P"}
        assert set(answer.customers) == {c for c, piece in scene.hangs.items() if piece in sector}


def test_regulator_is_closed_with_what_it_feeds(draw, network_of):
    pipes = [
        draw.pipe("M", (0, 0), (100, 0), pressure_class="medium_a"),
        draw.pipe("L", (100, 0), (200, 0), pressure_class="low"),
    ]
    stations = [
        draw.source("G", (0, 0)),
        draw.station("R", (100, 1), inlet_class="medium_a", outlet_class="low"),
    ]
    net = network_of(pipes, [], stations, [draw.customer("C", (150, 5))])
    low = network.isolate(net, pipe_id="L")
    assert (low.close_stations, low.lost_pipes, low.customers) == (("R",), ("L",), ("C",))
    medium = network.isolate(net, pipe_id="M")
    assert (medium.close_stations, medium.unintended_pipes) == (("G",), ("L",))


@pytest.mark.parametrize("seed", range(16))
def test_agrees_with_removing_what_is_closed_on_fifteen_districts(draw, network_of, seed):
    rng = np.random.default_rng(seed)
    scene = random_scene(draw, rng, 15)
    net = network_of(scene.pipes, scene.valves, scene.stations, scene.customers)
    stuck = [v["valve_id"] for v in scene.valves if rng.random() < 0.1]
    for pipe, pieces in scene.pieces.items():
        if rng.random() < 0.5:
            compare(scene, network.isolate(net, pipe_id=pipe), pieces, [], pipe)
        else:
            compare(scene, network.isolate(net, pipe_id=pipe, inoperable=stuck), pieces, stuck, pipe)
    for row in scene.customers[::5]:
        if row["pipe_id"] == nearest(scene, row):
            answer = network.isolate(net, point=(row["geometry"].x, row["geometry"].y))
            compare(scene, answer, [scene.hangs[row["customer_id"]]], [], row["customer_id"])


def nearest(scene, row):
    distance = {p["pipe_id"]: p["geometry"].distance(row["geometry"]) for p in scene.pipes}
    best = min(distance.values())
    return next(iter(p for p, d in distance.items() if d <= best + 1e-6))


def compare(scene, answer, pieces, stuck, seed):
    oracle = Oracle(scene, stuck)
    sector, close, lost = oracle.isolate(pieces)
    assert set(answer.pipes) == {e[1] for e in sector if e[0] == "P"}, seed
    assert set(answer.close_valves) == close, seed
    assert set(answer.lost_pipes) == {e[1] for e in lost if e[0] == "P"}, seed
    assert set(answer.unintended_pipes) == {e[1] for e in lost - sector if e[0] == "P"}, seed
    out = {c for c, piece in scene.hangs.items() if piece in lost}
    assert set(answer.customers) == out, seed
    assert answer.households == sum(c["households"] for c in scene.customers if c["customer_id"] in out), seed
    assert set(answer.unintended_customers) == {c for c in out if scene.hangs[c] not in sector}, seed
    # closing what is named, and nothing else, really keeps gas out
    closed_stations = set(answer.close_stations)
    sources = {s for s in scene.sources if s not in sector}
    gas = oracle.flood(
        sources,
        lambda e: oracle.passes(e, set(answer.close_valves)) and not (e.one_way and f"R{e.a[1]}" in closed_stations),
    )
    assert not gas & sector, seed
    assert closed_stations >= {f"R{e.a[1]}" for e in scene.edges if e.one_way and e.b in sector and e.a in gas}, seed


def test_valves_are_named_with_their_place_and_road(draw, network_of):
    pipes, valves, stations, customers = line_of_three(draw)
    pipes[1]["road"] = "Long Road"
    valves[1] |= {"normally_open": False, "geometry": shapely.Point(200, 0.5), "pipe_id": "P2"}
    answer = network.isolate(network_of(pipes, valves, stations, customers), pipe_id="P2", inoperable=["v2"])
    close, closed = answer.valves
    assert (close.valve_id, close.role, close.x, close.y) == ("v1", "close", 100.0, 0.0)
    assert (closed.valve_id, closed.role, closed.y, closed.road) == ("v2", "closed", 0.5, "Long Road")
    assert (closed.pipe_id, closed.known_to_work) == ("P2", False)
    assert [spot["valve_id"] for spot in answer.to_dict()["valves"]] == ["v1", "v2"]
    assert {spot.valve_id for spot in answer.valves} == {*answer.close_valves, *answer.closed_valves}


def test_pipes_near_a_place_are_candidates_the_nearest_first(draw, network_of):
    pipes, valves, stations, customers = line_of_three(draw)
    pipes.append(draw.pipe("far", (120, 25), (180, 25)))
    answer = network.isolate(network_of(pipes, valves, stations, customers), point=(190.0, 10.0))
    assert [(c.pipe_id, c.isolated) for c in answer.candidates] == [("P2", True), ("P3", False), ("far", False)]
    assert [c.distance_m for c in answer.candidates] == pytest.approx([10.0, 14.142, 18.028], abs=1e-3)
    assert network.isolate(network_of(pipes, valves, stations, customers), pipe_id="P1").candidates == ()


def test_a_place_on_a_named_pipe_means_its_piece_there(draw, network_of):
    pipes, valves, stations, customers = line_of_three(draw)
    valves.append(draw.valve("m", (150, 0)))
    net = network_of(pipes, valves, stations, customers)
    answer = network.isolate(net, pipe_id="P2", point=(120.0, 80.0))  # too far for a place alone
    assert [(s.pipe_id, s.from_m, s.to_m) for s in answer.partly] == [("P2", 0.0, 50.0)]
