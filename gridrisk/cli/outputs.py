"""Commands that leave files for people: map, report, run, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.pipeline.mapping import Kind
    from gridrisk.pipeline.running import Run
    from gridrisk.store import Workspace


@app.command("map", help=text("Maps in one file each, which need no network."))
@workspace_argument
@click.option(
    "--kind",
    type=click.Choice(["risk", "plan", "coverage", "works"]),
    help=text("One map; else all there are results for."),
)
@as_of_option
@common
def map_(output: Output, workspace: Workspace, kind: Kind | None, as_of: dt.date) -> None:
    """Draw maps."""
    from gridrisk.errors import DataError
    from gridrisk.pipeline import mapping

    kinds = [kind] if kind else mapping.available(workspace)
    if not kinds:
        raise DataError(msg("there is nothing to draw yet; first: gridrisk run {folder}", folder=str(workspace.root)))
    with output.progress() as progress:
        files = {k: mapping.draw(workspace, k, as_of=as_of, lang=output.lang, progress=progress) for k in kinds}
    output.result(
        {"maps": {k: str(path) for k, path in files.items()}},
        *(msg("map: {file}", file=str(f)) for f in files.values()),
    )


@app.command(help=text("The renewal list as Excel, and all results as GeoPackage."))
@workspace_argument
@as_of_option
@common
def report(output: Output, workspace: Workspace, as_of: dt.date) -> None:
    """Write lists and exchange files."""
    from gridrisk.pipeline import reporting

    with output.progress() as progress:
        files = reporting.report(workspace, as_of=as_of, lang=output.lang, progress=progress)
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
    }
    output.result(
        data,
        msg("done in {seconds} s; where to look:", seconds=f"{sum(done.seconds.values()):.1f}"),
        *(msg("  {file}", file=str(path)) for path in done.files),
        *done.skipped,
    )
    return 0 if done.plan_feasible is not False else 1
