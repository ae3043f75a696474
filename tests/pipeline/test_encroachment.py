"""Building sites on a street of three pipes: verdict, valves and households, by hand."""

from __future__ import annotations

import datetime as dt
import math

import geopandas as gpd
import pytest
import shapely

from gridrisk import store
from gridrisk.pipeline import encroachment

from .street import CRS, X, Y, box, pipe

AS_OF = "2026-11-22"


def judged(call, root, *more):
    code, data = call("works", root, *more, "--as-of", AS_OF)
    assert code == 0, data
    for site in data["sites"]:
        is_of_contract(site)
    return {site["work_id"]: site for site in data["sites"]}


def is_of_contract(site):
    assert isinstance(site["work_id"], str)
    assert site["verdict"] in {"forbidden", "plan_required", "clear"}
    for near in site["pipes"]:
        assert {"pipe_id", "distance_m", "zone", "pressure_class", "clause"} <= set(near)
        assert near["zone"] in {"protection", "control", "outside"}
        assert isinstance(near["pipe_id"], str)
        assert near["distance_m"] >= 0
    for key in ("close_valves", "close_stations", "missing", "notes"):
        assert all(isinstance(item, str) for item in site[key]), key
    assert site["households"] is None or (isinstance(site["households"], int) and site["households"] >= 0)


def test_piles_in_the_protection_range(workspace, call):
    sites = judged(call, workspace())
    pile, far = sites["pile"], sites["far"]
    assert (pile["verdict"], pile["clause"]) == ("plan_required", "GB 55009-2021 5.1.9")
    near = pile["pipes"][0]
    assert (near["pipe_id"], near["zone"], near["pressure_class"]) == ("B", "protection", "low")
    assert near["distance_m"] == pytest.approx(0.3 - 0.055)
    assert pile["close_valves"] == ["v1"]  # v2 leads to C, which B feeds
    assert pile["households"] == 20
    assert "some customers' number of households is not recorded; the households are at least so many" in pile["notes"]
    assert {"plan_signed", "guardian"} <= set(pile["missing"])
    assert (far["verdict"], far["pipes"], far["close_valves"], far["households"]) == ("clear", [], [], 0)


def test_several_pipes_name_the_valves_of_each_and_the_worst_hit(workspace, call):
    across = [{"work_id": 1, "kind": "jacking", "geometry": box(195, 0.2, 205, 2)}]
    site = judged(call, workspace(works=[row | {"work_id": "x"} for row in across]))["x"]
    assert {near["pipe_id"] for near in site["pipes"] if near["zone"] == "protection"} == {"B", "C"}
    assert site["close_valves"] == ["v1", "v2"]
    assert site["households"] == 20  # of B and all behind it; C alone is of unknown households


def test_without_source_households_are_unknown_and_all_valves_named(workspace, call):
    root = workspace(stations=None)
    sites = judged(call, root)
    assert sites["pile"]["close_valves"] == ["v1", "v2"]
    assert sites["pile"]["households"] is None
    assert any("where gas comes from is unknown" in note for note in sites["pile"]["notes"])
    assert sites["far"]["households"] == 0
    text = call("works", root, "--as-of", AS_OF, as_json=False)[1]
    assert "where gas comes from is unknown" in " ".join(text.split())


def test_without_customers_households_are_unknown(workspace, call):
    assert judged(call, workspace(customers=None))["pile"]["households"] is None


def test_at_the_source_the_station_is_named(workspace, call):
    works = [{"work_id": "gate", "kind": "blasting", "geometry": box(40, 0.1, 50, 2)}]
    site = judged(call, workspace(works=works))["gate"]
    assert site["verdict"] == "forbidden"
    assert (site["close_valves"], site["close_stations"]) == ([], ["G"])


def test_a_pipe_that_is_no_single_line_is_judged_though_no_valve_can_be_named(workspace, call):
    parts = shapely.MultiLineString([[(X, Y + 50), (X + 9, Y + 50)], [(X + 20, Y + 50), (X + 30, Y + 50)]])
    rows = [pipe("A", 0, 100), pipe("two", 0, 1, geometry=parts)]
    works = [{"work_id": "dig", "kind": "excavation", "geometry": box(1, 50.2, 5, 52)}]
    site = judged(call, workspace(pipes=rows, works=works))["dig"]
    assert site["verdict"] == "plan_required"
    assert (site["close_valves"], site["households"]) == ([], None)
    assert any("no valve can be named for them: two" in note for note in site["notes"])


