"""The parts of a segment's failure rate and consequence, and sentences about its place among all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.risk.assessment import STATES
from gridrisk.risk.terms import ALWAYS, HARM, IGNITION
from gridrisk.risk.threats import THREATS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A part smaller than this share is not worth a word.
_NOTABLE = 0.01


@dataclass(frozen=True, slots=True)
class Part:
    """One threat's part of the failure rate, or one part of the consequence; `share` is of the whole."""

    name: str
    title: str
    value: float
    share: float


def _parts(values: Mapping[str, tuple[str, float]]) -> tuple[Part, ...]:
    total = sum(value for _, value in values.values())
    parts = [Part(name, title, value, value / total if total > 0 else 0.0) for name, (title, value) in values.items()]
    return tuple(sorted(parts, key=lambda part: -part.value))


def threats_of(row: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return what each threat adds to the failure rate, 1/(km·a), most first."""
    return _parts({name: (title, float(row[f"threat_{name}"])) for name, title in THREATS.items()})


def chance_of(row: Mapping[str, Any]) -> float:
    """Return the chance that a failure gathers and ignites."""
    return float(np.prod([row[term.column] for term in IGNITION]))


def consequence_of(row: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return what each part adds to the consequence of a failure, person-equivalents, most first."""
    chance = chance_of(row)
    return _parts(
        {term.name: (term.title, chance * float(row[term.column])) for term in HARM}
        | {term.name: (term.title, float(row[term.column])) for term in ALWAYS}
    )


def about(row: Mapping[str, Any]) -> list[Message]:
    """Say how sure the rank is, what makes the segment fail most, and where it stands with its assessment."""
    found = _certainty(row)
    main = [part for part in threats_of(row)[:2] if part.share > _NOTABLE]
    if main:
        shares = _joined([(Message(part.title), f"{part.share:.0%}") for part in main])
        found.append(msg("what makes it fail: {threats}", threats=shares))
    return found + _assessment(row)


def _joined(items: list[tuple[Message, str]]) -> Message:
    """Return titles with their shares in one message, which stays translatable."""
    first, *others = [msg("{what} {share}", what=what, share=share) for what, share in items]
    for other in others:
        first = msg("{one}, {other}", one=first, other=other)
    return first


def _certainty(row: Mapping[str, Any]) -> list[Message]:
    return [
        msg(
            "with a chance of {chance} it truly belongs to the worst tenth of the length; its rank lies between {best} "
            "and {worst} (90 %, by its failure rate)",
            chance=f"{row['worst_tenth_probability']:.0%}",
            best=int(row["rank_best"]),
            worst=int(row["rank_worst"]),
        )
    ]


def _assessment(row: Mapping[str, Any]) -> list[Message]:
    state = row["assessment"]
    if state == "none":
        return []
    due = row["assessment_due"]
    day = msg("not recorded") if pd.isna(due) else due.date().isoformat()
    if state == "unknown":
        return [msg("ageing assessment: {state}", state=Message(STATES[state]))]
    return [msg("ageing assessment: {state} ({date})", state=Message(STATES[state]), date=day)]
