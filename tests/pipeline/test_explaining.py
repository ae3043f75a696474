"""What a second run says of the first: what changed in a score, and why."""

from __future__ import annotations

import pandas as pd
import pytest

from gridrisk import store
from gridrisk.pipeline import scoring

from .street import at, box, layer, street


def house(building_id, x):
    return {"building_id": building_id, "people": 12, "geometry": at(x, 20).buffer(3)}


@pytest.fixture
def twice(workspace, call):
    """Scored; then a house was built over B, the leaks of C came in, and all was scored again, and once more."""
    root = workspace(buildings=[house("h", 50)], works=None)
    assert call("score", root, "--as-of", "2026-11-22")[0] == 0
    opened = store.open_workspace(root)
    over = {"building_id": "over", "people": 3, "geometry": box(120, -4, 150, 4)}
    leaks = [
        {"leak_id": f"l{i}", "pipe_id": "C", "found_on": pd.Timestamp(f"20{10 + i}-03-04"), "geometry": at(250, 0)}
        for i in range(9)
    ]
    store.commit_layer(opened, "buildings", layer("buildings", [house("h", 50), over]), [], detail={})
    store.commit_layer(opened, "leaks", layer("leaks", leaks), [], detail={})
    for _ in range(2):
        assert call("score", root, "--as-of", "2026-11-23")[0] == 0
    return opened


def told(workspace, pipe):
    change = scoring.explain(workspace, pipe).change
    assert change is not None
    return change, [text.render("en") for text in change.text]


def test_what_moved_the_score_and_which_layers_changed(twice):
    change, text = told(twice, "B")
    assert (change.grade_before, change.grade_now) != (None, None)
    assert change.risk_now > change.risk_before
    moved = {term.name for term, _, _ in change.terms}
    assert {"built_over", "gather_built_over", "own_record"} <= moved
    assert any("built over" in line and "before" in line for line in text)
    assert text[-1] == "since the run for 2026-11-22 these have changed: buildings, leaks"


def test_leaks_raise_the_pipe_they_were_found_on(twice):
    change, _ = told(twice, "C")
    own = next((before, now) for term, before, now in change.terms if term.name == "own_record")
    assert own[0] == 1.0
    assert own[1] > 1.5


def test_the_changes_in_words_of_both_languages(twice, call):
    _, found = call("explain", twice.root, "B")
    assert found["change"]["text"][0].startswith("risk per km")
    assert {part["part"] for part in found["threats"]} >= {"built_over", "third_party"}
    assert sum(part["value"] for part in found["threats"]) == pytest.approx(found["failures_per_km_year"], rel=1e-9)
    total = sum(part["value"] for part in found["consequence"])
    assert found["risk_per_km"] == pytest.approx(total * found["failures_per_km_year"], rel=1e-9)
    zh = [text.render("zh") for text in scoring.explain(twice, "B").sentences]
    assert any("占压" in line for line in zh)
    assert not any("built" in line for line in zh)


def test_a_pipe_of_which_nothing_is_known(workspace, call):
    """Only a line: it has a score, a wide interval, and a list of what would narrow it."""
    bare = {"pipe_id": "bare", "geometry": street()["pipes"][0]["geometry"]}
    root = workspace(pipes=[bare], valves=None, stations=None, customers=None, works=None)
    assert call("score", root, "--as-of", "2026-11-22")[0] == 0
    _, found = call("explain", root, "bare")
    assert found["risk"] > 0
    assert found["failures_per_km_year_high"] > 20 * found["failures_per_km_year_low"]
    unknown = {row["field"] for row in found["unknown"]}
    assert {"material", "safety_status", "people"} <= unknown
    assert found["must_renew"] is None
    assert found["assessment"] == "unknown"
