"""Time the checks, completeness, difference, renumbering and lineage of one layer of pipes.

    python scripts/bench_checks.py --pipes 1000 100000 1000000

Prints seconds of processor time a step and the largest memory. Nothing is left behind.
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridrisk import checks, params
from gridrisk.layers import schema
from gridrisk.store import lineage, matching
from gridrisk.store.difference import difference, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

CRS = "EPSG:4547"
AS_OF = dt.date(2026, 11, 22)
SPACING_M = 40.0
FAULTY = 0.001


def pipes(count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return pipes on a grid of which one in a thousand has a diameter that is not made."""
    side = int(np.ceil(np.sqrt(count / 2)))
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    start = np.column_stack([x.ravel(), y.ravel()]) * SPACING_M + [500_000, 3_400_000]
    ends = np.concatenate([np.stack([start, start + step], axis=1) for step in ([SPACING_M, 0.0], [0.0, SPACING_M])])
    plastic = rng.random(count) < 0.7
    diameter = np.where(plastic, rng.choice([63, 110, 160], count), rng.choice([100, 150, 200], count)).astype(float)
    diameter[rng.random(count) < FAULTY] += 7
    fields = {
        "pipe_id": np.char.add("P", np.arange(count).astype(str)),
        "material": np.where(plastic, "pe", "steel"),
        "diameter_mm": diameter,
        "pressure_class": rng.choice(["low", "medium_b"], count),
        "install_year": rng.integers(1990, 2020, count),
        "setting": rng.choice(["municipal", "courtyard", "riser"], count),
        "town_id": rng.choice([f"T{i}" for i in range(20)], count),
        "depth_m": rng.uniform(0.6, 2.0, count),
        "laying": "direct",
    }
    return schema.complete(gpd.GeoDataFrame(fields, geometry=shapely.linestrings(ends[:count]), crs=CRS), "pipes")


def towns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return twenty towns which all cover everything, so that no pipe lies outside its own."""
    box = shapely.box(*frame.total_bounds).segmentize(500.0).buffer(100.0)
    fields = {"town_id": [f"T{i}" for i in range(20)], "name": [f"镇{i}" for i in range(20)]}
    return schema.complete(gpd.GeoDataFrame(fields, geometry=[box] * 20, crs=CRS), "towns")


def origins(file: str, ids: pd.Index) -> pd.DataFrame:
    """Return where the rows of a survey stand."""
    row = np.arange(len(ids))
    return pd.DataFrame({"file": file, "row": row, "line": row + 2}, index=ids)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print the seconds of processor time of a step, and the largest memory until its end."""
    begun = time.process_time()
    yield
    unit = 1 << 30 if sys.platform == "darwin" else 1 << 20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(f"  {name:<44}{time.process_time() - begun:8.2f} CPU s   peak {peak:5.2f} GB")


def bench(count: int) -> None:
    """Time every step at one size."""
    rng = np.random.default_rng(1)
    frame = pipes(count, rng)
    known = {name: params.load(name) for name in ("checks", "standards/pressure", "standards/catalogue")}
    layers = dict.fromkeys(schema.names()) | {"pipes": frame, "towns": towns(frame)}
    print(f"{count:,} pipes")
    with timed("all checks"):
        examined = checks.examine(layers, known, as_of=AS_OF)
    with timed("completeness"):
        checks.completeness(layers, examined.doubted)
    survey = frame.sample(frac=0.5, random_state=1)
    new = survey.index.to_numpy(dtype=object, copy=True)
    new[: len(new) // 10] = np.char.add("N", np.arange(len(new) // 10).astype(str))
    survey = survey.set_axis(pd.Index(new, dtype="str", name="pipe_id"))
    survey.loc[survey.index[::3], "material"] = None
    origin = origins("survey.shp", survey.index)
    first = lineage.of_survey(origins("first.shp", frame.index), as_of="2020-01-01", read_at="")
    with timed("renumbered (a tenth of half the pipes)"):
        same = matching.renumbered(frame, survey, tolerance_m=0.5, fields=["material", "diameter_mm", "install_year"])
    current = matching.renamed(frame, same.pairs)
    with timed("merge"):
        after = merge(current, survey, "upsert")
    with timed("difference"):
        changes = difference(current, after, same.pairs)
    with timed("lineage after an upsert of half"):
        fresh = lineage.of_survey(origin, as_of="2026-01-01", read_at="")
        traced = lineage.after_import(first, current, survey, fresh, same.pairs, upsert=True)
    with tempfile.TemporaryDirectory() as folder, timed("lineage written"):
        size = (Path(folder) / lineage.write(traced, Path(folder))).stat().st_size
    renumbered = changes.counts()["renumbered"]
    print(f"  findings {len(examined.findings):,}, renumbered {renumbered:,}, lineage {size / 1e6:.1f} MB")


def main() -> None:
    """Read the sizes and time them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipes", type=int, nargs="+", default=[1000, 20_000])
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for count in parser.parse_args().pipes:
        bench(count)


if __name__ == "__main__":
    main()
