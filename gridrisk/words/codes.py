"""What the codes of results are called."""

from __future__ import annotations

from gridrisk.i18n import mark

#: Hazards of a segment, fields of answers, states and ranges of building sites.
FLAGS: dict[str, str] = {
    "built_over": mark("built over"),
    "shared_trench": mark("shared trench"),
    "void_crossing": mark("crosses a closed space"),
    "clearance": mark("too close to another utility"),
    "trench_not_isolated": mark("not isolated in a shared trench"),
    "basement_near": mark("basement near by"),
    "critical_place": mark("school, hospital or the like near by"),
    "leaked": mark("has leaked before"),
    "people": mark("people in reach"),
    "ground_movement": mark("ground movement"),
    "customers_lost": mark("customers that lose gas with the sector"),
    "leaks": mark("leak record"),
    "geometry": mark("place on the map"),
    "active": mark("going on"),
    "upcoming": mark("to come"),
    "possible": mark("perhaps going on: dates missing"),
    "done": mark("done"),
    "encroached": mark("third-party works in its protection range"),
    "protection": mark("protection range"),
    "control": mark("control range"),
    "outside": mark("outside the control range"),
}
#: Who pays for a project.
PAYERS: dict[str, str] = {
    "company": mark("gas company"),
    "gas_company": mark("gas company"),
    "government": mark("government"),
    "user": mark("users"),
    "resident": mark("residents"),
    "owner": mark("owners"),
    "central": mark("central government"),
    "provincial": mark("province"),
    "city": mark("city"),
    "district": mark("district"),
    "town": mark("town"),
    "unassigned": mark("payer unknown"),
}
GRADES = {
    "major": mark("major"),
    "larger": mark("larger"),
    "general": mark("general"),
    "low": mark("low"),
}
#: In the order of importance: what is excluded lies under everything else on a map.
DECISIONS = {
    "pipe": mark("change to pipe gas"),
    "electric": mark("change to electricity"),
    "unknown": mark("cannot be decided: data missing"),
    "done": mark("converted already"),
    "excluded": mark("excluded"),
}
VERDICTS = {
    "forbidden": mark("forbidden"),
    "plan_required": mark("protection plan required"),
    "clear": mark("nothing required"),
    "unknown": mark("not judged"),
}
SEVERITIES = {
    "error": mark("error"),
    "warning": mark("warning"),
    "info": mark("note"),
}
#: What made a version of a layer.
ACTIONS = {
    "import": mark("import"),
    "restore": mark("restore"),
    "mend": mark("mend"),
}
