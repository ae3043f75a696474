"""The command about pressures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.output import some
from gridrisk.cli.place import check_place, ids, place_options
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.network import Pressures
    from gridrisk.store import Workspace

_HOLDS = {True: mark("holds"), False: mark("DOES NOT HOLD"), None: mark("not known")}
_SUFFICES = {True: mark("yes"), False: mark("NO"), None: mark("not known")}
_SHOWN = 20


@app.command(help=text("Whether the pressure holds: as the valves stand, with a place isolated, a station down."))
@workspace_argument
@place_options
@click.option("--open", "opened", default="", metavar="V1,V2", help=text("Closed valves that are opened."))
@click.option("--map", "with_map", is_flag=True, help=text("Draw the map as well."))
@as_of_option
@common
def pressure(
    output: Output,
    workspace: Workspace,
    inoperable: str,
    opened: str,
    with_map: bool,
    as_of: dt.date,
    **asked: Any,
) -> int:
    """Work out pressures."""
    from gridrisk.pipeline import mapping, results
    from gridrisk.pipeline import pressure as pipeline

    check_place(asked, needed=False)
    with output.progress() as progress:
        answer = pipeline.pressure(
            workspace, **asked, inoperable=ids(inoperable), opened=ids(opened), progress=progress
        )
    now = answer.after or answer.before
    file = results.write(workspace, "pressure", answer.table, as_of=as_of)
    _areas(output, now)
    _regulators(output, now)
    if len(now.areas) > _SHOWN or len(now.regulators) > _SHOWN:
        output.say(
            msg(
                "{areas} areas and {regulators} regulators in all; --json gives all",
                areas=len(now.areas),
                regulators=len(now.regulators),
            )
        )
    lines = []
    if answer.after is not None:
        lines.append(msg("as the valves stand: the pressure {holds}", holds=_holds(output, answer.before)))
    lines.append(msg("asked for: the pressure {holds}", holds=_holds(output, now)))
    if answer.isolation is not None:
        lines.append(
            msg(
                "{lost} customers lose gas; {below} more keep it without pressure enough: {ids}",
                lost=len(answer.isolation.customers),
                below=len(answer.newly_below),
                ids=some(answer.newly_below) or "—",
            )
        )
    elif now.customers_below:
        lines.append(
            msg(
                "{count} customers have not pressure enough: {ids}",
                count=len(now.customers_below),
                ids=some(now.customers_below),
            )
        )
    if now.demand_unknown:
        lines.append(msg("of unknown demand and left out: {ids}", ids=some(now.demand_unknown)))
    lines += [msg("assumed: {text}", text=note) for note in answer.assumed]
    data = {**answer.to_dict(output.lang), "as_of": as_of, "file": str(file)}
    if with_map:
        path = mapping.draw_pressure(workspace, answer, as_of=as_of, lang=output.lang)
        data["map"] = str(path)
        lines.insert(0, msg("map: {file}", file=str(path)))
    output.result(data, *lines)
    return 0


def _holds(output: Output, now: Pressures) -> str:
    return output.label(_HOLDS[now.holds])


def _areas(output: Output, now: Pressures) -> None:
    output.table(
        mark("Areas between regulators, those that fail first"),
        [
            mark("class"),
            mark("the pressure"),
            mark("at the feed (kPa)"),
            mark("lowest (kPa)"),
            mark("needed (kPa)"),
            mark("lowest at pipe"),
            mark("drawn (m³/h)"),
            mark("fed by"),
        ],
        [
            (
                _class(output, area.pressure_class),
                output.label(_HOLDS[area.holds]),
                area.set_kpa,
                area.lowest_kpa,
                area.limit_kpa,
                area.lowest_pipe,
                round(area.demand_m3h, 1),
                some(area.fed_by, 3),
            )
            for area in now.areas[:_SHOWN]
        ],
    )


def _regulators(output: Output, now: Pressures) -> None:
    output.table(
        mark("Regulators, those that fail first"),
        [
            mark("station"),
            mark("gives (m³/h)"),
            mark("built for (m³/h)"),
            mark("before it (kPa)"),
            mark("set to (kPa)"),
            mark("inlet high enough"),
            mark("large enough"),
        ],
        [
            (
                regulator.station_id,
                round(regulator.flow_m3h, 1),
                regulator.capacity_m3h,
                regulator.inlet_kpa,
                regulator.set_kpa,
                output.label(_SUFFICES[regulator.inlet_suffices]),
                output.label(_SUFFICES[regulator.capacity_suffices]),
            )
            for regulator in now.regulators[:_SHOWN]
        ],
    )


def _class(output: Output, name: str) -> str | None:
    from gridrisk.layers import schema

    choice = schema.load("pipes").fields["pressure_class"].choices.get(name)
    return None if choice is None else choice.of(output.lang)
