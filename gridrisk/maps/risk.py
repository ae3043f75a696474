"""The risk map: every segment by grade, the ones that must be renewed outlined in black."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk import params
from gridrisk import risk as risk_model
from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import backdrop as behind
from gridrisk.maps import common, details, labels
from gridrisk.maps.page import render
from gridrisk.maps.scene import Layer, Scene, classify

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.i18n import Language

GRADES = {
    "major": mark("major risk"),
    "larger": mark("larger risk"),
    "general": mark("general risk"),
    "low": mark("low risk"),
    "unknown": mark("not graded"),
}
SENSORS = {"proposed": mark("sensor proposed"), "existing": mark("sensor there already")}
SENSOR_DETAILS = ("crossing", "pipe_ids", "watched_risk", "watched_already", "added_risk", "share_watched")
MUST_RENEW = mark("must be renewed")
#: What a click shows before the fields of the pipe, and after them.
DUTIES = (
    "rank",
    "worst_tenth_probability",
    "reasons",
    "flags",
    "must_renew",
    "must_renew_clauses",
    "renew_deadline",
    "must_renew_missing",
    "assessment",
    "assessment_due",
    "measure",
    "patrol_days",
    "leak_survey_days",
)
NUMBERS = (
    "unknown",
    "length_m",
    "risk",
    "risk_per_km",
    "failures_per_km_year",
    "likelihood",
    "consequence",
)
#: What every segment has; naming it would explain nothing.
_ALWAYS = ("people", "supply", "repair")
#: A term is a reason where the risk is so many times what it would be without it; so many are named.
_NOTABLE, _MOST_REASONS = 1.15, 4


def risk_map(
    pipes: gpd.GeoDataFrame,
    risk: pd.DataFrame,
    *,
    as_of: dt.date,
    title: str | None = None,
    lang: Language = "zh",
    backdrop: behind.Backdrop | None = None,
    measures: Mapping[str, str] | None = None,
    sensors: gpd.GeoDataFrame | None = None,
) -> str:
    """Return the page of the risk of every segment.

    Parameters
    ----------
    pipes
        The layer `pipes`, on pipe_id, metric; a segment without a row in `risk` is shown as not graded.
    risk
        The result `risk`, on pipe_id (index or column): grade (major, larger, general, low; missing = not graded),
        must_renew (true, false, missing = unknown), and what there is of `DUTIES` and `NUMBERS`.
    as_of
        The date of the data.
    measures
        Text of each control measure by name (`gridrisk.risk.measure_texts`); None: those of ``models/measures.toml``.
    sensors
        The result `sensors`, on spot_id: where a methane sensor stands (existing) or would watch most (chosen).

    Raises
    ------
    CrsError
        Where the coordinates are not metres of one system.
    """
    backdrop = backdrop or behind.Backdrop()
    frame = common.join(pipes, risk, "pipe_id")
    lengths = common.lengths_m(frame)
    codes = classify(frame["grade"], list(GRADES))
    duty = frame["must_renew"] if "must_renew" in frame else pd.Series(pd.NA, index=frame.index, dtype="boolean")
    must, undecided = common.is_true(duty), duty.isna().to_numpy()
    say = details.speech(
        lang, risk_model.measure_texts(params.load("measures"), lang) if measures is None else measures
    )
    grades = _grades(frame, codes, lengths, say)
    return render(
        Scene(
            title=title or translate(mark("Risk map of the gas network"), lang),
            as_of=as_of,
            lang=lang,
            layers=(
                *behind.below(backdrop, lang),
                *_must_renew(grades, must, lengths, lang),
                grades,
                *_sensors(sensors, say),
                *behind.stations(backdrop, lang),
            ),
            figures=(
                (translate(common.PIPES, lang), labels.length(lengths.sum(), lang)),
                (translate(GRADES["major"], lang), _at_least(lengths, codes == 0, codes == len(GRADES) - 1, lang)),
                (translate(MUST_RENEW, lang), _at_least(lengths, must, undecided, lang)),
            ),
            notes=_notes(frame, lang),
        )
    )


def _at_least(lengths: NDArray[np.float64], sure: NDArray[np.bool_], unknown: NDArray[np.bool_], lang: Language) -> str:
    """Return the length that is sure, as a least one where more may come to it."""
    if unknown.all():
        return translate(labels.UNKNOWN, lang)
    text = labels.length(lengths[sure].sum(), lang)
    return msg("at least {length}", length=text).render(lang) if unknown.any() else text


def _grades(
    frame: gpd.GeoDataFrame, codes: NDArray[np.int64], lengths: NDArray[np.float64], say: details.Speech
) -> Layer:
    lang = say.lang
    classes = common.counted("risk", GRADES, codes, lang, lengths)
    classes, codes = common.only_present(classes, codes, optional=[len(GRADES) - 1])
    shown = _without_needless_unknowns(_clauses_in_words(pd.DataFrame(frame), lang))
    if "assessment" in shown.columns:
        said = {code: translate(text, lang) for code, text in risk_model.ASSESSMENTS.items()}
        shown = shown.assign(assessment=shown["assessment"].map(said))
    if (why := reasons(shown, lang)) is not None:
        shown = shown.assign(reasons=why)
    return Layer(
        key="pipes",
        title=translate(mark("Pipes by grade of risk"), lang),
        frame=frame,
        classes=classes,
        codes=codes,
        details=(
            *details.columns(shown, DUTIES, None, say),
            *details.columns(shown, common.PIPE_DETAILS, "pipes", say),
            *details.columns(shown, NUMBERS, None, say),
        ),
        order=10,
    )


def _without_needless_unknowns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame where a segment that needs no renewal has no clauses and no deadline, not unknown ones."""
    if "must_renew" not in frame.columns:
        return frame
    none = common.is_false(frame["must_renew"])
    said = [name for name in ("must_renew_clauses", "renew_deadline") if name in frame.columns]
    texts = {name: frame[name].astype("object") for name in said}
    return frame.assign(**{name: text.mask(none & text.isna().to_numpy(), "") for name, text in texts.items()})


