"""Pricing one case without a workspace: read, refuse what is not understood, decide, divide."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.i18n import Message, msg
from gridrisk.layers import schema

from .clauses import DEVICES, PAYERS, Item, Payer, bilingual
from .conditions import evaluate, facts, field_message
from .decision import decide, in_programme
from .division import Division, divide
from .money import ITEMS
from .review import review

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridrisk.findings import Finding

    from .vocabulary import Policy, Tariff

_KEYS = ("customer", "covered", "covered_when_opened", "development_zone", "costs", "on")
_COSTS = ("connection", "indoor", "electric", "devices")
#: What a case may say of its place beside the customer or inside it.
_PLACE = ("development_zone", "covered_when_opened")
#: Other words for a device in a case file.
_ALIASES = {"stove": "burner", "burner_ok": "burner", "safety_kit_material": "safety_kit"}
#: Beyond this an amount is a slip of the pen.
_MOST_YUAN = 10_000_000_000
_BAD_DATES = ("converted_before_opening", "verified_before_converted")


@dataclass(frozen=True, slots=True)
class Case:
    """One customer with the costs quoted for it.

    Attributes
    ----------
    customer
        Layer `customers` with one row.
    covered, covered_when_opened, development_zone
        None where not known.
    costs
        Yuan by item.
    on
        Day on which it is decided and accepted.
    assumed
        What the case does not say and the quote takes as given.
    """

    customer: gpd.GeoDataFrame
    covered: bool | None
    covered_when_opened: bool | None
    development_zone: bool | None
    costs: Mapping[Item, float]
    on: dt.date
    assumed: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Line:
    """What one payer bears of an item, and by which clause."""

    item: str
    payer: Payer
    yuan: float
    clause: str


@dataclass(frozen=True, slots=True)
class Undetermined:
    """An item whose payers are not known: the document leaves it out, or a field would have to be known."""

    item: str
    yuan: float
    reason: Message
    clause: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """The decision on a case, and who bears what.

    Attributes
    ----------
    missing, presumed
        Fields without which it cannot be decided; fields not recorded and taken as the policy file presumes.
    assumed
        What the case does not say and the quote takes as given.
    totals
        Yuan by payer, of the costs given; a payer is left out where its amount is not known.
    undetermined
        Costs of which it cannot be said who bears them.
    not_needed, not_quoted
        Costs given that the decision does not ask for; costs it asks for that are not given, and so in no total.
    benefits
        Advantages without an amount: granted, not granted, None where that is not known.
    """

    decision: str
    reason: Message
    clause: str
    missing: tuple[str, ...]
    presumed: tuple[str, ...]
    assumed: Mapping[str, bool]
    lines: tuple[Line, ...]
    totals: Mapping[str, float]
    undetermined: tuple[Undetermined, ...]
    not_needed: tuple[str, ...]
    not_quoted: tuple[str, ...]
    benefits: Mapping[str, bool | None]
    findings: tuple[Finding, ...]


def parse_case(raw: object, *, today: dt.date) -> Case:
    """Read a case as JSON has it; see `quote`.

    Parameters
    ----------
    raw
        ``customer`` (fields of the layer), ``covered``, ``costs`` (``connection``, ``indoor``, ``electric``,
        ``devices``), ``on``; besides ``covered_when_opened`` and ``development_zone``.
    today
        Taken where the case gives no ``on``.

    Raises
    ------
    DataError
        Naming every key that is not known and every value that is not one.
    """
    faults: list[Message] = []
    table = _table(raw, "case", _KEYS, faults)
    customer = _table(table.get("customer", {}), "customer", (*_fields(), *_PLACE), faults)
    if "customer" not in table:
        faults.append(msg("the case has no customer; give its fields, such as kind and fuel"))
    row = {name: _value(name, customer[name], faults) for name in customer if name in _fields()}
    said = {name: customer[name] for name in _PLACE if name in customer} | table
    zone, opened = (_flag(name, said.get(name), faults) for name in _PLACE)
    covered = _flag("covered", table.get("covered"), faults)
    costs = _costs(table.get("costs", {}), faults)
    on = today if table.get("on") is None else _day("on", table["on"], faults)
    if faults:
        raise DataError(*faults)
    assumed = {}
    if zone is None and "development_zone" not in said:
        zone = assumed["development_zone"] = False
    if opened is None and covered is not None and "covered_when_opened" not in said:
        opened = assumed["covered_when_opened"] = covered
    frame = gpd.GeoDataFrame([{"customer_id": "case", **row}], geometry=[None])
    return Case(schema.complete(frame, "customers"), covered, opened, zone, costs, on or today, assumed)


def quote(case: Case, policy: Policy) -> Quote:
    """Decide a case and divide its costs among the payers, by the code that prices a district.

    Costs of a conversion count only where the case is decided so; devices are priced for whoever keeps gas.

    Raises
    ------
    DataError
        Where the dates of the case contradict each other.
    """
    findings = review(case.customer, policy, on=case.on)
    wrong = [finding.message for finding in findings if finding.check in _BAD_DATES]
    if wrong:
        raise DataError(*wrong)
    index = case.customer.index
    decision, reason, clause, missing, presumed = _decision(case, policy)
    known = facts(
        case.customer,
        covered=pd.Series([case.covered], index=index, dtype="boolean"),
        covered_when_opened=pd.Series([case.covered_when_opened], index=index, dtype="boolean"),
        development_zone=pd.Series([case.development_zone], index=index, dtype="boolean"),
        new_since=policy.new_since,
        presumptions=policy.presumptions,
    )
    wanted = ITEMS.get(decision, ()) + (() if decision == "electric" else DEVICES)
    bought = {item: np.array([yuan]) for item, yuan in case.costs.items() if item in wanted and yuan > 0}
    asked = {item: np.ones(1, dtype=bool) for item in bought}
    division = divide(policy, bought, asked, known, np.array([decision], dtype=object), on=case.on)
    lines, open_ = _lines(policy, division, case.costs)
    needed = wanted
    if decision == "unknown":
        needed = tuple(case.costs)
        open_ += [Undetermined(i, case.costs[i], reason, clause, missing) for i in _conversion() if case.costs.get(i)]
    return Quote(
        decision,
        reason,
        clause,
        missing,
        presumed,
        {name: value for name, value in case.assumed.items() if _asks(policy, name, case)},
        tuple(lines),
        _totals(division, lines, decided=decision != "unknown" or not any(map(case.costs.get, _conversion()))),
        tuple(open_),
        tuple(item for item, yuan in case.costs.items() if yuan > 0 and item not in needed),
        tuple(item for item in ITEMS.get(decision, ()) if item not in case.costs),
        _benefits(policy, known, decision),
        tuple(findings),
    )


def _decision(case: Case, policy: Policy) -> tuple[str, Message, str, tuple[str, ...], tuple[str, ...]]:
    if not bool(in_programme(case.customer).iloc[0]):
        if case.customer["fuel"].iloc[0] == "none":
            return "excluded", msg("uses no gas: there is nothing to convert"), policy.document.title, (), ()
        text = msg("is on piped gas or electricity already: there is nothing to convert")
        return "done", text, policy.cite(policy.completion.clause), (), ()
    covered = pd.Series([case.covered], index=case.customer.index, dtype="boolean")
    row = decide(case.customer, covered, policy, on=case.on).iloc[0]
    return str(row["decision"]), row["reason"], str(row["clause"]), _names(row["missing"]), _names(row["presumed"])


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _asks(policy: Policy, name: str, case: Case) -> bool:
    """Say whether the policy asks about something that the case does not tell."""
    if name == "development_zone":
        return any(refund.when.development_zone is not None for refund in policy.refunds)
    opened = case.customer["opened_on"].iloc[0]
    return policy.opened_after is not None and pd.notna(opened) and opened > pd.Timestamp(policy.opened_after)


def _lines(policy: Policy, division: Division, costs: Mapping[Item, float]) -> tuple[list[Line], list[Undetermined]]:
    """Tell item by item who bears what; a set with fixed sums is one line a payer."""
    lines: list[Line] = []
    open_: list[Undetermined] = []
    told: set[Item] = set()
    for item, shares in division.fen.items():
        chosen = [t for place, t in enumerate(policy.tariffs) if int(division.tariffs[item][0]) >> place & 1]
        if not all(bool(known[0]) for known in division.known[item].values()):
            open_.append(_undetermined(policy, division, item, costs[item], chosen))
        elif item not in told:
            joint = len(chosen) == 1 and not (chosen[0].apart or chosen[0].pooled)
            items = chosen[0].items if joint else (item,)
            told.update(items)
            sums = {payer: sum(int(division.fen[one][payer][0]) for one in items) for payer in shares}
            lines += _of_item(policy, chosen, "+".join(items), sums)
    return lines, open_


def _of_item(policy: Policy, chosen: list[Tariff], item: str, fen: Mapping[Payer, int]) -> list[Line]:
    lines = []
    for payer in PAYERS:
        if not fen.get(payer):
            continue
        back = [r for r in policy.refunds if r.payer == payer and any(t.id in r.tariffs for t in chosen)]
        clauses = dict.fromkeys([*(t.clause for t in chosen), *(r.clause for r in back)])
        lines.append(Line(item, payer, fen[payer] / 100, policy.cite("; ".join(clauses))))
    return lines


def _undetermined(policy: Policy, division: Division, item: Item, yuan: float, chosen: list[Tariff]) -> Undetermined:
    stated = len(chosen) == 1 and chosen[0].open
    missing = () if stated else tuple(name for name, mask in division.missing.items() if mask[0])
    clause = "; ".join(dict.fromkeys(policy.cite(tariff.clause) for tariff in chosen)) or policy.document.title
    if missing:
        return Undetermined(item, yuan, msg("not recorded: {fields}", fields=field_message(missing)), clause, missing)
    if chosen:
        text = bilingual("; ".join(t.text.en for t in chosen), "；".join(t.text.zh for t in chosen))
        return Undetermined(item, yuan, text, clause, ())
    return Undetermined(item, yuan, msg("the document does not say who pays"), clause, ())


def _totals(division: Division, lines: Iterable[Line], *, decided: bool) -> dict[str, float]:
    """Return what each payer bears in all; a payer is left out where its amount is not known."""
    if not decided:
        return {}
    fen = dict.fromkeys(PAYERS, 0)
    for line in lines:
        fen[line.payer] += round(line.yuan * 100)
    sure = {payer: all(bool(known.get(payer, _all(known))[0]) for known in division.known.values()) for payer in PAYERS}
    return {payer: amount / 100 for payer, amount in fen.items() if sure[payer]}


def _all(known: Mapping[Any, np.ndarray]) -> np.ndarray:
    return np.array([all(bool(mask[0]) for mask in known.values())])


def _benefits(policy: Policy, known: pd.DataFrame, decision: str) -> dict[str, bool | None]:
    granted: dict[str, bool | None] = {}
    for benefit in policy.benefits:
        if benefit.decisions and decision not in benefit.decisions:
            continue
        truth = evaluate(benefit.when, known)
        granted[benefit.id] = None if truth.unknown[0] else bool(truth.true[0])
    return granted


def _fields() -> dict[str, schema.FieldSchema]:
    return schema.load("customers").fields


def _table(raw: object, where: str, keys: Iterable[str], faults: list[Message]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        faults.append(msg("{where}: give a table of names and values", where=where))
        return {}
    known = list(keys)
    for key in raw:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            faults.append(
                msg(
                    "{where}: {key} is an unknown key; did you mean {near}?",
                    where=where,
                    key=key,
                    near=near[0] if near else ", ".join(known),
                )
            )
    return {key: value for key, value in raw.items() if key in known}


def _value(name: str, value: object, faults: list[Message]) -> object:
    field = _fields()[name]
    if value is None:
        return None
    if field.type == "boolean":
        return _flag(name, value, faults)
    if field.type == "date":
        return _day(name, value, faults)
    if field.type in {"number", "integer"}:
        return _number(name, value, faults, field)
    if not isinstance(value, str) or not value.strip():
        faults.append(msg("{field}: {value} is not a text", field=name, value=repr(value)))
        return None
    if field.choices and value not in field.choices:
        near = get_close_matches(value, field.choices, n=1)
        faults.append(
            msg(
                "{field}: no value {value}; did you mean {near}?",
                field=name,
                value=value,
                near=near[0] if near else ", ".join(field.choices),
            )
        )
    return value


def _flag(name: str, value: object, faults: list[Message]) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    faults.append(msg("{field}: {value} is neither true, false nor null", field=name, value=repr(value)))
    return None


def _day(name: str, value: object, faults: list[Message]) -> dt.date | None:
    try:
        if isinstance(value, str):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    faults.append(msg("{field}: {value} is not a date as 2024-05-01", field=name, value=repr(value)))
    return None


def _number(name: str, value: object, faults: list[Message], field: schema.FieldSchema | None = None) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        faults.append(msg("{field}: {value} is not a number", field=name, value=repr(value)))
        return None
    low = 0.0 if field is None or field.min is None else field.min
    high = _MOST_YUAN if field is None or field.max is None else field.max
    if not low <= value <= high:
        faults.append(
            msg("{field}: {value} is not between {low} and {high}", field=name, value=value, low=low, high=high)
        )
        return None
    if field is not None and field.type == "integer" and value != int(value):
        faults.append(msg("{field}: {value} is not a whole number", field=name, value=value))
        return None
    return value


def _costs(raw: object, faults: list[Message]) -> dict[Item, float]:
    table = _table({} if raw is None else raw, "costs", _COSTS, faults)
    listed = table.pop("devices", None)
    devices = _table({} if listed is None else listed, "costs.devices", (*DEVICES, *_ALIASES), faults)
    costs: dict[Item, float] = {}
    for where, some in (("costs", table), ("costs.devices", devices)):
        for key, value in some.items():
            yuan = None if value is None else _number(f"{where}.{key}", value, faults)
            item: Item = next(one for one in (*_conversion(), *DEVICES) if one == _ALIASES.get(key, key))
            if item in costs:
                faults.append(msg("{where}: {key} is given twice", where=where, key=item))
            if yuan is not None:
                costs[item] = float(Decimal(str(yuan)).quantize(Decimal("0.01"), ROUND_HALF_UP))
    return costs


def _conversion() -> tuple[Item, ...]:
    return tuple(item for items in ITEMS.values() for item in items)
