"""Why each project is built in its year, or not at all and what it would take: one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.plan.dates import column
from gridrisk.plan.lagrange import charge, opening_charge
from gridrisk.plan.problem import mobilisation_saved, openings, used
from gridrisk.plan.words import amount, limit_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gridrisk.plan.limits import Limit
    from gridrisk.plan.problem import Problem
    from gridrisk.plan.relax import Relaxation
    from gridrisk.plan.search import Found

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]


def explain(problem: Problem, projects: pd.DataFrame, chosen: Index, found: Found) -> Mapping[str, Message]:
    """Return one sentence a project, each made when it is asked for.

    Parameters
    ----------
    problem, chosen
        The problem and the year number of each project (−1: not built).
    projects
        The projects, for their dates.
    found
        Prices of what is scarce; and what is missing, where what must be renewed does not fit.
    """
    return _Reasons(problem, projects.loc[pd.Index(problem.ids)], chosen, found)


class _Reasons(Mapping[str, Message]):
    """Sentences by project id; what all of them need is worked out when the first is asked for.

    A plan of a study is looked at as a whole, and of a hundred thousand projects the sentences take more memory than
    the plan.
    """

    def __init__(self, problem: Problem, table: pd.DataFrame, chosen: Index, found: Found) -> None:
        self._row = {str(project_id): row for row, project_id in enumerate(problem.ids)}
        self._of = partial(_Sentences, problem, table, chosen, found)

    def __getitem__(self, key: str) -> Message:
        return self._sentences.of(self._row[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)

    @cached_property
    def _sentences(self) -> _Sentences:
        return self._of()


class _Sentences:
    """What is asked for every project, worked out once."""

    def __init__(self, problem: Problem, table: pd.DataFrame, chosen: Index, found: Found) -> None:
        self.problem, self.chosen = problem, chosen
        self.relaxation: Relaxation | None = found.relaxation
        self.dates = table["no_dig_until"]
        self.works = table["works_year"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
        self.started = column(table, "started", default=False).fillna(False).to_numpy(dtype=bool)
        self.excluded = column(table, "excluded", default=False).to_numpy(dtype=bool)
        self.deadline = table["deadline_year"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
        self.elsewhere = self._elsewhere(found)
        self.saves = mobilisation_saved(problem, chosen)
        self.lacking = [self._lacking(limit) for limit in problem.limits]
        self.too_dear = [self._too_dear(limit) for limit in problem.limits]
        self.weight = np.zeros(problem.value.shape)
        for limit, lacking in zip(problem.limits, self.lacking, strict=True):
            self.weight += np.maximum(lacking, 0) / np.maximum(limit.use, 1)
        self.first_of: dict[int, list[int]] = {}
        self.then_of: dict[int, list[int]] = {}
        for first, then in zip(problem.order.first.tolist(), problem.order.then.tolist(), strict=True):
            self.first_of.setdefault(then, []).append(first)
            self.then_of.setdefault(first, []).append(then)

    def of(self, row: int) -> Message:
        """Return the sentence of one project."""
        if self.relaxation is not None:
            return self._infeasible(row, self.relaxation)
        if self.chosen[row] >= 0:
            return msg("{why}; {when}", why=self._why(row), when=self._when(row))
        return self._why_not(row)

    def _elsewhere(self, found: Found) -> Array:
        """Return what the money, crews and the like of each project would remove elsewhere, (projects, periods)."""
        total = charge(self.problem, found.prices)
        number = self.problem.corridors.number
        shared = np.flatnonzero(number >= 0)
        if len(shared):
            # the first of a corridor to be built in a year mobilises for it; others come on top of it
            place = self.problem.periods.place
            opening = opening_charge(self.problem, found.prices)[:, place]
            corridor, year = openings(self.problem, self.chosen)
            is_open = np.zeros((self.problem.corridors.count, len(self.problem.periods.years)), dtype=bool)
            is_open[corridor, year] = True
            saves = mobilisation_saved(self.problem, self.chosen)
            bears = ~saves & (self.chosen >= 0)
            free = is_open[:, place][number[shared]]
            mine = place[np.maximum(self.chosen[shared], 0)][:, None] == place[None, :]
            own = bears[shared][:, None] & mine
            total[shared] += np.where(free & ~own, 0.0, opening[number[shared]])
        return total

    def _duty(self, row: int) -> Message | None:
        """Say why a project must be in the plan; None where it need not be."""
        problem, due, was = self.problem, int(self.problem.due[row]), int(self.deadline[row])
        if problem.pinned[row] >= 0:
            return msg("begun or contracted") if self.started[row] else msg("fixed by the planner")
        if problem.excepted[row]:
            return msg(
                "must be renewed by the end of {due}, and needs the approval to dig up a road that is closed until "
                "{date}",
                due=due,
                date=self.dates.iloc[row].date(),
            )
        if not problem.forced[row]:
            return None
        if not due:
            return msg("project {id}, which must be renewed, waits for it", id=self._waiting(row))
        if 0 < was < due:
            return msg(
                "should have been renewed by the end of {was}; overdue, so due by the end of {due}", was=was, due=due
            )
        return msg("must be renewed by the end of {due}", due=due)

    def _why(self, row: int) -> Message:
        problem, year = self.problem, int(self.chosen[row])
        if (duty := self._duty(row)) is not None:
            return duty
        value, price = problem.worth[row, year], self.elsewhere[row, year]
        if price <= 0:
            return msg("removes {value} of risk, and there is money for it", value=_number(value))
        if value >= price:
            return msg(
                "removes {value} of risk, {times} times what its money and crews would remove elsewhere",
                value=_number(value),
                times=_times(value / price),
            )
        if problem.value[row, year] > value:
            return msg(
                "removes {value} of risk, and stands where the plan before had it, as a change must be worth more",
                value=_number(value),
            )
        if row in self.then_of:
            return msg(
                "removes {value} of risk, and project {id} waits for it", value=_number(value), id=self._waiting(row)
            )
        return msg(
            "removes {value} of risk with money that dearer projects leave over, {share} of what such money removes at "
            "the margin",
            value=_number(value),
            share=f"{value / price:.0%}",
        )

    def _when(self, row: int) -> Message:
        """Say why in this period, and what it would cost to wait."""
        problem, period = self.problem, int(self.chosen[row])
        when = self._not_earlier(row, period)
        later = np.flatnonzero(problem.periods.place == problem.periods.place[period] + 1)
        if not len(later) or problem.pinned[row] >= 0:
            return when
        if not problem.in_time[row, later].any():
            return msg("{when}; a year later would be too late", when=when)
        if problem.no_dig[row, later].all():
            return msg("{when}; the year after is closed by the no-dig order", when=when)
        more = problem.worth[row, period] - problem.worth[row, later].max()
        return msg("{when}; a year later would leave {more} more risk", when=when, more=_number(more))

    def _not_earlier(self, row: int, period: int) -> Message:  # noqa: PLR0911 - one return a reason
        problem = self.problem
        full, cost = int(problem.cost[row].max()), int(problem.cost[row, period])
        name = self._name(period)
        first = int(np.flatnonzero(problem.allowed[row])[0]) if problem.allowed[row].any() else 0
        if problem.pinned[row] >= 0:
            return msg("in {year}, as fixed", year=name)
        if self.works[row] == problem.years[period]:
            return msg(
                "in {year} it goes together with the works planned there and saves {yuan} yuan",
                year=name,
                yuan=f"{(full - cost) / 100:,.0f}",
            )
        if self.saves[row]:
            saved = problem.corridors.saved["yuan"][problem.corridors.number[row]]
            return msg(
                "in {year} it goes together with neighbours and saves {yuan} yuan of mobilisation",
                year=name,
                yuan=f"{saved / 100:,.0f}",
            )
        if period == 0:
            return msg("in {year}, as early as possible", year=name)
        if problem.no_dig[row, :period].all():
            return msg("{year} is the first year that the no-dig order leaves open", year=name)
        waits = [other for other in self.first_of.get(row, []) if self.chosen[other] + problem.order.lag == period]
        if waits or first == period:
            ids = ", ".join(str(problem.ids[other]) for other in waits or self.first_of.get(row, []))
            if ids:
                return msg("in {year}, as soon as {id} is built, for which it waits", year=name, id=ids)
        return self._full_before(row, period, name)

    def _full_before(self, row: int, period: int, name: Message) -> Message:
        """Say that the periods before were full, or were left for the plan before."""
        problem, quarters = self.problem, self.problem.periods.by_quarter
        if not quarters and problem.forced[row] and not problem.in_time[row, period + 1 :].any():
            return msg(
                "in {year}, the last year allowed: the years before are full with work worth more then", year=name
            )
        if problem.former[row] == problem.periods.place[period]:
            return msg("in {year}, as in the plan before", year=name)
        if quarters:
            return msg("in {year}: the quarters before are full with work that is due or worth more then", year=name)
        return msg("in {year}: the years before are full with work that is due or worth more then", year=name)

    def _name(self, period: int) -> Message:
        """Return the year of a period, with its quarter where it has one."""
        year, quarter = int(self.problem.years[period]), int(self.problem.periods.quarter[period])
        if quarter:
            return msg("{year} Q{quarter}", year=year, quarter=quarter)
        return msg("{calendar_year}", calendar_year=year)

    def _waiting(self, row: int) -> str:
        """Return the ids of the projects that wait for this one."""
        return ", ".join(str(self.problem.ids[then]) for then in self.then_of.get(row, []))

    def _why_not(self, row: int) -> Message:  # noqa: PLR0911 - one return a reason
        problem = self.problem
        if self.excluded[row]:
            return msg("not in the plan: taken out by the planner")
        if problem.no_dig[row].all():
            return msg(
                "not in the plan: a no-dig order until {date} closes every year", date=self.dates.iloc[row].date()
            )
        years = np.flatnonzero(problem.allowed[row])
        if not len(years):
            return msg(
                "not in the plan: it waits for {id}, which is not built in time",
                id=", ".join(str(problem.ids[first]) for first in self.first_of.get(row, [])),
            )
        cost = f"{problem.cost[row, years].min() / 100:,.0f}"
        if problem.worth[row].max() <= 0:
            return msg("not in the plan: no risk of it is known that it would remove")
        lost = [first for first in self.first_of.get(row, []) if self.chosen[first] < 0]
        if lost:
            ids = ", ".join(str(problem.ids[first]) for first in lost)
            return msg("not in the plan: it waits for {id}, and both together are not worth their money", id=ids)
        if problem.value[row, years].max() <= 0:
            return msg(
                "not in the plan: that its households are cut off counts for more than the {value} of risk it removes",
                value=_number(float(problem.worth[row].max())),
            )
        for limit, over in zip(problem.limits, self.too_dear, strict=True):
            if over[row]:
                name = f"{limit.name}:{limit.groups[limit.group[row]]}".rstrip(":")
                return msg("not in the plan: it needs more than any open year has ({limit})", limit=limit_name(name))
        margin = problem.worth[row, years] - self.elsewhere[row, years]
        best = int(years[int(margin.argmax())])
        value, price = problem.worth[row, best], self.elsewhere[row, best]
        needs = self._needs(row, years)
        if value < price:
            return msg(
                "not in the plan: its {cost} yuan would remove {price} of risk elsewhere, here only {value}; it would "
                "take {times} times the risk, or {needs}",
                cost=cost,
                value=_number(value),
                price=_number(price),
                times=_times(price / value),
                needs=needs,
            )
        return msg(
            "not in the plan, a near miss: no year has the {cost} yuan and crews that it needs left over; it would "
            "take {needs}",
            cost=cost,
            needs=needs,
        )

    def _needs(self, row: int, years: Index) -> Message:
        """Say what would have to be added to one year for the project to fit on top of the plan, the least by money."""
        period = int(years[int(self.weight[row, years].argmin())])
        text: Message | None = None
        yearly = True
        for limit, lacking in zip(self.problem.limits, self.lacking, strict=True):
            need = int(lacking[row, period])
            if need <= 0:
                continue
            yearly &= limit.most.shape[1] == len(self.problem.periods.years)
            # a sentence for people: whole yuan, rounded up so that they are enough
            what = amount(limit.kind, -(-need // 100) * 100 if limit.kind == "money" else need)
            if limit.name not in {"total", "crew", "town_works", "heating_households"}:
                what = msg("{amount} ({limit})", amount=what, limit=limit_name(limit.name))
            text = what if text is None else msg("{one} and {two}", one=text, two=what)
        if text is None:
            return msg("another look: it fits")
        when = msg("{calendar_year}", calendar_year=int(self.problem.years[period])) if yearly else self._name(period)
        return msg("{needs} more in {year}", needs=text, year=when)

    def _lacking(self, limit: Limit) -> Index:
        """Return how much of a limit each project lacks in each period on top of the plan, (projects, periods)."""
        problem, place = self.problem, self.problem.periods.place
        left = limit.most - used(problem, limit, self.chosen)
        at, slot = limit.group[:, None], limit.slot[None, :]
        counts = (at >= 0) & (slot >= 0)
        need = limit.use - (left[at, slot] if left.size else 0)
        if limit.opening.any():
            number = problem.corridors.number
            opened = np.zeros((problem.corridors.count + 1, len(problem.periods.years)), dtype=bool)
            opened[openings(problem, self.chosen)] = True
            same = (np.append(limit.open_group, -1)[number][:, None] == at) & (limit.open_slot[place][None, :] == slot)
            opens = (number >= 0)[:, None] & ~opened[number][:, place] & same
            need = need + np.where(opens, np.append(limit.opening, 0)[number][:, None], 0)
        return np.asarray(np.where(counts, need, 0), dtype=np.int64)

    def _too_dear(self, limit: Limit) -> NDArray[np.bool_]:
        """Say which projects need more than there is of a limit in every period open to them, (projects,)."""
        at, slot = limit.group[:, None], limit.slot[None, :]
        over = limit.use > (limit.most[at, slot] if limit.most.size else 0)
        return np.asarray(((over & (at >= 0) & (slot >= 0)) | ~self.problem.allowed).all(axis=1))

    def _infeasible(self, row: int, relaxation: Relaxation) -> Message:
        problem, project_id = self.problem, str(self.problem.ids[row])
        if project_id in relaxation.closed:
            return msg(
                "no plan: must be renewed by the end of {due}, but a no-dig order closes every year until then",
                due=int(problem.due[row]),
            )
        if project_id in relaxation.blocked:
            return msg("no plan: must be renewed, but what it waits for cannot be built in time")
        if problem.forced[row] and problem.due[row] and project_id in relaxation.years:
            return msg(
                "no plan: must be renewed by the end of {due}; with what is missing it would be built in {year}",
                due=int(problem.due[row]),
                year=relaxation.years[project_id],
            )
        if problem.pinned[row] >= 0:
            return msg("no plan: it is fixed in {year}", year=int(problem.periods.years[problem.pinned[row]]))
        return msg("no plan: what must be renewed does not fit, so nothing else is planned")


def _number(value: float) -> str:
    """Return a risk in three figures; what is less than a thousandth as such."""
    return f"{value:.3g}" if value >= 0.001 or value <= 0 else "<0.001"


def _times(ratio: float) -> str:
    """Return a ratio as a person says it: 1.24, 12, over 100."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}" if ratio <= 100 else ">100"
