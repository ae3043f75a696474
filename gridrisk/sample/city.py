"""A sample city whose truth is known: generated in memory, then delivered as a survey company would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk.crs import parse
from gridrisk.errors import UsageError
from gridrisk.i18n import mark, msg
from gridrisk.layers import schema
from gridrisk.sample import attributes, design, leaks, makeup, nature, people, sizing, surroundings, underground
from gridrisk.sample.leaks import Hazards
from gridrisk.sample.mains import CLASSES, LOW
from gridrisk.sample.segments import CITY_GATE, STATION_KINDS
from gridrisk.sample.tables import dates, flags, numbered, optional, partly, points
from gridrisk.sample.valves import BUILDING, INLET, STREET

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from gridrisk.layers.raster import Raster
    from gridrisk.sample.design import Design
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.nature import Nature
    from gridrisk.sample.tables import Layer

#: CGCS2000, three-degree zone of the meridian 114° E.
CRS_NAME = "EPSG:4547"
SMALLEST, LARGEST = 300, 2_000_000


@dataclass(frozen=True)
class City:
    """A city in the terms of the layer schemas.

    Attributes
    ----------
    layers
        A frame for every layer, indexed by its id, with every field of its schema.
    rasters
        `population` (people per cell) and `ground_movement` (0–1).
    truth
        By pipe_id what the survey does not know; see `leaks.draw`.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    rasters: Mapping[str, Raster]
    truth: pd.DataFrame


def generate(pipes: int, seed: int, as_of: dt.date, progress: Callable[[str, float], None] | None = None) -> City:
    """Generate a city of about `pipes` segments; the same arguments give the same city.

    Raises
    ------
    UsageError
        Where `pipes` is out of range.
    """
    if not SMALLEST <= pipes <= LARGEST:
        raise UsageError(
            msg("a sample city has {low} to {high} pipe segments, not {pipes}", low=SMALLEST, high=LARGEST, pipes=pipes)
        )
    tell = progress or (lambda _step, _share: None)
    made = makeup.load(seed, as_of)
    tell(mark("streets and pipes"), 0.0)
    drawn = design.grow(pipes, made)
    true = nature.decide(drawn, made)
    tell(mark("buildings and people"), 0.35)
    use = people.uses(drawn, made)
    built = people.buildings(drawn, use, made)
    town = surroundings.towns(drawn, made)
    customers, places = people.customers(drawn, true, use, town.of, made)
    needed = sizing.capacity_m3h(drawn, customers, places, true.pipe_id)
    tell(mark("surroundings"), 0.6)
    shared = underground.trenches(drawn, made)
    ground = surroundings.ground_movement(drawn, made)
    lines = drawn.pipes.lines()
    middle = drawn.pipes.middle()
    hazard = Hazards(
        built_over=leaks.built_over(lines, built.geometry[built.illegal], drawn.pipes.setting),
        shared_trench=np.isin(np.arange(len(lines)), shared.segment),
        ground=surroundings.sample(ground, middle),
    )
    tell(mark("leaks"), 0.8)
    leak, truth = leaks.draw(drawn, true, hazard, made)
    table = attributes.pipe_table(drawn, true, town.of(middle), underground.recorded(drawn, shared, made), made)
    manholes, ducts = underground.voids(drawn, made)
    sites, laid = surroundings.works(drawn, made)
    homes = shapely.get_coordinates(shapely.centroid(built.geometry))
    tell(mark("tables"), 0.9)
    layers = {
        "pipes": _frame("pipes", table, lines),
        "valves": _frame("valves", *_valves(drawn, true, made)),
        "stations": _frame("stations", *_stations(drawn, needed, made)),
        "customers": _frame("customers", customers, points(places)),
        "works": pd.concat([_layer("works", sites), _layer("works", laid)]),
        "buildings": _frame("buildings", built.table, built.geometry),
        "utilities": _layer("utilities", underground.utilities(drawn, shared, made)),
        "voids": pd.concat([_layer("voids", manholes), _layer("voids", ducts)]),
        "roads": _layer("roads", surroundings.roads(drawn, made)),
        "communities": _layer("communities", surroundings.communities(drawn, made)),
        "towns": _layer("towns", town.layer),
        "leaks": _layer("leaks", leak),
        "depots": _layer("depots", surroundings.depots(drawn, made)),
        "sensors": _layer("sensors", underground.sensors(manholes, made)),
    }
    rasters = {
        "population": surroundings.population(homes, built.table["people"].to_numpy(dtype=float)),
        "ground_movement": ground,
    }
    tell(mark("tables"), 1.0)
    return City(layers, rasters, truth)


