"""All checks over the layers of a workspace, in the order in which they are reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridrisk.checks import attributes, duplicates, references
from gridrisk.errors import ParameterError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.checks.report import Failing
    from gridrisk.findings import Finding
    from gridrisk.params import Parameters

    Layers = Mapping[str, gpd.GeoDataFrame | None]

#: (layer, field, layer it names, parameter with how far off it may stand, if it is asked)
_REFERENCES = [
    ("valves", "pipe_id", "pipes", None),
    ("customers", "pipe_id", "pipes", "customer_off_pipe_m"),
    ("leaks", "pipe_id", "pipes", "leak_off_pipe_m"),
    ("pipes", "town_id", "towns", None),
    ("customers", "town_id", "towns", None),
    ("sensors", "void_id", "voids", "sensor_off_void_m"),
]
#: Layers of which no two objects stand in one place.
_ALONE = ("pipes", "valves", "stations")


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What the checks say.

    Attributes
    ----------
    findings
        In the order of the checks, a flood of one kind counted.
    doubted
        By layer and field: the rows (in the order of the layer) of which a check doubts this field, all of them.
    """

    findings: list[Finding]
    doubted: Mapping[tuple[str, str], NDArray[np.bool_]]


def run(layers: Layers, params: Mapping[str, Parameters], *, as_of: dt.date) -> list[Finding]:
    """Return the findings of every check whose layers are there; see `examine`."""
    return examine(layers, params, as_of=as_of).findings


def examine(layers: Layers, params: Mapping[str, Parameters], *, as_of: dt.date) -> Examination:
    """Put every check whose layers are there to them.

    Parameters
    ----------
    layers
        Every layer by name, indexed by id; None where it was never imported.
    params
        ``checks``, ``standards/pressure`` and ``standards/catalogue``, by name.
    """
    share = params["checks"].number("unknown_share")
    findings: list[Finding] = []
    for name, frame in layers.items():
        if frame is not None:
            findings += attributes.check_field_is_known(name, frame, share)
    doubted: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for failing in _checks(layers, params, as_of):
        findings += failing.findings()
        for field in failing.fields:
            known = doubted.setdefault((failing.layer, field), np.zeros(len(failing.frame), dtype=bool))
            known |= failing.mask
    return Examination(findings, doubted)


def _checks(layers: Layers, params: Mapping[str, Parameters], as_of: dt.date) -> Iterator[Failing]:
    thresholds = params["checks"]
    far_m, same_m = thresholds.number("far_from_rest_m"), thresholds.number("same_place_m")
    for name, frame in layers.items():
        if frame is not None:
            yield references.check_lies_with_the_rest(name, frame, far_m)
    yield from _references(layers, thresholds)
    pipes, valves, stations = (layers[name] for name in ("pipes", "valves", "stations"))
    if pipes is not None:
        yield from _pipes(pipes, params)
        if (names := _road_names(layers)) is not None:
            yield references.check_road_exists(pipes, names)
        if valves is not None:
            off = thresholds.number("valve_off_pipe_m")
            yield references.check_valve_on_pipe(valves, pipes, tolerance_m=off)
    for name in _ALONE:
        if (frame := layers[name]) is not None:
            yield duplicates.check_one_number_per_place(name, frame, same_m)
    if stations is not None:
        yield attributes.check_pressure_falls(stations, params["standards/pressure"].names("classes"))
    yield from _events(layers, as_of)


def _references(layers: Layers, thresholds: Parameters) -> Iterator[Failing]:
    towns = layers["towns"]
    for layer, field, other, tolerance in _REFERENCES:
        frame, target = layers[layer], layers[other]
        if frame is None or target is None:
            continue
        yield references.check_number_exists(layer, frame, field, other, target)
        if tolerance is not None:
            off = thresholds.number(tolerance)
            yield references.check_near_what_it_names(layer, frame, field, other, target, tolerance_m=off)
        if other == "towns":
            border = thresholds.number("town_border_m")
            yield references.check_lies_in_its_town(layer, frame, target, tolerance_m=border)
    if layers["customers"] is not None and towns is not None:
        yield references.check_customer_in_town(layers["customers"], towns)


def _pipes(pipes: gpd.GeoDataFrame, params: Mapping[str, Parameters]) -> Iterator[Failing]:
    thresholds, pressure, sizes = params["checks"], params["standards/pressure"], params["standards/catalogue"]
    yield attributes.check_material_was_made(pipes, thresholds.table("first_year"))
    classes = pressure.names("classes")
    yield attributes.check_material_at_pressure(pipes, _highest_class(thresholds, classes), classes)
    yield attributes.check_laid_before_surveyed(pipes)
    yield attributes.check_retired_after_laying(pipes)
    yield attributes.check_retired_is_out_of_use(pipes)
    yield attributes.check_laid_before_inspected(pipes)
    yield attributes.check_pressure_within_class(pipes, pressure.table("max_pressure_kpa"))
    yield attributes.check_operating_within_design(pipes)
    yield attributes.check_design_within_class(pipes, pressure.table("max_pressure_kpa"))
    yield attributes.check_plastic_without_cathodic(pipes)
    yield attributes.check_diameter_in_catalogue(pipes, _sizes(sizes), sizes.number("tolerance_mm"))
    yield attributes.check_wall_fits_diameter(
        pipes, *(thresholds.number(name) for name in ("wall_share_least", "wall_share_most", "wall_small_mm"))
    )
    yield attributes.check_depth_fits_laying(pipes, thresholds.table("depth_least_m"), thresholds.table("depth_most_m"))


def _events(layers: Layers, as_of: dt.date) -> Iterator[Failing]:
    works, leaks, pipes = (layers[name] for name in ("works", "leaks", "pipes"))
    if works is not None:
        yield references.check_works_have_dates(works)
        yield references.check_works_end_after_start(works)
    if leaks is not None:
        yield references.check_found_by(leaks, as_of)
        if pipes is not None:
            yield references.check_leak_after_laying(leaks, pipes)


def _road_names(layers: Layers) -> set[str] | None:
    roads, communities = layers["roads"], layers["communities"]
    if roads is None:
        return None
    known = set(roads["name"].dropna())
    return known if communities is None else known | set(communities["name"].dropna())


def _highest_class(thresholds: Parameters, classes: Sequence[str]) -> dict[str, str]:
    highest = {material: thresholds.text(f"highest_class.{material}") for material in thresholds.group("highest_class")}
    for material, name in highest.items():
        if name not in classes:
            raise ParameterError(
                msg(
                    "models/{file}.toml: {key} must be one of {known}, not {value}",
                    file=thresholds.name,
                    key=f"highest_class.{material}",
                    known=", ".join(classes),
                    value=name,
                )
            )
    return highest


def _sizes(sizes: Parameters) -> dict[str, list[float]]:
    """Return the sizes by material: the parameters ``<material>_mm`` but the tolerance."""
    made: dict[str, list[float]] = {}
    for name in sizes:
        if name == "tolerance_mm" or not name.endswith("_mm"):
            continue
        values = sizes[name].value
        if (
            not isinstance(values, list)
            or not values
            or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        ):
            raise ParameterError(msg("models/{file}.toml: {key} must be a list of numbers", file=sizes.name, key=name))
        made[name.removesuffix("_mm")] = [float(value) for value in values]
    return made
