"""Where values came from, against a plain record of every value."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridrisk import store
from gridrisk.errors import WorkspaceError
from gridrisk.layers import schema
from gridrisk.store import lineage, matching
from gridrisk.store.difference import merge

FIELDS = ("kind", "operable")


def valves(rows):
    frame = gpd.GeoDataFrame(
        {"valve_id": list(rows), "kind": [k for k, _ in rows.values()], "operable": [o for _, o in rows.values()]},
        geometry=[shapely.Point(0, i) for i, _ in enumerate(rows)],
        crs="EPSG:4547",
    )
    return schema.complete(frame, "valves")


def survey(rows, number):
    frame = valves(rows)
    origin = pd.DataFrame({"file": f"{number}.shp", "line": range(1, len(frame) + 1)}, index=frame.index)
    return frame, lineage.of_survey(origin, as_of=f"202{number}-01-01", read_at="2026-01-01T00:00:00Z")


NO_PAIRS = pd.Series(dtype="str")
ROWS = st.dictionaries(
    st.sampled_from("abcd"),
    st.tuples(st.sampled_from(["gate", "ball", None]), st.sampled_from([True, False, None])),
    min_size=1,
)


@given(st.lists(st.tuples(ROWS, st.booleans()), min_size=1, max_size=5), st.booleans())
def test_every_value_is_traced_to_the_survey_that_last_told_it(surveys, through_file):
    layer, traced = None, None
    told: dict[tuple[str, str], tuple[str, int]] = {}
    for number, (rows, upsert) in enumerate(surveys):
        frame, fresh = survey(rows, number)
        traced = lineage.after_import(traced, layer, frame, fresh, NO_PAIRS, upsert=upsert)
        layer = merge(layer, frame, "upsert" if upsert else "replace")
        if not upsert:
            told = {}
        for place, (key, values) in enumerate(rows.items(), start=1):
            for name, value in zip(FIELDS, values, strict=True):
                if value is not None:
                    told[key, name] = (f"{number}.shp", place)
        assert len(traced.sources) <= number + 1
    for (key, name), (file, row) in told.items():
        source, found_row = traced.of(key, [name])[name]
        assert (source["file"], found_row) == (file, row)
    assert set(traced.table["id"]) == set(layer.index)


def test_a_new_number_keeps_the_origins_and_the_old_numbers():
    frame, fresh = survey({"a": ("gate", True)}, 0)
    traced = lineage.after_import(None, None, frame, fresh, NO_PAIRS, upsert=True)
    for number, (old, new) in enumerate(["ab", "bc"], start=1):
        pairs = pd.Series({new: old})
        later, fresh = survey({new: (None, None)}, number)
        current = matching.renamed(frame, pairs)
        traced = lineage.after_import(traced, current, later, fresh, pairs, upsert=True)
        frame = merge(current, later, "upsert")
    assert traced.former("c") == ["b", "a"]
    assert traced.now("a") == "c"
    assert traced.now("x") is None
    found = traced.of("c", ["kind", "geometry"])
    assert found["kind"][0]["file"] == "0.shp"
    assert found["geometry"][0]["file"] == "2.shp"


def test_an_edit_here_is_its_own_source():
    frame, fresh = survey({"a": ("gate", True), "b": ("gate", True)}, 0)
    edited = frame.copy()
    edited.loc["a", "kind"] = "ball"
    traced = lineage.after_edit(fresh, frame, edited, {"action": "mend"})
    assert traced.of("a", FIELDS)["kind"] == ({"action": "mend"}, None)
    assert traced.of("a", FIELDS)["operable"][0]["file"] == "0.shp"
    assert traced.of("b", FIELDS)["kind"][0]["file"] == "0.shp"


def test_what_was_never_traced_is_not_known():
    frame, _ = survey({"a": ("gate", True), "b": ("gate", True)}, 0)
    later, fresh = survey({"b": ("ball", None)}, 1)
    traced = lineage.after_import(None, frame, later, fresh, NO_PAIRS, upsert=True)
    assert traced.of("a", ["kind"])["kind"] == ({}, None)
    assert traced.of("b", FIELDS)["operable"] == ({}, None)
    assert traced.of("b", FIELDS)["kind"][0]["file"] == "1.shp"


@pytest.fixture
def workspace(tmp_path):
    return store.create(tmp_path / "w", crs="EPSG:4547", policy=None, lang="en")


def test_lineage_is_kept_with_the_version_and_comes_back_with_it(workspace):
    assert store.read_lineage(workspace, "valves") is None
    frame, fresh = survey({"a": ("gate", True)}, 0)
    store.commit_layer(workspace, "valves", frame, [], detail={}, lineage=fresh)
    edited = frame.copy()
    edited.loc["a", "kind"] = "ball"
    store.commit_layer(workspace, "valves", edited, [], detail={}, action="mend")
    assert store.read_lineage(workspace, "valves", "a").of("a", ["kind"])["kind"][0]["action"] == "mend"
    store.restore(workspace, 1)
    assert store.read_lineage(workspace, "valves", "a").of("a", ["kind"])["kind"][0]["file"] == "0.shp"
    assert store.read_lineage(workspace, "valves", "z").table.empty


@pytest.mark.parametrize("damage", [b"", b"PAR1 no"])
def test_a_damaged_file_is_named(workspace, damage):
    frame, fresh = survey({"a": ("gate", True)}, 0)
    store.commit_layer(workspace, "valves", frame, [], detail={}, lineage=fresh)
    (file,) = (workspace.root / "lineage").iterdir()
    file.write_bytes(damage)
    with pytest.raises(WorkspaceError, match="where the values came from"):
        store.read_lineage(workspace, "valves")
