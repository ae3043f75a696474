"""Collecting findings of an import: faulty rows by field and check, never more than a person can read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.findings import Finding, Severity
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

#: Rows told one by one for each field and check; the rest is counted.
ROWS_TOLD = 1000
_LONGEST_VALUE = 60
_MOST_COLUMNS_SHOWN = 40


def shown(value: object) -> str:
    """Return a value of a file as it is quoted in a message: one line, and not too long."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def shown_all(columns: Iterable[str]) -> str:
    """Return the headings of a table as they are listed in a message."""
    names = [shown(column) for column in columns]
    more = "" if len(names) <= _MOST_COLUMNS_SHOWN else " …"
    return (", ".join(names[:_MOST_COLUMNS_SHOWN]) or "—") + more


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table: the file they stand in, their numbers there (1 = first data row) and their ids.

    In a sheet the first of them has `above` rows above it.
    """

    file: str
    numbers: NDArray[np.int64]
    ids: NDArray[np.object_]
    above: int = 0

    def place(self, position: int) -> Message:
        """Name a row for a person; in a sheet also as its program numbers it."""
        row, number = int(self.numbers[position]), self.ids[position]
        if self.above and number is None:
            return msg("{file} row {row} (line {line} of the sheet)", file=self.file, row=row, line=row + self.above)
        if self.above:
            return msg(
                "{file} row {row} (line {line} of the sheet, {id})",
                file=self.file,
                row=row,
                line=row + self.above,
                id=shown(number),
            )
        if number is None:
            return msg("{file} row {row}", file=self.file, row=row)
        return msg("{file} row {row} ({id})", file=self.file, row=row, id=shown(number))

    def take(self, kept: NDArray[np.intp]) -> Rows:
        """Return the rows at the positions `kept`."""
        return Rows(self.file, self.numbers[kept], self.ids[kept], self.above)


@dataclass(slots=True)
class Collector:
    """Gathers the findings of one delivery."""

    layer: str
    findings: list[Finding] = field(default_factory=list)
    _told: Counter[tuple[str, str, Severity, str]] = field(default_factory=Counter)

    def add(self, check: str, severity: Severity, message: Message, *, field: str | None = None) -> None:
        """Add a finding about the delivery as a whole."""
        self.findings.append(Finding(self.layer, check, severity, message, field=field))

    def add_rows(
        self,
        check: str,
        severity: Severity,
        rows: Rows,
        positions: Iterable[int],
        message: Callable[[int, Message], Message],
        *,
        field: str | None = None,
    ) -> None:
        """Add a finding for each of some rows; `message` gets the place in `positions` and the name of the row."""
        key = (check, field or "", severity, rows.file)
        for place, position in enumerate(positions):
            self._told[key] += 1
            if self._told[key] <= ROWS_TOLD:
                found = rows.ids[position]
                self.findings.append(
                    Finding(
                        self.layer,
                        check,
                        severity,
                        message(place, rows.place(position)),
                        id=None if found is None else str(found),
                        row=int(rows.numbers[position]),
                        field=field,
                    )
                )

    def result(self, frame: gpd.GeoDataFrame | None = None) -> tuple[Finding, ...]:
        """Return all findings, with their places where `frame` (indexed by id) has them."""
        more = [
            Finding(
                self.layer,
                check,
                severity,
                msg("{file}: and {more} more rows with {check}", file=file, more=count - ROWS_TOLD, check=check),
                field=name or None,
            )
            for (check, name, severity, file), count in self._told.items()
            if count > ROWS_TOLD
        ]
        found = [*self.findings, *more]
        return tuple(found if frame is None else _located(found, frame))


def _located(findings: list[Finding], frame: gpd.GeoDataFrame) -> list[Finding]:
    positions = frame.index.get_indexer([finding.id or "" for finding in findings])
    known = np.unique(positions[positions >= 0])
    points = frame.geometry.iloc[known].representative_point()
    places = dict(zip(known.tolist(), zip(points.x.tolist(), points.y.tolist(), strict=True), strict=True))
    return [
        finding if position < 0 else replace(finding, x=places[position][0], y=places[position][1])
        for finding, position in zip(findings, positions.tolist(), strict=True)
    ]
