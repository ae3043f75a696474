"""Where a score comes from, term by term, what would change it, and how it changed since the last run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridrisk.errors import UsageError
from gridrisk.i18n import Message, msg
from gridrisk.risk import rules
from gridrisk.risk.change import Change, change_of, values_of
from gridrisk.risk.doubt import UnknownField, facts_of, unknown_fields
from gridrisk.risk.grades import bounds
from gridrisk.risk.parts import Part, about, chance_of, consequence_of, threats_of
from gridrisk.risk.terms import LENGTH, TERMS, Term, combine
from gridrisk.risk.words import floor_name, grade_name, sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd

    from gridrisk.params import Parameters

#: A term that moves the risk by less than this part is not worth a sentence.
_NOTABLE = 0.01


@dataclass(frozen=True, slots=True)
class TermValue:
    """One term of a segment's score.

    Attributes
    ----------
    share
        Part of the risk that would go, did the term contribute nothing (`Term.neutral`);
        negative where it lowers the risk.
    text
        What it says; None for terms that say nothing by themselves.
    """

    term: Term
    value: float
    share: float
    text: Message | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A segment's score in words.

    Attributes
    ----------
    terms
        Every term in the order in which they combine.
    sentences
        What matters, most first.
    unknown
        Fields whose knowledge would change the grade or decide the duty to renew.
    clauses
        Why it must be renewed: citation and text (en, zh) of each rule that is met.
    change
        None without an earlier run that holds the segment.
    threats
        What each threat adds to the failure rate, 1/(km·a), most first.
    consequence
        What each part adds to the consequence of a failure, person-equivalents, most first: people and places by the
        chance of an ignition, customers without gas, the repair.
    ignition
        Chance that a failure gathers and ignites.
    rank_between, worst_tenth_probability
        How sure the rank is, see `gridrisk.risk.certainty`.
    assessment, assessment_due
        Where it stands with its ageing assessment, see `gridrisk.risk.assessment`.
    """

    pipe_id: str
    scored: bool
    grade: str | None
    rank: int | None
    risk: float
    risk_per_km: float
    failures_per_km_year: tuple[float, float, float]
    terms: tuple[TermValue, ...]
    sentences: tuple[Message, ...]
    unknown: tuple[UnknownField, ...]
    must_renew: bool | None
    clauses: tuple[rules.Rule, ...]
    change: Change | None
    threats: tuple[Part, ...] = ()
    consequence: tuple[Part, ...] = ()
    ignition: float | None = None
    rank_between: tuple[int, int] | None = None
    worst_tenth_probability: float | None = None
    assessment: str | None = None
    assessment_due: dt.date | None = None


def explain(
    pipe_id: str,
    score_frame: pd.DataFrame,
    features: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    params: Mapping[str, Parameters],
    *,
    previous: pd.DataFrame | None = None,
) -> Explanation:
    """Explain the score of one segment.

    Parameters
    ----------
    pipe_id
        The segment.
    score_frame
        Result of `score`, made with the same `features`, `pipes` and `params`.
    previous
        Result of an earlier run, to tell what changed.

    Raises
    ------
    UsageError
        Where the segment is not in the result.
    """
    if pipe_id not in score_frame.index:
        raise UsageError(msg("{id}: no such pipe in the result; run score first, or check the number", id=pipe_id))
    row = _record(score_frame, pipe_id)
    declared = rules.load_rules(params["rules/must_renew"])
    met = set(row["must_renew_rules"].split(",")) if row["must_renew_rules"] else set()
    whole = Explanation(
        pipe_id=pipe_id,
        scored=bool(row["scored"]),
        grade=row["grade"] if isinstance(row["grade"], str) else None,
        rank=None if pd.isna(row["rank"]) else int(row["rank"]),
        risk=float(row["risk"]),
        risk_per_km=float(row["risk_per_km"]),
        failures_per_km_year=(
            float(row["failures_per_km_year"]),
            float(row["failures_per_km_year_low"]),
            float(row["failures_per_km_year_high"]),
        ),
        terms=(),
        sentences=(msg("the segment is abandoned or planned: it carries no gas and is not scored"),),
        unknown=(),
        must_renew=None if pd.isna(row["must_renew"]) else bool(row["must_renew"]),
        clauses=tuple(rule for rule in declared if rule.name in met),
        change=None,
    )
    if not whole.scored:
        return whole
    facts = facts_of(pipes.loc[[pipe_id]], features.loc[[pipe_id]], row, params)
    before = None if previous is None or pipe_id not in previous.index else _record(previous, pipe_id)
    least = bounds(score_frame["risk_per_km"], score_frame["length_m"], params["grades"])
    terms = _terms(row, _record(facts, pipe_id))
    return replace(
        whole,
        terms=terms,
        sentences=_sentences(row, terms),
        unknown=unknown_fields(pipes.loc[[pipe_id]], features.loc[[pipe_id]], row, params, least),
        change=None if before is None else change_of(row, before),
        threats=threats_of(row),
        consequence=consequence_of(row),
        ignition=chance_of(row),
        rank_between=(int(row["rank_best"]), int(row["rank_worst"])),
        worst_tenth_probability=float(row["worst_tenth_probability"]),
        assessment=row["assessment"],
        assessment_due=None if pd.isna(row["assessment_due"]) else row["assessment_due"].date(),
    )


def _record(frame: pd.DataFrame, name: str) -> dict[str, Any]:
    """Return one row by column."""
    return {str(column): value for column, value in frame.loc[[name]].to_dict("records")[0].items()}


def _terms(row: Mapping[str, Any], fact: Mapping[str, Any]) -> tuple[TermValue, ...]:
    values = values_of(row)
    table = pd.DataFrame([values] * (len(TERMS) + 1), index=["", *values])
    for term in TERMS:
        table.loc[term.column, term.column] = term.neutral
    risk = combine(table)["risk_per_km" if row["length_m"] == 0 else "risk"]
    share = 1 - risk / risk[""] if risk[""] > 0 else risk * 0.0
    return tuple(
        TermValue(term, values[term.column], float(share[term.column]), _text(term, values, fact)) for term in TERMS
    )


def _text(term: Term, values: Mapping[str, float], fact: Mapping[str, Any]) -> Message | None:
    value = values[term.column]
    return None if value == term.neutral or term in LENGTH else sentence(term, value, fact)


def _sentences(row: Mapping[str, Any], terms: tuple[TermValue, ...]) -> tuple[Message, ...]:
    per_km, low, high = (row[f"failures_per_km_year{end}"] for end in ("", "_low", "_high"))
    head = [
        msg(
            "{grade}, rank {rank}: {risk} person-equivalents per km and year",
            grade=grade_name(row["grade"]),
            rank=int(row["rank"]),
            risk=f"{row['risk_per_km']:.3g}",
        ),
        msg(
            "{rate} failures per km and year (90 % between {low} and {high})",
            rate=f"{per_km:.3g}",
            low=f"{low:.3g}",
            high=f"{high:.3g}",
        ),
    ]
    if isinstance(row["grade_floor"], str):
        head.append(msg("the grade is set by a rule ({rule}), not by the number", rule=floor_name(row["grade_floor"])))
    head += about(row)
    spoken = [term for term in terms if term.text is not None and abs(term.share) >= _NOTABLE]
    ranked = sorted(spoken, key=lambda term: -abs(term.share))
    return (*head, *(term.text for term in ranked if term.text is not None))
