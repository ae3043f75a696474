"""Reading GIS files with geometry: by GDAL through Arrow, GeoParquet by pyarrow; the kind is checked by the bytes."""

from __future__ import annotations

import codecs
import logging
import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyarrow import parquet

from gridrisk import crs as crs_
from gridrisk.errors import CrsError, FileFormatError, GridriskError
from gridrisk.i18n import Message, msg
from gridrisk.layers import dbf, described, drawing, schema
from gridrisk.layers.table import Everything, Table, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyproj import CRS

#: First bytes by which each kind is known; GDAL would otherwise open whatever the bytes look like.
_MAGIC: dict[str, tuple[bytes, ...]] = {
    ".gpkg": (b"SQLite format 3\0",),
    ".fgb": (b"fgb",),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".shp": (b"\x00\x00\x27\x0a",),
}
#: The same for text formats, whose first word may stand in either case behind blanks.
_FIRST_WORDS: dict[str, tuple[bytes, ...]] = {
    ".dxf": (b"0", b"999", b"autocad binary"),
    ".tab": (b"!table",),
    ".mif": (b"version",),
}
#: A GeoJSON is parsed as a whole; GeoPackage or FlatGeobuf carry more.
_LARGEST_JSON = 2 * 1024**3
_JSON = {".geojson", ".json"}
_MOST_COLUMNS = 2_000
_MOST_ROWS = 20_000_000
_MOST_PARQUET_BYTES = 16 * 1024**3
#: Tables that GIS programs keep beside the data.
_HOUSEKEEPING = {"layer_styles", "qgis_projects"}


def check_kind(path: Path) -> None:
    """Refuse a file whose first bytes are not those of its ending.

    Raises
    ------
    FileFormatError
        Saying what the file should be.
    """
    suffix = path.suffix.casefold()
    with path.open("rb") as stream:
        head = stream.read(1024)
    if not head:
        raise FileFormatError(msg("{file}: the file is empty", file=path.name))
    if suffix in {".geojson", ".json"}:
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        good = text.startswith(b"{") and b"<OGRVRT" not in head
        if path.stat().st_size > _LARGEST_JSON:
            raise FileFormatError(
                msg("{file}: too large for GeoJSON; deliver it as GeoPackage or FlatGeobuf", file=path.name)
            )
    elif suffix in _FIRST_WORDS:
        good = head.lstrip().lower().startswith(_FIRST_WORDS[suffix])
    else:
        good = head.startswith(_MAGIC.get(suffix, (b"",)))
    if not good:
        raise FileFormatError(
            msg(
                "{file}: the content is not what the ending {suffix} says; export it again from the survey program",
                file=path.name,
                suffix=suffix,
            )
        )


def read(path: Path, wanted: Wanted, label: str) -> list[Table]:
    """Read the wanted layers of a GIS file.

    Parameters
    ----------
    path
        A shapefile, GeoPackage, GeoJSON, FlatGeobuf, GeoParquet, DXF, MapInfo table or the folder of a File
        Geodatabase.
    wanted
        Which layer to choose where there are several.
    label
        Name of the file for messages.

    Raises
    ------
    FileFormatError
        Where it cannot be read, or which layer is meant cannot be said.
    """
    if not path.is_dir():
        check_kind(path)
    with _refusing(path, label):
        if path.suffix.casefold() in {".parquet", ".geoparquet"}:
            return [_parquet(path, label)]
        if path.suffix.casefold() == ".shp":
            return [_shapefile(path, label)]
        if path.suffix.casefold() == ".dxf":
            return [_drawing(path, wanted, label)]
        if path.suffix.casefold() in {".tab", ".mif"}:
            return [_mapinfo(path, label)]
        tables = _layers(path, wanted, label)
        return [_of_geojson(table) for table in tables] if path.suffix.casefold() in _JSON else tables


def _of_geojson(table: Table) -> Table:
    """Say of which system the degrees of a GeoJSON are taken to be, for the file itself does not."""
    if table.geometry is None or table.crs is None or not table.crs.is_geographic:
        return table
    note = msg(
        "{file}: degrees in GeoJSON are WGS 84 by its standard; if they were taken from a Chinese web map, give --crs "
        "GCJ02 or BD09",
        file=table.file,
    )
    return replace(table, notes=(*table.notes, note))


@contextmanager
def _refusing(path: Path, label: str) -> Iterator[None]:
    """Turn whatever a reader throws at damaged bytes into one refusal."""
    log = logging.getLogger("pyogrio")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except GridriskError:
        raise
    except Exception as error:
        raise FileFormatError(
            msg(
                "{file}: cannot be read: damaged, cut off or of another kind ({error}); export or copy it again",
                file=label,
                error=_short(error, path, label),
            )
        ) from error
    finally:
        log.setLevel(level)


