"""Measure the import of a large layer against a plain reading of the same file.

    python scripts/bench_import.py [ROWS] [gpkg|shp] …

Writes a layer of ROWS pipes (20,000 unless told) as GeoPackage and as shapefile in GB18030, then reads, checks and
commits it as ``gridrisk import`` and ``gridrisk check`` do, each file in a process of its own.
"""

from __future__ import annotations

import datetime as dt
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

from gridrisk import store
from gridrisk.pipeline import checking, importing

ROWS = 20_000
AS_OF = dt.date(2026, 11, 22)
SYSTEM = "EPSG:4548"
MATERIALS = np.array(["PE管", "灰口铸铁", "球墨铸铁", "无缝钢管", "焊接钢管"])
CLASSES = np.array(["中压A", "中压B", "低压"])
ROADS = np.array([f"和平路{i}号段" for i in range(400)])


def city(rows: int) -> gpd.GeoDataFrame:
    """Return pipes on a grid of streets, with the headings and texts of a Chinese survey."""
    random = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(rows / 2)))
    number = np.arange(rows)
    across = number % 2 == 0
    column, row = (number // 2) % side, (number // 2) // side
    start = np.column_stack([300_000 + 60.0 * column, 3_100_000 + 60.0 * row])
    step = np.where(across[:, None], [60.0, 0.0], [0.0, 60.0])
    bend = start + 0.5 * step + random.normal(0, 2, (rows, 2))
    corners = np.stack([start, bend, start + step], axis=1)
    years = random.integers(1980, 2025, rows)
    styles = np.array(["", "年", ".06"])[random.integers(0, 3, rows)]
    table = {
        "管段编号": np.char.add("RQ", number.astype(str)),
        "材质": MATERIALS[random.integers(0, len(MATERIALS), rows)],
        "管径": np.char.add("DN", random.choice([50, 100, 150, 200, 300], rows).astype(str)),
        "压力级别": CLASSES[random.integers(0, len(CLASSES), rows)],
        "建设年代": np.char.add(years.astype(str), styles),
        "埋深": random.uniform(0.6, 2.0, rows).round(2),
        "埋设方式": np.array(["直埋", "管沟"])[random.integers(0, 2, rows)],
        "路名": ROADS[random.integers(0, len(ROADS), rows)],
        "探测日期": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, rows), unit="D"),
    }
    return gpd.GeoDataFrame(table, geometry=shapely.linestrings(corners), crs=SYSTEM)


def seconds() -> float:
    """Return the processor seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(path: Path, folder: Path, alone: float) -> None:
    """Import, check and commit one file, and print what each step took."""
    workspace = store.create(folder / "workspace", crs=SYSTEM, policy=None, lang="en")
    wall, begun = time.perf_counter(), seconds()
    report = importing.import_layer(workspace, "pipes", [path], as_of=AS_OF)
    imported, imported_wall = seconds() - begun, time.perf_counter() - wall
    if report.refused:
        sys.exit("the import was refused: " + str(report.findings[0].message))
    begun, wall = seconds(), time.perf_counter()
    findings = checking.check(workspace, as_of=AS_OF)
    checked, checked_wall = seconds() - begun, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"  import and commit with lineage {imported:6.1f} s CPU ({imported_wall:.1f} s wall), all checks "
        f"{checked:6.1f} s CPU ({checked_wall:.1f} s wall), together {imported + checked:6.1f} s CPU "
        f"({imported_wall + checked_wall:.1f} s wall); peak {peak:.1f} GB; {len(findings)} findings\n"
        f"  ratio to geopandas.read_file: {imported / alone:.1f}, with all checks {(imported + checked) / alone:.1f}"
    )


def plain(path: Path) -> None:
    """Read one file by geopandas alone, and print its processor seconds."""
    begun = seconds()
    frame = gpd.read_file(path, **({"encoding": "gb18030"} if path.suffix == ".shp" else {}))
    print(seconds() - begun, len(frame))


def main() -> None:
    """Write the files and measure each in a process of its own."""
    if len(sys.argv) > 3 and sys.argv[1] in {"--measure", "--plain"}:
        path, folder = Path(sys.argv[2]), Path(sys.argv[3])
        measure(path, folder, float(sys.argv[4])) if sys.argv[1] == "--measure" else plain(path)
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    kinds = sys.argv[2:] or ["gpkg", "shp"]
    print(f"{rows} pipes; {os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}")
    frame = city(rows)
    for kind in kinds:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / f"管线.{kind}"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # GDAL cuts headings off
                frame.to_file(path, **({"encoding": "GB18030"} if kind == "shp" else {}))
            print(f"{kind}, {sum(part.stat().st_size for part in Path(name).iterdir()) / 1e6:.0f} MB")
            read = [sys.executable, __file__, "--plain", str(path), name]
            alone, found = subprocess.run(read, check=True, capture_output=True, text=True).stdout.split()
            print(f"  geopandas.read_file {float(alone):6.1f} s CPU, {found} rows", flush=True)
            subprocess.run([sys.executable, __file__, "--measure", str(path), name, alone], check=True)


if __name__ == "__main__":
    main()
