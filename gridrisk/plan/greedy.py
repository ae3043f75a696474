"""A plan at once: mandatory projects by deadline, then the most risk for the money. The solver starts from it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from gridrisk.plan.problem import used

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem

    Index = NDArray[np.int64]

#: So many projects are tried before those that cannot fit any more are struck off together.
_BLOCK = 500


class Room:
    """What is left of every limit while projects are put into periods.

    Projects are asked for one by one, so what is left stands in plain lists; what a project needs is turned into lists
    only when it is its turn.
    """

    def __init__(self, problem: Problem, chosen: Index) -> None:
        self._problem = problem
        self._slots = [limit.slot.tolist() for limit in problem.limits]
        self._openings = [limit.opening.tolist() if limit.opening.any() else None for limit in problem.limits]
        self._open_at = [(limit.open_group.tolist(), limit.open_slot.tolist()) for limit in problem.limits]
        self._left = [(limit.most - used(problem, limit, chosen)).tolist() for limit in problem.limits]
        self._corridor = problem.corridors.number.tolist()
        self._place = problem.periods.place.tolist()
        self._years = len(problem.periods.years)
        self._row, self._allowed = -1, [False]
        self._needs: list[tuple[list[int], int]] = []
        # how many projects are built in a corridor and year
        self._open: dict[int, int] = defaultdict(int)
        built = np.flatnonzero((chosen >= 0) & (problem.corridors.number >= 0))
        for row in built.tolist():
            self._open[self._where(row, int(chosen[row]))] += 1
        self._when: dict[int, int] = {}
        self.before: dict[int, list[int]] = defaultdict(list)
        self._after: dict[int, list[int]] = defaultdict(list)
        for first, then in zip(problem.order.first.tolist(), problem.order.then.tolist(), strict=True):
            self.before[then].append(first)
            self._after[first].append(then)
            self._when |= {row: int(chosen[row]) for row in (first, then)}

    def fits(self, row: int, period: int) -> bool:
        """Say whether a project still fits into a period."""
        self._take(row)
        if not self._allowed[period] or (row in self._when and not self._in_sequence(row, period)):
            return False
        opens, corridor, year = self._opens(row, period), self._corridor[row], self._place[period]
        for (use, at), slot, opening, open_at, left in self._rows():
            column = slot[period]
            mine = at >= 0 and column >= 0
            need = use[period] if mine else 0
            if opens and opening is not None and opening[corridor]:
                where = (open_at[0][corridor], open_at[1][year])
                if mine and where == (at, column):
                    need += opening[corridor]
                elif opening[corridor] > left[where[0]][where[1]]:
                    return False
            if mine and need > left[at][column]:
                return False
        return True

    def move(self, row: int, period: int, sign: int) -> None:
        """Put a project into a period (`sign` 1), or take it out (−1)."""
        self._take(row)
        corridor, year = self._corridor[row], self._place[period]
        if sign < 0 and corridor >= 0:
            self._open[self._where(row, period)] -= 1
        opens = self._opens(row, period)
        for (use, at), slot, opening, open_at, left in self._rows():
            if at >= 0 and slot[period] >= 0:
                left[at][slot[period]] -= sign * use[period]
            if opens and opening is not None:
                left[open_at[0][corridor]][open_at[1][year]] -= sign * opening[corridor]
        if sign > 0 and corridor >= 0:
            self._open[self._where(row, period)] += 1
        if row in self._when:
            self._when[row] = period if sign > 0 else -1

    def could(self, rows: Index) -> NDArray[np.bool_]:
        """Say which projects fit into some period, were the mobilisation of their corridors free."""
        ok = self._problem.allowed[rows].copy()
        for limit, left in zip(self._problem.limits, self._left, strict=True):
            group = limit.group[rows]
            most = np.array([*left, [0] * limit.most.shape[1]], dtype=np.int64)
            fits = limit.use[rows] <= most[group][:, limit.slot]
            ok &= fits | (group < 0)[:, None] | (limit.slot < 0)[None, :]
        return np.asarray(ok.any(axis=1))

    def _take(self, row: int) -> None:
        if row == self._row:
            return
        self._row, self._allowed = row, self._problem.allowed[row].tolist()
        self._needs = [(limit.use[row].tolist(), int(limit.group[row])) for limit in self._problem.limits]

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        return zip(self._needs, self._slots, self._openings, self._open_at, self._left, strict=True)

    def _where(self, row: int, period: int) -> int:
        return int(self._corridor[row] * self._years + self._place[period])

    def _opens(self, row: int, period: int) -> bool:
        return self._corridor[row] >= 0 and not self._open[self._where(row, period)]

    def _in_sequence(self, row: int, period: int) -> bool:
        """Say whether what the project waits for comes before, and what waits for it after."""
        lag, when = self._problem.order.lag, self._when
        return all(0 <= when[first] <= period - lag for first in self.before.get(row, ())) and all(
            when[then] < 0 or period + lag <= when[then] for then in self._after.get(row, ())
        )


def greedy(
    problem: Problem, hint: NDArray[np.float64] | None = None, *, merit: NDArray[np.float64] | None = None
) -> Index:
    """Return the number of the period of each project, −1 where it is not built; no limit is broken.

    Mandatory and fixed projects come first, by deadline and each as early as it fits; one that finds no place is left
    out, so look at `keeps_all`. Then each floor is filled, then come all others by risk removed for the money, each as
    early as it fits. What a project waits for is placed with it.

    Parameters
    ----------
    problem
        The problem.
    hint
        How much of each project is built in each period by a linear model, (projects, periods): what it builds
        whole keeps its period, and comes first.
    merit
        Another order than risk removed for the money, the highest first, (projects,).
    """
    chosen = np.full(len(problem.ids), -1, dtype=np.int64)
    room = Room(problem, chosen)
    worth = for_the_money(problem) if merit is None else merit
    weight = np.zeros_like(problem.value) if hint is None else np.round(hint, 6)
    share = weight.max(axis=1, initial=0.0)
    years = np.argsort(-weight, axis=1, kind="stable").tolist()

    def place(row: int) -> bool:
        if chosen[row] >= 0 or not all(place(first) for first in room.before.get(row, ())):
            return bool(chosen[row] >= 0)
        for year in years[row]:
            if room.fits(row, year):
                room.move(row, year, 1)
                chosen[row] = year
                return True
        return False

    # by duty and deadline, then by what the linear model builds, then by risk for the money
    due = np.where(problem.pinned >= 0, 0, np.where(problem.due > 0, problem.due, np.iinfo(np.int64).max))
    forced = np.flatnonzero(problem.forced)
    for row in forced[np.lexsort((-worth[forced], -share[forced], due[forced]))].tolist():
        place(row)
    useful = problem.allowed.any(axis=1) & ~problem.forced & (problem.value.max(axis=1, initial=0.0) > 0)
    order = np.lexsort((-worth, -share))
    _fill_floors(problem, chosen, order, place)
    order = order[useful[order] & (chosen[order] < 0)]
    for first in range(0, len(order), _BLOCK):
        rest = order[first : first + _BLOCK]
        for row in rest[room.could(rest)].tolist():
            place(row)
    return chosen


def _fill_floors(problem: Problem, chosen: Index, order: Index, place: Callable[[int], bool]) -> None:
    """Put in projects of each group, in their order, until it has what it is due."""
    for floor in problem.floors:
        lacking = floor.least.copy()
        built = np.flatnonzero((chosen >= 0) & (floor.group >= 0))
        np.subtract.at(lacking, floor.group[built], floor.use[built])
        for row in order[np.isin(floor.group[order], np.flatnonzero(lacking > 0))].tolist():
            at = int(floor.group[row])
            if chosen[row] < 0 and lacking[at] > 0 and place(row):
                lacking[at] -= floor.use[row]


def for_the_money(problem: Problem) -> NDArray[np.float64]:
    """Return the risk removed by a fen, of each project built in the first year at its lowest cost."""
    cheapest = problem.cost.min(axis=1, initial=np.iinfo(np.int64).max)
    return np.asarray(problem.value[:, 0] / np.maximum(cheapest, 1), dtype=np.float64)


def polish(problem: Problem, chosen: Index, *, merit: NDArray[np.float64] | None = None) -> Index:
    """Return a plan at least as good: each project earlier where there is room, and others added that still fit.

    Projects are taken in order of the risk removed for the money, so the outcome does not depend on chance.
    """
    out = chosen.copy()
    room = Room(problem, out)
    worth = for_the_money(problem) if merit is None else merit
    now = np.where(out >= 0, problem.value[np.arange(len(out)), np.maximum(out, 0)], 0.0)
    gain = np.where(problem.allowed, problem.value - now[:, None], 0.0)
    order = np.argsort(-worth, kind="stable")
    order = order[np.flatnonzero((gain.max(axis=1, initial=0.0) > 0)[order])]
    for first in range(0, len(order), _BLOCK):
        rest = order[first : first + _BLOCK]
        for row in rest[room.could(rest)].tolist():
            _improve(room, out, row, gain[row])
    return out


def _improve(room: Room, out: Index, row: int, gain: NDArray[np.float64]) -> None:
    now = int(out[row])
    if now >= 0:
        room.move(row, now, -1)
    for year in np.argsort(-gain, kind="stable").tolist():
        if gain[year] > 0 and year != now and room.fits(row, year):
            room.move(row, year, 1)
            out[row] = year
            return
    if now >= 0:
        room.move(row, now, 1)
