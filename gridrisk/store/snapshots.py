"""Immutable snapshots of layers on disk, named by their content."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridrisk.errors import WorkspaceError
from gridrisk.i18n import msg
from gridrisk.layers import schema
from gridrisk.layers.encoded import EncodedGeometry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Rows that lie near one another share a group, so that a window reads few groups.
ROWS_PER_GROUP = 20_000
_NAME_LENGTH = 32
_BLOCK = 1 << 20
#: First rows of a column by which it is told whether its values repeat.
_SAMPLE = 4096

# Arrow's own allocator hands freed pages back at once and takes them anew for the next column: half the time of reading
# a large layer, and a seventh of that of a whole score.
pa.set_memory_pool(pa.system_memory_pool())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file (of a folder: of its files in order of name) as hexadecimal text."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    digest.update(block)
    return digest.hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file to write beside `path`, which it replaces whole when the block ends well, and never otherwise."""
    with _part(path.parent, path.suffix) as part:
        yield part
        _settle(part, path)


def write_frame(frame: gpd.GeoDataFrame, folder: Path) -> str:
    """Write a layer as GeoParquet, neighbours together, and return its file name."""
    ordered = _by_place(frame)
    return _store(folder, ".parquet", lambda part: _to_parquet(ordered, part))


def write_file(source: Path, folder: Path) -> str:
    """Copy a raster as it is and return its file name."""
    return _store(folder, source.suffix.lower(), lambda part: shutil.copyfile(source, part))


def write_json(content: object, folder: Path, *, parts: Path | None = None) -> str:
    """Write `content` as JSON and return its file name; `parts` holds it while half-written."""
    text = json.dumps(content, ensure_ascii=False)
    return _store(folder, ".json", lambda part: part.write_text(text, encoding="utf-8"), parts)


def write_table(table: pa.Table, folder: Path, *, parts: Path | None = None) -> str:
    """Write a table without places as Parquet and return its file name; `parts` holds it while half-written."""
    return _store(
        folder,
        ".parquet",
        lambda part: pq.write_table(table, part, compression="zstd", row_group_size=ROWS_PER_GROUP),
        parts,
    )


def read_frame(path: Path, layer: str, columns: list[str] | None = None) -> gpd.GeoDataFrame:
    """Read a snapshot, indexed by id, every field of the schema present.

    Raises
    ------
    WorkspaceError
        Where the file is missing or damaged.
    """
    try:
        frame = _from_parquet(path, columns)
    except (OSError, pa.ArrowException, ValueError, KeyError, CRSError) as error:
        raise WorkspaceError(
            msg(
                "{file}: the snapshot of {layer} cannot be read ({error}); restore an earlier version",
                file=path.name,
                layer=layer,
                error=error,
            )
        ) from error
    return schema.complete(frame, layer) if columns is None else frame.set_index(schema.load(layer).id)


def _from_parquet(path: Path, columns: list[str] | None) -> gpd.GeoDataFrame:
    """Read GeoParquet without making shapely objects, which few readers of a large layer need."""
    with pq.ParquetFile(path) as file:
        names = set(file.schema_arrow.names)
        head = json.loads((file.schema_arrow.metadata or {})[b"geo"])
        name = head["primary_column"]
        column = head["columns"][name]
        if column["encoding"] != "WKB" or len(head["columns"]) > 1:
            return gpd.read_parquet(path, columns=columns)
        if columns is None:
            covering = {paths[0] for paths in column.get("covering", {}).get("bbox", {}).values()}
            columns = [field for field in file.schema_arrow.names if field not in covering]
        table = file.read([field for field in columns if field in names])
    system = CRS.from_user_input(column["crs"]) if column.get("crs") else None
    frame = table.drop([name]).to_pandas()
    return gpd.GeoDataFrame(frame, geometry=EncodedGeometry(table[name], system), copy=False)


def write_geoparquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a frame as GeoParquet, a named index as first column.

    Geometries that stand in well-known binary already are written as they are.
    """
    column = frame.geometry.array
    if not isinstance(column, EncodedGeometry) or column.encoded is None:
        (frame if frame.index.name is None else frame.reset_index()).to_parquet(path, index=False)
        return
    name = frame.geometry.name
    # a plain frame first: one with places copies all of it at every step
    table = plain_table(pd.DataFrame(frame).drop(columns=name)).append_column(name, column.encoded)
    crs = None if frame.crs is None else frame.crs.to_json_dict()
    head = {
        "version": "1.0.0",
        "primary_column": name,
        "columns": {name: {"encoding": "WKB", "crs": crs, "geometry_types": []}},
    }
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"geo": json.dumps(head).encode()})
    write_plain(table, path)


def plain_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame without places as a table, a named index as first column."""
    return pa.Table.from_pandas(frame if frame.index.name is None else frame.reset_index(), preserve_index=False)


def write_plain(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet, with a dictionary where values repeat; elsewhere one is built only to be given up."""
    pq.write_table(table, path, use_dictionary=_repeated(table.slice(0, _SAMPLE)))


def _repeated(first: pa.Table) -> list[str]:
    """Return the columns whose values repeat, by the first rows of a table."""
    return [name for name, column in zip(first.column_names, first.columns, strict=True) if _repeats(column)]


def _repeats(column: pa.ChunkedArray) -> bool:
    if pa.types.is_nested(column.type) or pa.types.is_dictionary(column.type) or pa.types.is_null(column.type):
        return True
    return int(pc.count_distinct(column).as_py()) <= _SAMPLE // 4


def remove_parts(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for part in folder.rglob(".part-*"):
        part.unlink(missing_ok=True)


@contextmanager
def _part(folder: Path, suffix: str) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    # not tempfile: its files are readable by their maker only, and a workspace is shared
    part = folder / f".part-{secrets.token_hex(8)}{suffix}"
    part.touch(exist_ok=False)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _settle(part: Path, target: Path) -> None:
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    part.replace(target)


def _store(folder: Path, suffix: str, write: Callable[[Path], object], parts: Path | None = None) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with _part(parts or folder, suffix) as part:
        write(part)
        target = folder / f"{sha256_of(part)[:_NAME_LENGTH]}{suffix}"
        if not target.exists():
            _settle(part, target)
        return target.name


def _by_place(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if len(frame) < 2:
        return frame
    usable = ~(frame.geometry.isna() | frame.geometry.is_empty)
    distance = np.full(len(frame), -1, dtype="int64")
    if usable.any():
        distance[usable.to_numpy()] = frame.geometry[usable].hilbert_distance().to_numpy()
    return frame.iloc[np.lexsort((frame.index.to_numpy(dtype=object).astype(str), distance))]


def _to_parquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    first = plain_table(pd.DataFrame(frame.iloc[:_SAMPLE]).drop(columns=frame.geometry.name))
    frame.reset_index().to_parquet(
        path,
        index=False,
        compression="zstd",
        row_group_size=ROWS_PER_GROUP,
        write_covering_bbox=True,
        schema_version="1.1.0",
        use_dictionary=_repeated(first),
    )
