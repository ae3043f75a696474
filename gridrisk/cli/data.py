"""Commands about data: init, import, check, history, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.output import command_line, finding_rows, local_time
from gridrisk.cli.words import word
from gridrisk.i18n import LANGUAGES, mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.i18n import Language, Message
    from gridrisk.store import Workspace
    from gridrisk.store.difference import Difference, Mode

#: CGCS2000, central meridian 114° E, without a zone number before the easting.
_DEFAULT_CRS = "EPSG:4547"
#: Findings that a crosswalk may mend.
_UNDERSTOOD = {"missing_field", "unknown_code", "unknown_numbers", "unreadable"}
#: Fields of which the number of changed values is told on a terminal.
_FIELDS_TOLD = 8


@app.command(help=text("Make a workspace in FOLDER."))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--crs", default=_DEFAULT_CRS, show_default=True, help=text("Metric coordinate system of the workspace."))
@click.option("--policy", help=text("District policy file, such as honggutan-2024."))
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default="zh",
    show_default=True,
    help=text("Language of messages, maps and documents."),
)
@common
def init(output: Output, folder: Path, crs: str, policy: str | None, language: Language) -> None:
    """Make a workspace."""
    from gridrisk import store
    from gridrisk.coverage import load_policy

    if policy is not None:
        load_policy(policy)
    made = store.create(folder, crs=crs, policy=policy, lang=language)
    output.result(
        {"workspace": str(made.root), "crs": crs, "crs_name": made.crs.name, "policy": policy, "lang": language},
        msg(
            "{folder} is ready, in {crs} ({name}); next: gridrisk import {folder} pipes FILE",
            folder=str(folder),
            crs=crs,
            name=made.crs.name,
        ),
    )


@app.command("import", help=text("Import survey files as one layer: all of it, or nothing where a finding forbids it."))
@workspace_argument
@click.argument("layer")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--crosswalk", help=text("Crosswalk that translates the delivery, such as cjj61."))
@click.option("--crs", help=text("Coordinate system of the files where they name none."))
@click.option("--swap-axes", "swapped", is_flag=True, help=text("The geometries of the files have the northing first."))
@click.option(
    "--mode",
    type=click.Choice(["replace", "upsert"]),
    default="replace",
    show_default=True,
    help=text("replace: the files are the whole layer; upsert: they add to it by id."),
)
@click.option("--dry-run", is_flag=True, help=text("Show findings and difference, commit nothing."))
@click.option("--allow-removal", is_flag=True, help=text("Commit also where much of the layer would be removed."))
@as_of_option
@common
def import_(
    output: Output,
    workspace: Workspace,
    layer: str,
    files: tuple[Path, ...],
    crosswalk: str | None,
    crs: str | None,
    swapped: bool,
    mode: Mode,
    dry_run: bool,
    allow_removal: bool,
    as_of: dt.date,
) -> int:
    """Import one layer."""
    from gridrisk.pipeline import importing

    if importing.is_raster(layer):
        version = importing.import_raster(workspace, layer, files, as_of=as_of)
        output.result(_committed(layer, version.version if version else None), _outcome(layer, version))
        return 0
    with output.progress() as progress:
        progress(msg("reading {files}", files=", ".join(path.name for path in files)))
        report = importing.import_layer(
            workspace,
            layer,
            files,
            as_of=as_of,
            crosswalk=crosswalk,
            crs=crs,
            swapped=swapped,
            mode=mode,
            dry_run=dry_run,
            allow_removal=allow_removal,
            tell=lambda changes: _tell_changes(output, layer, changes),
        )
    output.findings(report.findings)
    data = _committed(layer, report.version.version if report.version else None) | {
        "rows": report.rows,
        **report.difference.counts(),
        "fields_changed": dict(report.difference.fields),
        "renumbered_ids": report.difference.renumbered.to_dict(),
        "columns": report.columns,
        "findings": finding_rows(report.findings, output.lang),
    }
    if crosswalk is None and any(finding.check in _UNDERSTOOD for finding in report.findings):
        output.say(_better(workspace, files))
    if report.refused:
        output.result(data, msg("nothing was imported: mend the errors above and import again"))
        return 1
    output.result(data, msg("a dry run: nothing was imported") if dry_run else _outcome(layer, report.version))
    return 0


def _better(workspace: Workspace, files: tuple[Path, ...]) -> Message:
    """Say that a crosswalk may tell more of the columns."""
    files_ = [str(file) for file in files]
    command = command_line("gridrisk", "crosswalk", "propose", *files_, "--workspace", str(workspace.root))
    return msg("columns or codes were not understood; this looks into them: {command}", command=command)


def _tell_changes(output: Output, layer: str, changes: Difference) -> None:
    """Tell what an import changes, before it is written."""
    from gridrisk.cli.words import fields

    if output.as_json:
        return
    counts = changes.counts()
    output.say(
        msg(
            "{layer}: {added} added, {changed} changed, {removed} gone, {renumbered} with a new number",
            layer=layer,
            **counts,
        )
    )
    most = sorted(changes.fields.items(), key=lambda item: -item[1])
    if most:
        told = [f"{fields(output, layer, [name])} {count}" for name, count in most[:_FIELDS_TOLD]]
        more = len(most) - len(told)
        output.say(msg("  values changed: {fields}", fields=output.list_of(told + (["…"] if more else []))))


def _committed(layer: str, version: int | None) -> dict[str, Any]:
    return {"layer": layer, "version": version, "committed": version is not None}


def _outcome(layer: str, version: Any) -> Any:
    if version is None:
        return msg("{layer}: the same as the current version; nothing to commit", layer=layer)
    return msg(
        "{layer}: version {version} committed, {rows} rows", layer=layer, rows=version.rows, version=version.version
    )


@app.command(help=text("Findings over all layers, and how complete they are."))
@workspace_argument
@click.option("--list", "list_checks", is_flag=True, help=text("Name every check and its question, check nothing."))
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=text("Write findings and completeness into FOLDER, as Excel, GeoPackage and map."),
)
@click.option(
    "--mend",
    "mending",
    is_flag=True,
    help=text("First join near misses and put stray valves on their pipe, where it is clear which: as new versions."),
)
@as_of_option
@common
def check(
    output: Output, workspace: Workspace, list_checks: bool, folder: Path | None, mending: bool, as_of: dt.date
) -> int:
    """Check all layers."""
    from gridrisk.cli import checks
    from gridrisk.findings import has_errors
    from gridrisk.pipeline import checking
    from gridrisk.pipeline import mending as mends

    if list_checks:
        checks.show_catalogue(output)
        return 0
    with output.progress() as progress:
        mended = mends.mend(workspace, progress=progress) if mending else []
        checked = checking.examine(workspace, as_of=as_of, progress=progress)
        files = (
            checking.write_report(workspace, checked, folder, as_of=as_of, lang=output.lang, progress=progress)
            if folder is not None
            else []
        )
    findings = checked.findings
    output.findings(findings)
    checks.show_completeness(output, checked.completeness)
    checks.show_filed(output, checked.filed)
    rows = finding_rows(findings, output.lang)
    counts = {kind: sum(row["severity"] == kind for row in rows) for kind in ("error", "warning", "info")}
    done = msg(
        "checked on {as_of}: {error} errors, {warning} warnings, {info} notes", as_of=as_of.isoformat(), **counts
    )
    data = {"as_of": as_of, **counts, "findings": rows, "completeness": checks.completeness_rows(checked.completeness)}
    data["filed"] = [] if checked.filed is None else checked.filed.to_dict("records")
    if mending:
        data["mended"] = [
            {"layer": v.layer, "version": v.version, "ids": v.detail["mended"], "mends": v.detail["mends"]}
            for v in mended
        ]
        checks.show_mends(output, mended)
    output.result(
        data | ({"files": [str(path) for path in files]} if files else {}),
        *(
            msg(
                "{layer}: {count} mended as version {version}; see them over, gridrisk restore takes them back",
                layer=v.layer,
                count=len(v.detail["mended"]),
                version=v.version,
            )
            for v in mended
        ),
        done,
        *(msg("file: {file}", file=str(path)) for path in files),
    )
    return int(has_errors(findings))


@app.command(help=text("Versions of all layers, or of one: who changed what, when."))
@workspace_argument
@click.argument("layer", required=False)
@click.option("--id", "key", help=text("Where each value of this object of LAYER came from."))
@common
def history(output: Output, workspace: Workspace, layer: str | None, key: str | None) -> None:
    """List versions."""
    from gridrisk.layers import schema
    from gridrisk.pipeline import importing

    if key is not None:
        from gridrisk.cli import checks

        checks.show_trace(output, workspace, layer, key)
        return
    if layer is not None and not importing.is_raster(layer):
        schema.load(layer)
    versions = workspace.catalogue.history(layer)
    rows = [
        {
            "version": v.version,
            "layer": v.layer,
            "created_at": v.created_at.isoformat() + "Z",
            "author": v.author,
            "action": v.action,
            "rows": v.rows,
            "snapshot": v.snapshot,
            "detail": dict(v.detail),
        }
        for v in versions
    ]
    columns = [
        mark("version"),
        mark("layer"),
        mark("when (UTC)"),
        mark("who"),
        mark("action"),
        mark("rows"),
        mark("files"),
    ]
    output.table(
        mark("Versions, newest first"),
        columns,
        [
            (
                v.version,
                v.layer,
                local_time(v.created_at),
                v.author,
                word(output, "action", v.action),
                v.rows,
                ", ".join(f["name"] for f in v.detail.get("files", [])),
            )
            for v in versions
        ],
    )
    output.result({"versions": rows})


@app.command(help=text("Make an earlier version of a layer current again, as a new version."))
@workspace_argument
@click.argument("version", type=int)
@common
def restore(output: Output, workspace: Workspace, version: int) -> None:
    """Go back to a version."""
    from gridrisk import store

    made = store.restore(workspace, version)
    data = {"restored": version, "version": made.version if made else None, "committed": made is not None}
    if made is None:
        output.result(data, msg("version {version} is current already", version=version))
    else:
        output.result(
            data,
            msg(
                "{layer}: version {version} is current again, as version {made}",
                layer=made.layer,
                version=version,
                made=made.version,
            ),
        )
