"""What becomes of every bottled-gas customer: pipe, electric, excluded, done, or unknown for want of a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import Language, Message, msg

from .conditions import Mask, evaluate, facts, field_message

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from .vocabulary import Outcome, Policy

DECISIONS = ("pipe", "electric", "excluded", "done", "unknown")


@dataclass(frozen=True, slots=True)
class _Settled:
    """Per customer: position of the rule that decides (-1 = none does) and the fields that stand in the way."""

    rule: np.ndarray[tuple[int], np.dtype[np.int64]]
    missing: dict[str, Mask]


def in_programme(customers: gpd.GeoDataFrame) -> pd.Series:
    """Say which customers a conversion policy speaks of: bottled gas, fuel not recorded, or converted from it.

    Customers on the pipe or on electricity without a conversion date were never bottled as far as is known.
    """
    fuel = customers["fuel"]
    concerned: pd.Series = fuel.eq("bottle") | fuel.isna() | customers["converted_on"].notna()
    return concerned


def decide(customers: gpd.GeoDataFrame, covered: pd.Series | None, policy: Policy, *, on: dt.date) -> pd.DataFrame:
    """Decide every bottled-gas customer by a district's rules.

    Rules are tried in order. A rule whose condition is unknown leaves its decision possible; the customer is decided
    only where all that is possible is one decision, and is ``unknown`` else. Gas lit on or before `on` is ``done``,
    whatever the fuel field says; a later date counts as not yet converted.

    Parameters
    ----------
    customers
        Layer `customers`.
    covered
        Nullable boolean on customer_id, as `reach` gives it; None where the network is not known.
    policy
        As `load_policy` gives it.
    on
        Day of the decision.

    Returns
    -------
    DataFrame
        On customer_id, for the customers of `in_programme`: ``decision``; ``rule`` (id); ``reason`` (`Message`, see
        `rendered`); ``clause`` (document and item); ``missing`` (comma list of fields that would have to be known);
        ``presumed`` (comma list of fields not recorded and taken as the policy file presumes, without which the
        decision would be unknown).
    """
    customers = customers[in_programme(customers).to_numpy(bool)]
    done = (customers["converted_on"] <= pd.Timestamp(on)).to_numpy(bool)
    no_fuel = customers["fuel"].isna().to_numpy(bool) & customers["converted_on"].isna().to_numpy(bool)
    recorded = _settle(policy, facts(customers, covered=covered, new_since=policy.new_since))
    settled = _settle(
        policy, facts(customers, covered=covered, new_since=policy.new_since, presumptions=policy.presumptions)
    )

    outcomes: list[Outcome] = [*policy.rules, policy.fallback]
    rule = settled.rule.copy()
    rule[no_fuel] = -1
    decided = np.array([outcome.decision for outcome in outcomes] + ["unknown"], dtype=object)[rule]
    ids = np.array([outcome.id for outcome in outcomes] + ["unrecorded"], dtype=object)[rule]
    clauses = np.array([policy.cite(outcome.clause) for outcome in outcomes] + [policy.document.title], dtype=object)
    clause = clauses[rule]
    missing = _fields(settled.missing, np.where(no_fuel | (rule >= 0), -1, 0))
    missing[no_fuel] = "fuel"
    missing[rule >= 0] = ""
    presumed = _fields(
        {n: m for n, m in recorded.missing.items() if n in policy.presumptions}, np.where(rule >= 0, 0, -1)
    )
    reason = _reasons(rule, missing, [outcome.text.message() for outcome in outcomes])

    decided[done], ids[done], clause[done] = "done", "done", policy.cite(policy.completion.clause)
    reason[done], missing[done], presumed[done] = policy.completion.text.message(), "", ""
    return pd.DataFrame(
        {
            "decision": pd.Series(decided, index=customers.index, dtype="str"),
            "rule": pd.Series(ids, index=customers.index, dtype="str"),
            "reason": pd.Series(reason, index=customers.index, dtype="object"),
            "clause": pd.Series(clause, index=customers.index, dtype="str"),
            "missing": pd.Series(missing, index=customers.index, dtype="str"),
            "presumed": pd.Series(presumed, index=customers.index, dtype="str"),
        }
    )


def rendered(frame: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Return `frame` with every column of messages as text in `lang`."""
    cache: dict[int, str] = {}

    def text(value: object) -> object:
        if not isinstance(value, Message):
            return value
        if id(value) not in cache:
            cache[id(value)] = value.render(lang)
        return cache[id(value)]

    columns = [name for name in frame.columns if frame[name].dtype == object]
    return frame.assign(**{name: frame[name].map(text).astype("str") for name in columns})


def _settle(policy: Policy, known: pd.DataFrame) -> _Settled:
    """Find the deciding rule by keeping the set of decisions that are still possible, as bits."""
    size = len(known)
    bits = {decision: 1 << place for place, decision in enumerate(("pipe", "electric", "excluded"))}
    possible = np.zeros(size, dtype=np.int64)
    rule = np.full(size, -1, dtype=np.int64)
    open_ = np.ones(size, dtype=bool)
    missing: dict[str, Mask] = {}
    for place, entry in enumerate(policy.rules):
        truth = evaluate(entry.when, known)
        possible[open_ & ~truth.false] |= bits[entry.decision]
        for field, mask in truth.missing.items():
            missing[field] = missing.get(field, np.zeros(size, dtype=bool)) | (mask & open_)
        hit = open_ & truth.true
        rule[hit] = place
        open_ &= ~hit
    possible[open_] |= bits[policy.fallback.decision]
    rule[open_] = len(policy.rules)
    rule[np.bitwise_count(possible) != 1] = -1
    return _Settled(rule, missing)


def _fields(missing: dict[str, Mask], where: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray:
    """Join the names of missing fields, for the customers whose `where` is not negative."""
    names = list(missing)
    texts = np.full(len(where), "", dtype=object)
    if not names:
        return texts
    code = np.zeros(len(where), dtype=np.int64)
    for place, name in enumerate(names):
        code |= missing[name].astype(np.int64) << place
    code[where < 0] = 0
    for value in np.unique(code):
        texts[code == value] = ",".join(name for place, name in enumerate(names) if value >> place & 1)
    return texts


def _reasons(rule: np.ndarray, missing: np.ndarray, messages: list[Message]) -> np.ndarray:
    reason: np.ndarray = np.array([*messages, msg("not decided")], dtype=object)[rule]
    for text in pd.unique(missing[rule < 0]):
        reason[(rule < 0) & (missing == text)] = msg(
            "cannot be decided: not recorded: {fields}", fields=field_message(tuple(text.split(",")))
        )
    return reason
