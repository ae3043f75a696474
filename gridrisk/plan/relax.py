"""Where must-renew work cannot fit: the least by which money, crews and the like would have to grow, year by year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, hstack

from gridrisk.i18n import Message, msg
from gridrisk.plan.core import Layout, build_model
from gridrisk.plan.limits import MILLI
from gridrisk.plan.problem import reached, used
from gridrisk.plan.solver import Model, maximise
from gridrisk.plan.words import limit_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.limits import Limit
    from gridrisk.plan.problem import Problem


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The smallest change that lets all must-renew work fit.

    Attributes
    ----------
    missing
        For each limit (``total``, a payer, ``crew``, ``heating_households``, ``town_works:<town>``), what it lacks by
        year: yuan, kilometres, households, works.
    closed
        Mandatory projects that a no-dig order keeps out of every year up to their deadline.
    years
        The year in which each mandatory project would then be built.
    proven
        False where the time ran out before the least was proved: then it is enough, but perhaps not the least.
    short
        For each floor (``town_share:<town>``), the kilometres that cannot be reached within the limits.
    blocked
        Projects that must be built and wait for one that cannot be built in time.
    """

    missing: dict[str, dict[int, float]]
    closed: tuple[str, ...]
    years: dict[str, int]
    proven: bool
    short: dict[str, float]
    blocked: tuple[str, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether anything has to give way."""
        return bool(self.missing or self.closed or self.short or self.blocked)

    def messages(self) -> list[Message]:
        """Say in sentences what is missing."""
        out = [_lack(name, year, amount) for name, by_year in self.missing.items() for year, amount in by_year.items()]
        out += [
            msg(
                "{town}: {km} km of the share that the town is due do not fit; lower town_share, or give more",
                town=name.partition(":")[2],
                km=f"{km:,.3f}",
            )
            for name, km in self.short.items()
        ]
        out += [
            msg(
                "project {id} must be renewed, but a no-dig order closes its road in every year up to the deadline; "
                "lift the order, move the deadline, or set no_dig_exception = true in the scenario",
                id=project_id,
            )
            for project_id in self.closed
        ]
        out += [
            msg(
                "project {id} must be renewed, but the project that it waits for cannot be built in time; give up the "
                "sequence, or move a date",
                id=project_id,
            )
            for project_id in self.blocked
        ]
        if not self.proven:
            out.append(msg("the time ran out before the least shortfall was proved; with this much it fits"))
        return out


def _lack(name: str, year: int, amount: float) -> Message:
    kind, _, town = name.partition(":")
    if kind == "crew":
        return msg("{year}: crews lack {km} km for what must be renewed", year=year, km=f"{amount:,.3f}")
    if kind == "total":
        return msg("{year}: the budget lacks {yuan} yuan for what must be renewed", year=year, yuan=f"{amount:,.2f}")
    if kind == "heating_households":
        return msg(
            "{year}: {count} more households must be without gas in the heating season for what must be renewed",
            year=year,
            count=f"{np.ceil(amount):,.0f}",
        )
    if kind == "town_works":
        return msg(
            "{year}: {town} must take {count} works more at once for what must be renewed",
            year=year,
            town=town,
            count=f"{amount:,.0f}",
        )
    return msg(
        "{year}: {limit} lacks {yuan} yuan for what must be renewed",
        year=year,
        limit=limit_name(name),
        yuan=f"{amount:,.2f}",
    )


def relax(problem: Problem, *, time_limit_s: float) -> tuple[Relaxation, NDArray[np.int64]]:
    """Find the least that is lacking for the mandatory projects and the floors alone; return it and that plan.

    The sum of what the budgets lack is least; a kilometre that the crews lack counts as much as a kilometre of these
    projects costs on average, a work or a household as much as a work costs, and where a budget in all and one of a
    payer both fall short, both are counted. A floor gives way last.
    """
    rows = np.flatnonzero(problem.forced)
    shut = rows[~problem.allowed[rows].any(axis=1)]
    waits = np.isin(shut, problem.order.then) & ~problem.no_dig[shut].all(axis=1)
    allowed = np.zeros_like(problem.allowed)
    if problem.floors:
        for floor in problem.floors:
            allowed |= problem.allowed & (floor.group >= 0)[:, None]
        allowed |= problem.allowed & problem.order.members(len(problem.ids))[:, None]
    late = problem.in_time[rows] | ~problem.in_time[rows].any(axis=1, keepdims=True)
    allowed[rows] = np.where(np.isin(rows, shut)[:, None], late, problem.allowed[rows])
    open_rows = np.ones(len(problem.ids), dtype=bool)
    open_rows[shut] = False
    eased = replace(problem, allowed=allowed, order=problem.order.only(open_rows))
    model, layout = _elastic(eased)
    solution = maximise(model, time_limit_s=time_limit_s)
    if solution.x is None:
        # every mandatory project in its last open year always fits the elastic model
        chosen = np.where(allowed.any(axis=1), allowed.shape[1] - 1 - allowed[:, ::-1].argmax(axis=1), -1)
        chosen[~problem.forced] = -1
    else:
        built = np.flatnonzero(solution.x[: len(layout.project)] > 0.5)
        chosen = np.full(len(problem.ids), -1, dtype=np.int64)
        chosen[layout.project[built]] = layout.year[built]
    found = Relaxation(
        missing=shortfall(problem, chosen),
        closed=tuple(str(problem.ids[row]) for row in shut[~waits]),
        blocked=tuple(str(problem.ids[row]) for row in shut[waits]),
        years={str(problem.ids[row]): int(problem.years[chosen[row]]) for row in rows if chosen[row] >= 0},
        proven=solution.outcome == "optimal",
        short=_short(problem, chosen),
    )
    return found, chosen


def shortfall(problem: Problem, chosen: NDArray[np.int64]) -> dict[str, dict[int, float]]:
    """Return by how much a choice of periods breaks each limit in each year, exactly, as `Relaxation.missing` has it.

    Of the quarters of a year what they lack is added up.
    """
    missing: dict[str, dict[int, float]] = {}
    for limit in problem.limits:
        over = np.maximum(used(problem, limit, chosen) - limit.most, 0)
        years = slot_years(problem, limit)
        for group, name in enumerate(limit.groups):
            lacking: dict[int, int] = {}
            for slot in np.flatnonzero(over[group]).tolist():
                year = int(years[slot])
                lacking[year] = lacking.get(year, 0) + int(over[group, slot])
            if lacking:
                units = {year: amount / limit.per_unit for year, amount in lacking.items()}
                missing[f"{limit.name}:{name}" if name else limit.name] = units
    return missing


def slot_years(problem: Problem, limit: Limit) -> NDArray[np.int64]:
    """Return the calendar year of each slot of a limit."""
    out = np.zeros(limit.most.shape[1], dtype=np.int64)
    counts = limit.slot >= 0
    out[limit.slot[counts]] = problem.years[counts]
    return out


def _short(problem: Problem, chosen: NDArray[np.int64]) -> dict[str, float]:
    out: dict[str, float] = {}
    for floor in problem.floors:
        lacking = np.maximum(floor.least - reached(floor, chosen), 0)
        out |= {f"{floor.name}:{floor.groups[g]}": int(lacking[g]) / 1e6 for g in np.flatnonzero(lacking)}
    return out


def _elastic(problem: Problem) -> tuple[Model, Layout]:
    """Return the model with one more column for each row of a limit or floor, what is lacking, at its weight."""
    base, layout = build_model(problem)
    forced = problem.forced
    money = float(problem.cost[forced].max(axis=1).sum()) if forced.any() else float(problem.cost.sum())
    money = max(money, 1.0)
    each = max(money / max(int(forced.sum()), 1), 1e-3)
    by_kind = {
        "money": 1.0,
        "length": max(money / max(int(problem.length_mm[forced].sum()), 1), 1e-3),
        "works": each,
        "households": each / MILLI,
    }
    weight = np.concatenate(
        [
            *(np.full(limit.most.size, by_kind[limit.kind] * limit.scale / 1e6) for limit in problem.limits),
            *(np.full(len(floor.least), 100 * by_kind["length"] * floor.scale / 1e6) for floor in problem.floors),
            np.zeros(0),
        ]
    )
    soft = np.arange(layout.first_limit_row, layout.first_link_row)
    sign = np.where(np.isfinite(base.low[soft]), 1.0, -1.0)
    extra = coo_array((sign, (soft, np.arange(len(soft)))), shape=(base.rows.shape[0], len(soft))).tocsr()
    model = Model(
        gain=np.concatenate([np.zeros(base.rows.shape[1]), -weight]),
        rows=hstack([base.rows, extra], format="csr"),
        low=base.low,
        high=base.high,
        upper=np.concatenate([base.upper, np.full(len(soft), np.inf)]),
        whole=np.concatenate([base.whole, np.zeros(len(soft), dtype=bool)]),
    )
    return model, layout
