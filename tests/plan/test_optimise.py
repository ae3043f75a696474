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
    quarters = years < 3 and rng.random() < 0.3
    most = {1: 6, 2: 4}[years] if quarters else {1: 8, 2: 8, 3: 6}[years]
    frame = projects(int(rng.integers(1, most)), seed=seed, years=years)
    level = frame["cost_yuan"].sum() / years * rng.uniform(0.3, 1.1)
    keys = {"years": years, "budget_yuan": [round(level * rng.uniform(0.5, 1.2), 2) for _ in range(years)]}
    keys["disruption"] = round(float(rng.choice([0.0, 0.002])), 4)
    if quarters:
        share = rng.dirichlet([3, 3, 3, 3]).round(3)
        keys |= {"quarters": True, "quarter_share": [*share[:3].tolist(), float(1 - share[:3].sum())]}
    if rng.random() < 0.4:
        keys["budget_by_payer_yuan"] = {
            "city": round(float(frame["cost_city"].sum()) / years * rng.uniform(0.4, 1.5), 2)
        }
    if rng.random() < 0.4:
        keys["crew_km"] = [
            round(frame["length_m"].sum() / 1000 / years * rng.uniform(0.4, 1.3), 3) for _ in range(years)
        ]
    if rng.random() < 0.4:
        welded = frame["trade_steel_welding_m"].sum() / 1000 / years
        keys["crew_km_by_trade"] = {"steel_welding": round(float(welded * rng.uniform(0.5, 1.5)), 3)}
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
    if rng.random() < 0.5:
        frame["price_index"] = round(float(rng.uniform(0, 0.1)), 3)
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
    # pairs only from lower to higher, so never in a circle; a project that is taken out holds up what waits for it
    ids = frame.index.tolist()
    out["after"] = [
        [str(first) for first in ids[:row] if rng.random() < 0.25] if rng.random() < 0.4 else []
        for row in range(len(ids))
    ]
    return out


def periods(sc):
    """Every period of the plan as (year, quarter); quarter 0 is the whole year."""
    every = range(sc.first_year, sc.first_year + sc.years)
    return [(year, quarter) for year in every for quarter in (range(1, 5) if sc.quarters else [0])]


def carried(frame, sc, built):
    """What counts over the horizon, straight from the definition, year by year of the horizon."""
    total = 0.0
    for row, (year, quarter) in zip(frame.itertuples(), built, strict=True):
        elapsed = (quarter - 0.5) / 4 if quarter else 0.5
        for s in range(int(sc.horizon_years.value)):
            weight = row.risk * ((1 + sc.growth.value) / (1 + sc.discount.value)) ** s
            now = sc.first_year + s
            left = 1.0
            if year and now == year:
                left = 1 - (1 - sc.residual_share.value) * (1 - elapsed)
            elif year and now > year:
                left = sc.residual_share.value
            total += weight * left
        total += changed(row, sc, year) + (sc.disruption.value * row.households if year else 0.0)
    return total


def changed(row, sc, built):
    """What it counts for that a project leaves the year it had before: a share of what it removes built at once."""
    last = sc.first_year + sc.years - 1
    if pd.isna(row.former_year) or not sc.first_year <= row.former_year <= last or built == row.former_year:
        return 0.0
    ratio = (1 + sc.growth.value) / (1 + sc.discount.value)
    at_once = sum(ratio**s for s in range(int(sc.horizon_years.value))) - (0.125 if sc.quarters else 0.5)
    return sc.change_cost.value * (1 - sc.residual_share.value) * row.risk * at_once


def options_of(row, sc):
    """The periods in which a project may be built, and (0, 0) where it may be left out."""
    last = sc.first_year + sc.years - 1
    every = periods(sc)
    if not pd.isna(row.pinned_year):
        return [when for when in every if when[0] == row.pinned_year]
    if row.excluded:
        return [(0, 0)]
    open_ = every
    if not pd.isna(row.no_dig_until):  # the orders of these instances end on 31 December
        open_ = [when for when in every if when[0] > row.no_dig_until.year]
    due = sc.first_year + 2 if pd.isna(row.deadline_year) else min(row.deadline_year, sc.first_year + 2)
    if row.mandatory and due <= last:
        in_time = [when for when in open_ if when[0] <= due]
        return in_time or ([when for when in every if when[0] <= due] if sc.no_dig_exception else [])
    return [(0, 0), *open_]


def enumerate_best(frame, sc):
    """Every assignment of periods to projects, none better than the answer; None where none is allowed."""
    options = [options_of(row, sc) for row in frame.itertuples()]
    facts = {
        "gas": fen(frame["cost_gas_company"]),
        "gas_saving": fen(frame["saving_gas_company"]),
        "city": fen(frame["cost_city"]),
        "city_saving": fen(frame["saving_city"]),
        "works": frame["works_year"].fillna(-1).to_numpy(dtype=int),
        "length": np.rint(frame["length_m"].to_numpy() * 1000).astype(np.int64),
        "welded": np.rint(frame["trade_steel_welding_m"].to_numpy() * 1000).astype(np.int64),
        "homes": frame["households"].to_numpy(dtype=int),
        "town": frame["town_id"].fillna("").to_numpy(dtype=object),
        "least": least_of_towns(frame, sc, options),
        "streets": streets(frame, sc),
        "pairs": pairs_of(frame),
        "index": Fraction(str(frame["price_index"].iloc[0])) if "price_index" in frame else Fraction(0),
    }
    risk = [{when: carried(frame.iloc[i : i + 1], sc, [when]) for when in of} for i, of in enumerate(options)]
    values = [
        sum(of[when] for of, when in zip(risk, built, strict=True))
        for built in itertools.product(*options)
        if fits(built, facts, sc)
    ]
    return min(values, default=None)


