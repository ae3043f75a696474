"""Projects and their schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridrisk import plan as planning
from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, results
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from gridrisk.findings import Finding
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.plan import Schedule
    from gridrisk.store import Workspace

#: Layers that projects are made of.
LAYERS = ("pipes", "roads", "communities", "towns")


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan: the projects with their year, the schedule, and what it rests on."""

    projects: gpd.GeoDataFrame
    schedule: Schedule
    findings: tuple[Finding, ...]

    @property
    def feasible(self) -> bool:
        """Whether all that must be renewed is, in time and within every limit."""
        return self.schedule.status in {"optimal", "feasible"}


def plan(
    workspace: Workspace,
    *,
    scenario: Path | None,
    years: int | None = None,
    start: int | None = None,
    as_of: dt.date,
    progress: Progress = silent,
) -> Planned:
    """Plan from the scores that are there, and write ``projects``."""
    progress(msg("reading layers"))
    inputs.required(workspace, "pipes")
    risk = results.required(workspace, "risk", "pipe_id")
    layers = inputs.layers(workspace, LAYERS)
    parameters = inputs.parameters(workspace)
    return plan_layers(
        workspace, layers, parameters, risk, scenario=scenario, years=years, start=start, as_of=as_of, progress=progress
    )


def plan_layers(  # noqa: PLR0913 - a scenario file, and what the command line may put in its place
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    risk: pd.DataFrame,
    *,
    scenario: Path | None,
    years: int | None = None,
    start: int | None = None,
    as_of: dt.date,
    progress: Progress = silent,
) -> Planned:
    """Plan from layers that are read already; see `plan`."""
    pipes = layers["pipes"]
    if pipes is None:
        raise DataError(msg("the workspace has no pipes"))
    limits = planning.load_scenario(scenario, start_year=start, years=years, earliest_year=as_of.year)
    features = results.read(workspace, "features", "pipe_id")
    homes = None if features is None or "households_lost" not in features else features["households_lost"]
    progress(msg("making projects of segments"))
    projects = planning.build_projects(
        pipes,
        risk,
        parameters["plan"],
        roads=layers["roads"],
        communities=layers["communities"],
        towns=layers["towns"],
        customers_lost=homes,
        first_year=limits.first_year,
    )
    priced = projects.join(planning.price(projects, pipes, parameters["cost/default"]))
    step = msg("scheduling {count} projects", count=len(priced))
    progress(step)

    def solving(_bound: float, _best: float, gap: float) -> None:
        # the search ends where the gap is small enough: show how much of the way is done
        progress(step, min(1.0, limits.gap / gap) if gap > 0 else 1.0)

    schedule = planning.schedule(priced, limits, progress=solving)
    wrong = planning.verify(priced, schedule, limits)
    if wrong:
        raise DataError(msg("the plan did not pass its own check; nothing was written"), *wrong)
    findings = [*planning.check_projects(pipes, risk, projects), *planning.cost_findings(priced)]
    table = planning.result_frame(priced, schedule, lang=workspace.lang)
    results.write(workspace, "projects", table.assign(plan_start=limits.first_year, plan_years=limits.years))
    return Planned(table, schedule, tuple(findings))
