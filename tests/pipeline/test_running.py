"""The steps chained: scores, plan, conversion and documents of one sample city fit together."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest

from gridrisk import network, store
from gridrisk.errors import DataError, WorkspaceError
from gridrisk.pipeline import (
    checking,
    conversion,
    demonstration,
    inputs,
    isolation,
    mapping,
    planning,
    running,
    scoring,
)

AS_OF = dt.date(2026, 11, 22)


@pytest.fixture
def workspace(city):
    return store.open_workspace(city)


def result(city, name):
    return pd.read_parquet(city / "results" / f"{name}.parquet")


def test_every_segment_has_a_score(city, workspace):
    scores = result(city, "risk").set_index("pipe_id")
    pipes = store.read_layer(workspace, "pipes")
    assert sorted(scores.index) == sorted(pipes.index)
    assert scores.loc[scores["scored"], "risk"].notna().all()
    assert scores["length_m"].sum() == pytest.approx(pipes.geometry.length.sum())


def test_likelihood_and_consequence_multiply(city):
    scores = result(city, "risk").query("scored")
    assert (scores["likelihood"] * scores["consequence"]).to_numpy() == pytest.approx(
        scores["risk"].to_numpy(), rel=1e-9
    )
    assert (scores["failures_per_km_year"] * scores["length_m"] / 1000).to_numpy() == pytest.approx(
        scores["likelihood"].to_numpy(), rel=1e-9
    )


def test_what_must_be_renewed_is_planned_or_named(city):
    scores = result(city, "risk").set_index("pipe_id")
    projects = result(city, "projects")
    must = set(scores.index[scores["must_renew"].fillna(False).astype(bool)])
    planned = {pipe for pipes in projects.loc[projects["year"] > 0, "pipe_ids"] for pipe in pipes}
    waiting = {pipe for pipes in projects.loc[projects["year"] == 0, "pipe_ids"] for pipe in pipes}
    assert must <= planned | waiting
    late = projects[(projects["year"] == 0) & projects["mandatory"] & (projects["deadline_year"] <= 2029)]
    assert late.empty


def test_payers_add_up_to_the_fen(city):
    projects = result(city, "projects")
    payers = [c for c in projects if c.startswith("cost_") and c != "cost_yuan"]
    total = (projects[payers] * 100).round().astype("int64").sum(axis=1)
    assert (total == (projects["cost_yuan"] * 100).round().astype("int64")).all()


def test_the_list_says_what_the_plan_says(city):
    projects = result(city, "projects")
    book = openpyxl.load_workbook(city / "results" / "renewal_list.xlsx", data_only=True)
    listed = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row[:1]} & set(
        projects["project_id"]
    )
    assert listed == set(projects["project_id"])


def test_sectors_agree_with_the_network(city, workspace):
    net = isolation.open_network(workspace)
    sectors = result(city, "sectors")
    assert len(sectors) == len(network.outage_table(net))
    assert sectors["length_m"].sum() == pytest.approx(net.lines.length_m.sum())


def test_every_bottled_customer_is_decided(city, workspace):
    customers = store.read_layer(workspace, "customers")
    decided = result(city, "conversion").set_index("customer_id")
    bottled = customers.index[customers["fuel"] == "bottle"]
    assert set(bottled) <= set(decided.index)
    assert set(decided["decision"]) <= {"pipe", "electric", "excluded", "done", "unknown"}
    by_town = result(city, "coverage")
    assert by_town[["pipe", "electric", "excluded", "done", "unknown"]].to_numpy().sum() == len(decided)


def test_a_city_of_pipes_alone_still_gets_scores_maps_and_a_plan(city, tmp_path):
    source = store.open_workspace(city)
    bare = store.create(tmp_path / "bare", crs="EPSG:4547", policy=None, lang="en")
    store.commit_layer(bare, "pipes", store.read_layer(source, "pipes"), [], detail={})
    done = running.run(bare, as_of=AS_OF, lang="en")
    assert [path.stem for path in done.files] == ["risk", "plan", "renewal_list", "gridrisk"]
    assert len(done.skipped) == 2
    scores = pd.read_parquet(bare.results / "risk.parquet")
    assert scores["unknown"].str.contains("built_over").all()
    assert not scores["flags"].str.contains("built_over").any()


def test_an_empty_workspace_says_what_it_needs(tmp_path):
    bare = store.create(tmp_path / "bare", crs="EPSG:4547", policy=None, lang="en")
    for call in (
        lambda: running.run(bare, as_of=AS_OF, lang="en"),
        lambda: scoring.score(bare, as_of=AS_OF),
        lambda: planning.plan(bare, scenario=None, as_of=AS_OF),
        lambda: conversion.convert(bare, policy="honggutan-2024", as_of=AS_OF),
        lambda: isolation.isolate(bare, pipe_id="x"),
    ):
        with pytest.raises(DataError, match="import them first"):
            call()
    assert checking.check(bare, as_of=AS_OF) == []
    assert mapping.available(bare) == []
    assert inputs.layers(bare)["pipes"] is None


def test_the_demo_does_not_write_over_a_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="not empty"):
        demonstration.demo(tmp_path, pipes=500, seed=1, as_of=AS_OF, lang="en")


def test_a_score_is_explained_and_compared_with_the_run_before(city, workspace):
    worst = result(city, "risk").sort_values("rank")["pipe_id"].iloc[0]
    found = scoring.explain(workspace, worst)
    assert found.pipe_id == worst
    assert found.rank == 1
    with pytest.raises(DataError, match="did you mean"):
        scoring.explain(workspace, worst[:-1] + "X")
