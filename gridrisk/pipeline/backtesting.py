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
from gridrisk.layers import crosswalk as crosswalks
from gridrisk.layers import headings, schema, sources
from gridrisk.layers.dates import parse_date
from gridrisk.pipeline import inputs
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
_SLASHED = r"^\s*(\d{1,2})/(\d{1,2})/(\d{4})(?:\D.*)?$"
#: A record that ends this near the end of a year is taken to cover the year.
_YEAR_END_DAYS = 31
_SILENT_DAYS = 366


@dataclass(frozen=True, slots=True)
class Tables:
    """An inventory and a leak record, from wherever they came."""

    mains: pd.DataFrame
    leaks: pd.DataFrame
    findings: tuple[Finding, ...]


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
    horizon, count
        Years that follow each day of judgement, and number of such days; None as in the parameter file.
    """
    day = as_of or _end(tables.leaks)
    record = panel.record(tables.mains, tables.leaks, parameters, until=day)
    found = [*tables.findings, *record.findings, *_silence(tables.leaks, day)]
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
    return Tried(day, result, fit.fit(record, parameters, until=until), tuple(found))


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


def of_files(pipes: Path, leaks: Path, parameters: Parameters, *, crosswalk: str | None) -> Tables:
    """Read an inventory and a leak record from two tables; geometry is not needed.

    Materials keep their own words: the model sorts by them, it need not know what they mean.

    Raises
    ------
    FileFormatError, ParameterError
        Where a file or the crosswalk cannot be read.
    DataError
        Where a column is missing without which nothing can be said.
    """
    walk = crosswalks.load(crosswalk) if crosswalk is not None else None
    inventory = _Sheet.read(pipes, "pipes", walk)
    record = _Sheet.read(leaks, "leaks", walk)
    findings: list[Finding] = []
    length = inventory.numbers(*parameters.names("tables.length_m"))
    faults = [inventory.missing(name) for name in ("pipe_id",) if inventory.of(name) is None]
    faults += [record.missing(name) for name in ("pipe_id", "found_on") if record.of(name) is None]
    if length is None:
        faults.append(msg("{file}: no column for the length (length_m) of pipes without geometry", file=inventory.file))
    if faults or length is None:
        raise DataError(*faults)
    retired = inventory.days(*parameters.names("tables.retired_on"))
    size = inventory.texts("diameter_mm")
    mains = pd.DataFrame(
        {
            "pipe_id": inventory.texts("pipe_id"),
            "length_km": length / 1000,
            "laid": _laid(inventory, parameters),
            "retired": np.nan if retired is None else panel.decimal_years(retired),
            "material": inventory.texts("material"),
            "diameter_mm": pd.to_numeric(size, errors="coerce"),
            "setting": inventory.texts("setting"),
            "pressure_class": inventory.texts("pressure_class"),
            "zone": inventory.first(*parameters.names("tables.zone")),
            "area": inventory.texts("town_id").fillna(inventory.first(*parameters.names("tables.area"))),
            "street": inventory.texts("road"),
        }
    )
    mains = _unique(mains, inventory.file, findings)
    found = record.of("found_on")
    failures = pd.DataFrame({"pipe_id": record.texts("pipe_id"), "found_on": _days(found)})
    unread = int((failures["found_on"].isna() & found.notna()).sum()) if found is not None else 0
    if unread:
        text = msg("{file}: {count} days of leaks cannot be read for certain", file=record.file, count=unread)
        findings.append(Finding("leaks", "unreadable_date", "warning", text, field="found_on"))
    ids = record.of("leak_id")
    failures.index = pd.Index(np.arange(1, len(failures) + 1).astype(str) if ids is None else record.texts("leak_id"))
    return Tables(mains, failures, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table and the columns that feed the fields of a layer."""

    file: str
    frame: pd.DataFrame
    columns: dict[str, str]
    patterns: dict[str, str]

    @classmethod
    def read(cls, path: Path, layer: str, walk: crosswalks.Crosswalk | None) -> _Sheet:
        part = crosswalks.LayerCrosswalk() if walk is None else walk.of(layer)
        tables = sources.open_all([path], layer, part)
        table = tables[0]
        frame = table.frame.reset_index(drop=True)
        for where in part.where:
            column = headings.find(frame.columns, where.columns, table.encoding)
            if column is not None:
                frame = frame[_matches(frame[column], where.texts)].reset_index(drop=True)
        known = {name: column for name, (column, _) in headings.recognise(frame.columns, layer, table.encoding).items()}
        patterns = {}
        for name, rules in part.fields.items():
            for rule in rules:
                column = headings.find(frame.columns, rule.columns, table.encoding)
                if column is not None:
                    known[name] = column
                    patterns[name] = rule.pattern
                    break
        return cls(path.name, frame, known, {name: text for name, text in patterns.items() if text})

    def of(self, field: str) -> pd.Series | None:
        """Return the cells of a field, blank ones missing; None where no column feeds it."""
        column = self.columns.get(field)
        if column is None:
            return None
        cells = _cells(self.frame[column])
        pattern = self.patterns.get(field)
        return cells.str.extract(pattern, expand=False) if pattern else cells

    def texts(self, field: str) -> pd.Series:
        """Return the cells of a field, all missing where no column feeds it."""
        cells = self.of(field)
        return pd.Series(np.nan, index=self.frame.index, dtype="str") if cells is None else cells

    def first(self, *names: str) -> pd.Series:
        """Return the cells of the first of some headings, all missing where there is none."""
        column = headings.find(self.frame.columns, names, None)
        return pd.Series(np.nan, index=self.frame.index, dtype="str") if column is None else _cells(self.frame[column])

    def numbers(self, *names: str) -> pd.Series | None:
        """Return the numbers under the first of some headings; None where there is none."""
        column = headings.find(self.frame.columns, names, None)
        return None if column is None else pd.to_numeric(_cells(self.frame[column]), errors="coerce")

    def days(self, *names: str) -> pd.Series | None:
        """Return the days under the first of some headings; None where there is none."""
        column = headings.find(self.frame.columns, names, None)
        return None if column is None else _days(_cells(self.frame[column]))

    def missing(self, field: str) -> Message:
        """Say that no column feeds a field."""
        return msg(
            "{file}: no column for {field} ({title}); the columns are {columns}; say in a crosswalk which it is",
            file=self.file,
            field=field,
            title=schema.load("leaks" if field == "found_on" else "pipes").fields[field].title.zh,
            columns=", ".join(map(str, self.frame.columns[:40])),
        )


