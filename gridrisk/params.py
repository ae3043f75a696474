"""Parameters with provenance: every number in `models/` carries value, unit, source, clause and status.

A parameter file is TOML. A table that has a ``value`` key is one parameter; its value may be a number, a text, a
list, or a table of numbers that share one provenance. Other tables are groups, and dots join their names::

    [protection_m]                       # "protection_m"
    value = { low = 0.5, medium_b = 0.5 }
    unit = "m"
    source = "GB 55009-2021"
    clause = "5.1.6"
    status = "code"                      # law | code | guidance | assumption

A number outside such a table, or one without unit, source or status, is a load error; so is an unknown key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, get_args

from gridrisk import assets, toml
from gridrisk.errors import ParameterError
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

Status = Literal["law", "code", "guidance", "assumption"]
_STATUSES = get_args(Status)
_REQUIRED = ("value", "unit", "source", "status")
_KEYS = {*_REQUIRED, "clause", "effective", "note"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value and where it comes from."""

    name: str
    value: Any
    unit: str
    source: str
    status: Status
    clause: str = ""
    effective: dt.date | None = None
    note: str = ""

    @property
    def citation(self) -> str:
        """Source and clause as they are printed."""
        return f"{self.source} {self.clause}".strip()


@dataclass(frozen=True, slots=True)
class Parameters(Mapping[str, Parameter]):
    """The parameters of one file, by dotted name."""

    name: str
    entries: Mapping[str, Parameter]
    sha256: str

    def __getitem__(self, key: str) -> Parameter:
        try:
            return self.entries[key]
        except KeyError:
            raise ParameterError(
                msg(
                    "models/{file}.toml has no parameter {key}; add it with value, unit, source and status",
                    file=self.name,
                    key=key,
                )
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def number(self, key: str) -> float:
        """Return a parameter that is one number.

        Raises
        ------
        ParameterError
            Where it is missing or not a number.
        """
        value = self[key].value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ParameterError(
                msg(
                    "models/{file}.toml: {key} must be a number, not {value}",
                    file=self.name,
                    key=key,
                    value=repr(value),
                )
            )
        return float(value)

    def table(self, key: str) -> dict[str, float]:
        """Return a parameter that is a table of numbers.

        Raises
        ------
        ParameterError
            Where it is missing or holds anything but numbers.
        """
        value = self[key].value
        if not isinstance(value, Mapping) or any(
            isinstance(v, bool) or not isinstance(v, int | float) for v in value.values()
        ):
            raise ParameterError(msg("models/{file}.toml: {key} must be a table of numbers", file=self.name, key=key))
        return {name: float(number) for name, number in value.items()}

    def text(self, key: str) -> str:
        """Return a parameter that is a text."""
        value = self[key].value
        if not isinstance(value, str):
            raise ParameterError(
                msg("models/{file}.toml: {key} must be a text, not {value}", file=self.name, key=key, value=repr(value))
            )
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """Return a parameter that is a list of texts."""
        value = self[key].value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ParameterError(msg("models/{file}.toml: {key} must be a list of texts", file=self.name, key=key))
        return tuple(value)

    def group(self, prefix: str) -> list[str]:
        """Return the names directly or deeper below `prefix`, without it, in the order of the file."""
        head = f"{prefix}."
        return [key.removeprefix(head) for key in self.entries if key.startswith(head)]


def load(name: str, overrides: Path | None = None) -> Parameters:
    """Load ``models/<name>.toml``, or the workspace's own file of that name where `overrides` holds one.

    Parameters
    ----------
    name
        Path below `models/` without its ending, such as ``standards/pressure``.
    overrides
        The `models/` folder of a workspace.

    Raises
    ------
    ParameterError
        Naming every fault of the file at once.
    """
    path = file_of(name, overrides)
    return parse(name, path.read_bytes())


def file_of(name: str, overrides: Path | None = None) -> Path:
    """Return the file that `load` reads for `name`.

    Raises
    ------
    ParameterError
        Where there is none; names the nearest.
    """
    candidates = [root / f"{name}.toml" for root in (overrides, assets.folder("models")) if root is not None]
    for path in candidates:
        if path.is_file():
            return path
    known = [
        p.relative_to(assets.folder("models")).with_suffix("").as_posix()
        for p in assets.folder("models").rglob("*.toml")
    ]
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    raise ParameterError(
        msg("models/{file}.toml: no such file; did you mean {near}?", file=name, near=", ".join(near) or "—")
    )


def parse(name: str, content: bytes) -> Parameters:
    """Read the text of a parameter file; see `load`."""
    raw = toml.parse(content, f"models/{name}.toml")
    raw.pop("title", None)
    faults: list[Message] = []
    entries: dict[str, Parameter] = {}
    _collect(name, "", raw, entries, faults)
    if faults:
        raise ParameterError(*faults)
    return Parameters(name, entries, hashlib.sha256(content).hexdigest())


def _collect(
    file: str, prefix: str, table: Mapping[str, Any], entries: dict[str, Parameter], faults: list[Message]
) -> None:
    for key, item in table.items():
        path = f"{prefix}.{key}" if prefix else key
        if not isinstance(item, Mapping):
            faults.append(
                msg(
                    "models/{file}.toml: {key} stands alone; write a table with value, unit, source and status",
                    file=file,
                    key=path,
                )
            )
        elif "value" in item:
            parameter = _parameter(file, path, item, faults)
            if parameter is not None:
                entries[path] = parameter
        else:
            _collect(file, path, item, entries, faults)


def _parameter(file: str, path: str, item: Mapping[str, Any], faults: list[Message]) -> Parameter | None:
    before = len(faults)
    for key in item.keys() - _KEYS:
        near = get_close_matches(key, _KEYS, n=1)
        faults.append(
            msg(
                "models/{file}.toml: {key} has an unknown key {unknown}; did you mean {near}?",
                file=file,
                key=path,
                unknown=key,
                near=near[0] if near else ", ".join(sorted(_KEYS)),
            )
        )
    faults += [
        msg(
            "models/{file}.toml: {key} has no {missing}; every number needs value, unit, source and status",
            file=file,
            key=path,
            missing=key,
        )
        for key in _REQUIRED
        if item.get(key) is None or (key == "source" and not item[key])
    ]
    if "status" in item and item["status"] not in _STATUSES:
        faults.append(
            msg(
                "models/{file}.toml: {key} has status {status}; use one of {known}",
                file=file,
                key=path,
                status=item["status"],
                known=", ".join(_STATUSES),
            )
        )
    return Parameter(name=path, **item) if len(faults) == before else None
