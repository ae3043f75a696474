"""Options that name a place on the network, shared by the commands that isolate one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import text

if TYPE_CHECKING:
    from collections.abc import Callable


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
            x = y = math.nan
        if not (math.isfinite(x) and math.isfinite(y)):
            return self.fail(text("write the point as X,Y in metres, such as 500123.4,3123456.7"), param, ctx)
        return x, y


_OPTIONS = (
    click.option("--pipe", "pipe_id", metavar="ID", help=text("The pipe to isolate, whole.")),
    click.option("--at", "point", type=Coordinates(), help=text("The place to isolate: only the piece of pipe there.")),
    click.option("--leak", "leak_id", metavar="ID", help=text("The leak to isolate: the piece of its pipe there.")),
    click.option("--station", "station_id", metavar="ID", help=text("The station that fails: who loses gas with it.")),
    click.option("--inoperable", default="", metavar="V1,V2", help=text("Valves found stuck on site.")),
)


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --pipe, --at, --leak, --station and --inoperable."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_place(asked: dict[str, Any], *, needed: bool) -> None:
    """Refuse more than one place, and none where one is needed."""
    given = sum(value is not None for value in asked.values())
    if given > 1 or (needed and not given):
        raise click.UsageError(text("give one of --pipe ID, --at X,Y, --leak ID and --station ID"))


def ids(listed: str) -> list[str]:
    """Return the ids of a comma list."""
    return [item.strip() for item in listed.split(",") if item.strip()]
