"""Filling the fields of a layer from the columns of a table: by crosswalk, by name, by synonym."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.i18n import msg
from gridrisk.layers import codes, crosswalk, faults, headings, nominal, schema, values
from gridrisk.layers.collect import Rows, shown, shown_all
from gridrisk.layers.crosswalk import Rule
from gridrisk.units import plain

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gridrisk.i18n import Message
    from gridrisk.layers.collect import Collector
    from gridrisk.layers.crosswalk import LayerCrosswalk
    from gridrisk.layers.headings import ColumnUse
    from gridrisk.layers.schema import FieldSchema
    from gridrisk.layers.table import Table
    from gridrisk.layers.values import Fault


#: Unit of fields whose amounts surveys write in several units: a bare 0.4 is MPa here and bar there.
_AMBIGUOUS_UNIT = "kPa"
#: A text that names the unit of its amount.
_NAMED_UNIT = r"(?i)^(.*(?:pa|bar|帕).*)$"
#: What spreadsheets call a sheet that nobody named.
_NAMELESS = re.compile(r"(?i)(sheet|工作表|表)\s*\d*")


@dataclass(frozen=True, slots=True)
class Source:
    """A rule and the columns of the table it takes."""

    rule: Rule
    columns: tuple[str, ...]
    how: headings.How


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of a table.

    Attributes
    ----------
    fields
        One column a field that the table feeds, the id among them where there is one.
    rows
        Names of the rows.
    composed
        The ids are put together from other columns, so that the same one twice is no contradiction.
    uses
        What became of every column.
    """

    fields: pd.DataFrame
    rows: Rows
    composed: bool
    uses: tuple[ColumnUse, ...]


def fill(
    table: Table, layer: str, part: LayerCrosswalk, as_of: dt.date, collector: Collector, placed: Iterable[str]
) -> Filled:
    """Fill the fields of `layer` from `table`.

    Parameters
    ----------
    placed
        Columns already used as coordinates.
    collector
        Takes a finding for each value that cannot be read, each column not used and each required field missing.
    """
    spec = schema.load(layer)
    sources = _sources(table, layer, part, set(placed))
    numbers = table.numbers
    rows = Rows(table.file, numbers, np.full(len(numbers), None, dtype=object), table.above)
    columns: dict[str, pd.Series] = {}
    for name in dict.fromkeys([spec.id, *spec.fields]):
        if name not in sources:
            continue
        values_ = _field(table, name, spec.fields[name], sources[name], rows, as_of, collector)
        if all(source.how == "beside" for source in sources[name]) and not values_.notna().any():
            continue
        columns[name] = values_
        if name == spec.id:
            ids = columns[name].astype(object).where(columns[name].notna(), None)
            rows = replace(rows, ids=ids.to_numpy(dtype=object))
    if {"diameter_mm", "material"} <= columns.keys():
        columns["diameter_mm"] = _nominal(table, columns, sources["diameter_mm"], collector)
    uses = _uses(table, sources, part, set(placed))
    _tell_columns(uses, layer, set(sources), collector)
    _tell_missing(table, layer, columns, collector)
    composed = any(source.rule.combine == "join" for source in sources.get(spec.id, ()))
    return Filled(pd.DataFrame(columns, index=table.frame.index), rows, composed, uses)


def crosswalk_for(table: Table, layer: str, folder: Path | None) -> str | None:
    """Return the crosswalk that knows which column of `table` holds the ids; None where none does."""
    for walk in crosswalk.usable(folder):
        rules = walk.of(layer).fields.get(schema.load(layer).id, ())
        available = list(table.frame.columns)
        if any(rule.columns and columns_of(rule, available, table.encoding) is not None for rule in rules):
            return walk.name
    return None


def _sources(table: Table, layer: str, part: LayerCrosswalk, placed: set[str]) -> dict[str, list[Source]]:
    available = [column for column in table.frame.columns if column not in placed]
    found: dict[str, list[Source]] = {}
    for name, rules in part.fields.items():
        for rule in rules:
            columns = columns_of(rule, available, table.encoding)
            if columns is not None:
                found.setdefault(name, []).append(Source(rule, columns, "crosswalk"))
    # a column searched for what it may hold besides keeps its own meaning
    taken = {
        column
        for sources in found.values()
        for source in sources
        if not source.rule.optional
        for column in source.columns
    }
    ignored = {headings.key(word) for word in part.ignore}
    left = [column for column in available if column not in taken and headings.key(column) not in ignored]
    for name, (column, how) in headings.recognise(left, layer, table.encoding).items():
        found.setdefault(name, []).append(Source(Rule(), (column,), how))
    for name, rule in besides(
        {name: [(one.rule, one.columns) for one in several] for name, several in found.items()}, layer
    ):
        found.setdefault(name, []).append(Source(rule, rule.columns, "beside"))
    return found


