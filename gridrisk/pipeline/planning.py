"""Projects and their schedule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridrisk import coverage, network
from gridrisk import plan as planning
from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, network_index, results
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from gridrisk.findings import Finding
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.plan import Scenario, Schedule
    from gridrisk.store import Workspace

#: Layers that projects are made of.
LAYERS = ("pipes", "roads", "communities", "towns", "valves", "customers")

_PROJECTS = "projects.parquet"


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan: the projects with their year, the schedule, and what it rests on."""

    projects: gpd.GeoDataFrame
    schedule: Schedule
    findings: tuple[Finding, ...]
    changes: dict[str, int] | None = None

    @property
    def feasible(self) -> bool:
        """Whether all that must be renewed is, in time and within every limit."""
        return self.schedule.status in {"optimal", "feasible"}


@dataclass(frozen=True, slots=True)
class Priced:
    """What a schedule is made from: priced projects, the scenario, and what was found on the way."""

    projects: gpd.GeoDataFrame
    scenario: Scenario
    findings: tuple[Finding, ...]


def plan(
    workspace: Workspace,
    *,
    scenario: Path | None,
    years: int | None = None,
    start: int | None = None,
    replan: bool = False,
    extensions: bool = False,
    as_of: dt.date,
    progress: Progress = silent,
) -> Planned:
    """Plan from the scores that are there, and write ``projects``; with `extensions` those of mains beside renewal."""
    # a wrong scenario is told before layers are read, which takes minutes in a large city
    planning.load_scenario(scenario, start_year=start, years=years, earliest_year=as_of.year)
    progress(msg("reading layers"))
    layers, parameters, risk = read_inputs(workspace)
    return plan_layers(
        workspace,
        layers,
        parameters,
        risk,
        scenario=scenario,
        years=years,
        start=start,
        replan=replan,
        extensions=extensions,
        as_of=as_of,
        progress=progress,
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
    replan: bool = False,
    extensions: bool = False,
    as_of: dt.date,
    progress: Progress = silent,
) -> Planned:
    """Plan from layers that are read already; see `plan`.

    With `replan` the plan before is kept to where a change is not worth its while.
    """
    limits = planning.load_scenario(scenario, start_year=start, years=years, earliest_year=as_of.year)
    progress(msg("making projects of segments"))
    ready = price(workspace, layers, parameters, risk, limits)
    projects = _extended(workspace, ready.projects, parameters) if extensions else ready.projects
    if replan:
        projects = projects.assign(former_year=planning.former_year(projects["pipe_ids"], _former(workspace)))
    step = msg("scheduling {count} projects", count=len(projects))
    progress(step)

    def solving(_bound: float, _best: float, gap: float) -> None:
        # the search ends where the gap is small enough: show how much of the way is done
        progress(step, min(1.0, limits.gap / gap) if gap > 0 else 1.0)

    schedule = planning.schedule(projects, limits, progress=solving)
    if (note := planning.joined_note(projects, parameters["plan"].number("risk_yuan"))) is not None:
        schedule = replace(schedule, notes=(*schedule.notes, note))
    wrong = planning.verify(projects, schedule, limits)
    if wrong:
        raise DataError(msg("the plan did not pass its own check; nothing was written"), *wrong)
    table = planning.result_frame(projects, schedule, lang=workspace.lang)
    table = table.assign(plan_start=limits.first_year, plan_years=limits.years)
    short = schedule.relaxation.messages() if schedule.relaxation else []
    facts = {
        "status": schedule.status,
        "gap": schedule.gap if schedule.relaxation is None else None,
        "objective": schedule.objective if schedule.relaxation is None else None,
        "prices": schedule.to_dict()["shadow_price"] if schedule.relaxation is None else [],
        "missing": [line.render(workspace.lang) for line in short],
        "notes": [note.render(workspace.lang) for note in schedule.notes],
    }
    made = Planned(table, schedule, ready.findings)
    # a plan that stands is not lost because a new one does not fit
    keep = (replan or not made.feasible) and _stands(workspace.results / _PROJECTS)
    results.write(workspace, "projects", table, as_of=as_of, facts=facts, keep_previous=keep)
    return replace(made, changes=_changes(projects, schedule)) if replan and made.feasible else made


