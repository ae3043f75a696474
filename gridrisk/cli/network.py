"""Commands about the network as a whole: outages, works."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.output import finding_rows, some
from gridrisk.cli.words import fields, show, word
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from gridrisk.cli.output import Output
    from gridrisk.store import Workspace

_GRAVEST_FIRST = ("forbidden", "plan_required", "clear")


@app.command(help=text("What every sector's isolation would cut off, as a table."))
@workspace_argument
@common
def outages(output: Output, workspace: Workspace) -> None:
    """List all sectors."""
    from gridrisk.pipeline import isolation

    with output.progress() as progress:
        table = isolation.outages(workspace, progress=progress)
    plain = table.drop(columns=table.geometry.name).reset_index(drop=table.index.name is None)
    worst = plain.sort_values(["customers_lost", "customers_inside"], ascending=False, kind="stable")
    columns = ["sector_id", "length_m", "customers_inside", "customers_lost", "households_lost", "critical_lost"]
    show(output, mark("The sectors whose isolation cuts off most customers"), worst.head(20), columns)
    lines = [msg("{count} sectors; the 20 that cut off most are shown, --json gives all", count=len(plain))]
    unknown = int(plain["customers_lost"].isna().sum())
    if unknown:
        lines.append(
            msg(
                "who loses gas with {count} sectors is unknown; check that customers and valves are complete and that "
                "the feeding stations are marked as is_source",
                count=unknown,
            )
        )
    output.result({"sectors": plain.to_dict("records")}, *lines)


@app.command(help=text("Building sites against protection and control ranges: the imported ones, or those of FILE."))
@workspace_argument
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--crosswalk", help=text("Crosswalk that translates the file."))
@click.option("--crs", help=text("Coordinate system of the file where it names none."))
@as_of_option
@common
def works(
    output: Output, workspace: Workspace, file: Path | None, crosswalk: str | None, crs: str | None, as_of: dt.date
) -> None:
    """Judge building sites."""
    from gridrisk.pipeline import encroachment

    with output.progress() as progress:
        judged = encroachment.judge(workspace, file, as_of=as_of, crosswalk=crosswalk, crs=crs, progress=progress)
    output.findings(judged.findings)
    sites = judged.to_list(output.lang)
    output.table(
        mark("Building sites"),
        [
            mark("site"),
            mark("verdict"),
            mark("nearest pipe"),
            mark("distance (m)"),
            mark("zone"),
            mark("clause"),
            mark("valves"),
            mark("households"),
            mark("missing"),
        ],
        [
            (
                site["work_id"],
                _verdict(output, site),
                *_nearest(output, site["pipes"]),
                site["clause"],
                some([*site["close_valves"], *site["close_stations"]], 6),
                site["households"],
                _fields(output, site["missing"]),
            )
            for site in sorted(sites, key=_gravity)
        ],
    )
    counts = {v: sum(site["verdict"] == v for site in sites) for v in _GRAVEST_FIRST}
    output.result(
        {"as_of": as_of, "sites": sites, "findings": finding_rows(judged.findings, output.lang)},
        msg(
            "as of {as_of}: {forbidden} forbidden, {plan_required} need a protection plan, {clear} clear",
            as_of=as_of.isoformat(),
            **counts,
        ),
        *judged.doubts,
    )


def _gravity(site: dict[str, Any]) -> tuple[int, float]:
    """Order sites for whoever reads the table: the gravest and nearest first, finished ones last."""
    nearest = site["pipes"][0]["distance_m"] if site["pipes"] else math.inf
    return len(_GRAVEST_FIRST) if site["state"] == "done" else _GRAVEST_FIRST.index(site["verdict"]), nearest


def _verdict(output: Output, site: dict[str, Any]) -> object:
    """Return the verdict in words; of a finished site that it is finished, which is why nothing is required of it."""
    return output.label(mark("finished")) if site["state"] == "done" else word(output, "verdict", site["verdict"])


def _fields(output: Output, names: Sequence[str]) -> str:
    """Return fields of a site, or of the pipes near it, by their titles."""
    from gridrisk.layers import schema

    known = schema.load("works").fields
    return output.list_of(fields(output, "works" if name in known else "pipes", [name]) for name in names)


def _nearest(output: Output, pipes: list[dict[str, Any]]) -> tuple[object, object, object]:
    if not pipes:
        return None, None, None
    return pipes[0]["pipe_id"], round(pipes[0]["distance_m"], 2), word(output, "zone", pipes[0]["zone"])
