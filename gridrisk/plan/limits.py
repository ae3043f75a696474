"""What there is only so much of: money, crews, works and households at once; and what each town is due."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gridrisk.errors import DataError, ParameterError
from gridrisk.i18n import msg
from gridrisk.plan import money
from gridrisk.plan.charges import costs
from gridrisk.plan.dates import column
from gridrisk.plan.need import need_budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.periods import Periods
    from gridrisk.plan.scenario import Scenario

    Index = NDArray[np.int64]

#: Kilometres are counted in whole millimetres, money in whole fen.
MM_PER_KM = 1_000_000
#: Shares of a heating season are counted in thousandths of a household.
MILLI = 1000
_FEN_SCALE = 1e6
_MM_SCALE = 1e5
Kind = Literal["money", "length", "works", "households"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Something there is only so much of each year.

    Attributes
    ----------
    name
        ``total`` (money of all payers), a payer, ``crew``, ``crew:<trade>``, ``town_works`` or
        ``heating_households``.
    kind
        What is counted: money in fen, length in millimetres, works and households one by one.
    use
        What each project takes in each period, (projects, periods).
    most
        What there is, (groups, slots): slots are years, or quarters.
    scale
        Units that make one unit of the solver's row: 10,000 yuan or 100 m, so that its tolerance is below a fen.
    group
        Row of `most` that a project counts in; −1 where it counts in none.
    groups
        Names of those rows; one empty name where there is only one.
    slot
        Column of `most` that a period counts in, −1 where it counts in none, (periods,).
    opening
        What each corridor takes once in every year in which something is built in it, (corridors,).
    open_group, open_slot
        Row of `most` that each corridor counts in, (corridors,), and column for each year, (years,).
    per_unit
        Whole units in the unit that the scenario gives: fen in a yuan, millimetres in a kilometre, thousandths of a
        household that loses gas in the heating season.
    """

    name: str
    kind: Kind
    use: Index
    most: Index
    scale: float
    group: Index
    groups: tuple[str, ...]
    slot: Index
    opening: Index
    open_group: Index
    open_slot: Index
    per_unit: float = 1.0

    def by_period(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a table of slots as one of periods, 0 where a period counts in none, (groups, periods)."""
        return np.where(self.slot >= 0, table[:, self.slot], 0.0)


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
    periods: Periods,
    *,
    no_dig: NDArray[np.bool_],
    due: Index,
    corridors: Corridors,
) -> tuple[Index, tuple[Limit, ...]]:
    """Return the cost of each project alone in each period, whole fen, and all limits of the scenario."""
    cost, by_payer = costs(table, periods.years, list(scenario.budget_by_payer_yuan))
    make = _Maker(periods, corridors)
    limits = []
    if scenario.budget_yuan is not None or scenario.budget_from_need is not None:
        most = (
            need_budget(table, scenario, cost, periods.within(no_dig), due)
            if scenario.budget_from_need is not None
            else budget_fen(scenario.by_year(scenario.budget_yuan or 0.0))
        )
        limits.append(make.money("total", "yuan", cost, most))
    for payer, use in by_payer.items():
        most = budget_fen(scenario.by_year(scenario.budget_by_payer_yuan[payer]))
        limits.append(make.money(payer, payer, use, most))
    if scenario.crew_km is not None:
        limits.append(make.crew("crew", table["length_m"], scenario.crew_km, scenario))
    for trade, km in scenario.crew_km_by_trade.items():
        limits.append(make.crew(f"crew:{trade}", _metres_of(table, trade), km, scenario))
    if scenario.heating_households is not None:
        limits.append(make.heating(table, scenario.heating_households, scenario))
    if scenario.town_works is not None:
        group, towns = _towns(table)
        most = np.array([int(n) for n in scenario.by_year(scenario.town_works)], dtype=np.int64)[periods.place]
        ones = np.ones((len(table), len(periods.place)), dtype=np.int64)
        limits.append(
            make.limit("town_works", "works", ones, np.tile(most, (len(towns), 1)), group=group, groups=towns)
        )
    return cost[:, periods.place], tuple(limits)


def _metres_of(table: pd.DataFrame, trade: str) -> pd.Series:
    """Return the metres of a trade in each project."""
    name = f"trade_{trade}_m"
    if name not in table.columns:
        known = [str(c)[6:-2] for c in table.columns if str(c).startswith("trade_") and str(c).endswith("_m")]
        raise ParameterError(
            msg("crew_km_by_trade.{trade}: no such trade; use one of {known}", trade=trade, known=", ".join(known))
        )
    return table[name]


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes limits of the periods and corridors of one problem."""

    periods: Periods
    corridors: Corridors

    def limit(  # noqa: PLR0913 - the parts of a limit
        self,
        name: str,
        kind: Kind,
        use: Index,
        most: Index,
        *,
        scale: float = 1.0,
        group: Index | None = None,
        groups: tuple[str, ...] = ("",),
        opening: Index | None = None,
        per_unit: float = 1.0,
    ) -> Limit:
        """Return a limit; its slots are the periods, or the years where it has so many."""
        slot = np.arange(most.shape[1]) if most.shape[1] == len(self.periods.place) else self.periods.place
        nothing = np.zeros(self.corridors.count, dtype=np.int64)
        return Limit(
            name=name,
            kind=kind,
            use=use,
            most=most.astype(np.int64),
            scale=scale,
            group=np.zeros(len(use), dtype=np.int64) if group is None else group,
            groups=groups,
            slot=slot.astype(np.int64),
            opening=nothing if opening is None else opening,
            open_group=nothing,
            open_slot=np.arange(len(self.periods.years), dtype=np.int64),
            per_unit=per_unit,
        )

    def money(self, name: str, payer: str, cost: Index, most: Index) -> Limit:
        """Return a budget; what the first project of a corridor spends on mobilisation stands with the corridor."""
        corridors = self.corridors
        saved = corridors.saved.get(payer, np.zeros(corridors.count, dtype=np.int64))
        less = np.where(corridors.number >= 0, np.append(saved, 0)[corridors.number], 0)
        use = (cost - less[:, None])[:, self.periods.place]
        return self.limit(name, "money", use, most[None, :], scale=_FEN_SCALE, opening=saved, per_unit=100.0)

    def crew(self, name: str, metres: pd.Series, km: float | list[float], scenario: Scenario) -> Limit:
        """Return the kilometres of a crew, by quarters where the plan is."""
        most = [Decimal(str(value)) * MM_PER_KM for value in scenario.by_year(km)]
        if self.periods.by_quarter:
            share = [Decimal(str(value)) for value in scenario.quarter_share.value]
            most = [year * part for year in most for part in share]
        length_mm = np.rint(metres.to_numpy(dtype=float) * 1000).astype(np.int64)
        table = np.array([[int(value) for value in most]], dtype=np.int64)
        return self.limit(name, "length", self._each(length_mm), table, scale=_MM_SCALE, per_unit=float(MM_PER_KM))

    def heating(self, table: pd.DataFrame, most: float | list[float], scenario: Scenario) -> Limit:
        """Return the households that lose gas in the heating season of a year."""
        homes = column(table, "households", 0).astype("Float64").fillna(0).to_numpy(dtype=float)
        by_quarter = [scenario.heating_share.value, *scenario.heating_share_by_quarter.value]
        share = np.array([round(by_quarter[quarter] * MILLI) for quarter in self.periods.quarter], dtype=np.int64)
        use = np.rint(homes).astype(np.int64)[:, None] * share[None, :]
        there = np.array([[int(Decimal(str(n)) * MILLI) for n in scenario.by_year(most)]], dtype=np.int64)
        return self.limit("heating_households", "households", use, there, scale=1e5, per_unit=float(MILLI))

    def _each(self, use: Index) -> Index:
        return np.repeat(use[:, None], len(self.periods.place), axis=1)


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


def budget_fen(yuan: list[float]) -> Index:
    """Return budgets in whole fen, a part of a fen not counted."""
    return np.array(
        [int((Decimal(str(value)) * 100).to_integral_value(rounding=ROUND_FLOOR)) for value in yuan], dtype=np.int64
    )
