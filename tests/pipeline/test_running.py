"""The steps chained: scores, plan, conversion and documents of one sample city fit together."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from gridrisk import network, store
from gridrisk.errors import DataError
from gridrisk.pipeline import (
    checking,
    conversion,
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


def test_sectors_agree_with_the_network(city, workspace):
    net = isolation.open_network(workspace)
    sectors = result(city, "sectors")
    assert len(sectors) == len(network.outage_table(net))
    assert sectors["length_m"].sum() == pytest.approx(net.lines.length_m.sum())


def test_a_city_of_pipes_alone_still_gets_scores_maps_and_a_plan(city, tmp_path):
    source = store.open_workspace(city)
    bare = store.create(tmp_path / "bare", crs="EPSG:4547", policy=None, lang="en")
    store.commit_layer(bare, "pipes", store.read_layer(source, "pipes"), [], detail={})
    done = running.run(bare, as_of=AS_OF, lang="en")
    assert [path.stem for path in done.files] == ["risk", "plan", "renewal_list", "renewal_plan", "gridrisk"]
    assert len(done.skipped) == 3
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
