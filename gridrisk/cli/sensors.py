"""Command about methane sensors: in which confined spaces they would watch most risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, common, text, workspace_argument
from gridrisk.cli.output import finding_rows
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    from gridrisk.cli.output import Output
    from gridrisk.pipeline.sensors import Placed
    from gridrisk.store import Workspace

_SHOWN = 20
#: Numbers of sensors for which the summary says what share of the risk they would watch.
_STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@app.command(help=text("In which confined spaces methane sensors would watch most risk."))
@workspace_argument
@click.option(
    "--count", type=click.IntRange(0), help=text("How many sensors to place; else as in models/sensors.toml.")
)
@common
def sensors(output: Output, workspace: Workspace, count: int | None) -> None:
    """Place sensors."""
    from gridrisk.pipeline import inputs, reporting
    from gridrisk.pipeline import sensors as placing

    with output.progress() as progress:
        placed = placing.place(workspace, count=count, progress=progress)
        sheet = reporting.write_sensors(workspace, placed.table, inputs.layers(workspace, ("pipes",)), lang=output.lang)
    output.findings(placed.findings)
    chosen = placed.table[placed.table["chosen"]]
    rows = chosen.drop(columns="geometry").reset_index().to_dict("records")
    output.table(
        mark("Where sensors would watch most risk, the most urgent first"),
        [
            mark("order"),
            mark("space"),
            mark("kind of space"),
            mark("crossed by a pipe"),
            mark("pipes"),
            mark("added risk (person-equivalents a year)"),
            mark("share watched with it"),
            mark("X (m)"),
            mark("Y (m)"),
        ],
        [
            (
                row["order"],
                row["spot_id"],
                _kind(output, row["kind"]),
                output.label(mark("yes") if row["crossing"] else mark("no")),
                _pipes(row["pipe_ids"], row["pipes"]),
                row["added_risk"],
                f"{row['share_watched']:.1%}",
                f"{row['x']:.1f}",
                f"{row['y']:.1f}",
            )
            for row in rows[:_SHOWN]
        ],
    )
    files = {"sheet": str(sheet)}
    lines = [*_summary(placed, len(rows), workspace), msg("result: {file}", file=str(sheet))]
    output.result(_plain(output, placed, rows) | {"files": files}, *lines)


def _pipes(names: str, count: int) -> str:
    first = names.split(",", maxsplit=1)[0]
    return first if count < 2 else f"{first} … ({count})"


def _kind(output: Output, code: object) -> str:
    from gridrisk.layers import schema

    choices = schema.load("voids").fields["kind"].choices
    return choices[str(code)].of(output.lang) if str(code) in choices else output.label(mark("kind not recorded"))


def _summary(placed: Placed, chosen: int, workspace: Workspace) -> list[Any]:
    sited = placed.sited
    lines = [
        msg(
            "{count} sensors watch {watched} of the risk within reach of confined spaces ({total} person-equivalents a "
            "year); the existing ones {already}; no set of as many could watch more than {bound}",
            count=chosen,
            watched=f"{sited.watched:.1%}",
            total=f"{sited.total:.3g}",
            already=f"{sited.already:.1%}",
            bound=f"{sited.bound:.1%}",
        ),
    ]
    steps = sited.curve[sited.curve["count"].isin(_STEPS)]
    parts = ", ".join(f"{count}: {share:.0%}" for count, share in zip(steps["count"], steps["share"], strict=True))
    lines.append(msg("share watched by number of new sensors: {steps}", steps=parts))
    if chosen < placed.count:
        lines.append(msg("more than {count} sensors would add nothing", count=chosen))
    lines.append(msg("result: {file}", file=str(workspace.results / "sensors.parquet")))
    return lines


def _plain(output: Output, placed: Placed, rows: list[dict[str, Any]]) -> dict[str, Any]:
    from gridrisk.pipeline.sensors import facts

    keep = (
        "order", "spot_id", "void_id", "kind", "crossing", "pipe_ids", "watched_risk", "rank", "watched_already",
        "added_risk", "share_watched", "x", "y",
    )  # fmt: skip
    return {
        **facts(placed),
        "count": len(rows),
        "sites": [
            {name: row[name] for name in keep} | {"pipe_ids": [p for p in row["pipe_ids"].split(",") if p]}
            for row in rows
        ],
        "curve": placed.sited.curve.to_dict("records"),
        "findings": finding_rows(placed.findings, output.lang),
    }
