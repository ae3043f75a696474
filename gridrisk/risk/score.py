"""The score of every segment: likelihood times consequence, grade, duty to renew and what to do meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.features.columns import chosen, named, taken
from gridrisk.i18n import msg
from gridrisk.risk import grades, measures, record, rules
from gridrisk.risk.assessment import assessment
from gridrisk.risk.certainty import certainty
from gridrisk.risk.consequence import consequence
from gridrisk.risk.facts import FEATURES, FIELDS, features_of, gather, scored
from gridrisk.risk.likelihood import exposed, prior, recorded
from gridrisk.risk.panel import DAYS
from gridrisk.risk.terms import TERMS, combine
from gridrisk.risk.threats import COLUMNS as THREATS
from gridrisk.risk.threats import threats

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

#: The parameter files that `score` and `explain` read, by the names of `gridrisk.params.load`.
MODEL_FILES = (
    "likelihood/prior",
    "likelihood/fit",
    "consequence/default",
    "grades",
    "rules/must_renew",
    "measures",
    "assessment",
    "standards/pressure",
)

#: What the pipes state of their assessment.
_DATES = ("renew_by", "next_assessment", "assessed_on")

#: Fields whose absence widens the interval or leaves a term to the shares, in the order they are listed.
_UNKNOWN = {
    "material": "material",
    "age_years": "install_year",
    "diameter_mm": "diameter_mm",
    "pressure_class": "pressure_class",
    "setting": "setting",
    "built_over": "built_over",
    "void": "void_crossing",
    "basement_near": "basement_near",
    "clearance": "clearance",
    "works": "encroached",
    "ground_movement": "ground_movement",
    "people": "people",
    "customers_lost": "customers_lost",
    "leaks": "leaks",
}


def score(
    pipes: gpd.GeoDataFrame,
    features: pd.DataFrame,
    params: Mapping[str, Parameters],
    *,
    leaks_recorded: bool,
    customers_lost: pd.Series[float] | None = None,
    as_of: dt.date,
) -> pd.DataFrame:
    """Score every segment.

    Abandoned and planned segments keep their row with ``scored`` false, must_renew false and no numbers; idle ones and
    those of unknown status are scored. The result does not depend on the order of rows.

    Parameters
    ----------
    pipes
        Layer frame.
    features
        Frame on pipe_id, see `gridrisk.features.build`.
    params
        The files of `MODEL_FILES`, by name.
    leaks_recorded
        Whether there is a leak record; without one the prior rules and "leaks" counts as unknown.
    customers_lost
        Customers that lose gas when the segment's sector is shut, by pipe_id; None where nobody worked it out.
    as_of
        Day of the score, from which deadlines run.

    Returns
    -------
    Frame on pipe_id in the order of `pipes`: length_m, failures_per_km_year with _low and _high (90 %), likelihood
    (failures a year), consequence (person-equivalents a failure), risk, risk_per_km, grade, grade_floor (rule that
    lifted the grade), rank (1 = highest risk_per_km) with rank_best, rank_worst and
    worst_tenth_probability (see `certainty`), must_renew (boolean), must_renew_clauses, must_renew_rules,
    must_renew_missing, renew_deadline (date), assessment and assessment_due (see
    `assessment`), flags, measure (names, texts by `measure_texts`), patrol_days,
    leak_survey_days, unknown (fields whose absence widens the interval, comma list), scored, record_shape, the
    ``threat_*`` columns that add up to the failure rate, and the ``term_*`` columns that `combine` turns into the
    numbers.

    Raises
    ------
    ParameterError
        Where a parameter file is missing or faulty.
    DataError
        Where segments have no features.
    """
    absent = [name for name in MODEL_FILES if name not in params]
    if absent:
        raise ParameterError(msg("parameter files not given: {files}", files=", ".join(absent)))
    rows = np.flatnonzero(scored(pipes).to_numpy(dtype=bool))
    # numbers in the order of ids, for looking up texts takes long
    numbers = np.empty(len(pipes), dtype=np.int64)
    numbers[pipes.index.argsort()] = np.arange(len(pipes))
    around, lost = features_of(features, pipes.index), customers_lost
    area = record.neighbourhood(pipes, params["likelihood/fit"]) if leaks_recorded else None

    def known(some: NDArray[np.int64]) -> tuple[pd.DataFrame, pd.DataFrame]:
        index = pd.Index(numbers[some])
        records = _some(pipes, (*FIELDS, *_DATES, "retired_on"), some, index)
        facts = gather(
            records,
            _some(around, FEATURES, some, index),
            params["standards/pressure"],
            leaks_recorded=leaks_recorded,
            customers_lost=None if lost is None else taken(lost.reindex(pipes.index), some, index),
        )
        return records, facts if area is None else facts.assign(area=taken(area, some, index))

    live, facts = known(rows)
    declared = rules.load_rules(params["rules/must_renew"])
    verdicts = rules.evaluate(declared, facts)
    former = _former(*known(out), params["likelihood/prior"], as_of) if len(out := _out_of_use(pipes, as_of)) else None
    result = assess(facts, rules.any_of(["major_hazard"], declared, verdicts), params, former=former)
    result["rank"] = grades.rank(result["risk_per_km"], result["risk"])
    result = pd.concat([result, certainty(result, result["rank"])], axis=1)
    duty = rules.renewal(declared, verdicts, live["renew_by"], as_of)
    guide = params["measures"]
    stands = assessment(live, facts, duty["renew_deadline"], params["assessment"], as_of=as_of)
    result = pd.concat([result, duty, stands], axis=1)
    result["measure"] = measures.measures(facts, result["grade"], duty["must_renew_missing"], stands["assessment"])
    result["patrol_days"] = measures.patrol_days(facts, result["grade"], guide)
    result["leak_survey_days"] = measures.leak_survey_days(facts, result["grade"], guide)
    return _complete(result, rows, pipes, features)


def assess(
    facts: pd.DataFrame,
    major_hazard: pd.Series[bool],
    params: Mapping[str, Parameters],
    *,
    former: pd.DataFrame | None = None,
    given: pd.DataFrame | None = None,
    bounds: list[float] | None = None,
) -> pd.DataFrame:
    """Return the numbers, terms, grade, flags and unknown fields of segments in a fixed order.

    Parameters
    ----------
    facts
        Table of `gridrisk.risk.facts.gather`.
    major_hazard
        Whether a rule finds a major hazard; NA where unknown.
    former
        What the leak record knows of segments that are out of use, see `record.evidence`; None where there are none.
    given
        term_cohort_record, term_near_record and record_shape where the segments are not the whole network; None works
        them out.
    bounds
        Least risk per km of the upper grades where the segments are not the whole network; None works them out.
    """
    model = params["likelihood/prior"]
    rates = prior(facts, model)
    base = recorded(rates)
    proof = record.evidence(facts, exposed(rates, facts, model))
    fit = params["likelihood/fit"]
    heard = record.hear(proof, model, fit, former=former) if given is None else _heard(given)
    update = record.update(base, heard, proof, model)
    values = {name: band.value for name, band in {**rates, **consequence(facts, params["consequence/default"])}.items()}
    values |= {
        "cohort_record": heard.cohort,
        "near_record": heard.near,
        "own_record": update.own,
        "length_km": facts["length_m"].to_numpy() / 1000,
    }
    terms = pd.DataFrame({term.column: values[term.name] for term in TERMS}, index=facts.index, copy=False)
    numbers = combine(terms)
    numbers.insert(0, "length_m", facts["length_m"])
    numbers.insert(2, "failures_per_km_year_low", update.low + rates["works"].low)
    numbers.insert(3, "failures_per_km_year_high", update.high + rates["works"].high)
    least = bounds or grades.bounds(numbers["risk_per_km"], facts["length_m"], params["grades"])
    graded = grades.grade(numbers["risk_per_km"], grades.floors(facts, major_hazard), params["grades"], least)
    flags = grades.flags(facts).rename("flags")
    doubt = named(unknown_fields(facts), facts.index).rename("unknown")
    shapes = pd.Series(heard.shape, index=facts.index, name="record_shape")
    return pd.concat([numbers, graded, flags, doubt, shapes, threats(terms, facts, model), terms], axis=1)


def _heard(given: pd.DataFrame) -> record.Heard:
    """Return what was heard when the whole network was scored; the doubt of its factors is left aside."""
    cohort = given["term_cohort_record"].to_numpy(dtype=float)
    near = given["term_near_record"].to_numpy(dtype=float)
    return record.Heard(cohort, near, np.zeros(len(given)), float(given["record_shape"].iloc[0]))


def unknown_fields(facts: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return where each field that the models read is unknown, by the field a planner would fill in."""
    missing = {field: facts[column].isna().to_numpy() for column, field in _UNKNOWN.items()}
    missing["cathodic"] = (facts["material"] == "steel").to_numpy(dtype=bool) & facts["cathodic"].isna().to_numpy()
    missing["shared_trench"] = facts["shared_trench"].isna().to_numpy()
    missing["trench_isolated"] = (facts["trench"] == "shared").to_numpy(dtype=bool)
    missing["critical_place"] = facts["critical_place"].isna().to_numpy()
    return missing


