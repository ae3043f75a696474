"""Time the surroundings and the score of whole cities, beside a straightforward geopandas script.

    python scripts/bench_risk.py 100000
    python scripts/bench_risk.py 100000 1000000 --plain 100000

Draws a city of streets (as many segments, buildings and lines of other utilities; a tenth as many works), writes it as
the files of a workspace, and times reading, `features.build`, `risk.score` and writing, each size in a process of its
own so that its memory is its own. ``--plain N`` also runs buffers, spatial joins, overlays and ``apply`` at size N, and
compares its answers. Prints seconds of processor time, peak memory, ratio, growth and the machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk import features, params, risk
from gridrisk.features import PARAMETER_FILES
from gridrisk.layers import schema
from gridrisk.store.snapshots import read_frame

CRS = "EPSG:4547"
AS_OF = dt.date(2026, 1, 1)
BLOCK_M = 120.0
PIECES = 4
LAYERS = ("pipes", "buildings", "utilities", "works", "voids", "customers", "leaks")


def cpu_s() -> float:
    """Return the processor time of this process, all threads."""
    return time.process_time()


def frame(layer: str, geometry: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    """Return a layer with running numbers and every other field unknown."""
    key = schema.load(layer).id
    ids = np.char.add(layer[0].upper(), np.arange(len(geometry)).astype(str))
    return schema.complete(gpd.GeoDataFrame({key: ids, **columns}, geometry=geometry, crs=CRS), layer)


def city(count: int, seed: int = 0) -> dict[str, gpd.GeoDataFrame]:
    """Draw `count` pipes along a grid of streets, with what lies beside them."""
    rng = np.random.default_rng(seed)
    edges = -(-count // PIECES)
    side = int(np.ceil(np.sqrt(edges / 2)))
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    corner = np.column_stack([column.ravel(), row.ravel()]) * BLOCK_M + 500_000.0
    corner = np.concatenate([corner, corner])
    along = np.repeat(np.array([[1.0, 0.0], [0.0, 1.0]]), side * side, axis=0)
    street = np.repeat(np.arange(len(corner)), PIECES)
    piece = np.tile(np.arange(PIECES), len(corner))
    keep = rng.permutation(len(street))[:count]
    keep.sort()
    street, piece = street[keep], piece[keep]
    u, step = along[street], BLOCK_M / PIECES
    v = np.column_stack([-u[:, 1], u[:, 0]])
    start = corner[street] + u * (piece * step)[:, None]
    middle = start + u * (step / 2) + v * rng.uniform(-0.3, 0.3, count)[:, None]
    lines = shapely.linestrings(np.stack([start, middle, start + u * step], axis=1))
    aside = np.where(rng.random(count) < 0.15, rng.uniform(0.3, 0.9, count), rng.uniform(1.2, 4.0, count))
    aside *= rng.choice([-1.0, 1.0], count)
    others = shapely.linestrings(np.stack([start + v * aside[:, None], start + u * step + v * aside[:, None]], axis=1))
    depth = np.where(rng.random(count) < 0.03, rng.uniform(-4, 0.5, count), rng.uniform(2.0, 12.0, count))
    place = start + u * (step / 2) + v * (depth + 6)[:, None]
    houses = shapely.box(*(place - 5.5).T, *(place + 5.5).T)
    some = rng.permutation(count)[: count // 10]
    sites = place[some] + rng.uniform(-10, 10, (len(some), 2))
    few = rng.permutation(count)[: count // 20]
    return {
        "pipes": frame(
            "pipes",
            lines,
            material=rng.choice(["grey_cast_iron", "ductile_iron", "steel", "pe"], count, p=[0.1, 0.1, 0.4, 0.4]),
            diameter_mm=rng.choice([63.0, 110.0, 160.0, 200.0, 300.0], count),
            pressure_class=rng.choice(["low", "medium_b", "medium_a"], count),
            install_year=rng.integers(1970, 2024, count),
            setting=rng.choice(["municipal", "courtyard"], count),
            laying="direct",
            status="in_service",
        ),
        "buildings": frame("buildings", houses, people=8, height_m=18.0, basement=False),
        "utilities": frame(
            "utilities", others, kind=rng.choice(["water", "power", "sewer", "telecom"], count), laying="direct"
        ),
        "works": frame(
            "works",
            shapely.box(*(sites - 4).T, *(sites + 4).T),
            kind="excavation",
            status=rng.choice(["active", "done"], len(some)),
            start_on=pd.Timestamp("2025-12-01"),
            end_on=pd.Timestamp("2026-03-01"),
        ),
        "voids": frame("voids", shapely.points(place[few] - 7), kind="manhole"),
        "customers": frame(
            "customers",
            shapely.points(place[few]),
            kind=rng.choice(["resident", "school", "shop"], len(few), p=[0.9, 0.02, 0.08]),
            fuel="pipe",
        ),
        "leaks": frame(
            "leaks", shapely.points(place[few[::5]]), found_on=pd.Timestamp("2022-05-05"), cause="corrosion"
        ),
    }


def plain(layers: dict[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """Return the main features as a straightforward script would: buffers, joins, overlays and ``apply``."""
    pipes = layers["pipes"].reset_index()[["pipe_id", "diameter_mm", "geometry"]]
    parts = {"length_m": pipes.set_index("pipe_id").length}
    houses = layers["buildings"].reset_index()[["building_id", "geometry"]]
    under = gpd.overlay(pipes, houses, how="intersection", keep_geom_type=True)
    parts["built_over_m"] = under.assign(m=under.length).groupby("pipe_id")["m"].sum()
    near = gpd.sjoin_nearest(pipes, houses, max_distance=30.0, distance_col="gap")
    parts["building_m"] = near.groupby("pipe_id")["gap"].min()
    reach = gpd.sjoin(pipes.assign(geometry=pipes.buffer(30.0)), layers["buildings"][["people", "geometry"]])
    parts["people"] = reach.groupby("pipe_id")["people"].sum()
    lines = layers["utilities"].reset_index()[["utility_id", "kind", "geometry"]]
    beside = gpd.overlay(pipes, lines.assign(geometry=lines.buffer(1.0)), how="intersection", keep_geom_type=True)
    runs = beside.assign(m=beside.length).groupby(["pipe_id", "kind"])["m"].sum()
    parts["shared_trench_m"] = runs[runs >= 5.0].groupby("pipe_id").max()
    clear = gpd.sjoin(pipes.assign(geometry=pipes.buffer(2.0)), lines)
    axis, other = pipes.set_index("pipe_id").geometry, lines.geometry
    clear["gap"] = clear.apply(lambda row: axis[row["pipe_id"]].distance(other[row["index_right"]]), axis=1)
    parts["utility_m"] = clear.groupby("pipe_id")["gap"].min()
    works = layers["works"][["status", "geometry"]]
    sites = gpd.sjoin_nearest(pipes, works[works["status"] == "active"], max_distance=50.0, distance_col="gap")
    parts["work_m"] = sites.groupby("pipe_id")["gap"].min()
    return pd.DataFrame(parts)


def measure(count: int, *, with_plain: bool) -> dict[str, float]:
    """Write the files of a city of `count` pipes, score it from them, and return seconds and gigabytes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, layer in city(count).items():
            layer.to_parquet(Path(folder) / f"{name}.parquet")
        return json.loads(_run("--score", str(count), folder)) | (
            json.loads(_run("--script", str(count), folder)) if with_plain else {}
        )


