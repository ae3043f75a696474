"""Sheets for people on site, from an answer and the layers."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from gridrisk import crs as crs_module
from gridrisk import maps
from gridrisk.errors import CrsError
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from gridrisk.i18n import Language, Message
    from gridrisk.network import Isolation
    from gridrisk.store import Workspace

#: Longitude and latitude on the Chinese ellipsoid; to a metre what a satellite receiver shows.
_DEGREES = "EPSG:4490"


def isolation_sheet(
    workspace: Workspace, isolation: Isolation, *, asked: Mapping[str, Any], as_of: dt.date, lang: Language
) -> Path:
    """Write the sheet of one isolation, named after what was asked for, and return its file."""
    survey = survey_of(workspace, _degrees(workspace, isolation))
    document = maps.isolation_sheet(isolation.to_dict(lang), survey, asked=_asked(asked), as_of=as_of, lang=lang)
    return maps.write(document, workspace.results / "sheets" / f"isolation_{_slug(asked)}.html")


def survey_of(workspace: Workspace, degrees: Mapping[str, tuple[float, float]] | None = None) -> maps.Survey:
    """Return the layers that a sheet draws and names, and the day of each."""
    layers = inputs.layers(workspace, ["valves", "customers", "towns", "roads", "buildings", "stations"])
    behind = {name: layers[name] for name in ("towns", "roads", "buildings", "stations")}
    current = {name: workspace.catalogue.current(name) for name in inputs.NETWORK}
    return maps.Survey(
        pipes=inputs.required(workspace, "pipes"),
        valves=layers["valves"],
        customers=layers["customers"],
        backdrop=maps.Backdrop(**behind),
        degrees=degrees or {},
        data_of={name: version.created_at.date().isoformat() for name, version in current.items() if version},
    )


def cutover_sheet(
    workspace: Workspace, cutover: Mapping[str, Any], *, about: Message, as_of: dt.date, lang: Language
) -> Path:
    """Write the cut-over plan of one project and return its file."""
    document = maps.cutover_sheet(cutover, survey_of(workspace), about=about, as_of=as_of, lang=lang)
    return maps.write(document, workspace.results / "sheets" / f"cutover_{_named(str(cutover['project_id']))}.html")


def _asked(asked: Mapping[str, Any]) -> Message:
    if asked.get("leak_id") is not None:
        what = msg("leak {id}", id=asked["leak_id"])
    elif asked.get("station_id") is not None:
        what = msg("station {id} fails", id=asked["station_id"])
    elif asked.get("point") is not None:
        what = msg("place {x}, {y}", x=f"{asked['point'][0]:.1f}", y=f"{asked['point'][1]:.1f}")
    else:
        what = msg("pipe {id}", id=asked["pipe_id"])
    stuck = asked.get("inoperable")
    return msg("{what}; found stuck: {valves}", what=what, valves=", ".join(stuck)) if stuck else what


def _slug(asked: Mapping[str, Any]) -> str:
    """Return a file name of what was asked for that every system takes."""
    value = next(str(asked[key]) for key in ("leak_id", "station_id", "point", "pipe_id") if asked.get(key) is not None)
    return _named(value)


def _named(value: str) -> str:
    """Return a file name for a number; one that had to be changed for it bears a few signs of its own as well."""
    name = re.sub(r"[^\w.-]+", "_", value).strip("._")[:60]
    if name == value:
        return name
    return f"{name or 'place'}-{hashlib.sha256(value.encode()).hexdigest()[:6]}"


def _degrees(workspace: Workspace, isolation: Isolation) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of every valve; nothing where the workspace's system leads to none for sure."""
    if not isolation.valves:
        return {}
    points = shapely.points([(spot.x, spot.y) for spot in isolation.valves])
    frame = gpd.GeoDataFrame({"id": [s.valve_id for s in isolation.valves]}, geometry=points, crs=workspace.crs)
    try:
        there = crs_module.transform(frame, crs_module.parse(_DEGREES), "valves")
    except CrsError:
        return {}
    return {str(row.id): (float(row.geometry.x), float(row.geometry.y)) for row in there.itertuples()}
