"""Reading tables without geometry: CSV in UTF-8, UTF-16 or GB18030, and Excel."""

from __future__ import annotations

import codecs
import csv
import re
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from gridrisk.errors import FileFormatError
from gridrisk.i18n import Message, msg
from gridrisk.layers.archive import UNREADABLE, check_inflated
from gridrisk.layers.table import Table, Wanted
from gridrisk.layers.vector import several
from gridrisk.units import is_unit

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1024**2
#: A heading line longer than this is no heading line.
_LONGEST_LINE = 1024**2
_LARGEST_CSV = 8 * 1024**3
_MOST_COLUMNS = 2_000
_MOST_CELLS = 200_000_000
#: Rows above the headings: titles, remarks, units.
_TITLE_ROWS = 10
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_PARSER_ERRORS = (
    pd.errors.ParserError,
    pd.errors.EmptyDataError,
    pd.errors.ParserWarning,
    UnicodeError,
    ValueError,
    csv.Error,
    OSError,
)
#: A cell with digits is data, or X1.
_NUMBER = re.compile(r"\d")
_CELL = re.compile(rb'<(?:x:)?c r="([A-Z]{1,3})(\d{1,7})"')


def read_csv(path: Path, wanted: Wanted, label: str) -> list[Table]:
    """Read a CSV file; the encoding is found from its bytes and the separator from its heading.

    Raises
    ------
    FileFormatError
        Where it is no table of text, in no known encoding, or too large.
    """
    encoding, note = _encoding(path, label)
    head = _head(path, encoding, label)
    separator = _separator(head)
    skipped = _heading_row([line.split(separator) for line in head.splitlines()[: _TITLE_ROWS + 1]], wanted)
    if head.splitlines()[skipped].count(separator) >= _MOST_COLUMNS:
        raise _too_wide(label)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the headings would lose cells
            frame = pd.read_csv(
                path,
                sep=separator,
                encoding=encoding,
                dtype="str",
                keep_default_na=False,
                skiprows=skipped,
                skip_blank_lines=False,
                index_col=False,
                skipinitialspace=True,
            )
    except _PARSER_ERRORS as error:
        raise FileFormatError(
            msg(
                "{file}: not a table of text ({error}); save it again as CSV in UTF-8",
                file=label,
                error=" ".join(str(error).split())[:200],
            )
        ) from error
    return [_table(frame, label, path.stem, () if note is None else (note,))]


