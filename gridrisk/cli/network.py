"""Commands about the network: isolate, outages, works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.output import finding_rows
from gridrisk.cli.words import fields, show, word
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from gridrisk.cli.output import Output
    from gridrisk.i18n import Message
    from gridrisk.network import Isolation
    from gridrisk.store import Workspace


class Coordinates(click.ParamType[Any]):
    """Two numbers as X,Y in the CRS of the workspace."""

    name = "X,Y"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the point."""
        if isinstance(value, tuple):
            return value
        try:
            x, y = (float(part) for part in str(value).split(","))
        except ValueError:
            return self.fail(text("write the point as X,Y in metres, such as 500123.4,3123456.7"), param, ctx)
        return x, y


@app.command(help=text("Valves to close for a pipe or a place, and who loses gas."))
@workspace_argument
@click.option("--pipe", "pipe_id", metavar="ID", help=text("The pipe to isolate, whole."))
@click.option("--at", "point", type=Coordinates(), help=text("The place to isolate: only the piece of pipe there."))
@click.option("--station", "station_id", metavar="ID", help=text("The station that fails: who loses gas with it."))
@click.option("--inoperable", default="", metavar="V1,V2", help=text("Valves found stuck on site."))
@click.option("--map", "with_map", is_flag=True, help=text("Draw the map as well."))
@as_of_option
@common
def isolate(
    output: Output,
    workspace: Workspace,
    pipe_id: str | None,
    point: tuple[float, float] | None,
    station_id: str | None,
    inoperable: str,
    with_map: bool,
    as_of: dt.date,
) -> None:
    """Isolate one place."""
    from gridrisk.pipeline import isolation, mapping

    if sum(given is not None for given in (pipe_id, point, station_id)) != 1:
        raise click.UsageError(text("give one of --pipe ID, --at X,Y and --station ID"))
    stuck = [valve.strip() for valve in inoperable.split(",") if valve.strip()]
    with output.progress() as progress:
        answer = isolation.isolate(
            workspace, pipe_id=pipe_id, point=point, station_id=station_id, inoperable=stuck, progress=progress
        )
    data = answer.to_dict(output.lang)
    output.table(
        mark("Isolation"),
        [mark("what"), mark("number"), mark("which")],
        [
            (output.label(title), None if ids is None else len(ids), None if ids is None else _some(ids))
            for title, ids in _lists(answer)
        ],
    )
    if answer.restoration:
        output.table(
            mark("Closed valves that give gas back when opened"),
            [mark("open"), mark("close first"), mark("customers"), mark("pipes")],
            [
                (
                    _some(one.valve_ids),
                    _some([*one.close_first, *one.close_stations_first]),
                    len(one.customers),
                    len(one.pipes),
                )
                for one in answer.restoration
            ],
        )
    if with_map:
        path = mapping.draw_isolation(workspace, answer, as_of=as_of, lang=output.lang)
        data["map"] = str(path)
        output.say(msg("map: {file}", file=str(path)))
    output.result(data, _households(answer), *answer.notes)


def _lists(answer: Isolation) -> list[tuple[str, Sequence[str] | None]]:
    """Return the rows of the table; None where nobody knows."""
    told = answer.households is not None
    doubtful = [valve for valve in answer.close_valves if valve in set(answer.unverified_valves)]
    return [
        (mark("valves to close"), answer.close_valves),
        (mark("of them not known to work"), doubtful),
        (mark("closed already and relied on"), answer.closed_valves),
        (mark("valves that may stay open"), answer.optional_valves),
        (mark("stations to close"), answer.close_stations),
        (mark("pipes isolated"), answer.pipes),
        (mark("pipes without gas beyond them"), answer.unintended_pipes if answer.source_known else None),
        (mark("customers without gas"), answer.customers if told else None),
        (mark("of them critical"), answer.critical if told else None),
        (
            mark("of them beyond the isolated part"),
            answer.unintended_customers if told and answer.source_known else None,
        ),
    ]


def _households(answer: Isolation) -> Message:
    if answer.households is None:
        return msg("households without gas: unknown")
    if not answer.source_known:
        return msg(
            "households without gas: at least {households}, inside the isolated part", households=answer.households
        )
    if answer.households_unknown:
        return msg("households without gas: at least {households}", households=answer.households)
    return msg("households without gas: {households}", households=answer.households)


def _some(ids: Sequence[str], shown: int = 12) -> str:
    return ", ".join(ids[:shown]) + (f" … ({len(ids)})" if len(ids) > shown else "")


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
                word(output, "verdict", site["verdict"]),
                *_nearest(output, site["pipes"]),
                site["clause"],
                _some([*site["close_valves"], *site["close_stations"]], 6),
                site["households"],
                _fields(output, site["missing"]),
            )
            for site in sites
        ],
    )
    counts = {v: sum(site["verdict"] == v for site in sites) for v in ("forbidden", "plan_required", "clear")}
    output.result(
        {"as_of": as_of, "sites": sites, "findings": finding_rows(judged.findings, output.lang)},
        msg(
            "as of {as_of}: {forbidden} forbidden, {plan_required} need a protection plan, {clear} clear",
            as_of=as_of.isoformat(),
            **counts,
        ),
        *judged.doubts,
    )


def _fields(output: Output, names: Sequence[str]) -> str:
    """Return fields of a site, or of the pipes near it, by their titles."""
    from gridrisk.layers import schema

    known = schema.load("works").fields
    return output.list_of(fields(output, "works" if name in known else "pipes", [name]) for name in names)


def _nearest(output: Output, pipes: list[dict[str, Any]]) -> tuple[object, object, object]:
    if not pipes:
        return None, None, None
    return pipes[0]["pipe_id"], round(pipes[0]["distance_m"], 2), word(output, "zone", pipes[0]["zone"])
