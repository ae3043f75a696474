"""The terms of a score: what each is, and how they combine to give the score back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from gridrisk.i18n import mark

Role = Literal["base", "factor", "added"]


@dataclass(frozen=True, slots=True)
class Term:
    """One column ``term_<name>``.

    Attributes
    ----------
    role
        ``factor`` multiplies and does nothing at 1; ``added`` adds and does nothing at 0; ``base`` is what the factors
        multiply, and without it (0) nothing is left of them.
    unit
        Unit of the value; ``-`` for a factor.
    title
        English name, a key of the catalogue.
    """

    name: str
    role: Role
    unit: str
    title: str

    @property
    def column(self) -> str:
        """Name of the column."""
        return f"term_{self.name}"

    @property
    def neutral(self) -> float:
        """Value at which the term contributes nothing."""
        return 1.0 if self.role == "factor" else 0.0


_RATE = "1/(km·a)"
_HARM = mark("person-equivalents")

#: Multiply to the failure rate of the pipe's own condition.
CONDITION = (
    Term("base_rate", "base", _RATE, mark("failure rate of the material")),
    Term("age", "factor", "-", mark("age")),
    Term("diameter", "factor", "-", mark("diameter")),
    Term("built_over", "factor", "-", mark("built over: more failures")),
    Term("shared_trench", "factor", "-", mark("shared trench: more failures")),
)
#: Added to the condition.
THREATS = (
    Term("ground", "added", _RATE, mark("ground movement")),
    Term("third_party", "added", _RATE, mark("unannounced digging")),
)
#: Multiply the sum of the above: what the leak record says.
RECORD = (
    Term("cohort_record", "factor", "-", mark("leak record of the same material and decade")),
    Term("near_record", "factor", "-", mark("leak record of the others in the street")),
    Term("own_record", "factor", "-", mark("leak record of the segment")),
)
#: Added last: works of today were not there when the leaks were recorded.
WORKS = (Term("works", "added", _RATE, mark("works near by")),)
LENGTH = (Term("length_km", "base", "km", mark("length")),)
#: Multiply to the chance that one failure gathers and ignites.
IGNITION = (
    Term("ignition", "base", "-", mark("chance of ignition to begin with")),
    Term("gather_built_over", "factor", "-", mark("built over: gas gathers")),
    Term("gather_void", "factor", "-", mark("confined spaces: gas gathers")),
    Term("gather_shared_trench", "factor", "-", mark("shared trench: gas travels")),
    Term("gather_basement", "factor", "-", mark("basement near by")),
    Term("gather_clearance", "factor", "-", mark("clearance too small")),
    Term("gather_setting", "factor", "-", mark("setting")),
    Term("pressure", "factor", "-", mark("pressure")),
    Term("size", "factor", "-", mark("size of the escape")),
    Term("gather_cap", "factor", "-", mark("highest chance of ignition")),
)
#: Harm of an ignition.
HARM = (
    Term("people", "added", _HARM, mark("people in reach")),
    Term("critical", "added", _HARM, mark("places that matter in reach")),
)
#: Harm of any failure.
ALWAYS = (
    Term("supply", "added", _HARM, mark("customers without gas")),
    Term("repair", "added", _HARM, mark("excavation and repair")),
)
TERMS: tuple[Term, ...] = (*CONDITION, *THREATS, *RECORD, *WORKS, *LENGTH, *IGNITION, *HARM, *ALWAYS)


def combine(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the score back from its terms.

    ::

        rate        = (base_rate·age·diameter·built_over·shared_trench + ground + third_party)
                      · cohort_record · near_record · own_record + works
        likelihood  = rate · length_km
        consequence = ignition·gather_*·pressure·size·(people + critical) + supply + repair
        risk        = likelihood · consequence,  risk_per_km = rate · consequence

    Parameters
    ----------
    frame
        The ``term_*`` columns.

    Returns
    -------
    Frame on the same index: failures_per_km_year (1/(km·a)), likelihood (1/a), consequence (person-equivalents a
    failure), risk (person-equivalents a year), risk_per_km (the same a km).
    """
    rate = (_product(frame, CONDITION) + _sum(frame, THREATS)) * _product(frame, RECORD) + _sum(frame, WORKS)
    consequence = _product(frame, IGNITION) * _sum(frame, HARM) + _sum(frame, ALWAYS)
    likelihood = rate * frame["term_length_km"]
    return pd.DataFrame(
        {
            "failures_per_km_year": rate,
            "likelihood": likelihood,
            "consequence": consequence,
            "risk": likelihood * consequence,
            "risk_per_km": rate * consequence,
        },
        index=frame.index,
        copy=False,
    )


def _product(frame: pd.DataFrame, terms: tuple[Term, ...]) -> pd.Series[float]:
    result = frame[terms[0].column]
    for term in terms[1:]:
        result = result * frame[term.column]
    return result


def _sum(frame: pd.DataFrame, terms: tuple[Term, ...]) -> pd.Series[float]:
    result = frame[terms[0].column]
    for term in terms[1:]:
        result = result + frame[term.column]
    return result
