"""Lists and exchange files of a workspace, from its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd

from gridrisk import maps, risk, store, words
from gridrisk import report as documents
from gridrisk.errors import DataError
from gridrisk.i18n import msg, translate
from gridrisk.pipeline import inputs, results
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from gridrisk.i18n import Language
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

#: Results that go into the GeoPackage, with their index.
_INDEX = {
    "risk": "pipe_id",
    "sectors": "sector_id",
    "works": "work_id",
    "sensors": "spot_id",
    "projects": "project_id",
    "conversion": "customer_id",
    "coverage": "town_id",
    "coverage_kinds": "kind",
    "conversion_money": None,
    "device_money": None,
    "extensions": "extension_id",
    "depots": "depot_id",
    "devices": "customer_id",
    "device_coverage": "town_id",
    "findings": None,
}
_NAMES = {"zh": "更新改造清单.xlsx", "en": "renewal_list.xlsx"}
_SENSORS = {"zh": "甲烷监测布点.xlsx", "en": "methane_sensors.xlsx"}
_SUMMARIES = {"zh": "更新改造计划.docx", "en": "renewal_plan.docx"}


def report(
    workspace: Workspace,
    *,
    lang: Language,
    layers: Mapping[str, gpd.GeoDataFrame | None] | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Write the lists of renewal and of sensors, and ``gridrisk.gpkg``; each bears the date of its result.

    `layers` are those of the workspace, where they are read already.

    Raises
    ------
    DataError
        Where there are no results, or some no longer fit the workspace: all of them are named.
    """
    names = [name for name in _INDEX if results.made(workspace, name) is not None]
    reasons = [reason for name in names if (reason := results.outdated(workspace, name)) is not None]
    if reasons:
        raise DataError(*reasons)
    made = {name: results.read(workspace, name, index) for name, index in _INDEX.items()}
    there = {name: frame for name, frame in made.items() if frame is not None}
    if not there:
        raise DataError(msg("there are no results yet; first: gridrisk run {folder}", folder=str(workspace.root)))
    files = []
    if "projects" in there:
        progress(msg("writing the renewal list"))
        known = inputs.layers(workspace, ("pipes", "towns")) if layers is None else layers
        files += _renewal(workspace, there["projects"], known, lang=lang)
    if "sensors" in there:
        known = inputs.layers(workspace, ("pipes",)) if layers is None else layers
        files.append(write_sensors(workspace, there["sensors"], known, lang=lang))
    progress(msg("writing the GeoPackage"))
    path = workspace.results / "gridrisk.gpkg"
    with store.replacing(path) as part:
        placed = {name: _placed(workspace, name, frame) for name, frame in there.items()}
        titles = {name: _titles(name, frame, lang) for name, frame in placed.items()}
        documents.write_geopackage(part, placed, workspace.crs, titles)
    return [*files, path]


def write_sensors(
    workspace: Workspace, table: pd.DataFrame, layers: Mapping[str, gpd.GeoDataFrame | None], *, lang: Language
) -> Path:
    """Write the list of places for methane sensors as Excel."""
    record = results.made(workspace, "sensors")
    if record is None:
        raise DataError(msg("there is no {name} yet", name="sensors"))
    path = workspace.results / _SENSORS[lang]
    with store.replacing(path) as part:
        documents.write_sensor_sheet(
            part,
            table,
            inputs.not_empty(workspace, "pipes", layers["pipes"])["road"],
            record.facts,
            as_of=record.as_of,
            crs=workspace.crs.to_string(),
            lang=lang,
        )
    return path


def _renewal(
    workspace: Workspace, projects: pd.DataFrame, layers: Mapping[str, gpd.GeoDataFrame | None], *, lang: Language
) -> list[Path]:
    """Write the list as Excel and the summary as Word."""
    record = results.made(workspace, "projects")
    if record is None:
        raise DataError(msg("there is no {name} yet", name="projects"))
    towns = layers["towns"]
    first, years = (int(projects[name].iloc[0]) for name in ("plan_start", "plan_years")) if len(projects) else (0, 0)
    pipes, span = inputs.not_empty(workspace, "pipes", layers["pipes"]), range(first, first + years)
    names = None if towns is None else towns["name"]
    files = [workspace.results / _NAMES[lang], workspace.results / _SUMMARIES[lang]]
    with store.replacing(files[0]) as part:
        documents.write_renewal_list(
            part,
            projects,
            pipes,
            span,
            as_of=record.as_of,
            lang=lang,
            towns=names,
            notes=_about_plan(record.facts, lang),
        )
    with store.replacing(files[1]) as part:
        documents.write_renewal_summary(
            part,
            gpd.GeoDataFrame(projects, geometry="geometry", crs=workspace.crs),
            pipes,
            span,
            as_of=record.as_of,
            lang=lang,
            colours=documents.Colours(maps.palette_style("paper", "network").color, maps.colours("paper", "year")),
            towns=names,
            facts=record.facts,
        )
    return files


def _titles(result: str, frame: pd.DataFrame, lang: Language) -> dict[str, str]:
    """Return what the columns of a result are called, those of a score after its terms."""
    terms = {term.column: f"{translate(term.title, lang)} ({translate(term.unit, lang)})" for term in risk.TERMS}
    names = [frame.index.name, *frame.columns]
    found = {name: terms.get(name) or words.title(result, name, lang) for name in map(str, names)}
    return {name: title for name, title in found.items() if title is not None}


def _about_plan(facts: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what stands below the summary: whether the plan keeps every limit, how good it is, what it rests on."""
    lines = []
    if facts.get("missing"):
        lines.append(msg("The plan does not keep every deadline within its limits; it is no list to build by:"))
    elif facts.get("gap") is not None:
        lines.append(msg("proved to be within {gap} of the least possible risk", gap=f"{facts['gap']:.2%}"))
    texts = [line.render(lang) for line in lines]
    return [*texts, *facts.get("missing", ()), *facts.get("notes", ())]


def _placed(workspace: Workspace, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give every row its date, and findings their place as points, where they have one."""
    record = results.made(workspace, name)
    if record is not None:
        frame = frame.assign(as_of=record.as_of.isoformat())
    if name != "findings" or not {"x", "y"} <= set(frame.columns):
        return frame
    points = gpd.points_from_xy(frame["x"], frame["y"], crs=workspace.crs)
    placed: pd.DataFrame = gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=points, crs=workspace.crs)
    return placed
