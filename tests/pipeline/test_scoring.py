"""Every segment has a score, which multiplies up and is explained."""

from __future__ import annotations

import pandas as pd
import pytest

from gridrisk import store
from gridrisk.errors import DataError
from gridrisk.pipeline import scoring


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


def test_a_score_is_explained_and_compared_with_the_run_before(city, workspace):
    worst = result(city, "risk").sort_values("rank")["pipe_id"].iloc[0]
    found = scoring.explain(workspace, worst)
    assert found.pipe_id == worst
    assert found.rank == 1
    with pytest.raises(DataError, match="did you mean"):
        scoring.explain(workspace, worst[:-1] + "X")
