"""The command about the cut-over of a renewal project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.output import some
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.store import Workspace


@app.command(help=text("In which stages a project of the plan is done, what supply it needs and whom to tell."))
@workspace_argument
@click.argument("project_id")
@click.option("--pressure", "with_pressure", is_flag=True, help=text("Say as well who loses pressure in each stage."))
@as_of_option
@common
def cutover(output: Output, workspace: Workspace, project_id: str, with_pressure: bool, as_of: dt.date) -> None:
    """Order the stages of a project."""
    from gridrisk.pipeline import cutover as pipeline
    from gridrisk.pipeline import sheets

    with output.progress() as progress:
        answer = pipeline.cutover(workspace, project_id, with_pressure=with_pressure, progress=progress)
    data = answer.to_dict(output.lang)
    about = msg("project {id}, {name}", id=answer.project_id, name=answer.name)
    sheet = sheets.cutover_sheet(workspace, data, about=about, as_of=as_of, lang=output.lang)
    output.table(
        mark("Stages, in the order of work"),
        [
            mark("stage"),
            mark("pipes"),
            mark("days"),
            mark("valves to close"),
            mark("without gas"),
            mark("critical"),
            mark("gas from a neighbour"),
            mark("bypass needed for"),
            mark("bottled or trucked gas for"),
            mark("loses pressure elsewhere"),
        ],
        [
            (
                stage["number"],
                some(stage["pipes"], 6),
                stage["days"],
                some([*stage["close_valves"], *stage["close_stations"]], 6),
                len(stage["customers"]),
                len(stage["critical"]),
                len(stage["restored"]),
                len(stage["bypass"]),
                len(stage["inside"]),
                None if stage["newly_below"] is None else len(stage["newly_below"]),
            )
            for stage in data["stages"]
        ],
    )
    output.result(
        {**data, "as_of": as_of, "sheet": str(sheet)},
        msg(
            "{stages} stages: {days} household days without gas if nothing is done for them; {alone} section by "
            "section",
            stages=len(data["stages"]),
            days=f"{answer.found.household_days:,.0f}",
            alone=f"{answer.found.one_by_one:,.0f}",
        ),
        *(msg("assumed: {text}", text=note) for note in answer.assumed),
        msg("plan of the cut-over, to print: {file}", file=str(sheet)),
    )
