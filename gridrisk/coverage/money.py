"""Who pays what for a conversion, customer by customer; in whole fen, the parts adding up exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import msg

from .clauses import GOVERNMENT, PAYERS
from .conditions import Mask, evaluate, facts
from .division import Division, divide, fen, split_fen

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd

    from gridrisk.params import Parameters

    from .clauses import Item
    from .streets import Floats, Ints
    from .vocabulary import Policy

__all__ = ["ITEMS", "by_payer", "estimate_costs", "join_names", "labels", "price", "split_fen"]

#: What a conversion consists of, by decision.
ITEMS: dict[str, tuple[Item, ...]] = {"pipe": ("connection", "indoor"), "electric": ("electric",)}


def estimate_costs(
    decisions: pd.DataFrame, customers: gpd.GeoDataFrame, reach: pd.DataFrame, params: Parameters
) -> pd.DataFrame:
    """Estimate what each conversion costs where no quotation is recorded.

    Connection: base by kind of customer plus the way from the main times a price a metre (a straight line lengthened
    by ``straight.detour``) and its crossings of barriers; indoor work and electricity: by kind.

    Returns
    -------
    DataFrame
        On customer_id: ``connection``, ``indoor``, ``electric``, yuan; 0 where the decision does not need the item,
        missing where the reach or the decision is not known.
    """
    index = decisions.index
    kind = customers["kind"].reindex(index)

    def by_kind(name: str) -> pd.Series:
        table = params.table(name)
        cost: pd.Series = kind.map(table).fillna(table["default"]).astype("float64")
        return cost

    way = reach.reindex(index)
    length = way["reach_m"] * np.where(way["method"].eq("straight"), params.number("straight.detour"), 1.0)
    crossed = way["crossings"].astype("float64") if "crossings" in way else 0.0
    full = {
        "connection": by_kind("cost.connection_base_yuan")
        + length * params.number("cost.connection_yuan_per_m")
        + crossed * params.number("cost.crossing_yuan"),
        "indoor": by_kind("cost.indoor_yuan"),
        "electric": by_kind("cost.electric_yuan"),
    }
    chosen = decisions["decision"]
    columns = {}
    for decision, items in ITEMS.items():
        for item in items:
            columns[item] = full[item].where(chosen.eq(decision), 0.0).where(chosen.isin(list(ITEMS))).round(2)
    return pd.DataFrame(columns, index=index)


def price(
    decisions: pd.DataFrame,
    customers: gpd.GeoDataFrame,
    reach: pd.DataFrame,
    policy: Policy,
    params: Parameters,
    *,
    on: dt.date,
    development_zone: pd.Series | None = None,
    costs: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Price every customer that is to be converted, and divide the cost among the payers of the policy.

    An amount is given only where it is known: a tariff that may or may not apply leaves those shares missing that
    would differ, and an amount that the document does not state is missing, not nothing.

    Parameters
    ----------
    decisions
        As `decide` gives it.
    customers, reach
        Layer `customers`; as `reach` gives it. A column ``covered_when_opened`` added from the function of that name
        is used; where it is missing, a place not covered now was not then, one by a main of an earlier year was.
    policy, params
        The policy; ``models/coverage.toml``.
    on
        Day on which the conversion is accepted: tariffs have a first and a last day.
    development_zone
        Nullable boolean on customer_id: the customer's town is a development zone (see `assign_towns`).
    costs
        Costs known from quotations, yuan, in columns ``connection``, ``indoor``, ``electric`` on customer_id; they
        replace the estimates.

    Returns
    -------
    DataFrame
        On customer_id, yuan: ``cost_yuan`` and of it ``cost_connection_yuan``, ``cost_indoor_yuan``,
        ``cost_electric_yuan``; ``cost_estimated`` (boolean); ``pay_user``, ``pay_government``, ``pay_company``, which
        add up to the cost to the fen; of ``pay_government``: ``government_city``, ``government_district``,
        ``government_town``, missing where the split is not known; ``tariffs`` (comma list of ids that apply or may),
        ``money_clause``, ``money_missing`` (fields that would have to be known); ``benefit_<id>`` (nullable boolean).
        Customers that are not to be converted have no amounts.
    """
    index = decisions.index
    people = customers.loc[index]
    when_opened = _covered_when_opened(people, reach.reindex(index))
    known = facts(
        people,
        covered=reach["covered"],
        covered_when_opened=when_opened,
        development_zone=development_zone,
        new_since=policy.new_since,
        presumptions=policy.presumptions,
    )
    amounts, estimated = _costs(decisions, customers, reach, params, costs)
    decision = decisions["decision"].to_numpy(object)
    asked = {item: decision == chosen for chosen, items in ITEMS.items() for item in items}
    division = divide(policy, amounts, asked, known, decision, on=on)
    frame = _total(decisions, amounts, estimated, division)
    frame["tariffs"], frame["money_clause"] = labels(policy, division.tariffs, index)
    frame["money_missing"] = join_names(division.missing, len(index))
    for benefit in policy.benefits:
        truth = evaluate(benefit.when, known)
        answer = pd.Series(pd.array(truth.true, dtype="boolean"), index=index)
        answer[truth.unknown] = pd.NA
        if benefit.decisions:
            answer = answer.where(decisions["decision"].isin(list(benefit.decisions)))
        frame[f"benefit_{benefit.id}"] = answer
    return frame


