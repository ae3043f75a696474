"""Proposing a crosswalk for a delivery nobody has described: what each table is, and which column feeds which field."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from gridrisk.i18n import Message, msg
from gridrisk.layers import (
    cornered,
    crosswalk,
    evidence,
    headings,
    joins,
    located,
    place,
    relations,
    schema,
    sources,
    utilities,
    values,
)
from gridrisk.layers.collect import Collector
from gridrisk.layers.crosswalk import Corners, Join, Lines, Rule, Where
from gridrisk.layers.evidence import Candidate, limits
from gridrisk.layers.part import Part, by_name, merged_parts, of_table, of_utilities, once, worth_of
from gridrisk.units import plain

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pyproj import CRS

    from gridrisk.layers.relations import Connections, Relations
    from gridrisk.layers.table import Table

Sureness = Literal["sure", "likely", "guess", "doubtful"]
#: Layers whose lines may be built from points.
_LINED = ("pipes", "utilities")
#: Worth of a table name that names the layer, and the least worth for which a table is taken as one, in sure fields.
_NAMED, _LEAST = 2.0, 1.2
#: Letters of a pattern for table names that may tell a layer; shorter ones (*点*) fit too much.
_GLOB = 8


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed crosswalk, layer by layer, and what the person should know of the rest of the delivery."""

    parts: tuple[Part, ...]
    notes: tuple[Message, ...] = field(default=())


def sureness(score: float) -> Sureness:
    """Return in words how sure a line is."""
    names: tuple[Sureness, ...] = ("sure", "likely", "guess")
    return next((name for name in names if score >= limits("sure")[name]), "doubtful")


def propose(files: Sequence[Path], *, layer: str | None = None, as_of: dt.date, target: CRS | None = None) -> Proposal:
    """Look at the files of a delivery and propose what they mean.

    Parameters
    ----------
    files
        As for an import.
    layer
        The only layer to propose for; all that are found where it is None.
    as_of
        Day of the delivery: what has happened cannot lie after it.
    target
        The system of the workspace, where the files are for one; asked about where they name none.

    Raises
    ------
    FileFormatError
        Where a file cannot be read.
    UsageError
        Where there is no such layer.
    """
    wanted = schema.names() if layer is None else [schema.load(layer).layer]
    tables = sources.open_every(files, wanted)
    found = relations.relate(tables)
    parts: list[Part] = []
    notes: list[Message] = []
    used: set[int] = set()
    lined = next((name for name in _LINED if name in wanted), None)
    if found.connections and lined is not None:
        parts.append(_lined(found, lined, as_of))
        mixed = [one for one in found.connections if utilities.kinds_in(one.table) is not None]
        if mixed and set(_LINED) <= set(wanted):
            parts.append(_lined(replace(found, connections=tuple(mixed)), "utilities", as_of))
        taken = {(one.table.file, one.table.name) for one in found.connections}
        used |= {id(table) for table in tables if (table.file, table.name) in taken}
    listed = _listed(tables, used, wanted, as_of)
    parts += listed
    for one in found.points:
        if (not found.connections or lined is None) and not _has_features(one.table, wanted):
            continue
        used.add(id(one.table))
        parts += [
            part
            for name in relations.FEATURES
            if name in wanted
            and not any(name == own.layer for own in listed)  # a list says more than the word beside a point
            and (part := _attached(one.table, one.number, name, as_of))
        ]
    left = [table for table in tables if id(table) not in used]
    left.sort(
        key=lambda table: not located.kinds(table)
    )  # what is drawn first, for its attributes are not on their own
    for table in left:
        if id(table) in used:
            continue
        part = _with_attributes(table, left, used, wanted, as_of)
        if part is None:
            notes.append(_unrecognised(table))
        else:
            parts.append(part)
    named = [by_name(part) for part in merged_parts(parts)]
    return Proposal(tuple(named), (*notes, *_unplaced(tables, target)))


def _unplaced(tables: Sequence[Table], target: CRS | None) -> list[Message]:
    """Return what the coordinates of tables without a system look like, for the person must name it."""
    found = [question for table in tables if (question := place.question(table, target)) is not None]
    return [one for i, one in enumerate(found) if one not in found[:i]]


def _has_features(table: Table, wanted: Iterable[str]) -> bool:
    return any(name in wanted and relations.features(table, name) is not None for name in relations.FEATURES)


def _unrecognised(table: Table) -> Message:
    if not located.kinds(table):
        return msg(
            "{file}: {table} has neither geometry nor coordinates, and names no points; it is left out",
            file=table.file,
            table=table.name,
        )
    return msg(
        "{file}: what {table} holds is not clear from its headings; name its layer with --layer",
        file=table.file,
        table=table.name,
    )


