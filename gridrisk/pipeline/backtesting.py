"""Tries the failure model on years it has not seen: on a workspace, or on two tables without geometry."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk import features, params, store
from gridrisk.errors import DataError
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs
from gridrisk.pipeline.backtest_tables import Tables
from gridrisk.pipeline.progress import silent
from gridrisk.risk import backtest, fit, panel
from gridrisk.risk.record import neighbourhood

if TYPE_CHECKING:
    from pathlib import Path

    from gridrisk.i18n import Language, Message
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

_MODEL = "likelihood/fit"
_RATES = ["failures_per_km_year", "failures_per_km_year_low", "failures_per_km_year_high"]
#: A record that ends this near the end of a year is taken to cover the year.
_YEAR_END_DAYS = 31
_SILENT_DAYS = 366
#: Worst share of the length that the summary speaks of.
_SAID = 0.10


@dataclass(frozen=True, slots=True)
class Tried:
    """What `run` found: the walk forward, and the fit as known on the day `as_of`."""

    as_of: dt.date
    result: backtest.Backtest | None
    fitted: fit.Fitted
    findings: tuple[Finding, ...]


def run(
    tables: Tables,
    parameters: Parameters,
    *,
    as_of: dt.date | None,
    today: dt.date,
    horizon: int | None = None,
    count: int | None = None,
    challenger: bool = True,
    progress: Progress = silent,
) -> Tried:
    """Walk forward up to `as_of`, and fit all that was known then.

    Parameters
    ----------
    tables
        See `of_workspace` and `of_files`.
    as_of
        Nothing younger is looked at; None takes the end of the record.
    today
        Leaks that are to be found only later are mistakes, and are left out.
    horizon, count
        Years that follow each day of judgement, and number of such days; None as in the parameter file.
    """
    leaks, future = _until_today(tables.leaks, today)
    day = as_of or _end(leaks, tables, future)
    record = panel.record(tables.mains, leaks, parameters, until=day)
    found = [*tables.findings, *future, *record.findings, *_silence(leaks, day)]
    until = panel.decimal_year(day)
    walk = parameters.table("backtest.walk")
    years = int(horizon or walk["horizon_years"])
    result = None
    try:
        days = backtest.origins(record, until, parameters, horizon=years, count=int(count or walk["origins"]))
        result = backtest.walk_forward(
            record, parameters, days=days, horizon=years, challenger=challenger, progress=progress
        )
    except DataError as error:
        found += [Finding("leaks", "short_record", "warning", message) for message in error.messages]
    progress(msg("fitting all that was known on {day}", day=day.isoformat()))
    try:
        fitted = fit.fit(record, parameters, until=until)
    except DataError as error:
        # what was left out says why nothing is left
        why = [one.message for one in found if one.severity == "warning" and one.check != "short_record"]
        raise DataError(*error.messages, *why) from error
    return Tried(day, result, fitted, tuple(found))


def write_predictions(fitted: fit.Fitted, path: Path) -> Path:
    """Write pipe_id and the rates with their 90 % interval as CSV."""
    with store.replacing(path) as part:
        fitted.rates[_RATES].rename_axis("pipe_id").reset_index().to_csv(part, index=False, float_format="%.9g")
    return path


def summary(tried: Tried) -> list[Message]:
    """Say in sentences what the walk forward found."""
    result = tried.result
    if result is None:
        return [msg("the record is too short to try the model; see the findings")]
    own = result.calibration.set_index("ranking").loc[backtest.MODEL]
    return [
        *_caught(result),
        msg(
            "{count} failures in the {horizon} years after each 1 January {first} to {last}; observed/expected {ratio} "
            "({low} – {high})",
            count=result.failures,
            horizon=result.horizon_years,
            first=result.origins[0],
            last=result.origins[-1],
            ratio=f"{own['ratio']:.2f}",
            low=f"{own['low']:.2f}",
            high=f"{own['high']:.2f}",
        ),
    ]


def _caught(result: backtest.Backtest) -> list[Message]:
    """Say what the worst tenth of the length would have held, by the model and by age."""
    shares = result.shares[np.isclose(result.shares["worst"], _SAID)].set_index("ranking")
    if backtest.MODEL not in shares.index or "age_only" not in shares.index:
        return []
    own, age = shares.loc[backtest.MODEL], shares.loc["age_only"]
    return [
        msg(
            "the {part} of the length that the model ranks worst held {share} ({low} – {high}) of the failures that "
            "followed; the oldest {part} held {age}",
            part=f"{_SAID:.0%}",
            share=f"{own['share']:.0%}",
            low=f"{own['low']:.0%}",
            high=f"{own['high']:.0%}",
            age=f"{age['share']:.0%}",
        )
    ]


def write_page(
    result: backtest.Backtest, sentences: list[Message], path: Path, lang: Language, *, as_of: dt.date
) -> Path:
    """Write the page with the plots."""
    from gridrisk.report.backtest_page import write_backtest_page

    with store.replacing(path) as part:
        write_backtest_page(part, result, [text.render(lang) for text in sentences], lang, as_of=as_of)
    return path


def of_workspace(workspace: Workspace) -> Tables:
    """Return the pipes and leaks of a workspace; a leak that names no pipe goes to the nearest that lay there then.

    Pipes taken out of use count until the day they were, with their leaks; a new pipe has none of its predecessor's.
    """
    pipes, leaks = inputs.required(workspace, "pipes"), inputs.required(workspace, "leaks")
    findings: list[Finding] = []
    out = pipes["status"].isin(["abandoned", "idle"])
    left_out = pipes["status"].eq("planned") | (pipes["status"].eq("abandoned") & pipes["retired_on"].isna())
    if left_out.any():
        text = msg(
            "{count} abandoned or planned pipes are left out: when they were in use is not known; give retired_on of "
            "the abandoned ones",
            count=int(left_out.sum()),
        )
        findings.append(Finding("pipes", "left_out", "info", text, field="retired_on"))
    retired = panel.decimal_years(pipes["retired_on"].where(out))
    pipes = pipes[~left_out]
    snap = params.load("standards/surroundings", workspace.models).number("leaks.snap_m")
    last = leaks["found_on"].max()
    as_of = last.date() if pd.notna(last) else dt.date.max
    owner = features.attribute_leaks(leaks, pipes, snap_m=snap, as_of=as_of)
    mains = pd.DataFrame(
        {
            "length_km": pipes.geometry.length / 1000,
            # the middle of the year, where no more is known
            "laid": pipes["install_year"].astype("float64") + 0.5,
            "retired": retired.reindex(pipes.index),
            "material": pipes["material"],
            "diameter_mm": pipes["diameter_mm"],
            "setting": pipes["setting"],
            "pressure_class": pipes["pressure_class"],
            "zone": pipes["town_id"],
            "area": neighbourhood(pipes, params.load(_MODEL, workspace.models)).astype("str"),
            "street": pipes["road"],
        },
        index=pipes.index,
    )
    record = pd.DataFrame({"pipe_id": owner, "found_on": leaks["found_on"]}, index=leaks.index)
    return Tables(mains, record, tuple(findings))


def model_of(workspace: Workspace | None) -> Parameters:
    """Return the parameters of the fit that are in force."""
    return params.load(_MODEL, None if workspace is None else workspace.models)


def _until_today(leaks: pd.DataFrame, today: dt.date) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the leaks without those of days to come, and say how many these are."""
    late = (leaks["found_on"] > pd.Timestamp(today)).to_numpy(dtype=bool)
    if not late.any():
        return leaks, []
    text = msg(
        "{count} leaks bear a day that is still to come and are left out; first {id}",
        count=int(late.sum()),
        id=str(leaks.index[late][0]),
    )
    return leaks[~late], [Finding("leaks", "in_future", "warning", text, id=str(leaks.index[late][0]))]


def _end(leaks: pd.DataFrame, tables: Tables, future: list[Finding]) -> dt.date:
    """Return the day after the last leak; the end of its year where that is near or no more than the year is told."""
    last = leaks["found_on"].max()
    if pd.isna(last):
        raise DataError(
            msg("no leak has a day that can be read; there is nothing to try the model on"),
            *(finding.message for finding in (*tables.findings, *future)),
        )
    next_year = dt.date(last.year + 1, 1, 1)
    near = (next_year - last.date()).days <= _YEAR_END_DAYS
    return next_year if near or tables.years_only else last.date() + dt.timedelta(days=1)


def _silence(leaks: pd.DataFrame, day: dt.date) -> list[Finding]:
    known = leaks.loc[leaks["found_on"] < pd.Timestamp(day), "found_on"].max()
    if pd.isna(known) or (day - known.date()).days <= _SILENT_DAYS:
        return []
    text = msg(
        "the last leak on record is of {last}; the time from then to {day} counts as without leaks: give the day the "
        "record ends by --as-of",
        last=known.date().isoformat(),
        day=day.isoformat(),
    )
    return [Finding("leaks", "silent_end", "warning", text)]
