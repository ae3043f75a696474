"""An independent look at a plan: every budget, crew, deadline and no-dig order again, in exact whole numbers."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.plan.words import limit_name

if TYPE_CHECKING:
    from gridrisk.plan.result import Schedule
    from gridrisk.plan.scenario import Scenario


def verify(projects: pd.DataFrame, plan: Schedule, scenario: Scenario) -> list[Message]:
    """Return what is wrong with a plan; an empty list where nothing is.

    Nothing of the model is used here: costs are taken from the projects and added up project by project.

    Parameters
    ----------
    projects
        On project_id, as they were given to `schedule`.
    plan
        The plan.
    scenario
        The scenario it was made for. Where it sizes the budget by need, the plan's own budget is held against it.
    """
    faults = [
        msg("project {id} is planned but is not one of the projects", id=name)
        for name in sorted(set(plan.assignment.index) - set(projects.index))
    ]
    table = pd.DataFrame(projects.drop(columns="geometry", errors="ignore"))
    spent: defaultdict[tuple[str, int, int], Fraction] = defaultdict(Fraction)
    for project_id, row in table.iterrows():
        year = int(plan.assignment.get(project_id, 0))
        faults += _faults_of(str(project_id), row, year, plan, scenario)
        if year == 0:
            continue
        quarter = int(plan.quarter[str(project_id)]) if scenario.quarters else 0
        for payer, fen in _paid(row, year, scenario).items():
            spent[payer, year, 0] += Fraction(fen, 100)
        spent["crew", year, quarter] += Fraction(round(row["length_m"] * 1000), 1_000_000)
        for trade in scenario.crew_km_by_trade:
            spent[f"crew:{trade}", year, quarter] += Fraction(round(row[f"trade_{trade}_m"] * 1000), 1_000_000)
        if scenario.heating_households is not None and not pd.isna(row["households"]):
            share = [scenario.heating_share.value, *scenario.heating_share_by_quarter.value][quarter]
            spent["heating_households", year, 0] += round(row["households"]) * Fraction(round(share * 1000), 1000)
        if scenario.town_works is not None and not pd.isna(row["town_id"]):
            spent[f"town_works:{row['town_id']}", year, quarter] += 1
    for (name, year), saved in _mobilised_together(table, plan, scenario).items():
        spent[name, year, 0] -= saved
    for (name, year, quarter), most in _limits(plan, scenario, table).items():
        if spent[name, year, quarter] > most:
            faults.append(
                msg(
                    "{year}: {limit} is exceeded by {amount}",
                    year=f"{year}-Q{quarter}" if quarter else year,
                    limit=limit_name(name),
                    amount=float(spent[name, year, quarter] - most),
                )
            )
    return faults + _towns_short(table, plan, scenario) + _out_of_sequence(table, plan, scenario)


def _paid(row: pd.Series, year: int, scenario: Scenario) -> dict[str, int]:
    """Return the whole fen that a project takes of each budget in a year, at the prices of that year."""
    met = not pd.isna(row["works_year"]) and int(row["works_year"]) == year
    index = Fraction(str(row.get("price_index", 0) or 0))
    level = Fraction(round((1 + index) ** (year - scenario.first_year) * 1_000_000), 1_000_000)

    def fen(payer: str) -> int:
        base = round(row[f"cost_{payer}"] * 100) - (round(row[f"saving_{payer}"] * 100) if met else 0)
        raised: int = floor(base * level + Fraction(1, 2))
        return raised

    payers = [str(name)[5:] for name in row.index if str(name).startswith("cost_") and name != "cost_yuan"]
    total = sum(fen(payer) for payer in payers) if level != 1 or (index and payers) else fen("yuan")
    return {"total": total, **{payer: fen(payer) for payer in scenario.budget_by_payer_yuan}}


def _out_of_sequence(table: pd.DataFrame, plan: Schedule, scenario: Scenario) -> list[Message]:
    """Name projects that are built though one that they wait for is not, or not before."""
    faults: list[Message] = []
    if "after" not in table.columns or plan.status not in {"optimal", "feasible"}:
        return faults

    def when(project_id: str) -> float:
        year = int(plan.assignment.get(project_id, 0))
        return year * 4 + (int(plan.quarter[project_id]) if year and scenario.quarters else 0)

    for project_id, firsts in table["after"].items():
        for first in firsts if isinstance(firsts, list) else ():
            mine, other = when(str(project_id)), when(first)
            if mine and (not other or other > mine or (scenario.quarters and other == mine)):
                faults.append(
                    msg("project {id} is planned before {first}, for which it waits", id=project_id, first=first)
                )
    return faults


def _mobilised_together(table: pd.DataFrame, plan: Schedule, scenario: Scenario) -> dict[tuple[str, int], Fraction]:
    """Return what neighbours of one street and year save, by budget and year."""
    if scenario.mobilisation_shared is None:
        return {}
    payers = [name[6:] for name in table.columns if name.startswith("fixed_") and name != "fixed_yuan"]
    payers = [payer for payer in payers if f"cost_{payer}" in table.columns]
    share = Fraction(round(scenario.mobilisation_shared.value * 1_000_000), 1_000_000)
    streets: defaultdict[tuple[str, str], list[pd.Series]] = defaultdict(list)
    for _, row in table.iterrows():
        if not pd.isna(row["place"]) and row["place"]:
            setting = row.get("setting")
            streets["" if pd.isna(setting) else str(setting), str(row["place"])].append(row)
    out: defaultdict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for members in streets.values():
        years = [int(plan.assignment.get(row.name, 0)) for row in members]
        for payer in payers:
            least = min(
                min(
                    round(row[f"fixed_{payer}"] * 100) * share.numerator // share.denominator,
                    max(0, round(row[f"cost_{payer}"] * 100) - round(row[f"saving_{payer}"] * 100)),
                )
                for row in members
            )
            for year in set(years) - {0}:
                saved = Fraction(least * (years.count(year) - 1), 100)
                out["total", year] += saved
                out[payer, year] += saved
    return out


def _towns_short(table: pd.DataFrame, plan: Schedule, scenario: Scenario) -> list[Message]:
    if scenario.town_share is None or plan.status not in {"optimal", "feasible"}:
        return []
    length: defaultdict[str, int] = defaultdict(int)
    done: defaultdict[str, int] = defaultdict(int)
    never = _impossible(table, scenario)
    for project_id, row in table[table["town_id"].notna()].iterrows():
        mm = round(row["length_m"] * 1000)
        built = int(plan.assignment.get(project_id, 0)) > 0
        if built or str(project_id) not in never:
            length[str(row["town_id"])] += mm
        done[str(row["town_id"])] += mm if built else 0
    share = Fraction(str(scenario.town_share))
    return [
        msg("{town} gets {km} km, less than the share that it is due", town=town, km=f"{done[town] / 1e6:,.3f}")
        for town, mm in sorted(length.items())
        if done[town] < int(share * mm)
    ]


def _impossible(table: pd.DataFrame, scenario: Scenario) -> set[str]:
    """Return the projects that cannot be built in any period of the plan, also for what they wait for."""
    quarters = range(1, 5) if scenario.quarters else range(1)
    years = range(scenario.first_year, scenario.first_year + scenario.years)
    times = [(year, quarter) for year in years for quarter in quarters]
    open_at: dict[str, list[int]] = {}
    for project_id, row in table.iterrows():
        pinned = row.get("pinned_year", pd.NA)
        fixed = None if pd.isna(pinned) else int(pinned)
        started = fixed is not None and bool(row.get("started", False))
        open_at[str(project_id)] = [
            number
            for number, (year, quarter) in enumerate(times)
            if not row.get("excluded", False)
            and (fixed is None or year == fixed)
            and (started or pd.isna(row["no_dig_until"]) or not _closed(row["no_dig_until"], year, quarter, scenario))
        ]
    waiting = table["after"].items() if "after" in table.columns else ()
    pairs = [(first, str(name)) for name, firsts in waiting if isinstance(firsts, list) for first in firsts]
    lag = int(scenario.quarters)
    for _ in pairs:  # the longest chain is no longer than there are pairs
        for first, then in pairs:
            earliest = min(open_at[first], default=len(times)) + lag
            open_at[then] = [number for number in open_at[then] if number >= earliest]
    return {name for name, numbers in open_at.items() if not numbers}


def _faults_of(project_id: str, row: pd.Series, year: int, plan: Schedule, scenario: Scenario) -> list[Message]:
    faults = []
    last = scenario.first_year + scenario.years - 1
    quarter = int(plan.quarter[project_id]) if year and scenario.quarters else 0
    if year and not scenario.first_year <= year <= last:
        faults.append(msg("project {id} is planned in {year}, outside the plan", id=project_id, year=year))
    latest = scenario.first_year + int(scenario.mandatory_within_years.value) - 1
    due = latest if pd.isna(row["deadline_year"]) else min(int(row["deadline_year"]), latest)
    due = max(due, scenario.first_year)
    date = row.get("deadline", pd.NaT)
    last_quarter = (date.month + 2) // 3 if scenario.quarters and not pd.isna(date) and date.year == due else 4
    pinned = row.get("pinned_year", pd.NA)
    fixed = not pd.isna(pinned) and plan.status in {"optimal", "feasible"}
    if fixed and year != int(pinned):
        faults.append(
            msg("project {id} is fixed in {due}, but is planned in {year}", id=project_id, due=int(pinned), year=year)
        )
    if year and row.get("excluded", False):
        faults.append(msg("project {id} is planned in {year}, but was taken out", id=project_id, year=year))
    started = fixed and bool(row.get("started", False))
    if (
        not started
        and row["mandatory"]
        and plan.status in {"optimal", "feasible"}
        and due <= last
        and (year == 0 or (year, quarter) > (due, last_quarter))
    ):
        faults.append(
            msg("project {id} must be renewed by {due}, but is planned in {year}", id=project_id, due=due, year=year)
        )
    if year and not pd.isna(row["no_dig_until"]) and _closed(row["no_dig_until"], year, quarter, scenario):
        last_try = (due, last_quarter if scenario.quarters else 0) if row["mandatory"] and due <= last else None
        excepted = scenario.no_dig_exception and last_try and _closed(row["no_dig_until"], *last_try, scenario)
        if not excepted and not started:
            faults.append(
                msg(
                    "project {id} is planned in {year}, but its road is closed for digging until {date}",
                    id=project_id,
                    year=year,
                    date=row["no_dig_until"].date(),
                )
            )
    return faults


def _closed(until: pd.Timestamp, year: int, quarter: int, scenario: Scenario) -> bool:
    """Say whether a no-dig order leaves too few whole months of a year, or of a quarter of it."""
    reopened = until + pd.Timedelta(days=1)
    whole = reopened.year * 12 + reopened.month - 1 + (reopened.day > 1)
    months, start = (3, year * 12 + 3 * (quarter - 1)) if quarter else (12, year * 12)
    season = int(scenario.season_months.value)
    needed = -(-season // 4) if quarter else season
    free = min(months, max(0, start + months - whole))
    return bool(free < needed)


def _limits(  # noqa: C901 - one branch a kind of limit
    plan: Schedule, scenario: Scenario, table: pd.DataFrame
) -> dict[tuple[str, int, int], Fraction]:
    """Return what there is by name, year and quarter (0: the whole year)."""
    years = range(scenario.first_year, scenario.first_year + scenario.years)
    shares = [Fraction(str(share)) for share in scenario.quarter_share.value]

    def exact(name: str, values: float | list[float] | list[int]) -> dict[tuple[str, int, int], Fraction]:
        there = zip(years, scenario.by_year(values), strict=True)
        return {(name, year, 0): Fraction(str(value)) for year, value in there}

    def quartered(
        name: str, values: float | list[float] | list[int], parts: list[Fraction]
    ) -> dict[tuple[str, int, int], Fraction]:
        by_year = exact(name, values)
        if not scenario.quarters:
            return by_year
        return {
            (name, year, quarter): value * part
            for (_, year, _), value in by_year.items()
            for quarter, part in enumerate(parts, start=1)
        }

    limits: dict[tuple[str, int, int], Fraction] = {}
    for payer, money in scenario.budget_by_payer_yuan.items():
        limits |= exact(payer, money)
    if scenario.budget_yuan is not None:
        limits |= exact("total", scenario.budget_yuan)
    elif scenario.budget_from_need is not None:
        limits |= exact("total", plan.years["budget_yuan"].tolist())
    if scenario.crew_km is not None:
        limits |= quartered("crew", scenario.crew_km, shares)
    for trade, km in scenario.crew_km_by_trade.items():
        limits |= quartered(f"crew:{trade}", km, shares)
    if scenario.heating_households is not None:
        limits |= exact("heating_households", scenario.heating_households)
    if scenario.town_works is not None:
        for town in sorted(set(table["town_id"].dropna())):
            limits |= quartered(f"town_works:{town}", scenario.town_works, [Fraction(1)] * 4)
    return limits
