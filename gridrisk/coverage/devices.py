"""Safety devices in customers' rooms: who needs what by the district's table, who has it, what it costs whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import pace
from .clauses import DEVICES
from .conditions import Mask, Truth, evaluate, facts
from .division import divide
from .money import by_payer, join_names, labels
from .summary import NO_TOWN, needed_share
from .towns import assign_towns

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from gridrisk.params import Parameters

    from .clauses import Device, Item
    from .streets import Floats
    from .vocabulary import Need, Policy

#: Fields that tell whether a device is there; any of them that says yes settles it.
PRESENT: dict[Device, tuple[str, ...]] = {
    "metal_hose": ("metal_hose", "safety_kit"),
    "self_closing_valve": ("self_closing_valve",),
    "alarm": ("alarm", "alarm_linked_shutoff"),
    "alarm_linked_shutoff": ("alarm_linked_shutoff",),
    "burner": ("burner_ok",),
    "smart_meter": ("smart_meter",),
    "safety_kit": ("safety_kit",),
}
STATES = ("complete", "missing", "unknown")
_PAYERS = ("city", "district", "town")
_ROUNDING = 1e-9


def assess(customers: gpd.GeoDataFrame, policy: Policy, *, on: dt.date) -> pd.DataFrame:
    """Compare what every customer has with what the policy's table asks.

    A device is missing only where it is surely needed and recorded as not there. Where the need or the record is not
    known, the device is not counted either way, and what would have to be known is named.

    Returns
    -------
    DataFrame
        On customer_id, for customers of whom something is asked or may be: ``needed``, ``missing``, ``unrecorded``
        (comma lists of devices), ``encouraged`` (devices that are recommended and not there), ``state`` (`STATES`),
        ``fields`` (comma list of fields that would have to be known), ``clause``, ``deadline`` (the earliest of what is
        missing or not recorded), ``overdue`` (boolean).
    """
    known = facts(customers, new_since=policy.new_since, presumptions=policy.presumptions)
    size = len(customers)
    needed, maybe, encouraged = ({name: np.zeros(size, dtype=bool) for name in DEVICES} for _ in range(3))
    fields: dict[str, Mask] = {}
    clauses: dict[str, Mask] = {}
    truths = [(need, evaluate(need.when, known)) for need in policy.needs]
    for need, truth in truths:
        for name in need.items:
            if not need.required:
                encouraged[name] |= truth.true
                continue
            needed[name] |= truth.true
            maybe[name] |= truth.unknown
        if need.required:
            clauses[policy.cite(need.clause)] = truth.true
            for field, mask in truth.missing.items():
                fields[field] = fields[field] | mask if field in fields else mask
    there, gone = _present(customers)
    missing = {name: needed[name] & gone[name] for name in DEVICES}
    unsure = {name: maybe[name] & ~needed[name] & ~there[name] for name in DEVICES}
    unrecorded = {name: (needed[name] & ~there[name] & ~gone[name]) | unsure[name] for name in DEVICES}
    any_unsure = np.logical_or.reduce(list(unsure.values()))
    unknown_fields = {name: mask & any_unsure for name, mask in fields.items()}
    for device, mask in unrecorded.items():
        field = PRESENT.get(device, (device,))[0]
        unknown_fields[field] = unknown_fields.get(field, np.zeros(size, dtype=bool)) | mask
    open_ = {name: missing[name] | unrecorded[name] for name in DEVICES}
    lacks, doubts = (np.logical_or.reduce(list(some.values())) for some in (missing, unrecorded))
    deadline = _deadline(policy, truths, open_, size)
    frame = pd.DataFrame(
        {
            "needed": join_names(needed, size),
            "missing": join_names(missing, size),
            "unrecorded": join_names(unrecorded, size),
            "encouraged": join_names({name: encouraged[name] & gone[name] for name in DEVICES}, size),
            "state": np.select([doubts, lacks], ["unknown", "missing"], "complete"),
            "fields": join_names(unknown_fields, size),
            "clause": _joined_clauses(clauses, size),
        },
        index=customers.index,
    ).astype("str")
    frame["deadline"] = pd.Series(deadline, index=frame.index).astype("datetime64[ms]")
    frame["overdue"] = (frame["deadline"] < pd.Timestamp(on)).to_numpy(bool)
    concerned = np.logical_or.reduce([*needed.values(), *maybe.values(), *encouraged.values()])
    return frame[concerned]


def price_devices(
    assessed: pd.DataFrame,
    customers: gpd.GeoDataFrame,
    policy: Policy,
    params: Parameters,
    *,
    on: dt.date,
    development_zone: pd.Series | None = None,
) -> pd.DataFrame:
    """Price what is missing, and divide it among the payers; a customer of several households pays for each.

    Parameters
    ----------
    assessed
        As `assess` gives it.
    customers, policy
        As for `assess`.
    params
        ``models/coverage.toml``: prices of devices.
    on
        Day of the installation: tariffs have a first and a last day.
    development_zone
        Nullable boolean on customer_id.

    Returns
    -------
    DataFrame
        On customer_id, yuan: ``cost_yuan``, ``pay_user``, ``pay_company``, ``pay_city``, ``pay_district``,
        ``pay_town`` and ``pay_government`` (all public money together, known even where its split is not); missing
        where something is not known; ``households``, ``tariffs``, ``money_clause``.
    """
    index = assessed.index
    people = customers.loc[index]
    known = facts(
        people, development_zone=development_zone, new_since=policy.new_since, presumptions=policy.presumptions
    )
    missing = assessed["missing"].str.get_dummies(",").reindex(columns=list(DEVICES), fill_value=0).astype(bool)
    asked: dict[Item, Mask] = {name: missing[name].to_numpy(bool) for name in DEVICES if name in PRESENT}
    asked["safety_kit_fitting"] = asked["safety_kit"]
    asked = {item: mask for item, mask in asked.items() if mask.any()}
    costs: dict[Item, Floats] = {item: _prices(people["kind"], item, params) for item in asked}
    division = divide(policy, costs, asked, known, np.full(len(index), "", dtype=object), on=on)
    sure = assessed["unrecorded"].eq("").to_numpy(bool)
    homes = _households(people)
    sums = by_payer(division, sure)
    cost = (
        np.sum([np.where(asked[item], costs[item], 0.0) for item in asked], axis=0) if asked else np.zeros(len(index))
    )
    table = {"cost_yuan": np.where(sure, cost, np.nan), **{name: sums[name] for name in ("pay_user", "pay_company")}}
    table |= {f"pay_{payer}": sums[f"government_{payer}"] for payer in _PAYERS}
    table["pay_government"] = sums["pay_government"]
    frame = pd.DataFrame({name: np.round(values * homes, 2) for name, values in table.items()}, index=index)
    frame["households"] = pd.Series(homes, index=index).astype("Int64")
    if asked:
        frame["tariffs"], frame["money_clause"] = labels(policy, division.tariffs, index)
    else:
        frame["tariffs"] = frame["money_clause"] = pd.Series("", index=index, dtype="str")
    return frame


def plan_visits(assessed: pd.DataFrame, town: pd.Series, customers: gpd.GeoDataFrame, *, on: dt.date) -> pd.Series:
    """Give every customer who lacks something, or of whom it is not known, a month for a visit.

    Within each town and deadline the visits are spread evenly over the months left, needy households and old
    communities first; what is overdue, or has no deadline, is visited in the first month.

    Returns
    -------
    Series
        Month as ``2024-05``, on customer_id; missing where nothing is to be done.
    """
    open_ = assessed["state"].ne("complete").to_numpy(bool)
    people = customers.loc[assessed.index]
    urgent = people["needy"].fillna(value=False).to_numpy(bool) | people["old_community"].fillna(value=False).to_numpy(
        bool
    )
    table = pd.DataFrame(
        {
            "town": town.reindex(assessed.index).fillna(NO_TOWN),
            "deadline": assessed["deadline"],
            "later": ~urgent,
            "id": assessed.index,
        },
        index=assessed.index,
    )[open_].sort_values(["later", "id"], kind="stable")
    text = pace.spread_months(table, ["town"], on)
    visits = pd.Series(pd.NA, index=assessed.index, dtype="str")
    visits.loc[text.index] = text
    return visits


def visit_table(
    months: pd.Series, deadlines: pd.Series, town: pd.Series, towns: gpd.GeoDataFrame | None
) -> pd.DataFrame:
    """Count the visits of every town by month.

    Parameters
    ----------
    months, deadlines
        On customer_id: as `plan_visits` gives them; the day until which the device has to be there.
    town, towns
        Town on customer_id; layer `towns`.

    Returns
    -------
    DataFrame
        ``town_id``, ``name``, ``month``, ``visits``, ``overdue`` (of them past their deadline in that month).
    """
    due = months.dropna()
    late = (deadlines[due.index] < pd.to_datetime(due + "-01")).fillna(value=False)
    keys = [town.reindex(due.index).fillna(NO_TOWN).rename("town_id"), due.rename("month")]
    table = pd.DataFrame({"visits": 1, "overdue": late.astype("int64")}).groupby(keys).sum().reset_index()
    names = {} if towns is None else towns["name"].to_dict()
    table.insert(1, "name", table["town_id"].map(names).astype("str"))
    return table.astype({"town_id": "str", "month": "str"})


def summarise_devices(
    table: pd.DataFrame,
    customers: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame | None,
    policy: Policy,
    *,
    on: dt.date,
) -> pd.DataFrame:
    """Count device coverage by town and target.

    Parameters
    ----------
    table
        As `assess` gives it, joined with `price_devices`.
    customers, towns, policy
        As for `summarise`.
    on
        Day of the summary.

    Returns
    -------
    DataFrame
        On town_id: ``name``, ``target`` (id; one row each), ``customers`` (of whom something is demanded),
        ``complete``, ``missing``, ``unknown``, ``share`` (complete / customers), ``share_high`` (if all unknown were
        complete), ``deadline``, ``needed`` (share asked on that day), ``on_track`` (nullable boolean),
        ``missing_yuan`` and what payers bear of it: ``pay_user``, ``pay_company``, ``pay_government`` (known amounts).
    """
    people = customers.loc[table.index]
    town = assign_towns(people, towns)[0].fillna(NO_TOWN)
    names = {} if towns is None else towns["name"].to_dict()
    known = facts(people, new_since=policy.new_since, presumptions=policy.presumptions)
    rows = []
    for target in (one for one in policy.targets if one.measure == "devices"):
        demanded = [n for n in policy.needs if n.required and n.target == target.id]
        if not demanded:
            continue
        mine = np.logical_or.reduce([~evaluate(need.when, known).false for need in demanded])
        part = table[mine].assign(town_id=town[mine])
        for town_id, group in part.groupby("town_id", sort=True):
            count = group["state"].value_counts()
            complete, lacks, doubts = (int(count.get(state, 0)) for state in STATES)
            share, high = complete / len(group), (complete + doubts) / len(group)
            asked = needed_share(target, on)
            on_track = True if share >= asked - _ROUNDING else False if high < asked - _ROUNDING else pd.NA
            rows.append(
                {
                    "town_id": str(town_id),
                    "name": names.get(str(town_id)),
                    "target": target.id,
                    "customers": len(group),
                    "complete": complete,
                    "missing": lacks,
                    "unknown": doubts,
                    "share": share,
                    "share_high": high,
                    "deadline": pd.Timestamp(target.deadline),
                    "needed": asked,
                    "on_track": on_track,
                    "missing_yuan": group["cost_yuan"].sum(),
                    **{name: group[name].sum() for name in ("pay_user", "pay_company", "pay_government")},
                }
            )
    frame = pd.DataFrame(rows, columns=_SUMMARY).set_index("town_id")
    return frame.astype({"name": "str", "target": "str", "deadline": "datetime64[ms]", "on_track": "boolean"})


_SUMMARY = [
    "town_id",
    "name",
    "target",
    "customers",
    "complete",
    "missing",
    "unknown",
    "share",
    "share_high",
    "deadline",
    "needed",
    "on_track",
    "missing_yuan",
    "pay_user",
    "pay_company",
    "pay_government",
]


def _present(customers: gpd.GeoDataFrame) -> tuple[dict[Device, Mask], dict[Device, Mask]]:
    """Say for each device who surely has it and who surely lacks it."""
    there: dict[Device, Mask] = {}
    gone: dict[Device, Mask] = {}
    for name in DEVICES:
        columns = [customers[field].astype("boolean") for field in PRESENT.get(name, ()) if field in customers.columns]
        if not columns:
            there[name], gone[name] = np.zeros(len(customers), dtype=bool), np.zeros(len(customers), dtype=bool)
            continue
        there[name] = np.logical_or.reduce([column.fillna(value=False).to_numpy(bool) for column in columns])
        gone[name] = ~there[name] & (~columns[0].fillna(value=True)).to_numpy(bool)
    return there, gone


def _deadline(policy: Policy, truths: list[tuple[Need, Truth]], open_: dict[Device, Mask], size: int) -> np.ndarray:
    """Return the earliest deadline of what is missing or not recorded."""
    days = {target.id: np.datetime64(target.deadline, "ms") for target in policy.targets}
    earliest = np.full(size, np.datetime64("NaT", "ms"))
    for need, truth in truths:
        if not need.required or need.target is None:
            continue
        concerned = ~truth.false & np.logical_or.reduce([open_[name] for name in need.items])
        sooner = concerned & (np.isnat(earliest) | (earliest > days[need.target]))
        earliest[sooner] = days[need.target]
    return earliest


def _joined_clauses(clauses: dict[str, Mask], size: int) -> np.ndarray:
    joined = join_names({name.replace(",", "，"): mask for name, mask in clauses.items()}, size)
    return pd.Series(joined, dtype="str").str.replace(",", "; ").to_numpy(object)


def _prices(kind: pd.Series, item: Item, params: Parameters) -> np.ndarray:
    table = params.table(f"device_yuan.{item}")
    prices: np.ndarray = kind.map(table).fillna(table["default"]).to_numpy(float)
    return prices


def _households(people: gpd.GeoDataFrame) -> np.ndarray:
    homes = people["households"].astype("Int64").where(people["kind"].eq("resident"))
    counts: np.ndarray = homes.fillna(1).clip(lower=1).to_numpy(np.int64)
    return counts
