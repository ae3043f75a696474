"""Who pays what for a conversion: caps, percentages, refunds; in whole fen, the parts adding up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import msg

from .conditions import Mask, Truth, both, evaluate, facts, negate
from .vocabulary import GOVERNMENT, PAYERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from gridrisk.params import Parameters

    from .streets import Floats, Ints
    from .vocabulary import Item, Part, Payer, Policy, Refund, Tariff

#: What a conversion consists of, by decision.
ITEMS: dict[str, tuple[Item, ...]] = {"pipe": ("connection", "indoor"), "electric": ("electric",)}
_UNSET = np.iinfo(np.int64).min


@dataclass(slots=True)
class _Shares:
    """Shares of an item's cost while tariffs are tried.

    Fen by payer (``_UNSET`` before the first tariff that may apply), whether they are known, and the ids of the
    tariffs that apply or may.
    """

    fen: dict[Payer, Ints]
    known: dict[Payer, Mask]
    tariffs: np.ndarray[tuple[int], np.dtype[np.object_]]


def split_fen(cost_fen: Ints, parts: Sequence[Part]) -> dict[Payer, Ints]:
    """Divide costs among payers.

    Fixed sums and shares are taken in the order of the file, none beyond what is left; shares are of the whole cost,
    rounded half up to the fen and cut at their cap; one payer bears the rest, so the parts add up to the fen.

    Parameters
    ----------
    cost_fen
        Costs, fen, not negative.
    parts
        As in a tariff.
    """
    left = cost_fen.copy()
    shares: dict[Payer, Ints] = {}
    for part in parts:
        if part.rest:
            continue
        if part.share is None:
            wanted = np.full_like(cost_fen, to_fen(part.yuan or 0.0))
        else:
            top, bottom = part.share.numerator, part.share.denominator
            wanted = (2 * cost_fen * top + bottom) // (2 * bottom)
            if part.cap_yuan is not None:
                wanted = np.minimum(wanted, to_fen(part.cap_yuan))
        shares[part.payer] = np.minimum(wanted, left)
        left = left - shares[part.payer]
    for part in parts:
        if part.rest:
            shares[part.payer] = left
    return shares


def to_fen(yuan: float) -> int:
    """Return an amount in whole fen."""
    return round(yuan * 100)


def _fen(yuan: Floats) -> Ints:
    """Return amounts in whole fen, missing ones as 0."""
    return np.rint(np.nan_to_num(yuan) * 100).astype(np.int64)


def estimate_costs(
    decisions: pd.DataFrame, customers: gpd.GeoDataFrame, reach: pd.DataFrame, params: Parameters
) -> pd.DataFrame:
    """Estimate what each conversion costs where no quotation is recorded.

    Connection: base by kind of customer plus the way from the main times a price a metre (a straight line lengthened
    by ``straight.detour``); indoor work and electricity: by kind.

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
    full = {
        "connection": by_kind("cost.connection_base_yuan") + length * params.number("cost.connection_yuan_per_m"),
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
        presumptions=policy.presumptions,
    )
    amounts, estimated = _costs(decisions, customers, reach, params, costs)
    missing: dict[str, Mask] = {}
    priced: list[tuple[str, Item, _Shares]] = [
        (decision, item, _shares(policy, decision, item, amounts[item], known, decisions, on, missing))
        for decision, items in ITEMS.items()
        for item in items
    ]
    frame = _total(decisions, amounts, estimated, priced)
    frame["tariffs"] = _joined_labels(decisions, policy, priced, clause=False)
    frame["money_clause"] = _joined_labels(decisions, policy, priced, clause=True)
    frame["money_missing"] = _missing_labels(missing, len(index))
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


def _shares(
    policy: Policy,
    decision: str,
    item: Item,
    cost_yuan: Floats,
    known: pd.DataFrame,
    decisions: pd.DataFrame,
    on: dt.date,
    missing: dict[str, Mask],
) -> _Shares:
    """Try the tariffs of one item in order; a share is known where all that may apply agree on it."""
    size = len(known)
    open_ = decisions["decision"].eq(decision).to_numpy(bool)
    fen = _fen(cost_yuan)
    priceable = np.isfinite(cost_yuan)
    shares = _Shares(
        {payer: np.full(size, _UNSET, dtype=np.int64) for payer in PAYERS},
        {payer: priceable.copy() for payer in PAYERS},
        np.full(size, "", dtype=object),
    )
    labels = shares.tariffs
    for tariff in policy.tariffs:
        if item not in tariff.items or not (tariff.apart or tariff.items == (item,)) or not tariff.in_force(on):
            continue
        if tariff.decisions and decision not in tariff.decisions:
            continue
        truth = _applies(tariff, known)
        may = open_ & ~truth.false
        _offer(shares, _bear(policy, tariff, fen, known), may)
        for name, mask in truth.missing.items():
            missing[name] = missing.get(name, np.zeros(size, dtype=bool)) | (mask & open_)
        labels[may] = np.where(labels[may] == "", tariff.id, labels[may] + f",{tariff.id}")
        open_ = open_ & ~truth.true
    _offer(shares, None, open_)
    return shares


