"""The columns of a plan: its years, or the quarters of its years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.scenario import Scenario

    Index = NDArray[np.int64]

QUARTERS = 4
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Periods:
    """Times in which a project may be built, in their order.

    Attributes
    ----------
    years
        Calendar years of the plan, (years,).
    place
        Number of the year that each period lies in, (periods,).
    quarter
        Quarter of it, 1 to 4, or 0 for the whole year, (periods,).
    """

    years: Index
    place: Index
    quarter: Index

    @property
    def year(self) -> Index:
        """Calendar year of each period, (periods,)."""
        return self.years[self.place]

    @property
    def by_quarter(self) -> bool:
        """Whether the plan is made by quarters."""
        return bool((self.quarter > 0).any())

    @property
    def lag(self) -> int:
        """How many periods a project must come before another that waits for it.

        Within a year the works can follow one another, so there it is none; a quarter is too short for that.
        """
        return int(self.by_quarter)

    def elapsed(self) -> NDArray[np.float64]:
        """Return how much of its year is over in the middle of each period, (periods,)."""
        return np.where(self.quarter > 0, (self.quarter - 0.5) / QUARTERS, 0.5)

    def first_month(self) -> Index:
        """Return the months from year 0 to the start of each period, (periods,)."""
        return np.asarray(self.year * _MONTHS + np.maximum(self.quarter - 1, 0) * 3, dtype=np.int64)

    def months(self) -> Index:
        """Return how many months each period has, (periods,)."""
        return np.where(self.quarter > 0, 3, _MONTHS).astype(np.int64)

    def within(self, table: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say for each row and year whether all its periods are marked, (rows, years)."""
        out = np.ones((len(table), len(self.years)), dtype=bool)
        for period, place in enumerate(self.place.tolist()):
            out[:, place] &= table[:, period]
        return out


def periods_of(scenario: Scenario) -> Periods:
    """Return the years of a scenario, or their quarters."""
    years = np.arange(scenario.first_year, scenario.last_year + 1, dtype=np.int64)
    place = np.arange(len(years), dtype=np.int64)
    if not scenario.quarters:
        return Periods(years, place, np.zeros(len(years), dtype=np.int64))
    quarter = np.arange(1, QUARTERS + 1, dtype=np.int64)
    return Periods(years, np.repeat(place, QUARTERS), np.tile(quarter, len(years)))
