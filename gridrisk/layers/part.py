"""What is proposed for one layer out of one table, and out of several of one layer together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gridrisk.i18n import Message, msg
from gridrisk.layers import assign, drawing, evidence, headings, located, schema, utilities, values
from gridrisk.layers.crosswalk import Corners, Join, Lines, Rule, Where
from gridrisk.layers.evidence import Candidate, limits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from gridrisk.layers.table import Table


@dataclass(frozen=True, slots=True)
class Part:
    """What is proposed for one layer.

    Attributes
    ----------
    files, tables
        Where its rows stand.
    fields
        Rules in the order of the schema; several for one field are tried in turn.
    ignore
        Headings that would be taken for a field that another column fills better.
    unused
        Columns that feed nothing, with a value of each.
    """

    layer: str
    files: tuple[str, ...]
    tables: tuple[str, ...]
    fields: tuple[Candidate, ...]
    lines: Lines | None = None
    corners: Corners | None = None
    where: tuple[Where, ...] = ()
    join: Join | None = None
    once: bool = False
    ignore: tuple[str, ...] = ()
    unused: tuple[tuple[str, str], ...] = ()
    notes: tuple[Message, ...] = ()


def of_table(table: Table, layer: str, as_of: dt.date, fixed: tuple[Candidate, ...] = ()) -> Part:
    """Return the part for one table; `fixed` rules come first, those without a field are for the number."""
    spec = schema.load(layer)
    taken = located.coordinate_columns(table)
    available = [column for column in table.frame.columns if column not in taken]
    given = [one if one.field else replace(one, field=spec.id) for one in fixed]
    known = {one.field for one in given if one.field != spec.id or one.rule.combine != "join"}
    several = [one for one in evidence.candidates(table, layer, available, as_of) if one.field not in known]
    fields = assign.assigned(table, [*given, *several] if known else sorted([*several, *given], key=assign.order), spec)
    gained = assign.derived(table, layer, fields, as_of)
    fields = [*fields, *gained]
    if spec.id not in {one.field for one in fields}:
        why = msg("no column numbers the objects: file and row do; keep the order of rows in later deliveries")
        fields.append(Candidate(spec.id, Rule(generate="row"), (), limits("sure")["guess"], why, 0, 1.0))
    order = list(spec.fields)
    fields.sort(key=lambda one: order.index(one.field))
    used = {column for one in fields for column in one.columns}
    ends = {column for one in fixed for column in one.columns}
    recognised = {column for _, column, _ in headings.meanings(available, layer, table.encoding)}
    left = [column for column in available if column not in used | ends]
    return Part(
        layer,
        (table.file,),
        (table.name,),
        tuple(fields),
        ignore=tuple(column for column in left if column in recognised),
        unused=tuple((column, _example(table, column)) for column in left),
    )


def worth_of(part: Part, spec: schema.LayerSchema) -> float:
    """Return how much of a layer a table holds: its fields by whole columns or labels, required ones twice."""
    return sum(
        one.score * (2.0 if one.field in spec.required else 1.0)
        for one in part.fields
        if one.field != spec.id
        and (not one.rule.optional or one.columns == (drawing.TEXT,))
        and one.score >= limits("sure")["guess"]
    )


def of_utilities(table: Table, part: Part) -> Part:
    """Return a part with the rows of gas alone, or for the layer of other utilities those of them alone."""
    kinds = utilities.kinds_in(table) if part.layer in (*utilities.LAYERS, "utilities") else None
    if kinds is None:
        return part
    texts = kinds.others if part.layer == "utilities" else kinds.gas
    return replace(part, where=(*part.where, Where.model_validate({"from": kinds.column, "is": texts})))


def _example(table: Table, column: str) -> str:
    filled = table.frame[column].dropna()
    return values.text(filled.iloc[0]) if len(filled) else ""


def once(items: Iterable[str]) -> tuple[str, ...]:
    """Return texts in their order, each once."""
    return tuple(dict.fromkeys(items))


def merged_parts(parts: Iterable[Part]) -> list[Part]:
    """Return one part a layer; tables of one layer share their rules."""
    merged: dict[str, Part] = {}
    for part in parts:
        before = merged.get(part.layer)
        if before is None:
            merged[part.layer] = part
            continue
        rules = [(one.field, one.rule) for one in before.fields]
        more = [one for one in part.fields if (one.field, one.rule) not in rules]
        order = list(schema.load(part.layer).fields)
        fields = sorted([*before.fields, *more], key=lambda one: order.index(one.field))
        used = {column for one in fields for column in one.columns}
        # a rule that stands for whatever no column numbers comes last
        fields.sort(key=lambda one: (order.index(one.field), one.rule.generate is not None))
        merged[part.layer] = replace(
            before,
            files=once((*before.files, *part.files)),
            tables=once((*before.tables, *part.tables)),
            fields=tuple(fields),
            where=tuple(dict.fromkeys((*before.where, *part.where))),
            ignore=tuple(c for c in once((*before.ignore, *part.ignore)) if c not in used),
            unused=tuple(dict.fromkeys((*before.unused, *part.unused))),
            notes=(*before.notes, *part.notes),
        )
    return list(merged.values())


def by_name(part: Part) -> Part:
    """Return a part with the kind of all its objects, where no column tells it and the name of the only table does."""
    if len(part.files) != 1 or len(part.tables) != 1:
        return part
    spec = schema.load(part.layer)
    name = f"{part.files[0].rpartition('.')[0]} {part.tables[0]}"
    fed = {one.field for one in part.fields}
    gained = [
        Candidate(
            field_, Rule(constant=meant), (), limits("sure")["guess"], msg("the name {name} says so", name=name), 0, 1
        )
        for field_ in spec.required
        if field_ not in fed and (meant := evidence.named_by(field_, spec.fields[field_], name)) is not None
    ]
    order = list(spec.fields)
    return replace(part, fields=tuple(sorted([*part.fields, *gained], key=lambda one: order.index(one.field))))
