"""Random instances for `bench_plan.py`: lists as a city has them, and corridors paid from several funds."""

from __future__ import annotations

import tomllib

import numpy as np
import pandas as pd

from gridrisk import assets, plan
from gridrisk.plan.limits import Corridors, Limit
from gridrisk.plan.order import Order
from gridrisk.plan.periods import Periods
from gridrisk.plan.problem import Problem

YEARS = 3
START = 2026
#: Share of all candidates for which there is money and crews.
SHARE = 0.18
SPLIT = np.array([0.32, 0.33, 0.35])
_FEN_PER_MILLION = 1e8
_MM_PER_KM = 1e6


def projects(count: int, seed: int, mobilisation: float = 1.0) -> pd.DataFrame:
    """Return projects as a city has them."""
    rng = np.random.default_rng(seed)
    length_m = np.exp(rng.normal(np.log(220), 0.75, count)).clip(30, 3000).round(3)
    unit = rng.choice([900, 1400, 1900, 2800], count, p=[0.45, 0.3, 0.17, 0.08]) * np.exp(rng.normal(0, 0.2, count))
    fixed = np.rint(rng.integers(20_000_00, 60_000_00, count) * mobilisation)
    city = np.rint(length_m * unit * rng.choice([0.0, 0.3], count, p=[0.6, 0.4]) * 100)
    company = np.rint(length_m * unit * 100) - city + fixed
    saving_city, saving_company = np.rint(city * 0.2), np.rint((company - fixed) * 0.2)
    risk = np.exp(rng.normal(-3.2, 1.0, count)) * length_m * rng.choice([1, 3, 8], count, p=[0.6, 0.3, 0.1])
    mandatory = rng.random(count) < 0.025
    due = START + rng.integers(0, YEARS, count)
    works = START + rng.integers(0, YEARS, count)
    closed = ~mandatory & (rng.random(count) < 0.1)
    streets = max(1, int(count / 3.2))
    street = rng.integers(0, streets, count)
    towns = min(60, max(4, count // 500))
    return pd.DataFrame(
        {
            "risk": risk * np.exp(rng.normal(0, 1.1, count)),
            "length_m": length_m,
            "mandatory": mandatory,
            "deadline_year": pd.Series(due).astype("Int64"),
            "works_year": pd.Series(works).where(rng.random(count) < 0.18).astype("Int64"),
            "no_dig_until": pd.Series(pd.Timestamp(f"{START}-12-31"), index=range(count)).where(closed),
            "cost_yuan": (company + city) / 100,
            "saving_yuan": (saving_company + saving_city) / 100,
            "fixed_yuan": fixed / 100,
            "cost_gas_company": company / 100,
            "saving_gas_company": saving_company / 100,
            "fixed_gas_company": fixed / 100,
            "cost_city": city / 100,
            "saving_city": saving_city / 100,
            "fixed_city": 0.0,
            "setting": "municipal",
            "place": [f"S{i}" for i in street],
            "town_id": [f"T{i}" for i in street * towns // streets],
            "households": rng.integers(0, 400, count),
            "age": rng.integers(1, 60, count),
        }
    ).set_index(pd.Index([f"R-{i:07d}" for i in range(count)], name="project_id"))


def scenario(table: pd.DataFrame, gap: float, seconds: float) -> plan.Scenario:
    """Return a scenario in which everything is scarce."""
    raw = tomllib.loads((assets.folder("models") / "scenarios" / "default.toml").read_text(encoding="utf-8"))
    del raw["budget_from_need"]

    def of(total: float, digits: int) -> list[float]:
        return [round(total * SHARE * part, digits) for part in SPLIT.tolist()]

    towns = table["town_id"].nunique()
    raw |= {
        "start_year": START,
        "years": YEARS,
        "budget_yuan": of(float(table["cost_yuan"].sum()), 2),
        "budget_by_payer_yuan": {"city": of(float(table["cost_city"].sum()) * 1.1, 2)},
        "crew_km": of(float(table["length_m"].sum()) / 1000 * 1.2, 3),
        "heating_households": of(float(table["households"].sum()) * 0.34 * 1.3, 0),
        "town_works": max(3, int(len(table) / towns * 0.11)),
        "mobilisation_shared": {"value": 0.7, "unit": "–", "source": "engineering judgement", "status": "assumption"},
        "gap": gap,
        "time_limit_s": seconds,
    }
    return plan.parse_scenario(raw)


def corridor_problem(count: int, seed: int, mobilisation: float = 1.0) -> Problem:
    """Return projects in corridors, paid from three funds.

    A project is paid from the money of the gas company, from the state's fund for old pipes where it is eligible, or in
    the year of road works from the road's money. Each corridor pays its mobilisation once a year from the first of
    them; crews are short by region, open corridors by zone, and a tenth of the corridors is newly paved.
    A column is a year and a fund, those tied to a purpose first.
    """
    rng = np.random.default_rng(seed)
    regions, corridors = max(4, min(12, count // 500)), int(count / 3.2)
    zones = max(6, corridors // 60)
    corridor = rng.integers(0, corridors, count)
    zone = rng.integers(0, zones, corridors)
    region = (zone * regions // zones)[corridor]
    km = np.exp(rng.normal(np.log(0.22), 0.75, count)).clip(0.03, 3.0)
    unit = rng.choice([1.2, 1.6, 2.4, 3.5], count, p=[0.45, 0.3, 0.17, 0.08]) * np.exp(rng.normal(0, 0.2, count))
    cost = km * unit
    leaks = np.exp(rng.normal(-3.2, 1.0, count)) * km * rng.choice([1, 3, 8], count, p=[0.6, 0.3, 0.1])
    risk = leaks * np.exp(rng.normal(0, 1.1, count)) * rng.choice([1, 2.5, 6], count, p=[0.7, 0.22, 0.08])
    ratio = (1 + rng.uniform(0.02, 0.09, count)) / 1.06
    value = np.stack([sum(risk * ratio**s for s in range(t, 10)) for t in range(YEARS)], axis=1)
    works = np.where(rng.random(corridors) < 0.18, rng.integers(0, YEARS, corridors), -1)
    shut = np.zeros((corridors, YEARS), dtype=bool)
    shut[rng.random(corridors) < 0.10, :2] = True
    for row in np.flatnonzero(works >= 0):
        shut[row, works[row] + 1 :] = True
    by_year = np.where(works[corridor][:, None] == np.arange(YEARS), cost[:, None] * 0.8, cost[:, None])
    opening = rng.uniform(0.04, 0.12, corridors) * mobilisation
    state = rng.random(count) < 0.30
    able = np.flatnonzero(~shut[corridor].all(axis=1))
    must = np.zeros(count, dtype=bool)
    must[rng.choice(able, int(0.025 * count), replace=False)] = True
    last = np.full(count, YEARS - 1)
    last[must] = rng.choice([0, 1, 2], must.sum(), p=[0.25, 0.35, 0.4])
    last[must] = np.maximum(last[must], (~shut[corridor[must]]).argmax(axis=1))
    year, fund = np.repeat(np.arange(YEARS), 3), np.tile([1, 2, 0], YEARS)
    eligible = np.stack([np.ones(count, dtype=bool), state, np.zeros(count, dtype=bool)], axis=1)[:, fund]
    eligible |= (fund == 2)[None, :] & (works[corridor][:, None] == year[None, :])
    allowed = eligible & ~shut[corridor][:, year] & (~must[:, None] | (year[None, :] <= last[:, None]))
    nothing, alone = np.zeros(corridors, dtype=np.int64), np.zeros(count, dtype=np.int64)
    fen = np.rint(by_year * _FEN_PER_MILLION).astype(np.int64)[:, year]
    open_fen = np.rint(opening * _FEN_PER_MILLION).astype(np.int64)
    mm = np.rint(km * _MM_PER_KM).astype(np.int64)
    limits = []
    for number, share in enumerate((0.62, 0.28, 0.10)):
        mine = fund == number
        most = np.floor(cost.sum() * SHARE * share * SPLIT * _FEN_PER_MILLION).astype(np.int64)[None, :]
        limits.append(
            Limit(
                f"fund_{number}", "money", np.where(mine, fen, 0), most, 1e6, alone, ("",), np.where(mine, year, -1),
                open_fen if number == 0 else nothing, nothing, np.arange(YEARS), 100.0,
            )
        )  # fmt: skip
    crew = np.array([km[region == r].sum() * SHARE * 1.05 * SPLIT for r in range(regions)])
    names = tuple(f"region {r}" for r in range(regions))
    use = np.repeat(mm[:, None], len(year), axis=1)
    most = np.floor(crew * _MM_PER_KM).astype(np.int64)
    limits.append(Limit("crew", "length", use, most, 1e5, region, names, year, nothing, nothing, np.arange(YEARS), 1e6))
    cap = np.array([max(2, int(0.16 * (zone == z).sum())) for z in range(zones)])
    names = tuple(f"zone {z}" for z in range(zones))
    most = np.repeat(cap[:, None], YEARS, axis=1)
    none = np.full(count, -1)
    limits.append(Limit("open", "works", 0 * use, most, 1.0, none, names, year, nothing + 1, zone, np.arange(YEARS)))
    empty = np.zeros(0, dtype=np.int64)
    return Problem(
        ids=np.array([f"R-{i:07d}" for i in range(count)], dtype=object),
        periods=Periods(np.arange(START, START + YEARS), year, np.zeros(len(year), dtype=np.int64)),
        worth=value[:, year],
        value=value[:, year],
        base=value[:, 0],
        allowed=allowed,
        in_time=~must[:, None] | (year[None, :] <= last[:, None]),
        forced=must,
        due=np.where(must, START + last, 0),
        pinned=np.full(count, -1),
        former=np.full(count, -1),
        no_dig=shut[corridor][:, year],
        excepted=np.zeros(count, dtype=bool),
        cost=fen,
        length_mm=mm,
        limits=tuple(limits),
        floors=(),
        corridors=Corridors(corridor, corridors, {"yuan": open_fen}),
        order=Order(empty, empty, 0),
    )
