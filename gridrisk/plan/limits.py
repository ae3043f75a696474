"""What there is only so much of: money, crews, works and households at once; and what each town is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gridrisk.errors import DataError, ParameterError
from gridrisk.i18n import msg
from gridrisk.plan import money
from gridrisk.plan.dates import column
from gridrisk.plan.need import need_budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

    Index = NDArray[np.int64]

#: Kilometres are counted in whole millimetres, money in whole fen.
MM_PER_KM = 1_000_000
_FEN_SCALE = 1e6
_MM_SCALE = 1e5
Kind = Literal["money", "length", "works", "households"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Something there is only so much of each year.

    Attributes
    ----------
    name
        ``total`` (money of all payers), a payer, ``crew``, ``town_works`` or ``heating_households``.
    kind
        What is counted: money in fen, length in millimetres, works and households one by one.
    use
        What each project takes in each year, (projects, years).
    most
        What there is, (groups, years).
    scale
        Units that make one unit of the solver's row: 10,000 yuan or 100 m, so that its tolerance is below a fen.
    group
        Row of `most` that a project counts in; −1 where it counts in none.
    groups
        Names of those rows; one empty name where there is only one.
    opening
        What each corridor takes once in every year in which something is built in it, (corridors,); only for money.
    per_unit
        Whole units in the unit that the scenario gives: fen in a yuan, millimetres in a kilometre, households that
        lose gas in a year in one that loses it in the heating season.
    """

    name: str
    kind: Kind
    use: Index
    most: Index
    scale: float
    group: Index
    groups: tuple[str, ...]
    opening: Index
    per_unit: float = 1.0


@dataclass(frozen=True, slots=True)
class Floor:
    """Something of which the plan must hold at least so much over all its years.

    Attributes
    ----------
    name
        ``town_share``: millimetres renewed in each town.
    use
        What each project adds, (projects,).
    least
        What must be reached, (groups,).
    scale, group, groups
        As in `Limit`.
    """

    name: str
    use: Index
    least: Index
    scale: float
    group: Index
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corridors:
    """Streets and communities whose projects share mobilisation when they are built in one year.

    Attributes
    ----------
    number
        Corridor of each project, −1 where it has no neighbour.
    count
        How many corridors there are.
    saved
        By payer, and ``yuan`` for all: fen that every project but the first saves in a year, (corridors,).
    """

    number: Index
    count: int
    saved: dict[str, Index]


def corridors_of(projects: pd.DataFrame, scenario: Scenario) -> Corridors:
    """Return the corridors: projects of one setting in one street or community, where the scenario shares mobilisation.

    What is saved is the same for all members: the least that any of them spends on mobilisation, payer by payer.

    Raises
    ------
    DataError
        Where the projects lack place or fixed costs.
    """
    rows = len(projects)
    if scenario.mobilisation_shared is None or not rows:
        return Corridors(np.full(rows, -1, dtype=np.int64), 0, {})
    payers = [name.removeprefix("fixed_") for name in projects.columns if name.startswith("fixed_")]
    payers = [name for name in payers if name != "yuan" and f"cost_{name}" in projects.columns]
    if "place" not in projects.columns or not payers:
        raise DataError(msg("projects have no {columns}; build and price them first", columns="place, fixed_<payer>"))
    setting = column(projects, "setting", "").fillna("").astype("str")
    place = projects["place"].fillna("").astype("str")
    key = pd.Series(pd.MultiIndex.from_arrays([setting, place]).factorize(sort=True)[0], index=projects.index)
    together = (place != "") & key.duplicated(keep=False)
    number = np.full(rows, -1, dtype=np.int64)
    found, corridor = np.unique(key[together].to_numpy(dtype=np.int64), return_inverse=True)
    number[together.to_numpy()] = corridor
    share = round(scenario.mobilisation_shared.value * money.PPM)
    saved: dict[str, Index] = {}
    for payer in payers:
        fixed = money.fen(projects[f"fixed_{payer}"]) * share // money.PPM
        spare = money.fen(projects[f"cost_{payer}"]) - money.fen(projects[f"saving_{payer}"])
        least = np.full(len(found), np.iinfo(np.int64).max)
        np.minimum.at(least, corridor, np.maximum(np.minimum(fixed, spare), 0)[together.to_numpy()])
        saved[payer] = least.astype(np.int64)
    saved["yuan"] = np.sum([saved[payer] for payer in payers], axis=0).astype(np.int64)
    return Corridors(number, len(found), saved)


