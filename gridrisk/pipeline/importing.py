"""Survey import: read, validate, show the difference, commit as one version or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridrisk import layers, store
from gridrisk.errors import UsageError
from gridrisk.findings import Finding, has_errors
from gridrisk.i18n import msg
from gridrisk.layers import schema
from gridrisk.layers.raster import read_raster
from gridrisk.store.difference import Difference, Mode, difference, merge

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from gridrisk.store import Version, Workspace


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would have done.

    Attributes
    ----------
    version
        The version committed; None where nothing was (findings forbid it, a dry run, or no change).
    columns
        Column of the delivery → field of the layer that it feeds.
    """

    layer: str
    rows: int
    findings: tuple[Finding, ...]
    difference: Difference
    columns: dict[str, str]
    version: Version | None
    dry_run: bool

    @property
    def refused(self) -> bool:
        """Say whether findings forbade the commit."""
        return has_errors(self.findings)


def import_layer(
    workspace: Workspace,
    layer: str,
    files: Sequence[Path],
    *,
    as_of: dt.date,
    crosswalk: str | None = None,
    crs: str | None = None,
    mode: Mode = "replace",
    dry_run: bool = False,
) -> ImportReport:
    """Import delivered files as one layer; nothing is written where a finding is an error."""
    delivery = layers.read_delivery(
        layer,
        files,
        target=workspace.crs,
        crosswalk=crosswalk,
        source_crs=crs,
        as_of=as_of,
        crosswalk_folder=workspace.crosswalks,
    )
    current = store.read_layer(workspace, layer)
    after = merge(current, delivery.frame, mode)
    changes = difference(current, after)
    version = None
    if not (dry_run or has_errors(delivery.findings)):
        detail = _detail(files, crosswalk=crosswalk, mode=mode, as_of=as_of) | changes.counts()
        version = store.commit_layer(workspace, layer, after, delivery.findings, detail=detail)
    return ImportReport(
        layer=layer,
        rows=delivery.rows,
        findings=tuple(delivery.findings),
        difference=changes,
        columns={use.column: use.field for use in delivery.mapping if use.field},
        version=version,
        dry_run=dry_run,
    )


def import_raster(workspace: Workspace, name: str, files: Sequence[Path], *, as_of: dt.date) -> Version | None:
    """Import a GeoTIFF in the workspace's CRS; return the version, None where it is the current one already."""
    if len(files) != 1:
        raise UsageError(msg("{name}: a raster is one GeoTIFF file", name=name))
    read_raster(files[0], workspace.crs)
    return store.commit_raster(workspace, name, files[0], detail=_detail(files, as_of=as_of))


def is_raster(name: str) -> bool:
    """Say whether `name` is that of a raster rather than of a layer."""
    return name in store.RASTERS and name not in schema.names()


def _detail(files: Sequence[Path], *, as_of: dt.date, **options: Any) -> dict[str, Any]:
    read = [{"name": part.name, "sha256": store.sha256_of(part)} for path in files for part in _parts(path)]
    return {"files": read, "as_of": as_of.isoformat(), **{k: v for k, v in options.items() if v is not None}}


def _parts(path: Path) -> list[Path]:
    """Return the files that make one delivery file: a shapefile is several."""
    if path.suffix.lower() != ".shp":
        return [path]
    return sorted(part for part in path.parent.iterdir() if part.stem == path.stem)
