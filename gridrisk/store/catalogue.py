"""The catalogue of a workspace: which snapshot of which layer is the current one, and how it came to be.

SQLAlchemy Core over SQLite, one table. A version is one row, added in one transaction: it exists whole or not at all.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from gridrisk.errors import WorkspaceError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Row

#: Of the catalogue's tables; a newer one is refused rather than misread.
FORMAT = 1
_BUSY_SECONDS = 30.0

_metadata = MetaData()
_versions = Table(
    "versions",
    _metadata,
    Column("version", Integer, primary_key=True, autoincrement=True),
    Column("layer", String, nullable=False, index=True),
    Column("snapshot", String, nullable=False),
    Column("findings", String, nullable=True),
    Column("rows", Integer, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("author", String, nullable=False),
    Column("action", String, nullable=False),
    Column("detail", String, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Version:
    """One committed state of one layer.

    Attributes
    ----------
    version
        Number, rising over all layers; None before it is committed.
    snapshot
        File name of the immutable snapshot, from the hash of its content.
    findings
        File name of what the import found, or None.
    created_at
        UTC.
    action
        ``import``, ``restore`` or ``mend``.
    detail
        What was read: files with their hashes, crosswalk, mode, counts of added, changed and removed rows.
    """

    layer: str
    snapshot: str
    rows: int
    created_at: dt.datetime
    author: str
    action: str
    findings: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


class Catalogue:
    """Reads and appends versions; see the module."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self) -> None:
        """Make the empty catalogue."""
        with self._connect(write=True) as connection:
            _metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {FORMAT}")

    def append(self, version: Version, *, parent: int | None) -> Version:
        """Add a version of a layer whose current version is `parent`; return it with its number.

        Raises
        ------
        WorkspaceError
            Where the layer has a newer version than `parent`: somebody else imported meanwhile.
        """
        with self._connect(write=True) as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            current = self._current(connection, version.layer)
            if (current.version if current else None) != parent:
                raise WorkspaceError(
                    msg(
                        "{layer}: another import was committed meanwhile (version {version}); run this one again",
                        layer=version.layer,
                        version=current.version if current else "—",
                    )
                )
            values = {f.name: getattr(version, f.name) for f in fields(version) if f.name not in {"version", "detail"}}
            detail = json.dumps(dict(version.detail), ensure_ascii=False, sort_keys=True)
            inserted = connection.execute(insert(_versions).values(**values, detail=detail))
            connection.commit()
        return replace(version, version=int(inserted.lastrowid))

    def current(self, layer: str) -> Version | None:
        """Return the current version of a layer, None where it was never imported."""
        with self._connect() as connection:
            return self._current(connection, layer)

    def history(self, layer: str | None = None) -> list[Version]:
        """Return versions, newest first, of one layer or of all."""
        query = select(_versions).order_by(_versions.c.version.desc())
        if layer is not None:
            query = query.where(_versions.c.layer == layer)
        with self._connect() as connection:
            return [_version(row) for row in connection.execute(query)]

    def get(self, number: int) -> Version:
        """Return one version.

        Raises
        ------
        WorkspaceError
            Where there is none of that number.
        """
        with self._connect() as connection:
            row = connection.execute(select(_versions).where(_versions.c.version == number)).first()
        if row is None:
            raise WorkspaceError(msg("there is no version {version}; gridrisk history lists them", version=number))
        return _version(row)

    @staticmethod
    def _current(connection: Connection, layer: str) -> Version | None:
        query = select(_versions).where(_versions.c.layer == layer).order_by(_versions.c.version.desc()).limit(1)
        row = connection.execute(query).first()
        return _version(row) if row is not None else None

    @contextmanager
    def _connect(self, *, write: bool = False) -> Iterator[Connection]:
        engine = _engine(self._path, write=write)
        try:
            with engine.connect() as connection:
                found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
                if found > FORMAT:
                    raise WorkspaceError(
                        msg(
                            "{file} was written by a newer gridrisk (format {found}); install that version",
                            file=self._path.name,
                            found=found,
                        )
                    )
                yield connection
        except OperationalError as error:
            raise WorkspaceError(
                msg(
                    "{file}: the catalogue cannot be opened ({error}); close other programs that use the workspace",
                    file=str(self._path),
                    error=str(error.orig),
                )
            ) from error
        except DatabaseError as error:
            raise WorkspaceError(
                msg(
                    "{file}: the catalogue is damaged ({error}); restore it from a backup",
                    file=str(self._path),
                    error=str(error.orig),
                )
            ) from error
        finally:
            engine.dispose()


def _engine(path: Path, *, write: bool) -> Engine:
    mode = "rwc" if write else "ro"

    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _version(row: Row[Any]) -> Version:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    return Version(**{**values, "detail": json.loads(values["detail"])})
