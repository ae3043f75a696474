"""The rows and columns of the mixed-integer model, of a whole problem or of what is still open in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from gridrisk.plan.problem import openings, reached, used
from gridrisk.plan.solver import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.problem import Problem


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is which.

    Attributes
    ----------
    project, year
        Of the first columns, one for each project and period.
    corridor, corridor_year
        Of the columns after them, one for each corridor and year it may be opened in.
    first_limit_row, first_link_row
        Where the rows of limits (group by group, slot by slot), then floors, start, and where they end.
    first_order_row
        Where the rows of pairs (pair by pair, period by period) start, the last of all.
    """

    project: NDArray[np.int64]
    year: NDArray[np.int64]
    corridor: NDArray[np.int64]
    corridor_year: NDArray[np.int64]
    first_limit_row: int
    first_link_row: int
    first_order_row: int


def build_model(
    problem: Problem, columns: NDArray[np.bool_] | None = None, taken: NDArray[np.int64] | None = None
) -> tuple[Model, Layout]:
    """Return the model of a problem: one column for each project and allowed period in which it is worth something.

    Rows: each project at most once (exactly once where forced); then for each limit one row a group and slot; then the
    floors; then, for each project of a corridor and year, that the corridor is opened; then, for each pair and
    period, that what waits is not built by then unless what it waits for is.

    Parameters
    ----------
    problem
        The problem.
    columns
        Projects and periods that are left open, (projects, periods); all where None.
    taken
        Periods of projects that are decided already, −1 for the others; they use up limits and have no column. None
        of them may stand in a pair.
    """
    useful = problem.allowed & ((problem.value > 0) | problem.forced[:, None] | _needed(problem)[:, None])
    decided = np.full(len(problem.ids), -1, dtype=np.int64) if taken is None else taken
    useful &= (decided < 0)[:, None]
    project, year = np.nonzero(useful if columns is None else useful & columns)
    corridor, opened, link = _openings(problem, project, year, decided)
    x, width = len(project), len(project) + len(corridor)
    with_column, row = np.unique(project, return_inverse=True)
    # a forced project without a column makes the model infeasible: keep its row
    missing = np.setdiff1d(np.flatnonzero(problem.forced & (decided < 0)), with_column)
    once = coo_array((np.ones(x), (row, np.arange(x))), shape=(len(with_column) + len(missing), width)).tocsr()
    blocks = [once]
    low = [problem.forced[with_column].astype(float), np.ones(len(missing))]
    high = [np.ones(len(with_column)), np.ones(len(missing))]
    for limit in problem.limits:
        counts = np.flatnonzero((limit.group[project] >= 0) & (limit.slot[year] >= 0))
        use = limit.use[project[counts], year[counts]] / limit.scale
        slots = limit.most.shape[1]
        rows = limit.group[project[counts]] * slots + limit.slot[year[counts]]
        open_use = limit.opening[corridor] / limit.scale
        opens = np.flatnonzero(open_use)
        open_rows = limit.open_group[corridor[opens]] * slots + limit.open_slot[opened[opens]]
        values = np.concatenate([use, open_use[opens]])
        at = (np.concatenate([rows, open_rows]), np.concatenate([counts, x + opens]))
        blocks.append(coo_array((values, at), shape=(limit.most.size, width)).tocsr())
        low.append(np.full(limit.most.size, -np.inf))
        high.append(((limit.most - used(problem, limit, decided)) / limit.scale).ravel())
    for floor in problem.floors:
        counts = np.flatnonzero(floor.group[project] >= 0)
        values = floor.use[project[counts]] / floor.scale
        at = (floor.group[project[counts]], counts)
        blocks.append(coo_array((values, at), shape=(len(floor.least), width)).tocsr())
        low.append((floor.least - reached(floor, decided)) / floor.scale)
        high.append(np.full(len(floor.least), np.inf))
    first_link = sum(block.shape[0] for block in blocks)
    blocks.append(_link_rows(project, link, width))
    low.append(np.full(blocks[-1].shape[0], -np.inf))
    high.append(np.zeros(blocks[-1].shape[0]))
    first_order = first_link + blocks[-1].shape[0]
    blocks.append(_order_rows(problem, project, year, width))
    low.append(np.full(blocks[-1].shape[0], -np.inf))
    high.append(np.zeros(blocks[-1].shape[0]))
    model = Model(
        gain=np.concatenate([problem.value[project, year], np.zeros(len(corridor))]),
        rows=vstack(blocks, format="csr"),
        low=np.concatenate(low),
        high=np.concatenate(high),
        upper=np.ones(width),
        whole=np.ones(width, dtype=bool),
    )
    first_limit = len(with_column) + len(missing)
    return model, Layout(project, year, corridor, opened, first_limit, first_link, first_order)


def _link_rows(project: NDArray[np.int64], link: NDArray[np.int64], width: int) -> csr_array:
    """Return for each project and opening: the columns that need the opening, less the opening.

    A project is built once, so its columns of one year (quarters, funds) share a row: tighter than one row a column.
    """
    linked = np.flatnonzero(link >= 0)
    pairs, row = np.unique(project[linked] * width + link[linked], return_inverse=True)
    rows = np.arange(len(pairs))
    at = (np.concatenate([row, rows]), np.concatenate([linked, len(project) + pairs % width]))
    values = np.concatenate([np.ones(len(linked)), -np.ones(len(pairs))])
    return coo_array((values, at), shape=(len(pairs), width)).tocsr()


def _order_rows(problem: Problem, project: NDArray[np.int64], year: NDArray[np.int64], width: int) -> csr_array:
    """Return for each pair and period: built by then of what waits, less built in time for it of what it waits for."""
    periods, order = len(problem.years), problem.order
    size = (len(order) * periods, width)
    if not len(order):
        return csr_array(size)
    at = np.full(problem.allowed.shape, -1, dtype=np.int64)
    at[project, year] = np.arange(len(project))
    rows, columns, values = [], [], []
    for sign, side, lag in ((1.0, order.then, 0), (-1.0, order.first, order.lag)):
        for period in range(periods):
            column = at[side, period]
            there = np.flatnonzero(column >= 0)
            for later in range(period + lag, periods):
                rows.append(there * periods + later)
                columns.append(column[there])
                values.append(np.full(len(there), sign))
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return coo_array(entries, shape=size).tocsr()


def _needed(problem: Problem) -> NDArray[np.bool_]:
    """Say which projects may serve to reach a floor or let another be built, and so are of use by themselves."""
    out = np.zeros(len(problem.ids), dtype=bool)
    out[problem.order.first] = True
    for floor in problem.floors:
        out |= floor.group >= 0
    return out


def _openings(
    problem: Problem, project: NDArray[np.int64], year: NDArray[np.int64], decided: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return corridor and year of each opening, and which of them each column needs, −1 for none.

    A corridor that a decided project opens anyway needs no column.
    """
    years = len(problem.periods.years)
    number = problem.corridors.number[project]
    key = np.where(number >= 0, number * years + problem.periods.place[year], -1)
    open_corridor, open_year = openings(problem, decided)
    key[np.isin(key, open_corridor * years + open_year)] = -1
    found = np.unique(key[key >= 0])
    link = np.where(key >= 0, np.searchsorted(found, key), -1)
    return found // years, found % years, link


def full_columns(problem: Problem, layout: Layout, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a choice of years as the columns of the model."""
    x = chosen[layout.project] == layout.year
    corridor, year = openings(problem, chosen)
    years = len(problem.periods.years)
    y = np.isin(layout.corridor * years + layout.corridor_year, corridor * years + year)
    return np.concatenate([x, y]).astype(np.float64)
