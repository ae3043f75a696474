"""Commands about bottled gas and safety devices: convert, devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.words import show
from gridrisk.i18n import mark, msg
from gridrisk.words import DEPOTS, PAYERS

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from gridrisk.cli.output import Output
    from gridrisk.store import Workspace


@app.command(help=text("Bottle-to-pipe: decision, reach, money, coverage."))
@workspace_argument
@click.option("--policy", help=text("District policy file; else that of the workspace."))
@click.option("--depots", is_flag=True, help=text("Say which depots to merge and where one is missing as well."))
@click.option("--extensions", is_flag=True, help=text("Plan short extensions of the mains as well."))
@click.option(
    "--month",
    metavar="YYYY-MM",
    help=text("Close a month: judge it on its last day and keep it as it is. For good; see report --month."),
)
@as_of_option
@common
def convert(
    output: Output,
    workspace: Workspace,
    policy: str | None,
    depots: bool,
    extensions: bool,
    month: str | None,
    as_of: dt.date,
) -> None:
    """Decide every bottled-gas customer."""
    from gridrisk.pipeline import conversion

    if month is not None:
        if depots or extensions:
            raise click.UsageError(text("--month goes without --depots and --extensions"))
        _close(output, workspace, month, policy, as_of)
        return
    with output.progress() as progress:
        done = conversion.convert(workspace, policy=policy, as_of=as_of, progress=progress)
    output.findings(done.findings)
    show(output, mark("Coverage by town"), done.coverage, _SHOWN)
    show(output, mark("Coverage by kind of place"), done.kinds.reset_index(), ["kind", *_SHOWN[2:]])
    _money(output, done.money, done.appropriations)
    planned = _extensions(output, workspace, policy, as_of) if extensions else {}
    if depots:
        planned |= _depots(output, workspace, policy, as_of)
    counts = done.conversion["decision"].value_counts()
    decisions = {name: int(counts.get(name, 0)) for name in ("pipe", "electric", "excluded", "done", "unknown")}
    output.result(
        {
            "as_of": as_of,
            "policy": done.policy,
            "decisions": decisions,
            "coverage": done.coverage.reset_index().to_dict("records"),
            "kinds": done.kinds.reset_index().to_dict("records"),
            "money": done.money.to_dict("records"),
            "appropriations": done.appropriations.to_dict("records"),
            **planned,
        },
        msg(
            "as of {as_of}, by {policy}: pipe {pipe}, electric {electric}, excluded {excluded}, done {done}, "
            "unknown {unknown}",
            as_of=as_of.isoformat(),
            policy=done.policy,
            **decisions,
        ),
    )


_SHOWN = [
    "rank",
    "name",
    "eligible",
    "converted",
    "verified",
    "share",
    "needed",
    "on_track",
    "pace_month",
    "projected_on",
    "deadline",
]


def _money(output: Output, money: pd.DataFrame, appropriations: pd.DataFrame) -> None:
    """Print what each payer bears by year, and what of it is appropriated."""
    sums = money.groupby(["year", "payer"], sort=True)[["yuan", "customers", "unknown"]].sum(min_count=1).reset_index()
    output.table(
        mark("Money by year and payer"),
        [mark("year"), mark("payer"), mark("yuan"), mark("customers"), mark("amount not known")],
        [
            (str(year), output.label(PAYERS.get(payer, payer)), yuan, customers, unknown)
            for year, payer, yuan, customers, unknown in zip(*(sums[name] for name in sums.columns), strict=True)
        ],
    )
    if appropriations.empty:
        return
    yes, no, unknown = (output.label(word) for word in (mark("yes"), mark("no"), mark("unknown")))
    output.table(
        mark("Against the year's appropriation"),
        [
            mark("year"),
            mark("payer"),
            mark("town"),
            mark("appropriated (yuan)"),
            mark("spent (yuan)"),
            mark("still to be paid (yuan)"),
            mark("left (yuan)"),
            mark("enough"),
        ],
        [
            (
                str(row["year"]),
                output.label(PAYERS.get(row["payer"], row["payer"])),
                None if row["town_id"] != row["town_id"] else row["town_id"],
                row["appropriated_yuan"],
                row["spent_yuan"],
                row["needed_yuan"],
                row["left_yuan"],
                unknown if row["enough"] is None else yes if row["enough"] else no,
            )
            for row in appropriations.astype({"enough": object}).where(appropriations.notna(), None).to_dict("records")
        ],
    )


def _close(output: Output, workspace: Workspace, month: str, policy: str | None, as_of: dt.date) -> None:
    from gridrisk.pipeline import months

    with output.progress() as progress:
        done = months.close(workspace, month, policy=policy, as_of=as_of, progress=progress)
    output.findings(done.findings)
    tables, record = done.month.tables, done.month.record
    show(output, mark("Coverage by town"), tables["coverage"], _SHOWN)
    for title, table in (
        (mark("Corrections of the month before"), tables["corrections"]),
        (mark("Corrections of this month"), done.revised),
    ):
        if len(table):
            show(output, title, table, ["name", "figure", "reported", "now", "change"])
    said = (
        msg("{month}: closed as revision {revision}", month=month, revision=done.month.revision)
        if done.new
        else msg("{month}: nothing new; revision {revision} stands", month=month, revision=done.month.revision)
    )
    output.result(
        {
            "month": month,
            "policy": record["policy"],
            "as_of": record["as_of"],
            "revision": done.month.revision,
            "new": done.new,
            "coverage": tables["coverage"].reset_index().to_dict("records"),
            "kinds": tables["kinds"].reset_index().to_dict("records"),
            "corrections": tables["corrections"].to_dict("records"),
            "revised": done.revised.to_dict("records"),
        },
        said,
        msg("print it with: gridrisk report {folder} --month {month}", folder=str(workspace.root), month=month),
    )


def _extensions(output: Output, workspace: Workspace, policy: str | None, as_of: dt.date) -> dict[str, Any]:
    from gridrisk.pipeline import conversion

    with output.progress() as progress:
        plan = conversion.extend(workspace, policy=policy, as_of=as_of, progress=progress).plan
    columns = ["length_m", "cost_yuan", "users", "households", "yuan_per_user"]
    output.table(
        mark("Short extensions of the mains, the cheapest a user first"),
        [
            mark("extension"),
            mark("length (m)"),
            mark("cost (yuan)"),
            mark("users"),
            mark("households"),
            mark("yuan a user"),
        ],
        plan.projects[columns].head(_SHOWN_EXTENSIONS).itertuples(name=None),
    )
    if not output.as_json:
        output.say(
            msg(
                "{count} extensions bring {users} of {candidates} users within reach; proved to be within {gap} of the "
                "best there is by the values of models/coverage.toml",
                count=len(plan.projects),
                users=int(plan.projects["users"].sum()),
                candidates=plan.candidates,
                gap=f"{plan.gap:.2%}",
            )
        )
    return {
        "extensions": {
            "projects": len(plan.projects),
            "users": int(plan.projects["users"].sum()),
            "candidates": plan.candidates,
            "off_street": plan.off_street,
            "length_m": float(plan.projects["length_m"].sum()),
            "cost_yuan": float(plan.projects["cost_yuan"].sum()),
            "objective_yuan": plan.value_yuan,
            "bound_yuan": plan.bound_yuan,
            "gap": plan.gap,
            "file": str(workspace.results / "extensions.parquet"),
        }
    }


def _depots(output: Output, workspace: Workspace, policy: str | None, as_of: dt.date) -> dict[str, Any]:
    from gridrisk.pipeline import conversion

    with output.progress() as progress:
        plan, outside = conversion.depots(workspace, policy=policy, as_of=as_of, progress=progress)
    columns = ["action", "capacity_m3", "users", "users_in_radius"]
    output.table(
        mark("Depots of bottled gas"),
        [mark("depot"), mark("action"), mark("capacity (m3)"), mark("users"), mark("users within the radius")],
        [
            (depot, output.label(DEPOTS.get(action, action)), *rest)
            for depot, action, *rest in plan[columns].itertuples(name=None)
        ],
    )
    if not output.as_json:
        output.say(msg("{count} users are outside the radius of every depot", count=outside))
    return {"depots": plan[columns].reset_index().to_dict("records"), "users_outside_radius": outside}


#: Extensions shown on a terminal; the result file holds all.
_SHOWN_EXTENSIONS = 15


@app.command(help=text("Safety devices: who needs what, what is missing, money and visits."))
@workspace_argument
@click.option("--policy", help=text("District policy file; else that of the workspace."))
@as_of_option
@common
def devices(output: Output, workspace: Workspace, policy: str | None, as_of: dt.date) -> None:
    """Assess safety devices."""
    from gridrisk.pipeline import devices as steps

    with output.progress() as progress:
        done = steps.devices(workspace, policy=policy, as_of=as_of, progress=progress)
    output.findings(done.findings)
    table = done.coverage
    output.table(
        mark("Device coverage by town"),
        [
            mark("town"),
            mark("target"),
            mark("customers"),
            mark("complete"),
            mark("missing"),
            mark("unknown"),
            mark("share"),
            mark("deadline"),
            mark("cost of what is missing (yuan)"),
        ],
        [
            (row.name if isinstance(row.name, str) else row.Index, *row[2:])
            for row in table[list(_DEVICE_COLUMNS)].itertuples(name="Row")
        ],
    )
    counts = done.devices["state"].value_counts()
    states = {name: int(counts.get(name, 0)) for name in ("complete", "missing", "unknown")}
    pays = [c for c in done.devices.columns if c.startswith("pay_")]
    money = {name: round(float(done.devices[name].sum()), 2) for name in ("cost_yuan", *pays)}
    visits = done.devices.dropna(subset="visit_month").groupby(["town_id", "visit_month"], dropna=False).size()
    planned = visits.rename("visits").reset_index().to_dict("records")
    _visits(output, done.visits)
    _money(output, done.money, done.appropriations)
    output.result(
        {
            "as_of": as_of,
            "policy": done.policy,
            "customers": len(done.devices),
            "states": states,
            "money": money,
            "unpriced": int(done.devices["cost_yuan"].isna().sum()),
            "coverage": table.reset_index().to_dict("records"),
            "visits": planned,
            "money_by_year": done.money.to_dict("records"),
            "appropriations": done.appropriations.to_dict("records"),
            "file": str(workspace.results / "devices.parquet"),
        },
        msg(
            "as of {as_of}, by {policy}: complete {complete}, missing {missing}, unknown {unknown}",
            as_of=as_of.isoformat(),
            policy=done.policy,
            **states,
        ),
        msg("result: {file}", file=str(workspace.results / "devices.parquet")),
    )


def _visits(output: Output, visits: pd.DataFrame) -> None:
    """Print the visits of each town by month."""
    grid = visits.assign(name=visits["name"].fillna(visits["town_id"])).pivot_table(
        index="name", columns="month", values="visits", aggfunc="sum", fill_value=0
    )
    shown = list(grid.columns[:_SHOWN_MONTHS])
    output.table(mark("Visits by town and month"), [mark("town"), *shown], grid[shown].itertuples(name=None))


#: Months of visits shown on a terminal; the result file holds all.
_SHOWN_MONTHS = 8
_DEVICE_COLUMNS = ("name", "target", "customers", "complete", "missing", "unknown", "share", "deadline", "missing_yuan")