def _run(*arguments: str) -> str:
    return subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True).stdout


def score(folder: Path) -> dict[str, float]:
    """Read the layers, measure the surroundings, score and write; seconds of processor time of each."""
    loaded = cpu_s()
    parameters = {name: params.load(name) for name in {*PARAMETER_FILES, *risk.MODEL_FILES}}
    layers = {name: read_frame(folder / f"{name}.parquet", name) for name in LAYERS}
    pipes = layers.pop("pipes")
    read = cpu_s()
    found = features.build(pipes, layers, {}, parameters, as_of=AS_OF)
    built = cpu_s()
    scored = risk.score(pipes, found, parameters, leaks_recorded=True, customers_lost=None, as_of=AS_OF)
    ranked = cpu_s()
    scored.to_parquet(folder / "risk.parquet")
    done = cpu_s()
    return {
        "read_s": read - loaded,
        "features_s": built - read,
        "score_s": ranked - built,
        "write_s": done - ranked,
        "all_s": done - loaded,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def script(folder: Path) -> dict[str, float]:
    """Read the layers and run the plain script; seconds of processor time."""
    before = cpu_s()
    layers = {name: read_frame(folder / f"{name}.parquet", name) for name in LAYERS}
    found = plain(layers)
    spent = cpu_s() - before
    ours = features.build(
        layers.pop("pipes"), layers, {}, {name: params.load(name) for name in PARAMETER_FILES}, as_of=AS_OF
    )
    over = found["built_over_m"].reindex(ours.index).fillna(0.0)
    return {"plain_s": spent, "largest_difference_m": float((over - ours["built_over_m"]).abs().max())}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipes", nargs="*", type=int, default=[20_000])
    parser.add_argument("--plain", type=int, help="size at which the plain script runs too")
    parser.add_argument("--score", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--script", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    for work, task in ((given.score, score), (given.script, script)):
        if work:
            sys.stdout.write(json.dumps(task(Path(work[1]))))
            return
    sys.stdout.write(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, {platform.system()}\n"
    )
    before: tuple[int, float] | None = None
    for count in given.pipes:
        found = measure(count, with_plain=count == given.plain)
        text = "  ".join(f"{name} {value:.3g}" for name, value in found.items())
        if "plain_s" in found:
            text += f"  ratio {found['plain_s'] / found['all_s']:.1f}"
        if before:
            text += f"  growth {found['all_s'] / before[1]:.1f} at {count / before[0]:.0f} times"
        sys.stdout.write(f"{count} pipes: {text}\n")
        before = count, found["all_s"]


if __name__ == "__main__":
    main()
