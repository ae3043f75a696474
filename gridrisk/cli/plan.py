"""The command plan: the schedule itself, scenarios side by side, the curve of money and risk, how sure a plan is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import Commands, app, as_of_option, common, text, workspace_argument
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.i18n import Message
    from gridrisk.plan import Schedule
    from gridrisk.store import Workspace

#: The command that is meant where none is named.
_MAKE = "make"
_SHOWN_TIES = 5
scenario_option = click.option(
    "--scenario", type=click.Path(path_type=Path), help=text("Scenario file: budgets, crews, years.")
)


class PlanCommands(Commands):
    """Takes a workspace without a command for `make`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put in the command that is meant."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [_MAKE, *args]
        return super().parse_args(ctx, args)


@app.group(
    "plan",
    cls=PlanCommands,
    help=text("Renewal projects and their three-year schedule. `plan WORKSPACE` is short for `plan make WORKSPACE`."),
)
def plan() -> None:
    """Group what makes and weighs plans."""


@plan.command(_MAKE, help=text("Make projects and their schedule."))
@workspace_argument
@scenario_option
@click.option("--years", type=click.IntRange(1, 10), help=text("Years of the plan."))
@click.option("--start", type=click.IntRange(1900, 2200), help=text("First year of the plan."))
@click.option("--extensions", is_flag=True, help=text("Extensions of mains, of convert --extensions, as projects too."))
@click.option("--replan", is_flag=True, help=text("Keep to the plan before where a change is not worth its while."))
@as_of_option
@common
def make(
    output: Output,
    workspace: Workspace,
    scenario: Path | None,
    years: int | None,
    start: int | None,
    replan: bool,
    extensions: bool,
    as_of: dt.date,
) -> int:
    """Plan the renewal."""
    from gridrisk.pipeline import planning

    with output.progress() as progress:
        planned = planning.plan(
            workspace,
            scenario=scenario,
            years=years,
            start=start,
            replan=replan,
            extensions=extensions,
            as_of=as_of,
            progress=progress,
        )
    schedule = planned.schedule
    data = schedule.to_dict(output.lang)
    output.table(
        mark("Renewal plan"),
        [
            mark("year"),
            mark("projects"),
            mark("length (m)"),
            mark("cost (yuan)"),
            mark("budget (yuan)"),
            mark("risk removed (person-equivalents)"),
        ],
        [
            (str(y["year"]), y["projects"], y["length_m"], y["cost_yuan"], y["budget_yuan"], y["risk_removed"])
            for y in data["years"]
        ],
    )
    if "quarters" in data:
        _tell_quarters(output, data["quarters"])
    if planned.feasible:
        _tell_prices(output, schedule)
        _tell_ties(output, schedule)
    output.findings(planned.findings)
    if planned.changes is not None:
        data["changes"] = planned.changes
    output.result(data, *schedule.notes, *_sentences(schedule), *_changed(planned.changes))
    return int(not planned.feasible)


def _sentences(schedule: Schedule) -> list[Message]:
    if schedule.relaxation is not None:
        return schedule.relaxation.messages()
    if schedule.status == "no_plan":
        return [msg("no plan was found in the time given; raise time_limit_s in the scenario")]
    return [
        msg(
            "risk carried over the horizon {objective}, proved to be within {gap} of the least possible",
            objective=f"{schedule.objective:,.1f}",
            gap=f"{schedule.gap:.2%}",
        )
    ]


def _changed(changes: dict[str, int] | None) -> list[Message]:
    if changes is None:
        return []
    return [
        msg(
            "against the plan before: {kept} projects keep their year, {moved} move, {left_out} are left out, {new} "
            "are new",
            **changes,
        )
    ]


def _tell_quarters(output: Output, rows: list[dict[str, Any]]) -> None:
    """Show how the works spread over the quarters."""
    output.table(
        mark("By quarters"),
        [mark("year"), mark("quarter"), mark("projects"), mark("length (m)"), mark("cost (yuan)")],
        [(str(row["year"]), str(row["quarter"]), row["projects"], row["length_m"], row["cost_yuan"]) for row in rows],
    )


def _tell_prices(output: Output, schedule: Schedule) -> None:
    """Show what one more unit of what is scarce would remove."""
    from gridrisk.plan import limit_name, unit_of

    words = {
        "yuan": mark("million yuan"),
        "km": mark("kilometre"),
        "work": mark("work"),
        "household": mark("household"),
    }
    rows = []
    keys = schedule.shadow_price.index.tolist()
    for (name, year), price in zip(keys, schedule.shadow_price.tolist(), strict=True):
        unit = unit_of(name)
        worth = float(price) * (1e6 if unit == "yuan" else 1)
        if worth > 0:
            rows.append((output.text(limit_name(name)), str(year), output.label(words[unit]), f"{worth:.3g}"))
    if rows:
        output.table(
            mark("What one more would remove"),
            [mark("of"), mark("year"), mark("unit"), mark("risk removed (person-equivalents)")],
            rows,
        )


