"""From the files of a delivery to tables: what kind a file is, what is packed in it, and which table is meant."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gridrisk.errors import FileFormatError, GridriskError, MissingFileError
from gridrisk.i18n import msg
from gridrisk.layers import access, archive, sheets, vector
from gridrisk.layers.crosswalk import LayerCrosswalk
from gridrisk.layers.table import Everything, Table, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

_VECTOR = {".shp", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".dxf", ".tab", ".mif"}
_EXCEL = {".xlsx", ".xlsm", ".xls"}
_TEXT = {".csv", ".txt", ".tsv"}
_ACCESS = {".mdb", ".accdb"}
_READABLE = _VECTOR | _EXCEL | _TEXT | _ACCESS
#: Parts of a shapefile or MapInfo table; they are read with their ``.shp``, ``.tab`` or ``.mif``.
_SIDECARS = {
    ".dbf",
    ".shx",
    ".prj",
    ".cpg",
    ".sbn",
    ".sbx",
    ".qix",
    ".qpj",
    ".qmd",
    ".dat",
    ".id",
    ".map",
    ".ind",
    ".mid",
}
_WHOLES = (".shp", ".SHP", ".tab", ".TAB", ".mif", ".MIF")
_MOST_LISTED = 1000


def open_all(files: Sequence[Path], layer: str, part: LayerCrosswalk) -> list[Table]:
    """Read the wanted tables of all files of a delivery.

    Raises
    ------
    FileFormatError
        Naming the faults of all files at once.
    """
    wanted = Wanted(layer, part)
    return _meant(_open(files, wanted), wanted)


def open_every(files: Sequence[Path], layers: Sequence[str]) -> list[Table]:
    """Read every table of all files, for a look at what they hold; `layers` may be among it. Raises as `open_all`."""
    return _open(files, Everything(layers[0], LayerCrosswalk(), layers=tuple(layers)))


def _open(files: Sequence[Path], wanted: Wanted) -> list[Table]:
    tables: list[Table] = []
    faults: list[GridriskError] = []
    shapes = {path.with_suffix("").name for path in files if path.suffix in _WHOLES}
    for path in files:
        if path.suffix.casefold() in _SIDECARS and path.with_suffix("").name in shapes:
            continue
        try:
            tables += _one(path, wanted)
        except GridriskError as fault:
            faults.append(fault)
    if not files:
        raise FileFormatError(msg("no file given"))
    if faults:
        missing = all(isinstance(fault, MissingFileError) for fault in faults)
        kind = MissingFileError if missing else FileFormatError
        raise kind(*(message for fault in faults for message in fault.messages))
    return tables


def _meant(tables: list[Table], wanted: Wanted) -> list[Table]:
    """Leave out tables that are not the ones the crosswalk names, where those it names are there."""
    meant = [table for table in tables if wanted.by_crosswalk(table.name)]
    return meant or tables


def open_one(path: Path, layer: str, part: LayerCrosswalk) -> list[Table]:
    """Read the wanted tables of one file: ``delivery.gpkg``, or ``delivery.gpkg|name of the table``."""
    return _one(path, Wanted(layer, part))


def _one(path: Path, wanted: Wanted) -> list[Table]:
    table = ""
    if "|" in path.name and not path.exists():
        name, _, table = path.name.partition("|")
        path = path.with_name(name)
        table = table.removeprefix("layername=")
    wanted = replace(wanted, table=table)
    try:
        if not path.exists():
            raise MissingFileError(msg("{file}: no such file", file=path))
        if path.is_dir() and path.suffix.casefold() != ".gdb":
            return _folder(path, wanted, path.name, deep=False)
        if path.is_dir():
            return vector.read(path, wanted, path.name)
        if not path.is_file():
            raise FileFormatError(msg("{file}: not a file", file=path.name))
        if path.suffix.casefold() == ".zip":
            return _zip(path, wanted)
        return _file(path, wanted, path.name)
    except OSError as error:
        raise FileFormatError(
            msg("{file}: cannot be opened ({error})", file=path.name, error=error.strerror or error)
        ) from error


def _file(path: Path, wanted: Wanted, label: str) -> list[Table]:
    suffix = path.suffix.casefold()
    if suffix in _VECTOR:
        return vector.read(path, wanted, label)
    if suffix in _EXCEL:
        return sheets.read_excel(path, wanted, label)
    if suffix in _TEXT:
        return sheets.read_csv(path, wanted, label)
    if suffix in _SIDECARS:
        shape = _whole(path)
        if shape is not None:
            return vector.read(shape, wanted, shape.name)
        if suffix == ".dbf" and not any(path.with_suffix(end).exists() for end in (".shx", ".SHX")):
            return vector.read_dbf(path, label)
        raise FileFormatError(
            msg("{file}: a part of a shapefile; give the .shp, with all its parts beside it", file=label)
        )
    if suffix in _ACCESS:
        return access.read(path, wanted, label)
    if suffix in {".rar", ".7z", ".gz", ".tar"}:
        raise FileFormatError(msg("{file}: unpack it first, or pack it as zip", file=label))
    raise FileFormatError(
        msg(
            "{file}: cannot read files ending in {suffix}; deliver shapefile, GeoPackage, File Geodatabase, GeoJSON, "
            "FlatGeobuf, GeoParquet, DXF, MapInfo, CSV, Excel or Access",
            file=label,
            suffix=suffix or "—",
        )
    )


def _whole(part: Path) -> Path | None:
    """Return the file that a part belongs to; None where it is not there."""
    return next((part.with_suffix(end) for end in _WHOLES if part.with_suffix(end).exists()), None)


def _zip(path: Path, wanted: Wanted) -> list[Table]:
    with tempfile.TemporaryDirectory(prefix="gridrisk-") as folder:
        archive.unpack(path, Path(folder))
        return _folder(Path(folder), wanted, path.name, deep=True)


def _folder(folder: Path, wanted: Wanted, label: str, *, deep: bool) -> list[Table]:
    """Read the wanted tables out of a folder of files, where the names say which they are."""
    listed = sorted(folder.rglob("*") if deep else folder.iterdir())
    geodatabases = [path for path in listed if path.is_dir() and path.suffix.casefold() == ".gdb"]
    found = geodatabases + [
        path
        for path in listed
        if path.is_file()
        and (path.suffix.casefold() in _READABLE or (path.suffix.casefold() == ".dbf" and _whole(path) is None))
        and not any(base in path.parents for base in geodatabases)
        and not path.name.startswith((".", "~$", "__MACOSX"))
        and "__MACOSX" not in path.parts
    ]
    if not found:
        raise FileFormatError(msg("{file}: a folder without any file that can be read", file=label))
    if len(found) == 1:
        return _inside(found[0], wanted, label)
    if wanted.part.lines is not None and len(found) > _MOST_LISTED:
        raise vector.several(label, [path.stem for path in found], wanted.layer)
    chosen = wanted.choose([path.stem for path in found])
    if chosen is None or (not wanted.table and len(chosen) < len({path.stem for path in found}) == 1):
        raise vector.several(label, [path.stem for path in found], wanted.layer)
    inner = replace(wanted, table="")
    return [table for path in found if path.stem in chosen for table in _inside(path, inner, label)]


def _inside(path: Path, wanted: Wanted, label: str) -> list[Table]:
    name = f"{label}/{path.name}"
    return vector.read(path, wanted, name) if path.is_dir() else _file(path, wanted, name)
