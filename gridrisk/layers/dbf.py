"""The encoding of a shapefile's table, from the bytes themselves: GDAL would take Latin-1 without a word."""

from __future__ import annotations

import codecs
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.errors import FileFormatError
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_HEADER = struct.Struct("<4xIHH20x")
_FIELD = struct.Struct("<11sc4xB15x")
_HEADER_END = 0x0D
_NON_ASCII = 0x80
#: Longest character of UTF-8 and GB18030; a text cut off at the width of its field may lack the end of one.
_LONGEST_CHARACTER = 4
_CHUNK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a table, and what the person should know of how it was found."""

    name: str
    note: Message | None = None


def detect(shapefile: Path, table: Path, declared: str | None) -> Encoding:
    """Return the encoding of a DBF file: that of its ``.cpg`` if the texts are in it, else UTF-8, else GB18030.

    Raises
    ------
    FileFormatError
        Where the table is damaged or in none of them.
    """
    texts = _texts(table)
    codec = _codec(declared)
    candidates = list(dict.fromkeys([*([codec] if codec else []), "utf-8", "gb18030"]))
    fitting = [name for name in candidates if _fits(texts, name)]
    if not fitting:
        raise FileFormatError(
            msg(
                "{file}: the texts are neither UTF-8 nor GB18030; put the encoding into a file {cpg}",
                file=shapefile.name,
                cpg=f"{shapefile.stem}.cpg",
            )
        )
    name = fitting[0]
    if codec and name != codec:
        note = msg(
            "{file}: the .cpg says {declared}, but the texts are {encoding} and were read so",
            file=shapefile.name,
            declared=declared,
            encoding=name.upper(),
        )
        return Encoding(name, note)
    if not codec and name == "gb18030":
        return Encoding(name, msg("{file}: no .cpg; the texts were read as GB18030", file=shapefile.name))
    return Encoding(name)


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


def _texts(table: Path) -> list[NDArray[np.uint8]]:
    """Return the bytes of all texts that are not ASCII: for each field an array (rows, width), and the headings."""
    size = table.stat().st_size
    with table.open("rb") as stream:
        head = stream.read(_HEADER.size)
        if len(head) < _HEADER.size:
            raise _damaged(table)
        rows, header, width = _HEADER.unpack(head)
        fields = stream.read(max(header - _HEADER.size, 0))
    if header < _HEADER.size or width < 1 or header + rows * width > size + 1:
        raise _damaged(table)
    found = [np.frombuffer(fields[:0], dtype=np.uint8).reshape(0, 1)]
    columns, start = [], 1
    for offset in range(0, len(fields) - _FIELD.size + 1, _FIELD.size):
        if fields[offset] == _HEADER_END:
            break
        name, kind, length = _FIELD.unpack_from(fields, offset)
        found.append(np.frombuffer(name.split(b"\0")[0].ljust(11, b"\0"), dtype=np.uint8)[None, :])
        if kind in b"CM":
            columns.append(slice(start, start + length))
        start += length
    if start > width:
        raise _damaged(table)
    if rows:
        found += _non_ascii(
            np.memmap(table, np.uint8, "r", header, (min(rows, (size - header) // width), width)), columns
        )
    return found


def _non_ascii(records: NDArray[np.uint8], columns: list[slice]) -> list[NDArray[np.uint8]]:
    found = []
    for first in range(0, len(records), _CHUNK_ROWS):
        chunk = np.asarray(records[first : first + _CHUNK_ROWS])
        for column in columns:
            values = chunk[:, column]
            foreign = values[(values >= _NON_ASCII).any(axis=1)]
            if len(foreign):
                found.append(np.unique(foreign, axis=0))
    return found


def _damaged(table: Path) -> FileFormatError:
    return FileFormatError(
        msg("{file}: shorter than its header says, so it was cut off or damaged; copy it again", file=table.name)
    )


def _fits(texts: list[NDArray[np.uint8]], encoding: str) -> bool:
    for values in texts:
        lines = np.full((len(values), values.shape[1] + 1), 0x0A, dtype=np.uint8)
        lines[:, :-1] = values
        try:
            lines.tobytes().decode(encoding)
        except UnicodeDecodeError:
            if not all(_fits_cut(row.tobytes(), encoding) for row in values):
                return False
    return True


def _fits_cut(text: bytes, encoding: str) -> bool:
    """Say whether a text is in `encoding` but for a character cut off at the end of the field."""
    stripped = text.rstrip(b" \0")
    try:
        stripped.decode(encoding)
    except UnicodeDecodeError as error:
        return len(stripped) >= len(text) - 1 and error.start > len(stripped) - _LONGEST_CHARACTER
    return True