def test_a_site_without_a_place_is_not_cleared(workspace, call):
    works = [
        {"work_id": "where", "kind": "piling", "geometry": None},
        {"work_id": "done", "kind": "piling", "geometry": box(0, 0, 1, 1), "status": "done"},
    ]
    sites = judged(call, workspace(works=works))
    assert (sites["where"]["verdict"], sites["where"]["households"]) == ("plan_required", None)
    assert sites["done"]["verdict"] == "clear"


def test_a_file_is_judged_without_being_imported(workspace, call, tmp_path):
    root = workspace(works=None)
    file = tmp_path / "site.gpkg"
    site = {"work_id": ["77"], "kind": ["piling"], "geometry": [box(140, 0.3, 160, 9)]}
    gpd.GeoDataFrame(site, geometry="geometry", crs=CRS).to_file(file)
    before = store.sha256_of(root)
    assert judged(call, root, file)["77"]["close_valves"] == ["v1"]
    assert store.sha256_of(root) == before
    assert call("works", root)[0] == 1  # none is imported


def test_the_table_begins_with_the_gravest_and_calls_a_finished_site_so(workspace, call):
    works = [
        {"work_id": "over", "kind": "piling", "geometry": box(140, 0.3, 160, 9), "status": "done"},
        {"work_id": "away", "kind": "piling", "geometry": box(140, 40, 160, 49)},
        {"work_id": "near", "kind": "piling", "geometry": box(140, 0.3, 160, 9)},
    ]
    root = workspace(works=works)
    code, text = call("works", root, "--as-of", AS_OF, as_json=False)
    rows = {line.split()[0]: line for line in text.splitlines() if line.strip()[:4] in {"over", "away", "near"}}
    assert (code, list(rows)) == (0, ["near", "away", "over"])
    assert "nothing required" in rows["away"]
    assert "finished" in rows["over"]


def test_no_sites(workspace, call):
    code, data = call("works", workspace(works=[]), "--as-of", AS_OF)
    assert (code, list(data)) == (1, ["errors"])


def test_the_table_holds_a_row_a_site(workspace):
    opened = store.open_workspace(workspace())
    sites = encroachment.judge(opened, None, as_of=dt.date(2026, 11, 22))
    table = encroachment.table(sites, "en")
    assert list(table.index) == ["pile", "far"]
    assert table.loc["pile", "pipe_ids"] == ["B"]
    assert table.loc["pile", "close_valves"] == ["v1"]
    assert table["households"].tolist() == [20.0, 0.0]
    assert all(isinstance(note, str) for note in table.loc["pile", "notes"])
    assert math.isclose(table.loc["pile", "distance_m"], 0.245, abs_tol=1e-6)
    assert len(sites.doubts) == 1


def site(work_id, x, **fields):
    return {"work_id": work_id, "kind": "piling", "geometry": box(x, 0.3, x + 5, 5)} | fields


def test_a_site_far_from_the_network_is_doubted_not_cleared(workspace, call):
    root = workspace(works=[site("here", 150), site("there", 9_000)])
    _, data = call("works", root, "--as-of", AS_OF)
    (finding,) = [f for f in data["findings"] if f["check"] == "works_near_network"]
    assert finding["id"] == "there"
    assert "km from the network" in finding["message"]


def test_when_all_sites_are_far_there_are_no_verdicts(workspace, call):
    code, data = call("works", workspace(works=[site("a", 50_000), site("b", 60_000)]), "--as-of", AS_OF)
    assert code == 1
    assert len(data["errors"]) == 2


def test_a_finished_site_closes_no_valves(workspace, call):
    found = judged(call, workspace(works=[site("past", 150, status="done"), site("now", 150)]))
    assert found["past"]["verdict"] == "clear"
    assert found["past"]["close_valves"] == []
    assert found["now"]["close_valves"] != []
