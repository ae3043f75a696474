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

_SECONDS = 300
_MOST_BYTES = 2 * 1024**3
#: Standard Jet DB and Standard ACE DB, behind four bytes.
_MAGIC = (b"Standard Jet DB", b"Standard ACE DB")
#: Tables that Access and GIS programs keep beside the data.
_HOUSEKEEPING = ("MSys", "GDB_", "USys", "~")


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
    options = ["-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S", "-b", "strip"]
    content = _run(["mdb-export", *options, str(path), name], label)
    try:
        frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, index_col=False, encoding="utf-8")
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame()
    except (pd.errors.ParserError, UnicodeError, ValueError) as error:
        raise FileFormatError(
            msg("{file}: the table {table} cannot be read ({error})", file=label, table=name, error=str(error)[:200])
        ) from error
    return Table(label, name, frame, np.arange(1, len(frame) + 1))


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
