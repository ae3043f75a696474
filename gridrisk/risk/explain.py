"""Where a score comes from, term by term, what would change it, and how it changed since the last run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from gridrisk.errors import UsageError
from gridrisk.i18n import Message, msg
from gridrisk.risk import rules
from gridrisk.risk.facts import gather
from gridrisk.risk.grades import GRADES, bounds
from gridrisk.risk.parts import Part, about, chance_of, consequence_of, threats_of
from gridrisk.risk.score import assess
from gridrisk.risk.terms import LENGTH, TERMS, Term, combine
from gridrisk.risk.words import field_name, floor_name, grade_name, sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd

    from gridrisk.params import Parameters

#: What the leak record of the whole network says, which one segment alone cannot tell.
_HEARD = ("term_cohort_record", "term_near_record", "record_shape")
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
class UnknownField:
    """A field that is not known, and the grades the segment could have once it is.

    `must_renew` holds what the rules could say then: True, False, or None for still undecided.
    """

    field: str
    name: Message
    grades: tuple[str, ...]
    must_renew: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """How the score differs from the last run; `text` says it, `terms` are what moved, most first."""

    risk_before: float
    risk_now: float
    grade_before: str
    grade_now: str
    terms: tuple[tuple[Term, float, float], ...]
    text: tuple[Message, ...]


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
    facts = _facts(pipes.loc[[pipe_id]], features.loc[[pipe_id]], row, params)
    least = bounds(score_frame["risk_per_km"], score_frame["length_m"], params["grades"])
    terms = _terms(row, _record(facts, pipe_id))
    return replace(
        whole,
        terms=terms,
        sentences=_sentences(row, terms),
        unknown=_unknown(pipes.loc[[pipe_id]], features.loc[[pipe_id]], row, params, least),
        change=_change(row, _record(previous, pipe_id)) if previous is not None and pipe_id in previous.index else None,
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


def _values(row: Mapping[str, Any]) -> dict[str, float]:
    return {term.column: float(row[term.column]) for term in TERMS}


def _facts(
    pipes: pd.DataFrame,
    features: pd.DataFrame,
    row: Mapping[str, Any],
    params: Mapping[str, Parameters],
    customers: pd.Series[float] | None = None,
) -> pd.DataFrame:
    unknown = row["unknown"].split(",")
    if customers is None and "customers_lost" not in unknown:
        lost = row["term_supply"] / params["consequence/default"].number("supply.customer")
        customers = pd.Series(lost, index=pipes.index)
    return gather(
        pipes,
        features,
        params["standards/pressure"],
        leaks_recorded="leaks" not in unknown,
        customers_lost=customers,
    )


def _terms(row: Mapping[str, Any], fact: Mapping[str, Any]) -> tuple[TermValue, ...]:
    values = _values(row)
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
            "{grade}, rank {rank}: {risk} per km and year",
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


def _unknown(
    pipe: pd.DataFrame,
    feature: pd.DataFrame,
    row: Mapping[str, Any],
    params: Mapping[str, Parameters],
    least: list[float],
) -> tuple[UnknownField, ...]:
    """Score the segment with every value an unknown field may take; keep the fields that make a difference."""
    fields = [name for name in f"{row['unknown']},{row['must_renew_missing']}".split(",") if name]
    must_now = None if pd.isna(row["must_renew"]) else bool(row["must_renew"])
    candidates = _candidates(params, float(row["length_m"]))
    found = []
    for field in dict.fromkeys(fields):
        cases = candidates.get(field, ())
        if not cases:
            continue
        grades, musts = _variants(cases, pipe, feature, row, params, least)
        if grades - {row["grade"]} or musts - {must_now}:
            found.append(
                UnknownField(
                    field,
                    field_name(field),
                    tuple(grade for grade in GRADES if grade in grades),
                    tuple(must for must in (True, False, None) if must in musts),
                )
            )
    return tuple(found)


def _variants(
    cases: tuple[dict[str, Any], ...],
    pipe: pd.DataFrame,
    feature: pd.DataFrame,
    row: Mapping[str, Any],
    params: Mapping[str, Parameters],
    least: list[float],
) -> tuple[set[str], set[bool | None]]:
    names = [str(number) for number in range(len(cases))]
    pipes = pd.DataFrame(pipe.loc[pipe.index.repeat(len(cases))]).set_axis(names)
    features = feature.loc[feature.index.repeat(len(cases))].set_axis(names)
    customers = None
    for name, case in zip(names, cases, strict=True):
        for column, value in case.items():
            if column == "customers_lost":
                customers = pd.Series(np.nan, index=names) if customers is None else customers
                customers[name] = value
            else:
                table = pipes if column in pipes.columns else features
                table.loc[name, column] = value
    facts = _facts(pipes, features, row, params, customers)
    given = pd.DataFrame({column: row[column] for column in _HEARD}, index=names)
    declared = rules.load_rules(params["rules/must_renew"])
    verdicts = rules.evaluate(declared, facts)
    hazard = rules.any_of(["major_hazard"], declared, verdicts)
    result = assess(facts, hazard, params, given=given, bounds=least)
    must = rules.any_of(get_args(rules.Kind), declared, verdicts)
    return set(result["grade"]), {None if value is pd.NA else bool(value) for value in must.array}


def _candidates(params: Mapping[str, Parameters], length_m: float) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return what each unknown field may turn out to be, as changes of pipe and feature columns."""
    model, harm = params["likelihood/prior"], params["consequence/default"]

    def choices(column: str, values: Any) -> tuple[dict[str, Any], ...]:
        return tuple({column: value} for value in values)

    def numbers(column: str, shares: dict[str, float], scale: float = 1.0) -> tuple[dict[str, Any], ...]:
        return tuple({column: float(key) * scale} for key in shares)

    both = (True, False)
    trench = ({"shared_trench": False}, *_isolations())
    return {
        "material": choices("material", ("grey_cast_iron", "ductile_iron", "steel", "pe", "other")),
        "cathodic": choices("cathodic", both),
        "install_year": numbers("age_years", model.table("unknown.age_years")),
        "diameter_mm": numbers("diameter_mm", model.table("unknown.diameter_mm")),
        "pressure_class": choices("pressure_class", harm.table("unknown.pressure_class")),
        "setting": choices("setting", model.table("unknown.setting")),
        "laying": choices("laying", ("direct", "casing")),
        "safety_status": choices("safety_status", ("ok", "control", "renew_by", "renew_now")),
        "built_over": ({"built_over": False}, {"built_over": True, "built_over_m": length_m}),
        "shared_trench": trench,
        "trench_isolated": _isolations(),
        "void_crossing": (
            {"void_crossing": False, "voids_near": 0},
            {"void_crossing": False, "voids_near": 1},
            {"void_crossing": True, "void_crossings": 1, "voids_near": 1},
        ),
        "clearance": choices("clearance", both),
        "encroached": (
            {"encroached": False},
            *({"encroached": True, "work_zone": zone} for zone in ("control", "protection")),
        ),
        "basement_near": choices("basement_near", both),
        "ground_movement": numbers(
            "ground_movement", model.table("unknown.ground_index"), model.number("ground.full_scale")
        ),
        "people": numbers("people", harm.table("unknown.people")),
        "critical_place": choices("critical_place", both),
        "customers_lost": numbers("customers_lost", harm.table("unknown.customers_lost")),
    }


def _isolations() -> tuple[dict[str, Any], ...]:
    return tuple({"shared_trench": True, "shared_trench_isolated": isolated} for isolated in (True, False))


def _change(now: Mapping[str, Any], before: Mapping[str, Any]) -> Change | None:
    if not isinstance(before["grade"], str):
        return None
    moved = []
    for term in TERMS:
        old, new = float(before[term.column]), float(now[term.column])
        if old != new:
            # the risk as it was, with this one term as it is now
            case = pd.DataFrame([_values(before), {**_values(before), term.column: new}], index=["old", "new"])
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
