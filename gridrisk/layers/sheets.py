"""Reading tables without geometry: CSV in UTF-8, UTF-16 or GB18030, and Excel."""

from __future__ import annotations

import codecs
import csv
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from gridrisk.errors import FileFormatError
from gridrisk.i18n import Message, msg
from gridrisk.layers import grid
from gridrisk.layers.archive import UNREADABLE, check_inflated
from gridrisk.layers.table import Table, Wanted
from gridrisk.layers.vector import several

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1024**2
#: A heading line longer than this is no heading line.
_LONGEST_LINE = 1024**2
_LARGEST_CSV = 8 * 1024**3
_MOST_COLUMNS = 2_000
_MOST_CELLS = 200_000_000
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
    try:
        rows = list(csv.reader(head.splitlines(), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise FileFormatError(msg("{file}: a line without end; it is no table", file=label)) from error
    if max(map(len, rows)) > _MOST_COLUMNS:
        raise _too_wide(label)
    found = grid.headings(rows, wanted)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                sep=separator,
                encoding=encoding,
                dtype="str",
                keep_default_na=False,
                header=None,
                names=range(len(found.names) + 1),
                skiprows=_lines_above(head, separator, found.below),
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
    return [_table(_fitting(frame, label), found, label, path.stem, () if note is None else (note,))]


def _fitting(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the columns that have headings; refuse rows that are longer, which would lose cells."""
    beyond = frame.iloc[:, -1]
    longer = np.flatnonzero(beyond.notna() & (beyond != ""))
    if len(longer):
        raise FileFormatError(
            msg(
                "{file}: not a table of text: row {row} has more cells than there are headings; look for a separator "
                "within a text there, and save it again as CSV in UTF-8",
                file=label,
                row=int(longer[0]) + 1,
            )
        )
    return frame.iloc[:, :-1]


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
        for _ in range(grid.TITLE_ROWS + 4):
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


def _lines_above(head: str, separator: str, rows: int) -> int:
    """Return how many lines the first `rows` rows take; a heading in quotation marks may run over several."""
    reader = csv.reader(head.splitlines(), delimiter=separator, skipinitialspace=True)
    for _ in range(rows):
        next(reader, None)
    return reader.line_num


def _table(frame: pd.DataFrame, found: grid.Headings, label: str, name: str, notes: tuple[Message, ...] = ()) -> Table:
    if frame.shape[1] > _MOST_COLUMNS:
        raise _too_wide(label)
    parts = grid.beside(found.names)
    if len(parts) > 1:
        note = msg(
            "{file}: the headings stand {count} times side by side; the parts were put below each other",
            file=label,
            count=len(parts),
        )
        notes = (*notes, note)
    frames, numbers = [], []
    for columns in parts:
        own = frame if len(parts) == 1 else frame.iloc[:, columns].set_axis(range(len(columns)), axis=1)
        above = [[row[i] if i < len(row) else "" for i in columns] for row in found.above]
        names = [found.names[i] for i in columns]
        kept, left_out = grid.data_rows(own, grid.Headings(names, above, found.below), label)
        named = grid.unique(column.strip().lstrip("\ufeff") for column in names)
        frames.append(own.set_axis(named, axis=1).loc[kept, [bool(column) for column in named]])
        numbers.append(np.flatnonzero(kept) + 1)
        notes = (*notes, *left_out)
    whole = pd.concat(frames) if len(frames) > 1 else frames[0]
    return Table(label, name, whole.reset_index(drop=True), np.concatenate(numbers), notes=notes, above=found.below)


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
    with path.open("rb") as stream:
        page = stream.read(64).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
    if page:
        raise FileFormatError(
            msg("{file}: a web page or XML under the name of a workbook; open it and save it as .xlsx", file=label)
        )
    if path.suffix.casefold() != ".xls":
        check_inflated(path)
        _check_cells(path, label)
    sheets = {name: sheet for name, sheet in _sheets(path, label).items() if sheet.rows}
    if not sheets:
        raise FileFormatError(msg("{file}: every sheet is empty", file=label))
    chosen = wanted.choose(list(sheets)) or _recognised(sheets, wanted)
    if chosen is None:
        raise several(label, list(sheets), wanted.layer)
    return [_sheet(sheets[name], label, name, wanted) for name in chosen]


def _recognised(sheets: dict[str, _Sheet], wanted: Wanted) -> list[str] | None:
    """Return the only sheet whose headings are known."""
    if wanted.table:
        return None
    known = [
        name
        for name, sheet in sheets.items()
        if max(wanted.score([grid.cell_text(cell) for cell in row]) for row in sheet.rows[: grid.TITLE_ROWS]) > 0
    ]
    return known if len(known) == 1 else None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The cells of a sheet, and which of them are merged: (row, column) of the first and the last."""

    rows: list[list[Any]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]


def _sheets(path: Path, label: str) -> dict[str, _Sheet]:
    try:
        book = CalamineWorkbook.from_path(path)
        try:
            sheets = ((name, book.get_sheet_by_name(name)) for name in book.sheet_names)
            return {
                name: _Sheet(sheet.to_python(skip_empty_area=False), list(sheet.merged_cell_ranges or []))
                for name, sheet in sheets
            }
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


def _sheet(sheet: _Sheet, label: str, name: str, wanted: Wanted) -> Table:
    found = grid.headings(sheet.rows[: grid.TITLE_ROWS + 4], wanted)
    notes = _unmerged(sheet, found.below, label)
    frame = pd.DataFrame(sheet.rows[found.below :], columns=range(len(found.names)), dtype="object")
    return _table(frame, found, label, name, notes)


def _unmerged(sheet: _Sheet, below: int, label: str) -> tuple[Message, ...]:
    """Carry the text of cells merged downwards into each of their rows; of a number each row may be a share."""
    count = 0
    for (top, left), (bottom, right) in sheet.merged:
        if bottom <= top or left != right or top < below or bottom >= len(sheet.rows):
            continue
        cell = sheet.rows[top][left]
        if cell == "" or isinstance(cell, int | float):
            continue
        for row in range(top + 1, bottom + 1):
            sheet.rows[row][left] = cell
        count += 1
    if not count:
        return ()
    return (msg("{file}: {count} texts in merged cells were taken for each of their rows", file=label, count=count),)
