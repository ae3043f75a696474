"""Time the making of projects of segments in a lattice of streets, with valves between every few segments.

Usage: python scripts/bench_projects.py [--segments N ...] [--seed N]
"""

from __future__ import annotations

import argparse
import platform
import resource
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk import params, plan
from gridrisk.layers import schema

_STREET = 50


def city(count: int, seed: int) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.Series]:
    """Return pipes, risk and the sector of each pipe."""
    rng = np.random.default_rng(seed)
    at, street = np.arange(count) % _STREET, np.arange(count) // _STREET
    x = at * 60.0
    ends = np.stack([np.column_stack([x, street * 80.0]), np.column_stack([x + 60.0, street * 80.0])], axis=1)
    pipes = gpd.GeoDataFrame(
        {
            "pipe_id": [f"P{i:07d}" for i in range(count)],
            "material": "steel",
            "diameter_mm": rng.choice([110.0, 160.0, 200.0, 300.0], count),
            "pressure_class": "medium_b",
            "setting": np.where(rng.random(count // _STREET + 1) < 0.3, "courtyard", "municipal")[street],
            "status": "in_service",
            "road": [f"路{number}" for number in street],
        },
        geometry=shapely.linestrings(ends),
        crs="EPSG:4547",
    )
    pipes = schema.complete(pipes, "pipes")
    # condition comes in stretches, as pipes are laid in stretches
    grade = np.repeat(rng.choice(["major", "larger", "general", "low"], count // 4 + 1, p=[0.1, 0.1, 0.2, 0.6]), 4)
    must = np.repeat(rng.random(count // 4 + 1) < 0.1, 4)[:count]
    deadline = pd.Series(np.where(must, "2028-12-31", None), index=pipes.index, dtype="object")
    risk = pd.DataFrame(
        {
            "risk": rng.lognormal(-5.6, 1, count) * 60.0 / 1000,
            "grade": pd.Series(grade[:count], index=pipes.index, dtype="str"),
            "must_renew": pd.Series(must, index=pipes.index, dtype="boolean"),
            "renew_deadline": pd.to_datetime(deadline).astype("datetime64[ms]"),
        },
        index=pipes.index,
    )
    return pipes, risk, pd.Series(np.arange(count) // 7, index=pipes.index)


def run(count: int, seed: int) -> None:
    """Time one city and print what came of it."""
    pipes, risk, sectors = city(count, seed)
    rules = params.load("plan")
    begun = time.process_time()
    prices = params.load("cost/default")
    stops = plan.line_stop_yuan(pipes, prices)
    leaving = plan.Leaving.of(rules, prices, plan.renewal_yuan(pipes, prices), stops)
    projects = plan.build_projects(pipes, risk, rules, leaving=leaving, sectors=sectors)
    seconds = time.process_time() - begun
    joined = projects["joined_m"].sum() / 1000 if "joined_m" in projects else float("nan")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:9,d} segments: {len(projects):7,d} projects, {projects['length_m'].sum() / 1000:9,.1f} km, "
        f"of it joined {joined:7,.1f} km, CPU {seconds:6.2f} s, {megabytes:6,.0f} MB at most"
    )


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for count in options.segments:
        run(count, options.seed)


if __name__ == "__main__":
    main()