def _tell_ties(output: Output, schedule: Schedule) -> None:
    """Show the choices that could as well be otherwise."""
    ties = schedule.near_ties.head(_SHOWN_TIES)
    never = output.label(mark("not in the plan"))
    rows = [
        (row.project_id, str(row.year or never), str(row.other_year or never), f"{row.share:.2%}")
        for row in ties.itertuples()
    ]
    if rows:
        title = msg("Near ties: {count}, the nearest", count=len(schedule.near_ties)).render(output.lang)
        heads = [mark("project"), mark("in the plan"), mark("could be"), mark("at the cost of its risk removed")]
        output.table(title, heads, rows)


@plan.command(help=text("Plan by two or more scenarios, and put the plans side by side."))
@workspace_argument
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_of_option
@common
def compare(output: Output, workspace: Workspace, scenarios: tuple[Path, ...], as_of: dt.date) -> int:
    """Compare scenarios."""
    from gridrisk.errors import UsageError
    from gridrisk.pipeline import plan_studies

    if len(scenarios) < 2:
        raise UsageError(msg("name two scenario files or more: gridrisk plan compare WORKSPACE A.toml B.toml"))
    with output.progress() as progress:
        found = plan_studies.compare(workspace, scenarios, as_of=as_of, progress=progress)
    output.table(
        mark("Scenarios"),
        [
            mark("scenario"),
            mark("projects"),
            mark("length (m)"),
            mark("cost (yuan)"),
            mark("risk removed (person-equivalents)"),
        ],
        [
            (str(row.Index), row.projects, row.length_m, row.cost_yuan, row.risk_removed)
            for row in found.sums.itertuples()
        ],
    )
    relaxed = [message for made in found.plans.values() if made.relaxation for message in made.relaxation.messages()]
    data = {
        "scenarios": plan_studies.plain_rows(found.sums.reset_index()),
        "differing": plan_studies.plain_rows(found.differing.reset_index()),
        "plans": {name: made.to_dict(output.lang) for name, made in found.plans.items()},
    }
    output.result(data, *relaxed, msg("{count} projects differ; --json names them", count=len(found.differing)))
    return int(bool(relaxed))


@plan.command(help=text("How much risk more and more money removes, beside simpler lists on the same money."))
@workspace_argument
@scenario_option
@click.option("--steps", type=click.IntRange(2, 50), default=11, show_default=True, help=text("Sums of money tried."))
@as_of_option
@common
def frontier(output: Output, workspace: Workspace, scenario: Path | None, steps: int, as_of: dt.date) -> None:
    """Draw the curve of money and risk."""
    from gridrisk.pipeline import plan_studies

    with output.progress() as progress:
        table = plan_studies.frontier(workspace, scenario=scenario, steps=steps, as_of=as_of, progress=progress)
    output.table(
        mark("Risk removed by more and more money"),
        [
            mark("budget (yuan)"),
            mark("cost (yuan)"),
            mark("risk removed (person-equivalents)"),
            mark("risk left"),
            mark("greedy"),
            mark("worst first"),
            mark("oldest first"),
        ],
        [
            (row.budget_yuan, row.cost_yuan, row.risk_removed, row.risk_left, row.greedy, row.worst_first, row.by_age)
            if row.status in {"optimal", "feasible"}
            else (row.budget_yuan, output.label(mark("what must be renewed does not fit")))
            for row in table.itertuples()
        ],
    )
    file = workspace.results / "frontier.json"
    rows = plan_studies.plain_rows(table)
    output.result({"frontier": rows, "file": str(file)}, msg("result: {file}", file=str(file)))


@plan.command(help=text("How often each project stays in the plan when likelihoods move within their intervals."))
@workspace_argument
@scenario_option
@click.option("--draws", type=click.IntRange(2, 2000), default=50, show_default=True, help=text("Plans made."))
@click.option("--seed", type=int, default=1, show_default=True, help=text("Seed of the draws."))
@as_of_option
@common
def robustness(
    output: Output, workspace: Workspace, scenario: Path | None, draws: int, seed: int, as_of: dt.date
) -> None:
    """Say how sure the plan is."""
    from gridrisk.pipeline import plan_studies

    with output.progress() as progress:
        table = plan_studies.robustness(
            workspace, scenario=scenario, draws=draws, seed=seed, as_of=as_of, progress=progress
        )
    chosen = table[(table["year"] > 0) & ~table["mandatory"]].sort_values("share_in", kind="stable")
    output.table(
        mark("Projects of the plan that are least sure"),
        [mark("project"), mark("name"), mark("year"), mark("stays in"), mark("in the same year")],
        [
            (str(row.Index), row.name, str(row.year), f"{row.share_in:.0%}", f"{row.share_same_year:.0%}")
            for row in chosen.head(15).itertuples()
        ],
    )
    sure = int((chosen["share_in"] >= 0.9).sum())
    output.result(
        {"draws": draws, "seed": seed, "projects": plan_studies.plain_rows(table.reset_index())},
        msg(
            "{sure} of {count} projects that are not a duty stay in the plan in nine draws of ten or more",
            sure=sure,
            count=len(chosen),
        ),
        msg("result: {file}", file=str(workspace.results / "robustness.json")),
    )
