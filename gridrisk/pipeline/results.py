"""The result files of a workspace, each replaced whole."""

from __future__ import annotations

import json
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
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from gridrisk.store import Workspace

#: The command that makes each result.
MADE_BY = {
    "risk": "score",
    "features": "score",
    "sectors": "run",
    "works": "run",
    "projects": "plan",
    "conversion": "convert",
    "coverage": "convert",
    "extensions": "convert --extensions",
    "depots": "convert --depots",
    "devices": "devices",
    "device_coverage": "devices",
    "findings": "run",
}


def write(workspace: Workspace, name: str, frame: pd.DataFrame, *, keep_previous: bool = False) -> Path:
    """Write ``results/<name>.parquet``; with `keep_previous` the file it replaces goes to ``results/previous/``."""
    path = workspace.results / f"{name}.parquet"
    if keep_previous and path.exists():
        former = workspace.results / "previous" / path.name
        former.parent.mkdir(parents=True, exist_ok=True)
        path.replace(former)
    with store.replacing(path) as part:
        table = frame.reset_index() if frame.index.name is not None else frame
        if isinstance(frame, gpd.GeoDataFrame):
            gpd.GeoDataFrame(table, geometry=frame.geometry.name, crs=workspace.crs).to_parquet(part, index=False)
        else:
            table.to_parquet(part, index=False)
    return path


def read(workspace: Workspace, name: str, index: str | None, *, previous: bool = False) -> pd.DataFrame | None:
    """Return a result indexed by `index`, or None where it was not made yet.

    Raises
    ------
    WorkspaceError
        Where the file is damaged.
    """
    folder = workspace.results / "previous" if previous else workspace.results
    path = folder / f"{name}.parquet"
    if not path.exists():
        return None
    try:
        metadata = pq.read_schema(path).metadata or {}
        frame = gpd.read_parquet(path) if b"geo" in metadata else pd.read_parquet(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        command = MADE_BY.get(name, "run")
        raise WorkspaceError(
            msg(
                "{file} is damaged ({error}); make it again with: gridrisk {command} {folder}",
                file=str(path),
                error=error,
                command=command,
                folder=str(workspace.root),
            )
        ) from error
    return frame.set_index(index) if index is not None else frame


def required(workspace: Workspace, name: str, index: str) -> pd.DataFrame:
    """Return a result that another command must have made before.

    Raises
    ------
    DataError
        Naming that command.
    """
    frame = read(workspace, name, index)
    if frame is None:
        raise DataError(
            msg(
                "there is no {name} yet; make it first: gridrisk {command} {folder}",
                name=name,
                command=MADE_BY[name],
                folder=str(workspace.root),
            )
        )
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
    with store.replacing(path) as part:
        part.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
