"""What `check` and `history` show beside findings and versions: all checks, completeness, where values came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridrisk.cli.output import local_time
from gridrisk.errors import UsageError
from gridrisk.i18n import mark, msg, translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gridrisk.cli.output import Output
    from gridrisk.store import Version, Workspace

#: Letters of a value shown on a terminal; `--json` gives all.
_SHOWN = 60
#: Mends shown one by one.
_MENDS = 50


def show_catalogue(output: Output) -> None:
    """Name every check: where it is made, how grave it is, its question, what mends it."""
    from gridrisk.checks import CATALOGUE, WHERE
    from gridrisk.cli.words import word

    rows = [(each, *each.texts(output.lang)) for each in CATALOGUE]
    output.table(
        mark("Checks"),
        [mark("check"), mark("made by"), mark("severity"), mark("question"), mark("how to mend it")],
        [
            (each.id, output.label(WHERE[each.where]), word(output, "severity", each.severity), question, mend)
            for each, question, mend in rows
        ],
    )
    output.result(
        {
            "checks": [
                {
                    "check": each.id,
                    "where": each.where,
                    "severity": each.severity,
                    "question": question,
                    "mend": mend,
                    "question_zh": translate(each.question, "zh"),
                    "question_en": each.question,
                }
                for each, question, mend in rows
            ]
        }
    )


def show_mends(output: Output, versions: Sequence[Version]) -> None:
    """Show every mend with its place, to be seen over."""
    rows = [(version.layer, mend) for version in versions for mend in version.detail["mends"]]
    if rows:
        output.table(
            mark("What was mended: see it over on the map or on site"),
            [
                mark("layer"),
                mark("object number"),
                mark("moved onto pipe"),
                "X",
                "Y",
                mark("new X"),
                mark("new Y"),
                mark("moved (m)"),
            ],
            [
                (
                    layer,
                    mend["id"],
                    mend["onto"],
                    *(f"{mend[name]:.2f}" for name in ("x", "y", "new_x", "new_y", "moved_m")),
                )
                for layer, mend in rows[:_MENDS]
            ],
        )
        if len(rows) > _MENDS:
            output.say(msg("{count} mends in all; --json gives all", count=len(rows)))


def show_completeness(output: Output, completeness: pd.DataFrame) -> None:
    """Show how much of each required field is known, municipal roads and courtyards apart."""
    from gridrisk.cli.words import fields
    from gridrisk.layers import schema

    required = {(name, field) for name in schema.names() for field in schema.load(name).required}
    whole = completeness[completeness["by"].isin(["all", "setting"]) & (completeness["rows"] > 0)]
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in whole.to_dict("records"):
        layer, field = str(row["layer"]), str(row["field"])
        if (layer, field) in required and field != schema.load(layer).id:
            group = "all" if row["by"] == "all" else str(row["setting"])
            rows.setdefault((layer, field), {})[group] = f"{row['known'] / row['rows']:.1%}"
    if rows:
        output.table(
            mark("Share of the required fields that is known"),
            [mark("layer"), mark("field"), mark("all"), mark("municipal roads"), mark("courtyards")],
            [
                (layer, fields(output, layer, [field]), *(shares.get(g) for g in ("all", "municipal", "courtyard")))
                for (layer, field), shares in rows.items()
            ],
        )


def show_filed(output: Output, filed: pd.DataFrame | None) -> None:
    """Show how much of the network is on file, mains and courtyards apart."""
    if filed is None or filed.empty:
        return
    groups = {"municipal": mark("municipal roads"), "courtyard": mark("courtyards"), "unknown": mark("setting unknown")}
    rows: list[tuple[object, ...]] = []
    for name, label in (*groups.items(), ("all", mark("all"))):
        some = filed if name == "all" else filed[filed["setting"] == name]
        length, whole, sure = (float(some[key].sum()) for key in ("length_m", "complete_m", "undoubted_m"))
        if length > 0:
            shares = (f"{whole / length:.1%}", f"{sure / length:.1%}")
            rows.append((output.label(label), f"{length / 1000:,.1f}", f"{whole / 1000:,.1f}", *shares))
    columns = [mark("setting"), mark("length (km)"), mark("on file (km)"), mark("share on file"), mark("without doubt")]
    output.table(mark("Gas network on file"), columns, rows)


def completeness_rows(completeness: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the completeness as JSON objects, with the share known."""
    table = completeness.assign(share=(completeness["known"] / completeness["rows"].where(completeness["rows"] > 0)))
    return [{str(key): value for key, value in row.items()} for row in table.astype(object).to_dict("records")]


def show_trace(output: Output, workspace: Workspace, layer: str | None, key: str) -> None:
    """Show where each value of an object came from."""
    from gridrisk.cli.words import fields, word
    from gridrisk.layers import schema
    from gridrisk.pipeline import tracing

    if layer is None:
        raise UsageError(msg("--id needs a layer: gridrisk history WORKSPACE LAYER --id ID"))
    schema.load(layer)
    traced = tracing.trace(workspace, layer, key)
    rows = []
    for value in traced.values:
        action = value.source.get("action")
        file = word(output, "action", str(action)) if action else value.source.get("file")
        shown = str(value.value)
        name = fields(output, layer, [value.field])
        rows.append(
            (name, shown[:_SHOWN], file, value.row, value.source.get("as_of"), local_time(value.source.get("read_at")))
        )
    output.table(
        mark("Where each value came from"),
        [mark("field"), mark("value"), mark("file"), mark("row of the file"), mark("as of"), mark("read")],
        rows,
    )
    data = {
        "layer": layer,
        "id": key,
        "version": traced.version,
        "former_ids": traced.former,
        "values": [
            {
                "field": value.field,
                "value": value.value,
                "file": value.source.get("file"),
                "action": value.source.get("action"),
                "row": value.row,
                "as_of": value.source.get("as_of"),
                "read_at": value.source.get("read_at"),
            }
            for value in traced.values
        ],
    }
    before = [msg("numbers before: {ids}", ids=output.list_of(traced.former))] if traced.former else []
    output.result(data, msg("{layer} {id}, version {version}", layer=layer, id=key, version=traced.version), *before)
