"""Two district policies side by side: what they say, and what becomes of the same customers under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.i18n import Message, mark, msg

from .clauses import bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .clauses import Decision
    from .vocabulary import Part, Policy, Tariff

_DECISIONS: tuple[Decision, ...] = ("pipe", "electric", "excluded")


@dataclass(frozen=True, slots=True)
class Row:
    """One question and what either policy answers; None where it says nothing.

    Attributes
    ----------
    topic
        Fixed label: what is compared.
    key
        What of it: a decision, an item, a device, a measure.
    """

    topic: str
    key: str
    first: Message | None
    second: Message | None


def compare(first: Policy, second: Policy) -> list[Row]:
    """Return what two policies say about decisions, money, devices and deadlines, line by line."""
    pairs = (first, second)
    rows = [Row(mark("document"), "", *(bilingual(p.document.full_title, p.document.full_title) for p in pairs))]
    rows += [Row(mark("decision"), key, *(_rules(p, key) for p in pairs)) for key in _DECISIONS]
    items = dict.fromkeys(item for p in pairs for tariff in p.tariffs for item in tariff.items)
    rows += [Row(mark("money"), item, *(_tariffs(p, item) for p in pairs)) for item in items]
    rows.append(Row(mark("refund"), "", *(_refunds(p) for p in pairs)))
    devices = dict.fromkeys(item for p in pairs for need in p.needs for item in need.items)
    rows += [Row(mark("devices"), item, *(_needs(p, item) for p in pairs)) for item in devices]
    for measure in ("conversion", "devices"):
        rows.append(Row(mark("target"), measure, *(_targets(p, measure) for p in pairs)))
    rows.append(Row(mark("reports"), "", *(_joined((r.text.message(), r.clause) for r in p.reports) for p in pairs)))
    return [row for row in rows if row.first is not None or row.second is not None]


def compare_customers(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Count the same customers by what is decided under either policy.

    Parameters
    ----------
    first, second
        Decisions joined with money, as `decide` and `price` give them, on customer_id.

    Returns
    -------
    DataFrame
        ``first``, ``second`` (decisions), ``customers``; for either policy ``priced_first`` (customers whose payers are
        known), ``user_first``, ``government_first`` (yuan, of those), and the same ``_second``.
    """
    table = pd.DataFrame({"first": first["decision"], "second": second["decision"].reindex(first.index)})
    for place, frame in (("first", first), ("second", second)):
        pays = frame[["pay_user", "pay_government"]].reindex(table.index)
        priced = pays.notna().all(axis=1)
        table[f"priced_{place}"] = priced
        table[f"user_{place}"] = pays["pay_user"].where(priced)
        table[f"government_{place}"] = pays["pay_government"].where(priced)
    grouped = table.groupby(["first", "second"], sort=True)
    counts = grouped.size().rename("customers")
    return pd.concat([counts, grouped.sum()], axis=1).reset_index()


def _joined(entries: Iterable[tuple[Message, str]]) -> Message | None:
    said = [(text.render("en"), text.render("zh"), clause) for text, clause in entries]
    if not said:
        return None
    return bilingual(
        "; ".join(f"{en} ({clause})" for en, _, clause in said),
        "；".join(f"{zh}（{clause}）" for _, zh, clause in said),
    )


def _rules(policy: Policy, decision: Decision) -> Message | None:
    return _joined((rule.text.message(), rule.clause) for rule in policy.rules if rule.decision == decision)


def _tariffs(policy: Policy, item: str) -> Message | None:
    return _joined((say_tariff(tariff), tariff.clause) for tariff in policy.tariffs if item in tariff.items)


def say_tariff(tariff: Tariff) -> Message:
    """Return who bears what under a tariff, in words."""
    if tariff.open:
        return tariff.text.message()
    shares = [(part.payer, _part(part)) for part in tariff.parts]
    en = ", ".join(f"{payer} {share.render('en')}" for payer, share in shares)
    zh = "，".join(f"{_PAYERS_ZH[payer]}{share.render('zh')}" for payer, share in shares)
    return bilingual(f"{tariff.text.en}: {en}", f"{tariff.text.zh}：{zh}")


_PAYERS_ZH = {
    "user": "用户",
    "company": "企业",
    "city": "市级",
    "district": "区级",
    "town": "镇街",
    "government": "政府",
}


def _part(part: Part) -> Message:
    if part.rest:
        return bilingual("the rest", "承担其余")
    if part.yuan is not None:
        return bilingual(f"{part.yuan:g} yuan", f"{part.yuan:g}元")
    share = f"{part.percent:g} %" if part.percent is not None else str(part.fraction)
    if part.cap_yuan is None:
        return bilingual(share, share)
    return bilingual(f"{share} at most {part.cap_yuan:g} yuan", f"{share}，不超过{part.cap_yuan:g}元")


def _refunds(policy: Policy) -> Message | None:
    return _joined((refund.text.message(), refund.clause) for refund in policy.refunds)


def _needs(policy: Policy, item: str) -> Message | None:
    return _joined(
        (need.text.message() if need.required else _encouraged(need.text.message()), need.clause)
        for need in policy.needs
        if item in need.items
    )


def _encouraged(text: Message) -> Message:
    note = msg("not demanded")
    return bilingual(f"{text.render('en')} [{note.render('en')}]", f"{text.render('zh')}〔{note.render('zh')}〕")


def _targets(policy: Policy, measure: str) -> Message | None:
    return _joined(
        (
            bilingual(
                f"{target.share:.0%} by {target.deadline}: {target.text.en}",
                f"{target.deadline}前{target.share:.0%}：{target.text.zh}",
            ),
            target.clause,
        )
        for target in policy.targets
        if target.measure == measure
    )