def _some(frame: pd.DataFrame, names: tuple[str, ...], rows: NDArray[np.int64], index: pd.Index) -> pd.DataFrame:
    """Return some columns and rows of `frame`; as a plain frame, for one with places copies all of it."""
    some = pd.DataFrame(frame)[[*names]]
    return (some if len(rows) == len(frame) else some.take(rows)).set_axis(index)


def _out_of_use(pipes: gpd.GeoDataFrame, as_of: dt.date) -> NDArray[np.int64]:
    """Return the rows of abandoned segments of which it is known when they were taken out of use."""
    gone = pipes["retired_on"].to_numpy(dtype="datetime64[D]") <= np.datetime64(as_of)
    return np.flatnonzero(gone & (pipes["status"] == "abandoned").to_numpy(dtype=bool))


def _former(pipes: pd.DataFrame, facts: pd.DataFrame, model: Parameters, as_of: dt.date) -> pd.DataFrame:
    """Return what the leak record knows of segments out of use: the record ends at the age they had reached."""
    since = (np.datetime64(as_of) - pipes["retired_on"].to_numpy(dtype="datetime64[D]")).astype(float) / DAYS
    facts = facts.assign(age_years=(facts["age_years"] - since).clip(lower=0.0))
    return record.evidence(facts, exposed(prior(facts, model), facts, model))


