"""The result files of a workspace, each replaced whole."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gridrisk import __version__, store
from gridrisk.errors import DataError, WorkspaceError
from gridrisk.i18n import msg
from gridrisk.layers import schema
from gridrisk.pipeline import inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gridrisk.i18n import Message
    from gridrisk.store import Workspace

#: The command that makes each result.
MADE_BY = {
    "risk": "score",
    "features": "score",
    "sectors": "run",
    "works": "run",
    "sensors": "sensors",
    "projects": "plan",
    "conversion": "convert",
    "coverage": "convert",
    "coverage_kinds": "convert",
    "coverage_timeline": "convert",
    "conversion_money": "convert",
    "conversion_appropriations": "convert",
    "extensions": "convert --extensions",
    "depots": "convert --depots",
    "devices": "devices",
    "device_coverage": "devices",
    "device_visits": "devices",
    "device_money": "devices",
    "device_appropriations": "devices",
    "pressure": "pressure",
    "new_valves": "valves --new",
    "findings": "run",
}


#: Layers and rasters a result is worked out from, where that is not all of them.
_MADE_FROM = {
    "sectors": set(inputs.NETWORK),
    "works": {"works", *inputs.NETWORK},
    **{
        name: {"customers", "pipes", "roads", "towns"}
        for name in (
            "conversion",
            "coverage",
            "coverage_kinds",
            "coverage_timeline",
            "conversion_money",
            "conversion_appropriations",
        )
    },
    "pressure": set(inputs.NETWORK),
}
_RECORD = "made.json"


@dataclass(frozen=True, slots=True)
class Made:
    """What a result was made from.

    Attributes
    ----------
    as_of
        The date on which things were judged: the date that stands on every map and sheet of the result.
    versions
        Version of each layer and raster at that time.
    parameters
        Hash of the parameter files in force.
    facts
        What else a reader of the result must know, such as the status of a plan.
    """

    as_of: dt.date
    versions: Mapping[str, int]
    parameters: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def write(
    workspace: Workspace,
    name: str,
    frame: pd.DataFrame,
    *,
    as_of: dt.date,
    facts: Mapping[str, Any] | None = None,
    keep_previous: bool = False,
) -> Path:
    """Write ``results/<name>.parquet`` and what it was made from.

    With `keep_previous` the file it replaces goes to ``results/previous/``, with its record, unless it was made of the
    same on the same day: then the one before stays, and a run repeated hides no change. A process killed in between
    leaves a result without its record, which counts as not made.
    """
    path = workspace.results / f"{name}.parquet"
    records = _records(workspace)
    former_record = records.pop(name, None)
    if former_record is not None:
        _write_json(workspace.results / _RECORD, records)
    record = {
        "as_of": as_of.isoformat(),
        "versions": _versions(workspace),
        "parameters": _parameters(workspace),
        "facts": dict(facts or {}),
    }
    if keep_previous and path.exists() and former_record != record:
        former = workspace.results / "previous" / path.name
        former.parent.mkdir(parents=True, exist_ok=True)
        path.replace(former)
        _write_json(former.with_suffix(".json"), former_record)
    with store.replacing(path) as part:
        if isinstance(frame, gpd.GeoDataFrame):
            store.write_geoparquet(frame if frame.crs is not None else frame.set_crs(workspace.crs), part)
        else:
            store.write_plain(store.plain_table(frame), part)
    records[name] = record
    _write_json(workspace.results / _RECORD, records)
    return path


def made(workspace: Workspace, name: str) -> Made | None:
    """Return what a result was made from; None where it was not made, or not to the end."""
    record = _records(workspace).get(name)
    if record is None or not (workspace.results / f"{name}.parquet").exists():
        return None
    return Made(**{**record, "as_of": dt.date.fromisoformat(record["as_of"])})


def changed_since_previous(workspace: Workspace, name: str) -> tuple[dt.date, list[str]] | None:
    """Return the date of the result before this one, and what of layers and parameters has changed since.

    None where there is none, or nobody knows what it was made from.
    """
    now, path = made(workspace, name), workspace.results / "previous" / f"{name}.json"
    if now is None or not path.exists():
        return None
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        was, day = dict(before["versions"]), dt.date.fromisoformat(before["as_of"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    changed = sorted(part for part in {*was, *now.versions} if was.get(part) != now.versions.get(part))
    return day, changed + ["models/"] * (before.get("parameters") != now.parameters)


def outdated(workspace: Workspace, name: str) -> Message | None:
    """Say why a result no longer fits the workspace; None where it does."""
    record = made(workspace, name)
    command = MADE_BY.get(name, "run")
    if record is None:
        return msg(
            "there is no {name} yet; make it first: gridrisk {command} {folder}",
            name=name,
            command=command,
            folder=str(workspace.root),
        )
    now = _versions(workspace)
    parts = _MADE_FROM.get(name, set(now) | set(record.versions))
    changed = sorted(part for part in parts if now.get(part) != record.versions.get(part))
    if record.parameters != _parameters(workspace):
        changed.append("models/")
    if not changed:
        return None
    return msg(
        "{name} was worked out on {as_of} before {changed} changed; make it again: gridrisk {command} {folder}",
        name=name,
        as_of=record.as_of.isoformat(),
        changed=", ".join(changed),
        command=command,
        folder=str(workspace.root),
    )


def read(workspace: Workspace, name: str, index: str | None, *, previous: bool = False) -> pd.DataFrame | None:
    """Return a result indexed by `index`, or None where it was not made yet.

    Raises
    ------
    DataError
        Where layers or parameters have changed since, so that it would mislead.
    WorkspaceError
        Where the file is damaged.
    """
    if not previous:
        if made(workspace, name) is None:
            return None
        if (reason := outdated(workspace, name)) is not None:
            raise DataError(reason)
    path = (workspace.results / "previous" if previous else workspace.results) / f"{name}.parquet"
    if not path.exists():
        return None
    try:
        metadata = pq.read_schema(path).metadata or {}
        frame = gpd.read_parquet(path) if b"geo" in metadata else pd.read_parquet(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise WorkspaceError(
            msg(
                "{file} is damaged ({error}); make it again with: gridrisk {command} {folder}",
                file=str(path),
                error=error,
                command=MADE_BY.get(name, "run"),
                folder=str(workspace.root),
            )
        ) from error
    return frame.set_index(index) if index is not None else frame


def required(workspace: Workspace, name: str, index: str) -> pd.DataFrame:
    """Return a result that another command must have made before.

    Raises
    ------
    DataError
        Naming that command, where it has not, or where the result no longer fits the workspace.
    """
    frame = read(workspace, name, index)
    if frame is None:
        raise DataError(outdated(workspace, name) or msg("there is no {name} yet", name=name))
    return frame


def write_record(workspace: Workspace, *, as_of: dt.date, seconds: Mapping[str, float]) -> Path:
    """Write ``results/run.json``: what the results were made from."""
    versions = {name: workspace.catalogue.current(name) for name in [*schema.names(), *store.RASTERS]}
    record: dict[str, Any] = {
        "gridrisk": __version__,
        "as_of": as_of.isoformat(),
        "crs": workspace.crs.to_string(),
        "policy": workspace.policy,
        "layers": {
            name: {"version": version.version, "snapshot": version.snapshot, "rows": version.rows}
            for name, version in versions.items()
            if version is not None
        },
        "parameters": {name: store.sha256_of(path) for name, path in inputs.parameter_files(workspace).items()},
        "seconds": {step: round(value, 3) for step, value in seconds.items()},
    }
    path = workspace.results / "run.json"
    _write_json(path, record)
    return path


def _records(workspace: Workspace) -> dict[str, Any]:
    path = workspace.results / _RECORD
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            msg("{file} is damaged ({error}); delete the results folder and run again", file=str(path), error=error)
        ) from error


def _write_json(path: Path, content: object) -> None:
    with store.replacing(path) as part:
        part.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _versions(workspace: Workspace) -> dict[str, int]:
    newest_last = reversed(workspace.catalogue.history())
    return {version.layer: version.version for version in newest_last if version.version is not None}


def _parameters(workspace: Workspace) -> str:
    digest = hashlib.sha256()
    for name, path in sorted(inputs.parameter_files(workspace).items()):
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
