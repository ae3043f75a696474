r"""Crosswalks: which column of a delivery feeds which field, and what its codes mean.

A crosswalk is a TOML file with one table a layer. A field has one rule, or several that are tried in order, row by
row::

    title = "…"

    [pipes]
    tables = ["leitungen*"]                  # files, layers or sheets to take, where a delivery has several
    ignore = ["LAENGE_M"]                    # columns known and not wanted
    where = [{ from = ["FSW"], is = ["阀门*"] }]   # rows to take
    lines = { point = ["物探点号"], start = ["起点点号"], end = ["终点点号"] }   # lines out of a table of points
    once = true                              # further rows of one number at one place are the same object
    join = { drawn = ["GXBH"], attributes = ["管段编号"] }   # attributes in a table without geometry
                                             # with only = true: only objects that have a row of attributes

    [pipes.fields]
    pipe_id = { from = ["VON", "NACH"], combine = "join" }
    diameter_mm = [{ from = "ROHRTYP", pattern = '^(\d+)' }, { from = "DI_MM", note = "inner diameter" }]
    status = { from = "IN_BETRIEB", values = { "1" = "in_service" } }
    is_source = { constant = true }
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gridrisk import assets, toml
from gridrisk.errors import MissingParameterError, ParameterError
from gridrisk.i18n import Message, msg
from gridrisk.layers import schema
from gridrisk.units import factor

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORBIDDEN_KEY = "extra_forbidden"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Rule(_Strict):
    """Where the values of a field come from.

    Attributes
    ----------
    columns
        Headings (``from`` in the file). With ``combine = "first"`` the first that the table has feeds the field; with
        ``join`` their texts are joined by `separator`, with ``mean`` their numbers are averaged.
    pattern
        Regular expression searched in the text; its first group is the value.
    unit
        Unit of the values, where the file does not say it.
    values
        Codes of the file and what they mean.
    constant
        The value of every row, for what the whole file is known to be.
    generate
        ``row``: the name of the table and the number of the row make an id, for tables without one.
    optional
        A text that pattern or values do not know is left out without a finding (remarks).
    note
        Shown with the finding that tells that this rule stood in for an earlier one.
    """

    columns: tuple[str, ...] = Field(default=(), alias="from")
    combine: Literal["first", "join", "mean"] = "first"
    separator: str = "-"
    pattern: str = ""
    unit: str = ""
    values: dict[str, str | bool | int | float] = Field(default_factory=dict)
    constant: str | bool | int | float | None = None
    generate: Literal["row"] | None = None
    optional: bool = False
    note: str = ""

    _columns = field_validator("columns", mode="before")(_as_tuple)

    @classmethod
    def of(cls, *columns: str, **options: Any) -> Rule:
        """Return a rule for some columns."""
        return cls.model_validate({"from": columns, **options})


class Where(_Strict):
    """Which rows belong to the layer: those whose column has one of some texts (``*`` stands for any)."""

    columns: tuple[str, ...] = Field(alias="from")
    texts: tuple[str, ...] = Field(alias="is")

    _columns = field_validator("columns", "texts", mode="before")(_as_tuple)


class Lines(_Strict):
    """How lines are built from a table of points and one of connections.

    A column of `both` names the two ends in one text (``RQ1-RQ2``).
    """

    point: tuple[str, ...]
    start: tuple[str, ...]
    end: tuple[str, ...]
    both: tuple[str, ...] = ()

    _columns = field_validator("point", "start", "end", "both", mode="before")(_as_tuple)


class Corners(_Strict):
    """By which column the rows of a table are corners of one line, and which tells their order in it."""

    line: tuple[str, ...]
    order: tuple[str, ...] = ()

    _columns = field_validator("line", "order", mode="before")(_as_tuple)


class Join(_Strict):
    """By which columns attributes in a table of their own belong to the objects drawn in another.

    With `only` the objects are those that have a row of attributes, as the valves of a list among all survey points.
    """

    drawn: tuple[str, ...]
    attributes: tuple[str, ...]
    only: bool = False

    _columns = field_validator("drawn", "attributes", mode="before")(_as_tuple)


class LayerCrosswalk(_Strict):
    """The part of a crosswalk that feeds one layer.

    With `once` further rows of one number at one place are the same object, as in a table with a row a neighbour.
    """

    tables: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()
    lines: Lines | None = None
    corners: Corners | None = None
    join: Join | None = None
    once: bool = False
    fields: dict[str, tuple[Rule, ...]] = Field(default_factory=dict)

    @field_validator("fields", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: rules if isinstance(rules, list) else [rules] for name, rules in value.items()}


class Crosswalk(_Strict):
    """A survey vocabulary: one part a layer."""

    name: str
    title: str = ""
    sha256: str = ""
    layers: dict[str, LayerCrosswalk]

    def of(self, layer: str) -> LayerCrosswalk:
        """Return the part for `layer`; an empty one where the crosswalk does not speak of it."""
        return self.layers.get(layer, LayerCrosswalk())


def names(folder: Path | None = None) -> list[str]:
    """Return the names of the shipped crosswalks and those in `folder`."""
    return sorted({path.stem for root in _roots(folder) for path in root.glob("*.toml")})


def _roots(folder: Path | None) -> list[Path]:
    shipped = assets.folder("layers") / "crosswalks"
    return [root for root in (folder, shipped) if root is not None and root.is_dir()]


def load(name: str, folder: Path | None = None) -> Crosswalk:
    """Load a crosswalk.

    Parameters
    ----------
    name
        Of a file in `folder` or of a shipped one, without its ending; or the path of a TOML file.
    folder
        The crosswalks of a workspace; they come before those shipped.

    Raises
    ------
    ParameterError
        Naming every fault of the file at once.
    """
    return parse(find(name, folder))


def find(name: str, folder: Path | None = None) -> Path:
    """Return the file of a crosswalk; see `load`."""
    candidates = [root / f"{name}.toml" for root in _roots(folder)]
    if name.endswith(".toml"):
        candidates.insert(0, Path(name))
    for path in candidates:
        if path.is_file():
            return path
    near = get_close_matches(name, names(folder), n=1)
    if near:
        raise MissingParameterError(msg("{name}: no such crosswalk; did you mean {near}?", name=name, near=near[0]))
    raise MissingParameterError(
        msg("{name}: no such crosswalk; choose one of {known}", name=name, known=", ".join(names(folder)))
    )


def usable(folder: Path | None = None) -> Iterator[Crosswalk]:
    """Yield all crosswalks that can be read, for hints: a faulty one must not hide what is asked about."""
    for name in names(folder):
        with suppress(ParameterError):
            yield load(name, folder)


@cache
def shipped() -> tuple[Crosswalk, ...]:
    """Return the crosswalks that are shipped."""
    return tuple(usable())


@cache
def known_lines() -> Lines:
    """Return every heading by which shipped crosswalks know points and the ends of lines."""
    known = [part.lines for walk in shipped() for part in walk.layers.values() if part.lines is not None]
    return Lines(
        point=tuple(dict.fromkeys(word for lines in known for word in lines.point)),
        start=tuple(dict.fromkeys(word for lines in known for word in lines.start)),
        end=tuple(dict.fromkeys(word for lines in known for word in lines.end)),
        both=tuple(dict.fromkeys(word for lines in known for word in lines.both)),
    )


def parse(path: Path) -> Crosswalk:
    """Read a crosswalk file; see `load`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ParameterError(msg("{file}: cannot be read: {error}", file=path.name, error=error)) from error
    raw = toml.parse(content, path.name)
    title = raw.pop("title", "")
    try:
        walk = Crosswalk.model_validate(
            {"name": path.stem, "title": title, "sha256": hashlib.sha256(content).hexdigest(), "layers": raw}
        )
    except ValidationError as error:
        raise ParameterError(*(_fault(path.name, fault) for fault in toml.faults(error))) from error
    faults = [fault for layer, part in walk.layers.items() for fault in _layer_faults(path.name, layer, part)]
    if faults:
        raise ParameterError(*faults)
    return walk


