"""All checks over the layers of a workspace, in the order in which they are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.checks import attributes, duplicates, references

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd

    from gridrisk.findings import Finding
    from gridrisk.params import Parameters

#: (layer, field, layer it names)
_REFERENCES = [
    ("valves", "pipe_id", "pipes"),
    ("customers", "pipe_id", "pipes"),
    ("leaks", "pipe_id", "pipes"),
    ("pipes", "town_id", "towns"),
    ("customers", "town_id", "towns"),
    ("sensors", "void_id", "voids"),
]


def run(
    layers: Mapping[str, gpd.GeoDataFrame | None], params: Mapping[str, Parameters], *, as_of: dt.date
) -> list[Finding]:
    """Return the findings of every check whose layers are there.

    Parameters
    ----------
    layers
        Every layer by name, indexed by id; None where it was never imported.
    params
        ``checks`` and ``standards/pressure``, by name.
    """
    thresholds = params["checks"]
    findings: list[Finding] = []
    for name, frame in layers.items():
        if frame is not None:
            findings += attributes.check_field_is_known(name, frame, thresholds.number("unknown_share"))
    for layer, field, other in _REFERENCES:
        frame, target = layers[layer], layers[other]
        if frame is not None and target is not None:
            findings += references.check_number_exists(layer, frame, field, other, target)
    pipes, valves, works, leaks = (layers[name] for name in ("pipes", "valves", "works", "leaks"))
    if pipes is not None:
        findings += attributes.check_material_was_made(pipes, thresholds.table("first_year"))
        findings += attributes.check_laid_before_surveyed(pipes)
        findings += attributes.check_pressure_within_class(
            pipes, params["standards/pressure"].table("max_pressure_kpa")
        )
        findings += attributes.check_plastic_without_cathodic(pipes)
        findings += duplicates.check_one_number_per_place(pipes, thresholds.number("same_place_m"))
    if pipes is not None and valves is not None:
        off = thresholds.number("valve_off_pipe_m")
        findings += references.check_valve_on_pipe(valves, pipes, tolerance_m=off)
    if works is not None:
        findings += references.check_works_have_dates(works)
        findings += references.check_works_end_after_start(works)
    if leaks is not None:
        findings += references.check_found_by(leaks, as_of)
        findings += [] if pipes is None else references.check_leak_after_laying(leaks, pipes)
    if layers["customers"] is not None and layers["towns"] is not None:
        findings += references.check_customer_in_town(layers["customers"], layers["towns"])
    return findings
