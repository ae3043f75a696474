"""Scenarios side by side, the curve of money and risk, and how sure a plan is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridrisk import plan as planning
from gridrisk import store
from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.pipeline.planning import price, read_inputs
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from gridrisk.pipeline.progress import Progress
    from gridrisk.plan import Schedule
    from gridrisk.store import Workspace


@dataclass(frozen=True, slots=True)
class Compared:
    """Plans of the same projects: their sums, the years that differ, the plans."""

    sums: pd.DataFrame
    differing: pd.DataFrame
    plans: dict[str, Schedule]


def compare(
    workspace: Workspace, scenarios: Sequence[Path], *, as_of: dt.date, progress: Progress = silent
) -> Compared:
    """Plan by each scenario, and put the plans side by side; nothing is written."""
    every = [planning.load_scenario(path, earliest_year=as_of.year) for path in scenarios]
    progress(msg("reading layers"))
    layers, parameters, risk = read_inputs(workspace)
    plans: dict[str, Schedule] = {}
    for number, (path, limits) in enumerate(zip(scenarios, every, strict=True)):
        name = path.stem if path.stem not in plans else str(path)
        progress(msg("planning by {scenario}", scenario=name), number / len(scenarios))
        ready = price(workspace, layers, parameters, risk, limits)
        plans[name] = planning.schedule(ready.projects, limits)
        _checked(ready.projects, plans[name], limits)
    sums, differing = planning.compare(plans)
    return Compared(sums, differing, plans)


def frontier(
    workspace: Workspace, *, scenario: Path | None, steps: int, as_of: dt.date, progress: Progress = silent
) -> pd.DataFrame:
    """Say what more and more money removes; write ``results/frontier.json``."""
    limits = planning.load_scenario(scenario, earliest_year=as_of.year)
    progress(msg("reading layers"))
    layers, parameters, risk = read_inputs(workspace)
    ready = price(workspace, layers, parameters, risk, limits)
    pipes = layers["pipes"]
    if pipes is None:
        raise DataError(msg("the workspace has no pipes"))
    laid = ready.projects["pipe_ids"].explode()
    year = pipes["install_year"].reindex(laid.to_numpy()).astype("float64")
    age = limits.first_year - year.set_axis(laid.index).groupby(level=0).mean()

    def tell(step: int, of: int) -> None:
        progress(msg("planning with {step} of {count} sums of money", step=step + 1, count=of), step / of)

    shares = [step / (steps - 1) for step in range(steps)]
    table = planning.frontier(ready.projects, limits, age=age, shares=shares, tell=tell)
    _write(workspace, "frontier", plain_rows(table))
    return table


def robustness(
    workspace: Workspace, *, scenario: Path | None, draws: int, seed: int, as_of: dt.date, progress: Progress = silent
) -> pd.DataFrame:
    """Say how often each project stays in the plan; write ``results/robustness.json``."""
    limits = planning.load_scenario(scenario, earliest_year=as_of.year)
    progress(msg("reading layers"))
    layers, parameters, risk = read_inputs(workspace)
    ready = price(workspace, layers, parameters, risk, limits)

    def tell(step: int, of: int) -> None:
        progress(msg("planning draw {step} of {count}", step=step + 1, count=of), step / of)

    table = planning.robustness(ready.projects, limits, segments=risk, draws=draws, seed=seed, tell=tell)
    _write(workspace, "robustness", plain_rows(table.reset_index()))
    return table.join(ready.projects[["name", "mandatory", "length_m"]])


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values, None for what is missing."""
    rows = table.astype(object).where(table.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _checked(projects: pd.DataFrame, schedule: Schedule, limits: planning.Scenario) -> None:
    wrong = planning.verify(projects, schedule, limits)
    if wrong:
        raise DataError(msg("the plan did not pass its own check; nothing was written"), *wrong)


def _write(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    with store.replacing(workspace.results / f"{name}.json") as part:
        part.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