def _short(error: BaseException, path: Path, label: str) -> str:
    lines = str(error).replace(str(path), label).partition("; It might help")[0].strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _layers(path: Path, wanted: Wanted, label: str) -> list[Table]:
    listed = [(str(name), kind) for name, kind in pyogrio.list_layers(path) if str(name) not in _HOUSEKEEPING]
    spatial = [name for name, kind in listed if kind is not None]
    names = [name for name, _ in listed]
    if not names:
        raise FileFormatError(msg("{file}: holds no layer", file=label))
    chosen = wanted.choose(names) or (spatial if len(spatial) == 1 and not wanted.table else None)
    if chosen is None:
        raise several(label, names, wanted.layer)
    tables = [_gdal(path, label, layer=name) for name in chosen]
    if path.suffix.casefold() not in {".gdb", ".gpkg"}:
        return tables
    return [described.describe(table, path, wanted) for table in tables]


def several(label: str, names: Sequence[str], layer: str) -> FileFormatError:
    """Return the refusal of a file in which the wanted table cannot be told from the others."""
    return FileFormatError(
        msg(
            "{file}: holds {names}, and which is meant for {layer} is not clear; "
            "name it behind the file, as in {example}, or in a crosswalk (tables = …)",
            file=label,
            names=", ".join(list(names)[:30]),
            layer=layer,
            example=f"'{label}|{names[0]}'",
        )
    )


def _gdal(path: Path, label: str, *, layer: str | None = None, encoding: str | None = None) -> Table:
    options: dict[str, Any] = {} if layer is None else {"layer": layer}
    if encoding is not None:
        options["encoding"] = encoding
    info = pyogrio.read_info(path, **options)
    _check_width(label, len(info["fields"]))
    if (info["features"] or 0) > _MOST_ROWS:
        raise FileFormatError(msg("{file}: more than {rows} rows; deliver it in parts", file=label, rows=_MOST_ROWS))
    options["datetime_as_string"] = True
    try:
        if path.suffix.casefold() == ".fgb":
            # its driver hands out the file's own lengths unread: damaged ones would end the process
            pyogrio.read_arrow(path, **options)[1].validate(full=True)
        frame = pyogrio.read_dataframe(path, use_arrow=True, **options)
    except Exception:  # noqa: BLE001
        # curves and some damaged rows pass only one by one
        frame = pyogrio.read_dataframe(path, use_arrow=False, **options)
    return _table(frame, label, layer or path.stem, encoding)


def _check_width(label: str, columns: int) -> None:
    if columns > _MOST_COLUMNS:
        raise FileFormatError(
            msg("{file}: {count} columns; no survey table has so many, so it is damaged", file=label, count=columns)
        )


def _of_the_earth(crs: CRS | None) -> CRS | None:
    """Return None for a plane that lies nowhere, such as the Nonearth of MapInfo: it names no system."""
    return None if crs is not None and crs.is_engineering else crs


def _table(
    frame: pd.DataFrame, label: str, name: str, encoding: str | None = None, notes: tuple[Message, ...] = ()
) -> Table:
    geometry: Any = None
    crs: CRS | None = None
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        geometry = frame.geometry.to_numpy()
        crs = _of_the_earth(frame.crs)
        frame = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.StringDtype):
            pa.array(frame[column], from_pandas=True).validate(full=True)  # bytes that are no UTF-8 would fail later
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1).reset_index(drop=True)
    return Table(label, name, frame, np.arange(1, len(frame) + 1), geometry, crs, encoding, notes)


def _shapefile(path: Path, label: str) -> Table:
    siblings = {other.suffix.casefold(): other for other in path.parent.iterdir() if other.stem == path.stem}
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in siblings]
    if missing:
        raise FileFormatError(
            msg(
                "{file}: {missing} is missing; a shapefile is .shp, .shx, .dbf (and .prj, .cpg) together",
                file=label,
                missing=", ".join(f"{path.stem}{suffix}" for suffix in missing),
            )
        )
    with path.open("rb") as stream:
        head = stream.read(100)
    if len(head) < 100 or 2 * int.from_bytes(head[24:28], "big") > path.stat().st_size:
        raise FileFormatError(
            msg("{file}: shorter than its header says, so it was cut off or damaged; copy it again", file=label)
        )
    declared = siblings[".cpg"].read_text(encoding="ascii", errors="ignore")[:64] if ".cpg" in siblings else None
    encoding = dbf.detect(path, siblings[".dbf"], declared)
    # GDAL stumbles over half characters; Latin-1 brings every byte through
    table = _gdal(path, label, encoding="ISO-8859-1" if encoding.cut else encoding.name)
    frame = dbf.decode(table.frame, encoding.name) if encoding.cut else table.frame
    crs = table.crs
    if crs is None and ".prj" in siblings:
        try:
            crs = _of_the_earth(crs_.parse(siblings[".prj"].read_text(encoding="utf-8", errors="replace")[:20_000]))
        except CrsError:
            crs = None
    notes = () if encoding.note is None else (encoding.note,)
    return Table(table.file, path.stem, frame, table.numbers, table.geometry, crs, encoding.name, notes)