def _cells(column: pd.Series) -> pd.Series:
    texts = column.astype("str").str.strip()
    # numbers that came through a spreadsheet
    texts = texts.str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)
    return texts.mask(texts.isin(["", "nan", "None", "NaT"]))


def _matches(column: pd.Series, texts: tuple[str, ...]) -> pd.Series[bool]:
    from fnmatch import fnmatchcase

    from gridrisk.layers.values import word

    globs = [word(text) for text in texts]
    words = _cells(column).fillna("").map(word)
    fitting = {text for text in words.unique() if any(fnmatchcase(text, glob) for glob in globs)}
    return words.isin(fitting)


def _laid(inventory: _Sheet, parameters: Parameters) -> pd.Series[float]:
    """Return when pipes were laid as decimal years: the day where a column holds it, else the middle of the year."""
    year = pd.to_numeric(inventory.texts("install_year").str.extract(r"(\d{4})", expand=False), errors="coerce") + 0.5
    days = inventory.days(*parameters.names("tables.laid_on"))
    return year if days is None else panel.decimal_years(days).fillna(year)


def _days(column: pd.Series | None) -> pd.Series:
    """Read days; of ``3/26/2001`` the whole column must tell which part is the month."""
    if column is None:
        return pd.Series(dtype="datetime64[ns]")
    parts = column.str.extract(_SLASHED).astype("float64")
    first, second = parts[0], parts[1]
    month_first = bool((second > 12).any() and not (first > 12).any())
    day_first = bool((first > 12).any() and not (second > 12).any())
    if month_first or day_first:
        month, day = (first, second) if month_first else (second, first)
        frame = pd.DataFrame({"year": parts[2], "month": month, "day": day})
        read = pd.to_datetime(frame, errors="coerce")
    else:
        read = pd.Series(pd.NaT, index=column.index)
    other = column[parts[2].isna() & column.notna()]
    known = {text: parse_date(text) for text in other.unique()}
    stamps = other.map({text: pd.Timestamp(value[0]) for text, value in known.items() if value is not None})
    return pd.to_datetime(read.astype("datetime64[s]").fillna(stamps.astype("datetime64[s]").reindex(column.index)))


def _unique(mains: pd.DataFrame, file: str, findings: list[Finding]) -> pd.DataFrame:
    nameless = mains["pipe_id"].isna()
    twice = mains["pipe_id"].duplicated() & ~nameless
    for check, rows, text in (
        (
            "no_id",
            nameless,
            msg("{file}: {count} pipes without an id are left out", file=file, count=int(nameless.sum())),
        ),
        (
            "duplicate_id",
            twice,
            msg(
                "{file}: {count} pipes bear an id that stands there before; the first counts",
                file=file,
                count=int(twice.sum()),
            ),
        ),
    ):
        if rows.any():
            findings.append(Finding("pipes", check, "warning", text, field="pipe_id"))
    return mains[~nameless & ~twice].set_index("pipe_id")


def _end(leaks: pd.DataFrame) -> dt.date:
    """Return the day after the last leak; where that is near, the end of its year."""
    last = leaks["found_on"].max()
    if pd.isna(last):
        raise DataError(msg("no leak has a day that can be read; there is nothing to try the model on"))
    next_year = dt.date(last.year + 1, 1, 1)
    return next_year if (next_year - last.date()).days <= _YEAR_END_DAYS else last.date() + dt.timedelta(days=1)


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
