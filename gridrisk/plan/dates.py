"""When a project may and must be built: deadlines, closed roads, years fixed by the planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.i18n import Message, msg
from gridrisk.plan.periods import QUARTERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.periods import Periods
    from gridrisk.plan.scenario import Scenario


def due_years(projects: pd.DataFrame, scenario: Scenario) -> NDArray[np.int64]:
    """Return the last year for each mandatory project, 0 for the others.

    A date that is past is due in the first year; none, or one further off than ``mandatory_within_years`` allows, is
    due with the last year that it allows.
    """
    latest = scenario.first_year + int(scenario.mandatory_within_years.value) - 1
    due = projects["deadline_year"].astype("Int64").fillna(latest).to_numpy(dtype=np.int64)
    mandatory = projects["mandatory"].to_numpy(dtype=bool)
    return np.where(mandatory, np.clip(due, scenario.first_year, latest), 0)


def forbidden(projects: pd.DataFrame, periods: Periods, season_months: int) -> NDArray[np.bool_]:
    """Say which periods a no-dig order closes: those of which it leaves too few whole months.

    Of a year `season_months` are needed, of a quarter a fourth of that, rounded up.
    """
    free = (projects["no_dig_until"] + pd.Timedelta(days=1)).dt
    month = (free.year * 12 + free.month - 1 + (free.day > 1)).fillna(0).to_numpy(dtype=float)
    needed = np.where(periods.quarter > 0, -(-season_months // QUARTERS), season_months)
    last_start = periods.first_month() + periods.months() - needed
    return np.asarray(month[:, None] > last_start[None, :], dtype=bool)


def on_time(projects: pd.DataFrame, periods: Periods, due: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which periods are not after the deadline, (projects, periods); all where there is none within the plan.

    In a plan by quarters a deadline within the plan holds to its quarter, in one by years to its year.
    """
    bound = np.where((due > 0) & (due <= periods.years[-1]), due, periods.years[-1])
    out = periods.year[None, :] <= bound[:, None]
    if periods.by_quarter and "deadline" in projects.columns:
        date = projects["deadline"].dt
        exact = ((date.year == pd.Series(due, index=projects.index)) & (due <= periods.years[-1])).to_numpy(dtype=bool)
        quarter = np.where(exact, date.quarter.fillna(QUARTERS).to_numpy(dtype=float), QUARTERS)
        out &= (periods.year[None, :] < bound[:, None]) | (periods.quarter[None, :] <= quarter[:, None])
    return np.asarray(out, dtype=bool)


def pinned_years(
    projects: pd.DataFrame, years: NDArray[np.int64], due: NDArray[np.int64], no_dig: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the number of the year that a planner has fixed for each project, −1 where none.

    Parameters
    ----------
    projects
        ``pinned_year``, ``started`` (begun or contracted: it stands though its road is closed) and ``excluded`` may be
        missing.
    years
        Years of the plan.
    due
        See `due_years`.
    no_dig
        Years that are closed as a whole, (projects, years); see `forbidden`.

    Raises
    ------
    ParameterError
        Naming every pin to a year outside the plan, to a closed road or after the deadline, and every project taken
        out though it must be renewed.
    """
    count = len(projects)
    pinned = np.full(count, -1, dtype=np.int64)
    wanted = column(projects, "pinned_year", pd.NA).astype("Int64")
    started = column(projects, "started", default=False).fillna(False).to_numpy(dtype=bool)
    faults: list[Message] = []
    for row in np.flatnonzero(wanted.notna().to_numpy()).tolist():
        year, name = int(wanted.iloc[row]), str(projects.index[row])
        place = np.flatnonzero(years == year)
        if not len(place):
            faults.append(
                msg(
                    "project {id} is fixed in {year}, but the plan runs from {first} to {last}",
                    id=name,
                    year=year,
                    first=int(years[0]),
                    last=int(years[-1]),
                )
            )
        elif no_dig[row, place[0]] and not started[row]:
            faults.append(
                msg(
                    "project {id} is fixed in {year}, but its road is closed for digging until {date}; choose another "
                    "year, or say started = true where the approval is there",
                    id=name,
                    year=year,
                    date=projects["no_dig_until"].iloc[row].date(),
                )
            )
        elif due[row] and due[row] < year:
            faults.append(
                msg(
                    "project {id} is fixed in {year}, but must be renewed by the end of {due}",
                    id=name,
                    year=year,
                    due=int(due[row]),
                )
            )
        else:
            pinned[row] = place[0]
    excluded = column(projects, "excluded", default=False).to_numpy(dtype=bool)
    faults += [
        msg("project {id} is taken out of the plan, but must be renewed by the end of {due}", id=str(name), due=int(d))
        for name, d in zip(projects.index[excluded & (due > 0)], due[excluded & (due > 0)], strict=True)
    ]
    if faults:
        raise ParameterError(*faults)
    return pinned


def former_years(projects: pd.DataFrame, years: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the year that each project had in the plan before, −1 where none of these."""
    year = column(projects, "former_year", pd.NA).astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    place = year - years[0]
    return np.where((place >= 0) & (place < len(years)), place, -1).astype(np.int64)


def column(table: pd.DataFrame, name: str, default: object) -> pd.Series:
    """Return a column, or one of the default where the frame has none."""
    return table[name] if name in table.columns else pd.Series(default, index=table.index)