def _placed(column: pd.Series[Any], place: NDArray[np.int64], index: pd.Index) -> pd.Series[Any]:
    """Return a column at its places in `index`, missing where they are negative; categories as text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = np.append(column.cat.codes.to_numpy(), -1)
        return chosen(codes[place], column.cat.categories, index)
    return taken(column, place, index) if (place < 0).any() else column.set_axis(index)


def _complete(
    result: pd.DataFrame, rows: NDArray[np.int64], pipes: gpd.GeoDataFrame, features: pd.DataFrame
) -> pd.DataFrame:
    """Return the result, which is of `rows`, on all segments in the order of `pipes`, columns in a fixed order."""
    place = np.full(len(pipes), -1)
    place[rows] = np.arange(len(rows))
    idle = place < 0
    columns = {name: _placed(result[name], place, pipes.index) for name in result.columns}
    columns["scored"] = pd.Series(~idle, index=pipes.index)
    columns["length_m"] = features_of(features, pipes.index)["length_m"].astype("float64")
    if idle.any():
        columns["must_renew"] = columns["must_renew"].mask(idle, False)
        for name in ("flags", "unknown", "measure", "must_renew_clauses", "must_renew_rules", "must_renew_missing"):
            columns[name] = columns[name].fillna("")
    terms = [term.column for term in TERMS]
    front = [
        "length_m",
        "failures_per_km_year",
        "failures_per_km_year_low",
        "failures_per_km_year_high",
        "likelihood",
        "consequence",
        "risk",
        "risk_per_km",
        "grade",
        "grade_floor",
        "rank",
        "rank_best",
        "rank_worst",
        "worst_tenth_probability",
        "must_renew",
        "must_renew_clauses",
        "must_renew_rules",
        "must_renew_missing",
        "renew_deadline",
        "assessment",
        "assessment_due",
        "flags",
        "measure",
        "patrol_days",
        "leak_survey_days",
        "unknown",
        "scored",
        "record_shape",
    ]
    whole = {name: columns[name] for name in [*front, *THREATS, *terms]}
    return pd.DataFrame(whole, index=pipes.index, copy=False)
