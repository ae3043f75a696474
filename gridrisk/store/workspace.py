"""The workspace: a folder with its configuration, immutable versions of its layers, and results.

::

    city/
      gridrisk.toml      CRS, policy, language
      catalogue.sqlite   which version is current, and all earlier ones
      layers/            snapshots of layers, one folder each, files named by content
      rasters/           likewise
      lineage/           where the values of each snapshot came from
      models/            the workspace's own parameter files, if any: they replace shipped ones of the same name
      crosswalks/        the workspace's own crosswalks
      crs.toml           the city's own transformation parameters, if any
      projects.toml      renewal projects merged, split, fixed or taken out by hand, if any
      findings/          what each import found
      cache/             the network as last built; may be deleted
      results/           what the commands write
"""

from __future__ import annotations

import datetime as dt
import getpass
import json
import re
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast, get_args

from gridrisk import crs as crs_module
from gridrisk import toml
from gridrisk.errors import CrsError, MissingWorkspaceError, UsageError, WorkspaceError
from gridrisk.findings import Finding
from gridrisk.i18n import Language, Message, msg
from gridrisk.layers import schema
from gridrisk.store import lineage as lineage_module
from gridrisk.store import snapshots
from gridrisk.store.catalogue import Catalogue, Version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    from pyproj import CRS

    from gridrisk.store.lineage import Lineage

CONFIG = "gridrisk.toml"
#: Rasters that a workspace can hold; their cells are described in the contract of layers.
RASTERS = ("population", "ground_movement")
_FINDING_FIELDS = tuple(field.name for field in fields(Finding) if field.name != "message")
_RASTER_NAME = re.compile(r"^[a-z][a-z0-9_]{0,40}$")


@dataclass(frozen=True)
class Workspace:
    """An opened workspace."""

    root: Path
    crs: CRS
    policy: str | None
    lang: Language

    @cached_property
    def catalogue(self) -> Catalogue:
        """The versions of its layers."""
        return Catalogue(self.root / "catalogue.sqlite")

    @property
    def results(self) -> Path:
        """The folder of results."""
        return self.root / "results"

    @property
    def models(self) -> Path:
        """The folder of the workspace's own parameter files."""
        return self.root / "models"

    @property
    def crosswalks(self) -> Path:
        """The folder of the workspace's own crosswalks."""
        return self.root / "crosswalks"


def create(root: Path, *, crs: str, policy: str | None, lang: Language) -> Workspace:
    """Make a workspace in the folder `root`, which must be new or empty.

    Raises
    ------
    WorkspaceError
        Where the folder already holds something.
    CrsError
        Where `crs` is not metric.
    """
    system = crs_module.parse(crs)
    if not crs_module.is_metric(system):
        raise CrsError(
            msg("{crs} ({name}) is not metric; choose a projected system such as EPSG:4547", crs=crs, name=system.name)
        )
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise WorkspaceError(msg("{folder} exists and is not an empty folder; choose a new one", folder=str(root)))
    lines = [f"crs = {json.dumps(crs)}", f"lang = {json.dumps(lang)}"]
    if policy is not None:
        lines.append(f"policy = {json.dumps(policy)}")
    try:
        root.mkdir(parents=True, exist_ok=True)
        Catalogue(root / "catalogue.sqlite").create()
        with snapshots.replacing(root / CONFIG) as part:
            part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(msg("{folder}: cannot be written ({error})", folder=str(root), error=error)) from error
    return open_workspace(root)


def open_workspace(root: Path) -> Workspace:
    """Open the workspace in `root`.

    Raises
    ------
    MissingWorkspaceError
        Where there is none.
    WorkspaceError
        Where its configuration is faulty.
    """
    config = root / CONFIG
    if not config.is_file():
        raise MissingWorkspaceError(
            msg(
                "{folder} is no workspace (it has no {config}); make one with: gridrisk init {folder}",
                folder=str(root),
                config=CONFIG,
            )
        )
    raw = toml.parse(config.read_bytes(), str(config), error=WorkspaceError)
    faults = [
        msg("{file}: unknown key {key}; known are {known}", file=CONFIG, key=key, known="crs, lang, policy")
        for key in raw.keys() - {"crs", "lang", "policy"}
    ]
    if raw.get("lang", "zh") not in get_args(Language):
        faults.append(msg("{file}: lang must be zh or en, not {value}", file=CONFIG, value=raw["lang"]))
    if not isinstance(raw.get("crs"), str):
        faults.append(msg('{file}: crs is missing; write one such as crs = "EPSG:4547"', file=CONFIG))
    if faults:
        raise WorkspaceError(*faults)
    return Workspace(root, crs_module.parse(raw["crs"]), raw.get("policy"), cast("Language", raw.get("lang", "zh")))


def read_layer(workspace: Workspace, layer: str) -> gpd.GeoDataFrame | None:
    """Return the current version of a layer, indexed by id; None where it was never imported."""
    schema.load(layer)
    version = workspace.catalogue.current(layer)
    if version is None:
        return None
    return snapshots.read_frame(workspace.root / "layers" / layer / version.snapshot, layer)


def raster_path(workspace: Workspace, name: str) -> Path | None:
    """Return the current file of a raster, or None."""
    version = workspace.catalogue.current(name)
    return None if version is None else workspace.root / "rasters" / name / version.snapshot


