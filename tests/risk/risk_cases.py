"""Small networks for the tests of scoring."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString

from gridrisk import params
from gridrisk.layers.schema import complete
from gridrisk.risk import MODEL_FILES, score

if TYPE_CHECKING:
    from gridrisk.params import Parameters

AS_OF = dt.date(2025, 6, 30)
MODELS = {name: params.load(name) for name in MODEL_FILES}

#: A plain PE main of the reference age and diameter, nothing around it, everything known.
PIPE: dict[str, Any] = {
    "material": "pe",
    "diameter_mm": 160.0,
    "pressure_class": "low",
    "install_year": 2000,
    "setting": "municipal",
    "laying": "direct",
    "cathodic": None,
    "safety_status": "ok",
    "status": "in_service",
    "renew_by": pd.NaT,
}
FEATURE: dict[str, Any] = {
    "length_m": 100.0,
    "age_years": 25.0,
    "built_over": False,
    "built_over_m": 0.0,
    "building_gap_m": 20.0,
    "shared_trench": False,
    "shared_trench_m": 0.0,
    "shared_trench_isolated": None,
    "void_crossing": False,
    "void_crossings": 0.0,
    "voids_near": 0.0,
    "clearance": False,
    "clearance_shortfall_m": 0.0,
    "encroached": False,
    "work_zone": None,
    "work_gap_m": np.nan,
    "people": 32.0,
    "people_unknown": 0,
    "impact_radius_m": 30.0,
    "population": np.nan,
    "critical_place": False,
    "critical_kinds": None,
    "basement_near": False,
    "ground_movement": 0.0,
    "leaks": 0,
    "exposure_years": np.nan,
}
_FLAGS = (
    "built_over",
    "shared_trench",
    "shared_trench_isolated",
    "void_crossing",
    "clearance",
    "encroached",
    "critical_place",
    "basement_near",
)
_TEXTS = ("work_zone", "critical_kinds")


def pipes_of(*changes: dict[str, Any]) -> gpd.GeoDataFrame:
    """One pipe a change of `PIPE`, named p0, p1, …"""
    frame = pd.DataFrame([{**PIPE, **change} for change in changes])
    frame["pipe_id"] = [change.get("pipe_id", f"p{i}") for i, change in enumerate(changes)]
    lines = [LineString([(0, i), (100, i)]) for i in range(len(changes))]
    return complete(gpd.GeoDataFrame(frame, geometry=lines, crs="EPSG:4548"), "pipes")


def features_of(pipes: gpd.GeoDataFrame, *changes: dict[str, Any]) -> pd.DataFrame:
    """One row a pipe, a change of `FEATURE`."""
    frame = pd.DataFrame([{**FEATURE, **change} for change in changes], index=pipes.index)
    kinds = dict.fromkeys(_FLAGS, "boolean") | dict.fromkeys(_TEXTS, "str") | {"leaks": "Int64"}
    return frame.astype({name: kinds.get(name, "float64") for name in frame})


def nothing_known(length_m: float = 100.0) -> dict[str, Any]:
    """Features of which only the length is known."""
    return dict.fromkeys(FEATURE) | {"length_m": length_m}


NOTHING_RECORDED: dict[str, Any] = {name: None for name in PIPE if name != "renew_by"}


def scored(*changes: dict[str, Any], around: list[dict[str, Any]] | None = None, **options: Any) -> pd.DataFrame:
    """Score one pipe a change; `around` changes its features."""
    pipes = pipes_of(*changes)
    features = features_of(pipes, *(around or [{}] * len(changes)))
    return score(pipes, features, MODELS, **({"leaks_recorded": False, "as_of": AS_OF} | options))


def with_value(name: str, key: str, value: Any) -> dict[str, Parameters]:
    """The models with one parameter changed."""
    entries = dict(MODELS[name].entries)
    entries[key] = replace(entries[key], value=value)
    return {**MODELS, name: replace(MODELS[name], entries=entries)}
