"""Tables of an Access database, through mdbtools where it is installed."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import FileFormatError
from gridrisk.i18n import msg
from gridrisk.layers.table import Table, Wanted
from gridrisk.layers.vector import several

if TYPE_CHECKING:
    from pathlib import Path

    from gridrisk.i18n import Message

_SECONDS = 300
_MOST_BYTES = 2 * 1024**3
#: Standard Jet DB and Standard ACE DB, behind four bytes.
_MAGIC = (b"Standard Jet DB", b"Standard ACE DB")
#: Tables that Access and GIS programs keep beside the data.
_HOUSEKEEPING = ("MSys", "GDB_", "USys", "~")
#: What mdbtools writes for every date before 1900.
_LOST_DAY = "1900-01-00"
_YES_NO = {"TRUE", "FALSE"}


def read(path: Path, wanted: Wanted, label: str) -> list[Table]:
    """Read the wanted tables of an Access database.

    Raises
    ------
    FileFormatError
        Where mdbtools is not installed, the file is no database, or which table is meant cannot be said.
    """
    with path.open("rb") as stream:
        head = stream.read(32)
    if not head[4:].startswith(_MAGIC):
        raise FileFormatError(msg("{file}: damaged, or no Access database; export its tables as Excel", file=label))
    if shutil.which("mdb-tables") is None or shutil.which("mdb-export") is None:
        raise FileFormatError(
            msg(
                "{file}: an Access database is read through mdbtools, which is not installed here (Debian and Ubuntu: "
                "apt install mdbtools); else export its tables as Excel or CSV and give those",
                file=label,
            )
        )
    listed = _run(["mdb-tables", "-1", str(path)], label).decode("utf-8", "replace").splitlines()
    names = [name for name in listed if name and not name.startswith(_HOUSEKEEPING)]
    if not names:
        raise FileFormatError(msg("{file}: holds no table", file=label))
    chosen = wanted.choose(names)
    if chosen is None:
        raise several(label, names, wanted.layer)
    return [_table(path, name, label) for name in chosen]


def _table(path: Path, name: str, label: str) -> Table:
    # the name of a table is an argument of its own, never part of a command line
    options = ["-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S", "-b", "strip", "-B"]
    content = _run(["mdb-export", *options, str(path), name], label)
    try:
        frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, index_col=False, encoding="utf-8")
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame()
    except (pd.errors.ParserError, UnicodeError, ValueError) as error:
        raise FileFormatError(
            msg("{file}: the table {table} cannot be read ({error})", file=label, table=name, error=str(error)[:200])
        ) from error
    frame, notes = _doubted(frame, label)
    return Table(label, name, frame, np.arange(1, len(frame) + 1), notes=notes)


def _doubted(frame: pd.DataFrame, label: str) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Take out what only looks like a value: dates that mdbtools cannot write, and yes/no fields nobody filled.

    Access has no empty yes/no, so a field that never says yes was as likely never filled; unknown is not "no".
    """
    notes = []
    lost = [column for column in frame.columns if frame[column].str.startswith(_LOST_DAY).any()]
    for column in lost:
        gone = frame[column].str.startswith(_LOST_DAY)
        frame = frame.assign(**{column: frame[column].mask(gone, "")})
        message = msg(
            "{file}: {count} dates of {column} lie before 1900 and cannot be read through mdbtools; they stay unknown",
            file=label,
            count=int(gone.sum()),
            column=column,
        )
        notes.append(message)
    ticked = [column for column in frame.columns if len(frame) and frame[column].isin(_YES_NO).all()]
    bare = [column for column in ticked if not (frame[column] == "TRUE").any()]
    if bare:
        frame = frame.assign(**dict.fromkeys(bare, ""))
        message = msg(
            "{file}: {columns} never say yes; Access has no empty yes/no, so they were perhaps never filled and stay "
            "unknown; where no is meant, write it as text",
            file=label,
            columns=", ".join(bare),
        )
        notes.append(message)
    if len(bare) < len(ticked):
        message = msg(
            "{file}: {columns} are yes/no fields, which Access cannot leave empty: a no may be a row nobody filled",
            file=label,
            columns=", ".join(column for column in ticked if column not in bare),
        )
        notes.append(message)
    return frame, tuple(notes)


def _run(command: list[str], label: str) -> bytes:
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise FileFormatError(msg("{file}: reading it takes too long; it is damaged", file=label)) from error
    except (subprocess.CalledProcessError, OSError) as error:
        raise FileFormatError(
            msg("{file}: mdbtools cannot read it; export its tables as Excel or CSV and give those", file=label)
        ) from error
    if len(done.stdout) > _MOST_BYTES:
        raise FileFormatError(msg("{file}: too large for Access; deliver it as GeoPackage or CSV", file=label))
    return done.stdout
