"""Must-renew rules: declared in ``models/rules/must_renew.toml``, evaluated true, false or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.features.columns import flags_of, named
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from numpy.typing import NDArray

    from gridrisk.i18n import Language
    from gridrisk.params import Parameter, Parameters

    Bools = NDArray[np.bool_]

Kind = Literal["renewal", "major_hazard"]
_KEYS = {"kind", "when", "deadline_years", "en", "zh"}
_LISTS = ("material", "setting", "pressure_class", "safety_status", "laying")
_NUMBERS = ("age_at_least_years", "age_below_years")
_FLAGS = ("built_over", "void_crossing", "hidden_danger")
#: The closed vocabulary of conditions.
CONDITIONS = (*_LISTS, *_NUMBERS, *_FLAGS)
#: What the planner has to find out, by the column that is unknown.
_FIELDS = {"age_years": "install_year", "shared_trench_isolated": "trench_isolated", "leaks": "leaks"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `when` holds conditions that must all be met."""

    name: str
    kind: Kind
    when: Mapping[str, Any]
    deadline_years: int
    en: str
    zh: str
    citation: str

    def text(self, lang: Language) -> str:
        """Return what the rule says, in `lang`."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules say of each segment.

    Attributes
    ----------
    truth
        One nullable boolean column a rule.
    missing
        Field whose absence leaves a rule undecided: masks by rule and field.
    """

    truth: pd.DataFrame
    missing: Mapping[str, Mapping[str, Bools]]


def load_rules(params: Parameters) -> tuple[Rule, ...]:
    """Return the rules of a file.

    Raises
    ------
    ParameterError
        With every fault: an unknown key or condition, a condition of the wrong type.
    """
    faults: list[Message] = []
    rules = [_rule(params.name, name, params[name], faults) for name in params]
    if faults:
        raise ParameterError(*faults)
    return tuple(rule for rule in rules if rule is not None)


def _rule(file: str, name: str, parameter: Parameter, faults: list[Message]) -> Rule | None:
    value = parameter.value
    if not isinstance(value, Mapping) or set(value) != _KEYS:
        faults.append(
            msg("models/{file}.toml: rule {rule} must have exactly {keys}", file=file, rule=name, keys=_listed(_KEYS))
        )
        return None
    before = len(faults)
    if value["kind"] not in get_args(Kind):
        faults.append(
            msg(
                "models/{file}.toml: rule {rule} has kind {kind}; use one of {known}",
                file=file,
                rule=name,
                kind=value["kind"],
                known=_listed(get_args(Kind)),
            )
        )
    for key, wanted in value["when"].items():
        _check_condition(file, name, key, wanted, faults)
    if len(faults) > before:
        return None
    return Rule(name=name, citation=parameter.citation, **value)


def _check_condition(file: str, rule: str, key: str, wanted: Any, faults: list[Message]) -> None:
    right = (
        (key in _LISTS and isinstance(wanted, list) and all(isinstance(item, str) for item in wanted))
        or (key in _NUMBERS and isinstance(wanted, int | float) and not isinstance(wanted, bool))
        or (key in _FLAGS and isinstance(wanted, bool))
    )
    if key not in CONDITIONS:
        near = get_close_matches(key, CONDITIONS, n=1)
        faults.append(
            msg(
                "models/{file}.toml: rule {rule} has an unknown condition {key}; did you mean {near}?",
                file=file,
                rule=rule,
                key=key,
                near=near[0] if near else _listed(CONDITIONS),
            )
        )
    elif not right:
        faults.append(
            msg("models/{file}.toml: rule {rule}: {key} has a value of the wrong type", file=file, rule=rule, key=key)
        )


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))


def evaluate(rules: tuple[Rule, ...], facts: pd.DataFrame) -> Verdicts:
    """Evaluate every rule on every segment, three-valued (Kleene).

    Parameters
    ----------
    rules
        See `load_rules`.
    facts
        Table of `gridrisk.risk.facts.gather`.
    """
    truth: dict[str, pd.Series[bool]] = {}
    missing: dict[str, dict[str, Bools]] = {}
    for rule in rules:
        result = pd.Series(True, index=facts.index, dtype="boolean")
        parts: list[tuple[pd.Series[bool], dict[str, Bools]]] = []
        for key, wanted in rule.when.items():
            condition, unknown = _condition(key, wanted, facts)
            parts.append((condition, unknown))
            result = result & condition
        undecided = result.isna().to_numpy()
        fields: dict[str, Bools] = {}
        for condition, unknown in parts:
            open_ = undecided & condition.isna().to_numpy()
            if not open_.any():
                continue
            for field, mask in unknown.items():
                fields[field] = fields.get(field, np.zeros(len(facts), dtype=bool)) | (open_ & mask)
        truth[rule.name], missing[rule.name] = result, fields
    return Verdicts(pd.DataFrame(truth, index=facts.index, copy=False), missing)


