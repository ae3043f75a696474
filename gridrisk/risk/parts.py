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
from gridrisk.risk.words import field_name, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A part smaller than this share is not worth a word.
_NOTABLE = 0.01
#: What is told as sure is surer than this.
_SURE = 0.99


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
        shares = listed([msg("{what} {share}", what=Message(p.title), share=f"{p.share:.0%}") for p in main])
        found.append(msg("what makes it fail: {threats}", threats=shares))
    return found + _duty(row) + _assessment(row) + _open(row)


def _certainty(row: Mapping[str, Any]) -> list[Message]:
    chance, best, worst = _chance(row["worst_tenth_probability"]), int(row["rank_best"]), int(row["rank_worst"])
    if best == worst:
        return [
            msg(
                "with a chance of {chance} it truly belongs to the worst tenth of the length; its rank is {rank} all "
                "over its interval",
                chance=chance,
                rank=best,
            )
        ]
    return [
        msg(
            "with a chance of {chance} it truly belongs to the worst tenth of the length; its rank lies between {best} "
            "and {worst} (90 %, by its failure rate)",
            chance=chance,
            best=best,
            worst=worst,
        )
    ]


def _chance(share: float) -> str:
    """Return a chance in per cent; none is told as certain that is not."""
    if _SURE <= share < 1:
        return f"> {_SURE:.0%}"
    return f"< {1 - _SURE:.0%}" if 0 < share <= 1 - _SURE else f"{share:.0%}"


def _duty(row: Mapping[str, Any]) -> list[Message]:
    """Say whether the segment must be renewed and until when, and how often it is looked after until then."""
    found = []
    if pd.isna(row["must_renew"]):
        fields = listed([field_name(name) for name in row["must_renew_missing"].split(",")])
        found.append(msg("whether it must be renewed cannot be told: {fields} not known", fields=fields))
    elif row["must_renew"]:
        found.append(msg("it must be renewed, by {date}", date=row["renew_deadline"].date().isoformat()))
    found.append(
        msg(
            "until then: patrol every {patrol} days, leak survey every {survey} days",
            patrol=int(row["patrol_days"]),
            survey=int(row["leak_survey_days"]),
        )
        if found and not pd.isna(row["must_renew"])
        else msg(
            "patrol every {patrol} days, leak survey every {survey} days",
            patrol=int(row["patrol_days"]),
            survey=int(row["leak_survey_days"]),
        )
    )
    return found


def _open(row: Mapping[str, Any]) -> list[Message]:
    """Name the fields whose knowledge would narrow the interval."""
    if not row["unknown"]:
        return []
    fields = listed([field_name(name) for name in row["unknown"].split(",")])
    return [msg("not known, and taken as an average: {fields}; to record them narrows the interval", fields=fields)]


def _assessment(row: Mapping[str, Any]) -> list[Message]:
    state = row["assessment"]
    if state == "none":
        return []
    due = row["assessment_due"]
    day = msg("not recorded") if pd.isna(due) else due.date().isoformat()
    if state == "unknown":
        return [msg("ageing assessment: {state}", state=Message(STATES[state]))]
    return [msg("ageing assessment: {state} ({date})", state=Message(STATES[state]), date=day)]
