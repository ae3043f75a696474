"""The declarative vocabulary of district policy files.

A policy is one TOML file in ``models/policies/``. It names its document, lists **rules** in order (the first that
holds decides), **tariffs** in order (for each item the first that holds applies), **refunds** between payers,
**benefits** without an amount, **needs** (the district's table of devices), **targets** and **reports**. Whatever it
states carries the clause of the document.
What may be asked of a customer is the closed list of `Conditions`; there is no expression language.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from gridrisk.i18n import msg
from gridrisk.toml import FaultError, nearest

from .clauses import Conditions, Decision, Device, Document, Item, Payer, Sourced, Strict, Text


class Completion(Sourced):
    """When a conversion counts."""

    text: Text


class Presumption(Sourced):
    """How a field that is not recorded is taken; shown beside every decision that rests on it. Always a judgement."""

    value: bool
    text: Text


class NewUsers(Sourced):
    """From which day on a document counts users as new."""

    since: dt.date


class Outcome(Sourced):
    """A decision with its reason."""

    id: str = Field(min_length=1)
    decision: Decision
    text: Text


class Rule(Outcome):
    """A decision and the conditions under which it is taken."""

    when: Conditions


class Part(Strict):
    """What one payer bears of a cost: a fixed sum, a percentage, a fraction, or the rest."""

    payer: Payer
    yuan: float | None = Field(default=None, strict=True, ge=0)
    percent: float | None = Field(default=None, strict=True, ge=0, le=100)
    fraction: str | None = Field(default=None, pattern=r"^\d+/[1-9]\d*$")
    cap_yuan: float | None = Field(default=None, strict=True, ge=0)
    rest: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.yuan is not None, self.percent is not None, self.fraction is not None, self.rest]
        if sum(ways) != 1:
            raise FaultError(msg("{payer}: give exactly one of yuan, percent, fraction, rest", payer=self.payer))
        if self.cap_yuan is not None and self.share is None:
            raise FaultError(msg("{payer}: cap_yuan goes with percent or fraction only", payer=self.payer))
        if self.share is not None and self.share > 1:
            raise FaultError(msg("{payer}: more than the whole", payer=self.payer))
        return self

    @property
    def share(self) -> Fraction | None:
        """Part of the cost as an exact fraction."""
        if self.percent is not None:
            return Fraction(str(self.percent)) / 100
        return None if self.fraction is None else Fraction(self.fraction)


class Exception_(Sourced):  # noqa: N801 - the document's word; the builtin keeps its name
    """Who is left out of a tariff."""

    id: str = Field(min_length=1)
    when: Conditions


class Tariff(Sourced):
    """Who pays what of the cost of some items; `open` where the document leaves the amounts out.

    Several `items` are priced together, and only who buys all of them gets the tariff. With `apart` each is priced by
    itself; with `pooled` those bought are priced as one sum, under one cap.
    """

    id: str = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    apart: bool = False
    pooled: bool = False
    decisions: tuple[Decision, ...] = ()
    first_day: dt.date | None = Field(default=None, alias="from")
    last_day: dt.date | None = Field(default=None, alias="until")
    when: Conditions = Conditions()
    exceptions: tuple[Exception_, ...] = Field(default=(), alias="except")
    text: Text
    open: bool = False
    parts: tuple[Part, ...] = ()
    status: Literal["policy", "assumption"] = "policy"

    def in_force(self, on: dt.date) -> bool:
        """Say whether the tariff applies on that day; its first and last day count."""
        return (self.first_day is None or on >= self.first_day) and (self.last_day is None or on <= self.last_day)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        payers = [part.payer for part in self.parts]
        if self.apart and self.pooled:
            raise FaultError(msg("{id}: priced apart or pooled, not both", id=self.id))
        if self.open == bool(self.parts):
            raise FaultError(msg("{id}: give parts, or open = true where the document names no amounts", id=self.id))
        for payer in sorted({payer for payer in payers if payers.count(payer) > 1}):
            raise FaultError(msg("{id}: {payer} bears a share twice", id=self.id, payer=payer))
        if self.parts and sum(part.rest for part in self.parts) != 1:
            raise FaultError(msg("{id}: exactly one payer must bear the rest, so that the parts add up", id=self.id))
        if sum((part.share or Fraction(0) for part in self.parts), Fraction(0)) > 1:
            raise FaultError(msg("{id}: the shares exceed the whole", id=self.id))
        if self.first_day is not None and self.last_day is not None and self.first_day > self.last_day:
            raise FaultError(msg("{id}: ends before it begins", id=self.id))
        if self.status == "assumption" and not self.note:
            raise FaultError(msg("{id}: an assumption needs a note", id=self.id))
        return self


class Need(Sourced):
    """What has to be in a customer's rooms; needs that hold add up. One that is not `required` is encouraged only."""

    id: str = Field(min_length=1)
    items: tuple[Device, ...] = Field(min_length=1)
    when: Conditions = Conditions()
    required: bool = True
    target: str | None = None
    text: Text


