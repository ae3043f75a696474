"""Zipped deliveries: unpacked into a folder of our own, refused where they climb, lie about their size or never end."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from gridrisk.errors import FileFormatError
from gridrisk.i18n import msg

#: What a damaged, encrypted or newer archive makes the reader throw.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
_MOST_FILES = 20_000
_MOST_BYTES = 8 * 1024**3
#: Survey data packs ten- to fiftyfold; a bomb a thousandfold.
_MOST_RATIO = 300
_RATIO_FROM_BYTES = 64 * 1024**2
_CHUNK = 1024**2


def unpack(path: Path, folder: Path) -> None:
    """Unpack a zip file into `folder`.

    Raises
    ------
    FileFormatError
        Where it is damaged, encrypted, holds paths that lead out of the folder, links, or far more than it should.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > _MOST_FILES:
                raise FileFormatError(
                    msg(
                        "{file}: holds {count} files; unpack it and give only those of the layer",
                        file=path.name,
                        count=len(members),
                    )
                )
            budget = _budget(path)
            for info in members:
                budget -= _member(archive, info, path, folder, budget)
    except UNREADABLE as error:
        raise FileFormatError(
            msg("{file}: the zip file is damaged or encrypted ({error}); pack it again", file=path.name, error=error)
        ) from error


def _budget(path: Path) -> int:
    return min(_MOST_BYTES, max(_RATIO_FROM_BYTES, path.stat().st_size * _MOST_RATIO))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, folder: Path, budget: int) -> int:
    name = _name(info)
    target = _inside(name, folder)
    if target is None or stat.S_ISLNK(info.external_attr >> 16):
        raise FileFormatError(
            msg("{file}: the path {name} leads out of the archive; it is not unpacked", file=path.name, name=name)
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(info) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > budget:
                raise FileFormatError(
                    msg("{file}: unpacks to far more than its size allows; it is not read", file=path.name)
                )
            sink.write(chunk)
    return written


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name of a member; Chinese archivers write GB18030 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _inside(name: str, folder: Path) -> Path | None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or any(":" in part or "\0" in part for part in path.parts):
        return None
    return folder.joinpath(*path.parts)


def check_inflated(path: Path) -> int:
    """Return the bytes a zip-based document (``.xlsx``) declares to hold, refusing one that declares too many."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except UNREADABLE as error:
        raise FileFormatError(
            msg(
                "{file}: damaged ({error}); open it in the program it comes from and save it again",
                file=path.name,
                error=error,
            )
        ) from error
    if size > _budget(path):
        raise FileFormatError(msg("{file}: unpacks to far more than its size allows; it is not read", file=path.name))
    return size
