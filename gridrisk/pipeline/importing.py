"""Survey import: read, validate, show the difference, commit as one version or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridrisk import layers, params, store
from gridrisk.errors import UsageError
from gridrisk.findings import Finding, Severity, has_errors
from gridrisk.i18n import msg
from gridrisk.layers import schema
from gridrisk.layers.raster import read_raster
from gridrisk.store import lineage, matching
from gridrisk.store.difference import Difference, Mode, difference, merge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from gridrisk.i18n import Message
    from gridrisk.params import Parameters
    from gridrisk.store import Version, Workspace
    from gridrisk.store.matching import Renumbering

#: Findings of one kind that are listed singly, and ids that one finding names.
_TOLD = 1000
_NAMED = 5


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


def import_layer(  # noqa: PLR0913 - one argument an option of the command
    workspace: Workspace,
    layer: str,
    files: Sequence[Path],
    *,
    as_of: dt.date,
    crosswalk: str | None = None,
    crs: str | None = None,
    swapped: bool = False,
    mode: Mode = "replace",
    dry_run: bool = False,
    allow_removal: bool = False,
    tell: Callable[[Difference], None] | None = None,
) -> ImportReport:
    """Import delivered files as one layer; nothing is written where a finding is an error.

    Parameters
    ----------
    swapped
        The geometries of the files have the northing first.
    allow_removal
        Commit also where the survey removes more of the layer than ``most_removed`` of ``models/checks.toml``.
    tell
        Called with what changes before anything is written.
    """
    thresholds = params.load("checks", workspace.models)
    delivery = layers.read_delivery(
        layer,
        files,
        target=workspace.crs,
        crosswalk=crosswalk,
        source_crs=crs,
        swapped=swapped,
        as_of=as_of,
        crosswalk_folder=workspace.crosswalks,
        systems=workspace.root / "crs.toml",
    )
    current = store.read_layer(workspace, layer)
    same = _renumbered(current, delivery.frame, layer, thresholds)
    known = None if current is None else matching.renamed(current, same.pairs)
    after = merge(known, delivery.frame, mode)
    changes = difference(known, after, same.pairs)
    findings = [*delivery.findings, *_findings(layer, after, same)]
    if known is not None and not allow_removal:
        findings += _removal(layer, changes, len(known), thresholds)
    findings += _numbers(current, delivery.frame, layer, thresholds, stops=mode == "upsert" and not allow_removal)
    if tell is not None:
        tell(changes)
    version = None
    if not (dry_run or has_errors(findings)):
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
        version = store.commit_layer(
            workspace,
            layer,
            after,
            findings,
            detail=_detail(files, crosswalk=crosswalk, mode=mode, as_of=as_of) | changes.counts(),
            lineage=lineage.after_import(
                None if known is None else store.read_lineage(workspace, layer),
                known,
                delivery.frame,
                lineage.of_survey(delivery.origin, as_of=as_of.isoformat(), read_at=f"{now.isoformat()}Z"),
                same.pairs,
                upsert=mode == "upsert",
            ),
        )
    return ImportReport(
        layer=layer,
        rows=delivery.rows,
        findings=tuple(findings),
        difference=changes,
        columns={use.column: use.field for use in delivery.mapping if use.field},
        version=version,
        dry_run=dry_run,
    )


def _renumbered(
    current: gpd.GeoDataFrame | None, survey: gpd.GeoDataFrame, layer: str, thresholds: Parameters
) -> Renumbering:
    """Return the objects that the survey knows under a new number, in layers that ``renumbered_fields`` names."""
    if current is None or layer not in thresholds.group("renumbered_fields"):
        return matching.nothing(survey)
    fields = [name for name in thresholds.names(f"renumbered_fields.{layer}") if name in schema.load(layer).fields]
    return matching.renumbered(current, survey, tolerance_m=thresholds.number("renumbered_m"), fields=fields)


def _findings(layer: str, after: gpd.GeoDataFrame, same: Renumbering) -> list[Finding]:
    """Return which objects have a new number, and of which it cannot be told."""
    points = after.geometry.reindex(same.pairs.index[:_TOLD]).representative_point()
    findings = [
        Finding(
            layer,
            "renumbered",
            "info",
            msg(
                "{layer} ({id}): lies where {old} lay and is taken for the same, under a new number; import the layers "
                "that name {old} again",
                layer=layer,
                id=new,
                old=old,
            ),
            id=str(new),
            x=float(point.x),
            y=float(point.y),
        )
        for (new, old), point in zip(same.pairs.iloc[:_TOLD].items(), points, strict=True)
    ]
    if (more := len(same.pairs) - _TOLD) > 0:
        text = msg("{layer}: and {count} more have a new number", layer=layer, count=more)
        findings.append(Finding(layer, "renumbered", "info", text))
    if len(same.unclear):
        text = msg(
            "{layer}: {count} objects of a new number lie where objects of another lay, but which is which is not "
            "clear ({ids}); they count as added, the old ones as gone",
            layer=layer,
            count=len(same.unclear),
            ids=_some(same.unclear),
        )
        findings.append(Finding(layer, "renumbering_unclear", "warning", text))
    return findings


def _removal(layer: str, changes: Difference, rows: int, thresholds: Parameters) -> list[Finding]:
    """Return the finding that stops an import which would remove too much of a layer."""
    shares = thresholds.table("most_removed")
    most = shares.get(layer, shares.get("default", 0.0))
    gone = len(changes.removed)
    if not gone or gone <= most * rows:
        return []
    text = msg(
        "{layer}: the survey would remove {count} of {rows} ({ids}), more than {share} of the layer; if it is a part, "
        "use --mode upsert, if they are really gone, --allow-removal",
        layer=layer,
        count=gone,
        rows=rows,
        share=f"{most:.0%}",
        ids=_some(changes.removed),
    )
    return [Finding(layer, "removes_too_much", "error", text)]


def _numbers(
    current: gpd.GeoDataFrame | None, survey: gpd.GeoDataFrame, layer: str, thresholds: Parameters, *, stops: bool
) -> list[Finding]:
    """Return the finding of numbers that belong to other objects already; `stops` where these would be overwritten."""
    if current is None:
        return []
    apart = matching.elsewhere(current, survey, tolerance_m=thresholds.number("elsewhere_m"))
    if apart.empty:
        return []
    common = len(survey.index.intersection(current.index))
    runs = matching.running(survey.index)
    many = runs or len(apart) > thresholds.number("most_elsewhere") * common
    kind: Severity = "error" if stops and many else "warning"
    text = msg(
        "{layer}: {count} of {common} numbers that are in use already stand at another place in the survey ({ids}); by "
        "number the one object would be taken for the other, with its leaks and its history. {why} If the objects "
        "really moved, or the files are the whole layer anew, use {way}",
        layer=layer,
        count=len(apart),
        common=common,
        ids=_some(apart),
        why=_numbered_by_row() if runs else _numbered_twice(),
        way="--allow-removal, --mode replace",
    )
    points = survey.geometry.loc[apart[:1]].representative_point()
    return [Finding(layer, "other_place", kind, text, x=float(points.x.iloc[0]), y=float(points.y.iloc[0]))]


def _numbered_by_row() -> Message:
    return msg(
        "They only count the rows of the file: let a column of real numbers be the id, or make it in the crosswalk of "
        "several columns (combine = {join}) or of the names of file and row (generate = {row})",
        join='"join"',
        row='"row"',
    )


def _numbered_twice() -> Message:
    return msg("Give the new objects numbers of their own.")


def _some(ids: pd.Index) -> str:
    return ", ".join(str(name) for name in ids[:_NAMED]) + (" …" if len(ids) > _NAMED else "")


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
