"""What commands print: one JSON object, or text, tables and progress for people."""

from __future__ import annotations

import json
import locale
import math
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from gridrisk.i18n import LANGUAGES, Language, Message, translate
from gridrisk.words import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gridrisk.findings import Finding
    from gridrisk.pipeline.progress import Progress

#: Findings shown on a terminal; all of them stand in the table that `--json` and `check` give.
SHOWN_FINDINGS = 20
SHOWN_OF_A_KIND = 3
#: Columns of a table that goes into a file or another program rather than to a terminal.
_WIDTH_OF_FILES = 160
_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def language_of_environment() -> Language:
    """Return Chinese where the environment speaks it, else English; ``GRIDRISK_LANG`` decides first."""
    chosen = os.environ.get("GRIDRISK_LANG")
    if chosen in LANGUAGES:
        return chosen
    spoken = next((os.environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), None)
    spoken = spoken or locale.getlocale()[0] or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def command_line(*parts: str) -> str:
    """Return a command as it is typed here: Windows knows no single quotation marks."""
    import shlex
    import subprocess

    return subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)


def prepare_streams() -> None:
    """Let no character that a console lacks (GBK, Latin) stop a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command writes: people read standard error, programs one JSON object on standard output."""

    lang: Language
    as_json: bool

    def text(self, message: Message) -> str:
        """Return a message in the language of the output."""
        return message.render(self.lang)

    def label(self, msgid: str) -> str:
        """Return a fixed label in the language of the output."""
        return translate(msgid, self.lang)

    def list_of(self, items: Iterable[str]) -> str:
        """Join items as the language of the output writes lists."""
        return ("、" if self.lang == "zh" else ", ").join(items)

    def say(self, message: Message, *, style: str = "") -> None:
        """Tell a person one sentence."""
        click.secho(self.text(message), err=True, fg=style or None)

    def result(self, data: Mapping[str, Any], *lines: Message) -> None:
        """Give the result: `data` as JSON, or `lines` for a person."""
        if self.as_json:
            click.echo(json.dumps(plain(data), ensure_ascii=False, allow_nan=False))
            return
        for line in lines:
            click.echo(self.text(line))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table for a person; nothing where the output is JSON."""
        if self.as_json:
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(title=self.label(title), box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
        for column in columns:
            table.add_column(self.label(column), overflow="fold")
        for row in rows:
            table.add_row(*(Text(shown(cell)) for cell in row))
        console = Console(file=sys.stdout)
        if not console.is_terminal:
            console = Console(file=sys.stdout, width=_WIDTH_OF_FILES)
        console.print(table)

    def findings(self, findings: Sequence[Finding]) -> None:
        """Show the worst findings and how many there are."""
        from rich.console import Console
        from rich.text import Text

        from gridrisk.i18n import msg

        if self.as_json or not findings:
            return
        console = Console(stderr=True)
        for finding, more in _told(findings):
            head = Text(f"{self.label(SEVERITIES[finding.severity]):<8}", style=_STYLES[finding.severity])
            console.print(head.append(" ").append(self.text(finding.message), style="default"), soft_wrap=True)
            if more:
                self.say(msg("         … and {count} more of this kind", count=more))
        counts = {kind: sum(finding.severity == kind for finding in findings) for kind in _STYLES}
        self.say(msg("findings: {error} errors, {warning} warnings, {info} notes", **counts))
        if len(findings) > SHOWN_FINDINGS:
            self.say(msg("some of each kind are shown; --json gives all"))

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show the step under way on standard error."""
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (SpinnerColumn("line"), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Bars(*columns, console=Console(stderr=True), transient=False, disable=self.as_json) as bars:
            task: list[Any] = []

            def show(step: Message, fraction: float | None = None) -> None:
                name = self.text(step)
                if not task or bars.tasks[-1].description != name:
                    if task:
                        bars.update(task[-1], total=1, completed=1)
                    task.append(bars.add_task(name, total=None if fraction is None else 1))
                if fraction is not None:
                    bars.update(task[-1], total=1, completed=fraction)

            yield show
            if task:
                bars.update(task[-1], total=1, completed=1)


def _told(findings: Sequence[Finding]) -> list[tuple[Finding, int]]:
    """Choose the findings to show, the gravest first: a few of each kind, with the number of the others.

    Notes are left out where there is much to tell.
    """
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.severity, finding.layer, finding.check), []).append(finding)
    order = {"error": 0, "warning": 1, "info": 2}
    ranked = sorted(kinds.items(), key=lambda item: order[item[0][0]])
    if len(findings) > SHOWN_FINDINGS:
        ranked = [item for item in ranked if item[0][0] != "info"] or ranked
    told = []
    for _, alike in ranked[:SHOWN_FINDINGS]:
        shown = alike if len(findings) <= SHOWN_FINDINGS else alike[:SHOWN_OF_A_KIND]
        told += [(finding, 0) for finding in shown[:-1]]
        told.append((shown[-1], len(alike) - len(shown)))
    return told


def finding_rows(findings: Iterable[Finding], lang: Language) -> list[dict[str, Any]]:
    """Return findings as JSON objects with the columns of ``findings.parquet`` and their place, where it is known."""
    return [
        {
            "layer": f.layer,
            "id": f.id,
            "row": f.row,
            "field": f.field,
            "check": f.check,
            "severity": f.severity,
            "message": f.message.render(lang),
            "x": f.x,
            "y": f.y,
        }
        for f in findings
    ]


def plain(value: Any) -> Any:
    """Return `value` as JSON has it: NaN and NA become null, dates ISO text, numpy numbers Python ones."""
    import datetime as dt

    import numpy as np
    import pandas as pd

    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray | pd.Index):
        return [plain(item) for item in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dt.date):
        whole_day = isinstance(value, dt.datetime) and value.time() == dt.time()
        return value.date().isoformat() if whole_day else value.isoformat()  # type: ignore[attr-defined]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def some(ids: Sequence[str], most: int = 12) -> str:
    """Return the first ids of a list, and how many there are where that is not all."""
    return ", ".join(ids[:most]) + (f" … ({len(ids)})" if len(ids) > most else "")


def local_time(moment: Any) -> str:
    """Return a moment kept in UTC as the clock here shows it; what is no moment stays as it is."""
    import datetime as dt

    if isinstance(moment, str):
        try:
            moment = dt.datetime.fromisoformat(moment)
        except ValueError:
            return str(moment)
    if not isinstance(moment, dt.datetime):
        return shown(moment)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def shown(value: object) -> str:
    """Return a table cell: unknown as a dash, numbers with separators."""
    value = plain(value)
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
