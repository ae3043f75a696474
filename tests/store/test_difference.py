"""What a survey changes, checked against a dictionary of rows."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.layers import schema
from gridrisk.store.difference import difference, merge


def valves(rows):
    frame = gpd.GeoDataFrame(
        {"valve_id": list(rows), "kind": [k for k, _ in rows.values()]},
        geometry=[shapely.Point(x, 0) for _, x in rows.values()],
        crs="EPSG:4547",
    )
    return schema.complete(frame, "valves")


LAYERS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.one_of(st.none(), st.sampled_from(["gate", "ball"])), st.integers(0, 2)),
    min_size=1,
)


@given(LAYERS, LAYERS)
def test_difference_is_that_of_dictionaries(old, new):
    found = difference(valves(old), valves(new))
    assert set(found.added) == new.keys() - old.keys()
    assert set(found.removed) == old.keys() - new.keys()
    assert set(found.changed) == {k for k in new.keys() & old.keys() if new[k] != old[k]}
    assert found.fields.get("kind", 0) == sum(new[k][0] != old[k][0] for k in new.keys() & old.keys())


@given(LAYERS, LAYERS)
def test_upsert_keeps_what_the_survey_does_not_say(old, new):
    merged = merge(valves(old), valves(new), "upsert")
    assert set(merged.index) == old.keys() | new.keys()
    for key in merged.index:
        wanted = new[key][0] if key in new and new[key][0] is not None else old.get(key, (None, 0))[0]
        found = merged.loc[key, "kind"]
        assert found == wanted or (wanted is None and pd.isna(found))
    assert not len(difference(merged, merge(merged, valves(new), "upsert")).changed)


def test_replace_is_the_survey():
    survey = valves({"a": ("gate", 1)})
    assert merge(valves({"b": ("ball", 0)}), survey, "replace") is survey


def test_first_import_adds_everything():
    assert difference(None, valves({"a": ("gate", 1)})).counts() == {
        "added": 1,
        "changed": 0,
        "removed": 0,
        "renumbered": 0,
    }