def _clauses_in_words(frame: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Return the frame with what the rules say before the clauses, where the rules of this version made them."""
    if not {"must_renew_rules", "must_renew_clauses"} <= set(frame.columns):
        return frame
    rules = {rule.name: rule for rule in risk_model.load_rules(params.load("rules/must_renew"))}
    pairs = frame[["must_renew_rules", "must_renew_clauses"]].dropna().drop_duplicates()
    said = {}
    for names, clauses in pairs.itertuples(index=False):
        met = [rules.get(name) for name in names.split(",")] if names else []
        known = [rule for rule in met if rule is not None and rule.citation in clauses]
        if known and len(known) == len(met):
            said[names, clauses] = "; ".join(f"{rule.text(lang)} ({rule.citation})" for rule in known)
    if not said:
        return frame
    keys = zip(frame["must_renew_rules"], frame["must_renew_clauses"], strict=True)
    return frame.assign(must_renew_clauses=[said.get(key, key[1]) for key in keys])


def reasons(frame: pd.DataFrame, lang: Language) -> list[str] | None:
    """Return what raises the risk of each segment most: the terms, and the risk as a multiple of that without each.

    None where the result has no terms (columns ``term_*``).
    """
    if not {term.column for term in risk_model.TERMS} <= set(frame.columns):
        return None
    whole = risk_model.combine(frame)["risk_per_km"].to_numpy()
    terms = [term for term in risk_model.TERMS if term.role != "base" and term.name not in _ALWAYS]
    without = [risk_model.combine(frame.assign(**{term.column: term.neutral}))["risk_per_km"] for term in terms]
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.nan_to_num(whole[:, None] / np.column_stack(without), nan=1.0, posinf=1.0)
    ranked = np.argsort(-times, axis=1, kind="stable")[:, :_MOST_REASONS]
    titles = [translate(term.title, lang) for term in terms]
    return [
        "; ".join(f"{titles[place]} ×{row[place]:.2g}" for place in places if row[place] >= _NOTABLE)
        for row, places in zip(times, ranked, strict=True)
    ]


def _sensors(sensors: gpd.GeoDataFrame | None, say: details.Speech) -> tuple[Layer, ...]:
    """Return where methane sensors stand and where they are proposed."""
    if sensors is None:
        return ()
    shown = sensors[(sensors["existing"] | sensors["chosen"]).to_numpy(dtype=bool)]
    if shown.empty:
        return ()
    codes = np.where(shown["chosen"].to_numpy(dtype=bool), 0, 1)
    classes = common.counted("sensors", SENSORS, codes, say.lang, None)
    classes, codes = common.only_present(classes, codes, optional=[0, 1])
    layer = Layer(
        key="sensors",
        title=translate(mark("Methane sensors in confined spaces"), say.lang),
        frame=shown,
        classes=classes,
        codes=codes,
        details=(
            *details.columns(shown, ("order",), None, say),
            *details.columns(shown, ("kind",), "voids", say),
            *details.columns(shown, SENSOR_DETAILS, None, say),
        ),
        order=30,
    )
    return (layer,)


def _must_renew(
    grades: Layer, must: NDArray[np.bool_], lengths: NDArray[np.float64], lang: Language
) -> tuple[Layer, ...]:
    if not must.any():
        return ()
    note = common.amount(lengths[must], lang)
    return (common.outlined(grades, must, translate(MUST_RENEW, lang), note, order=20),)


def _notes(frame: gpd.GeoDataFrame, lang: Language) -> tuple[str, ...]:
    if "must_renew" not in frame:
        return ()
    unknown = int(frame["must_renew"].isna().sum())
    if not unknown:
        return ()
    text = msg("for {count} segments it is unknown whether they must be renewed", count=labels.count(unknown))
    return (text.render(lang),)
