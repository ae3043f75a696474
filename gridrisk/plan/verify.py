"""An independent look at a plan: every budget, crew, deadline and no-dig order again, in exact whole numbers."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
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
    spent: defaultdict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for project_id, row in table.iterrows():
        year = int(plan.assignment.get(project_id, 0))
        faults += _faults_of(str(project_id), row, year, plan, scenario)
        if year == 0:
            continue
        met = not pd.isna(row["works_year"]) and int(row["works_year"]) == year
        for payer in ("yuan", *scenario.budget_by_payer_yuan):
            cost = round(row[f"cost_{payer}"] * 100) - (round(row[f"saving_{payer}"] * 100) if met else 0)
            spent["total" if payer == "yuan" else payer, year] += Fraction(cost, 100)
        spent["crew", year] += Fraction(round(row["length_m"] * 1000), 1_000_000)
        if scenario.heating_households is not None and not pd.isna(row["households"]):
            spent["heating_households", year] += round(row["households"]) * Fraction(str(scenario.heating_share.value))
        if scenario.town_works is not None and not pd.isna(row["town_id"]):
            spent[f"town_works:{row['town_id']}", year] += 1
    for (name, year), saved in _mobilised_together(table, plan, scenario).items():
        spent[name, year] -= saved
    for name, by_year in _limits(plan, scenario, table).items():
        for year, most in by_year.items():
            if spent[name, year] > most:
                faults.append(
                    msg(
                        "{year}: {limit} is exceeded by {amount}",
                        year=year,
                        limit=limit_name(name),
                        amount=float(spent[name, year] - most),
                    )
                )
    return faults + _towns_short(table, plan, scenario)


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
    for project_id, row in table[table["town_id"].notna()].iterrows():
        mm = round(row["length_m"] * 1000)
        built = int(plan.assignment.get(project_id, 0)) > 0
        if built or not _never(row, scenario):
            length[str(row["town_id"])] += mm
        done[str(row["town_id"])] += mm if built else 0
    share = Fraction(str(scenario.town_share))
    return [
        msg("{town} gets {km} km, less than the share that it is due", town=town, km=f"{done[town] / 1e6:,.3f}")
        for town, mm in sorted(length.items())
        if done[town] < int(share * mm)
    ]


def _never(row: pd.Series, scenario: Scenario) -> bool:
    """Say whether a project cannot be built in any year of the plan."""
    years = range(scenario.first_year, scenario.first_year + scenario.years)
    closed = not pd.isna(row["no_dig_until"]) and all(_closed(row["no_dig_until"], y, scenario) for y in years)
    return bool(closed or row.get("excluded", False))


def _faults_of(project_id: str, row: pd.Series, year: int, plan: Schedule, scenario: Scenario) -> list[Message]:
    faults = []
    last = scenario.first_year + scenario.years - 1
    if year and not scenario.first_year <= year <= last:
        faults.append(msg("project {id} is planned in {year}, outside the plan", id=project_id, year=year))
    latest = scenario.first_year + int(scenario.mandatory_within_years.value) - 1
    due = latest if pd.isna(row["deadline_year"]) else min(int(row["deadline_year"]), latest)
    due = max(due, scenario.first_year)
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
        and (year == 0 or year > due)
    ):
        faults.append(
            msg("project {id} must be renewed by {due}, but is planned in {year}", id=project_id, due=due, year=year)
        )
    if year and not pd.isna(row["no_dig_until"]) and _closed(row["no_dig_until"], year, scenario):
        last_try = due if row["mandatory"] and due <= last else 0
        excepted = scenario.no_dig_exception and last_try and _closed(row["no_dig_until"], last_try, scenario)
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


def _closed(until: pd.Timestamp, year: int, scenario: Scenario) -> bool:
    """Say whether a no-dig order leaves too few whole months of a year."""
    reopened = until + pd.Timedelta(days=1)
    free = 12 if reopened.year < year else 0 if reopened.year > year else 13 - reopened.month - (reopened.day > 1)
    return bool(free < scenario.season_months.value)


def _limits(plan: Schedule, scenario: Scenario, table: pd.DataFrame) -> dict[str, dict[int, Fraction]]:
    years = range(scenario.first_year, scenario.first_year + scenario.years)

    def exact(values: float | list[float] | list[int]) -> dict[int, Fraction]:
        return {year: Fraction(str(value)) for year, value in zip(years, scenario.by_year(values), strict=True)}

    limits = {payer: exact(money) for payer, money in scenario.budget_by_payer_yuan.items()}
    if scenario.budget_yuan is not None:
        limits["total"] = exact(scenario.budget_yuan)
    elif scenario.budget_from_need is not None:
        limits["total"] = {
            year: Fraction(str(value)) for year, value in zip(years, plan.years["budget_yuan"], strict=True)
        }
    if scenario.crew_km is not None:
        limits["crew"] = exact(scenario.crew_km)
    if scenario.heating_households is not None:
        limits["heating_households"] = exact(scenario.heating_households)
    if scenario.town_works is not None:
        limits |= {f"town_works:{town}": exact(scenario.town_works) for town in sorted(set(table["town_id"].dropna()))}
    return limits
