"""What the columns of results are called, their unit and how they are written."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gridrisk.i18n import mark

Format = Literal["text", "integer", "plain", "number", "share", "money", "boolean"]


class Told(NamedTuple):
    """One column: title and unit as texts to translate, and how its values are written."""

    title: str
    unit: str
    format: Format


#: Columns of the result files that people see, by name.
RESULTS: dict[str, Told] = {
    "rank": Told(mark("rank"), "", "integer"),
    "risk": Told(mark("risk"), "", "number"),
    "risk_per_km": Told(mark("risk per km"), "", "number"),
    "likelihood": Told(mark("expected failures a year"), "", "number"),
    "failures_per_km_year": Told(mark("failures per km and year"), "", "number"),
    "consequence": Told(mark("consequence"), "", "number"),
    "must_renew": Told(mark("must be renewed"), "", "boolean"),
    "must_renew_clauses": Told(mark("clauses"), "", "text"),
    "renew_deadline": Told(mark("to be renewed by"), "", "text"),
    "must_renew_missing": Told(mark("to be found out for the duty to renew"), "", "text"),
    "unknown": Told(mark("not known"), "", "text"),
    "reasons": Told(mark("reason"), "", "text"),
    "flags": Told(mark("hazards"), "", "text"),
    "measure": Told(mark("until renewed"), "", "text"),
    "patrol_days": Told(mark("patrol every"), mark("days"), "number"),
    "leak_survey_days": Told(mark("leak survey every"), mark("days"), "number"),
    "length_m": Told(mark("length"), "m", "number"),
    "name": Told(mark("name"), "", "text"),
    "cost_yuan": Told(mark("cost"), "", "money"),
    "risk_removed": Told(mark("risk removed"), "", "number"),
    "mandatory": Told(mark("mandatory"), "", "boolean"),
    "reason": Told(mark("reason"), "", "text"),
    "segments": Told(mark("pipe segments"), "", "integer"),
    "pipe_ids": Told(mark("pipe numbers"), "", "text"),
    "clause": Told(mark("clause"), "", "text"),
    "reach_m": Told(mark("distance to the nearest main"), "m", "number"),
    "pay_user": Told(mark("paid by the user"), "", "money"),
    "pay_government": Told(mark("paid by the government"), "", "money"),
    "pay_company": Told(mark("paid by the gas company"), "", "money"),
    "eligible": Told(mark("bottled-gas customers to convert"), "", "integer"),
    "converted": Told(mark("converted"), "", "integer"),
    "verified": Told(mark("verified"), "", "integer"),
    "share": Told(mark("share converted"), "", "share"),
    "share_low": Told(mark("share if all the undecided count"), "", "share"),
    "target": Told(mark("target"), "", "share"),
    "deadline": Told(mark("deadline"), "", "text"),
    "on_track": Told(mark("on track"), "", "boolean"),
    "distance_m": Told(mark("distance to the nearest pipe"), "m", "number"),
    "pipes": Told(mark("pipes concerned"), "", "text"),
    "missing": Told(mark("missing"), "", "text"),
    "notes": Told(mark("to be done"), "", "text"),
    "state": Told(mark("state"), "", "text"),
    "close_valves": Told(mark("valves to close in an emergency"), "", "text"),
    "households": Told(mark("households"), "", "integer"),
    "decision": Told(mark("decision"), "", "text"),
    "verdict": Told(mark("verdict"), "", "text"),
}
