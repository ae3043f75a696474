"""Command about valves: what the failure of each would cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from gridrisk.cli.output import Output
    from gridrisk.i18n import Message
    from gridrisk.network import NewValves
    from gridrisk.store import Workspace

_SHOWN = 20
#: New valves looked for where only the money is given.
_MOST = 100
#: Savings below this are none, customers a year.
_NOTHING = 1e-9


def _finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    del ctx
    if value is not None and not math.isfinite(value):  # "nan" passes every range
        raise click.BadParameter(text("write the sum as a number of yuan"), param=param)
    return value


@app.command(help=text("Valves by what their failure would cost: customers cut off more when one is stuck."))
@workspace_argument
@click.option("--new", "most", type=click.IntRange(1, 1000), help=text("Where so many new valves would save most."))
@click.option(
    "--budget",
    "budget_yuan",
    type=click.FloatRange(0),
    callback=_finite,
    help=text("What new valves may cost, yuan."),
)
@as_of_option
@common
def valves(output: Output, workspace: Workspace, most: int | None, budget_yuan: float | None, as_of: dt.date) -> None:
    """Rank valves."""
    from gridrisk.pipeline import isolation

    if most is not None or budget_yuan is not None:
        _new(output, workspace, most or _MOST, budget_yuan, as_of)
        return
    with output.progress() as progress:
        found = isolation.valves(workspace, progress=progress)
    rows = found.existing.reset_index().to_dict("records")
    output.table(
        mark("The valves whose failure cuts off most customers more"),
        [
            mark("valve"),
            mark("known to work"),
            mark("customers without gas"),
            mark("customers without gas if it is stuck"),
            mark("more customers"),
            mark("more customers a year"),
        ],
        [
            (
                row["valve_id"],
                output.label(mark("yes") if row["operable_known"] else mark("no")),
                row["customers_lost"],
                row["customers_lost_stuck"],
                row["extra_customers"],
                row["extra_customers_per_year"],
            )
            for row in rows[:_SHOWN]
        ],
    )
    lines = [
        msg(
            "{count} valves separate sectors; the {shown} gravest are shown",
            count=len(rows),
            shown=min(_SHOWN, len(rows)),
        )
    ]
    unknown = int(found.existing["extra_customers"].isna().sum())
    if unknown:
        lines.append(msg("what the failure of {count} valves would cost is unknown", count=unknown))
    if not found.rated:
        lines.append(msg("no scores yet: run gridrisk score for customers a year"))
    output.result({"valves": rows, "rated": found.rated}, *lines)


def _new(output: Output, workspace: Workspace, most: int, budget_yuan: float | None, as_of: dt.date) -> None:
    """Say where new valves would save most."""
    from gridrisk.pipeline import isolation, results

    with output.progress() as progress:
        siting = isolation.new_valves(workspace, most=most, budget_yuan=budget_yuan, progress=progress)
    found, table = siting.found, siting.found.table
    file = results.write(workspace, "new_valves", table, as_of=as_of)
    _new_table(output, table)
    saved = found.before - found.after
    lines = [
        msg(
            "{count} new valves for {cost} yuan: {before} customers cut off a year by leaks become {after}",
            count=len(table),
            cost=f"{table['cost_yuan'].sum():,.0f}",
            before=f"{found.before:,.2f}",
            after=f"{found.after:,.2f}",
        ),
        _reach(found, saved, most, budget_yuan),
        msg("points for a map: {file}", file=str(file)),
    ]
    if table["choice"].duplicated().any():
        lines.append(
            msg("valves of one step are built together: one alone divides no ring; half the saving stands at each")
        )
    if not siting.rated:
        lines.append(msg("no scores that fit: every pipe fails alike, see models/network/siting.toml"))
    rows = [
        {key: value for key, value in row.items() if key != "geometry"}
        | {"x": row["geometry"].x, "y": row["geometry"].y}
        for row in table.to_dict("records")
    ]
    data = {"new_valves": rows, "before": found.before, "after": found.after, "saved": saved, "bound": found.bound}
    output.result({**data, "rated": siting.rated, "as_of": as_of, "file": str(file)}, *lines)


def _reach(found: NewValves, saved: float, most: int, budget_yuan: float | None) -> Message:
    """Say how near the choice is to what no valves can exceed."""
    if found.cheapest_yuan is None:
        return msg("no pipe has a place for a new valve, see models/network/siting.toml")
    if budget_yuan is not None and budget_yuan < found.cheapest_yuan:
        return msg(
            "{budget} yuan buys no valve: at the cheapest place one costs {least}",
            budget=f"{budget_yuan:,.0f}",
            least=f"{found.cheapest_yuan:,.0f}",
        )
    if found.bound <= _NOTHING:
        return msg("proved: nothing that so many valves, or so much money, can do saves any customer")
    values = {"bound": f"{found.bound:,.2f}", "share": f"{saved / found.bound * 100:.0f}"}
    if budget_yuan is None:
        return msg(
            "chosen by saving for cost; proved: no {count} valves at any places save more than {bound} a year, these "
            "save {share} % of that",
            count=most,
            **values,
        )
    return msg(
        "chosen by saving for cost; proved: no valves at any places for that money save more than {bound} a year, "
        "these save {share} % of that",
        **values,
    )


def _new_table(output: Output, table: gpd.GeoDataFrame) -> None:
    """Print the new valves."""
    output.table(
        mark("New valves, those that save most for their cost first"),
        [
            mark("step"),
            mark("pipe"),
            mark("at (m)"),
            mark("road"),
            "X",
            "Y",
            mark("cost (yuan)"),
            mark("customers saved a year"),
            mark("without gas now"),
            mark("then, one side"),
            mark("then, the other"),
        ],
        [
            (
                row["choice"],
                row["pipe_id"],
                f"{row['at_m']:.1f}",
                row["road"],
                f"{row['geometry'].x:.1f}",
                f"{row['geometry'].y:.1f}",
                row["cost_yuan"],
                row["customers_a_year"],
                row["lost_before"],
                row["lost_one"],
                row["lost_other"],
            )
            for row in table.head(_SHOWN).to_dict("records")
        ],
    )
