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
#: What is paid for: the conversion itself, and devices in the rooms.
ITEMS: dict[str, str] = {
    "connection": mark("connection to the main"),
    "indoor": mark("indoor work"),
    "electric": mark("change to electricity"),
    "metal_hose": mark("metal hose"),
    "self_closing_valve": mark("self-closing valve"),
    "alarm": mark("gas alarm"),
    "alarm_linked_shutoff": mark("alarm-linked shut-off"),
    "burner": mark("burner"),
    "fittings": mark("indoor pipes and valves"),
    "smart_meter": mark("smart meter"),
    "safety_kit": mark("safety hose kit"),
    "safety_kit_fitting": mark("fitting of the safety hose kit"),
}
#: What a policy may ask of a customer that is no field of the layer.
CONDITIONS: dict[str, str] = {
    "covered": mark("inside the coverage of the network"),
    "covered_when_opened": mark("inside the coverage when it opened"),
    "needy_resident": mark("needy household"),
    "meets_gas_standard": mark("fit for piped gas"),
    "development_zone": mark("development zone"),
    "new_user": mark("new user"),
}
#: What becomes of a depot of bottled gas, the most important first.
DEPOTS: dict[str, str] = {
    "open": mark("to be opened"),
    "merge": mark("to be merged"),
    "unknown": mark("capacity not recorded"),
    "keep": mark("to be kept"),
}
#: What a target of a policy counts.
MEASURES: dict[str, str] = {
    "conversion": mark("bottle to pipe"),
    "devices": mark("safety devices"),
}
#: What made a version of a layer.
ACTIONS = {
    "import": mark("import"),
    "restore": mark("restore"),
    "mend": mark("mend"),
}
