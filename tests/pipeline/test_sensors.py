"""Methane sensors on the street: where they go beside those there are, and what the command says."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from gridrisk import store
from gridrisk.pipeline import sensors

from .street import at, pipe


def void(void_id, x, y=2.0, **fields):
    return {"void_id": void_id, "kind": "manhole", "geometry": at(x, y), **fields}


def home(building_id, x, people):
    return {"building_id": building_id, "people": people, "geometry": at(x, 8).buffer(3)}


@pytest.fixture
def city(workspace, call):
    """The street with four manholes; most people live by B, some by C."""

    def make(**changed):
        rows = {
            "pipes": [
                pipe("A", 0, 100),
                pipe("B", 100, 200),
                pipe("C", 200, 300),
                pipe("old", 0, 300, status="abandoned"),
            ],
            "voids": [void("near A", 50), void("near B", 150), void("near C", 250), void("far", 50, 400)],
            "buildings": [home("b", 150, 200), home("c", 250, 40)],
            "leaks": None,
        }
        root = workspace(**(rows | changed))
        assert call("score", root, "--as-of", "2026-11-22")[0] == 0
        return root

    return make


def test_the_most_people_first(city, call):
    root = city()
    code, found = call("sensors", root, "--count", "2")
    assert code == 0
    assert [site["spot_id"] for site in found["sites"]] == ["near B", "near C"]
    assert [site["pipe_ids"] for site in found["sites"]] == [["B"], ["C"]]
    assert found["already"] == 0
    assert found["watched"] == pytest.approx(found["bound"])
    assert found["sites"][-1]["share_watched"] == pytest.approx(found["watched"])
    table = gpd.read_parquet(root / "results" / "sensors.parquet").set_index("spot_id")
    assert table.crs is not None
    # the far one adjoins nothing, the abandoned pipe carries no gas
    assert "far" not in table.index
    assert table["pipe_ids"].str.contains("old").sum() == 0


def test_existing_sensors_count_unless_off_line(city, call):
    there = [
        {"sensor_id": "s1", "void_id": "near B", "online": True, "geometry": at(150, 2)},
        {"sensor_id": "s2", "void_id": "near C", "online": False, "geometry": at(250, 2)},
        {"sensor_id": "s3", "geometry": at(51, 2)},
        {"sensor_id": "s4", "geometry": at(51, 900)},
    ]
    _, found = call("sensors", city(sensors=there), "--count", "1")
    assert [site["spot_id"] for site in found["sites"]] == ["near C"]
    assert found["already"] > 0.5
    assert {row["check"] for row in found["findings"]} == {"sensor_offline", "sensor_without_space"}
    # one that names no space watches the nearest: nothing is left but C
    assert found["watched"] == pytest.approx(1.0)


def test_more_than_are_needed(city, call):
    code, text = call("sensors", city(), "--count", "50", as_json=False)
    assert code == 0
    assert "would add nothing" in text


def test_without_scores_it_says_so(workspace, call):
    code, found = call("sensors", workspace(voids=[void("v", 50)]))
    assert code == 1
    assert "score" in str(found["errors"])


def test_without_spaces_it_says_so(workspace, call):
    root = workspace()
    call("score", root)
    code, found = call("sensors", root)
    assert code == 1
    assert "voids" in str(found["errors"])


def test_twice_the_same_bytes(city):
    opened = store.open_workspace(city())
    sensors.place(opened, count=2)
    path = opened.results / "sensors.parquet"
    before = path.read_bytes()
    sensors.place(opened, count=2)
    assert path.read_bytes() == before


def test_what_is_watched_is_no_more_than_the_risk_of_the_pipes(city):
    opened = store.open_workspace(city())
    placed = sensors.place(opened, count=3)
    scores = pd.read_parquet(opened.results / "risk.parquet")
    assert 0 < placed.sited.total < scores["risk"].sum()
