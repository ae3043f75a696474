"""The encoding of a shapefile's table, from the bytes themselves: GDAL would take Latin-1 without a word."""

from __future__ import annotations

import codecs
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gridrisk.errors import FileFormatError
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_HEADER = struct.Struct("<4xIHH20x")
_FIELD = struct.Struct("<11sc4xB15x")
_HEADER_END = 0x0D
_NON_ASCII = 0x80
_BLANK = 0x20
_CHUNK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a table.

    Attributes
    ----------
    cut
        Some texts or headings end in half a character, cut off at the width of their field.
    note
        What the person should know of how it was found.
    """

    name: str
    cut: bool = False
    note: Message | None = None


def detect(shapefile: Path, table: Path, declared: str | None) -> Encoding:
    """Return the encoding of a DBF file: that of its ``.cpg`` if the texts are in it, else UTF-8, else GB18030.

    Raises
    ------
    FileFormatError
        Where the table is damaged or in none of them.
    """
    codec = _codec(declared)
    candidates = list(dict.fromkeys([*([codec] if codec else []), "utf-8", "gb18030"]))
    fits = ((candidate, _fits(_texts(table), candidate)) for candidate in candidates)
    name, fit = next(((candidate, fit) for candidate, fit in fits if fit != "no"), (None, "no"))
    if name is None:
        raise FileFormatError(
            msg(
                "{file}: the texts are neither UTF-8 nor GB18030; put the encoding into a file {cpg}",
                file=shapefile.name,
                cpg=f"{shapefile.stem}.cpg",
            )
        )
    cut = fit == "cut"
    if codec and name != codec:
        note = msg(
            "{file}: the .cpg says {declared}, but the texts are {encoding} and were read so",
            file=shapefile.name,
            declared=declared,
            encoding=name.upper(),
        )
        return Encoding(name, cut, note)
    if not codec and name == "gb18030":
        return Encoding(name, cut, msg("{file}: no .cpg; the texts were read as GB18030", file=shapefile.name))
    return Encoding(name, cut)


def _codec(declared: str | None) -> str | None:
    if not declared:
        return None
    text = re.sub(r"^(ANSI|CP|OEM|MS)[\s_-]*", "", declared.strip(), flags=re.IGNORECASE)
    for candidate in (declared.strip(), f"cp{text}" if text.isdigit() else text, text):
        try:
            name = codecs.lookup(candidate).name
        except LookupError:
            continue
        # GB18030 holds all of GBK and GB2312, and survey software says one and writes another
        return "gb18030" if name in {"gbk", "gb2312", "gb18030", "cp936"} else name
    return None


def _texts(table: Path) -> Iterator[NDArray[np.uint8]]:
    """Yield the bytes of all texts that are not ASCII as arrays (rows, width): the headings, then field by field."""
    size = table.stat().st_size
    with table.open("rb") as stream:
        head = stream.read(_HEADER.size)
        if len(head) < _HEADER.size:
            raise _damaged(table)
        rows, header, width = _HEADER.unpack(head)
        fields = stream.read(max(header - _HEADER.size, 0))
    if header < _HEADER.size or width < 1 or header + rows * width > size + 1:
        raise _damaged(table)
    columns, start = [], 1
    for offset in range(0, len(fields) - _FIELD.size + 1, _FIELD.size):
        if fields[offset] == _HEADER_END:
            break
        name, kind, length = _FIELD.unpack_from(fields, offset)
        yield np.frombuffer(name.split(b"\0")[0].ljust(11, b"\0"), dtype=np.uint8)[None, :]
        if kind in b"CM":
            columns.append(slice(start, start + length))
        start += length
    if start > width:
        raise _damaged(table)
    if rows:
        records = np.memmap(table, np.uint8, "r", header, (min(rows, (size - header) // width), width))
        yield from _non_ascii(records, columns)


def _non_ascii(records: NDArray[np.uint8], columns: list[slice]) -> Iterator[NDArray[np.uint8]]:
    for first in range(0, len(records), _CHUNK_ROWS):
        chunk = np.asarray(records[first : first + _CHUNK_ROWS])
        for column in columns:
            values = chunk[:, column]
            foreign = values[(values >= _NON_ASCII).any(axis=1)]
            if len(foreign):
                used = int(np.flatnonzero((foreign > _BLANK).any(axis=0))[-1]) + 1
                # two blanks are kept, so that a text that ends before its field does not look cut off
                yield foreign[:, : used + 2]


def _damaged(table: Path) -> FileFormatError:
    return FileFormatError(
        msg("{file}: shorter than its header says, so it was cut off or damaged; copy it again", file=table.name)
    )


def decode(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """Return a frame that was read as Latin-1 with its headings and texts as they are, half characters left out."""

    def right(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return value.encode("latin-1").decode(encoding, "ignore")
        except UnicodeEncodeError:  # named by its number in the file, as in a drawing
            return value

    found = {}
    for column in frame.columns:
        series = frame[column]
        if pd.api.types.is_string_dtype(series.dtype):
            places, uniques = pd.factorize(series, use_na_sentinel=True)
            meant = pd.Series([right(text) for text in uniques], dtype="str")
            series = meant.reindex(places).set_axis(series.index)
        found[right(str(column))] = series
    return pd.DataFrame(found, index=frame.index)


def _fits(texts: Iterable[NDArray[np.uint8]], encoding: str) -> Literal["whole", "cut", "no"]:
    fits: Literal["whole", "cut"] = "whole"
    for values in texts:
        lines = np.full((len(values), values.shape[1] + 1), 0x0A, dtype=np.uint8)
        lines[:, :-1] = values
        try:
            lines.tobytes().decode(encoding)
        except UnicodeDecodeError:
            if not all(_fits_cut(row.tobytes(), encoding) for row in values):
                return "no"
            fits = "cut"
    return fits


def _fits_cut(text: bytes, encoding: str) -> bool:
    """Say whether a text is in `encoding` but for a character cut off at the end of the field."""
    stripped = text.rstrip(b" \0")
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        decoder.decode(stripped)  # takes the beginning of a character at the end, but nothing else that is wrong
    except UnicodeDecodeError:
        return False
    return not decoder.getstate()[0] or len(stripped) >= len(text) - 1
