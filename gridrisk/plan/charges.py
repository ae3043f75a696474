"""What each project costs whom in each year: less in the year of works, more with the price index."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.errors import DataError, ParameterError
from gridrisk.i18n import msg
from gridrisk.plan import money
from gridrisk.plan.dates import column

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Index = NDArray[np.int64]


def payers_of(projects: pd.DataFrame) -> list[str]:
    """Return the payers that have a column ``cost_<payer>``, in order of name."""
    known = sorted(str(name).removeprefix("cost_") for name in projects.columns if str(name).startswith("cost_"))
    return [name for name in known if name != "yuan"]


def costs(projects: pd.DataFrame, years: Index, payers: list[str]) -> tuple[Index, dict[str, Index]]:
    """Return fen by project and year, in all and for each of `payers`.

    What is saved in the year of works is taken off. With a column ``price_index`` (1/a, the same in all rows) each
    payer's part is raised from the first of `years` on, to whole fen, and the whole is the sum of the parts.

    Raises
    ------
    ParameterError
        Where a payer has no column.
    """
    known = payers_of(projects)
    unknown = [payer for payer in payers if payer not in known]
    if unknown:
        raise ParameterError(
            *(
                msg(
                    "budget_by_payer_yuan.{payer}: no such payer; use one of {known}",
                    payer=payer,
                    known=", ".join(known),
                )
                for payer in unknown
            )
        )
    works = projects["works_year"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    met = (works[:, None] == years[None, :]).astype(np.int64)
    factor = index_ppm(price_index(projects), len(years))

    def of(name: str) -> Index:
        full = money.fen(projects[f"cost_{name}"])
        saved = money.fen(projects[f"saving_{name}"])
        return raised(full[:, None] - met * saved[:, None], factor[None, :])

    parts = {payer: of(payer) for payer in payers}
    if (factor == money.PPM).all():
        return of("yuan"), parts
    whole = np.zeros(met.shape, dtype=np.int64)
    for payer in known:
        whole += parts[payer] if payer in parts else of(payer)
    return whole, parts


def price_index(projects: pd.DataFrame) -> float:
    """Return how much dearer everything gets in a year, 1/a; 0 where the projects do not say.

    Raises
    ------
    DataError
        Where the projects contradict one another.
    """
    values = column(projects, "price_index", 0.0).dropna().unique()
    if len(values) > 1:
        raise DataError(msg("the projects have several price indices; price them together"))
    return float(values[0]) if len(values) else 0.0


def index_ppm(index: float, years: int) -> Index:
    """Return the level of prices in each year, in whole parts of a million of those of the first."""
    step = 1 + Fraction(str(index))
    return np.array([round(step**year * money.PPM) for year in range(years)], dtype=np.int64)


def raised(fen: Index, ppm: Index) -> Index:
    """Return fen at another level of prices, to the nearest fen; sums below 90 billion yuan stay exact."""
    whole, rest = np.divmod(fen, money.PPM)
    return np.asarray(whole * ppm + (rest * ppm + money.PPM // 2) // money.PPM, dtype=np.int64)
