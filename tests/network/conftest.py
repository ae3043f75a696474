"""Small networks drawn by hand: frames of the layers from plain tuples."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
import shapely

from gridrisk import params
from gridrisk.layers import schema

CRS = "EPSG:4547"


class Draw:
    """Builds complete layers; every argument beyond id and geometry is a field."""

    @staticmethod
    def layer(name: str, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
        if not rows:
            return schema.empty(name, CRS)
        return schema.complete(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), name)

    @staticmethod
    def pipe(pipe_id: str, *xy: tuple[float, float], **fields: Any) -> dict[str, Any]:
        return {"pipe_id": pipe_id, "geometry": shapely.LineString(xy), **fields}

    @staticmethod
    def valve(valve_id: str, xy: tuple[float, float], **fields: Any) -> dict[str, Any]:
        return {"valve_id": valve_id, "geometry": shapely.Point(xy), **fields}

    @staticmethod
    def station(station_id: str, xy: tuple[float, float] | Any, **fields: Any) -> dict[str, Any]:
        geometry = shapely.Point(xy) if isinstance(xy, tuple) else xy
        return {"station_id": station_id, "geometry": geometry, "kind": "regulator_station", **fields}

    @classmethod
    def source(cls, station_id: str, xy: tuple[float, float] | Any, **fields: Any) -> dict[str, Any]:
        return cls.station(station_id, xy, **{"kind": "city_gate", "is_source": True, **fields})

    @staticmethod
    def customer(customer_id: str, xy: tuple[float, float], **fields: Any) -> dict[str, Any]:
        return {
            "customer_id": customer_id,
            "geometry": shapely.Point(xy),
            "kind": "resident",
            "fuel": "pipe",
            "households": 1,
            **fields,
        }


@pytest.fixture(scope="session")
def draw() -> type[Draw]:
    return Draw


@pytest.fixture(scope="session")
def network_params() -> params.Parameters:
    return params.load("network/network")


@pytest.fixture(scope="session")
def network_of(draw, network_params):
    """Build a network from rows; None stands for a layer never imported."""
    from gridrisk import network

    def build(pipes, valves=(), stations=(), customers=(), **options):
        layers = [
            None if rows is None else draw.layer(name, list(rows))
            for name, rows in (("pipes", pipes), ("valves", valves), ("stations", stations), ("customers", customers))
        ]
        return network.build(*layers, network_params, **options)

    return build
