"""What must be renewed is planned or named, and the money adds up."""

from __future__ import annotations

import pandas as pd


def result(city, name):
    return pd.read_parquet(city / "results" / f"{name}.parquet")


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
