"""The command of the emergency desk: which valves to close, and who loses gas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.output import some
from gridrisk.cli.place import check_place, ids, place_options
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from gridrisk.cli.output import Output
    from gridrisk.i18n import Message
    from gridrisk.network import Isolation
    from gridrisk.store import Workspace

_ROLES = {
    "close": mark("close"),
    "closed": mark("is closed: make sure"),
    "optional": mark("may stay open"),
}
#: Valves, and pipes near a place, that a table shows.
_SHOWN = 30


@app.command(help=text("Valves to close for a pipe or a place, and who loses gas."))
@workspace_argument
@place_options
@click.option("--map", "with_map", is_flag=True, help=text("Draw the map as well."))
@click.option("--sheet", "with_sheet", is_flag=True, help=text("Write the sheet for the crew as well, to print on A4."))
@as_of_option
@common
def isolate(
    output: Output,
    workspace: Workspace,
    inoperable: str,
    with_map: bool,
    with_sheet: bool,
    as_of: dt.date,
    **asked: Any,
) -> None:
    """Isolate one place."""
    from gridrisk.pipeline import isolation, mapping, sheets

    check_place(asked, needed=True)
    stuck = ids(inoperable)
    with output.progress() as progress:
        answer = isolation.isolate(workspace, **asked, inoperable=stuck, progress=progress)
    data = answer.to_dict(output.lang)
    output.table(
        mark("Isolation"),
        [mark("what"), mark("number"), mark("which")],
        [
            (output.label(title), None if names is None else len(names), None if names is None else some(names))
            for title, names in _lists(answer)
        ],
    )
    _valves(output, answer)
    _candidates(output, answer)
    _restoration(output, answer)
    if with_map:
        path = mapping.draw_isolation(workspace, answer, as_of=as_of, lang=output.lang)
        data["map"] = str(path)
        output.say(msg("map: {file}", file=str(path)))
    if with_sheet:
        path = sheets.isolation_sheet(
            workspace, answer, asked={**asked, "inoperable": stuck}, as_of=as_of, lang=output.lang
        )
        data["sheet"] = str(path)
        output.say(msg("sheet: {file}", file=str(path)))
    output.result(data, _households(answer), *answer.notes)


def _valves(output: Output, answer: Isolation) -> None:
    """Print where the valves are found."""
    if not answer.valves:
        return
    output.table(
        mark("Where the valves are"),
        [mark("valve"), mark("what to do"), mark("road"), "X", "Y", mark("pipe"), mark("known to work")],
        [
            (
                spot.valve_id,
                output.label(_ROLES[spot.role]),
                spot.road,
                f"{spot.x:.1f}",
                f"{spot.y:.1f}",
                spot.pipe_id,
                output.label(mark("yes") if spot.known_to_work else mark("no")),
            )
            for spot in answer.valves[:_SHOWN]
        ],
    )
    if len(answer.valves) > _SHOWN:
        output.say(msg("{count} valves in all; --json gives all", count=len(answer.valves)))


def _candidates(output: Output, answer: Isolation) -> None:
    """Print the pipes near the place, where more than one may be meant."""
    if len(answer.candidates) > 1:
        output.table(
            mark("Pipes near the place: make sure which is meant"),
            [mark("pipe"), mark("distance (m)"), mark("isolated by this")],
            [
                (near.pipe_id, f"{near.distance_m:.1f}", output.label(mark("yes") if near.isolated else mark("no")))
                for near in answer.candidates[:_SHOWN]
            ],
        )


def _restoration(output: Output, answer: Isolation) -> None:
    """Print which closed valves give gas back."""
    if answer.restoration:
        output.table(
            mark("Closed valves that give gas back when opened"),
            [mark("open"), mark("close first"), mark("customers"), mark("pipes")],
            [
                (
                    some(one.valve_ids),
                    some([*one.close_first, *one.close_stations_first]),
                    len(one.customers),
                    len(one.pipes),
                )
                for one in answer.restoration
            ],
        )


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