def read_dbf(path: Path, label: str) -> list[Table]:
    """Read a table of attributes that belongs to no shapefile; raises `FileFormatError` as `read` does."""
    cpg = next((path.with_suffix(end) for end in (".cpg", ".CPG") if path.with_suffix(end).exists()), None)
    declared = None if cpg is None else cpg.read_text(encoding="ascii", errors="ignore")[:64]
    with _refusing(path, label):
        encoding = dbf.detect(path, path, declared)
        table = _gdal(path, label, encoding="ISO-8859-1" if encoding.cut else encoding.name)
        frame = dbf.decode(table.frame, encoding.name) if encoding.cut else table.frame
        notes = () if encoding.note is None else (encoding.note,)
        return [Table(label, path.stem, frame, table.numbers, None, None, encoding.name, notes)]


def _drawing(path: Path, wanted: Wanted, label: str) -> Table:
    """Read the objects of a drawing that have the geometry of the layer; texts beside lines are their labels."""
    table = _entities(path, label)
    wanted_kinds = schema.load(wanted.layer).geometry
    if table.geometry is None:
        return table
    if isinstance(wanted, Everything):
        return drawing.labelled(table) if drawing.lines_of(table).any() else table
    if wanted_kinds == ("LineString",):
        return drawing.labelled(table)
    names = np.array([shapely.GeometryType(kind).name for kind in range(8)], dtype=object)
    kinds = shapely.get_type_id(table.geometry)
    fits = np.array([any(kind.upper() in names[i] for kind in wanted_kinds) if i >= 0 else False for i in kinds])
    if fits.all():
        return table
    note = msg(
        "{file}: {count} objects of the drawing are left out, which are not {wanted}",
        file=label,
        count=int((~fits).sum()),
        wanted=", ".join(wanted_kinds),
    )
    frame = table.frame.loc[fits].reset_index(drop=True)
    kept = replace(table, frame=frame, numbers=table.numbers[fits], geometry=table.geometry[fits])
    return replace(kept, notes=(*kept.notes, note))


def _entities(path: Path, label: str) -> Table:
    """Read all objects of a drawing; one whose texts are not in UTF-8 is in GB18030, unless it is in neither."""
    whole = _all_utf8(path)
    before = pyogrio.get_gdal_config_option("DXF_ENCODING")
    # what the header of a drawing says of its characters is often wrong or missing; Latin-1 brings every byte through
    pyogrio.set_gdal_config_options({"DXF_ENCODING": "ISO-8859-1"})
    try:
        table = _gdal(path, label, layer="entities")
    finally:
        pyogrio.set_gdal_config_options({"DXF_ENCODING": before})
    if whole:
        return replace(table, name=path.stem, frame=dbf.decode(table.frame, "utf-8"))
    note = msg("{file}: not UTF-8; the texts were read as GB18030", file=label)
    return replace(table, name=path.stem, frame=dbf.decode(table.frame, "gb18030"), notes=(*table.notes, note))


def _all_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(1024**2):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
    return True


def _mapinfo(path: Path, label: str) -> Table:
    """Read a MapInfo table; one that names no character set is in GB18030 where it is not in UTF-8."""
    try:
        return _gdal(path, label)
    except (pa.ArrowException, UnicodeError):
        pass
    # a heading or text may end in half a character, over which other encodings stumble
    table = _gdal(path, label, encoding="ISO-8859-1")
    note = msg("{file}: names no character set; the texts were read as GB18030", file=label)
    return replace(table, frame=dbf.decode(table.frame, "gb18030"), encoding=None, notes=(*table.notes, note))


def _parquet(path: Path, label: str) -> Table:
    metadata = parquet.read_metadata(path)
    _check_width(label, metadata.num_columns)
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if metadata.num_rows > _MOST_ROWS or size > _MOST_PARQUET_BYTES:
        raise FileFormatError(msg("{file}: more than {rows} rows; deliver it in parts", file=label, rows=_MOST_ROWS))
    spatial = b"geo" in (metadata.metadata or {})
    frame = gpd.read_parquet(path) if spatial else pd.read_parquet(path)
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index() if named else frame
    return _table(frame, label, path.stem)
