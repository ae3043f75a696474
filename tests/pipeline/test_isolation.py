"""What `isolate` and `outages` answer on a street of three pipes, by hand, and on other people's network."""

from __future__ import annotations

import pathlib

import geopandas as gpd
import pandas as pd
import pytest

from gridrisk import store

from .street import X, Y, at, customer, pipe, street

#: The shape other programs rely on.
LISTS = ("sector_ids", "pipes", "close_valves", "optional_valves", "lost_pipes", "customers", "critical")


def is_of_contract(data):
    for key in LISTS:
        assert isinstance(data[key], list), key
        assert all(isinstance(item, str) for item in data[key]), key
    assert data["households"] is None or isinstance(data["households"], int)
    assert set(data["unintended"]) == {"pipes", "customers"}
    assert all(isinstance(item, str) for ids in data["unintended"].values() for item in ids)
    return data


def test_a_pipe_in_the_middle(workspace, call):
    code, data = call("isolate", workspace(), "--pipe", "B")
    assert code == 0
    is_of_contract(data)
    assert data["sector_ids"] == ["S0002"]
    assert (data["close_valves"], data["optional_valves"]) == (["v1"], ["v2"])
    assert data["lost_pipes"] == ["B", "C"]
    assert (data["customers"], data["critical"]) == (["b", "s", "u"], ["s"])
    assert (data["households"], data["households_unknown"]) == (20, 1)  # a school is no household; u is unknown
    assert data["unintended"] == {"pipes": ["C"], "customers": ["s", "u"]}
    assert data["source_known"] is True


def test_a_place_and_a_stuck_valve(workspace, call):
    root = workspace()
    code, data = call("isolate", root, "--at", f"{X + 250},{Y + 12}", "--inoperable", "v2")
    assert code == 0
    is_of_contract(data)
    assert data["pipes"] == ["B", "C"]
    assert (data["close_valves"], data["optional_valves"]) == (["v1"], [])
    assert "the nearest pipe is C, 12.0 m from the place" in data["notes"]
    assert call("isolate", root, "--at", f"{X},{Y + 31}")[0] == 1
    assert call("isolate", root, "--at", "nan,inf")[0] == 2


@pytest.mark.parametrize(
    "stations",
    [None, [], [{"station_id": "G", "kind": "regulator_box", "geometry": street()["stations"][0]["geometry"]}]],
)
def test_where_no_source_is_known_the_valves_are_told_and_nothing_of_beyond(workspace, call, stations):
    root = workspace(stations=stations)
    code, data = call("isolate", root, "--pipe", "B")
    assert code == 0
    is_of_contract(data)
    assert data["source_known"] is False
    assert (sorted(data["close_valves"]), data["optional_valves"]) == (["v1", "v2"], [])
    assert (data["lost_pipes"], data["customers"], data["households"]) == (["B"], ["b"], 20)
    assert any("unknown" in note for note in data["notes"])
    code, text = call("isolate", root, "--pipe", "B", as_json=False)
    assert "households without gas: at least 20" in text
    beyond = next(line for line in text.splitlines() if "beyond them" in line)
    assert beyond.count("—") == 2  # not nought
    # nobody says whether the box on A feeds it
    assert call("isolate", root, "--pipe", "A")[1]["close_stations"] == (["G"] if stations else [])
    sectors = pd.DataFrame(call("outages", root)[1]["sectors"])
    assert sectors[["customers_lost", "households_lost"]].isna().all(axis=None)
    assert sorted(sectors["valve_ids"].map(len)) == [1, 1, 2]
    assert "who loses gas with 3 sectors is unknown" in call("outages", root, as_json=False)[1]


def test_where_no_source_is_known_the_other_commands_go_on(workspace, call):
    root = workspace(stations=None)
    for command in (
        ["works", root],
        ["score", root],
        ["map", root, "--kind", "works"],
        ["isolate", root, "--pipe", "B", "--map"],
    ):
        assert call(*command)[0] == 0


def test_customers_never_imported_are_unknown_not_none(workspace, call):
    root = workspace(customers=None)
    assert is_of_contract(call("isolate", root, "--pipe", "B")[1])["households"] is None
    text = call("isolate", root, "--pipe", "B", as_json=False)[1]
    assert "households without gas: unknown" in text
    assert next(line for line in text.splitlines() if "customers without gas" in line).count("—") == 2


