"""Words of a score for people: what a term says of a segment, what a field is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gridrisk.i18n import Message, msg
from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gridrisk.i18n import Language
    from gridrisk.risk.terms import Term


class Choice(Message):
    """What a code of a field is called in the schema of its layer; ``args`` holds layer, field and code."""

    __slots__ = ()

    def render(self, lang: Language = "en") -> str:
        """Return the name in `lang`; the code itself where the schema does not know it."""
        layer, field, code = (str(self.args[name]) for name in ("layer", "field", "code"))
        choices = schema.load(layer).fields[field].choices
        return choices[code].of(lang) if code in choices else code


def choice(layer: str, field: str, code: object) -> Message:
    """Return what a code is called."""
    return Choice("{code}", {"layer": layer, "field": field, "code": code})


def listed(items: Sequence[Message]) -> Message:
    """Return messages in a row as one, which stays translatable."""
    first, *others = items
    for other in others:
        first = msg("{one}, {other}", one=first, other=other)
    return first


GRADE_NAMES = {
    "major": msg("major risk"),
    "larger": msg("larger risk"),
    "general": msg("general risk"),
    "low": msg("low risk"),
}
_MATERIALS = {
    "grey_cast_iron": msg("grey cast iron"),
    "ductile_iron": msg("ductile iron"),
    "steel": msg("steel"),
    "pe": msg("polyethylene"),
    "other": msg("other material"),
}
#: Places that matter which are no kind of customer.
_PLACES = {
    "high_rise": msg("high-rise building"),
    "critical": msg("marked as critical"),
    "other": msg("other place that matters"),
}
_ZONES = {"protection": msg("protection range"), "control": msg("control range")}

#: What a planner would have to find out.
FIELD_NAMES = {
    "material": msg("material"),
    "cathodic": msg("cathodic protection"),
    "install_year": msg("year of installation"),
    "diameter_mm": msg("diameter"),
    "pressure_class": msg("pressure class"),
    "setting": msg("setting"),
    "laying": msg("laying"),
    "safety_status": msg("conclusion of the ageing assessment"),
    "built_over": msg("buildings over the pipe"),
    "shared_trench": msg("other utilities in the trench"),
    "trench_isolated": msg("physical isolation in the trench"),
    "void_crossing": msg("confined spaces crossed"),
    "clearance": msg("clearance to other utilities"),
    "encroached": msg("works near by"),
    "basement_near": msg("basements near by"),
    "ground_movement": msg("ground movement"),
    "people": msg("people in reach"),
    "critical_place": msg("places that matter"),
    "customers_lost": msg("customers that lose gas with the sector"),
    "leaks": msg("leak record"),
}


#: The conditions that may lift a grade, see `gridrisk.risk.grades.floors`.
_FLOORS = {
    "major_hazard": msg("major hazard"),
    "renew_now": msg("assessed: renew at once"),
    "shared_trench_open": msg("shared trench without isolation"),
    "built_over": msg("built over"),
}


def floor_name(floor: str) -> Message:
    """Return what a condition that lifts a grade is called."""
    return _FLOORS.get(floor, msg("{field}", field=floor))


def field_name(field: str) -> Message:
    """Return what a field is called."""
    return FIELD_NAMES.get(field, msg("{field}", field=field))


def grade_name(grade: str) -> Message:
    """Return what a grade is called."""
    return GRADE_NAMES[grade]


#: The column whose absence leaves a term to an average, and the field to find out.
_HANGS_ON = {
    "base_rate": ("material", "material"),
    "age": ("age_years", "install_year"),
    "diameter": ("diameter_mm", "diameter_mm"),
    "built_over": ("built_over", "built_over"),
    "shared_trench": ("trench", "shared_trench"),
    "ground": ("ground_movement", "ground_movement"),
    "third_party": ("setting", "setting"),
    "works": ("works", "encroached"),
    "gather_built_over": ("built_over", "built_over"),
    "gather_void": ("void", "void_crossing"),
    "gather_shared_trench": ("trench", "shared_trench"),
    "gather_basement": ("basement_near", "basement_near"),
    "gather_clearance": ("clearance", "clearance"),
    "gather_setting": ("setting", "setting"),
    "pressure": ("pressure_class", "pressure_class"),
    "size": ("diameter_mm", "diameter_mm"),
    "people": ("people", "people"),
    "critical": ("critical_place", "critical_place"),
    "supply": ("customers_lost", "customers_lost"),
    "repair": ("setting", "setting"),
}


def sentence(term: Term, value: float, fact: Mapping[str, Any]) -> Message | None:
    """Say what a term means for a segment; None for terms that say nothing by themselves."""
    column, field = _HANGS_ON.get(term.name, ("", ""))
    if column and pd.isna(fact[column]):
        return msg(
            "{field} not known; for {term} the average is taken: {value}",
            field=field_name(field),
            term=Message(term.title),
            value=_number(value),
        )
    build = _SENTENCES.get(term.name)
    return None if build is None else build(value, fact)


def _number(value: float) -> str:
    return f"{value:.3g}"


def _base(value: float, fact: Mapping[str, Any]) -> Message:
    material = fact["material"]
    return msg(
        "{material}: {rate} failures per km and year to begin with", material=_MATERIALS[material], rate=_number(value)
    )


def _age(value: float, fact: Mapping[str, Any]) -> Message:
    return msg("{age} years old: failure rate times {factor}", age=f"{fact['age_years']:.0f}", factor=_number(value))


def _diameter(value: float, fact: Mapping[str, Any]) -> Message:
    return msg(
        "diameter {diameter} mm: failure rate times {factor}",
        diameter=f"{fact['diameter_mm']:.0f}",
        factor=_number(value),
    )


def _works(value: float, fact: Mapping[str, Any]) -> Message:
    zone = fact["works"]
    return msg("works within the {zone}: {rate} failures per km and year more", zone=_ZONES[zone], rate=_number(value))


def _own(value: float, fact: Mapping[str, Any]) -> Message:
    return msg(
        "{leaks} leaks of its own in {years} years: failure rate times {factor}",
        leaks=f"{fact['leaks']:.0f}",
        years=f"{fact['exposure_years']:.0f}",
        factor=_number(value),
    )


def _people(value: float, fact: Mapping[str, Any]) -> Message:
    return msg(
        "{people} people along the segment, {harm} in reach of one failure",
        people=f"{fact['people']:.0f}",
        harm=_number(value),
    )


def _supply(value: float, fact: Mapping[str, Any]) -> Message:
    return msg(
        "{customers} customers without gas after a failure: {harm} person-equivalents",
        customers=f"{fact['customers_lost']:.0f}",
        harm=_number(value),
    )


def _critical(value: float, fact: Mapping[str, Any]) -> Message:
    kinds = fact["critical_kinds"]
    if isinstance(kinds, str) and kinds:
        names = [_PLACES.get(kind.strip(), choice("customers", "kind", kind.strip())) for kind in kinds.split(",")]
        return msg(
            "places that matter in reach ({kinds}): {harm} person-equivalents", kinds=listed(names), harm=_number(value)
        )
    return msg("places that matter in reach: {harm} person-equivalents", harm=_number(value))


def _over(value: float, fact: Mapping[str, Any]) -> Message:
    if pd.isna(fact["built_over_m"]):
        return msg("built over: failure rate times {factor}", factor=_number(value))
    return msg(
        "built over along {along} m of {length} m: failure rate times {factor}",
        along=f"{fact['built_over_m']:.1f}",
        length=f"{fact['length_m']:.1f}",
        factor=_number(value),
    )


_SENTENCES: dict[str, Callable[[float, Mapping[str, Any]], Message]] = {
    "base_rate": _base,
    "age": _age,
    "diameter": _diameter,
    "built_over": _over,
    "shared_trench": lambda value, _: msg("shared trench: failure rate times {factor}", factor=_number(value)),
    "ground": lambda value, _: msg("ground movement: {rate} failures per km and year more", rate=_number(value)),
    "third_party": lambda value, _: msg("unannounced digging: {rate} failures per km and year", rate=_number(value)),
    "cohort_record": lambda value, _: msg(
        "leak record of the same material and decade: failure rate times {factor}", factor=_number(value)
    ),
    "near_record": lambda value, _: msg(
        "leak record of the other segments in the street: failure rate times {factor}", factor=_number(value)
    ),
    "own_record": _own,
    "works": _works,
    "gather_built_over": lambda value, _: msg("built over: chance of ignition times {factor}", factor=_number(value)),
    "gather_void": lambda value, _: msg(
        "confined spaces crossed or near: chance of ignition times {factor}", factor=_number(value)
    ),
    "gather_shared_trench": lambda value, _: msg(
        "shared trench: chance of ignition times {factor}", factor=_number(value)
    ),
    "gather_basement": lambda value, _: msg(
        "basement near by: chance of ignition times {factor}", factor=_number(value)
    ),
    "gather_clearance": lambda value, _: msg(
        "clearance too small: chance of ignition times {factor}", factor=_number(value)
    ),
    "gather_setting": lambda value, fact: msg(
        "{setting}: chance of ignition times {factor}",
        setting=choice("pipes", "setting", fact["setting"]),
        factor=_number(value),
    ),
    "pressure": lambda value, fact: msg(
        "{pressure} pressure class: chance of ignition times {factor}",
        pressure=choice("pipes", "pressure_class", fact["pressure_class"]),
        factor=_number(value),
    ),
    "size": lambda value, fact: msg(
        "size of the escape by the diameter of {diameter} mm: chance of ignition times {factor}",
        diameter=f"{fact['diameter_mm']:.0f}",
        factor=_number(value),
    ),
    "people": _people,
    "critical": _critical,
    "supply": _supply,
    "repair": lambda value, _: msg("excavation and repair: {harm} person-equivalents", harm=_number(value)),
}
