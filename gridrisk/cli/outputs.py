"""Commands that leave files for people: map, report, run, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.place import Coordinates
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.pipeline.mapping import Kind
    from gridrisk.pipeline.running import Run
    from gridrisk.store import Workspace

_KINDS = ["risk", "plan", "coverage", "works", "isolation", "pressure"]


@app.command("map", help=text("Maps in one file each, which need no network."))
@workspace_argument
@click.option("--kind", type=click.Choice(_KINDS), help=text("One map; else all there are results for."))
@click.option("--pipe", "pipe_id", metavar="ID", help=text("With --kind isolation: the pipe to isolate, whole."))
@click.option("--at", "point", type=Coordinates(), help=text("With --kind isolation: the place to isolate."))
@as_of_option
@common
def map_(
    output: Output,
    workspace: Workspace,
    kind: Kind | None,
    pipe_id: str | None,
    point: tuple[float, float] | None,
    as_of: dt.date,
) -> None:
    """Draw maps."""
    from gridrisk.pipeline import isolation, mapping, pressure

    if (kind == "isolation") != (pipe_id is not None or point is not None):
        raise click.UsageError(text("--kind isolation goes with --pipe ID or --at X,Y, and they with it"))
    with output.progress() as progress:
        if kind == "isolation":
            answer = isolation.isolate(workspace, pipe_id=pipe_id, point=point, progress=progress)
            files: dict[Kind, Path] = {
                "isolation": mapping.draw_isolation(workspace, answer, as_of=as_of, lang=output.lang)
            }
        elif kind == "pressure":
            held = pressure.pressure(workspace, progress=progress)
            files = {"pressure": mapping.draw_pressure(workspace, held, as_of=as_of, lang=output.lang)}
        else:
            kinds = [kind] if kind else _drawable(workspace)
            files = {k: mapping.draw(workspace, k, as_of=as_of, lang=output.lang, progress=progress) for k in kinds}
    left_out = [] if kind else mapping.outdated(workspace)
    lines = [*(msg("map: {file}", file=str(path)) for path in files.values()), *left_out]
    output.result({"maps": {k: str(path) for k, path in files.items()}}, *lines)


def _drawable(workspace: Workspace) -> list[Kind]:
    from gridrisk.errors import DataError
    from gridrisk.pipeline import mapping

    kinds = mapping.available(workspace)
    if not kinds:
        raise DataError(msg("there is nothing to draw yet; first: gridrisk run {folder}", folder=str(workspace.root)))
    return kinds


@app.command(help=text("The renewal list as Excel, and all results as GeoPackage; with --month one month's table."))
@workspace_argument
@click.option("--month", metavar="YYYY-MM", help=text("The table of a month as it was closed by convert --month."))
@click.option("--policy", help=text("With --month: district policy file; else that of the workspace."))
@click.option("--revision", type=click.IntRange(1), help=text("With --month: a former revision; else the last."))
@common
def report(output: Output, workspace: Workspace, month: str | None, policy: str | None, revision: int | None) -> None:
    """Write lists and exchange files."""
    from gridrisk.pipeline import months, reporting

    if month is None and (policy is not None or revision is not None):
        raise click.UsageError(text("--policy and --revision go with --month"))
    with output.progress() as progress:
        if month is None:
            files = reporting.report(workspace, lang=output.lang, progress=progress)
        else:
            files = [months.report(workspace, month, policy=policy, revision=revision, lang=output.lang)]
    output.result({"files": [str(path) for path in files]}, *(msg("file: {file}", file=str(path)) for path in files))


@app.command(
    help=text("Everything above that reads data, in order: check, score, outages, works, plan, convert, map, report.")
)
@workspace_argument
@click.option("--scenario", type=click.Path(path_type=Path), help=text("Scenario file of the plan."))
@as_of_option
@common
def run(output: Output, workspace: Workspace, scenario: Path | None, as_of: dt.date) -> int:
    """Run all steps."""
    from gridrisk.pipeline import running

    with output.progress() as progress:
        done = running.run(workspace, scenario=scenario, as_of=as_of, lang=output.lang, progress=progress)
    return _tell_run(output, workspace, done)


@app.command(help=text("Make a sample city's files, import them as a user would, and run."))
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@click.option(
    "--pipes", default=5000, show_default=True, type=click.IntRange(500, 1_000_000), help=text("Segments of the city.")
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help=text("Another seed, another city."))
@as_of_option
@common
def demo(output: Output, folder: Path, pipes: int, seed: int, as_of: dt.date) -> int:
    """Run the main job on a sample city."""
    from gridrisk.pipeline import demonstration

    with output.progress() as progress:
        workspace, done = demonstration.demo(
            folder, pipes=pipes, seed=seed, as_of=as_of, lang=output.lang, progress=progress
        )
    return _tell_run(output, workspace, done)


def _tell_run(output: Output, workspace: Workspace, done: Run) -> int:
    output.findings(done.findings)
    data = {
        "workspace": str(workspace.root),
        "as_of": done.as_of,
        "results": str(workspace.results),
        "files": [str(path) for path in done.files],
        "skipped": [output.text(reason) for reason in done.skipped],
        "seconds": {step: round(seconds, 3) for step, seconds in done.seconds.items()},
        "plan_feasible": done.plan_feasible,
        "plan_shortfall": [output.text(line) for line in done.shortfall],
        "findings": {
            kind: sum(found.severity == kind for found in done.findings) for kind in ("error", "warning", "info")
        },
    }
    output.result(
        data,
        *([msg("the plan does not keep every deadline within its limits:")] if done.shortfall else []),
        *done.shortfall,
        msg("done in {seconds} s; where to look:", seconds=f"{sum(done.seconds.values()):.1f}"),
        *(msg("  {file}", file=str(path)) for path in done.files),
        *done.skipped,
    )
    return 0 if done.plan_feasible is not False else 1