def test_households_not_recorded_make_the_number_a_least_one(workspace, call):
    assert "households without gas: at least 20" in call("isolate", workspace(), "--pipe", "B", as_json=False)[1]


def test_long_lists_are_cut_for_people_and_whole_for_programs(workspace, call):
    root = workspace(pipes=[pipe(f"P{k:02d}", 10 * k, 10 * k + 10) for k in range(30)], valves=[], customers=[])
    text = call("isolate", root, "--pipe", "P00", as_json=False)[1]
    assert "P11 … (30)" in " ".join(text.split())
    assert "P12" not in text
    assert len(call("isolate", root, "--pipe", "P00")[1]["pipes"]) == 30


def test_numbers_for_ids_stay_text(workspace, call):
    root = workspace(
        pipes=[pipe("1", 0, 100), pipe("2", 100, 200)],
        valves=[{"valve_id": "007", "geometry": street()["valves"][0]["geometry"]}],
    )
    data = is_of_contract(call("isolate", root, "--pipe", "2")[1])
    assert (data["pipes"], data["close_valves"]) == (["2"], ["007"])


def test_an_empty_workspace_is_refused(workspace, call):
    code, data = call("isolate", workspace(pipes=None), "--pipe", "A")
    assert code == 1
    assert "pipes" in data["errors"][0]


@pytest.mark.shared
def test_a_german_town_is_shut_off_at_its_feed(german_town, call):
    root = german_town
    pipe_id = store.read_layer(store.open_workspace(root), "pipes").index[0]
    code, data = call("isolate", root, "--pipe", pipe_id)
    assert code == 0
    is_of_contract(data)
    feed = store.read_layer(store.open_workspace(root), "stations").index.tolist()
    assert data["close_stations"] == feed  # no valve was delivered
    assert data["close_valves"] == []
    assert len(data["lost_pipes"]) == 2559
    assert len(data["customers"]) == 1506
    assert (data["households"], data["source_known"]) == (0, True)
    assert data["households_unknown"] in {0, 1506}
    assert any("close the stations named" in note for note in data["notes"])


def test_a_station_lost_and_a_closed_valve_that_helps(workspace, call):
    stations = [*street()["stations"], {"station_id": "H", "kind": "city_gate", "is_source": True}]
    stations[1]["geometry"] = type(stations[0]["geometry"])(X + 300, Y)
    valves = [{**street()["valves"][0]}, {**street()["valves"][1], "normally_open": False}]
    root = workspace(stations=stations, valves=valves)
    code, data = call("isolate", root, "--station", "G")
    assert code == 0
    is_of_contract(data)
    assert (data["customers"], data["pipes"], data["close_valves"]) == (["a", "b"], [], [])
    assert [(one["valve_id"], one["customers"]) for one in data["restoration"]] == [("v2", ["a", "b"])]
    assert "Closed valves that give gas back" in call("isolate", root, "--station", "G", as_json=False)[1]
    assert call("isolate", root, "--station", "none")[0] == 1
    assert call("isolate", root, "--station", "G", "--pipe", "A", as_json=False)[0] == 2


def test_valves_by_what_their_failure_costs(workspace, call):
    root = workspace()
    code, data = call("valves", root)
    assert code == 0
    assert data["rated"] is False
    assert [(v["valve_id"], v["extra_customers"], v["operable_known"]) for v in data["valves"]] == [
        ("v1", 1, True),  # of four customers a hangs on A, which is shut too where v1 is stuck
        ("v2", 1, False),
    ]
    assert "run gridrisk score" in call("valves", root, as_json=False)[1]
    assert call("score", root)[0] == 0
    rated = call("valves", root)[1]
    assert rated["rated"] is True
    assert all(v["extra_customers_per_year"] > 0 for v in rated["valves"])