def _condition(key: str, wanted: Any, facts: pd.DataFrame) -> tuple[pd.Series[bool], dict[str, Bools]]:
    """Return a condition's truth, and by field where it is not known."""
    if key in _LISTS:
        values = facts[key]
        open_ = values.isna()
        if key == "safety_status":
            open_ |= values == "unknown"
        return _known(values.isin(wanted), open_, key)
    if key in _NUMBERS:
        age = facts["age_years"]
        return _known(age >= wanted if key == "age_at_least_years" else age < wanted, age.isna(), "age_years")
    if key == "hidden_danger":
        danger, unknown = hidden_danger(facts)
        return (danger if wanted else ~danger), unknown
    flag = facts[key]
    return (flag if wanted else ~flag), {key: flag.isna().to_numpy()}


def _known(truth: pd.Series[bool], unknown: pd.Series[bool], column: str) -> tuple[pd.Series[bool], dict[str, Bools]]:
    known = pd.Series(flags_of(truth.to_numpy(dtype=bool), unknown.to_numpy(dtype=bool)), index=truth.index)
    return known, {_FIELDS.get(column, column): unknown.to_numpy()}


def hidden_danger(facts: pd.DataFrame) -> tuple[pd.Series[bool], dict[str, Bools]]:
    """Return whether a hidden danger is on record (NA where one may be), and by field where that is not known."""
    leaked, _ = _known(facts["leaks"] > 0, facts["leaks"].isna(), "leaks")
    state = facts["trench"]
    trench, _ = _known(state == "open", state.isna() | (state == "shared"), "trench")
    parts = {
        "built_over": facts["built_over"],
        "shared_trench": trench,
        "void_crossing": facts["void_crossing"],
        "clearance": facts["clearance"],
        "leaks": leaked,
    }
    danger = pd.Series(False, index=facts.index, dtype="boolean")
    for part in parts.values():
        danger = danger | part
    return danger, {field: part.isna().to_numpy() for field, part in parts.items()}


def renewal(rules: tuple[Rule, ...], verdicts: Verdicts, renew_by: pd.Series[Any], as_of: dt.date) -> pd.DataFrame:
    """Return whether each segment must be renewed, by which clauses and until when.

    Parameters
    ----------
    renew_by
        The date that the assessment states, NaT where none; it rules where it is nearer than the rule's own.
    as_of
        Day from which the years of a rule run.

    Returns
    -------
    Frame: must_renew (boolean; NA where an unknown field decides), must_renew_clauses (texts joined by "; "),
    must_renew_rules (names, comma list), must_renew_missing (fields that would decide, comma list, where NA),
    renew_deadline (date, where must_renew is true).
    """
    index = verdicts.truth.index
    must = any_of(get_args(Kind), rules, verdicts)
    stated = renew_by.to_numpy(dtype="datetime64[ms]")
    deadline = np.full(len(index), np.datetime64("NaT", "ms"))
    met: dict[str, Bools] = {}
    for rule in rules:
        met[rule.name] = verdicts.truth[rule.name].fillna(False).to_numpy(dtype=bool)
        rows = np.flatnonzero(met[rule.name])
        # fmin passes over NaT
        own = np.fmin(np.datetime64(_years_later(as_of, rule.deadline_years), "ms"), stated[rows])
        deadline[rows] = np.fmin(deadline[rows], own)
    undecided = must.isna().to_numpy()
    fields: dict[str, Bools] = {}
    for missing in verdicts.missing.values():
        for field, mask in missing.items():
            fields[field] = fields.get(field, np.zeros(len(index), dtype=bool)) | (mask & undecided)
    return pd.DataFrame(
        {
            "must_renew": must,
            "must_renew_clauses": _clauses(rules, met, index),
            "must_renew_rules": named(met, index),
            "must_renew_missing": named(fields, index),
            "renew_deadline": deadline,
        },
        index=index,
        copy=False,
    )


def _clauses(rules: tuple[Rule, ...], met: Mapping[str, Bools], index: pd.Index) -> pd.Series[str]:
    by_citation: dict[str, Bools] = {}
    for rule in rules:
        before = by_citation.get(rule.citation, np.zeros(len(index), dtype=bool))
        by_citation[rule.citation] = before | met[rule.name]
    return named(by_citation, index, "; ")


def _years_later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def any_of(kinds: Collection[Kind], rules: tuple[Rule, ...], verdicts: Verdicts) -> pd.Series[bool]:
    """Return whether any rule of `kinds` is met; NA where one may be and none is."""
    result = pd.Series(False, index=verdicts.truth.index, dtype="boolean")
    for rule in rules:
        if rule.kind in kinds:
            result = result | verdicts.truth[rule.name]
    return result