def _frame(name: str, table: pd.DataFrame, geometry: NDArray[np.object_]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, index=table.index, crs=parse(CRS_NAME)))
    return schema.complete(frame, name)


def _layer(name: str, layer: Layer) -> gpd.GeoDataFrame:
    return _frame(name, layer.table, layer.geometry)


def _valves(drawn: Design, true: Nature, made: MakeUp) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    rng = made.chance(101)
    valves, n = drawn.valves, len(drawn.valves)
    share = made.city.table("valves")
    draw = rng.random((n, 5))
    shut = valves.may_close & (draw[:, 1] < share["closed"] * 10)
    in_street = np.isin(valves.kind, (STREET, INLET))
    table = pd.DataFrame(
        {
            "pipe_id": optional(draw[:, 2] < 0.92, true.pipe_id[valves.segment]),
            "operable": flags(draw[:, 0] >= share["inoperable"], draw[:, 0] > 1 - share["unknown"]),
            "normally_open": flags(~shut, draw[:, 3] < 0.05),
            "kind": np.where(valves.kind == BUILDING, "球阀", np.where(draw[:, 4] < 0.6, "球阀", "闸阀")),
            "in_pit": flags(in_street, draw[:, 4] < 0.1),
            "last_operated": dates(np.datetime64(made.as_of) - rng.integers(10, 1500, n), rng.random(n) < 0.6),
        },
    )
    return numbered(table, "FM", "valve_id"), points(valves.point)


def _stations(drawn: Design, needed_m3h: NDArray[np.float64], made: MakeUp) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    rng = made.chance(102)
    places, n = drawn.stations, len(drawn.stations)
    old = places.outlet <= LOW + 1
    year = np.where(old & (places.block < 0), rng.integers(1984, 2012, n), rng.integers(1998, 2022, n))
    built = drawn.blocks.built[places.block]
    year = np.where(places.block >= 0, np.maximum(built, 1990) + rng.integers(0, 3, n), year)
    year = np.minimum(year, made.as_of.year - 1)
    size = np.array([60_000.0, 12_000.0, 800.0, 60.0])[places.kind]
    life = np.array([30.0, 30.0, 20.0, 15.0])[places.kind]
    aged = made.as_of.year - year > life
    state = np.where(aged, np.array(["control", "renew_by", "unknown"])[rng.integers(0, 3, n)], "unknown")
    inlet_class = np.array(CLASSES, dtype=object)[places.inlet]
    table = pd.DataFrame(
        {
            "kind": np.array(STATION_KINDS)[places.kind],
            "is_source": places.kind == CITY_GATE,
            "inlet_class": inlet_class,
            "outlet_class": np.array(CLASSES, dtype=object)[places.outlet],
            "capacity_m3h": np.maximum(np.round(size * rng.choice([0.5, 1.0, 2.0], n)), needed_m3h),
            "install_year": year,
            "design_life_years": np.where(rng.random(n) < 0.1, np.nan, life),
            "overpressure_protection": partly(0.97, 0.07, n, rng),
            "safety_status": state,
        }
    )
    return numbered(table, "TY", "station_id", 5), points(places.point)