def _applies(tariff: Tariff, known: pd.DataFrame) -> Truth:
    truth = evaluate(tariff.when, known)
    for exception in tariff.exceptions:
        truth = both(truth, negate(evaluate(exception.when, known)))
    return truth


def _bear(policy: Policy, tariff: Tariff, fen: Ints, known: pd.DataFrame) -> dict[Payer, Ints] | None:
    """Return each payer's share under one tariff, refunds made; None where the amounts are open.

    A refund that may or may not be due moves the shares concerned to ``government``, not divided.
    """
    if tariff.open:
        return None
    shares = split_fen(fen, tariff.parts)
    for refund in policy.refunds:
        if tariff.id in refund.tariffs:
            _give_back(shares, refund, evaluate(refund.when, known))
    return shares


def _give_back(shares: dict[Payer, Ints], refund: Refund, due: Truth) -> None:
    spent = shares[refund.to]
    back = spent * to_fen(refund.percent) // 10_000
    nothing = np.zeros_like(spent)
    shares[refund.payer] = np.where(due.true, back, nothing)
    shares[refund.to] = np.where(due.unknown, nothing, spent - shares[refund.payer])
    shares["government"] = shares.get("government", nothing) + np.where(due.unknown, spent, nothing)


def _offer(shares: _Shares, offer: Mapping[Payer, Ints] | None, may: Mask) -> None:
    """Take in one more tariff that may apply; None stands for amounts that nobody knows."""
    for payer in PAYERS:
        if offer is None:
            shares.known[payer] &= ~may
            continue
        now = shares.fen[payer]
        new = offer.get(payer, np.zeros_like(now))
        shares.known[payer] &= ~(may & (now != _UNSET) & (now != new))
        shares.fen[payer] = np.where(may & (now == _UNSET), new, now)


def _total(
    decisions: pd.DataFrame,
    amounts: dict[Item, Floats],
    estimated: pd.Series,
    priced: list[tuple[str, Item, _Shares]],
) -> pd.DataFrame:
    size = len(decisions)
    active = decisions["decision"].isin(list(ITEMS)).to_numpy(bool)
    fen = {payer: np.zeros(size, dtype=np.int64) for payer in PAYERS}
    known = {payer: active.copy() for payer in PAYERS}
    government = active.copy()
    for decision, item, shares in priced:
        mine = decisions["decision"].eq(decision).to_numpy(bool)
        free = mine & (amounts[item] == 0)
        for payer in PAYERS:
            sure = shares.known[payer] | free
            fen[payer] += np.where(mine & sure & ~free, np.where(shares.fen[payer] == _UNSET, 0, shares.fen[payer]), 0)
            known[payer] &= ~mine | sure
            if payer in GOVERNMENT:
                government &= ~mine | sure
    cost = sum((_fen(amount) for amount in amounts.values()), np.zeros(size, dtype=np.int64))
    costed = active & np.logical_and.reduce([np.isfinite(amount) for amount in amounts.values()])
    split = government & (fen["government"] == 0)
    columns: dict[str, Floats] = {"cost_yuan": np.where(costed, cost / 100, np.nan)}
    columns |= {
        f"cost_{item}_yuan": np.where(active & np.isfinite(amount), _fen(amount) / 100, np.nan)
        for item, amount in amounts.items()
    }
    public = sum((fen[payer] for payer in GOVERNMENT), np.zeros(size, dtype=np.int64))
    frame = pd.DataFrame(columns, index=decisions.index)
    frame["cost_estimated"] = estimated
    frame["pay_user"] = np.where(known["user"], fen["user"] / 100, np.nan)
    frame["pay_government"] = np.where(government, public / 100, np.nan)
    frame["pay_company"] = np.where(known["company"], fen["company"] / 100, np.nan)
    for payer in ("city", "district", "town"):
        frame[f"government_{payer}"] = np.where(split, fen[payer] / 100, np.nan)
    return frame


def _joined_labels(
    decisions: pd.DataFrame, policy: Policy, priced: list[tuple[str, Item, _Shares]], *, clause: bool
) -> pd.Series:
    clauses = {tariff.id: policy.cite(tariff.clause) for tariff in policy.tariffs}
    cache: dict[tuple[str, ...], str] = {}
    columns = [shares.tariffs for _, _, shares in priced]

    def join(labels: tuple[str, ...]) -> str:
        ids = dict.fromkeys(name for label in labels for name in label.split(",") if name)
        return "; ".join(dict.fromkeys(clauses[name] for name in ids)) if clause else ",".join(ids)

    texts = []
    for labels in zip(*columns, strict=True):
        if labels not in cache:
            cache[labels] = join(labels)
        texts.append(cache[labels])
    return pd.Series(texts, index=decisions.index, dtype="str")


def _missing_labels(missing: dict[str, Mask], size: int) -> list[str]:
    texts = np.full(size, "", dtype=object)
    for name, mask in missing.items():
        texts[mask] = np.where(texts[mask] == "", name, texts[mask] + f",{name}")
    return list(texts)
