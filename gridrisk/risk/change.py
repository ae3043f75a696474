"""How the score of a segment differs from that of the run before, and which terms moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.risk.terms import TERMS, Term, combine
from gridrisk.risk.words import grade_name

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Change:
    """How the score differs from the last run; `text` says it, `terms` are what moved, most first."""

    risk_before: float
    risk_now: float
    grade_before: str
    grade_now: str
    terms: tuple[tuple[Term, float, float], ...]
    text: tuple[Message, ...]


def values_of(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the terms of a segment by column."""
    return {term.column: float(row[term.column]) for term in TERMS}


def change_of(now: Mapping[str, Any], before: Mapping[str, Any]) -> Change | None:
    """Return how a segment's score differs from that of an earlier run; None where it was not scored then."""
    if not isinstance(before["grade"], str):
        return None
    moved = []
    for term in TERMS:
        old, new = float(before[term.column]), float(now[term.column])
        if old != new:
            # the risk as it was, with this one term as it is now
            case = pd.DataFrame([values_of(before), {**values_of(before), term.column: new}], index=["old", "new"])
            risk = combine(case)["risk_per_km"]
            moved.append((abs(float(risk["new"] - risk["old"])), term, old, new))
    moved.sort(key=lambda item: -item[0])
    text = [
        msg(
            "risk per km {before} before, {now} now; {grade_before} before, {grade_now} now",
            before=f"{before['risk_per_km']:.3g}",
            now=f"{now['risk_per_km']:.3g}",
            grade_before=grade_name(before["grade"]),
            grade_now=grade_name(now["grade"]),
        )
    ]
    text += [
        msg("{term}: {before} before, {now} now", term=Message(term.title), before=f"{old:.3g}", now=f"{new:.3g}")
        for _, term, old, new in moved
    ]
    return Change(
        float(before["risk"]),
        float(now["risk"]),
        str(before["grade"]),
        str(now["grade"]),
        tuple((term, old, new) for _, term, old, new in moved),
        tuple(text),
    )
