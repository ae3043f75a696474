"""Crosswalks: propose one for an unknown delivery, list them, show one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import WorkspaceFolder, app, as_of_option, common, text
from gridrisk.cli.output import command_line
from gridrisk.i18n import Message, mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.pipeline.crosswalks import Proposed
    from gridrisk.store import Workspace

_workspace_option = click.option(
    "--workspace", type=WorkspaceFolder(), help=text("Workspace whose own crosswalks are meant.")
)


@app.group(help=text("Crosswalks: what headings and codes of a survey mean."))
def crosswalk() -> None:
    """Group the commands about crosswalks."""


@crosswalk.command(help=text("Guess what the headings and codes of FILES mean, and write it down for editing."))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--layer", help=text("The only layer to propose for; else all that the files hold."))
@_workspace_option
@click.option("--name", help=text("Name of the crosswalk; else that of the first file."))
@click.option("--out", type=click.Path(path_type=Path), help=text("File to write; else into the workspace."))
@click.option("--overwrite", is_flag=True, help=text("Replace a crosswalk of the same name."))
@as_of_option
@common
def propose(
    output: Output,
    files: tuple[Path, ...],
    layer: str | None,
    workspace: Workspace | None,
    name: str | None,
    out: Path | None,
    overwrite: bool,
    as_of: dt.date,
) -> int:
    """Propose a crosswalk."""
    from gridrisk.pipeline import crosswalks

    made = crosswalks.propose_for(
        files,
        layer=layer,
        workspace=workspace,
        out=out,
        name=name,
        overwrite=overwrite,
        as_of=as_of,
        lang=output.lang,
    )
    commands = _commands(made, files, workspace)
    _show(output, made)
    lines = [note for part in made.proposal.parts for note in part.notes]
    lines += made.proposal.notes
    if not made.proposal.parts:
        lines.append(msg("nothing in the files is recognised; name the layer with --layer"))
    elif made.path is None:
        lines.append(msg("nothing was written; give --workspace or --out to keep it"))
    else:
        lines.append(msg("written to {file}; look through it, correct it, then import:", file=str(made.path)))
        lines += [Message("  {command}", {"command": command}) for command in commands]
        lines += _already_there(made, workspace)
    output.result(_data(output, made, commands), *lines)
    return 0 if made.proposal.parts else 1


def _commands(made: Proposed, files: tuple[Path, ...], workspace: Workspace | None) -> list[str]:
    """Return the imports that use the proposal."""
    folder = "W" if workspace is None else str(workspace.root)
    walk = made.name if workspace is not None and made.path == workspace.crosswalks / f"{made.name}.toml" else made.path
    commands = []
    for part in made.proposal.parts:
        # a file inside an archive or folder is given by the archive or folder
        given = [file for file in files if any(name.partition("/")[0] == file.name for name in part.files)]
        given.sort(key=lambda file: next(i for i, n in enumerate(part.files) if n.partition("/")[0] == file.name))
        names = [str(file) for file in given]
        commands.append(command_line("gridrisk", "import", folder, part.layer, *names, "--crosswalk", str(walk)))
    return commands


def _already_there(made: Proposed, workspace: Workspace | None) -> list[Message]:
    """Say of layers that the workspace has already that an import takes the files as the whole of them."""
    if workspace is None:
        return []
    found = [(part.layer, workspace.catalogue.current(part.layer)) for part in made.proposal.parts]
    return [
        msg(
            "{layer} has {rows} rows already: the import takes these files as the whole layer; where they are a "
            "further part of it, add --mode upsert",
            layer=layer,
            rows=version.rows,
        )
        for layer, version in found
        if version is not None and version.rows
    ]


def _show(output: Output, made: Proposed) -> None:
    from gridrisk.layers import schema
    from gridrisk.layers.written import assessment

    columns = [mark("layer"), mark("field"), mark("comes from"), mark("how sure")]
    rows = [
        (
            schema.load(part.layer).title.of(output.lang),
            schema.load(part.layer).fields[one.field].title.of(output.lang),
            " + ".join(one.columns) or "—",
            output.text(assessment(one)),
        )
        for part in made.proposal.parts
        for one in part.fields
    ]
    output.table(mark("Proposed crosswalk"), columns, rows)


def _data(output: Output, made: Proposed, commands: list[str]) -> dict[str, Any]:
    from gridrisk.layers.propose import sureness

    return {
        "name": made.name,
        "path": None if made.path is None else str(made.path),
        "layers": [
            {
                "layer": part.layer,
                "files": part.files,
                "tables": part.tables,
                "lines": None if part.lines is None else part.lines.model_dump(),
                "where": [one.model_dump(by_alias=True) for one in part.where],
                "fields": [
                    {
                        "field": one.field,
                        "from": one.columns,
                        "sure": sureness(one.score),
                        "score": round(one.score, 3),
                        "why": output.text(one.why),
                        "read": round(one.read, 4),
                        "unknown_codes": dict(one.codes),
                    }
                    for one in part.fields
                ],
                "unused": [column for column, _ in part.unused],
            }
            for part in made.proposal.parts
        ],
        "notes": [output.text(note) for note in made.proposal.notes],
        "commands": commands,
        "text": made.text,
    }


@crosswalk.command("list", help=text("All crosswalks: those shipped, and the workspace's own."))
@_workspace_option
@common
def list_(output: Output, workspace: Workspace | None) -> None:
    """List crosswalks."""
    from gridrisk.pipeline import crosswalks

    known = crosswalks.known(workspace)
    rows = [
        (
            walk.name,
            walk.title,
            output.list_of(walk.layers),
            output.label(mark("workspace") if own else mark("shipped")),
        )
        for walk, own in known
    ]
    output.table(mark("Crosswalks"), [mark("name"), mark("title"), mark("layers"), mark("where")], rows)
    data = [
        {"name": walk.name, "title": walk.title, "layers": list(walk.layers), "own": own, "sha256": walk.sha256}
        for walk, own in known
    ]
    output.result({"crosswalks": data})


@crosswalk.command(help=text("The text of one crosswalk."))
@click.argument("name")
@_workspace_option
@common
def show(output: Output, name: str, workspace: Workspace | None) -> None:
    """Show a crosswalk."""
    from gridrisk.pipeline import crosswalks

    walk, content = crosswalks.text_of(name, workspace)
    output.result(
        {"name": walk.name, "title": walk.title, "layers": list(walk.layers), "text": content},
        Message("{text}", {"text": content.rstrip("\n")}),
    )
