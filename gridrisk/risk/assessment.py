"""The ageing assessment: which segments need one, what the four conclusions oblige to, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from gridrisk.features.columns import coded
from gridrisk.i18n import mark
from gridrisk.risk.rules import hidden_danger

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Days = NDArray[np.datetime64]

#: Where a segment stands; the first four are the conclusions of 建办城函〔2022〕225号.
STATES = {
    "ok": mark("meets safe operation; to be assessed again by the date"),
    "control": mark("may run under control measures; to be assessed again by the date"),
    "renew_by": mark("to be renewed by the date"),
    "renew_now": mark("to be renewed at once, by the date at the latest"),
    "outright": mark("grey cast iron: renewed without an assessment, by the date"),
    "due": mark("must be assessed and no conclusion is recorded; to be assessed by the date"),
    "later": mark("to be assessed from the date on"),
    "unknown": mark("whether it must be assessed cannot be told: something is not recorded"),
    "none": mark("no assessment is asked for"),
}
#: The four conclusions, the first of `STATES`.
_CONCLUSIONS = ("ok", "control", "renew_by", "renew_now")
_NAT = np.datetime64("NaT", "D")


def assessment(
    pipes: gpd.GeoDataFrame,
    facts: pd.DataFrame,
    renew_deadline: pd.Series,
    params: Parameters,
    *,
    as_of: dt.date,
) -> pd.DataFrame:
    """Return where each segment stands with its ageing assessment, and the date of the next duty.

    Steel and PE of 20 years and more must be assessed, younger ones where there is a hidden danger, and ductile iron
    that is not to be renewed yet; grey cast iron is renewed outright. A conclusion names its next duty: the next
    assessment, as recorded or by the interval after the last one, or the renewal (`rules.renewal`).

    Parameters
    ----------
    pipes
        Layer frame: safety_status, assessed_on, next_assessment, install_year.
    facts
        Table of `gridrisk.risk.facts.gather`, in the same order.
    renew_deadline
        See `rules.renewal`.
    params
        ``models/assessment.toml``.
    as_of
        Day from which a first assessment is given time.

    Returns
    -------
    Frame on pipe_id: assessment (a key of `STATES`), assessment_due (date, missing where none can be told).
    """
    status, material = facts["safety_status"], facts["material"]
    concluded = status.isin(_CONCLUSIONS).to_numpy(dtype=bool)
    needed, unknown, from_year = _needed(facts, params)
    grey = (material == "grey_cast_iron").to_numpy(dtype=bool)
    later = ~needed & ~unknown & ~np.isnan(from_year)
    names = list(STATES)
    place = np.select(
        [grey, concluded, needed, unknown, later],
        [
            names.index("outright"),
            np.maximum(pd.Index(_CONCLUSIONS).get_indexer(pd.Index(status)), 0),
            *(names.index(name) for name in ("due", "unknown", "later")),
        ],
        default=names.index("none"),
    )

    def at(*states: str) -> NDArray[np.bool_]:
        return np.isin(place, [names.index(state) for state in states])

    renewed = at("renew_by", "renew_now", "outright")
    first = _later(np.array([as_of], dtype="datetime64[D]"), params.number("first_within_years"))[0]
    due = np.full(len(facts), _NAT)
    due[renewed] = renew_deadline.to_numpy(dtype="datetime64[D]")[renewed]
    due[at("due")] = first
    due[later] = (from_year[later].astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    for name, years in params.table("interval_years").items():
        due[at(name)] = _next(pipes, at(name), years)
    state = coded(place, names, facts.index)
    return pd.DataFrame({"assessment": state, "assessment_due": due.astype("datetime64[ms]")}, index=facts.index)


def _needed(
    facts: pd.DataFrame, params: Parameters
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Return where an assessment is asked for, where that cannot be told, and from which year on age asks for it."""
    years = params.number("from_years")
    material = facts["material"]
    ages = material.isin(params.names("materials.by_age")).astype("boolean").mask(material.isna())
    always = material.isin(params.names("materials.always")).astype("boolean").mask(material.isna())
    age = facts["age_years"]
    old = (age >= years).astype("boolean").mask(age.isna())
    danger, _ = hidden_danger(facts)
    asked = always | (ages & (old | danger))
    turns = np.where(ages.fillna(value=False).to_numpy(dtype=bool), facts["install_year"].to_numpy() + years, np.nan)
    # a young one of which no danger is known comes of age anyway
    unknown = asked.isna().to_numpy(dtype=bool) & ~(old.eq(other=False) & ages).fillna(value=False).to_numpy(dtype=bool)
    return asked.fillna(value=False).to_numpy(dtype=bool), unknown, turns


def _next(pipes: gpd.GeoDataFrame, rows: NDArray[np.bool_], years: float) -> Days:
    """Return the next assessment of some rows: as recorded, else so many years after the last one."""
    stated, last = (pipes[name].to_numpy(dtype="datetime64[D]")[rows] for name in ("next_assessment", "assessed_on"))
    return cast("Days", np.where(np.isnat(stated), _later(last, years), stated))


def _later(days: Days, years: float) -> Days:
    """Return the same day some years on, by whole months."""
    month = days.astype("datetime64[M]")
    first = np.asarray(month + np.timedelta64(round(years * 12), "M"), dtype="datetime64[D]")
    return cast("Days", first + (days - month.astype("datetime64[D]")))
