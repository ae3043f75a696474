"""A delivery of survey files read as a layer: recognised, converted, checked, in the CRS of the workspace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk import crs as crs_
from gridrisk.crs import city
from gridrisk.errors import CrsError, DataError, GridriskError
from gridrisk.findings import Finding, has_errors
from gridrisk.i18n import msg
from gridrisk.layers import cornered, headings, joins, lines, pieces, place, schema, shapes, sources, utilities, values
from gridrisk.layers import crosswalk as crosswalks
from gridrisk.layers.collect import Collector, shown_all
from gridrisk.layers.fill import Filled, crosswalk_for, fill

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from pyproj import CRS

    from gridrisk.layers.crosswalk import LayerCrosswalk
    from gridrisk.layers.headings import ColumnUse
    from gridrisk.layers.pieces import Piece
    from gridrisk.layers.table import Table


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery says of a layer.

    Attributes
    ----------
    layer
        Name of the layer.
    frame
        Indexed by id, with every field of the schema, in the CRS of the workspace. Rows with an error are left out.
    origin
        ``file``, ``row`` (1 = first data row) and ``line`` (as the program numbers it that opens a sheet; elsewhere the
        row) of each row of `frame`, on its index.
    findings
        What is wrong, unknown or mended; one of severity ``error`` forbids to commit the frame.
    mapping
        What became of every column.
    rows
        Data rows in the files.
    """

    layer: str
    frame: gpd.GeoDataFrame
    origin: pd.DataFrame
    findings: tuple[Finding, ...]
    mapping: tuple[ColumnUse, ...]
    rows: int

    @property
    def sound(self) -> bool:
        """Whether nothing forbids to commit the frame."""
        return not has_errors(self.findings)


