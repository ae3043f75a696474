"""Attributes that contradict one another, and fields that the survey left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridrisk.checks.report import Failing, each
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd


def check_material_was_made(pipes: gpd.GeoDataFrame, first_year: Mapping[str, float]) -> Failing:
    """Was the pipe laid when its material was in use? `first_year` by material, calendar years."""
    failing = pipes["install_year"] < _by(pipes["material"], first_year)
    return each(
        pipes,
        failing,
        layer="pipes",
        check="material_was_made",
        fields=("install_year", "material"),
        message=lambda key, row: msg(
            "pipes ({id}): {material} laid in {year} is not plausible; correct the material or the year",
            id=key,
            material=row["material"],
            year=row["install_year"],
        ),
    )


def check_laid_before_surveyed(pipes: gpd.GeoDataFrame) -> Failing:
    """Was the pipe laid before it was surveyed?"""
    failing = pipes["install_year"] > pipes["surveyed_on"].dt.year.astype("Int64")
    return each(
        pipes,
        failing,
        layer="pipes",
        check="laid_before_surveyed",
        fields=("install_year", "surveyed_on"),
        message=lambda key, row: msg(
            "pipes ({id}): install_year {year} lies after the survey of {surveyed}; correct one of the two",
            id=key,
            year=row["install_year"],
            surveyed=row["surveyed_on"].date(),
        ),
    )


def check_retired_after_laying(pipes: gpd.GeoDataFrame) -> Failing:
    """Was the pipe laid before it was taken out of use?"""
    return each(
        pipes,
        pipes["install_year"] > pipes["retired_on"].dt.year.astype("Int64"),
        layer="pipes",
        check="retired_after_laying",
        fields=("install_year", "retired_on"),
        message=lambda key, row: msg(
            "pipes ({id}): install_year {year} lies after {retired}, when it was taken out of use; correct one of them",
            id=key,
            year=row["install_year"],
            retired=row["retired_on"].date(),
        ),
    )


def check_retired_is_out_of_use(pipes: gpd.GeoDataFrame) -> Failing:
    """Is what was taken out of use recorded as idle or abandoned?"""
    return each(
        pipes,
        pipes["retired_on"].notna() & ~pipes["status"].isin(["idle", "abandoned"]),
        layer="pipes",
        check="retired_is_out_of_use",
        fields=("status", "retired_on"),
        message=lambda key, row: msg(
            "pipes ({id}): taken out of use on {retired}, but its status does not say so and it counts as in service; "
            "set status to abandoned or idle, or delete the date",
            id=key,
            retired=row["retired_on"].date(),
        ),
    )


def check_pressure_within_class(pipes: gpd.GeoDataFrame, limit_kpa: Mapping[str, float]) -> Failing:
    """Does the operating pressure stay within the pressure class? `limit_kpa` by class, kPa gauge."""
    failing = pipes["mop_kpa"] > _by(pipes["pressure_class"], limit_kpa)
    return each(
        pipes,
        failing,
        layer="pipes",
        check="pressure_within_class",
        fields=("mop_kpa", "pressure_class"),
        message=lambda key, row: msg(
            "pipes ({id}): mop_kpa {mop} is above what {pressure_class} allows; correct the pressure or the class",
            id=key,
            mop=f"{row['mop_kpa']:g}",
            pressure_class=row["pressure_class"],
        ),
    )


def check_operating_within_design(pipes: gpd.GeoDataFrame) -> Failing:
    """Does the pipe run at no more than its design pressure?"""
    return each(
        pipes,
        pipes["mop_kpa"] > pipes["design_kpa"],
        layer="pipes",
        check="operating_within_design",
        fields=("mop_kpa", "design_kpa"),
        message=lambda key, row: msg(
            "pipes ({id}): mop_kpa {mop} is above design_kpa {design}; correct one of the two; if both are right, the "
            "pipe is a hazard",
            id=key,
            mop=f"{row['mop_kpa']:g}",
            design=f"{row['design_kpa']:g}",
        ),
    )


def check_design_within_class(pipes: gpd.GeoDataFrame, limit_kpa: Mapping[str, float]) -> Failing:
    """Does the design pressure stay within the pressure class? `limit_kpa` by class, kPa gauge."""
    return each(
        pipes,
        pipes["design_kpa"] > _by(pipes["pressure_class"], limit_kpa),
        layer="pipes",
        check="design_within_class",
        fields=("design_kpa", "pressure_class"),
        message=lambda key, row: msg(
            "pipes ({id}): design_kpa {design} is above what {pressure_class} allows; correct the pressure or the "
            "class, unless the pipe was laid for more than it runs at",
            id=key,
            design=f"{row['design_kpa']:g}",
            pressure_class=row["pressure_class"],
        ),
    )


def check_plastic_without_cathodic(pipes: gpd.GeoDataFrame) -> Failing:
    """Is cathodic protection recorded on metal only?"""
    failing = (pipes["material"] == "pe") & pipes["cathodic"].fillna(False)
    return each(
        pipes,
        failing,
        layer="pipes",
        check="plastic_without_cathodic",
        fields=("cathodic", "material"),
        message=lambda key, row: msg(
            "pipes ({id}): cathodic protection on {material}; correct the material or the protection",
            id=key,
            material=row["material"],
        ),
    )


def check_laid_before_inspected(pipes: gpd.GeoDataFrame) -> Failing:
    """Was the pipe laid before it was inspected?"""
    inspected = pipes[["last_inspection", "last_leak_survey"]].min(axis=1)
    return each(
        pipes.assign(inspected=inspected),
        pipes["install_year"] > inspected.dt.year.astype("Int64"),
        layer="pipes",
        check="laid_before_inspected",
        fields=("install_year", "last_inspection", "last_leak_survey"),
        message=lambda key, row: msg(
            "pipes ({id}): install_year {year} lies after the inspection of {inspected}; correct one of the two",
            id=key,
            year=row["install_year"],
            inspected=row["inspected"].date(),
        ),
    )


def check_material_at_pressure(
    pipes: gpd.GeoDataFrame, highest_class: Mapping[str, str], classes: Sequence[str]
) -> Failing:
    """Is the material used at the pressure of the pipe?

    Parameters
    ----------
    highest_class
        By material; materials that are not named are used at any pressure.
    classes
        Pressure classes in rising order.
    """
    rank = {name: float(i) for i, name in enumerate(classes)}
    highest = _by(pipes["material"], {material: rank[name] for material, name in highest_class.items()})
    return each(
        pipes,
        _by(pipes["pressure_class"], rank) > highest,
        layer="pipes",
        check="material_at_pressure",
        fields=("material", "pressure_class"),
        message=lambda key, row: msg(
            "pipes ({id}): {material} at {pressure_class} is not plausible; correct the material or the class; if both "
            "are right, the pipe is a hazard",
            id=key,
            material=row["material"],
            pressure_class=row["pressure_class"],
        ),
    )


def check_diameter_in_catalogue(
    pipes: gpd.GeoDataFrame, sizes_mm: Mapping[str, Sequence[float]], tolerance_mm: float
) -> Failing:
    """Is the diameter one that its material is made in? `sizes_mm` by material, nominal and outer ones together."""
    diameter = pipes["diameter_mm"].to_numpy(dtype="float64", na_value=np.nan)
    nearest = np.full(len(pipes), np.nan)
    for material, sizes in sizes_mm.items():
        rows = np.flatnonzero(
            (pipes["material"] == material).fillna(False).to_numpy(dtype=bool) & np.isfinite(diameter)
        )
        known = np.unique(np.asarray(sizes, dtype="float64"))
        right = np.clip(np.searchsorted(known, diameter[rows]), 0, len(known) - 1)
        left = np.maximum(right - 1, 0)
        nearer = diameter[rows] - known[left] <= known[right] - diameter[rows]
        nearest[rows] = np.where(nearer, known[left], known[right])
    return each(
        pipes.assign(nearest_mm=nearest),
        np.abs(diameter - nearest) > tolerance_mm,
        layer="pipes",
        check="diameter_in_catalogue",
        fields=("diameter_mm", "material"),
        message=lambda key, row: msg(
            "pipes ({id}): {material} is not made in {diameter} mm (nearest: {nearest} mm); correct the diameter or "
            "the material",
            id=key,
            material=row["material"],
            diameter=f"{row['diameter_mm']:g}",
            nearest=f"{row['nearest_mm']:g}",
        ),
    )


def check_wall_fits_diameter(
    pipes: gpd.GeoDataFrame, least_share: float, most_share: float, small_mm: float
) -> Failing:
    """Does the wall fit the diameter? Shares of the diameter; a wall up to `small_mm` is never too thick."""
    wall, diameter = pipes["wall_mm"], pipes["diameter_mm"]
    thick = ((wall > most_share * diameter) & (wall > small_mm)) | (2 * wall >= diameter)
    return each(
        pipes,
        (wall < least_share * diameter) | thick,
        layer="pipes",
        check="wall_fits_diameter",
        fields=("wall_mm", "diameter_mm"),
        message=lambda key, row: msg(
            "pipes ({id}): a wall of {wall} mm does not fit a diameter of {diameter} mm; correct one of the two",
            id=key,
            wall=f"{row['wall_mm']:g}",
            diameter=f"{row['diameter_mm']:g}",
        ),
    )


def check_depth_fits_laying(
    pipes: gpd.GeoDataFrame, least_m: Mapping[str, float], most_m: Mapping[str, float]
) -> Failing:
    """Does the depth of cover fit the way the pipe is laid? Metres by laying; a laying not named has no limit."""
    depth = pipes["depth_m"]
    return each(
        pipes,
        (depth < _by(pipes["laying"], least_m)) | (depth > _by(pipes["laying"], most_m)),
        layer="pipes",
        check="depth_fits_laying",
        fields=("depth_m", "laying"),
        message=lambda key, row: msg(
            "pipes ({id}): a depth of {depth} m does not fit laying {laying}; correct one of the two",
            id=key,
            depth=f"{row['depth_m']:g}",
            laying=row["laying"],
        ),
    )


def check_pressure_falls(stations: gpd.GeoDataFrame, classes: Sequence[str]) -> Failing:
    """Does each station lower the pressure? `classes` in rising order."""
    rank = {name: float(i) for i, name in enumerate(classes)}
    return each(
        stations,
        _by(stations["inlet_class"], rank) < _by(stations["outlet_class"], rank),
        layer="stations",
        check="pressure_falls",
        fields=("inlet_class", "outlet_class"),
        message=lambda key, row: msg(
            "stations ({id}): outlet_class {outlet} is above inlet_class {inlet}; exchange them, or correct one",
            id=key,
            outlet=row["outlet_class"],
            inlet=row["inlet_class"],
        ),
    )


def check_field_is_known(layer: str, frame: gpd.GeoDataFrame, share: float) -> list[Finding]:
    """Which required fields are unknown in more than `share` of the rows?"""
    findings = []
    fields = schema.load(layer).fields
    for name in schema.load(layer).required:
        if name not in frame.columns or frame.empty:
            continue
        unknown = frame[name].isna() | (frame[name] == "unknown").fillna(value=False)
        if unknown.mean() > share:
            text = msg(
                "{layer}: {field} ({title}) is unknown in {count} of {rows} rows; a supplementary survey should "
                "fill it in",
                layer=layer,
                field=name,
                title=fields[name].title.zh,
                count=int(unknown.sum()),
                rows=len(frame),
            )
            findings.append(Finding(layer=layer, check="field_is_known", severity="warning", message=text, field=name))
    return findings


def _by(codes: pd.Series, numbers: Mapping[str, float]) -> pd.Series:
    """Return the number of each code, NaN where it is unknown or has none; also of a column without any code."""
    return codes.map(dict(numbers)).astype("float64")
