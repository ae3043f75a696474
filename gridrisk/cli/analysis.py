"""Commands about risk: score, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gridrisk.cli.app import app, as_of_option, common, text, workspace_argument
from gridrisk.cli.words import show, word
from gridrisk.i18n import Message, mark, msg

if TYPE_CHECKING:
    import datetime as dt

    from gridrisk.cli.output import Output
    from gridrisk.risk import Explanation
    from gridrisk.risk.parts import Part
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
    from gridrisk.risk.words import field_name

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
    lacking = table["must_renew_missing"].dropna().str.split(",").explode().replace("", None).dropna().value_counts()
    file = workspace.results / "risk.parquet"
    output.result(
        {
            "as_of": as_of,
            "segments": len(table),
            "km_by_grade": summary,
            "must_renew": counts | {"missing": lacking.to_dict()},
            "file": str(file),
        },
        msg(
            "as of {as_of}: {segments} segments; kilometres major {major}, larger {larger}, general "
            "{general}, low {low}",
            as_of=as_of.isoformat(),
            segments=len(table),
            **summary,
        ),
        msg("must be renewed: {yes} segments; cannot be told for {unknown}", **counts),
        *(
            msg(
                "  because {field} is not recorded: {count} segments",
                field=field_name(str(name)),
                count=count,
            )
            for name, count in lacking.head(3).items()
        ),
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
        [mark("term"), mark("value"), mark("unit"), mark("risk less without it")],
        [(output.label(t.term.title), t.value, output.label(t.term.unit), f"{t.share:+.0%}") for t in found.terms],
    )
    output.table(
        mark("What makes it fail, and what a failure does"),
        [mark("part"), mark("value"), mark("unit"), mark("part of the whole")],
        [
            (output.label(part.title), part.value, output.label(unit), f"{part.share:.0%}")
            for parts, unit in ((found.threats, "1/(km·a)"), (found.consequence, mark("person-equivalents")))
            for part in parts
            if part.value > 0
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
    if found.change and found.change.risk_before != found.change.risk_now:
        lines += found.change.text
    output.result(_explained(output, found), *lines)


def _part(output: Output, part: Part) -> dict[str, Any]:
    return {"part": part.name, "title": output.label(part.title), "value": part.value, "share": part.share}


def _explained(output: Output, found: Explanation) -> dict[str, Any]:
    middle, low, high = found.failures_per_km_year
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
        "rank_between": found.rank_between,
        "worst_tenth_probability": found.worst_tenth_probability,
        "threats": [_part(output, part) for part in found.threats],
        "ignition": found.ignition,
        "consequence": [_part(output, part) for part in found.consequence],
        "assessment": found.assessment,
        "assessment_due": found.assessment_due,
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
