"""Extensions beside renewal projects: the same columns, money that adds up, and a schedule that takes them in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

from gridrisk.coverage import extension_projects


@pytest.fixture
def renewal():
    frame = pd.DataFrame(
        {
            "pipe_ids": [["p1"]],
            "name": pd.Series(["x"], dtype="str"),
            "setting": pd.Series(["municipal"], dtype="str"),
            "town_id": pd.Series(["t1"], dtype="str"),
            "length_m": [100.0],
            "households": pd.array([5], dtype="Int64"),
            "risk": [0.1],
            "mandatory": [True],
            "deadline": pd.Series([pd.Timestamp(2025, 1, 1)], dtype="datetime64[ms]"),
            "after": [[]],
            "cost_yuan": [1000.0],
            "cost_gas_company": [600.0],
            "cost_city": [400.0],
            "cost_unassigned": [0.0],
            "pipe_yuan": [1000.0],
            "crossing_yuan": [0.0],
            "saving_yuan": [0.0],
            "price_index": [0.02],
        }
    )
    frame.index = pd.Index(["R-p1"], dtype="str", name="project_id")
    return gpd.GeoDataFrame(frame, geometry=[LineString([(0, 0), (1, 1)])], crs="EPSG:4548")


@pytest.fixture
def extensions():
    frame = pd.DataFrame(
        {
            "town_id": ["t2"],
            "length_m": [120.0],
            "crossings": [1.0],
            "cost_yuan": [432_000.0],
            "users": [3],
            "customer_ids": ["c0,c1,c2"],
        },
        index=pd.Index(["X-0001"], name="extension_id"),
    )
    return gpd.GeoDataFrame(frame, geometry=[LineString([(0, 0), (120, 0)])], crs="EPSG:4548")


def test_an_extension_is_a_project(people, renewal, extensions, parameters):
    customers = people(
        {"kind": "resident", "households": 40}, {"kind": "catering"}, {"kind": "school"}, {"kind": "catering"}
    )
    found = extension_projects(extensions, customers, renewal, parameters, lang="en")
    assert list(found.columns) == list(renewal.columns)
    assert {n: str(t) for n, t in found.dtypes.items()} == {n: str(t) for n, t in renewal.dtypes.items()}
    row = found.loc["X-0001"]
    # 40 households at 0.00002, a restaurant at 0.0005, a school at 0.0003
    assert row["risk"] == pytest.approx(40 * 0.00002 + 0.0005 + 0.0003)
    assert (row["cost_yuan"], row["cost_gas_company"], row["cost_city"]) == (432_000, 432_000, 0)
    assert (row["pipe_yuan"], row["crossing_yuan"]) == (132_000, 300_000)
    assert (row["pipe_ids"], row["mandatory"], row["price_index"]) == ([], False, 0.02)
    assert row["name"] == "extension X-0001 to 3 users"
    assert pd.isna(row["deadline"])


def test_a_payer_whom_the_cost_file_does_not_know(people, renewal, extensions, parameters):
    found = extension_projects(
        extensions, people({"kind": "shop"}), renewal.drop(columns="cost_gas_company"), parameters, lang="zh"
    )
    assert found["cost_unassigned"].tolist() == [432_000]
    assert np.isfinite(found["risk"]).all()