def read_delivery(  # noqa: PLR0913 - one argument an option of the command
    layer: str,
    files: Sequence[Path],
    *,
    target: CRS,
    as_of: dt.date,
    crosswalk: str | None = None,
    source_crs: str | None = None,
    swapped: bool = False,
    crosswalk_folder: Path | None = None,
    systems: Path | None = None,
) -> Delivery:
    """Read the files of a survey delivery as a layer.

    Parameters
    ----------
    layer
        Name of the layer.
    files
        Files, folders of files, File Geodatabases or zip files; ``delivery.gpkg|name`` means one table of a file.
    target
        CRS of the workspace; metric.
    as_of
        Day of the import: what has happened cannot lie after it.
    crosswalk
        Name of a crosswalk (or path of one) that says what headings and codes mean beyond the words of the schema.
    source_crs
        System of the coordinates, where the files name none or a wrong one: a code, GCJ02, BD09, or a name in
        `systems`.
    swapped
        The geometries of the files have the northing first; exchange the two.
    crosswalk_folder
        The workspace's own crosswalks; they come before those shipped.
    systems
        File of the city's own transformation parameters, ``crs.toml``.

    Raises
    ------
    FileFormatError
        Where a file is missing, damaged, of an unknown kind, or which of its tables is meant cannot be said.
    CrsError
        Where coordinates have no system, do not lie in it, or cannot be brought into `target` exactly.
    DataError
        Where a table has no ids or no geometry.
    ParameterError
        Where the crosswalk is missing or faulty.
    UsageError
        Where there is no such layer.
    """
    spec = schema.load(layer)
    if not crs_.is_metric(target):
        raise CrsError(msg("the CRS of the workspace must be metric, not {crs}", crs=crs_.label(target)))
    own = () if systems is None else city.load(systems)
    given = None if source_crs is None else crs_.given(source_crs, own)
    part = crosswalks.LayerCrosswalk() if crosswalk is None else crosswalks.load(crosswalk, crosswalk_folder).of(layer)
    collector = Collector(layer)
    tables = utilities.gas_only(sources.open_all(files, layer, part), layer, collector)
    tables = [place.turned(table) for table in tables] if swapped else tables
    rows = sum(len(table.frame) for table in tables)
    if part.corners is not None:
        tables = cornered.build(tables, part.corners, None if given is None else given.crs, collector, target)
    if part.lines is not None:
        tables = lines.build(tables, part.lines, None if given is None else given.crs, collector, target)
        rows = sum(len(table.frame) for table in tables)
    if part.join is not None:
        tables = joins.build(tables, part.join, collector)
    ask = _Ask(layer, part, given, own, target, as_of, crosswalk_folder)
    read = _pieces(tables, ask, collector)
    frame, origin = pieces.joined(pieces.once(read, spec) if part.once else read, spec, collector)
    frame = schema.complete(frame, layer)
    origin.index = frame.index
    return Delivery(
        layer,
        frame,
        origin,
        collector.result(frame),
        tuple(use for piece in read for use in piece.uses),
        rows,
    )


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is asked of every table of a delivery; see `read_delivery`."""

    layer: str
    part: LayerCrosswalk
    given: crs_.Given | None
    systems: tuple[crs_.CitySystem, ...]
    target: CRS
    as_of: dt.date
    folder: Path | None


def _pieces(tables: Sequence[Table], ask: _Ask, collector: Collector) -> list[Piece]:
    """Read every table, gathering the faults of all before refusing."""
    read: list[Piece] = []
    faults: list[GridriskError] = []
    for table in tables:
        try:
            read.append(_piece(_chosen(table, ask.part, collector), ask, collector))
        except DataError as fault:
            bare = table.geometry is None and ask.part.lines is None
            better = lines.hint(table, ask.layer, ask.folder) if bare else None
            faults.append(fault if better is None else DataError(better))
        except GridriskError as fault:
            faults.append(fault)
    if faults:
        kind = type(faults[0]) if len({type(fault) for fault in faults}) == 1 else DataError
        raise kind(*(message for fault in faults for message in fault.messages))
    return read


def _chosen(table: Table, part: LayerCrosswalk, collector: Collector) -> Table:
    """Return the rows of a table that belong to the layer."""
    keep = np.ones(len(table.frame), dtype=bool)
    for where in part.where:
        column = headings.find(table.frame.columns, where.columns, table.encoding)
        if column is None:
            continue
        globs = [values.word(text) for text in where.texts]
        texts = table.frame[column].map(values.word, na_action="ignore").fillna("")
        fitting = {text for text in texts.unique() if any(fnmatchcase(text, glob) for glob in globs)}
        keep &= texts.isin(fitting).to_numpy(dtype=bool)
        if not keep.any():
            message = msg(
                "{file}: no row has {column} {texts}; nothing is taken from it",
                file=table.file,
                column=column,
                texts=", ".join(where.texts),
            )
            collector.add("no_rows", "warning", message)
    if keep.all():
        return table
    return replace(
        table,
        frame=table.frame.loc[keep].reset_index(drop=True),
        numbers=table.numbers[keep],
        geometry=None if table.geometry is None else table.geometry[keep],
    )


def _piece(table: Table, ask: _Ask, collector: Collector) -> Piece:
    spec = schema.load(ask.layer)
    if table.frame.empty and table.geometry is not None:
        collector.add("no_rows", "warning", msg("{file}: holds no object", file=table.file))
        return pieces.Piece(
            schema.empty(ask.layer, ask.target).reset_index(), pieces.origin_of(table, np.empty(0, np.intp)), False, ()
        )
    faults: list[GridriskError] = []
    placed: place.Placed | None = None
    try:
        with np.errstate(all="ignore"):  # coordinates may be anything; what is not finite is told of
            placed = _located(table, spec, ask.given, ask.target)
    except GridriskError as fault:
        faults.append(fault)
    for note in (*table.notes, *(placed.notes if placed is not None else ())):
        collector.add("reading", "info", note)
    filled = fill(table, ask.layer, ask.part, ask.as_of, collector, placed.columns if placed is not None else ())
    if spec.id not in filled.fields:
        faults.append(_no_id(table, spec, ask.folder))
    if faults or placed is None:
        kind = type(faults[0])
        raise kind(*(message for fault in faults for message in fault.messages))
    with np.errstate(all="ignore"):
        fitted = shapes.fit(placed.geometry, spec, filled.rows, collector)
    return _placed_rows(table, filled, fitted, placed.crs, ask, collector)


def _located(table: Table, spec: schema.LayerSchema, given: crs_.Given | None, likely: CRS) -> place.Placed:
    """Return where the rows lie, in a system that has a place on earth."""
    placed = place.locate(table, spec.geometry, None if given is None else given.crs, likely)
    if given is None or given.undo is None:
        return placed
    return replace(placed, geometry=given.settled(placed.geometry), crs=given.result)


def _no_id(table: Table, spec: schema.LayerSchema, folder: Path | None) -> DataError:
    known = crosswalk_for(table, spec.layer, folder)
    if known is not None:
        return DataError(
            msg(
                "{file}: no column for {id} ({title}), but --crosswalk {name} knows these headings",
                file=table.file,
                id=spec.id,
                title=spec.fields[spec.id].title.zh,
                name=known,
            )
        )
    return DataError(
        msg(
            "{file}: no column for {id} ({title}); the columns are {columns}; rename one, or let gridrisk crosswalk "
            'propose say in a crosswalk which it is, which make it up together, or generate = "row"',
            file=table.file,
            id=spec.id,
            title=spec.fields[spec.id].title.zh,
            columns=shown_all(table.frame.columns),
        )
    )


def _placed_rows(
    table: Table,
    filled: Filled,
    fitted: shapes.Shapes,
    crs: CRS,
    ask: _Ask,
    collector: Collector,
) -> Piece:
    """Return the rows that have an id and a place, in the CRS of the workspace."""
    spec = schema.load(ask.layer)
    nameless = filled.fields[spec.id].isna().to_numpy(dtype=bool)
    collector.add_rows(
        "no_id",
        "error",
        filled.rows,
        np.flatnonzero(nameless).tolist(),
        lambda _, row: msg("{place}: no {id}; every row needs one", place=row, id=spec.id),
        field=spec.id,
    )
    outside = ~crs_.inside(shapely.bounds(fitted.geometry), crs)
    collector.add_rows(
        "outside_area",
        "error",
        filled.rows,
        np.unique(fitted.origin[outside]).tolist(),
        lambda _, row: msg(
            "{place}: does not lie where {crs} is used; correct its coordinates, or leave it out by `where` in a "
            "crosswalk if it is no object of this layer",
            place=row,
            crs=crs_.label(crs),
        ),
    )
    kept = ~outside & ~nameless[fitted.origin]
    origin = fitted.origin[kept]
    fields = filled.fields.iloc[origin].reset_index(drop=True)
    part = fitted.part[kept]
    ids = fields[spec.id].astype(object)
    fields[spec.id] = ids.where(part == 0, ids + "-" + pd.Series(part, dtype=object).map(str)).astype("str")
    frame = gpd.GeoDataFrame(fields, geometry=fitted.geometry[kept], crs=crs)
    where = pieces.origin_of(table, origin)
    return pieces.Piece(crs_.transform(frame, ask.target, table.file, ask.systems), where, filled.composed, filled.uses)
