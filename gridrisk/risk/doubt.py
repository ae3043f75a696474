"""What is not known of a segment and would change its grade or its duty to be renewed, were it known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from gridrisk.risk import rules
from gridrisk.risk.facts import gather
from gridrisk.risk.grades import GRADES
from gridrisk.risk.score import assess
from gridrisk.risk.words import field_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridrisk.i18n import Message
    from gridrisk.params import Parameters

#: What the leak record of the whole network says, which one segment alone cannot tell.
_HEARD = ("term_cohort_record", "term_near_record", "record_shape")


@dataclass(frozen=True, slots=True)
class UnknownField:
    """A field that is not known, and the grades the segment could have once it is.

    `must_renew` holds what the rules could say then: True, False, or None for still undecided.
    """

    field: str
    name: Message
    grades: tuple[str, ...]
    must_renew: tuple[bool | None, ...]


def facts_of(
    pipes: pd.DataFrame,
    features: pd.DataFrame,
    row: Mapping[str, Any],
    params: Mapping[str, Parameters],
    customers: pd.Series[float] | None = None,
) -> pd.DataFrame:
    """Return what is known of segments that are all `row`, or may be; see `gridrisk.risk.facts.gather`."""
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


def unknown_fields(
    pipe: pd.DataFrame,
    feature: pd.DataFrame,
    row: Mapping[str, Any],
    params: Mapping[str, Parameters],
    least: list[float],
) -> tuple[UnknownField, ...]:
    """Score the segment with every value an unknown field may take; keep the fields that make a difference."""
    fields = [name for name in f"{row['unknown']},{row['must_renew_missing']}".split(",") if name]
    must_now = None if pd.isna(row["must_renew"]) else bool(row["must_renew"])
    candidates = _candidates(params, float(row["length_m"]), float(feature["exposure_years"].iloc[0]))
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
    facts = facts_of(pipes, features, row, params, customers)
    given = pd.DataFrame({column: row[column] for column in _HEARD}, index=names)
    declared = rules.load_rules(params["rules/must_renew"])
    verdicts = rules.evaluate(declared, facts)
    hazard = rules.any_of(["major_hazard"], declared, verdicts)
    result = assess(facts, hazard, params, given=given, bounds=least)
    must = rules.any_of(get_args(rules.Kind), declared, verdicts)
    return set(result["grade"]), {None if value is pd.NA else bool(value) for value in must.array}


def _candidates(
    params: Mapping[str, Parameters], length_m: float, exposure_years: float
) -> dict[str, tuple[dict[str, Any], ...]]:
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
        "install_year": tuple(
            # it has been on record no longer than it lies there
            {"age_years": float(age), "exposure_years": np.fmin(exposure_years, float(age))}
            if exposure_years > 0
            else {"age_years": float(age)}
            for age in model.table("unknown.age_years")
        ),
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