def commit_layer(
    workspace: Workspace,
    layer: str,
    frame: gpd.GeoDataFrame,
    findings: Sequence[Finding],
    *,
    detail: Mapping[str, Any],
    action: str = "import",
    lineage: Lineage | None = None,
) -> Version | None:
    """Commit `frame` as the new version of `layer`; return None where nothing changed.

    Without `lineage`, what differs from the current version is traced to `action`.

    The snapshot is written first, under a name of its own; the one row in the catalogue makes it current. Killed in
    between, the workspace is what it was. What was half-written then, origins and findings too, lies in the layer's
    folder, and the next commit of the layer removes it.
    """
    parent = workspace.catalogue.current(layer)
    folder = workspace.root / "layers" / layer
    snapshots.remove_parts(folder)
    snapshot = snapshots.write_frame(frame, folder)
    if parent is not None and parent.snapshot == snapshot:
        traced = _lineage_file(workspace, parent)  # the same rows: they came from where they came from
    else:
        traced = None
        lineage = lineage or _edited(workspace, layer, parent, frame, action)
    if traced is None and lineage is not None:
        traced = lineage_module.write(lineage, workspace.root / "lineage", parts=folder)
    detail = {**detail, **({"lineage": traced} if traced else {})}
    found = _write_findings(workspace, findings, folder)
    return _append(workspace, layer, snapshot, len(frame), found, parent=parent, detail=detail, action=action)


def read_lineage(workspace: Workspace, layer: str, key: str | None = None) -> Lineage | None:
    """Return where the values of the current version came from, of one object where `key` names it.

    None where it was not kept.
    """
    version = workspace.catalogue.current(layer)
    name = None if version is None else _lineage_file(workspace, version)
    return None if name is None else lineage_module.read(workspace.root / "lineage" / name, key)


def _lineage_file(workspace: Workspace, version: Version) -> str | None:
    while "restored" in version.detail:
        version = workspace.catalogue.get(int(version.detail["restored"]))
    name = version.detail.get("lineage")
    return None if name is None else str(name)


def _edited(
    workspace: Workspace, layer: str, parent: Version | None, frame: gpd.GeoDataFrame, action: str
) -> Lineage | None:
    former, current = read_lineage(workspace, layer), read_layer(workspace, layer)
    if parent is None or former is None or current is None:
        return None
    return lineage_module.after_edit(former, current, frame, {"action": action, "read_at": f"{_now().isoformat()}Z"})


def commit_raster(workspace: Workspace, name: str, source: Path, *, detail: Mapping[str, Any]) -> Version | None:
    """Commit a GeoTIFF as the new version of the raster `name`."""
    if not _RASTER_NAME.match(name):
        raise UsageError(msg("{name}: a raster's name has small letters, digits and underscores only", name=name))
    parent = workspace.catalogue.current(name)
    folder = workspace.root / "rasters" / name
    snapshots.remove_parts(folder)
    snapshot = snapshots.write_file(source, folder)
    return _append(workspace, name, snapshot, 1, None, parent=parent, detail=detail, action="import")


def restore(workspace: Workspace, number: int) -> Version | None:
    """Make an earlier version current again, as a new version; return None where it is current already."""
    version = workspace.catalogue.get(number)
    parent = workspace.catalogue.current(version.layer)
    if parent is not None and parent.snapshot == version.snapshot:
        return None
    return workspace.catalogue.append(
        Version(
            layer=version.layer,
            snapshot=version.snapshot,
            findings=version.findings,
            rows=version.rows,
            created_at=_now(),
            author=_author(),
            action="restore",
            detail={"restored": number},
        ),
        parent=parent.version if parent else None,
    )


def import_findings(workspace: Workspace, layer: str) -> list[Finding]:
    """Return what the import of the current version of a layer found."""
    version = workspace.catalogue.current(layer)
    if version is None or version.findings is None:
        return []
    path = workspace.root / "findings" / version.findings
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            msg("{file}: the findings of an import cannot be read ({error})", file=str(path), error=error)
        ) from error
    return [Finding(**{**row, "message": _message(row["message"])}) for row in rows]


def _append(
    workspace: Workspace,
    layer: str,
    snapshot: str,
    rows: int,
    found: str | None,
    *,
    parent: Version | None,
    detail: Mapping[str, Any],
    action: str,
) -> Version | None:
    if parent is not None and (parent.snapshot, parent.findings) == (snapshot, found):
        return None
    version = Version(
        layer=layer,
        snapshot=snapshot,
        findings=found,
        rows=rows,
        created_at=_now(),
        author=_author(),
        action=action,
        detail=detail,
    )
    return workspace.catalogue.append(version, parent=parent.version if parent else None)


def _write_findings(workspace: Workspace, findings: Sequence[Finding], parts: Path) -> str | None:
    if not findings:
        return None
    rows = [
        {name: getattr(finding, name) for name in _FINDING_FIELDS} | {"message": _plain(finding.message)}
        for finding in findings
    ]
    return snapshots.write_json(rows, workspace.root / "findings", parts=parts)


def _plain(value: object) -> object:
    """Return a value of a message as JSON has it; a message in a message stays one, so that it can be translated."""
    if isinstance(value, Message):
        return [value.msgid, {key: _plain(part) for key, part in value.args.items()}]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _message(stored: list[Any]) -> Message:
    msgid, args = stored
    return Message(msgid, {key: _message(part) if isinstance(part, list) else part for key, part in args.items()})


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def _author() -> str:
    try:
        return getpass.getuser()
    except (OSError, ImportError, KeyError):  # no user name on some Windows services
        return ""
