"""Findings over all layers: what the imports found, what the checks find, what the network shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from gridrisk import checks, features, maps, report, store
from gridrisk.findings import to_frame
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, isolation
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from gridrisk.findings import Finding
    from gridrisk.i18n import Language
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

_WORKBOOK = {"zh": "检查结果.xlsx", "en": "findings.xlsx"}


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What a check of a workspace says.

    Attributes
    ----------
    findings
        About the current versions of the layers.
    completeness
        How much of every field is known and trusted, by town and setting; see `checks.completeness`.
    filed
        How much of the network is on file; see `checks.filing`. None where there are no pipes.
    layers
        The layers that were checked.
    """

    findings: list[Finding]
    completeness: pd.DataFrame
    filed: pd.DataFrame | None
    layers: Mapping[str, gpd.GeoDataFrame | None]


def check(workspace: Workspace, *, as_of: dt.date, progress: Progress = silent) -> list[Finding]:
    """Return every finding about the current versions of the layers."""
    return examine(workspace, as_of=as_of, progress=progress).findings


def examine(workspace: Workspace, *, as_of: dt.date, progress: Progress = silent) -> Checked:
    """Return every finding about the current versions of the layers, and how complete they are."""
    progress(msg("reading layers"))
    layers = inputs.layers(workspace)
    parameters = inputs.parameters(workspace)
    findings = [finding for name in layers for finding in store.import_findings(workspace, name)]
    progress(msg("checking layers"))
    examined = checks.examine(layers, parameters, as_of=as_of)
    findings += examined.findings
    findings += station_findings(layers, parameters, as_of=as_of)
    if layers["pipes"] is not None:
        findings += features.raster_findings(layers["pipes"], inputs.rasters(workspace))
        progress(msg("checking the network"))
        findings += isolation.findings(isolation.build(layers, parameters), layers, parameters)
    pipes = layers["pipes"]
    filed = None if pipes is None else checks.filing(pipes, layers["towns"], examined.doubted)
    return Checked(findings, checks.completeness(layers, examined.doubted), filed, layers)


def station_findings(
    layers: Mapping[str, gpd.GeoDataFrame | None], parameters: Mapping[str, Parameters], *, as_of: dt.date
) -> list[Finding]:
    """Return the stations that stand too near to a building, or are past the years they were designed for."""
    stations = layers["stations"]
    if stations is None:
        return []
    around = features.station_surroundings(
        stations, layers["buildings"], parameters["standards/surroundings"], as_of=as_of
    )
    return features.station_findings(stations, around)


def write_report(
    workspace: Workspace, checked: Checked, folder: Path, *, as_of: dt.date, lang: Language, progress: Progress = silent
) -> list[Path]:
    """Write findings and completeness as Excel, GeoPackage and, where anything has a place, as a map."""
    progress(msg("writing the report of the check"))
    folder.mkdir(parents=True, exist_ok=True)
    table = _placed(to_frame(checked.findings, lang), checked.layers)
    towns = checked.layers["towns"]
    names = None if towns is None else towns["name"]
    workbook = folder / _WORKBOOK[lang]
    with store.replacing(workbook) as part:
        report.write_check_report(
            part, table, checked.completeness, as_of=as_of, lang=lang, towns=names, filed=checked.filed
        )
    points = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["x"], table["y"], crs=workspace.crs), crs=workspace.crs
    )
    package = folder / "findings.gpkg"
    with store.replacing(package) as part:
        report.write_geopackage(
            part,
            {"findings": points.drop(columns=["x", "y"]), "completeness": checked.completeness},
            workspace.crs,
        )
    files = [workbook, package]
    placed = points[points["x"].notna()]
    if len(placed):
        document = maps.findings_map(
            placed,
            checked.layers["pipes"],
            as_of=as_of,
            lang=lang,
            unplaced=len(points) - len(placed),
            backdrop=maps.Backdrop(**{name: checked.layers[name] for name in ("towns", "roads", "buildings")}),
        )
        files.append(maps.write(document, folder / "findings.html"))
    return files


def _placed(table: pd.DataFrame, layers: Mapping[str, gpd.GeoDataFrame | None]) -> pd.DataFrame:
    """Return findings with the place of their object where they name one but no place."""
    placed = table.copy()
    for name, rows in table[table["x"].isna() & table["id"].notna()].groupby("layer"):
        frame = layers.get(str(name))
        if frame is None:
            continue
        position = frame.index.get_indexer(pd.Index(rows["id"]))
        found = rows.index[position >= 0]
        points = frame.geometry.iloc[position[position >= 0]].representative_point()
        placed.loc[found, "x"], placed.loc[found, "y"] = points.x.to_numpy(), points.y.to_numpy()
    return placed
