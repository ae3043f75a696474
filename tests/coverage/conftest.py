"""Small customers and networks for the tests of this folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon

from gridrisk import params
from gridrisk.coverage import Policy, decide, load_policy, price
from gridrisk.layers import schema

CRS = "EPSG:4548"

#: A street restaurant that meets everything: each test changes what it is about.
GOOD = {
    "kind": "catering",
    "fuel": "bottle",
    "premises": "street",
    "licensed": True,
    "legal_building": True,
    "area_m2": 80.0,
    "kitchen_area_m2": 12.0,
    "vent_area_m2": 1.3,
    "kitchen_outside_opening": True,
    "opened_on": dt.date(2019, 5, 1),
    "wants_electric": False,
    "needy": False,
}

People = Callable[..., gpd.GeoDataFrame]
Decide = Callable[..., pd.Series]
Quote = Callable[..., pd.Series]


def make_people(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        [{"customer_id": f"c{number}", **row} for number, row in enumerate(rows)],
        geometry=[row.get("at", Point(0, 0)) for row in rows],
        crs=CRS,
    )
    return schema.complete(frame.drop(columns="at", errors="ignore"), "customers")


@pytest.fixture(scope="session")
def good() -> dict[str, object]:
    return GOOD


@pytest.fixture(scope="session")
def people() -> People:
    """Customers from dictionaries of fields; ``at`` is the place."""
    return make_people


@pytest.fixture(scope="session")
def parameters() -> params.Parameters:
    return params.load("coverage")


@pytest.fixture(scope="session")
def honggutan() -> Policy:
    return load_policy("honggutan-2024")


@pytest.fixture(scope="session")
def lishui() -> Policy:
    return load_policy("lishui-2023")


@pytest.fixture
def verdict() -> Decide:
    """Decide the good restaurant with some fields changed."""

    def run(
        policy: Policy, *, covered: bool | None = True, on: dt.date = dt.date(2024, 5, 1), **fields: object
    ) -> pd.Series:
        customers = make_people({**GOOD, **fields})
        return decide(customers, pd.Series([covered], index=customers.index, dtype="boolean"), policy, on=on).iloc[0]

    return run


@pytest.fixture
def quote(parameters: params.Parameters) -> Quote:
    """Price the good restaurant with some fields changed, at known costs (yuan)."""

    def run(
        policy: Policy,
        *,
        covered: bool | None = True,
        covered_when_opened: bool | None = True,
        zone: bool | None = False,
        connection: float = 30_000,
        indoor: float = 8_000,
        electric: float = 12_000,
        on: dt.date = dt.date(2024, 5, 1),
        **fields: object,
    ) -> pd.Series:
        customers = make_people({**GOOD, **fields})
        index = customers.index
        way = pd.DataFrame(
            {
                "reach_m": 20.0,
                "method": pd.Series("street", index=index, dtype="str"),
                "covered": pd.Series([covered], index=index, dtype="boolean"),
                "covered_when_opened": pd.Series([covered_when_opened], index=index, dtype="boolean"),
            },
            index=index,
        )
        decisions = decide(customers, way["covered"], policy, on=on)
        costs = pd.DataFrame({"connection": connection, "indoor": indoor, "electric": electric}, index=index)
        development_zone = pd.Series([zone], index=index, dtype="boolean")
        frame = price(
            decisions, customers, way, policy, parameters, on=on, development_zone=development_zone, costs=costs
        )
        return frame.join(decisions).iloc[0]

    return run


@pytest.fixture
def make_pipes() -> Callable[..., gpd.GeoDataFrame]:
    """Medium pressure mains in service, unless the fields say otherwise."""

    def run(*rows: tuple[str, list[tuple[float, float]], dict[str, object]]) -> gpd.GeoDataFrame:
        good = {
            "material": "pe",
            "diameter_mm": 110.0,
            "pressure_class": "medium_a",
            "install_year": 2010,
            "setting": "municipal",
            "status": "in_service",
        }
        frame = gpd.GeoDataFrame(
            [{"pipe_id": name, **good, **fields} for name, _, fields in rows],
            geometry=[LineString(line) for _, line, _ in rows],
            crs=CRS,
        )
        return schema.complete(frame, "pipes")

    return run


@pytest.fixture
def make_roads() -> Callable[..., gpd.GeoDataFrame]:
    """Road centre lines."""

    def run(*lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
        frame = gpd.GeoDataFrame(
            {"road_id": [f"r{number}" for number in range(len(lines))]},
            geometry=[LineString(line) for line in lines],
            crs=CRS,
        )
        return schema.complete(frame, "roads")

    return run


@pytest.fixture(scope="session")
def towns() -> gpd.GeoDataFrame:
    """Two towns side by side, 100 m square each; the second is a development zone."""
    frame = gpd.GeoDataFrame(
        {"town_id": ["t1", "t2"], "name": ["甲镇", "乙开发区"], "development_zone": [False, True]},
        geometry=[
            Polygon([(0, 0), (100, 0), (100, 100), (0, 100)]),
            Polygon([(100, 0), (200, 0), (200, 100), (100, 100)]),
        ],
        crs=CRS,
    )
    return schema.complete(frame, "towns")
