"""Stations too near to buildings, and past the years they were designed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.geometry import pairs_within
from gridrisk.features.pipe import flags, unknown_flags
from gridrisk.features.places import kind_of_building
from gridrisk.features.shapes import raw_shapes, shapes
from gridrisk.findings import Finding
from gridrisk.i18n import msg

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]


def station_surroundings(
    stations: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, surroundings: Parameters, *, as_of: dt.date
) -> pd.DataFrame:
    """Return how near buildings stand to each station, and whether it is past its design life.

    A building that touches the station counts as its own. Buildings that matter (schools, hospitals, towers …, see
    `places.kind_of_building`) must stand further off; of one whose kind or height is not recorded both are possible.

    Returns
    -------
    DataFrame
        On station_id: ``building_gap_m`` (m; inf: none within the widest clearance), ``clearance_required_m`` (m; NaN
        where the table has no row for the kind and inlet class), ``clearance`` (boolean: nearer than the table),
        ``clearance_shortfall_m`` (m); ``age_years``, ``past_design_life`` (boolean). Missing where unknown.
    """
    index = stations.index
    age = as_of.year - stations["install_year"].astype("float64")
    life = stations["design_life_years"].astype("float64")
    past = flags((age >= life).to_numpy(dtype=bool), (age.isna() | life.isna()).to_numpy(dtype=bool), index)
    usual, important = _required(stations, surroundings)
    result = pd.DataFrame(
        {
            "building_gap_m": np.nan,
            "clearance_required_m": usual,
            "clearance": unknown_flags(index),
            "clearance_shortfall_m": np.nan,
            "age_years": age.where(age >= 0),
            "past_design_life": past,
        },
        index=index,
    )
    if buildings is None:
        return result
    words = {
        name: surroundings.names(f"critical.building_words.{name}")
        for name in surroundings.group("critical.building_words")
    }
    kind, blind = kind_of_building(
        buildings,
        words,
        high_rise_m=surroundings.number("critical.high_rise_m"),
        storey_m=surroundings.number("critical.storey_m"),
    )
    places = raw_shapes(stations)
    widest = max(surroundings.number("stations.search_m"), float(np.nanmax(important, initial=0.0)))
    rows, cols, distance = pairs_within(places, shapes(buildings), widest)
    apart = distance > 0
    rows, cols, distance = rows[apart], cols[apart], distance[apart]
    matters, open_ = kind.notna().to_numpy(dtype=bool)[cols], blind.to_numpy(dtype=bool)[cols]
    short = np.where(matters, important[rows], usual[rows]) - distance
    worst, nearest = np.zeros(len(stations)), np.full(len(stations), np.inf)
    np.maximum.at(worst, rows[short > 0], short[short > 0])
    np.minimum.at(nearest, rows, distance)
    unsure = np.isnan(usual) | ~places.located
    unsure[rows[open_ & (distance < important[rows])]] = True
    found = worst > 0
    return result.assign(
        building_gap_m=np.where(places.located, nearest, np.nan),
        clearance=flags(found, unsure, index),
        clearance_shortfall_m=np.where(unsure & ~found, np.nan, worst),
    )


def _required(stations: gpd.GeoDataFrame, surroundings: Parameters) -> tuple[Floats, Floats]:
    """Return the clearance to a usual and to an important building of each station; NaN without a row in the table."""
    tables = {name: surroundings.table(f"stations.{name}") for name in surroundings.group("stations") if "." in name}
    columns = []
    for which in ("usual", "important"):
        values = [
            tables.get(f"{kind}.{which}", {}).get(str(inlet), np.nan)
            for kind, inlet in zip(stations["kind"], stations["inlet_class"], strict=True)
        ]
        columns.append(np.array(values, dtype=float))
    return columns[0], columns[1]


def station_findings(stations: gpd.GeoDataFrame, table: pd.DataFrame) -> list[Finding]:
    """Return a finding for every station of `station_surroundings` that is too near to a building or too old."""
    near = [
        Finding(
            layer="stations",
            check="station_clearance",
            severity="warning",
            id=str(key),
            message=msg(
                "station {id} stands {short} m nearer to a building than the table of clearances asks "
                "(GB 50028 6.6.3, numbers to be verified against the text); have the distance measured, then move or "
                "protect the station",
                id=str(key),
                short=f"{row['clearance_shortfall_m']:.1f}",
            ),
        )
        for key, row in table[table["clearance"].fillna(False)].iterrows()
    ]
    old = [
        Finding(
            layer="stations",
            check="station_design_life",
            severity="warning",
            field="design_life_years",
            id=str(key),
            message=msg(
                "station {id} is {age} years old and was designed for {life}; have it assessed or renewed",
                id=str(key),
                age=int(row["age_years"]),
                life=int(stations.loc[key, "design_life_years"]),
            ),
        )
        for key, row in table[table["past_design_life"].fillna(False)].iterrows()
    ]
    return [*near, *old]