def test_a_leak_means_the_piece_of_its_pipe_there(workspace, call):
    def leak(name, **fields):
        return {"leak_id": name, "found_on": "2026-01-05", "geometry": at(250, 2), **fields}

    leaks = [
        leak("L1"),
        leak("L2", pipe_id="B", geometry=at(120, 5), repaired_on="2026-02-01"),
        leak("L3", pipe_id="A"),
        leak("L4", pipe_id="gone"),
        leak("L5", pipe_id="B", geometry=None),
        leak("L6", geometry=None),
    ]
    valves = [*street()["valves"], {"valve_id": "m", "geometry": at(150, 0)}]
    root = workspace(leaks=leaks, valves=valves)
    assert call("isolate", root, "--leak", "L1")[1]["pipes"] == ["C"]
    data = is_of_contract(call("isolate", root, "--leak", "L2")[1])
    assert [(p["pipe_id"], p["from_m"], p["to_m"]) for p in data["partly"]] == [("B", 0.0, 50.0)]
    assert "leak L2 was repaired on 2026-02-01" in data["notes"]
    far = call("isolate", root, "--leak", "L3")[1]
    assert far["pipes"] == ["A"]
    assert any("150 m from the pipe A that it names" in note for note in far["notes"])
    other = call("isolate", root, "--leak", "L4")[1]
    assert (other["pipes"], "not in the network" in other["notes"][0]) == (["C"], True)
    assert call("isolate", root, "--leak", "L5")[1]["partly"] == []
    assert call("isolate", root, "--leak", "L6")[0] == 1
    code, data = call("isolate", root, "--leak", "L7")
    assert code == 1
    assert data["errors"] == ["leaks: there is no L7"]
    assert call("isolate", root, "--leak", "L1", "--pipe", "A")[0] == 2


def test_a_wrong_name_is_answered_with_the_nearest_if_any(workspace, call):
    root = workspace(pipes=[pipe("GD0001", 0, 100), pipe("GD0002", 100, 200)], leaks=[])
    said = call("isolate", root, "--pipe", "GD001")[1]["errors"][0]
    assert said.startswith("pipe GD001: there is no such pipe; did you mean GD0001")
    for option in ("--pipe", "--station"):
        assert "did you mean" not in call("isolate", root, option, "x")[1]["errors"][0]


def test_valves_are_told_with_road_and_place(workspace, call):
    root = workspace(pipes=[pipe("A", 0, 100, road="East Road"), pipe("B", 100, 200)])
    data = call("isolate", root, "--pipe", "B")[1]
    assert [(v["valve_id"], v["role"], v["x"], v["y"]) for v in data["valves"]] == [
        ("v1", "close", X + 100, Y),
        ("v2", "optional", X + 200, Y),
    ]
    text = call("isolate", root, "--pipe", "A", as_json=False)[1]
    assert "East Road" in text
    assert f"{X + 100:.1f}" in text


def test_the_sheet_is_written_beside_the_results(workspace, call):
    root = workspace()
    code, data = call("isolate", root, "--at", f"{X + 150},{Y + 1}", "--inoperable", "v2", "--sheet")
    assert code == 0
    page = pathlib.Path(data["sheet"]).read_text(encoding="utf-8")
    assert pathlib.Path(data["sheet"]).parent == root / "results" / "sheets"
    assert "found stuck: v2" in page
    assert "v1" in page
    assert "★1" in page  # the school


def test_where_a_new_valve_saves_most(workspace, call):
    residents = [customer(f"r{k}", 80, pipe_id="A", households=1) for k in range(20)]
    root = workspace(valves=[], customers=[*residents, customer("z", 280, households=1)])
    code, data = call("valves", root, "--new", "1")
    assert code == 0
    (valve,) = data["new_valves"]
    assert (valve["pipe_id"], valve["lost_before"]) in {("A", 21), ("B", 21)}
    assert {valve["lost_one"], valve["lost_other"]} == {21, 1}
    assert 0 < data["saved"] <= data["bound"]
    assert data["before"] - data["after"] == pytest.approx(data["saved"])
    assert data["rated"] is False
    points = gpd.read_parquet(data["file"])
    assert points.geometry.geom_type.tolist() == ["Point"]
    assert call("valves", root, "--budget", "100")[1]["new_valves"] == []
    for sum_ in ("nan", "inf", "-1"):
        assert call("valves", root, "--budget", sum_)[0] == 2
    assert "save" in call("valves", root, "--new", "2", as_json=False)[1]
    assert call("valves", root, "--new", "0")[0] == 2