def build_limits(
    table: pd.DataFrame,
    scenario: Scenario,
    years: Index,
    *,
    no_dig: NDArray[np.bool_],
    due: Index,
    corridors: Corridors,
) -> tuple[Index, tuple[Limit, ...]]:
    """Return the cost of each project alone, whole fen, and all limits of the scenario."""
    cost, by_payer = costs(table, years, list(scenario.budget_by_payer_yuan))
    limits = []
    if scenario.budget_yuan is not None or scenario.budget_from_need is not None:
        most = (
            need_budget(table, scenario, cost, no_dig, due)
            if scenario.budget_from_need is not None
            else budget_fen(scenario.by_year(scenario.budget_yuan or 0.0))
        )
        limits.append(_money("total", "yuan", cost, most, corridors))
    for payer, use in by_payer.items():
        most = budget_fen(scenario.by_year(scenario.budget_by_payer_yuan[payer]))
        limits.append(_money(payer, payer, use, most, corridors))
    if scenario.crew_km is not None:
        most = np.array([int(Decimal(str(km)) * MM_PER_KM) for km in scenario.by_year(scenario.crew_km)])
        length_mm = np.rint(table["length_m"].to_numpy(dtype=float) * 1000).astype(np.int64)
        crew = _one("crew", "length", length_mm, most, _MM_SCALE, corridors.count)
        limits.append(replace(crew, per_unit=float(MM_PER_KM)))
    if scenario.heating_households is not None:
        share = Decimal(str(scenario.heating_share.value))
        most = np.array([int(Decimal(str(n)) / share) for n in scenario.by_year(scenario.heating_households)])
        homes = column(table, "households", 0).astype("Float64").fillna(0).to_numpy(dtype=float)
        limit = _one("heating_households", "households", np.rint(homes).astype(np.int64), most, 100.0, corridors.count)
        limits.append(replace(limit, per_unit=float(1 / share)))
    if scenario.town_works is not None:
        group, towns = _towns(table)
        most = np.array([int(n) for n in scenario.by_year(scenario.town_works)], dtype=np.int64)
        ones = np.ones((len(table), len(years)), dtype=np.int64)
        nothing = np.zeros(corridors.count, dtype=np.int64)
        limits.append(Limit("town_works", "works", ones, np.tile(most, (len(towns), 1)), 1.0, group, towns, nothing))
    return cost, tuple(limits)


def build_floors(
    table: pd.DataFrame, scenario: Scenario, length_mm: Index, possible: NDArray[np.bool_]
) -> tuple[Floor, ...]:
    """Return the metres that each town is due: a share of the candidates there that can be built at all."""
    if scenario.town_share is None:
        return ()
    group, towns = _towns(table)
    counted = np.where((group >= 0) & possible, length_mm, 0)
    total = np.zeros(len(towns), dtype=np.int64)
    np.add.at(total, group[group >= 0], counted[group >= 0])
    share = Decimal(str(scenario.town_share))
    least = np.array([int(share * int(mm)) for mm in total], dtype=np.int64)
    return (Floor("town_share", length_mm, least, _MM_SCALE, group, towns),)


def _towns(table: pd.DataFrame) -> tuple[Index, tuple[str, ...]]:
    code, names = pd.factorize(column(table, "town_id", pd.NA).astype("str"), sort=True)
    return np.asarray(code, dtype=np.int64), tuple(str(name) for name in names)


def _money(name: str, payer: str, cost: Index, most: Index, corridors: Corridors) -> Limit:
    """Return a budget; what the first project of a corridor spends on mobilisation stands with the corridor."""
    saved = corridors.saved.get(payer, np.zeros(corridors.count, dtype=np.int64))
    less = np.where(corridors.number >= 0, np.append(saved, 0)[corridors.number], 0)
    group = np.zeros(len(cost), dtype=np.int64)
    return Limit(name, "money", cost - less[:, None], most[None, :], _FEN_SCALE, group, ("",), saved, 100.0)


def _one(name: str, kind: Kind, use: Index, most: NDArray[np.int64], scale: float, corridors: int) -> Limit:
    """Return a limit of the whole city on something that a project takes alike in every year."""
    each = np.repeat(use[:, None], len(most), axis=1)
    nothing = np.zeros(corridors, dtype=np.int64)
    return Limit(
        name, kind, each, most.astype(np.int64)[None, :], scale, np.zeros(len(use), dtype=np.int64), ("",), nothing
    )


def costs(projects: pd.DataFrame, years: Index, payers: list[str]) -> tuple[Index, dict[str, Index]]:
    """Return fen by project and year, in all and for each of `payers`, less what is saved in the year of works.

    Raises
    ------
    ParameterError
        Where a payer has no column.
    """
    works = projects["works_year"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    met = (works[:, None] == years[None, :]).astype(np.int64)
    known = sorted(name.removeprefix("cost_") for name in projects.columns if name.startswith("cost_"))
    unknown = [payer for payer in payers if payer not in known or payer == "yuan"]
    if unknown:
        raise ParameterError(
            *(
                msg(
                    "budget_by_payer_yuan.{payer}: no such payer; use one of {known}",
                    payer=payer,
                    known=", ".join(name for name in known if name != "yuan"),
                )
                for payer in unknown
            )
        )

    def of(name: str) -> Index:
        full = money.fen(projects[f"cost_{name}"])
        saved = money.fen(projects[f"saving_{name}"])
        return np.asarray(full[:, None] - met * saved[:, None], dtype=np.int64)

    return of("yuan"), {payer: of(payer) for payer in payers}


def budget_fen(yuan: list[float]) -> Index:
    """Return budgets in whole fen, a part of a fen not counted."""
    return np.array(
        [int((Decimal(str(value)) * 100).to_integral_value(rounding=ROUND_FLOOR)) for value in yuan], dtype=np.int64
    )
