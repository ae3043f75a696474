"""How fast conversion goes, when it will be done at that pace, and which town leads."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import UsageError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from .conditions import Mask
    from .vocabulary import Target

#: The pace is the mean of so many calendar months.
PACE_MONTHS = 3
_DAYS_A_MONTH = 365.2425 / 12
#: A pace that ends later than this is as good as none.
_MOST_MONTHS = 1200


def month_of(day: dt.date) -> str:
    """Return the calendar month of a day, as ``2024-05``."""
    return f"{day.year:04d}-{day.month:02d}"


def last_day(month: str) -> dt.date:
    """Return the last day of a month such as ``2024-05``.

    Raises
    ------
    UsageError
        Where it is no month.
    """
    try:
        first = dt.datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError as error:
        raise UsageError(msg("{month} is not a month as 2024-05", month=month)) from error
    if month_of(first) != month:
        raise UsageError(msg("{month} is not a month as 2024-05", month=month))
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def shifted(month: str, by: int) -> str:
    """Return the month so many months later."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def months_between(first: str, last: str) -> list[str]:
    """Return all months from the first to the last."""
    found = [first]
    while found[-1] < last:
        found.append(shifted(found[-1], 1))
    return found


def pace_window(target: Target | None, on: dt.date) -> tuple[dt.date, dt.date, int]:
    """Return first and last day of the months over which the pace is taken, and how many they are.

    The last `PACE_MONTHS` months that are over on that day, and none from before the target's start.
    """
    last = month_of(on) if on == last_day(month_of(on)) else shifted(month_of(on), -1)
    first = shifted(last, 1 - PACE_MONTHS)
    if target is not None and target.start is not None:
        first = min(max(first, month_of(target.start)), last)
    return dt.date.fromisoformat(f"{first}-01"), last_day(last), len(months_between(first, last))


def in_days(days: pd.Series, first: dt.date, last: dt.date) -> Mask:
    """Say which dates lie in a span whose first and last day count."""
    hit: Mask = ((days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))).fillna(value=False).to_numpy(bool)
    return hit


def projected(table: pd.DataFrame, target: Target | None, on: dt.date) -> pd.Series:
    """Return the day on which each row reaches the target at its pace.

    Parameters
    ----------
    table
        With ``eligible``, ``converted`` and ``pace_month`` (customers a month).

    Returns
    -------
    Series
        `on` where it is reached already; missing where nobody is eligible, there is no target, or the pace is nothing.
    """
    answer = pd.Series(pd.NaT, index=table.index, dtype="datetime64[ms]")
    if target is None:
        return answer
    eligible = table["eligible"].astype("float64")
    left = np.ceil(np.round(target.share * eligible, 6)) - table["converted"].astype("float64")
    pace = table["pace_month"].astype("float64")
    months = left / pace.where(pace > 0)
    there = (left <= 0) & (eligible > 0)
    going = (left > 0) & (months <= _MOST_MONTHS)
    answer[there] = pd.Timestamp(on)
    days = np.ceil(months[going] * _DAYS_A_MONTH).astype("int64")
    answer[going] = pd.Timestamp(on) + pd.to_timedelta(days, unit="D")
    return answer


def ranking(share: pd.Series, counted: Mask) -> pd.Series:
    """Return the place of each row by its share, the highest first; equal shares have one place, others none."""
    place: pd.Series = share.where(counted).rank(method="min", ascending=False).astype("Int64")
    return place


def spread_months(table: pd.DataFrame, keys: list[str], on: dt.date) -> pd.Series:
    """Spread rows evenly over the months from that of `on` to that of their ``deadline``.

    Parameters
    ----------
    table
        In the order in which they come; ``deadline`` (missing or past: in the first month) and the columns of `keys`,
        within which they are spread.

    Returns
    -------
    Series
        Month as ``2024-05``.
    """
    first = on.year * 12 + on.month - 1
    last = (table["deadline"].dt.year * 12 + table["deadline"].dt.month - 1).fillna(first).astype("int64")
    months = np.maximum(last - first + 1, 1)
    groups = table.groupby([*keys, "deadline"], dropna=False)
    place, size = groups.cumcount(), groups["deadline"].transform("size")
    month = first + place * months // size
    text: pd.Series = (month // 12).astype("str") + "-" + (month % 12 + 1).astype("str").str.zfill(2)
    return text
