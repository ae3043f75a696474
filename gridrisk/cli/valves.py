"""Command about valves: what the failure of each would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.cli.app import app, common, text, workspace_argument
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    from gridrisk.cli.output import Output
    from gridrisk.store import Workspace

_SHOWN = 20


@app.command(help=text("Valves by what their failure would cost: customers cut off more when one is stuck."))
@workspace_argument
@common
def valves(output: Output, workspace: Workspace) -> None:
    """Rank valves."""
    from gridrisk.pipeline import isolation

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
