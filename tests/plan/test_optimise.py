"""The schedule against full enumeration, and what must always hold."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from gridrisk import plan


def fen(values):
    return np.rint(np.asarray(values, dtype=float) * 100).astype(np.int64)


def instance(seed, projects, scenario):
    """A small instance that uses every constraint; some cannot be solved."""
    rng = np.random.default_rng(seed)
    years = int(rng.integers(1, 4))
    frame = projects(int(rng.integers(1, 6 if years == 3 else 8)), seed=seed, years=years)
    level = frame["cost_yuan"].sum() / years * rng.uniform(0.3, 1.1)
    keys = {"years": years, "budget_yuan": [round(level * rng.uniform(0.5, 1.2), 2) for _ in range(years)]}
    if rng.random() < 0.4:
        keys["budget_by_payer_yuan"] = {
            "city": round(float(frame["cost_city"].sum()) / years * rng.uniform(0.4, 1.5), 2)
        }
    if rng.random() < 0.4:
        keys["crew_km"] = [
            round(frame["length_m"].sum() / 1000 / years * rng.uniform(0.4, 1.3), 3) for _ in range(years)
        ]
    if rng.random() < 0.6:
        keys["mobilisation_shared"] = round(float(rng.uniform(0.2, 1.0)), 2)
    if rng.random() < 0.3:
        keys["town_works"] = [int(rng.integers(0, 4)) for _ in range(years)]
    if rng.random() < 0.3:
        keys["heating_households"] = int(frame["households"].sum() * 0.34 / years * rng.uniform(0.5, 1.5))
    if rng.random() < 0.3:
        keys["town_share"] = round(float(rng.uniform(0.0, 0.5)), 3)
    if rng.random() < 0.3:
        keys["no_dig_exception"] = True
    return decided(frame, rng, years), scenario(**keys)


def decided(frame, rng, years):
    """Some projects are begun, some taken out, some were in a plan before."""
    out = frame.copy()
    started = rng.random(len(frame)) < 0.15
    latest = np.where(frame["mandatory"], frame["deadline_year"].fillna(2028).to_numpy(dtype=int), 2028)
    pinned = np.minimum(2026 + rng.integers(0, years, len(frame)), latest)
    out["pinned_year"] = pd.Series(pinned, index=frame.index).astype("Int64").where(started)
    out["started"] = started
    out["excluded"] = (rng.random(len(frame)) < 0.1) & ~frame["mandatory"] & ~started
    out["former_year"] = pd.array(
        [2026 + int(rng.integers(-1, years)) if rng.random() < 0.4 else pd.NA for _ in range(len(frame))],
        dtype="Int64",
    )
    return out


def carried(frame, sc, year):
    """Risk carried over the horizon, straight from the definition, year by year of the horizon."""
    total = 0.0
    for i, row in enumerate(frame.itertuples()):
        for s in range(int(sc.horizon_years.value)):
            weight = row.risk * ((1 + sc.growth.value) / (1 + sc.discount.value)) ** s
            built = year[i]
            now = sc.first_year + s
            left = 1.0
            if built and now == built:
                left = 1 - (1 - sc.residual_share.value) / 2
            elif built and now > built:
                left = sc.residual_share.value
            total += weight * left
        total += changed(row, sc, year[i])
    return total


def changed(row, sc, built):
    """What it counts for that a project leaves the year it had before: a share of what it removes built at once."""
    last = sc.first_year + sc.years - 1
    if pd.isna(row.former_year) or not sc.first_year <= row.former_year <= last or built == row.former_year:
        return 0.0
    ratio = (1 + sc.growth.value) / (1 + sc.discount.value)
    at_once = sum(ratio**s for s in range(int(sc.horizon_years.value))) - 0.5
    return sc.change_cost.value * (1 - sc.residual_share.value) * row.risk * at_once


def options_of(row, sc):
    """The years in which a project may be built, and 0 where it may be left out."""
    last = sc.first_year + sc.years - 1
    every = list(range(sc.first_year, last + 1))
    if not pd.isna(row.pinned_year):
        return [int(row.pinned_year)]
    if row.excluded:
        return [0]
    years = every
    if not pd.isna(row.no_dig_until):  # the orders of these instances end on 31 December
        years = [y for y in every if y > row.no_dig_until.year]
    due = sc.first_year + 2 if pd.isna(row.deadline_year) else min(row.deadline_year, sc.first_year + 2)
    if row.mandatory and due <= last:
        in_time = [y for y in years if y <= due]
        return in_time or ([y for y in every if y <= due] if sc.no_dig_exception else [])
    return [0, *years]


def enumerate_best(frame, sc):
    """Every assignment of years to projects, none better than the answer; None where none is allowed."""
    options = [options_of(row, sc) for row in frame.itertuples()]
    facts = {
        "cost": fen(frame["cost_yuan"]),
        "saving": fen(frame["saving_yuan"]),
        "city": fen(frame["cost_city"]),
        "city_saving": fen(frame["saving_city"]),
        "works": frame["works_year"].fillna(-1).to_numpy(dtype=int),
        "length": np.rint(frame["length_m"].to_numpy() * 1000).astype(np.int64),
        "homes": frame["households"].to_numpy(dtype=int),
        "town": frame["town_id"].fillna("").to_numpy(dtype=object),
        "least": least_of_towns(frame, sc, options),
        "streets": streets(frame, sc),
    }
    risk = [{year: carried(frame.iloc[i : i + 1], sc, [year]) for year in years} for i, years in enumerate(options)]
    values = [
        sum(of[year] for of, year in zip(risk, years, strict=True))
        for years in itertools.product(*options)
        if fits(np.array(years), facts, sc)
    ]
    return min(values, default=None)


def least_of_towns(frame, sc, options):
    """Millimetres that each town is due: a share of what can be built there at all."""
    if sc.town_share is None:
        return {}
    total = {}
    for row, years in zip(frame.itertuples(), options, strict=True):
        if not pd.isna(row.town_id):
            total.setdefault(row.town_id, 0)
            total[row.town_id] += round(row.length_m * 1000) if set(years) - {0} else 0
    return {town: int(Fraction(str(sc.town_share)) * mm) for town, mm in total.items()}


def streets(frame, sc):
    """Projects that mobilise together, and the fen that each but the first saves: in all, and of the city."""
    if sc.mobilisation_shared is None:
        return []
    out = []
    for _, members in frame[frame["place"] != ""].groupby(["setting", "place"]):
        saved = {}
        for payer in ("gas_company", "city"):
            share = Fraction(str(sc.mobilisation_shared.value))
            part = [int(value * share) for value in fen(members[f"fixed_{payer}"]).tolist()]
            spare = fen(members[f"cost_{payer}"]) - fen(members[f"saving_{payer}"])
            saved[payer] = min(min(p, max(int(s), 0)) for p, s in zip(part, spare, strict=True))
        rows = [frame.index.get_loc(name) for name in members.index]
        out.append((rows, sum(saved.values()), saved["city"]))
    return out


def fits(year, facts, sc):
    met = year == facts["works"]
    for t in range(sc.years):
        now = year == sc.first_year + t
        together = [(max(0, int(now[rows].sum()) - 1), saved, city) for rows, saved, city in facts["streets"]]
        cost = (facts["cost"] - met * facts["saving"])[now].sum() - sum(n * saved for n, saved, _ in together)
        city = (facts["city"] - met * facts["city_saving"])[now].sum() - sum(n * saved for n, _, saved in together)
        if cost > round(sc.budget_yuan[t] * 100):
            return False
        if "city" in sc.budget_by_payer_yuan and city > round(sc.budget_by_payer_yuan["city"] * 100):
            return False
        if sc.crew_km is not None and facts["length"][now].sum() > round(sc.crew_km[t] * 1_000_000):
            return False
        if sc.heating_households is not None and facts["homes"][now].sum() * 0.34 > sc.heating_households:
            return False
        if sc.town_works is not None and any(
            (now & (facts["town"] == x)).sum() > sc.town_works[t] for x in ("T1", "T2")
        ):
            return False
    return all(facts["length"][(facts["town"] == town) & (year > 0)].sum() >= mm for town, mm in facts["least"].items())


@pytest.mark.parametrize("block", range(10))
def test_equals_enumeration(block, projects, scenario):
    feasible = 0
    for seed in range(block * 50, block * 50 + 50):
        frame, sc = instance(seed, projects, scenario)
        answer = plan.schedule(frame, sc)
        best = enumerate_best(frame, sc)
        if best is None:
            assert answer.status == "infeasible", seed
            assert answer.relaxation is not None
            assert answer.relaxation.needed
            continue
        feasible += 1
        assert answer.status == "optimal", seed
        assert answer.objective == pytest.approx(best, rel=1e-9), seed
        assert answer.bound <= best * (1 + 1e-9)
        assert carried(frame, sc, answer.assignment.reindex(frame.index).to_numpy()) == pytest.approx(best, rel=1e-9)
        assert plan.verify(frame, answer, sc) == []
    assert feasible >= 10


@pytest.mark.parametrize("seed", range(6))
def test_no_budget_is_broken_by_a_fen_where_costs_fill_it_exactly(seed, projects, scenario):
    frame = projects(12, seed=seed)
    frame["mandatory"] = False
    chosen = frame.iloc[:6]
    budget = fen(chosen["cost_yuan"]).sum() / 100
    sc = scenario(years=1, budget_yuan=budget)
    exact = plan.schedule(frame, sc)
    assert plan.verify(frame, exact, sc) == []
    less = scenario(years=1, budget_yuan=(fen(budget) - 1) / 100)
    assert plan.verify(frame, plan.schedule(frame, less), less) == []


def test_one_fen_decides(projects, scenario):
    # two projects of 1,000,000.00 yuan; the budget lacks a fen for both, however near it is
    frame = projects(2, seed=1)
    frame = frame.assign(
        risk=[2.0, 1.0],
        mandatory=False,
        works_year=pd.array([pd.NA, pd.NA], dtype="Int64"),
        no_dig_until=pd.NaT,
        cost_yuan=1_000_000.0,
        cost_gas_company=1_000_000.0,
        cost_city=0.0,
    )
    frame["no_dig_until"] = frame["no_dig_until"].astype("datetime64[ms]")
    answer = plan.schedule(frame, scenario(years=1, budget_yuan=1_999_999.99))
    assert answer.assignment.to_list() == [2026, 0]
    answer = plan.schedule(frame, scenario(years=1, budget_yuan=2_000_000.00))
    assert answer.assignment.to_list() == [2026, 2026]


@pytest.mark.parametrize("seed", range(4))
def test_more_budget_never_leaves_more_risk(seed, projects, scenario):
    frame = projects(14, seed=seed)
    frame["mandatory"] = False
    total = frame["cost_yuan"].sum()
    before = np.inf
    for share in (0.0, 0.05, 0.1, 0.2, 0.4, 1.0):
        answer = plan.schedule(frame, scenario(years=3, budget_yuan=round(total * share / 3, 2)))
        assert answer.objective <= before * (1 + 1e-9)
        before = answer.objective


@pytest.mark.parametrize("seed", range(4))
def test_a_looser_deadline_never_costs_more(seed, projects, scenario):
    frame = projects(12, seed=seed)
    frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
    sc = scenario(years=3, budget_yuan=round(frame["cost_yuan"].sum() / 4, 2))
    tight = plan.schedule(frame.assign(deadline_year=pd.array([2026] * 12, dtype="Int64")), sc)
    loose = plan.schedule(frame.assign(deadline_year=pd.array([2028] * 12, dtype="Int64")), sc)
    if tight.status == "optimal":
        assert loose.status == "optimal"
        assert loose.objective <= tight.objective * (1 + 1e-9)


def test_the_order_of_rows_does_not_matter(projects, scenario):
    frame = projects(30, seed=3)
    sc = scenario(years=3, budget_yuan=round(frame["cost_yuan"].sum() / 5, 2), crew_km=3.0)
    one = plan.schedule(frame, sc)
    two = plan.schedule(frame.sample(frac=1, random_state=4), sc)
    pd.testing.assert_series_equal(one.assignment, two.assignment)
    assert one.to_dict() == two.to_dict()
    assert {k: str(v) for k, v in one.reasons.items()} == {k: str(v) for k, v in two.reasons.items()}


def test_nothing_to_plan(projects, scenario):
    answer = plan.schedule(projects(0), scenario(years=2, budget_yuan=5.0))
    assert answer.status == "optimal"
    assert answer.years["projects"].to_list() == [0, 0]
    assert answer.to_dict()["objective"] == 0


def test_no_money_is_a_plan_without_projects(projects, scenario):
    frame = projects(5, seed=2).assign(mandatory=False)
    answer = plan.schedule(frame, scenario(years=3, budget_yuan=0))
    assert answer.status == "optimal"
    assert (answer.assignment == 0).all()


def test_budget_from_need_takes_all_that_must_be_renewed(projects, scenario):
    for seed in range(10):
        frame = projects(20, seed=seed)
        frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
        need = {"value": 0.2, "unit": "–", "source": "engineering judgement", "status": "assumption"}
        sc = scenario(years=3, budget_from_need=need)
        answer = plan.schedule(frame, sc)
        assert answer.status == "optimal"
        assert (answer.assignment[frame.index[frame["mandatory"]]] > 0).all()
        assert plan.verify(frame, answer, sc) == []
        assert "no budget was given" in str(answer.notes[0])


def test_road_works_are_met_when_that_saves_the_budget(projects, scenario):
    # 100 yuan in any year, 60 in 2027 with the works; the budget of 70 leaves only 2027
    frame = projects(1, seed=0).assign(
        mandatory=False,
        works_year=pd.array([2027], dtype="Int64"),
        cost_yuan=100.0,
        saving_yuan=40.0,
        cost_gas_company=100.0,
        saving_gas_company=40.0,
        cost_city=0.0,
        saving_city=0.0,
    )
    frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
    answer = plan.schedule(frame, scenario(years=3, budget_yuan=70))
    assert answer.assignment.iloc[0] == 2027
    assert answer.cost_yuan.iloc[0] == 60
    assert answer.years["cost_yuan"].to_list() == [0, 60, 0]
    assert "saves 40 yuan" in str(answer.reasons["R-0000"])


def test_the_price_of_money_is_the_density_of_the_last_project(projects, scenario):
    # one year; densities 3, 2, 1 per yuan of 100 each; 150 yuan: the linear model takes half of the second
    frame = projects(3, seed=0).assign(
        mandatory=False, risk=[3.0, 2.0, 1.0], works_year=pd.array([pd.NA] * 3, dtype="Int64"), cost_yuan=100.0
    )
    frame["no_dig_until"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]")
    sc = scenario(years=1, budget_yuan=150, growth=0.0, discount=0.0, residual_share=0.0, horizon_years=10)
    answer = plan.schedule(frame, sc)
    # built in year 0 of 10: 9.5 years of risk are removed; 2 a year · 9.5 / 100 yuan
    assert answer.shadow_price["total", 2026] == pytest.approx(2 * 9.5 / 100)
    assert answer.objective == pytest.approx(6 * 10 - 3 * 9.5)


def test_progress_is_told(projects, scenario):
    seen = []
    frame = projects(60, seed=5).assign(mandatory=False)
    sc = scenario(years=3, budget_yuan=round(frame["cost_yuan"].sum() / 10, 2))
    plan.schedule(frame, sc, progress=lambda bound, best, gap: seen.append((bound, best, gap)))
    assert seen
    assert all(bound >= best * (1 - 1e-9) for bound, best, _ in seen)


def test_a_plan_stopped_early_is_still_sound(projects, scenario):
    frame = projects(400, seed=7).assign(mandatory=False)
    sc = scenario(years=3, budget_yuan=round(frame["cost_yuan"].sum() / 9, 2), crew_km=9.0)
    answer = plan.schedule(frame, sc, time_limit_s=0.1)
    assert answer.status in {"optimal", "feasible"}
    assert plan.verify(frame, answer, sc) == []
    assert answer.bound <= answer.objective