_KEYS = {
    "rule": sorted({info.alias or key for key, info in Rule.model_fields.items()}),
    "layer": sorted(LayerCrosswalk.model_fields),
}


def _fault(file: str, fault: toml.Fault) -> Message:
    where = ".".join(str(part) for part in fault.where[1:])
    if fault.kind == _FORBIDDEN_KEY:
        known = _KEYS["rule" if "fields" in fault.where else "layer"]
        near = get_close_matches(str(fault.where[-1]), known, n=1)
        return msg(
            "{file}: {where} is an unknown key; did you mean {near}?",
            file=file,
            where=where,
            near=near[0] if near else ", ".join(known),
        )
    return msg("{file}: {where}: {what}", file=file, where=where, what=fault.what)


def _layer_faults(file: str, layer: str, part: LayerCrosswalk) -> list[Message]:
    if layer not in schema.names():
        return [_unknown(file, layer, schema.names())]
    fields = schema.load(layer).fields
    faults = []
    for name, rules in part.fields.items():
        if name not in fields:
            faults.append(_unknown(file, f"{layer}.fields.{name}", list(fields), name))
            continue
        for rule in rules:
            faults += _rule_faults(file, f"{layer}.fields.{name}", fields[name], rule)
    return faults


def _unknown(file: str, where: str, known: list[str], word: str = "") -> Message:
    near = get_close_matches(word or where, known, n=1)
    return msg(
        "{file}: {where} is unknown; did you mean {near}?",
        file=file,
        where=where,
        near=near[0] if near else ", ".join(known),
    )


def _rule_faults(file: str, where: str, spec: schema.FieldSchema, rule: Rule) -> list[Message]:
    faults = []
    sources = [bool(rule.columns), rule.constant is not None, rule.generate is not None]
    if sum(sources) != 1:
        faults.append(msg("{file}: {where} needs exactly one of from, constant, generate", file=file, where=where))
    try:
        groups = re.compile(rule.pattern).groups
    except re.error as error:
        faults.append(msg("{file}: {where}: pattern: {error}", file=file, where=where, error=error))
    else:
        if rule.pattern and groups != 1:
            faults.append(msg("{file}: {where}: the pattern needs one group in brackets", file=file, where=where))
    if rule.unit and spec.unit and factor(rule.unit, spec.unit) is None:
        faults.append(
            msg(
                "{file}: {where}: {unit} cannot become {wanted}",
                file=file,
                where=where,
                unit=rule.unit,
                wanted=spec.unit,
            )
        )
    if spec.choices:
        targets = [*rule.values.values(), *([rule.constant] if rule.constant is not None else [])]
        faults += [
            _unknown(file, f"{where}: {target}", list(spec.choices), str(target))
            for target in targets
            if str(target) not in spec.choices
        ]
    return faults
