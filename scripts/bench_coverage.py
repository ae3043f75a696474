"""Time decisions and money for many customers, reach along many streets, and the planning of short extensions.

Usage: python scripts/bench_coverage.py [--customers N] [--bottled N] [--edges N] [--policy NAME] [--seed N]
       [--town N] [--town-edges N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import time
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk import coverage, params
from gridrisk.layers import schema

if TYPE_CHECKING:
    from collections.abc import Callable

CRS = "EPSG:4548"
ON = dt.date(2024, 5, 1)
BLOCK_M = 90.0
T = TypeVar("T")


def timed(name: str, work: Callable[[], T]) -> T:
    """Run `work` and print wall clock and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    print(f"{name:<44} {time.perf_counter() - wall:8.2f} s wall {time.process_time() - cpu:8.2f} s CPU")
    return result


def people(count: int, width: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return customers with the fields of a survey, some of them not recorded, beside the streets of a grid."""

    def maybe(share: float, gaps: float) -> pd.Series:
        value = pd.Series(rng.random(count) < share, dtype="boolean")
        return value.mask(rng.random(count) < gaps)

    kinds = np.array(["resident", "catering", "canteen", "school", "shop", "hotel", "market", "industry"])
    places = np.array(["street", "courtyard", "complex", "office_tower", "mobile"])
    along = rng.random(count) * width * BLOCK_M
    across = rng.integers(0, width, count) * BLOCK_M + rng.normal(0, 8, count)
    flip = rng.random(count) < 0.5
    x, y = np.where(flip, along, across), np.where(flip, across, along)
    opened = np.datetime64("2015-01-01", "ms") + rng.integers(0, 3500, count) * np.timedelta64(86_400_000, "ms")
    frame = gpd.GeoDataFrame(
        {
            "customer_id": np.arange(count).astype(str),
            "kind": rng.choice(kinds, count, p=[0.6, 0.25, 0.03, 0.02, 0.05, 0.02, 0.01, 0.02]),
            "fuel": "bottle",
            "premises": rng.choice(places, count, p=[0.6, 0.25, 0.05, 0.05, 0.05]),
            "area_m2": rng.gamma(2, 90, count),
            "kitchen_area_m2": rng.gamma(3, 5, count),
            "vent_area_m2": rng.gamma(2, 1, count),
            "licensed": maybe(0.9, 0.1),
            "legal_building": maybe(0.95, 0.05),
            "wants_electric": maybe(0.05, 0.3),
            "kitchen_outside_opening": maybe(0.7, 0.1),
            "needy": maybe(0.05, 0.1),
            "burner_ok": maybe(0.6, 0.2),
            "metal_hose": maybe(0.5, 0.2),
            "self_closing_valve": maybe(0.3, 0.2),
            "alarm": maybe(0.2, 0.2),
            "safety_kit": maybe(0.2, 0.2),
            "opened_on": opened,
        },
        geometry=shapely.points(x, y),
        crs=CRS,
    )
    return schema.complete(frame, "customers")


def grid(edges: int, rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, int]:
    """Return streets of a square grid, one line a street piece, and mains along every sixth street; its width."""
    width = max(2, round((edges / 2) ** 0.5))
    i, j = (a.ravel() for a in np.meshgrid(np.arange(width), np.arange(width)))
    ends = []
    for di, dj in ((1, 0), (0, 1)):
        keep = (i + di < width) & (j + dj < width)
        a = np.column_stack([i[keep], j[keep]]) * BLOCK_M
        ends.append(np.stack([a, a + np.array([di, dj]) * BLOCK_M], axis=1))
    lines = shapely.linestrings(np.concatenate(ends))
    roads = gpd.GeoDataFrame({"road_id": np.arange(len(lines)).astype(str)}, geometry=lines, crs=CRS)
    start = np.concatenate(ends)[:, 0]
    row = (start[:, 1] / BLOCK_M).round().astype(int)
    main = (np.arange(len(lines)) < len(ends[0])) & (row % 6 == 0) & (rng.random(len(lines)) < 0.9)
    pipes = gpd.GeoDataFrame(
        {
            "pipe_id": np.arange(int(main.sum())).astype(str),
            "material": "pe",
            "diameter_mm": 160.0,
            "pressure_class": "medium_a",
            "install_year": 2010,
            "setting": "municipal",
            "status": "in_service",
        },
        geometry=shapely.transform(lines[main], lambda xy: xy + np.array([0.0, 4.0])),
        crs=CRS,
    )
    return schema.complete(roads, "roads"), schema.complete(pipes, "pipes"), width


def main() -> None:
    """Run the benches."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000, help="customers decided and priced")
    parser.add_argument("--bottled", type=int, default=5_000, help="customers whose way is measured")
    parser.add_argument("--edges", type=int, default=15_000, help="street pieces")
    parser.add_argument("--town", type=int, default=500, help="bottled customers of the town that is extended")
    parser.add_argument("--town-edges", type=int, default=800, help="street pieces of that town")
    parser.add_argument("--policy", default="lishui-2023")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    rng = np.random.default_rng(args.seed)
    guide, policy = params.load("coverage"), coverage.load_policy(args.policy)

    customers = people(args.customers, 500, rng)
    way = pd.DataFrame(
        {
            "reach_m": rng.gamma(2, 40, args.customers),
            "method": pd.Series("street", index=customers.index, dtype="str"),
            "covered": pd.Series(rng.random(args.customers) < 0.7, index=customers.index, dtype="boolean"),
            "main_year": pd.Series(rng.integers(2000, 2024, args.customers), index=customers.index, dtype="Int64"),
        },
        index=customers.index,
    )
    zone = pd.Series(rng.random(args.customers) < 0.1, index=customers.index, dtype="boolean")
    print(f"{args.customers:,} customers by {args.policy}")
    decisions = timed("decide", lambda: coverage.decide(customers, way["covered"], policy, on=ON))
    timed(
        "price",
        lambda: coverage.price(decisions, customers, way, policy, guide, on=ON, development_zone=zone),
    )
    assessed = timed("devices: assess", lambda: coverage.assess(customers, policy, on=ON))
    timed("devices: price", lambda: coverage.price_devices(assessed, customers, policy, guide, on=ON))

    roads, pipes, width = grid(args.edges, rng)
    bottled = people(args.bottled, width, rng)
    print(f"{args.bottled:,} bottled customers, {len(roads):,} street pieces, {len(pipes):,} mains")
    found = timed("reach", lambda: coverage.reach(bottled, pipes, roads, guide, demand=params.load("demand")))
    print(f"reached along streets: {found['method'].eq('street').mean():.0%}, covered {found['covered'].mean():.0%}")

    roads, pipes, width = grid(args.town_edges, rng)
    bottled = people(args.town, width, rng)
    out = bottled[~coverage.reach(bottled, pipes, roads, guide)["covered"].fillna(value=True)]
    print(f"{len(out):,} bottled customers out of reach in a town, {len(roads):,} street pieces")
    plan = timed("extensions", lambda: coverage.plan_extensions(out, pipes, roads, guide))
    users = int(plan.projects["users"].sum())
    print(f"{len(plan.projects)} extensions reach {users:,} users, within {plan.gap:.3%} of the bound")


if __name__ == "__main__":
    main()
