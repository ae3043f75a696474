"""The command group, its common options and its errors."""

from __future__ import annotations

import datetime as dt
import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from gridrisk import __version__
from gridrisk.cli import grammar
from gridrisk.cli.output import Output, language_of_environment, prepare_streams
from gridrisk.errors import GridriskError
from gridrisk.i18n import LANGUAGES, Language, msg, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gridrisk.store import Workspace


def _asked_for(arguments: Sequence[str]) -> Language | None:
    """Return the language that ``--lang`` names, if any."""
    for i, argument in enumerate(arguments):
        following = arguments[i + 1] if argument == "--lang" and i + 1 < len(arguments) else None
        chosen = argument.removeprefix("--lang=") if argument.startswith("--lang=") else following
        if chosen in LANGUAGES:
            return chosen
    return None


# help texts are made when the commands are defined, before the arguments are parsed
_HELP_LANGUAGE = _asked_for(sys.argv) or language_of_environment()


def text(msgid: str) -> str:
    """Return a help text in the language of the environment."""
    return translate(msgid, _HELP_LANGUAGE)


class Commands(click.Group):
    """Lists commands in the order in which they are used, and names the nearest to a misspelt one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in order of definition."""
        del ctx
        return list(self.commands)


@click.group(cls=Commands, help=text("Safety and renewal planning for city gas networks."))
@click.version_option(__version__, prog_name="gridrisk", help=text("Show the version and exit."))
@click.option("--lang", type=click.Choice(LANGUAGES), help=text("Language of messages; else that of the workspace."))
@click.pass_context
def app(ctx: click.Context, lang: str | None) -> None:
    """Keep the language chosen for all commands."""
    ctx.obj = lang


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`, and give the command an `Output` as its first argument."""

    @click.option("--json", "as_json", is_flag=True, help=text("One JSON object on standard output."))
    @click.pass_context
    @functools.wraps(command)
    def wrapper(ctx: click.Context, /, *args: Any, as_json: bool, **kwargs: Any) -> Any:
        ctx.find_root().meta["as_json"] = as_json
        return command(Output(_language(ctx, kwargs.get("workspace")), as_json), *args, **kwargs)

    return wrapper


def _language(ctx: click.Context, workspace: Workspace | None) -> Language:
    chosen = ctx.find_root().obj
    if chosen is not None:
        return cast("Language", chosen)
    return workspace.lang if workspace is not None else language_of_environment()


class WorkspaceFolder(click.ParamType[Any]):
    """A folder made by ``gridrisk init``."""

    name = "WORKSPACE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Open the workspace."""
        del param, ctx
        from gridrisk.store import open_workspace

        return open_workspace(Path(value)) if isinstance(value, str) else value


workspace_argument = click.argument("workspace", type=WorkspaceFolder())


class IsoDate(click.ParamType[Any]):
    """A date as 2026-11-22."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the date."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return self.fail(text("write the date as 2026-11-22"), param, ctx)


as_of_option = click.option(
    "--as-of",
    type=IsoDate(),
    default=lambda: dt.datetime.now().astimezone().date(),
    show_default=text("today"),
    help=text("The date on which things are judged."),
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of ``gridrisk``."""
    prepare_streams()
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 where findings forbid going on, 2 on wrong use."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    output = Output(_language_of(arguments), "--json" in arguments)
    grammar.speak(output.lang)
    try:
        code = app.main(args=arguments, prog_name="gridrisk", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        wrong.show()
        output.result({"errors": [wrong.format_message()]})
        return 2
    except (click.Abort, KeyboardInterrupt):
        output.say(msg("stopped; nothing half-done is left behind"))
        return 130
    except (GridriskError, OSError) as error:
        fault = _not_written(error) if isinstance(error, OSError) else error
        _tell(output, fault)
        return fault.exit_code
    except Exception as error:
        if os.environ.get("GRIDRISK_DEBUG"):
            raise
        _tell(output, _unforeseen(error))
        return 1
    return code if isinstance(code, int) else 0


def _tell(output: Output, error: GridriskError) -> None:
    texts = [output.text(message) for message in error.messages]
    if output.as_json:
        output.result({"errors": texts})
    for line in texts:
        click.secho(line, err=True, fg="red")


def _not_written(error: OSError) -> GridriskError:
    return GridriskError(
        msg(
            "{file}: {reason}; close it in other programs (Excel, QGIS), see that you may write there, and run again",
            file=error.filename or "",
            reason=error.strerror or str(error),
        )
    )


def _unforeseen(error: Exception) -> GridriskError:
    what = f"{type(error).__name__}: {error}"
    return GridriskError(
        msg(
            "something unforeseen stopped the command ({what}); nothing was committed. "
            "Set GRIDRISK_DEBUG=1 and run it again for the details a maintainer needs",
            what=what[:300],
        )
    )


def _language_of(arguments: Sequence[str]) -> Language:
    return _asked_for(arguments) or _language_of_workspace(arguments) or language_of_environment()


def _language_of_workspace(arguments: Sequence[str]) -> Language | None:
    from gridrisk.store import open_workspace

    for argument in arguments:
        if (Path(argument) / "gridrisk.toml").is_file():
            try:
                return open_workspace(Path(argument)).lang
            except GridriskError:
                return None
    return None
