"""How much is known, counted by hand and against a loop over the rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.checks import completeness
from gridrisk.layers import schema

GROUP = {"municipal": "municipal", "courtyard": "courtyard", "riser": "courtyard", "service": "courtyard"}


def pipes(rows):
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=["material", "town_id", "setting"]),
        geometry=[shapely.LineString([(0, i), (10 + i, i)]) for i in range(len(rows))],
        crs="EPSG:4547",
    )
    frame["pipe_id"] = [f"p{i}" for i in range(len(rows))]
    return schema.complete(frame, "pipes")


def layers(**known):
    return dict.fromkeys(schema.names()) | known


def one(table, **wanted):
    for column, value in wanted.items():
        table = table[table[column].isna() if value is None else table[column] == value]
    (row,) = table.itertuples(index=False)
    return row


def test_by_hand():
    frame = pipes(
        [("pe", "t1", "municipal"), ("unknown", "t1", "riser"), (None, "t2", None), ("steel", None, "service")]
    )
    doubted = {("pipes", "material"): np.array([True, False, False, False])}
    table = completeness(layers(pipes=frame), doubted)
    total = one(table, field="material", by="all")
    assert (total.rows, total.known, total.trusted) == (4, 2, 1)
    assert (total.length_m, total.known_m) == (10 + 11 + 12 + 13, 10 + 13)
    courtyard = one(table, field="material", by="setting", setting="courtyard")
    assert (courtyard.rows, courtyard.known, courtyard.length_m) == (2, 1, 24)
    nowhere = one(table, field="material", by="town", town_id=None)
    assert (nowhere.rows, nowhere.known) == (1, 1)
    cell = one(table, field="material", by="town_setting", town_id="t1", setting="courtyard")
    assert (cell.rows, cell.known) == (1, 0)


def test_a_valve_is_where_its_pipe_is():
    valves = gpd.GeoDataFrame(
        {"valve_id": ["v1", "v2"], "pipe_id": ["p0", "p9"], "operable": [True, None]},
        geometry=[shapely.Point(0, 0)] * 2,
        crs="EPSG:4547",
    )
    frame = pipes([("pe", "t1", "municipal")])
    table = completeness(layers(pipes=frame, valves=schema.complete(valves, "valves")))
    assert one(table, layer="valves", field="operable", by="town", town_id="t1").known == 1
    assert one(table, layer="valves", field="operable", by="setting", setting="unknown").rows == 1


def test_a_layer_without_rows_and_no_layer_at_all():
    assert completeness(layers()).empty
    table = completeness(layers(pipes=schema.empty("pipes", "EPSG:4547")))
    assert set(table["by"]) == {"all"}
    assert not table["rows"].any()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["pe", "unknown", None]),
            st.sampled_from(["t1", "t2", None]),
            st.sampled_from(["municipal", "riser", "courtyard", None]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_parts_make_the_whole(rows):
    table = completeness(layers(pipes=pipes(rows)))
    for field, part in table.groupby("field"):
        for by, some in part.groupby("by"):
            assert some["rows"].sum() == len(rows), (field, by)
            assert (some["trusted"] <= some["known"]).all()
            assert (some["known"] <= some["rows"]).all()
    for row in table[(table["field"] == "material") & (table["by"] == "town_setting")].itertuples():
        alike = [
            material
            for material, town, setting in rows
            if (town == row.town_id or (town is None and pd.isna(row.town_id)))
            and GROUP.get(setting, "unknown") == row.setting
        ]
        assert row.known == sum(material == "pe" for material in alike)
