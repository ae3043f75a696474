"""Every bottled-gas customer is decided and counted once."""

from __future__ import annotations

import pandas as pd
import pytest

from gridrisk import store


@pytest.fixture
def workspace(city):
    return store.open_workspace(city)


def result(city, name):
    return pd.read_parquet(city / "results" / f"{name}.parquet")


def test_every_bottled_customer_is_decided(city, workspace):
    customers = store.read_layer(workspace, "customers")
    decided = result(city, "conversion").set_index("customer_id")
    bottled = customers.index[customers["fuel"] == "bottle"]
    assert set(bottled) <= set(decided.index)
    assert set(decided["decision"]) <= {"pipe", "electric", "excluded", "done", "unknown"}
    by_town = result(city, "coverage")
    assert by_town[["pipe", "electric", "excluded", "done", "unknown"]].to_numpy().sum() == len(decided)