def besides(found: Mapping[str, Sequence[tuple[Rule, tuple[str, ...]]]], layer: str) -> Iterator[tuple[str, Rule]]:
    """Yield the rules by which columns that feed one field are read for another besides.

    Parameters
    ----------
    found
        Rules and their columns by field.
    """
    for name, spec in schema.load(layer).fields.items():
        own = [(columns, rule.pattern) for rule, columns in found.get(name, ())]
        for one in spec.beside:
            for rule, columns in found.get(one.field, ()):
                taken = (columns, "") in own or (columns, one.pattern) in own
                if rule.optional or len(columns) != 1 or taken:
                    continue
                if not re.search(one.heading, plain(columns[0]), re.IGNORECASE):
                    continue
                unit = (rule.unit or headings.unit_of(columns[0])) if one.named else ""
                pattern = one.pattern or (_NAMED_UNIT if one.named and not unit else "")
                yield name, Rule.of(*columns, pattern=pattern, unit=unit, optional=True)


def columns_of(rule: Rule, available: list[str], encoding: str | None) -> tuple[str, ...] | None:
    """Return the columns a rule takes; None where the table lacks them."""
    if not rule.columns:
        return ()
    if rule.combine == "first":
        column = headings.find(available, rule.columns, encoding)
        return None if column is None else (column,)
    found = tuple(headings.find(available, [wanted], encoding) for wanted in rule.columns)
    known = tuple(column for column in found if column is not None)
    needed = len(found) if rule.combine == "join" else 1
    return known if len(known) >= needed else None


def _field(
    table: Table,
    name: str,
    spec: FieldSchema,
    sources: list[Source],
    rows: Rows,
    as_of: dt.date,
    collector: Collector,
) -> pd.Series:
    """Return the values of a field: from its first source, and where that has none from the next."""
    result: pd.Series | None = None
    before = ""
    for source in sources:
        reading = read(table, name, spec, source, as_of)
        column = source.columns[0] if source.columns else name
        for fault in reading.faults:
            rest = codes.tell_unknown(fault, name, spec, rows, column, collector)
            _tell_fault(rest, name, spec, rows, as_of, collector)
        codes.tell_ours(table.frame, column, name, spec, source.rule, rows.file, collector)
        if result is None:
            result = reading.values
        else:
            filled = result.isna() & reading.values.notna()
            if filled.any():
                result = result.mask(filled, reading.values)
                _tell_stand_in(table, name, before, source, int(filled.sum()), collector)
        if source.rule.constant is not None:
            collector.add(
                "constant",
                "info",
                msg(
                    "{file}: {field} is {value} in every row without one, because the crosswalk says so",
                    file=table.file,
                    field=name,
                    value=source.rule.constant,
                ),
                field=name,
            )
        before = ", ".join(source.columns)
        if not result.isna().any():
            break
    return result if result is not None else pd.Series(index=table.frame.index, dtype=spec.dtype)


def read(table: Table, name: str, spec: FieldSchema, source: Source, as_of: dt.date) -> values.Reading:
    """Return the values of a field as one source has them, and the faults met."""
    rule = source.rule
    if rule.generate is not None:
        # Sheet1 is what a workbook is called that nobody named: the next delivery has one too
        name_ = Path(table.file).stem if _NAMELESS.fullmatch(table.name) else table.name
        made = pd.Series([f"{name_}-{number}" for number in table.numbers], index=table.frame.index, dtype="str")
        return values.Reading(made)
    if rule.constant is not None:
        column = pd.Series([rule.constant] * len(table.frame), index=table.frame.index, dtype=object)
        return values.read(column, name, spec, values.How(as_of))
    if rule.combine == "join":
        texts = zip(*([_text_or_none(v) for v in table.frame[column]] for column in source.columns), strict=True)
        whole = [rule.separator.join(filter(None, row)) if all(row) else None for row in texts]
        return values.read(pd.Series(whole, index=table.frame.index, dtype="str"), name, spec, values.How(as_of))
    readings = [
        values.read(
            table.frame[column],
            name,
            spec,
            _how(rule, column, spec, as_of),
        )
        for column in source.columns
    ]
    if len(readings) == 1:
        return readings[0]
    mean = pd.concat([reading.values for reading in readings], axis=1).mean(axis=1)
    return values.Reading(
        pd.Series(mean, dtype=spec.dtype), tuple(fault for reading in readings for fault in reading.faults)
    )


