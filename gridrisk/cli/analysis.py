"""Commands about risk and plan: score, explain, plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.words import show, word
from gridrisk.i18n import Message, mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.risk import Explanation
    from gridrisk.store import Workspace

#: Columns of a score that a person wants to see first.
_TOP = ["rank", "grade", "risk_per_km", "failures_per_km_year", "consequence", "length_m", "must_renew", "flags"]


@app.command(help=text("Features and risk of every segment."))
@workspace_argument
@click.option("--top", default=15, show_default=True, help=text("Segments shown."))
@as_of_option
@common
def score(output: Output, workspace: Workspace, top: int, as_of: dt.date) -> None:
    """Score every segment."""
    from gridrisk.pipeline import scoring
    from gridrisk.risk import GRADES

    with output.progress() as progress:
        scored = scoring.score(workspace, as_of=as_of, progress=progress)
    output.findings(scored.findings)
    table = scored.risk
    worst = table[table["rank"].notna()].sort_values("rank", kind="stable").head(top)
    show(output, mark("The segments with the highest risk per kilometre"), worst.reset_index(), ["pipe_id", *_TOP])
    lengths = table.groupby("grade")["length_m"].sum() / 1000
    summary = {grade: round(float(lengths.get(grade, 0.0)), 3) for grade in GRADES}
    must = table["must_renew"]
    counts = {"yes": int((must == True).sum()), "unknown": int(must.isna().sum())}  # noqa: E712 - three-valued
    file = workspace.results / "risk.parquet"
    output.result(
        {"as_of": as_of, "segments": len(table), "km_by_grade": summary, "must_renew": counts, "file": str(file)},
        msg(
            "as of {as_of}: {segments} segments; kilometres major {major}, larger {larger}, general "
            "{general}, low {low}",
            as_of=as_of.isoformat(),
            segments=len(table),
            **summary,
        ),
        msg("must be renewed: {yes} segments; cannot be told for {unknown}, see must_renew_missing", **counts),
        msg("result: {file}", file=str(file)),
    )


@app.command(help=text("Where the score of a pipe comes from, term by term, and how it changed."))
@workspace_argument
@click.argument("pipe_id")
@common
def explain(output: Output, workspace: Workspace, pipe_id: str) -> None:
    """Explain one score."""
    from gridrisk.pipeline import scoring

    found = scoring.explain(workspace, pipe_id)
    output.table(
        msg("Terms of {pipe}, which give its risk back exactly", pipe=pipe_id).render(output.lang),
        [mark("term"), mark("value"), mark("unit"), mark("share of the risk"), mark("what it says")],
        [
            (
                output.label(t.term.title),
                t.value,
                t.term.unit,
                f"{t.share:+.0%}",
                output.text(t.text) if t.text else None,
            )
            for t in found.terms
        ],
    )
    lines = list(found.sentences)
    lines += [
        Message("{citation}: {text}", {"citation": rule.citation, "text": rule.text(output.lang)})
        for rule in found.clauses
    ]
    lines += [
        msg(
            "if {field} were known, the grade could be {grades}",
            field=item.name,
            grades=word(output, "grade", ",".join(item.grades)),
        )
        for item in found.unknown
    ]
    lines += found.change.text if found.change else ()
    output.result(_explained(output, found), *lines)


def _explained(output: Output, found: Explanation) -> dict[str, Any]:
    low, middle, high = found.failures_per_km_year
    change = found.change
    return {
        "pipe_id": found.pipe_id,
        "scored": found.scored,
        "grade": found.grade,
        "rank": found.rank,
        "risk": found.risk,
        "risk_per_km": found.risk_per_km,
        "failures_per_km_year": middle,
        "failures_per_km_year_low": low,
        "failures_per_km_year_high": high,
        "must_renew": found.must_renew,
        "terms": [
            {
                "term": t.term.column,
                "title": output.label(t.term.title),
                "role": t.term.role,
                "value": t.value,
                "unit": t.term.unit,
                "share": t.share,
                "text": output.text(t.text) if t.text else None,
            }
            for t in found.terms
        ],
        "sentences": [output.text(sentence) for sentence in found.sentences],
        "clauses": [{"citation": rule.citation, "text": rule.text(output.lang)} for rule in found.clauses],
        "unknown": [
            {"field": item.field, "grades": item.grades, "must_renew": item.must_renew} for item in found.unknown
        ],
        "change": None
        if change is None
        else {
            "risk_before": change.risk_before,
            "risk_now": change.risk_now,
            "grade_before": change.grade_before,
            "grade_now": change.grade_now,
            "text": [output.text(sentence) for sentence in change.text],
        },
    }


@app.command(help=text("Renewal projects and their three-year schedule."))
@workspace_argument
@click.option("--scenario", type=click.Path(path_type=Path), help=text("Scenario file: budgets, crews, years."))
@click.option("--years", type=click.IntRange(1, 10), help=text("Years of the plan."))
@click.option("--start", type=click.IntRange(1900, 2200), help=text("First year of the plan."))
@as_of_option
@common
def plan(
    output: Output, workspace: Workspace, scenario: Path | None, years: int | None, start: int | None, as_of: dt.date
) -> int:
    """Plan the renewal."""
    from gridrisk.pipeline import planning

    with output.progress() as progress:
        planned = planning.plan(workspace, scenario=scenario, years=years, start=start, as_of=as_of, progress=progress)
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
            mark("risk removed"),
        ],
        [
            (str(y["year"]), y["projects"], y["length_m"], y["cost_yuan"], y["budget_yuan"], y["risk_removed"])
            for y in data["years"]
        ],
    )
    output.findings(planned.findings)
    lines = (
        [
            msg(
                "risk carried over the horizon {objective}, proved to be within {gap} of the least possible",
                objective=f"{schedule.objective:,.1f}",
                gap=f"{schedule.gap:.2%}",
            )
        ]
        if planned.feasible
        else []
    )
    lines += schedule.relaxation.messages() if schedule.relaxation else []
    output.result(data, *schedule.notes, *lines)
    return int(not planned.feasible)
