"""What is handed on."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gridrisk import plan


@pytest.fixture
def city(street, risk, rules, prices):
    rng = np.random.default_rng(0)
    pipes = street(rng.uniform(20, 120, 80), road=[f"路{i // 10}" for i in range(80)])
    table = risk(pipes, rng.choice(["major", "general", "low"], 80), must=rng.random(80) < 0.1, risk=rng.random(80))
    projects = plan.build_projects(pipes, table, rules)
    return projects.join(plan.price(projects, pipes, prices))


def test_the_result_file_has_the_columns_others_rely_on(city):
    made = plan.schedule(city, plan.load_scenario(start_year=2026))
    frame = plan.result_frame(city, made)
    wanted = ["pipe_ids", "name", "setting", "town_id", "length_m", "cost_yuan", "cost_gas_company", "cost_city"]
    wanted += ["cost_owner", "cost_unassigned", "risk_removed", "year", "mandatory", "reason", "geometry"]
    assert set(wanted) <= set(frame.columns)
    assert frame.index.name == "project_id"
    assert frame.crs == city.crs
    assert frame["year"].dtype == "int64"
    planned = frame[frame["year"] > 0]
    assert planned.groupby("year")["cost_yuan"].sum().to_numpy() == pytest.approx(
        made.years.loc[made.years["projects"] > 0, "cost_yuan"].to_numpy(), abs=0.001
    )
    assert (frame.loc[frame["year"] == 0, "risk_removed"] == 0).all()
    assert frame["reason"].str.len().min() > 10


def test_the_payers_add_up_in_the_year_of_works_too(city):
    city = city.iloc[:14].assign(works_year=city["works_year"].fillna(2026))
    frame = plan.result_frame(city, plan.schedule(city, plan.load_scenario(start_year=2026)))
    payers = ["cost_gas_company", "cost_city", "cost_owner", "cost_unassigned"]
    assert ((frame[payers] * 100).round().sum(axis=1) == (frame["cost_yuan"] * 100).round()).all()
    met = frame["year"] == 2026
    assert met.any()
    assert (frame.loc[met, "cost_yuan"] < city.loc[met, "cost_yuan"]).all()
    assert (frame.loc[~met, "cost_yuan"] == city.loc[~met, "cost_yuan"]).all()


def test_the_dictionary_is_json(city):
    made = plan.schedule(city, plan.load_scenario(start_year=2026)).to_dict("zh")
    again = json.loads(json.dumps(made, allow_nan=False))
    assert {"status", "objective", "bound", "gap", "years", "shadow_price"} <= set(again)
    assert {"year", "cost_yuan", "budget_yuan", "length_m", "risk_removed", "projects"} == set(again["years"][0])
    assert again["bound"] <= again["objective"]
    assert again["gap"] == pytest.approx((again["objective"] - again["bound"]) / again["objective"])


def test_a_budget_by_payer_alone_leaves_the_budget_in_all_open(city, scenario):
    made = plan.schedule(city, scenario(years=2, budget_by_payer_yuan={"gas_company": 5_000_000}))
    assert [year["budget_yuan"] for year in made.to_dict()["years"]] == [None, None]


def test_the_quarters_add_up_to_their_year_and_missing_crews_are_told(city, scenario):
    money = round(float(city["cost_yuan"].sum()) * 0.3, 2)
    frame = city.assign(mandatory=False)
    made = plan.schedule(frame, scenario(years=2, budget_yuan=money, quarters=True, crew_km=2.0))
    data = made.to_dict()
    for year in data["years"]:
        mine = [row for row in data["quarters"] if row["year"] == year["year"]]
        assert len(mine) > 1
        assert sum(row["projects"] for row in mine) == year["projects"]
        assert sum(round(row["cost_yuan"] * 100) for row in mine) == round(year["cost_yuan"] * 100)
        assert sum(row["length_m"] for row in mine) == pytest.approx(year["length_m"], abs=0.004)
    assert not any("no crews are limited" in str(note) for note in made.notes)
    free = plan.schedule(frame, scenario(years=2, budget_yuan=money, quarters=True))
    assert any("no crews are limited" in str(note) for note in free.notes)


def test_what_joined_is_told_of_planned_projects_alone(city, scenario):
    frame = city.assign(mandatory=False, joined_m=12.0, joined_saving_yuan=3000.0)
    made = plan.schedule(frame, scenario(years=1, budget_yuan=round(float(city["cost_yuan"].sum()) * 0.3, 2)))
    out = plan.result_frame(frame, made)
    said = out["reason"].str.contains("12 m of other pipe in it are renewed too, 3,000 yuan cheaper")
    assert said.tolist() == (out["year"] > 0).tolist()
    assert 0 < said.sum() < len(said)
    assert "counts 1,000,000 yuan" in str(plan.joined_note(frame, 1e6))
    assert plan.joined_note(frame.assign(joined_m=0.0), 1e6) is None
