"""Time the surroundings and the score of whole cities, beside a straightforward geopandas script.

    python scripts/bench_risk.py 100000
    python scripts/bench_risk.py 100000 1000000 --plain 100000

Draws a city of streets (as many segments, buildings and lines of other utilities; a tenth as many works), imports it
into a workspace, and times reading the layers, `features.build`, `risk.score` and writing ``risk.parquet``; then the
command ``gridrisk score`` with the network it needs, built anew and kept from the run before. Each size runs in a
process of its own, so that its memory is its own; a small city goes before, so that compiling is told apart.

``--plain N`` also runs at size N what a user would write: GeoPackages in and out, buffers, spatial joins, overlays and
``apply``. Its answers are compared with ours where it asks the same: length under buildings, gap to the nearest
building and work, leaks. It asks less than we do (one radius for all, no table of clearances, no crossings, no runs
across segments, no intervals, ranks or rules), so the ratio flatters it. Prints seconds of processor time, peak memory,
growth, the machine, and three ratios: as measured (some of our packages are loaded within it, those of the script
before it), with the start of the interpreter and all imports on both sides, and with neither (our second time).
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
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk import features, risk, store
from gridrisk.layers import schema
from gridrisk.pipeline import inputs, results, scoring

CRS = "EPSG:4547"
AS_OF = dt.date(2026, 1, 1)
BLOCK_M = 120.0
#: Enough segments for the compiled loops, so that they are compiled before anything is timed.
_WARM_UP = 25_000
PIECES = 4
#: How far the plain script looks: people and places, clearances, trench, its least run, works, voids, leaks.
REACH_M, CLEARANCE_M, TRENCH_M, RUN_M, WORKS_M, VOIDS_M, LEAKS_M = 30.0, 2.0, 1.0, 5.0, 50.0, 5.0, 10.0
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


def plain(folder: Path) -> pd.DataFrame:
    """Return the main features and a score as a straightforward script would: buffers, joins, overlays, ``apply``."""
    layer = {name: gpd.read_file(folder / "city.gpkg", layer=name) for name in LAYERS}
    pipes, houses, lines = layer["pipes"], layer["buildings"], layer["utilities"]
    axis = pipes.set_index("pipe_id").geometry
    parts: dict[str, pd.Series] = {"length_m": axis.length}
    under = gpd.overlay(pipes[["pipe_id", "geometry"]], houses, how="intersection", keep_geom_type=True)
    parts["built_over_m"] = under.assign(m=under.length).groupby("pipe_id")["m"].sum()

    def within(metres: float, other: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Join by a buffer, then measure each pair, row by row."""
        around = pipes[["pipe_id", "pressure_class", "geometry"]].assign(geometry=pipes.buffer(metres))
        pairs = gpd.sjoin(around, other, predicate="intersects")
        place = other.geometry
        pairs["gap"] = pairs.apply(lambda row: axis[row["pipe_id"]].distance(place[row["index_right"]]), axis=1)
        return pairs

    near = within(REACH_M, houses[["people", "geometry"]])
    parts["building_m"] = near.groupby("pipe_id")["gap"].min()
    parts["people"] = near.groupby("pipe_id")["people"].sum()
    clear = within(CLEARANCE_M, lines[["kind", "geometry"]])
    parts["utility_m"] = clear.groupby("pipe_id")["gap"].min()
    beside = gpd.overlay(
        pipes[["pipe_id", "geometry"]],
        lines[["kind", "geometry"]].assign(geometry=lines.buffer(TRENCH_M)),
        how="intersection",
        keep_geom_type=True,
    ).dissolve(["pipe_id", "kind"])
    runs = beside.length
    parts["shared_trench_m"] = runs[runs >= RUN_M].groupby(level=0).max()
    active = layer["works"][layer["works"]["status"] == "active"]
    parts["work_m"] = within(WORKS_M, active[["geometry"]]).groupby("pipe_id")["gap"].min()
    parts["voids_near"] = within(VOIDS_M, layer["voids"][["geometry"]]).groupby("pipe_id").size()
    schools = layer["customers"][layer["customers"]["kind"] == "school"]
    parts["schools"] = within(REACH_M, schools[["geometry"]]).groupby("pipe_id").size()
    leaks = gpd.sjoin_nearest(layer["leaks"][["geometry"]], pipes[["pipe_id", "geometry"]], max_distance=LEAKS_M)
    parts["leaks"] = leaks.groupby("pipe_id").size()
    found = pipes.merge(pd.DataFrame(parts), left_on="pipe_id", right_index=True, how="left")
    found["score"] = found.apply(_points, axis=1)
    found.to_file(folder / "plain.gpkg")
    return pd.DataFrame(found.drop(columns="geometry")).set_index("pipe_id")


def _points(row: pd.Series) -> float:
    """Return a score by points, as such scripts have it: simpler than ours, so the ratio flatters the script."""
    likely = (2026 - row["install_year"]) / 50 + {"grey_cast_iron": 2.0, "ductile_iron": 1.5}.get(row["material"], 0.5)
    likely += 2.0 * (row["built_over_m"] > 0) + 1.0 * (row["shared_trench_m"] >= RUN_M) + 1.0 * (row["work_m"] < 10)
    likely += 1.0 * (row["leaks"] > 0) + 0.5 * (row["utility_m"] < 0.5)
    harm = np.log1p(0.0 if np.isnan(row["people"]) else row["people"]) + 3.0 * (row["schools"] > 0)
    return float(likely * (harm + (row["voids_near"] > 0)))