def pairs_of(frame):
    place = {name: row for row, name in enumerate(frame.index)}
    return [(place[first], place[name]) for name, firsts in frame["after"].items() for first in firsts]


def least_of_towns(frame, sc, options):
    """Millimetres that each town is due: a share of what can be built there at all."""
    if sc.town_share is None:
        return {}
    total = dict.fromkeys(frame["town_id"].dropna(), 0)
    can = possible(frame, sc, options)
    for row, able in zip(frame.itertuples(), can, strict=True):
        if not pd.isna(row.town_id):
            total[row.town_id] += round(row.length_m * 1000) if able else 0
    return {town: int(Fraction(str(sc.town_share)) * mm) for town, mm in total.items()}


def possible(frame, sc, options):
    """Which projects can be built at all, with everything that they wait for."""
    number = {when: place for place, when in enumerate(periods(sc))}
    lag = 1 if sc.quarters else 0
    earliest = []
    waits = pairs_of(frame)
    for row, of in enumerate(options):
        floor = max((earliest[first] + lag for first, then in waits if then == row), default=0)
        earliest.append(min((number[when] for when in of if when[0] and number[when] >= floor), default=99))
    return [first < 99 for first in earliest]


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


def level(fen_, facts, t):
    """Fen at the prices of a year of the plan, to the nearest."""
    step = Fraction(round((1 + facts["index"]) ** t * 1_000_000), 1_000_000)
    return [int((int(value) * step + Fraction(1, 2)) // 1) for value in fen_]


def in_sequence(built, facts, sc):
    for first, then in facts["pairs"]:
        if built[then][0] and (not built[first][0] or built[first] > built[then]):
            return False
        if built[then][0] and sc.quarters and built[first] == built[then]:
            return False
    return True


def fits(built, facts, sc):
    if not in_sequence(built, facts, sc):
        return False
    year = np.array([when[0] for when in built])
    quarter = np.array([when[1] for when in built])
    met = year == facts["works"]
    for t in range(sc.years):
        now = year == sc.first_year + t
        together = [(max(0, int(now[rows].sum()) - 1), saved, city) for rows, saved, city in facts["streets"]]
        gas = sum(level((facts["gas"] - met * facts["gas_saving"])[now], facts, t))
        city = sum(level((facts["city"] - met * facts["city_saving"])[now], facts, t))
        city_together = sum(n * saved for n, _, saved in together)
        if gas + city - sum(n * saved for n, saved, _ in together) > round(sc.budget_yuan[t] * 100):
            return False
        payers = sc.budget_by_payer_yuan
        if "city" in payers and city - city_together > round(payers["city"] * 100):
            return False
        share = np.array([sc.heating_share.value, *sc.heating_share_by_quarter.value])[quarter]
        if (
            sc.heating_households is not None
            and (facts["homes"] * np.rint(share * 1000))[now].sum() > 1000 * sc.heating_households
        ):
            return False
        for q, part in enumerate(sc.quarter_share.value, start=1) if sc.quarters else [(0, 1.0)]:
            if not fits_crews(now & (quarter == q), Fraction(str(part)), t, facts, sc):
                return False
    return all(facts["length"][(facts["town"] == town) & (year > 0)].sum() >= mm for town, mm in facts["least"].items())


def fits_crews(now, part, t, facts, sc):
    if sc.crew_km is not None and facts["length"][now].sum() > Fraction(str(sc.crew_km[t])) * part * 1_000_000:
        return False
    trades = sc.crew_km_by_trade
    if trades and facts["welded"][now].sum() > Fraction(str(trades["steel_welding"])) * part * 1_000_000:
        return False
    towns = ("T1", "T2") if sc.town_works is not None else ()
    return all((now & (facts["town"] == x)).sum() <= sc.town_works[t] for x in towns)


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
            assert answer.shadow_price.empty
            assert answer.near_ties.empty
            continue
        feasible += 1
        assert answer.status == "optimal", seed
        assert answer.objective == pytest.approx(best, rel=1e-9), seed
        assert answer.bound <= best * (1 + 1e-9)
        quarter = answer.quarter.reindex(frame.index).fillna(0)
        built = list(zip(answer.assignment.reindex(frame.index).tolist(), quarter.tolist(), strict=True))
        assert carried(frame, sc, built) == pytest.approx(best, rel=1e-9)
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
    free = {"growth": 0.0, "discount": 0.0, "residual_share": 0.0, "disruption": 0.0}
    sc = scenario(years=1, budget_yuan=150, horizon_years=10, **free)
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
