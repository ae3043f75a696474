"""Every command on a sample city: exit code, one JSON object, the result files, and nothing changed by reading."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from gridrisk import store

RESULTS = ["risk", "sectors", "works", "projects", "conversion", "coverage", "findings"]
CONTRACT = {
    "risk": {"pipe_id", "length_m", "failures_per_km_year", "failures_per_km_year_low", "failures_per_km_year_high", "likelihood",
             "consequence", "risk", "risk_per_km", "grade", "rank", "must_renew", "must_renew_clauses", "flags", "measure",
             "patrol_days", "leak_survey_days", "geometry"},
    "sectors": {"sector_id", "pipe_ids", "valve_ids", "customers_inside", "customers_lost", "households_lost", "critical_lost",
                "length_m", "geometry"},
    "works": {"work_id", "verdict", "missing", "close_valves", "households", "geometry"},
    "projects": {"project_id", "pipe_ids", "name", "setting", "town_id", "length_m", "cost_yuan", "risk_removed", "year",
                 "mandatory", "reason", "geometry"},
    "conversion": {"customer_id", "decision", "reason", "clause", "reach_m", "cost_yuan", "pay_user", "pay_government",
                   "pay_company", "geometry"},
    "coverage": {"town_id", "eligible", "converted", "verified", "share", "target", "deadline", "on_track"},
    "findings": {"layer", "id", "row", "check", "severity", "message"},
}  # fmt: skip


def some_pipe(city):
    return (
        pd.read_parquet(city / "results" / "risk.parquet", columns=["pipe_id", "rank"])
        .sort_values("rank")["pipe_id"]
        .iloc[0]
    )


@pytest.mark.parametrize("name", RESULTS)
def test_result_files_keep_the_contract(city, name):
    frame = pd.read_parquet(city / "results" / f"{name}.parquet")
    assert CONTRACT[name] <= set(frame.columns)
    assert len(frame) > 0


def test_the_geopackage_holds_every_result_with_its_geometry(city):
    layers = dict(pyogrio.list_layers(city / "results" / "gridrisk.gpkg"))
    assert set(RESULTS) <= set(layers)
    assert layers["risk"] is not None
    risk = gpd.read_file(city / "results" / "gridrisk.gpkg", layer="risk")
    assert risk.crs.to_epsg() == 4547
    assert not risk.geometry.is_empty.any()


def test_the_record_names_what_the_results_were_made_from(city):
    record = json.loads((city / "results" / "run.json").read_text(encoding="utf-8"))
    assert record["as_of"] == "2026-11-22"
    assert record["layers"]["pipes"]["rows"] > 450
    assert "likelihood/prior" in record["parameters"]
    assert record["seconds"]["score"] > 0


def test_terms_give_the_risk_back(city):
    from gridrisk import risk

    frame = pd.read_parquet(city / "results" / "risk.parquet").set_index("pipe_id")
    again = risk.combine(frame)
    pd.testing.assert_series_equal(again["risk"], frame["risk"], rtol=1e-9, check_names=False)


def test_maps_open_without_a_network(city):
    files = sorted((city / "results" / "maps").glob("*.html"))
    assert [f.stem for f in files] == ["coverage", "plan", "risk", "works"]
    for file in files:
        assert 'src="http' not in file.read_text(encoding="utf-8")


def test_reading_commands_leave_the_workspace_as_it_was(city, call):
    before = store.sha256_of(city)
    pipe = some_pipe(city)
    point = (
        gpd.read_parquet(city / "results" / "risk.parquet")
        .set_index("pipe_id")
        .geometry.loc[pipe]
        .interpolate(0.5, normalized=True)
    )
    answers = {
        "check": call("check", city, "--as-of", "2026-11-22"),
        "history": call("history", city),
        "explain": call("explain", city, pipe),
        "isolate": call("isolate", city, "--pipe", pipe),
        "at": call("isolate", city, "--at", f"{point.x},{point.y}"),
        "outages": call("outages", city),
        "works": call("works", city, "--as-of", "2026-11-22"),
        "policy": call("policy", "list"),
    }
    assert {name: code for name, (code, _) in answers.items()} == dict.fromkeys(answers, 0)
    assert store.sha256_of(city) == before
    assert {
        "sector_ids",
        "pipes",
        "close_valves",
        "optional_valves",
        "lost_pipes",
        "customers",
        "households",
        "critical",
        "unintended",
    } <= set(answers["isolate"][1])
    assert pipe in answers["isolate"][1]["pipes"]
    assert set(answers["at"][1]["pipes"]) <= set(answers["isolate"][1]["pipes"])
    site = answers["works"][1]["sites"][0]
    assert {"work_id", "verdict", "pipes", "close_valves", "households", "missing"} <= set(site)
    assert {"terms", "sentences", "grade"} <= set(answers["explain"][1])


def test_writing_commands_give_the_same_again(own_city, call):
    code, scored = call("score", own_city, "--as-of", "2026-11-22")
    assert code == 0
    assert scored["segments"] > 450
    first = (own_city / "results" / "risk.parquet").read_bytes()
    call("score", own_city, "--as-of", "2026-11-22")
    assert (own_city / "results" / "risk.parquet").read_bytes() == first
    code, planned = call("plan", own_city, "--as-of", "2026-11-22")
    assert {"status", "objective", "bound", "gap", "years", "shadow_price"} <= set(planned)
    assert code == (0 if planned["status"] in {"optimal", "feasible"} else 1)
    code, converted = call("convert", own_city, "--as-of", "2026-11-22")
    assert code == 0
    assert sum(converted["decisions"].values()) > 0
    assert call("convert", own_city, "--policy", "lishui-2023", "--as-of", "2026-11-22")[0] == 0
    assert call("map", own_city, "--kind", "risk", "--as-of", "2026-11-22")[0] == 0
    code, drawn = call("map", own_city, "--kind", "isolation", "--pipe", some_pipe(own_city), "--as-of", "2026-11-22")
    assert code == 0
    assert list(drawn["maps"]) == ["isolation"]
    assert call("map", own_city, "--kind", "isolation")[0] == 2
    assert call("map", own_city, "--pipe", "x")[0] == 2
    assert call("report", own_city)[0] == 0


def test_a_budget_too_small_for_what_must_be_done_is_said_and_exits_1(own_city, call, tmp_path):
    scenario = tmp_path / "arm.toml"
    scenario.write_text("budget_yuan = 1000.0\n", encoding="utf-8")
    code, planned = call("plan", own_city, "--scenario", scenario, "--as-of", "2026-11-22")
    assert code == 1
    assert planned["status"] == "infeasible"
    assert planned["relaxation"]["missing"]


def test_history_and_restore(own_city, call):
    _, listed = call("history", own_city, "valves")
    (version,) = listed["versions"]
    assert call("restore", own_city, version["version"]) == (
        0,
        {"restored": version["version"], "version": None, "committed": False},
    )
