"""The leak record as exposure and failures: who was in the ground when, and what broke.

Left truncation and censoring need nothing more than this: a pipe counts from the later of its laying and the start of
the record until it was taken out or the record ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]

#: Days of a year.
DAYS = 365.2425
_EARLIEST_YEAR, _LATEST_YEAR = 1800, 2100
#: Texts of an inventory that the model sorts pipes by; those that are all unknown do nothing.
CATEGORIES = ("material", "zone", "setting", "pressure_class")


@dataclass(frozen=True, slots=True)
class Record:
    """A leak record set against its inventory.

    Attributes
    ----------
    mains
        Frame on pipe_id, see `record`.
    pipe
        Row of `mains` of each failure.
    year
        Day of each failure as a decimal year.
    start
        Decimal year in which the record begins in earnest; infinite where it is empty.
    dated
        Days of all leaks that bear one that can be, whatever pipe they are of: they tell when the record begins.
    findings
        What had to be left out, and why.
    """

    mains: pd.DataFrame
    pipe: NDArray[np.int64]
    year: Floats
    start: float
    dated: Floats
    findings: tuple[Finding, ...]

    def known(self, day: float, params: Parameters) -> Record:
        """Return the record as it was known on a day, which is also to judge when it begins."""
        before = self.year < day
        return replace(
            self,
            pipe=self.pipe[before],
            year=self.year[before],
            start=_start(self.dated[self.dated < day], params),
            dated=self.dated[self.dated < day],
        )

    @property
    def count(self) -> int:
        """Number of failures since the record begins."""
        return int((self.year >= self.start).sum())

    def exposure(self, since: float, until: float) -> Floats:
        """Return km·years in the ground and on record of each main between two decimal years."""
        laid = np.nan_to_num(self.mains["laid"].to_numpy(), nan=-np.inf)
        gone = np.nan_to_num(self.mains["retired"].to_numpy(), nan=np.inf)
        begin = np.maximum(np.maximum(laid, since), self.start)
        years = np.clip(np.minimum(gone, until) - begin, 0.0, None) if np.isfinite(self.start) else 0.0
        return np.asarray(self.mains["length_km"].to_numpy() * years)

    def failures(self, since: float, until: float) -> Floats:
        """Return the failures of each main from `since` (not before the record starts) to before `until`."""
        inside = (self.year >= max(since, self.start)) & (self.year < until)
        return np.bincount(self.pipe[inside], minlength=len(self.mains)).astype(float)

    def in_ground(self, day: float) -> NDArray[np.bool_]:
        """Say which mains were in the ground on a day; one of unknown year counts as laid long ago."""
        laid = np.nan_to_num(self.mains["laid"].to_numpy(), nan=-np.inf)
        gone = np.nan_to_num(self.mains["retired"].to_numpy(), nan=np.inf)
        return np.asarray((laid < day) & (gone > day))


def decimal_year(day: dt.date) -> float:
    """Return a date as a decimal year."""
    return float(day.year + (day.timetuple().tm_yday - 1) / DAYS)


def decimal_years(days: pd.Series) -> pd.Series[float]:
    """Return dates as decimal years; NaN where unknown."""
    stamps = pd.to_datetime(days)
    return (stamps.dt.year + (stamps.dt.day_of_year - 1) / DAYS).astype("float64")


def record(mains: pd.DataFrame, leaks: pd.DataFrame, params: Parameters, *, until: dt.date | None = None) -> Record:
    """Set a leak record against its inventory.

    Left out, each with a finding: leaks without a day or with one that cannot be, of pipes that are not in the
    inventory, found before their pipe was laid (they belong to its predecessor) or after it was taken out, the same
    leak twice.

    Parameters
    ----------
    mains
        On pipe_id: length_km; laid and retired (decimal years, NaN = unknown, still there); diameter_mm; the texts of
        `CATEGORIES`, area (neighbourhood) and street, each of which may be missing.
    leaks
        On leak_id: pipe_id and found_on (date).
    params
        ``models/likelihood/fit.toml``.
    until
        Leaks found on this day or later are not looked at; None looks at all.

    Raises
    ------
    DataError
        Where there are no mains, or none has a length.
    """
    if mains.empty:
        raise DataError(msg("there are no pipes to look at; check the file and the crosswalk"))
    table, findings = _mains(mains)
    year = decimal_years(leaks["found_on"]).to_numpy(dtype=np.float64)
    if until is not None:
        late = year >= decimal_year(until)
        _tell(findings, "later_leak", "info", late, msg("found on {day} or later, not known then", day=until), leaks)
        leaks, year = leaks[~late], year[~late]
    row = table.index.get_indexer(pd.Index(leaks["pipe_id"].astype(object)))
    laid = np.where(row >= 0, table["laid"].to_numpy()[row], np.nan)
    gone = np.where(row >= 0, table["retired"].to_numpy()[row], np.nan)
    undated = np.isnan(year)
    impossible = ~undated & ((year < _EARLIEST_YEAR) | (year > _LATEST_YEAR))
    dated = ~undated & ~impossible
    unknown = dated & (row < 0)
    early = dated & (year < laid)
    after = dated & (year > gone + 1)
    twice = dated & leaks.index.duplicated() & leaks.index.notna()
    for check, severity, rows, text in (
        ("no_date", "warning", undated, msg("without a day")),
        ("impossible_date", "warning", impossible, msg("with a day that cannot be")),
        (
            "unknown_pipe",
            "warning",
            unknown,
            msg(
                "of pipes that are not in the inventory, such as {pipe} (replaced since, or numbered otherwise)",
                pipe=str(leaks["pipe_id"].to_numpy()[unknown][0]) if unknown.any() else "",
            ),
        ),
        ("before_laying", "warning", early, msg("older than the pipe that bears the number: its predecessor's")),
        ("after_retirement", "warning", after, msg("found after the pipe was taken out")),
        ("duplicate_leak", "warning", twice, msg("with a number that stands there before")),
    ):
        _tell(findings, check, severity, rows, text, leaks)
    of_all = year[dated & ~twice].astype(np.float64)
    start = _start(of_all, params)
    kept = dated & ~unknown & ~early & ~after & ~twice
    # they stay, for on an earlier day the record may have begun with them
    stray = kept & (year < start)
    _tell(findings, "before_record", "info", stray, msg("before the record begins in earnest"), leaks)
    order = np.lexsort((row[kept], year[kept]))
    return Record(
        table, row[kept][order].astype(np.int64), year[kept][order].astype(np.float64), start, of_all, tuple(findings)
    )


def _mains(mains: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    findings: list[Finding] = []
    table = pd.DataFrame(index=mains.index)
    mains = mains if "laid" in mains else mains.assign(laid=np.nan)
    length = mains["length_km"].astype("float64")
    bad = ~np.isfinite(length.to_numpy()) | (length.to_numpy() < 0)
    if bad.all():
        raise DataError(msg("no pipe has a length; say which column holds it"))
    table["length_km"] = length.mask(bad, 0.0)
    for name in ("laid", "retired"):
        table[name] = mains[name].astype("float64") if name in mains else np.nan
    wrong = ((table["laid"] < _EARLIEST_YEAR) | (table["laid"] > _LATEST_YEAR)).to_numpy(dtype=bool)
    table["laid"] = table["laid"].mask(wrong)
    size = mains["diameter_mm"].astype("float64") if "diameter_mm" in mains else pd.Series(np.nan, index=mains.index)
    table["diameter_mm"] = size.where(size > 0)
    for name in (*CATEGORIES, "area", "street"):
        texts = mains[name].astype("str") if name in mains else pd.Series(np.nan, index=mains.index, dtype="str")
        table[name] = texts.mask(texts.isin(["", "unknown"]))
    back = (table["retired"] < table["laid"]).to_numpy(dtype=bool)
    for check, rows, text in (
        ("no_length", bad, msg("without a length; they are ranked, but count for nothing")),
        ("impossible_year", wrong, msg("with a year of laying that cannot be; it is taken as unknown")),
        (
            "no_year",
            mains["laid"].isna().to_numpy(dtype=bool),
            msg("of unknown year; they count as laid before the record begins"),
        ),
        ("retired_early", back, msg("taken out before they were laid")),
    ):
        _tell(findings, check, "warning", rows, text, mains, "pipes")
    return table, findings


def _start(years: NDArray[np.floating[Any]], params: Parameters) -> float:
    """Return 1 January of the first year with a fair part of the median year's failures."""
    if len(years) == 0:
        return float("inf")
    counts = pd.Series(np.floor(years)).value_counts().sort_index()
    enough = counts[counts >= params.number("record.least_share") * counts.median()]
    return float(enough.index[0])


def _tell(
    findings: list[Finding],
    check: str,
    severity: str,
    rows: NDArray[np.bool_],
    text: Message,
    frame: pd.DataFrame,
    layer: str = "leaks",
) -> None:
    count = int(rows.sum())
    if not count:
        return
    first = str(frame.index[int(np.flatnonzero(rows)[0])])
    whole = (
        msg("{count} leaks {what}; first {id}", count=count, what=text, id=first)
        if layer == "leaks"
        else msg("{count} pipes {what}; first {id}", count=count, what=text, id=first)
    )
    findings.append(Finding(layer, check, "info" if severity == "info" else "warning", whole, id=first))