def _lined(found: Relations, layer: str, as_of: dt.date) -> Part:
    """Return the part for lines that are built from points and connections."""
    parts = []
    for one in found.connections:
        notes = [_told(one, found)]
        part = of_utilities(one.table, of_table(one.table, layer, as_of, (_joined(one),)))
        unused = tuple(pair for pair in part.unused if pair[0] != one.both)
        parts.append(replace(part, notes=(*notes, *part.notes), unused=unused))
    words = Lines(
        point=tuple(dict.fromkeys(one.number for one in found.points)) or crosswalk.known_lines().point,
        start=tuple(dict.fromkeys(one.start for one in found.connections)),
        end=tuple(dict.fromkeys(one.end for one in found.connections)),
        both=tuple(dict.fromkeys(one.both for one in found.connections if one.both)),
    )
    (merged,) = merged_parts(parts)
    points = [one.table for one in found.points]
    tables = (*merged.tables, *(table.name for table in points))
    files = (*merged.files, *(table.file for table in points))
    return replace(merged, lines=words, tables=once(tables), files=once(files))


def _told(one: Connections, found: Relations) -> Message:
    if math.isnan(one.share):
        return msg(
            "{file}: {start} and {end} name the ends of lines; give the table of points too, as a further file",
            file=one.table.file,
            start=one.start,
            end=one.end,
        )
    if one.both:
        return msg(
            "lines join the two points that {both} names; {share} % of them are in {points}",
            both=one.both,
            share=f"{100 * one.share:.0f}",
            points=", ".join(once(point.table.file for point in found.points)),
        )
    return msg(
        "lines join the points {start} and {end} of {points}; {share} % of them are in it",
        start=one.start,
        end=one.end,
        points=", ".join(once(point.table.file for point in found.points)),
        share=f"{100 * one.share:.0f}",
    )


def _joined(one: Connections) -> Candidate:
    score = limits("heading")["vocabulary" if one.known else "contains"]
    why = msg("made of the two point numbers")
    columns = (one.start, one.end)
    return Candidate("", Rule.of(*columns, combine="join"), columns, score, why, len(one.table.frame), 1.0)


def _attached(table: Table, number: str, layer: str, as_of: dt.date) -> Part | None:
    """Return the part for objects that a table of points names by their feature; None where it names none."""
    found = relations.features(table, layer)
    if found is None:
        return None
    column, texts = found
    spec = schema.load(layer)
    rows = table.frame[column].map(values.text, na_action="ignore").isin(texts).to_numpy(dtype=bool)
    chosen = replace(
        table,
        frame=table.frame.loc[rows].reset_index(drop=True),
        numbers=table.numbers[rows],
        geometry=None if table.geometry is None else table.geometry[rows],
    )
    count = int(rows.sum())
    why = msg("the number of the point")
    fixed = [Candidate(spec.id, Rule.of(number), (number,), limits("heading")["synonym"], why, count, 1.0)]
    kind = evidence.judge(
        chosen, "kind", spec.fields["kind"], _kind_rule(layer, column), (column,), 0.9, msg("the values tell"), as_of
    )
    fixed += [] if kind is None else [kind]
    if layer == "valves" and any("井" in text for text in texts):
        rule = Rule.of(column, pattern="(井)", values={"井": True}, optional=True)
        fixed.append(Candidate("in_pit", rule, (column,), 0.9, msg("the values tell"), count, 1.0))
    part = of_table(chosen, layer, as_of, tuple(fixed))
    note = msg("{count} rows of {file} whose {column} says so", count=count, file=table.file, column=column)
    several = bool(chosen.frame[number].dropna().duplicated().any())
    part = replace(part, where=(Where.model_validate({"from": column, "is": texts}),), once=several, notes=(note,))
    return of_utilities(table, part)


def _kind_rule(layer: str, column: str) -> Rule:
    if layer == "voids":
        return Rule.of(column, values={"检修井": "manhole", "手孔": "manhole"})
    return Rule.of(column)


def _with_attributes(
    table: Table, others: Sequence[Table], used: set[int], wanted: Sequence[str], as_of: dt.date
) -> Part | None:
    """Return the part for a table that holds a layer, with the attributes that stand in a table of their own."""
    found = relations.attributes_of(table, [other for other in others if id(other) not in used])
    if found is None:
        return _own(table, wanted, as_of)
    other, drawn, on = found
    join = Join(drawn=(drawn,), attributes=(on,))
    (joined,) = joins.build([table, other], join, Collector(wanted[0]))
    part = _own(joined, wanted, as_of)
    if part is None:
        return None
    used.add(id(other))
    note = msg("{other} is joined by {on} to {drawn} of {file}", other=other.file, on=on, drawn=drawn, file=table.file)
    return replace(
        part,
        files=once((*part.files, other.file)),
        tables=once((*part.tables, other.name)),
        join=join,
        notes=(note, *part.notes),
    )


