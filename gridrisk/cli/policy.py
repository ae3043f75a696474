"""Commands about the district policy files: policy list, show, check, compare, quote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text
from gridrisk.cli.words import codes, fields, word
from gridrisk.i18n import mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.coverage import Policy, Quote
    from gridrisk.coverage.vocabulary import Report


@app.group(help=text("The district policy files."))
def policy() -> None:
    """Group of commands on policy files."""


@policy.command("list", help=text("The policies there are."))
@common
def policy_list(output: Output) -> None:
    """List policies."""
    from gridrisk import coverage

    known = [coverage.load_policy(name) for name in coverage.policy_names()]
    rows = [(item.id, output.text(item.name.message()), item.document.full_title) for item in known]
    output.table(mark("District policies"), [mark("name"), mark("title"), mark("document")], rows)
    output.result(
        {"policies": [{"name": name, "title": title, "document": document} for name, title, document in rows]}
    )


def _load(name: str) -> Policy:
    """Load a shipped policy by its name, or any other by the path of its file."""
    from gridrisk import coverage
    from gridrisk.errors import UsageError

    if not name.endswith(".toml"):
        return coverage.load_policy(name)
    file = Path(name)
    if not file.is_file():
        raise UsageError(msg("{file}: no such file; give the path of a policy file", file=name))
    return coverage.parse_policy(file.stem, file.read_bytes())


@policy.command("show", help=text("What a policy file says."))
@click.argument("name")
@common
def policy_show(output: Output, name: str) -> None:
    """Show one policy."""
    from gridrisk import coverage

    found = _load(name)
    groups: list[tuple[str, str, list[tuple[str, ...]]]] = [
        (
            mark("Rules, in the order in which they are tried"),
            mark("decision"),
            [
                (rule.id, word(output, "decision", rule.decision), rule.clause, output.text(rule.text.message()))
                for rule in (*found.rules, found.fallback)
            ],
        ),
        (
            mark("Money"),
            mark("items"),
            [
                (t.id, word(output, "item", ",".join(t.items)), t.clause, output.text(coverage.say_tariff(t)))
                for t in found.tariffs
            ],
        ),
        (
            mark("Refunds between public payers"),
            mark("payer"),
            [
                (
                    r.id,
                    output.text(
                        msg(
                            "{payer} to {to}: {percent} %",
                            payer=word(output, "payer", r.payer),
                            to=word(output, "payer", r.to),
                            percent=f"{r.percent:g}",
                        )
                    ),
                    r.clause,
                    output.text(r.text.message()),
                )
                for r in found.refunds
            ],
        ),
        (
            mark("Advantages without an amount"),
            mark("months"),
            [
                (b.id, "—" if b.months is None else str(b.months), b.clause, output.text(b.text.message()))
                for b in found.benefits
            ],
        ),
        (
            mark("Taken as given where not recorded"),
            mark("value"),
            [
                (
                    fields(output, "customers", [n]),
                    output.label(mark("yes") if p.value else mark("no")),
                    p.clause,
                    output.text(p.text.message()),
                )
                for n, p in found.presumptions.items()
            ],
        ),
        (
            mark("Devices"),
            mark("items"),
            [
                (n.id, word(output, "item", ",".join(n.items)), n.clause, output.text(n.text.message()))
                for n in found.needs
            ],
        ),
        (
            mark("Targets"),
            mark("deadline"),
            [(t.id, t.deadline.isoformat(), t.clause, output.text(t.text.message())) for t in found.targets],
        ),
        (
            mark("Reports"),
            mark("due"),
            [(r.id, _due(output, r), r.clause, output.text(r.text.message())) for r in found.reports],
        ),
    ]
    for title, second, rows in groups:
        if rows:
            output.table(title, [mark("rule"), second, mark("clause"), mark("what it says")], rows)
    output.result(found.model_dump(mode="json", by_alias=True))


def _due(output: Output, report: Report) -> str:
    every = {
        "half_month": mark("every half month"),
        "month": mark("every month"),
        "quarter": mark("every quarter"),
        "half_year": mark("every half year"),
        "year": mark("every year"),
    }
    due = output.label(every[report.every])
    if report.by_day is not None:
        return output.text(msg("{every}, by day {day}", every=due, day=report.by_day))
    return output.list_of([due, *report.days])


@policy.command("check", help=text("Read a policy file and name every fault in it."))
@click.argument("file", type=click.Path(path_type=Path))
@common
def policy_check(output: Output, file: Path) -> None:
    """Check one policy file."""
    from gridrisk import coverage
    from gridrisk.errors import UsageError

    if not file.is_file():
        raise UsageError(msg("{file}: no such file; give the path of a policy file", file=str(file)))
    found = coverage.parse_policy(file.stem, file.read_bytes())
    output.result(
        {"policy": found.id, "rules": len(found.rules), "tariffs": len(found.tariffs), "needs": len(found.needs)},
        msg("{file} is sound: {count} rules", file=file.name, count=len(found.rules)),
    )


@policy.command("compare", help=text("Two policies side by side, and the same customers under both."))
@click.argument("first")
@click.argument("second")
@click.option("--workspace", "folder", type=click.Path(path_type=Path), help=text("Workspace whose customers to take."))
@as_of_option
@common
def policy_compare(output: Output, first: str, second: str, folder: Path | None, as_of: dt.date) -> None:
    """Compare two policies."""
    from gridrisk import coverage

    rows = coverage.compare(_load(first), _load(second))
    table = [
        (
            output.label(row.topic),
            _of(output, row.key),
            *(None if m is None else output.text(m) for m in (row.first, row.second)),
        )
        for row in rows
    ]
    output.table(mark("Side by side"), [mark("topic"), mark("of"), first, second], table)
    data: dict[str, Any] = {
        "policies": [first, second],
        "rows": [
            {"topic": topic, "key": row.key, "first": one, "second": two}
            for row, (topic, _, one, two) in zip(rows, table, strict=True)
        ],
    }
    if folder is not None:
        data["customers"] = _same_customers(output, folder, first, second, as_of)
    output.result(data)


def _of(output: Output, key: str) -> str:
    """Return a decision, item or measure in words."""
    kind = next((kind for kind in ("decision", "item", "measure") if key in codes(kind)), "")
    return word(output, kind, key)


def _same_customers(output: Output, folder: Path, first: str, second: str, as_of: dt.date) -> list[dict[str, Any]]:
    from gridrisk.pipeline import conversion
    from gridrisk.store import open_workspace

    with output.progress() as progress:
        counts = conversion.compare(open_workspace(folder), first, second, as_of=as_of, progress=progress)
    priced, user, government = mark("priced"), mark("user pays (yuan)"), mark("government pays (yuan)")
    output.table(
        mark("The same customers under both"),
        [first, second, mark("customers"), priced, user, government, priced, user, government],
        [
            (word(output, "decision", row[0]), word(output, "decision", row[1]), *row[2:])
            for row in counts.itertuples(index=False, name=None)
        ],
    )
    return counts.to_dict("records")  # type: ignore[return-value]


@policy.command("quote", help=text("Price one case by a district's policy, without a workspace."))
@click.argument("name")
@click.option("--case", "file", type=click.Path(path_type=Path), required=True, help=text("JSON file of the case."))
@as_of_option
@common
def policy_quote(output: Output, name: str, file: Path, as_of: dt.date) -> None:
    """Quote one case."""
    from gridrisk import coverage

    found = _load(name)
    case = coverage.parse_case(_read(file), today=as_of)
    quoted = coverage.quote(case, found)
    output.findings(quoted.findings)
    output.table(
        mark("Who pays what"),
        [mark("item"), mark("payer"), mark("yuan"), mark("clause")],
        [
            (word(output, "item", line.item), word(output, "payer", line.payer), f"{line.yuan:,.2f}", line.clause)
            for line in quoted.lines
        ],
    )
    lines = [
        msg(
            "{decision}: {reason} ({clause})",
            decision=word(output, "decision", quoted.decision),
            reason=quoted.reason,
            clause=quoted.clause,
        ),
        *(
            msg(
                "{field} is not recorded; taken as given: {text} ({clause})",
                field=fields(output, "customers", [name]),
                text=found.presumptions[name].text.message(),
                clause=found.presumptions[name].clause,
            )
            for name in quoted.presumed
        ),
    ]
    lines += [
        msg(
            "{item}: it cannot be said who pays {yuan} yuan: {reason}",
            item=word(output, "item", u.item),
            yuan=f"{u.yuan:,.2f}",
            reason=u.reason,
        )
        for u in quoted.undetermined
    ]
    if quoted.not_quoted:
        items = word(output, "item", ",".join(quoted.not_quoted))
        lines.append(msg("the case gives no cost of {items}; the totals are without it", items=items))
    for key, value in quoted.assumed.items():
        lines.append(
            msg(
                "the case does not say {field}; taken as {value}",
                field=fields(output, "customers", [key]),
                value=output.label(mark("yes") if value else mark("no")),
            )
        )
    output.result({"policy": name, "on": case.on, **_quoted(output, quoted)}, *lines)


def _quoted(output: Output, quoted: Quote) -> dict[str, Any]:
    return {
        "decision": quoted.decision,
        "reason": output.text(quoted.reason),
        "clause": quoted.clause,
        "lines": [{"item": o.item, "payer": o.payer, "yuan": o.yuan, "clause": o.clause} for o in quoted.lines],
        "totals": dict(quoted.totals),
        "undetermined": [
            {
                "item": u.item,
                "yuan": u.yuan,
                "reason": output.text(u.reason),
                "clause": u.clause,
                "missing": list(u.missing),
            }
            for u in quoted.undetermined
        ],
        "missing": list(quoted.missing),
        "presumed": list(quoted.presumed),
        "assumed": dict(quoted.assumed),
        "not_needed": list(quoted.not_needed),
        "not_quoted": list(quoted.not_quoted),
        "benefits": dict(quoted.benefits),
        "findings": [output.text(finding.message) for finding in quoted.findings],
    }


def _read(file: Path) -> Any:
    """Read JSON, refusing what other programs read in different ways: a key twice, NaN."""
    from gridrisk.errors import DataError, UsageError

    if not file.is_file():
        raise UsageError(msg("{file}: no such file; give the path of a case file", file=str(file)))

    def pairs(entries: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [key for key, _ in entries]
        twice = sorted({key for key in names if names.count(key) > 1})
        if twice:
            raise DataError(*(msg("{file}: {key} is given twice", file=file.name, key=key) for key in twice))
        return dict(entries)

    def constant(value: str) -> Any:
        raise DataError(
            msg(
                "{file}: {value} is not a number",
                file=file.name,
                value=value,
            )
        )

    try:
        return json.loads(file.read_bytes(), object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise DataError(msg("{file} is not valid JSON: {error}", file=file.name, error=error)) from error
