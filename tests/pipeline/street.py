"""A street of three pipes: G--A--v1--B--v2--C, all low pressure, PE, 110 mm.

Ten households hang on A, twenty on B, a school and a resident of unknown households on C.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import shapely

from gridrisk.layers import schema

CRS = "EPSG:4547"
X, Y = 500_000.0, 3_400_000.0


def at(x: float, y: float) -> shapely.Point:
    return shapely.Point(X + x, Y + y)


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def layer(name: str, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    return schema.complete(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), name)


def pipe(pipe_id: str, start: float, end: float, **fields: Any) -> dict[str, Any]:
    usual = {"material": "pe", "diameter_mm": 110.0, "pressure_class": "low", "install_year": 2001}
    line = shapely.LineString([(X + start, Y), (X + end, Y)])
    return {"pipe_id": pipe_id, **usual, "geometry": line, **fields}


def customer(customer_id: str, x: float, **fields: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "kind": "resident", "fuel": "pipe", "geometry": at(x, 5), **fields}


def street() -> dict[str, list[dict[str, Any]]]:
    return {
        "pipes": [pipe("A", 0, 100), pipe("B", 100, 200), pipe("C", 200, 300)],
        "valves": [
            {"valve_id": "v1", "operable": True, "geometry": at(100, 0)},
            {"valve_id": "v2", "geometry": at(200, 0)},
        ],
        "stations": [{"station_id": "G", "kind": "city_gate", "is_source": True, "geometry": at(0, 0)}],
        "customers": [
            customer("a", 50, households=10),
            customer("b", 150, households=20),
            customer("s", 250, kind="school"),
            customer("u", 260),
        ],
        "works": [
            # 0.3 m off B's axis, so 0.245 m off its outer edge (110 mm outside): in the protection range of 0.5 m
            {"work_id": "pile", "kind": "piling", "geometry": box(140, 0.3, 160, 9)},
            {"work_id": "far", "kind": "blasting", "geometry": box(140, 900, 160, 909)},
        ],
    }
