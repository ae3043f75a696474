"""Dividing costs among payers by the tariffs of a policy, in whole fen, the parts adding up exactly.

The same code prices a district's customers and a single case. A tariff that may or may not apply for want of a record
leaves those shares unknown on which the tariffs that may apply do not agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .clauses import PAYERS, Payer
from .conditions import Mask, Truth, both, evaluate, negate

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from .clauses import Item
    from .streets import Floats, Ints
    from .vocabulary import Part, Policy, Tariff

_UNSET = np.iinfo(np.int64).min
#: Products of larger amounts (fen) do not fit 64 bits and are taken in exact Python numbers.
_SAFE_FEN = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Division:
    """Who bears what of each item.

    Attributes
    ----------
    fen
        By item and payer; 0 where the item is not asked.
    known
        By item and payer: whether that amount is known.
    tariffs
        By item: the tariffs that apply or may, one bit each in the order of the policy.
    missing
        Fields that would have to be known, with the customers concerned.
    """

    fen: Mapping[Item, Mapping[Payer, Ints]]
    known: Mapping[Item, Mapping[Payer, Mask]]
    tariffs: Mapping[Item, Ints]
    missing: Mapping[str, Mask]


def to_fen(yuan: float) -> int:
    """Return an amount in whole fen."""
    return round(yuan * 100)


def fen(yuan: Floats) -> Ints:
    """Return amounts in whole fen, missing ones as 0."""
    return np.rint(np.nan_to_num(yuan) * 100).astype(np.int64)


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


def spread(shares: Mapping[Payer, Ints], costs: Sequence[Ints]) -> list[dict[Payer, Ints]]:
    """Spread shares of a sum over the items it consists of, in proportion, exact for each item and each payer."""
    if len(costs) == 1:
        return [dict(shares)]
    left = [cost.copy() for cost in costs]
    spread_: list[dict[Payer, Ints]] = [{} for _ in costs]
    for payer, share in shares.items():
        total = np.sum(left, axis=0)
        before = np.zeros_like(share)
        reached = np.zeros_like(share)
        for place, cost in enumerate(left):
            reached = reached + cost
            until = _proportion(reached, share, total)
            spread_[place][payer] = until - before
            before = until
        left = [cost - part[payer] for cost, part in zip(left, spread_, strict=True)]
    return spread_


def divide(
    policy: Policy,
    costs: Mapping[Item, Floats],
    asked: Mapping[Item, Mask],
    known: pd.DataFrame,
    decision: np.ndarray,
    *,
    on: dt.date,
) -> Division:
    """Try the tariffs in order on every item that is asked; a share is known where all that may apply agree on it.

    Parameters
    ----------
    policy
        Tariffs and refunds.
    costs
        Yuan by item, missing where not known.
    asked
        By item: the customers who buy it. What costs nothing needs no payer.
    known
        As `conditions.facts` gives it, one row a customer.
    decision
        Decision on each customer; tariffs may hold for some only.
    on
        Day on which it is accepted.
    """
    size = len(known)
    amounts = {item: fen(costs[item]) for item in asked}
    state = _State(
        {item: mask & ~(amounts[item] == 0) | (mask & ~np.isfinite(costs[item])) for item, mask in asked.items()},
        amounts,
        {item: {payer: np.full(size, _UNSET, dtype=np.int64) for payer in _payers(policy)} for item in asked},
        {item: {p: np.isfinite(costs[item]) | ~asked[item] for p in _payers(policy)} for item in asked},
        {item: np.zeros(size, dtype=np.int64) for item in asked},
    )
    due = {refund.id: evaluate(refund.when, known) for refund in policy.refunds}
    missing: dict[str, Mask] = {}
    for place, tariff in enumerate(policy.tariffs):
        if not tariff.in_force(on) or not set(tariff.items) & set(asked):
            continue
        truth = _applies(tariff, known, decision)
        for group in _groups(tariff, asked):
            _try(state, policy, tariff, place, group, truth, due, missing)
    for item, open_ in state.open_.items():
        _offer(state, item, None, np.flatnonzero(open_))
    return Division(
        {
            item: {payer: np.where(now == _UNSET, 0, now) for payer, now in by_payer.items()}
            for item, by_payer in state.fen.items()
        },
        state.known,
        state.tariffs,
        missing,
    )


@dataclass(slots=True)
class _State:
    """Items still open, their costs, what was offered so far, whether it is settled, and by which tariffs."""

    open_: dict[Item, Mask]
    amounts: dict[Item, Ints]
    fen: dict[Item, dict[Payer, Ints]]
    known: dict[Item, dict[Payer, Mask]]
    tariffs: dict[Item, Ints]


def _payers(policy: Policy) -> tuple[Payer, ...]:
    """Return the payers that occur; a refund that may or may not be due leaves its share with ``government``."""
    named = {part.payer for tariff in policy.tariffs for part in tariff.parts}
    named |= {refund.payer for refund in policy.refunds}
    named |= {"government", "user", "company"}
    return tuple(payer for payer in PAYERS if payer in named)


def _groups(tariff: Tariff, asked: Mapping[Item, Mask]) -> list[tuple[Item, ...]]:
    """Return the items that are priced as one sum."""
    there = tuple(item for item in tariff.items if item in asked)
    if tariff.apart:
        return [(item,) for item in there]
    return [there] if tariff.pooled or len(there) == len(tariff.items) else []


def _applies(tariff: Tariff, known: pd.DataFrame, decision: np.ndarray) -> Truth:
    truth = evaluate(tariff.when, known)
    for exception in tariff.exceptions:
        truth = both(truth, negate(evaluate(exception.when, known)))
    if not tariff.decisions:
        return truth
    concerned = np.isin(decision, tariff.decisions)
    return both(truth, Truth(concerned, ~concerned, {}))


def _try(
    state: _State,
    policy: Policy,
    tariff: Tariff,
    place: int,
    group: tuple[Item, ...],
    truth: Truth,
    due: Mapping[str, Truth],
    missing: dict[str, Mask],
) -> None:
    """Offer one tariff to the customers for whom it may hold, and close the items for whom it surely does."""
    opens = [state.open_[item] for item in group]
    concerned = np.logical_or.reduce(opens) if tariff.pooled else np.logical_and.reduce(opens)
    may = concerned & ~truth.false
    rows = np.flatnonzero(may)
    for name, mask in truth.missing.items():
        here = mask & concerned
        missing[name] = missing[name] | here if name in missing else here
    if not len(rows):
        return
    costs = [np.where(open_[rows], state.amounts[item][rows], 0) for item, open_ in zip(group, opens, strict=True)]
    shares = _bear(policy, tariff, np.sum(costs, axis=0), due, rows)
    offers = [None] * len(group) if shares is None else spread(shares, costs)
    # Another tariff may already have taken one of the items out of the sum: then the sum is not known.
    bought = np.sum([open_[rows] for open_ in opens], axis=0)
    doubtful = np.logical_or.reduce([state.tariffs[item][rows] != 0 for item in group]) & (bought > 1)
    for item, open_, offer in zip(group, opens, offers, strict=True):
        mine = open_[rows]
        _offer(state, item, None, rows[mine & doubtful])
        taken = mine & ~doubtful
        _offer(state, item, None if offer is None else {p: s[taken] for p, s in offer.items()}, rows[taken])
        state.tariffs[item][rows[mine]] |= np.int64(1) << place
        state.open_[item] = open_ & ~(may & truth.true)


def _bear(
    policy: Policy, tariff: Tariff, cost_fen: Ints, due: Mapping[str, Truth], rows: Ints
) -> dict[Payer, Ints] | None:
    """Return each payer's share under one tariff, refunds made; None where the amounts are open.

    A refund that may or may not be due moves the shares concerned to ``government``, not divided.
    """
    if tariff.open:
        return None
    shares = split_fen(cost_fen, tariff.parts)
    for refund in policy.refunds:
        if tariff.id not in refund.tariffs:
            continue
        sure, unknown = due[refund.id].true[rows], due[refund.id].unknown[rows]
        spent = shares[refund.to]
        nothing = np.zeros_like(spent)
        shares[refund.payer] = np.where(sure, spent * to_fen(refund.percent) // 10_000, nothing)
        shares[refund.to] = np.where(unknown, nothing, spent - shares[refund.payer])
        shares["government"] = shares.get("government", nothing) + np.where(unknown, spent, nothing)
    return shares


def _offer(state: _State, item: Item, offer: Mapping[Payer, Ints] | None, rows: Ints) -> None:
    """Take in one more tariff that may apply; None stands for amounts that nobody knows."""
    if not len(rows):
        return
    for payer, now in state.fen[item].items():
        known = state.known[item][payer]
        if offer is None:
            known[rows] = False
            continue
        new = offer.get(payer)
        new = np.zeros(len(rows), dtype=np.int64) if new is None else new
        old = now[rows]
        first = old == _UNSET
        known[rows] &= first | (old == new)
        now[rows] = np.where(first, new, old)


def _proportion(part: Ints, share: Ints, total: Ints) -> Ints:
    """Return ``floor(part * share / total)``, exactly."""
    below = np.maximum(total, 1)
    if max(part.max(initial=0), share.max(initial=0)) <= _SAFE_FEN:
        return part * share // below
    return np.array([int(p) * int(s) // int(t) for p, s, t in zip(part, share, below, strict=True)], dtype=np.int64)