def _nominal(
    table: Table, columns: Mapping[str, pd.Series], sources: Sequence[Source], collector: Collector
) -> pd.Series:
    """Return the diameters with outer ones of steel as nominal ones."""
    result = columns["diameter_mm"]
    for source in sources:
        if len(source.columns) != 1:
            continue
        (column,) = source.columns
        result, told = nominal.settled(result, columns["material"], table.frame[column], column)
        if len(told):
            message = msg(
                "{file}: {column} names outer diameters of steel pipes, which were brought to the nominal ones: {told} "
                "(rows); the distances from the outer edge go by the series of sizes",
                file=table.file,
                column=column,
                told=", ".join(f"{outer:g} → DN{size:g} ({rows:g})" for outer, size, rows in told.to_numpy().tolist()),
            )
            collector.add("nominal_diameter", "info", message, field="diameter_mm")
    return result


def _how(rule: Rule, column: str, spec: FieldSchema, as_of: dt.date) -> values.How:
    unit = rule.unit or headings.unit_of(column)
    named = spec.unit == _AMBIGUOUS_UNIT and not unit
    return values.How(as_of, unit, rule.values, rule.pattern, rule.optional, named=named)


def _text_or_none(value: object) -> str | None:
    return None if pd.isna(value) else values.text(value) or None  # type: ignore[call-overload]


def _tell_fault(fault: Fault, name: str, spec: FieldSchema, rows: Rows, as_of: dt.date, collector: Collector) -> None:
    if fault.kind == "month_only":
        collector.add(
            fault.kind,
            "info",
            msg(
                "{file}: {field} names no day in {count} rows; the first of the month was taken",
                file=rows.file,
                field=name,
                count=len(fault.positions),
            ),
            field=name,
        )
        return

    def tell(place: int, row: Message) -> Message:
        return faults.explain(fault.kind, row, name, spec, fault.texts[place], as_of)

    collector.add_rows(fault.kind, "warning", rows, fault.positions.tolist(), tell, field=name)


def _tell_stand_in(table: Table, name: str, before: str, source: Source, count: int, collector: Collector) -> None:
    collector.add(
        "stand_in",
        "info",
        msg(
            "{file}: {field} comes from {column} in {count} rows, where {before} says nothing {note}",
            file=table.file,
            field=name,
            column=", ".join(source.columns) or source.rule.constant,
            count=count,
            before=before or "—",
            note=f"({source.rule.note})" if source.rule.note else "",
        ),
        field=name,
    )


def _uses(
    table: Table, sources: dict[str, list[Source]], part: LayerCrosswalk, placed: set[str]
) -> tuple[ColumnUse, ...]:
    ignored = {headings.key(word) for word in part.ignore}
    uses = []
    for column in table.frame.columns:
        fed = [
            headings.ColumnUse(table.file, column, name, source.how)
            for name, several in sources.items()
            for source in several
            if column in source.columns and source.how != "beside"
        ]
        how: headings.How = "unused"
        if column in placed:
            how = "geometry"
        elif headings.key(column) in ignored:
            how = "ignored"
        uses += fed or [headings.ColumnUse(table.file, column, None, how)]
    return tuple(uses)


def _tell_columns(uses: tuple[ColumnUse, ...], layer: str, filled: set[str], collector: Collector) -> None:
    for use in uses:
        if use.how != "unused":
            continue
        near = headings.nearest(use.column, layer)
        if near is None:
            message = msg("{file}: the column {column} is not used", file=use.file, column=shown(use.column))
        elif near in filled:
            message = msg(
                "{file}: the column {column} is not used; {field} comes from another column",
                file=use.file,
                column=shown(use.column),
                field=near,
            )
        else:
            message = msg(
                "{file}: the column {column} is not used; did you mean {near}? Rename it, or map it in a crosswalk",
                file=use.file,
                column=shown(use.column),
                near=near,
            )
        doubtful = near is not None and near not in filled
        collector.add("unknown_column", "warning" if doubtful else "info", message, field=near if doubtful else None)


def _tell_missing(table: Table, layer: str, columns: dict[str, pd.Series], collector: Collector) -> None:
    """Tell of required fields (but the id) that the table lacks or leaves empty."""
    spec = schema.load(layer)
    for name in spec.required:
        if name == spec.id:
            continue
        title = spec.fields[name].title.zh
        if name not in columns:
            message = msg(
                "{file}: no column for {field} ({title}), which is carried as unknown; the columns are {columns}",
                file=table.file,
                field=name,
                title=title,
                columns=shown_all(table.frame.columns),
            )
            collector.add("missing_field", "warning", message, field=name)
            continue
        blank = int(columns[name].isna().sum())
        if blank:
            message = msg(
                "{file}: {field} ({title}) is unknown in {count} of {rows} rows",
                file=table.file,
                field=name,
                title=title,
                count=blank,
                rows=len(table.frame),
            )
            collector.add("missing_value", "warning", message, field=name)
