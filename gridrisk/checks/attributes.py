"""Attributes that contradict one another, and fields that the survey left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridrisk.checks.report import each
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd


def check_material_was_made(pipes: gpd.GeoDataFrame, first_year: Mapping[str, float]) -> list[Finding]:
    """Was the pipe laid when its material was in use? `first_year` by material, calendar years."""
    failing = pipes["install_year"] < pipes["material"].map(dict(first_year))
    return each(
        pipes,
        failing,
        layer="pipes",
        check="material_was_made",
        field="install_year",
        message=lambda key, row: msg(
            "pipes ({id}): {material} laid in {year} is not plausible; correct the material or the year",
            id=key,
            material=row["material"],
            year=row["install_year"],
        ),
    )


def check_laid_before_surveyed(pipes: gpd.GeoDataFrame) -> list[Finding]:
    """Was the pipe laid before it was surveyed?"""
    failing = pipes["install_year"] > pipes["surveyed_on"].dt.year.astype("Int64")
    return each(
        pipes,
        failing,
        layer="pipes",
        check="laid_before_surveyed",
        field="install_year",
        message=lambda key, row: msg(
            "pipes ({id}): install_year {year} lies after the survey of {surveyed}; correct one of the two",
            id=key,
            year=row["install_year"],
            surveyed=row["surveyed_on"].date(),
        ),
    )


def check_pressure_within_class(pipes: gpd.GeoDataFrame, limit_kpa: Mapping[str, float]) -> list[Finding]:
    """Does the operating pressure stay within the pressure class? `limit_kpa` by class, kPa gauge."""
    failing = pipes["mop_kpa"] > pipes["pressure_class"].map(dict(limit_kpa))
    return each(
        pipes,
        failing,
        layer="pipes",
        check="pressure_within_class",
        field="mop_kpa",
        message=lambda key, row: msg(
            "pipes ({id}): mop_kpa {mop} is above what {pressure_class} allows; correct the pressure or the class",
            id=key,
            mop=f"{row['mop_kpa']:g}",
            pressure_class=row["pressure_class"],
        ),
    )


def check_plastic_without_cathodic(pipes: gpd.GeoDataFrame) -> list[Finding]:
    """Is cathodic protection recorded on metal only?"""
    failing = (pipes["material"] == "pe") & pipes["cathodic"].fillna(False)
    return each(
        pipes,
        failing,
        layer="pipes",
        check="plastic_without_cathodic",
        field="cathodic",
        message=lambda key, row: msg(
            "pipes ({id}): cathodic protection on {material}; correct the material or the protection",
            id=key,
            material=row["material"],
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