def measure(count: int, *, with_plain: bool) -> dict[str, float]:
    """Import a city of `count` pipes into a workspace, score it, and return seconds and gigabytes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "city"
        workspace = store.create(root, crs=CRS, policy=None, lang="en")
        layers = city(count)
        for name, layer in layers.items():
            store.commit_layer(workspace, name, layer, [], detail={})
            if with_plain:
                layer.reset_index().dropna(axis="columns", how="all").to_file(Path(folder) / "city.gpkg", layer=name)
        del layers
        found: dict[str, float] = json.loads(_run("--score", str(count), str(root)))
        found |= json.loads(_run("--command", str(count), str(root)))
        if with_plain:
            found |= json.loads(_run("--again", str(count), str(root)))
            found |= json.loads(_run("--script", str(count), folder))
        return found


def _run(*arguments: str) -> str:
    return subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def score(root: Path) -> dict[str, float]:
    """Read the layers, measure the surroundings, score and write; seconds of processor time of each."""
    workspace = store.open_workspace(root)
    parameters = inputs.parameters(workspace)
    loaded = cpu_s()
    layers = inputs.layers(workspace, LAYERS)
    pipes = layers.pop("pipes")
    read = cpu_s()
    found = features.build(pipes, layers, {}, parameters, as_of=AS_OF)
    # as the command does: what lies round the pipes is let go of before they are scored
    del layers
    built = cpu_s()
    scored = risk.score(pipes, found, parameters, leaks_recorded=True, customers_lost=None, as_of=AS_OF)
    ranked = cpu_s()
    table = gpd.GeoDataFrame(scored, geometry=pipes.geometry.array, crs=workspace.crs, copy=False)
    results.write(workspace, "risk", table, as_of=AS_OF)
    done = cpu_s()
    return {
        "read_s": read - loaded,
        "features_s": built - read,
        "score_s": ranked - built,
        "write_s": done - ranked,
        "all_s": done - loaded,
        "peak_gb": peak_gb(),
    }


def again(root: Path) -> dict[str, float]:
    """Score twice in one process: the second time without imports; the first with the start of the process."""
    first = score(root)["all_s"]
    start = cpu_s() - first
    return {"start_s": start, "warm_s": score(root)["all_s"], "plain_start_s": _start_of_plain()}


def _start_of_plain() -> float:
    """Return what it takes to start Python and to import what the plain script needs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import geopandas, pyogrio, numpy, pandas"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command(root: Path) -> dict[str, float]:
    """Run what ``gridrisk score`` does, with the network built anew, then kept; seconds of processor time."""
    workspace = store.open_workspace(root)
    before = cpu_s()
    scoring.score(workspace, as_of=AS_OF)
    first = cpu_s()
    scoring.score(workspace, as_of=AS_OF)
    return {"command_s": first - before, "again_s": cpu_s() - first, "command_peak_gb": peak_gb()}


def peak_gb() -> float:
    """Return the greatest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def script(folder: Path) -> dict[str, float]:
    """Run the plain script, then ours; seconds of processor time and how far the answers lie apart."""
    before = cpu_s()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = plain(folder)
    spent, peak = cpu_s() - before, peak_gb()
    workspace = store.open_workspace(folder / "city")
    layers = inputs.layers(workspace, LAYERS)
    pipes = layers.pop("pipes")
    ours = features.build(pipes, layers, {}, inputs.parameters(workspace), as_of=AS_OF)
    theirs = theirs.loc[ours.index]
    radius = ours["outer_radius_m"]

    def apart(name: str, mine: pd.Series, metres: float) -> float:
        """Return the greatest difference where the script looked as far as we do."""
        seen = (theirs[name] < metres) & (mine < metres)
        return float((theirs[name] - radius - mine).clip(lower=-mine)[seen].abs().max())

    over = (theirs["built_over_m"].fillna(0.0) - ours["built_over_m"]).abs().max()
    return {
        "plain_s": spent,
        "plain_peak_gb": peak,
        "built_over_differs_m": float(over),
        "building_differs_m": apart("building_m", ours["building_gap_m"], 5.0),
        "work_differs_m": apart("work_m", ours["work_gap_m"], 4.0),
        "leaks_differ": float((theirs["leaks"].fillna(0) != ours["leaks"].astype(float)).sum()),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipes", nargs="*", type=int, default=[20_000])
    parser.add_argument("--plain", type=int, help="size at which the plain script runs too")
    parser.add_argument("--score", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--again", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--command", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--script", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    for work, task in ((given.score, score), (given.again, again), (given.command, command), (given.script, script)):
        if work:
            sys.stdout.write(json.dumps(task(Path(work[1]))))
            return
    sys.stdout.write(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, {platform.system()}\n"
    )
    measure(_WARM_UP, with_plain=False)
    before: tuple[int, float] | None = None
    for count in given.pipes:
        found = measure(count, with_plain=count == given.plain)
        text = "  ".join(f"{name} {value:.3g}" for name, value in found.items())
        if "plain_s" in found:
            theirs, ours = found["plain_s"], found["all_s"]
            text += f"  ratio {theirs / ours:.1f}"
            text += f", with start and imports {(theirs + found['plain_start_s']) / (ours + found['start_s']):.1f}"
            text += f", without {theirs / found['warm_s']:.1f}"
        if before:
            text += f"  growth {found['all_s'] / before[1]:.1f} at {count / before[0]:.0f} times"
        sys.stdout.write(f"{count} pipes: {text}\n")
        before = count, found["all_s"]


if __name__ == "__main__":
    main()