def _encoding(path: Path, label: str) -> tuple[str, Message | None]:
    size = path.stat().st_size
    if size == 0:
        raise FileFormatError(msg("{file}: the file is empty", file=label))
    if size > _LARGEST_CSV:
        raise FileFormatError(msg("{file}: too large for CSV; deliver it as GeoPackage or GeoParquet", file=label))
    with path.open("rb") as stream:
        start = stream.read(_CHUNK)
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            return encoding, None
    if b"\0" in start:
        raise FileFormatError(msg("{file}: holds binary data, not text; export it again as CSV", file=label))
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding):
            gb = encoding == "gb18030"
            return encoding, msg("{file}: not UTF-8; the texts were read as GB18030", file=label) if gb else None
    raise FileFormatError(
        msg("{file}: the texts are neither UTF-8 nor GB18030; save it again as CSV in UTF-8", file=label)
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(_CHUNK):
                if b"\0" in chunk:
                    return False
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _head(path: Path, encoding: str, label: str) -> str:
    with path.open(encoding=encoding, newline=None) as stream:
        lines = []
        for _ in range(_TITLE_ROWS + 1):
            line = stream.readline(_LONGEST_LINE)
            if len(line) >= _LONGEST_LINE:
                raise FileFormatError(msg("{file}: a line without end; it is no table", file=label))
            lines.append(line.rstrip("\n"))
    text = "\n".join(lines).rstrip("\n")
    if not text.strip():
        raise FileFormatError(msg("{file}: the file is empty", file=label))
    return text


def _separator(head: str) -> str:
    lines = head.splitlines()
    counts = {mark: max(line.count(mark) for line in lines) for mark in (",", "\t", ";", "|")}
    return max(counts, key=lambda mark: counts[mark])


def _heading_row(rows: list[list[Any]], wanted: Wanted) -> int:
    """Return which of the first rows holds the headings: the one with most that are known, else the first filled."""
    scores = [wanted.score([str(cell).strip().strip('"') for cell in row]) for row in rows]
    if max(scores, default=0) > 0:
        return scores.index(max(scores))
    return next((i for i, row in enumerate(rows) if any(str(cell).strip() for cell in row)), 0)


def _table(frame: pd.DataFrame, label: str, name: str, notes: tuple[Message, ...] = ()) -> Table:
    if frame.shape[1] > _MOST_COLUMNS:
        raise _too_wide(label)
    names = [str(column).strip().lstrip("\ufeff") for column in frame.columns]
    frame = frame.set_axis(names, axis=1)
    blank = (frame.isna() | (frame == "")).all(axis=1).to_numpy(dtype=bool)
    numbers = np.flatnonzero(~blank) + 1
    return Table(label, name, frame.loc[~blank].reset_index(drop=True), numbers, notes=notes)


def _too_wide(label: str) -> FileFormatError:
    return FileFormatError(
        msg("{file}: more than {count} columns; no survey table has so many", file=label, count=_MOST_COLUMNS)
    )


def read_excel(path: Path, wanted: Wanted, label: str) -> list[Table]:
    """Read the wanted sheets of an Excel workbook, cells with their own types.

    Raises
    ------
    FileFormatError
        Where it is damaged, too large, or which sheet is meant cannot be said.
    """
    if path.stat().st_size == 0:
        raise FileFormatError(msg("{file}: the file is empty", file=label))
    if path.suffix.casefold() != ".xls":
        check_inflated(path)
        _check_cells(path, label)
    sheets = {name: rows for name, rows in _rows(path, label).items() if rows}
    if not sheets:
        raise FileFormatError(msg("{file}: every sheet is empty", file=label))
    chosen = wanted.choose(list(sheets)) or _recognised(sheets, wanted)
    if chosen is None:
        raise several(label, list(sheets), wanted.layer)
    return [_sheet(sheets[name], label, name, wanted) for name in chosen]


def _recognised(sheets: dict[str, list[list[Any]]], wanted: Wanted) -> list[str] | None:
    """Return the only sheet whose headings are known."""
    if wanted.table:
        return None
    known = [
        name
        for name, rows in sheets.items()
        if max(wanted.score([str(cell) for cell in row]) for row in rows[:_TITLE_ROWS]) > 0
    ]
    return known if len(known) == 1 else None


def _rows(path: Path, label: str) -> dict[str, list[list[Any]]]:
    try:
        book = CalamineWorkbook.from_path(path)
        try:
            return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        finally:
            book.close()
    except (KeyboardInterrupt, SystemExit):
        raise
    except (CalamineError, BaseException) as error:  # a panic of the reader is no Exception
        raise FileFormatError(
            msg(
                "{file}: damaged ({error}); open it in the program it comes from and save it again",
                file=label,
                error=" ".join(str(error).split())[:200],
            )
        ) from error


def _check_cells(path: Path, label: str) -> None:
    """Refuse a sheet whose cells lie so far apart that the reader would fill the memory with blanks."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    with archive.open(name) as stream:
                        _check_sheet(stream, label)
    except UNREADABLE as error:
        raise FileFormatError(
            msg(
                "{file}: damaged ({error}); open it in the program it comes from and save it again",
                file=label,
                error=error,
            )
        ) from error


def _check_sheet(stream: Any, label: str) -> None:
    columns, rows, rest = 0, 0, b""
    while chunk := stream.read(_CHUNK):
        for letters, digits in _CELL.findall(rest + chunk):
            number = 0
            for letter in letters:
                number = number * 26 + letter - 64
            columns, rows = max(columns, number), max(rows, int(digits))
        rest = chunk[-32:]
    if columns * rows > _MOST_CELLS:
        raise FileFormatError(
            msg("{file}: cells far outside the table; delete the empty rows and columns around it", file=label)
        )


def _sheet(rows: list[list[Any]], label: str, name: str, wanted: Wanted) -> Table:
    first = _heading_row(rows[: _TITLE_ROWS + 1], wanted)
    names, below = _headings(rows, first)
    columns = _unique(names)
    frame = pd.DataFrame(rows[below:], columns=columns, dtype="object")
    frame = frame.loc[:, [bool(column) for column in columns]]
    return _table(frame, label, name)


def _headings(rows: list[list[Any]], first: int) -> tuple[list[str], int]:
    """Return the headings that begin in the row `first`, and the first row of data.

    Survey tables may have two rows of headings, the upper with merged cells (平面坐标 over X and Y), and a row of
    units below.
    """
    names, below = [_text(cell) for cell in rows[first]], first + 1
    lower = [_text(cell) for cell in rows[below]] if below < len(rows) else []
    if _is_lower(names, lower):
        names, below = _merged(names, lower), below + 1
        lower = [_text(cell) for cell in rows[below]] if below < len(rows) else []
    units = [cell.strip("()（）[]【】 ") for cell in lower]
    if any(units) and all(is_unit(unit) for unit in units if unit):
        return [
            f"{name}({unit})" if unit and name else name for name, unit in zip(names, units, strict=True)
        ], below + 1
    return names, below


def _is_lower(upper: list[str], lower: list[str]) -> bool:
    """Say whether a row is the lower of two rows of headings: it has texts below merged cells, and nowhere else."""
    if not any(lower) or any(_NUMBER.search(cell) for cell in lower):
        return False
    within = [not name or (i + 1 < len(upper) and not upper[i + 1]) for i, name in enumerate(upper)]
    placed = all(inside for inside, cell in zip(within, lower, strict=True) if cell)
    return placed and any(cell and not name for name, cell in zip(upper, lower, strict=True))


def _merged(upper: list[str], lower: list[str]) -> list[str]:
    """Return one row of headings out of two: 起点 below 埋深(m) is 起点埋深(m), X below 平面坐标 is X."""
    found, group = [], ""
    for name, cell in zip(upper, lower, strict=True):
        group = name or group
        whole = name if not cell else cell if len(cell) == 1 or group in cell else f"{cell}{group}"
        found.append(whole)
    return found


def _unique(columns: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        found.append(column if seen[column] == 1 or not column else f"{column}.{seen[column] - 1}")
    return found


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
