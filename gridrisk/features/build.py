"""All surroundings of every pipe in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.crs import require_metric
from gridrisk.errors import CrsError
from gridrisk.features.built_over import built_over
from gridrisk.features.clearance import building_shortfall_m, search_reach_m, utility_clearance
from gridrisk.features.encroachment import encroachment_features
from gridrisk.features.geometry import near_pairs
from gridrisk.features.ground import mean_along
from gridrisk.features.leaks import leak_features, leaks_near
from gridrisk.features.people import impact_radius_m, people_in_reach
from gridrisk.features.pipe import diameter_assumed, outer_radius_m
from gridrisk.features.places import basement_near, critical_places
from gridrisk.features.shapes import forget, keeping, raw_shapes, shapes
from gridrisk.features.shared_trench import near_utilities, shared_trench
from gridrisk.features.vertical import vertical_clearance
from gridrisk.features.voids import void_features, void_pairs
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd

    from gridrisk.features.geometry import Pairs, SegmentPairs
    from gridrisk.layers.raster import Raster
    from gridrisk.params import Parameters

#: Parameter files that `build` and `encroachment` read, by the names they are passed under.
PARAMETER_FILES = ("standards/pressure", "standards/clearance", "standards/surroundings", "standards/works")
#: Layers that `build` reads.
LAYERS = ("buildings", "utilities", "voids", "works", "customers", "leaks")

_M2_PER_KM2 = 1e6


def build(
    pipes: gpd.GeoDataFrame,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    rasters: Mapping[str, Raster],
    params: Mapping[str, Parameters],
    *,
    as_of: dt.date,
) -> pd.DataFrame:
    """Return what the surroundings do to each pipe.

    Parameters
    ----------
    pipes
        Layer ``pipes``.
    layers
        Layers by name (see `LAYERS`; others are ignored); absent or None where never surveyed: what hangs on them is
        missing, not false.
    rasters
        ``population`` (people per cell), ``ground_movement``.
    params
        Parameter files by name, see `PARAMETER_FILES`.
    as_of
        Day of the assessment.

    Returns
    -------
    DataFrame
        On pipe_id, in the order of `pipes`; missing where unknown. Gaps are from the outer edge of the pipe, m.

        ``length_m``; ``age_years`` (years since the year of installation, NaN where unknown or in the future);
        ``outer_radius_m``; ``diameter_assumed`` (bool: the radius is the largest usual one of the class);
        ``built_over`` (boolean), ``built_over_m``, ``building_gap_m`` (inf: none near);
        ``clearance_building_shortfall_m``;
        ``shared_trench`` (boolean), ``shared_trench_m``, ``shared_trench_isolated`` (boolean), ``shared_trench_kinds``;
        ``void_crossing`` (boolean), ``void_crossings``, ``voids_near`` (numbers),
        ``void_gap_m`` (to the nearest, inf: none in reach);
        ``clearance`` (boolean: a utility beside the pipe nearer than the table), ``clearance_kind``,
        ``clearance_shortfall_m``;
        ``crossings`` (number of utilities), ``vertical_clearance`` (boolean), ``vertical_kinds``,
        ``vertical_shortfall_m`` (m);
        ``encroached`` (boolean), ``work_gap_m`` (inf: none near), ``work_zone`` (protection, control, none),
        ``work_ids``;
        ``impact_radius_m``; ``people``, ``people_unknown`` (buildings); ``population`` (people per km2, mean along
        the line); ``critical_place`` (boolean), ``critical_kinds``, ``critical_gap_m`` (to the
        nearest known, inf: none in reach), ``critical_gaps`` (to the nearest of each kind, as
        ``hospital=12.5,school=30.0``); ``basement_near`` (boolean);
        ``ground_movement`` (unit of the raster, mean along the line); ``leaks`` (number), ``exposure_years``;
        ``leaks_near`` (number of leaks close by in the last years, on any pipe).

        The features of a tile with the layers round it are those of the whole to the last bit, given the whole record
        of leaks and a margin wider than any reach.

    Raises
    ------
    CrsError
        Where a layer is not metric or lies in another CRS than the pipes.
    """
    _require_one_crs(pipes, layers)
    pipes = keeping(pipes)
    layer = {name: None if (frame := layers.get(name)) is None else keeping(frame) for name in LAYERS}
    pressure, surroundings = params["standards/pressure"], params["standards/surroundings"]
    radius = outer_radius_m(pipes, pressure)
    age = as_of.year - pipes["install_year"].astype("float64")
    impact = impact_radius_m(pipes, params, radius_m=radius)
    own = pd.DataFrame(
        {
            "length_m": raw_shapes(pipes).length,
            "age_years": age.where(age >= 0),
            "outer_radius_m": radius,
            "diameter_assumed": diameter_assumed(pipes),
        },
        index=pipes.index,
    )
    around = _near_buildings(pipes, layer["buildings"], radius, impact, surroundings)
    over = built_over(
        pipes,
        layer["buildings"],
        radius_m=radius,
        service_exempt_m=surroundings.number("built_over.service_exempt_m"),
        search_m=surroundings.number("built_over.search_m"),
        near=around,
    )
    over["clearance_building_shortfall_m"] = building_shortfall_m(pipes, over["building_gap_m"], params)
    people = _people(pipes, layer, rasters, radius, impact, around, surroundings)
    # of large layers the arrays and pairs are not held longer than they are of use
    del around
    _let_go(layer["buildings"])
    beside = _near_utilities(pipes, layer["utilities"], radius, params)
    trench = shared_trench(
        pipes,
        layer["utilities"],
        distance_m=surroundings.number("shared_trench.distance_m"),
        min_length_m=surroundings.number("shared_trench.min_length_m"),
        kinds=surroundings.names("shared_trench.kinds"),
        near=beside,
    )
    clearance = utility_clearance(pipes, layer["utilities"], params, radius_m=radius, near=beside)
    vertical = vertical_clearance(pipes, layer["utilities"], surroundings, radius_m=radius, near=beside)
    del beside
    _let_go(layer["utilities"])
    works = encroachment_features(pipes, layer["works"], params, as_of=as_of, radius_m=radius)
    leaks = leak_features(pipes, layer["leaks"], snap_m=surroundings.number("leaks.snap_m"), as_of=as_of)
    return pd.concat(
        [
            own,
            over,
            trench,
            _voids(pipes, layer["voids"], radius, surroundings),
            clearance,
            vertical,
            works,
            people,
            mean_along(pipes, rasters.get("ground_movement")).rename("ground_movement"),
            leaks,
            leaks_near(
                pipes,
                layer["leaks"],
                reach_m=surroundings.number("leaks.near_m") + radius,
                years=surroundings.number("leaks.near_years"),
                as_of=as_of,
            ),
        ],
        axis=1,
    )


def _let_go(frame: gpd.GeoDataFrame | None) -> None:
    if frame is not None:
        forget(frame)


def _require_one_crs(pipes: gpd.GeoDataFrame, layers: Mapping[str, gpd.GeoDataFrame | None]) -> None:
    require_metric(pipes, "pipes")
    for name in LAYERS:
        frame = layers.get(name)
        if frame is None:
            continue
        require_metric(frame, name)
        if frame.crs != pipes.crs:
            raise CrsError(
                msg(
                    "{layer} lies in {found}, the pipes in {wanted}; import both through one workspace",
                    layer=name,
                    found=frame.crs.to_string(),
                    wanted=pipes.crs.to_string(),
                )
            )


def _near_buildings(
    pipes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    radius: pd.Series,
    impact: pd.Series,
    surroundings: Parameters,
) -> Pairs | None:
    """Return pipes and buildings as far apart as any feature looks."""
    if buildings is None:
        return None
    furthest = max(surroundings.number("built_over.search_m"), surroundings.number("basement.reach_m"))
    reach = impact.clip(lower=furthest) + radius
    return near_pairs(raw_shapes(pipes), shapes(buildings), reach.to_numpy(dtype=float))


def _near_utilities(
    pipes: gpd.GeoDataFrame,
    utilities: gpd.GeoDataFrame | None,
    radius: pd.Series,
    params: Mapping[str, Parameters],
) -> SegmentPairs | None:
    """Return segments of pipes and utilities as far apart as any feature looks."""
    if utilities is None:
        return None
    trench = params["standards/surroundings"].number("shared_trench.distance_m")
    reach = search_reach_m(pipes, params, radius_m=radius)
    return near_utilities(pipes, utilities, reach_m=np.maximum(reach, trench))


def _voids(
    pipes: gpd.GeoDataFrame, voids: gpd.GeoDataFrame | None, radius: pd.Series, surroundings: Parameters
) -> pd.DataFrame:
    pairs = (
        void_pairs(
            pipes,
            voids,
            radius_m=radius,
            reach_m=surroundings.number("voids.reach_m"),
            half_width_m=surroundings.table("voids.half_width_m"),
        )
        if voids is not None
        else None
    )
    return void_features(pipes, pairs)


def _people(
    pipes: gpd.GeoDataFrame,
    layer: Mapping[str, gpd.GeoDataFrame | None],
    rasters: Mapping[str, Raster],
    radius: pd.Series,
    impact: pd.Series,
    around: Pairs | None,
    surroundings: Parameters,
) -> pd.DataFrame:
    """Return people, places that matter and basements in reach."""
    reach = impact + radius
    people = people_in_reach(
        pipes,
        layer["buildings"],
        layer["customers"],
        reach_m=reach,
        per_household=surroundings.number("people.per_household"),
        near=around,
    )
    raster = rasters.get("population")
    cell_km2 = abs(raster.transform.determinant) / _M2_PER_KM2 if raster is not None else np.nan
    people["population"] = mean_along(pipes, raster) / cell_km2
    places = critical_places(
        pipes, layer["customers"], layer["buildings"], surroundings, reach_m=reach, radius_m=radius, near=around
    )
    places["basement_near"] = basement_near(
        pipes,
        layer["buildings"],
        layer["voids"],
        reach_m=surroundings.number("basement.reach_m") + radius,
        near=around,
    )
    return pd.concat([impact, people, places], axis=1)
