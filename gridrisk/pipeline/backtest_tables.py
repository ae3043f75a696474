"""An inventory and a leak record from two tables without a workspace, whatever their headings, for a back-test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk import units
from gridrisk.errors import DataError
from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg
from gridrisk.layers import crosswalk as crosswalks
from gridrisk.layers import headings, schema, sources
from gridrisk.layers.dates import parse_date
from gridrisk.risk import panel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gridrisk.params import Parameters

_SLASHED = r"^\s*(\d{1,2})/(\d{1,2})/(\d{4})(?:\D.*)?$"
#: A median length outside these metres is told: kilometres, feet or millimetres were taken for metres.
_USUAL_LENGTH_M = (0.5, 5000.0)
#: A day of which only the year or month is known is taken at its middle.
_MIDDLE = {"year": pd.Timedelta(days=181), "month": pd.Timedelta(days=14), "day": pd.Timedelta(0)}


@dataclass(frozen=True, slots=True)
class Tables:
    """An inventory and a leak record, from wherever they came.

    Attributes
    ----------
    mains, leaks
        See `gridrisk.risk.panel.record`.
    findings
        What could not be read.
    years_only
        Whether of some leaks no more than the year is told.
    """

    mains: pd.DataFrame
    leaks: pd.DataFrame
    findings: tuple[Finding, ...]
    years_only: bool = False


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
    length = inventory.metres(*parameters.names("tables.length_m"))
    faults = [inventory.missing(name) for name in ("pipe_id",) if inventory.of(name) is None]
    faults += [record.missing(name) for name in ("pipe_id", "found_on") if record.of(name) is None]
    if length is None:
        faults.append(
            msg(
                "{file}: no column for the length (length_m) of pipes without geometry; the columns are {columns}",
                file=inventory.file,
                columns=inventory.headings,
            )
        )
    if record.of("pipe_id") is None or length is None:
        faults.append(
            msg(
                "where pipes have lines and leaks a place (x, y), import both into a workspace, which finds the pipe "
                "nearest to each leak: gridrisk import W pipes FILE, gridrisk import W leaks FILE, gridrisk backtest W"
            )
        )
    if faults or length is None:
        raise DataError(*faults)
    findings += _doubtful_lengths(length, inventory.file)
    retired = inventory.days(*parameters.names("tables.retired_on"))
    size = inventory.texts("diameter_mm")
    mains = pd.DataFrame(
        {
            "pipe_id": inventory.texts("pipe_id"),
            "length_km": length / 1000,
            "laid": _laid(inventory, parameters),
            "retired": np.nan if retired is None else panel.decimal_years(retired),
            "material": inventory.texts("material"),
            "diameter_mm": _once(size, units.parse_diameter),
            "setting": inventory.texts("setting"),
            "pressure_class": inventory.texts("pressure_class"),
            "zone": inventory.first(*parameters.names("tables.zone")),
            "area": inventory.texts("town_id").fillna(inventory.first(*parameters.names("tables.area"))),
            "street": inventory.texts("road"),
        }
    )
    mains = _unique(mains, inventory.file, findings)
    found = record.texts("found_on")
    failures = pd.DataFrame({"pipe_id": record.texts("pipe_id"), "found_on": _days(found)})
    unread = (failures["found_on"].isna() & found.notna()).to_numpy(dtype=bool)
    if unread.any():
        text = msg(
            "{file}: {count} days of leaks cannot be read for certain, such as {example}; write them as 2020-03-14",
            file=record.file,
            count=int(unread.sum()),
            example=str(found[unread].iloc[0]),
        )
        findings.append(Finding("leaks", "unreadable_date", "warning", text, field="found_on"))
    years = found.str.fullmatch(r"\d{4}\s*年?").fillna(value=False).to_numpy(dtype=bool)
    if years.any():
        text = msg(
            "{file}: {count} leaks bear no more than a year; they are taken at its middle",
            file=record.file,
            count=int(years.sum()),
        )
        findings.append(Finding("leaks", "year_only", "info", text, field="found_on"))
    ids = record.of("leak_id")
    failures.index = pd.Index(np.arange(1, len(failures) + 1).astype(str) if ids is None else record.texts("leak_id"))
    return Tables(mains, failures, tuple(findings), bool(years.any()))


def _doubtful_lengths(length_m: pd.Series[float], file: str) -> list[Finding]:
    """Tell of lengths that are hardly metres."""
    median = float(length_m[length_m > 0].median())
    if not (np.isfinite(median) and not _USUAL_LENGTH_M[0] <= median <= _USUAL_LENGTH_M[1]):
        return []
    text = msg(
        "{file}: the median length of a pipe is {median} m; if the lengths are not in metres, name their unit in "
        "the heading, such as length(km)",
        file=file,
        median=f"{median:.3g}",
    )
    return [Finding("pipes", "doubtful_length", "warning", text, field="length_m")]


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

    def metres(self, *names: str) -> pd.Series | None:
        """Return the metres under the first of some headings; None where there is none."""
        column = headings.find(self.frame.columns, names, None)
        if column is None:
            return None
        unit = headings.unit_of(column)
        return _once(_cells(self.frame[column]), lambda text: units.parse_number(text, "m", unit))

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
            columns=self.headings,
        )

    @property
    def headings(self) -> str:
        """The headings in one text."""
        return ", ".join(map(str, self.frame.columns[:40]))


def _once(cells: pd.Series, read: Callable[[str], float | None]) -> pd.Series[float]:
    """Return the number each text says, every text read once; NaN where none can be read."""
    return cells.map({text: read(text) for text in cells.dropna().unique()}).astype("float64")


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


def _days(column: pd.Series) -> pd.Series:
    """Read days; of ``3/26/2001`` the whole column must tell which part is the month. A year is taken at its middle."""
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
    whole = {text: pd.Timestamp(value[0]) + _MIDDLE[value[1]] for text, value in known.items() if value is not None}
    stamps = other.map(whole)
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
