"""Coverage month by month, and what a later look says of a month that was reported before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import pace
from .summary import NO_TOWN, counts_for, needed_share
from .towns import assign_towns

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from .vocabulary import Policy

#: Figures of a town that a month reports and a later look may correct.
FIGURES = ("eligible", "converted", "verified")
#: The timeline shows so many months at most.
MOST_MONTHS = 36


def timeline(
    decisions: pd.DataFrame,
    customers: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame | None,
    policy: Policy,
    *,
    on: dt.date,
) -> pd.DataFrame:
    """Return what the dates on record say of every town's coverage at the end of each month.

    Eligible are the customers who are so on the last day; what was undecided then, or has closed since, is not known
    to the records. A month that was closed is printed from what was kept of it, see `corrections`.

    Parameters
    ----------
    decisions, customers, towns, policy
        As for `summarise`.
    on
        The last month ends with this day.

    Returns
    -------
    DataFrame
        ``town_id``, ``month``, ``eligible``, ``converted``, ``verified``, ``share``, ``needed`` (asked at its end);
        from the start of the target, or where it has none the first conversion, and at most `MOST_MONTHS` months.
    """
    people = customers.loc[decisions.index]
    town = assign_towns(people, towns)[0].fillna(NO_TOWN)
    target = policy.target("conversion")
    counted, converted = counts_for(decisions, people, target)
    lit, seen = people["converted_on"][converted], people["verified_on"][converted]
    last = pace.month_of(on)
    start = lit.min() if target is None or target.start is None else pd.Timestamp(target.start)
    first = last if pd.isna(start) else min(pace.month_of(start.date()), last)
    months = pace.months_between(max(first, pace.shifted(last, 1 - MOST_MONTHS)), last)
    names = sorted({*([] if towns is None else towns.index), *town.unique()})
    eligible = town[counted | converted].value_counts().reindex(names, fill_value=0)
    frame = pd.DataFrame(
        {
            "town_id": np.repeat(names, len(months)),
            "month": np.tile(months, len(names)),
            "eligible": np.repeat(eligible.to_numpy(), len(months)),
            "converted": _running(town[converted], lit, names, months),
            "verified": _running(town[converted], seen, names, months),
        }
    )
    frame["share"] = (frame["converted"] / frame["eligible"]).where(frame["eligible"] > 0)
    ends = {month: min(pace.last_day(month), on) for month in months}
    needed = {month: np.nan if target is None else needed_share(target, end) for month, end in ends.items()}
    frame["needed"] = frame["month"].map(needed).astype("float64")
    return frame.astype({"town_id": "str", "month": "str", **dict.fromkeys(FIGURES, "int64")})


def _running(town: pd.Series, days: pd.Series, names: list[str], months: list[str]) -> np.ndarray:
    """Count by town the days up to the end of each month."""
    number = days.dt.year * 12 + days.dt.month - 1
    first = int(months[0][:4]) * 12 + int(months[0][5:]) - 1
    at = (number - first).clip(lower=0)
    inside = (at < len(months)).fillna(value=False).to_numpy(bool)
    grid = np.zeros((len(names), len(months)), dtype=np.int64)
    place = pd.Index(names).get_indexer(town[inside])
    np.add.at(grid, (place, at[inside].to_numpy(np.int64)), 1)
    running: np.ndarray = grid.cumsum(axis=1).reshape(-1)
    return running


def corrections(reported: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of a month that are no longer what was reported.

    Parameters
    ----------
    reported, now
        By town, as `summarise` gives it for the same day: as it was closed, and by the records of today.

    Returns
    -------
    DataFrame
        ``town_id``, ``name``, ``figure`` (of `FIGURES`), ``reported``, ``now``, ``change``; only where they differ. A
        town that one of them lacks counts as nothing there.
    """
    order = [*now.index, *(name for name in reported.index if name not in now.index)]
    names = now["name"].reindex(order).fillna(reported["name"].reindex(order))
    parts = []
    for figure in FIGURES:
        before, after = (frame[figure].reindex(order).fillna(0).astype("int64") for frame in (reported, now))
        parts.append(pd.DataFrame({"name": names, "figure": figure, "reported": before, "now": after}))
    table = pd.concat(parts)
    table["change"] = table["now"] - table["reported"]
    table = table[table["change"] != 0]
    return table.rename_axis("town_id").reset_index().astype({"town_id": "str", "name": "str", "figure": "str"})


def changed_customers(reported: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return the customers whose conversion was reported otherwise than the records say today.

    Parameters
    ----------
    reported, now
        On customer_id, for the same day: ``town_id``, ``decision``, ``converted_on``, ``verified_on``.

    Returns
    -------
    DataFrame
        On customer_id: ``town_id``, ``was``, ``is`` (decision; missing where the customer was or is not listed), for
        those who were or are converted, by one of the two, and not by both.
    """
    kept = ["town_id", "decision"]
    both = reported[kept].add_suffix("_was").join(now[kept].add_suffix("_is"), how="outer")
    lit = both["decision_was"].eq("done") != both["decision_is"].eq("done")
    table = both[lit.to_numpy(bool)]
    town = table["town_id_is"].fillna(table["town_id_was"])
    return pd.DataFrame({"town_id": town, "was": table["decision_was"], "is": table["decision_is"]}).rename_axis(
        "customer_id"
    )