def _covered_when_opened(people: gpd.GeoDataFrame, reach: pd.DataFrame) -> pd.Series:
    """Fill in what the present network tells about the day of the opening."""
    covered = reach["covered"].astype("boolean")
    answer = covered.mask(covered.fillna(value=False).to_numpy(bool))
    if "main_year" in reach.columns:
        earlier = (reach["main_year"] < people["opened_on"].dt.year).fillna(value=False)
        answer = answer.mask((covered.fillna(value=False) & earlier).to_numpy(bool), other=True)
    if "covered_when_opened" in reach.columns:
        return reach["covered_when_opened"].astype("boolean").fillna(answer)
    return answer


def _costs(
    decisions: pd.DataFrame,
    customers: gpd.GeoDataFrame,
    reach: pd.DataFrame,
    params: Parameters,
    given: pd.DataFrame | None,
) -> tuple[dict[Item, Floats], pd.Series]:
    table = estimate_costs(decisions, customers, reach, params)
    estimated = decisions["decision"].isin(list(ITEMS))
    for item in table.columns if given is not None else ():
        if given is None or item not in given.columns:
            continue
        quoted = given[item].reindex(table.index).astype("float64")
        bad = quoted[quoted < 0]
        if len(bad):
            raise DataError(
                msg("customer {id}: the cost of {item} is negative; correct the quotation", id=bad.index[0], item=item)
            )
        needed = pd.Series([item in ITEMS.get(d, ()) for d in decisions["decision"]], index=table.index)
        table[item] = quoted.where(needed).fillna(table[item])
        estimated &= ~(quoted.notna() & needed)
    return {item: table[item].to_numpy(float) for items in ITEMS.values() for item in items}, estimated


def _total(
    decisions: pd.DataFrame, amounts: Mapping[Item, Floats], estimated: pd.Series, division: Division
) -> pd.DataFrame:
    active = decisions["decision"].isin(list(ITEMS)).to_numpy(bool)
    cost = np.sum([fen(amount) for amount in amounts.values()], axis=0)
    costed = active & np.logical_and.reduce([np.isfinite(amount) for amount in amounts.values()])
    columns: dict[str, Floats] = {"cost_yuan": np.where(costed, cost / 100, np.nan)}
    columns |= {
        f"cost_{item}_yuan": np.where(active & np.isfinite(amount), fen(amount) / 100, np.nan)
        for item, amount in amounts.items()
    }
    frame = pd.DataFrame(columns, index=decisions.index)
    frame["cost_estimated"] = estimated
    for name, values in by_payer(division, active).items():
        frame[name] = values
    return frame


def by_payer(division: Division, active: Mask) -> dict[str, Floats]:
    """Return the sums over all items, yuan, missing where not known or not `active`.

    ``pay_user``, ``pay_government``, ``pay_company``; of the government's, ``government_city``,
    ``government_district``, ``government_town``, missing as well where the split is not known.
    """
    size = len(active)
    total = {payer: np.zeros(size, dtype=np.int64) for payer in PAYERS}
    known = {payer: active.copy() for payer in PAYERS}
    for item, shares in division.fen.items():
        for payer, share in shares.items():
            total[payer] += share
            known[payer] &= division.known[item][payer]
        unsure = ~np.logical_and.reduce(list(division.known[item].values()))
        for payer in PAYERS:
            if payer not in shares:
                known[payer] &= ~unsure
    public = np.logical_and.reduce([known[payer] for payer in GOVERNMENT])
    split = public & (total["government"] == 0)
    money = np.sum([total[payer] for payer in GOVERNMENT], axis=0)
    sums = {
        "pay_user": np.where(known["user"], total["user"] / 100, np.nan),
        "pay_government": np.where(public, money / 100, np.nan),
        "pay_company": np.where(known["company"], total["company"] / 100, np.nan),
    }
    for payer in ("city", "district", "town"):
        sums[f"government_{payer}"] = np.where(split, total[payer] / 100, np.nan)
    return sums


def labels(policy: Policy, applied: Mapping[Item, Ints], index: pd.Index) -> tuple[pd.Series, pd.Series]:
    """Return the ids of the tariffs that apply or may, as comma lists, and their clauses."""
    code = np.bitwise_or.reduce(list(applied.values()))
    kinds, which = np.unique(code, return_inverse=True)
    chosen = [[t for place, t in enumerate(policy.tariffs) if int(kind) >> place & 1] for kind in kinds]
    ids = np.array([",".join(tariff.id for tariff in some) for some in chosen], dtype=object)
    cited = ["; ".join(dict.fromkeys(policy.cite(tariff.clause) for tariff in some)) for some in chosen]
    clauses = np.array(cited, dtype=object)
    which = which.reshape(-1)
    return pd.Series(ids[which], index=index, dtype="str"), pd.Series(clauses[which], index=index, dtype="str")


def join_names(masks: Mapping[Any, Mask], size: int) -> np.ndarray:
    """Return for each customer a comma list of the names whose mask holds."""
    code = np.zeros(size, dtype=np.int64)
    for place, mask in enumerate(masks.values()):
        code |= mask.astype(np.int64) << place
    kinds, which = np.unique(code, return_inverse=True)
    texts = [",".join(name for place, name in enumerate(masks) if int(kind) >> place & 1) for kind in kinds]
    joined: np.ndarray = np.array(texts, dtype=object)[which.reshape(-1)]
    return joined