def _extended(
    workspace: Workspace, projects: gpd.GeoDataFrame, parameters: Mapping[str, Parameters]
) -> gpd.GeoDataFrame:
    """Put the extensions of mains that were planned beside the renewal projects."""
    found = results.required(workspace, "extensions", "extension_id")
    customers = inputs.required(workspace, "customers")
    more = coverage.extension_projects(found, customers, projects, parameters["coverage"], lang=workspace.lang)
    return projects if more.empty else pd.concat([projects, more])


def read_inputs(
    workspace: Workspace,
) -> tuple[dict[str, gpd.GeoDataFrame | None], Mapping[str, Parameters], pd.DataFrame]:
    """Return layers, parameters and scores."""
    layers = inputs.layers(workspace, LAYERS, needed=("pipes",))
    risk = results.required(workspace, "risk", "pipe_id")
    return layers, inputs.parameters(workspace), risk


def price(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    risk: pd.DataFrame,
    scenario: Scenario,
) -> Priced:
    """Make projects of segments, with what the planner has decided in ``projects.toml``, and price them."""
    pipes = layers["pipes"]
    if pipes is None:
        raise DataError(msg("the workspace has no pipes"))
    features = results.read(workspace, "features", "pipe_id")
    homes = None if features is None or "households_lost" not in features else features["households_lost"]
    rules, prices = parameters["plan"], parameters["cost/default"]
    layer: dict[str, Any] = {
        "valves": layers["valves"],
        "customers": layers["customers"],
        "road_class": planning.road_class(pipes, layers["roads"], rules.number("road_reach_m")),
    }
    projects = planning.build_projects(
        pipes,
        risk,
        rules,
        roads=layers["roads"],
        communities=layers["communities"],
        towns=layers["towns"],
        customers_lost=homes,
        first_year=scenario.first_year,
        leaving=planning.Leaving.of(
            rules, prices, planning.renewal_yuan(pipes, prices, **layer), planning.line_stop_yuan(pipes, prices)
        ),
        sectors=_sectors(workspace),
        edits=planning.load_edits(workspace.root / planning.EDITS_FILE),
    )
    money = planning.price(projects, pipes, prices, **layer, year=scenario.first_year)
    priced = projects.join(money)
    findings = [*planning.check_projects(pipes, risk, projects), *planning.cost_findings(priced)]
    return Priced(priced, scenario, tuple(findings))


def _sectors(workspace: Workspace) -> pd.Series | None:
    """Return the valve sector of each pipe that lies in one alone; None where no network is kept that fits."""
    net = network_index.find(workspace)
    if net is None:
        return None
    pairs = network.sectors_by_pipe(net)
    return pairs.drop_duplicates("pipe_id", keep=False).set_index("pipe_id")["sector"]


def _former(workspace: Workspace) -> pd.DataFrame:
    """Return the last plan that fitted; the survey may have changed since, which is why there is a new one."""
    path, older = workspace.results / _PROJECTS, workspace.results / "previous" / _PROJECTS
    if not _stands(path) and _stands(older):
        path = older
    try:
        return pd.read_parquet(path, columns=["pipe_ids", "year"])
    except FileNotFoundError as error:
        raise DataError(
            msg("there is no plan to keep to; make one first: gridrisk plan {folder}", folder=str(workspace.root))
        ) from error
    except (OSError, ValueError) as error:
        raise DataError(msg("{file} is damaged: {error}", file=str(path), error=error)) from error


def _stands(path: Path) -> bool:
    """Say whether a file holds a plan with something in it, not one that did not fit."""
    try:
        return bool((pd.read_parquet(path, columns=["year"])["year"] > 0).any())
    except (OSError, ValueError, KeyError):
        return False


def _changes(projects: pd.DataFrame, schedule: Schedule) -> dict[str, int]:
    """Count what became of the years of the plan before."""
    former = projects["former_year"].fillna(0).astype("int64")
    now = schedule.assignment.reindex(projects.index)
    return {
        "kept": int(((former > 0) & (now == former)).sum()),
        "moved": int(((former > 0) & (now > 0) & (now != former)).sum()),
        "left_out": int(((former > 0) & (now == 0)).sum()),
        "new": int(((former == 0) & (now > 0)).sum()),
    }
