"""Coverage by town: who is converted, who is left, and whether the deadline holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.layers import schema

from . import pace
from .decision import DECISIONS
from .towns import assign_towns

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from .conditions import Mask
    from .vocabulary import Policy, Target

#: Row of the customers whose town is not known; no town may have this number.
NO_TOWN = "-"
#: Row of the customers whose kind is not recorded.
NO_KIND = "-"
_ROUNDING = 1e-9


def summarise(
    decisions: pd.DataFrame,
    customers: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame | None,
    policy: Policy,
    *,
    on: dt.date,
) -> pd.DataFrame:
    """Count decisions and progress by town.

    Eligible are the customers that the policy's conversion target counts: decided as it names, or converted. A town is
    on track where its share reaches what the target asks at the deadline, or before it the linear pace from the start
    (the policy names no pace). Customers not decided may be eligible or not: where that matters it is not known.

    Parameters
    ----------
    decisions, customers, policy
        As for `decide`.
    towns
        Layer `towns`; None takes the recorded towns.
    on
        Day of the summary.

    Returns
    -------
    DataFrame
        On town_id; the row `NO_TOWN` holds customers whose town is not known. ``name``; ``customers`` and
        ``households`` (recorded ones; residents without a number count one each); number by decision: ``pipe``,
        ``electric``, ``excluded``, ``done``, ``unknown``; ``bottled`` (not done); ``eligible``, ``converted`` (gas
        lit), ``verified`` (by the town); ``converted_month``, ``verified_month`` (in the calendar month of `on`);
        ``share`` (converted / eligible, missing where nobody is), ``share_low`` (if all unknown were eligible);
        ``target``, ``target_clause``, ``start``, ``deadline``; ``needed`` (share asked on that day); ``on_track``
        (nullable boolean); ``pace_month`` (customers a month, mean of the last three months that are over),
        ``projected_on`` (day on which the target is reached at that pace); ``rank`` (by share).
    """
    people = customers.loc[decisions.index]
    town = assign_towns(people, towns)[0].fillna(NO_TOWN)
    order = _order(town, towns)
    names = pd.Series(order, index=pd.Index(order, dtype="str"), dtype="str")
    table = _counts(decisions, people, town, pd.Index(order, dtype="str", name="town_id"), policy, on)
    table.insert(0, "name", names.map({} if towns is None else towns["name"].to_dict()).astype("str"))
    return table


def summarise_kinds(
    decisions: pd.DataFrame, customers: gpd.GeoDataFrame, policy: Policy, *, on: dt.date
) -> pd.DataFrame:
    """Count decisions and progress by kind of place, as `summarise` does by town.

    Returns
    -------
    DataFrame
        On kind, for the kinds that occur, `NO_KIND` where it is not recorded; columns as `summarise`, without a name.
    """
    people = customers.loc[decisions.index]
    kind = people["kind"].astype("str").fillna(NO_KIND)
    known = [word for word in schema.load("customers").fields["kind"].choices if kind.eq(word).any()]
    order = [*known, *([NO_KIND] if kind.eq(NO_KIND).any() else [])]
    return _counts(decisions, people, kind, pd.Index(order, dtype="str", name="kind"), policy, on)


def _counts(
    decisions: pd.DataFrame, people: gpd.GeoDataFrame, key: pd.Series, order: pd.Index, policy: Policy, on: dt.date
) -> pd.DataFrame:
    """Count by a key of the customers, and judge the counts."""
    table = pd.DataFrame(index=order)

    def count(mask: pd.Series | np.ndarray) -> pd.Series:
        return key[np.asarray(mask, dtype=bool)].value_counts().reindex(order, fill_value=0).astype("Int64")

    table["customers"] = count(np.ones(len(key), dtype=bool))
    table["households"] = _households(people, key, order)
    for decision in DECISIONS:
        table[decision] = count(decisions["decision"].eq(decision))
    table["bottled"] = table["customers"] - table["done"]

    target = policy.target("conversion")
    concerned = _concerned(people, target)
    counted, converted = counts_for(decisions, people, target)
    lit, seen = people["converted_on"], people["verified_on"]
    verified = converted & (seen <= pd.Timestamp(on)).to_numpy(bool)
    table["eligible"] = count(counted | converted)
    table["converted"] = count(converted)
    table["verified"] = count(verified)
    month = (on.replace(day=1), on)
    table["converted_month"] = count(converted & pace.in_days(lit, *month))
    table["verified_month"] = count(verified & pace.in_days(seen, *month))
    first, last, months = pace.pace_window(target, on)
    table["pace_month"] = (count(converted & pace.in_days(lit, first, last)) / months).astype("float64")
    open_ = count(concerned & decisions["decision"].eq("unknown").to_numpy(bool))
    judged = _judged(table, open_, target, policy, on)
    judged["projected_on"] = pace.projected(judged, target, on)
    judged["rank"] = pace.ranking(judged["share"], order.to_numpy() != NO_TOWN)
    return judged


def needed_share(target: Target, on: dt.date) -> float:
    """Return the share that a target asks on a day: all of it from the deadline on, before it the linear pace."""
    if on >= target.deadline or target.start is None:
        return target.share
    return target.share * max(0.0, (on - target.start).days / (target.deadline - target.start).days)


def _order(town: pd.Series, towns: gpd.GeoDataFrame | None) -> list[str]:
    known = [] if towns is None else list(towns.index)
    further = sorted(set(town) - set(known) - {NO_TOWN})
    return [*known, *further, *([NO_TOWN] if town.eq(NO_TOWN).any() else [])]


def _households(people: gpd.GeoDataFrame, town: pd.Series, order: pd.Index) -> pd.Series:
    homes = people["households"].astype("Int64")
    homes = homes.mask((homes.isna() & people["kind"].eq("resident")).to_numpy(bool), other=1).fillna(0)
    total: pd.Series = homes.groupby(town.to_numpy()).sum().reindex(order, fill_value=0).astype("Int64")
    return total


def _concerned(people: gpd.GeoDataFrame, target: Target | None) -> Mask:
    if target is None:
        return np.ones(len(people), dtype=bool)
    kind = people["kind"]
    concerned: Mask = ~kind.isin(target.kinds_not).to_numpy(bool)
    if target.kinds:
        concerned &= (kind.isin(target.kinds) | kind.isna()).to_numpy(bool)
    return concerned


def counts_for(decisions: pd.DataFrame, people: gpd.GeoDataFrame, target: Target | None) -> tuple[Mask, Mask]:
    """Say who is still to be converted for the target, and who is converted in a way that counts."""
    ways = ("pipe", "electric") if target is None else target.decisions
    done = decisions["decision"].eq("done")
    if "electric" not in ways:
        done &= ~people["fuel"].eq("electric")
    if "pipe" not in ways:
        done &= ~people["fuel"].eq("pipe")
    concerned = _concerned(people, target)
    return concerned & decisions["decision"].isin(list(ways)).to_numpy(bool), concerned & done.to_numpy(bool)


def _judged(table: pd.DataFrame, open_: pd.Series, target: Target | None, policy: Policy, on: dt.date) -> pd.DataFrame:
    eligible, converted = table["eligible"].astype("float64"), table["converted"].astype("float64")
    table["share"] = (converted / eligible).where(eligible > 0)
    widest = eligible + open_.astype("float64")
    table["share_low"] = (converted / widest).where(widest > 0)
    needed = np.nan if target is None else needed_share(target, on)
    table["target"] = np.nan if target is None else target.share
    table["target_clause"] = pd.Series(
        pd.NA if target is None else policy.cite(target.clause), index=table.index, dtype="str"
    )
    for name in ("start", "deadline"):
        day = None if target is None else getattr(target, name)
        table[name] = pd.Series(pd.NaT if day is None else pd.Timestamp(day), index=table.index, dtype="datetime64[ms]")
    table["needed"] = needed
    track = pd.Series(pd.NA, index=table.index, dtype="boolean")
    track[(table["share"] < needed - _ROUNDING).to_numpy(bool)] = False
    track[(table["share_low"] >= needed - _ROUNDING).to_numpy(bool) & (eligible > 0).to_numpy(bool)] = True
    table["on_track"] = track
    return table