class Refund(Sourced):
    """What one public payer gives another back of its share in some tariffs."""

    id: str = Field(min_length=1)
    payer: Literal["city", "district"]
    to: Literal["district", "town"]
    percent: float = Field(gt=0, le=100)
    tariffs: tuple[str, ...] = Field(min_length=1)
    when: Conditions = Conditions()
    text: Text


class Benefit(Sourced):
    """An advantage whose amount the document does not state."""

    id: str = Field(min_length=1)
    decisions: tuple[Decision, ...] = ()
    when: Conditions = Conditions()
    months: int | None = Field(default=None, gt=0)
    text: Text


class Target(Sourced):
    """What has to be reached until when."""

    id: str = Field(min_length=1)
    measure: Literal["conversion", "devices"]
    kinds: tuple[str, ...] = ()
    kinds_not: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    items: tuple[Item, ...] = ()
    share: float = Field(gt=0, le=1)
    start: dt.date | None = None
    deadline: dt.date
    text: Text

    @model_validator(mode="after")
    def _usable(self) -> Self:
        Conditions(kind=self.kinds, kind_not=self.kinds_not)
        if self.measure == "conversion" and not self.decisions:
            raise FaultError(msg("{id}: a conversion target names the decisions that count", id=self.id))
        if self.start is not None and self.start >= self.deadline:
            raise FaultError(msg("{id}: starts after its deadline", id=self.id))
        return self


class Report(Sourced):
    """A report that is due again and again."""

    id: str = Field(min_length=1)
    every: Literal["half_month", "month", "quarter", "half_year", "year"]
    by_day: int | None = Field(default=None, ge=1, le=31)
    days: tuple[str, ...] = ()
    text: Text


class Policy(Strict):
    """One district's policy file."""

    id: str
    sha256: str
    name: Text
    document: Document
    completion: Completion
    presumptions: dict[str, Presumption] = Field(default_factory=dict)
    new_users: NewUsers | None = None
    rules: tuple[Rule, ...] = ()
    fallback: Outcome
    tariffs: tuple[Tariff, ...] = ()
    refunds: tuple[Refund, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    needs: tuple[Need, ...] = ()
    targets: tuple[Target, ...] = ()
    reports: tuple[Report, ...] = ()

    def cite(self, clause: str) -> str:
        """Return document and item as they are printed."""
        return f"{self.document.title} {clause}"

    @property
    def new_since(self) -> dt.date | None:
        """Day from which on users are new; None where the document does not tell them apart."""
        return None if self.new_users is None else self.new_users.since

    @property
    def opened_after(self) -> dt.date | None:
        """Earliest day of opening that any tariff asks about; None where none does."""
        asked = [when for tariff in self.tariffs for when in (tariff.when, *(one.when for one in tariff.exceptions))]
        return min((when.opened_after for when in asked if when.opened_after is not None), default=None)

    def target(self, measure: Literal["conversion", "devices"] = "conversion") -> Target | None:
        """Return the first target of that measure."""
        return next((target for target in self.targets if target.measure == measure), None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        asked = {name for name, field in Conditions.model_fields.items() if field.annotation == (bool | None)}
        for name in self.presumptions:
            if name not in asked:
                raise FaultError(
                    msg(
                        "{where}: no condition {name}; did you mean {near}?",
                        where="presumptions",
                        name=name,
                        near=nearest(name, asked),
                    )
                )
        groups = ("rules", "tariffs", "refunds", "benefits", "needs")
        asks = [entry for group in groups for entry in getattr(self, group)]
        if self.new_users is None and any(entry.when.new_user is not None for entry in asks):
            raise FaultError(msg("new_user is asked: give the day in [new_users]"))
        for group in (*groups, "targets", "reports"):
            ids = [entry.id for entry in getattr(self, group)]
            for name in sorted({name for name in ids if ids.count(name) > 1}):
                raise FaultError(msg("{where}: the id {id} occurs twice", where=group, id=name))
        return self

    @model_validator(mode="after")
    def _references(self) -> Self:
        goals = [target.id for target in self.targets if target.measure == "devices"]
        for need in self.needs:
            if need.target is not None and need.target not in goals:
                raise FaultError(
                    msg(
                        "{where}: no device target {name}; did you mean {near}?",
                        where=need.id,
                        name=need.target,
                        near=nearest(need.target, goals),
                    )
                )
        tariffs = {tariff.id: tariff for tariff in self.tariffs}
        for refund in self.refunds:
            for name in refund.tariffs:
                if name not in tariffs:
                    raise FaultError(
                        msg(
                            "{where}: no tariff {name}; did you mean {near}?",
                            where=refund.id,
                            name=name,
                            near=nearest(name, tariffs),
                        )
                    )
                payers = {part.payer for part in tariffs[name].parts}
                if refund.to not in payers:
                    raise FaultError(
                        msg("{id}: {payer} bears nothing of {tariff}", id=refund.id, payer=refund.to, tariff=name)
                    )
                if refund.payer in payers:
                    raise FaultError(
                        msg(
                            "{id}: {payer} bears a share of {tariff} already",
                            id=refund.id,
                            payer=refund.payer,
                            tariff=name,
                        )
                    )
        return self