def _listed(tables: Sequence[Table], used: set[int], wanted: Sequence[str], as_of: dt.date) -> list[Part]:
    """Return the parts for lists of objects that lie at points of another table, and mark what they use."""
    parts = []
    for table in tables:
        found = None if id(table) in used else relations.placed_by(table, tables)
        if found is None or relations.attributes_of(found[0], [table]) is not None:
            continue
        part = _at_points(table, *found, wanted, as_of)
        if part is not None:
            used |= {id(table), id(found[0])}
            parts.append(part)
    return parts


def _at_points(table: Table, points: Table, number: str, on: str, wanted: Sequence[str], as_of: dt.date) -> Part | None:
    """Return the part for a list of objects that lie at the points whose `number` its column `on` names."""
    join = Join(drawn=(number,), attributes=(on,), only=True)
    (joined,) = joins.build([points, table], join, Collector(wanted[0]))
    part = _own(joined, [name for name in wanted if "Point" in schema.load(name).geometry], as_of)
    if part is None:
        return None
    note = msg(
        "{file} lies at the points {number} of {points} that its {on} names",
        file=table.file,
        number=number,
        points=points.file,
        on=on,
    )
    return replace(
        part,
        files=once((*part.files, points.file)),
        tables=once((*part.tables, points.name)),
        join=join,
        notes=(note, *part.notes),
    )


def _cornered(table: Table, layer: str, as_of: dt.date) -> Part | None:
    """Return the part for lines of which each row is a corner; None where they are something else."""
    spec = schema.load(layer)
    meanings = headings.meanings(table.frame.columns, layer, table.encoding)
    column = cornered.line_column(table, [column for name, column, _ in meanings if name == spec.id])
    if column is None:
        return None
    order = headings.find(table.frame.columns, cornered.ORDER, table.encoding)
    whole, groups = cornered.grouped(table, column, order)
    why = msg("the heading is known")
    number = Candidate(spec.id, Rule.of(column), (column,), limits("heading")["synonym"], why, len(groups), 1.0)
    part = of_table(whole, layer, as_of, (number,))
    if worth_of(part, spec) < _LEAST:
        return None
    note = msg(
        "{file}: the rows of one {column} are the corners of a line; {lines} lines of {rows} rows",
        file=table.file,
        column=column,
        lines=len(groups),
        rows=len(table.frame),
    )
    unused = tuple(pair for pair in part.unused if pair[0] != order)
    return replace(
        part,
        corners=Corners.model_validate({"line": column, "order": order or ()}),
        unused=unused,
        notes=(note, *part.notes),
    )


def _own(table: Table, wanted: Sequence[str], as_of: dt.date) -> Part | None:
    """Return the part for a table that holds a layer of its own; None where it fits none."""
    kinds = located.kinds(table)
    for layer in _LINED if kinds == {"Point"} else ():
        if layer in wanted and (part := _cornered(table, layer, as_of)) is not None:
            return of_utilities(table, part)
    best: tuple[float, Part] | None = None
    for layer in wanted:
        spec = schema.load(layer)
        if not kinds & set(spec.geometry):
            continue
        part = of_table(table, layer, as_of)
        worth = worth_of(part, spec) + (_NAMED if _named(table, spec) else 0.0)
        if best is None or worth > best[0]:
            best = (worth, part)
    if best is None or (best[0] < _LEAST and len(wanted) > 1):
        return None
    if kinds == {"Point"} and "pipes" in wanted:
        lined = schema.load("pipes")
        if worth_of(of_table(table, "pipes", as_of), lined) > 2 * best[0]:
            return None  # pipes of which only points are drawn, such as their corners
    return of_utilities(table, best[1])


def _named(table: Table, spec: schema.LayerSchema) -> bool:
    """Say whether a table is called like the layer, or as a shipped crosswalk knows it."""
    words = [plain(word).casefold() for word in (spec.layer, spec.title.zh, spec.title.en, *spec.synonyms)]
    name = plain(f"{table.file} {table.name}").casefold()
    globs = [
        glob.casefold() for walk in crosswalk.shipped() for glob in walk.of(spec.layer).tables if len(glob) > _GLOB
    ]
    return any(word in name for word in words) or any(fnmatchcase(plain(table.name).casefold(), glob) for glob in globs)
