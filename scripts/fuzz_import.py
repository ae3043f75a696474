"""Import mutated files and see that each ends in findings or a clean refusal, in bounded time and memory.

    python scripts/fuzz_import.py [FILES] [SEED]

Makes a small delivery in every format, spoils FILES copies of it, and reads each in a worker of its own with a limit of
seconds and of memory. Prints what became of them; exits 1 where one ended otherwise. A run that is interrupted
(Ctrl+C) tells of the files it has read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import multiprocessing as mp
import random
import resource
import shutil
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import xlsxwriter
from pyproj import CRS
from shapely import LineString

from gridrisk.errors import GridriskError
from gridrisk.findings import has_errors
from gridrisk.layers import read_delivery
from gridrisk.layers.propose import propose

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FILES, SEED = 200, 1
SECONDS, GIGABYTES = 20, 3
#: For the imports of a worker, on a machine that is busy; they are no file's time.
BEGINNING_SECONDS = 300
AS_OF = dt.date(2026, 11, 22)
TARGET = CRS(4548)
#: Parts of a shapefile that are spoilt together.
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def pipes(rows: int = 40) -> gpd.GeoDataFrame:
    """Return a few pipes with Chinese texts and gaps."""
    table = {
        "管段编号": [f"A{i}" for i in range(rows)],
        "材质": ["PE管", "灰口铸铁", "铸铁", None] * (rows // 4),
        "管径": ["de110", "DN200", "Φ159×6", "x"] * (rows // 4),
        "压力级别": ["中压A", "低压", "0.2MPa", "中压"] * (rows // 4),
        "建设年代": ["1998年", "2005.06", "201107", None] * (rows // 4),
        "埋深": [1.2, 0.8, None, 2.5] * (rows // 4),
    }
    lines = [LineString([(388_000 + i, 3_172_000), (388_000 + i, 3_172_010)]) for i in range(rows)]
    return gpd.GeoDataFrame(table, geometry=lines, crs=TARGET)


def make(folder: Path) -> list[Path]:
    """Write the delivery in every format and return the files."""
    frame = pipes()
    table = pd.DataFrame(frame.drop(columns="geometry")).assign(WKT=frame.geometry.to_wkt())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("a.gpkg", "a.geojson", "a.fgb", "a.mif"):
            frame.to_file(folder / name)
        frame.to_file(folder / "s.shp", encoding="GBK")
        frame[["geometry"]].to_file(folder / "a.dxf", driver="DXF")
        frame.to_parquet(folder / "a.parquet")
        table.to_csv(folder / "a.csv", index=False, encoding="gb18030")
        table.to_excel(folder / "a.xlsx", index=False, engine="xlsxwriter")
    forms(folder, table)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.glob("s.*"):
            archive.write(path, f"数据/{path.name}")
    names = ("a.gpkg", "a.geojson", "a.fgb", "a.mif", "s.shp", "a.dxf", "a.parquet", "a.csv", "a.xlsx", "a.zip")
    return [folder / name for name in (*names, "b.dxf", "b.csv", "b.xlsx", "c.csv", "d.csv")]


def forms(folder: Path, table: pd.DataFrame) -> None:
    """Write a drawing with texts beside its lines, and printed tables with titles, merged cells and totals."""
    drawing = ["0", "SECTION", "2", "ENTITIES"]
    for i in range(40):
        ends = ["10", str(388_000 + i), "20", "3172000", "11", str(388_000 + i), "21", "3172010"]
        drawing += ["0", "LINE", "8", "燃气_中压A", *ends]
        drawing += ["0", "TEXT", "8", "注记", "10", str(388_000.2 + i), "20", "3172005", "40", "1", "1", "PE de110"]
    (folder / "b.dxf").write_bytes("\n".join([*drawing, "0", "ENDSEC", "0", "EOF", ""]).encode("gb18030"))
    head = [["燃气管线成果表"], [*table.columns[:-1], "坐标"], ["", "", "(mm)", "", "", "(m)", "WKT"]]
    rows = [*head, *table.astype("object").where(table.notna(), "").to_numpy().tolist(), ["合计", "40条"], ["制表：甲"]]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    (folder / "b.csv").write_text(text, encoding="gb18030")
    corners = ["管线编号,点序号,X,Y,材质,管径"]
    corners += [f"A{i},{k + 1},{3_172_000 + 10 * k},{388_000 + i},PE,φ219×7" for i in range(40) for k in range(2)]
    (folder / "c.csv").write_text("\n".join(corners), encoding="gb18030")
    twice = ["管段编号,材质,起点X,起点Y,终点X,终点Y," * 2]
    twice += [f"A{i},2,3172000,{388_000 + i},3172010,{388_000 + i}," * 2 for i in range(40)]
    (folder / "d.csv").write_text("\n".join(twice), encoding="gb18030")
    with xlsxwriter.Workbook(folder / "b.xlsx") as book:
        sheet = book.add_worksheet("管线")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
        sheet.merge_range(0, 0, 0, 6, "燃气管线成果表")
        sheet.merge_range(3, 1, 8, 1, "PE管")


def spoil(content: bytes, chance: random.Random) -> bytes:
    """Return bytes that were cut off, flipped, doubled, or that declare other lengths."""
    data = bytearray(content)
    how = chance.choice(["cut", "flip", "flip", "burst", "length", "length", "repeat", "insert", "words"])
    if not data or how == "cut":
        return bytes(data[: chance.randrange(len(data) + 1)])
    if how == "flip":
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif how == "burst":
        start = chance.randrange(len(data))
        data[start : start + chance.randint(1, 400)] = chance.randbytes(chance.randint(0, 400))
    elif how == "length":
        # lengths stand in the first bytes of most formats, and in the last of some
        start = chance.randrange(min(len(data), 200)) if chance.random() < 0.8 else max(len(data) - 60, 0)
        amount = chance.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1_000_000_000, chance.getrandbits(32)])
        data[start : start + 4] = struct.pack(chance.choice("<>") + "I", amount)
    elif how == "repeat":
        start = chance.randrange(len(data))
        data[start:start] = bytes(data[start : start + chance.randint(1, 2000)]) * chance.randint(1, 20)
    elif how == "insert":
        start = chance.randrange(len(data))
        data[start:start] = chance.choice([b"NaN", b"1e999", b"-Infinity", b"\xff\xfe", b'"', b"\0" * 50, b"]" * 9])
    else:
        for old, new in ((b"388000", b"NaN"), (b"3172000", b"1e400"), (b"388", b"inf"), (b"LINE", b"POINT")):
            if chance.random() < 0.5:
                data = data.replace(old, new)
    return bytes(data)


def crafted(chance: random.Random) -> tuple[str, bytes]:  # noqa: PLR0911
    """Return a file made to do harm: bombs, climbing paths, endless nesting, declared billions, no numbers."""
    kind = chance.choice(["bomb", "climb", "deep", "rows", "infinite", "wide", "long", "cells"])
    packed = io.BytesIO()
    if kind == "bomb":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("管线.csv", b"0" * (200 * 1024**2))
        return "x.zip", packed.getvalue()
    if kind == "climb":
        names = ["../../climbed.csv", "/climbed.csv", "C:\\climbed.csv", "..\\climbed.csv", "a/../../climbed.csv"]
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(chance.choice(names), "管段编号,WKT\n1,POINT (1 1)\n")
        return "x.zip", packed.getvalue()
    if kind == "deep":
        depth = chance.choice([1000, 100_000, 1_000_000])
        return "x.geojson", b'{"type":"FeatureCollection","features":' + b"[" * depth + b"]" * depth + b"}"
    if kind == "rows":
        # a DBF header that declares up to four billion rows
        head = struct.pack("<B3BIHH20x", 3, 124, 1, 1, chance.choice([10**9, 2**32 - 1]), 65, 11)
        field = struct.pack("<11sc4xBB14x", b"A", b"C", 10, 0)
        return "x.dbf", head + field + b"\r" + b" " * 50
    if kind == "infinite":
        bad = chance.choice(["NaN", "Infinity", "-Infinity", "1e999"])
        line = f'{{"type":"LineString","coordinates":[[388000,3172000],[{bad},3172000]]}}'
        text = f'{{"type":"Feature","properties":{{"管段编号":"1"}},"geometry":{line}}}'
        return "x.geojson", f'{{"type":"FeatureCollection","features":[{text}]}}'.encode()
    if kind == "wide":
        return "x.csv", (",".join(f"c{i}" for i in range(chance.choice([3000, 200_000]))) + "\n1\n").encode()
    if kind == "long":
        return "x.csv", b"a,b\n" + b'"' + b"x" * chance.choice([10**6, 10**7])
    cells = '<c r="XFD1048576"><v>1</v></c>'
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>"
        )
    return "x.xlsx", packed.getvalue()


def work(pipe: Connection) -> None:
    """Read files as they are named, and answer what became of each."""
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES * 1024**3, GIGABYTES * 1024**3))
    pipe.send("ready")
    while True:
        name, also_propose = pipe.recv()
        try:
            found = read_delivery("pipes", [Path(name)], target=TARGET, as_of=AS_OF, source_crs="EPSG:4548")
            for finding in found.findings:
                finding.message.render("zh")
            outcome = "refused by findings" if has_errors(found.findings) else "read"
            if also_propose:
                propose([Path(name)], as_of=AS_OF)
        except GridriskError as refusal:
            for message in refusal.messages:
                message.render("zh")
            outcome = "refused"
        except MemoryError:
            outcome = "OUT OF MEMORY"
        except BaseException:  # noqa: BLE001
            outcome = "UNFORESEEN " + traceback.format_exc()
        pipe.send(outcome)


class Worker:
    """A process that reads files, begun anew where one file took it down."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        context = mp.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=work, args=(other,), daemon=True)
        self.process.start()
        if not self.pipe.poll(BEGINNING_SECONDS):
            sys.exit("the worker does not begin")
        self.pipe.recv()

    def ask(self, path: Path, *, also_propose: bool) -> str:
        """Return what became of a file."""
        self.pipe.send((str(path), also_propose))
        try:
            if self.pipe.poll(SECONDS if self.process.is_alive() else 0):
                return str(self.pipe.recv())
            outcome = "TOO SLOW"
        except EOFError:
            self.process.join()
            outcome = f"DIED {self.process.exitcode}"
        self.process.kill()
        self.process.join()
        self._begin()
        return outcome


def spoilt(sources: list[Path], folder: Path, chance: random.Random) -> Path:
    """Write one spoilt file into `folder` and return it."""
    if chance.random() < 0.06:
        name, content = crafted(chance)
        (folder / name).write_bytes(content)
        return folder / name
    source = chance.choice(sources)
    parts = [source.with_suffix(end) for end in PARTS] if source.suffix == ".shp" else [source]
    parts += [source.with_suffix(".mid")] if source.suffix == ".mif" else []
    victim = chance.choice(parts)
    for part in parts:
        content = part.read_bytes()
        (folder / part.name).write_bytes(spoil(content, chance) if part == victim else content)
    if len(parts) > 1 and chance.random() < 0.05:
        (folder / victim.name).unlink()
    return folder / source.name


def asked() -> tuple[int, int]:
    """Return how many files to spoil, and with which seed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="?", type=int, default=FILES, help="files to spoil and read (%(default)s)")
    parser.add_argument("seed", nargs="?", type=int, default=SEED, help="of the spoiling (%(default)s)")
    told = parser.parse_args()
    return told.files, told.seed


def main() -> None:
    """Spoil, read, count."""
    count, seed = asked()
    chance = random.Random(seed)  # noqa: S311
    outcomes: Counter[str] = Counter()
    bad: list[dict[str, str]] = []
    slowest, begun = 0.0, time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "whole").mkdir()
        sources = make(folder / "whole")
        worker = Worker()
        worker.ask(sources[0], also_propose=True)  # imports are no file's time
        with suppress(KeyboardInterrupt):
            for i in range(count):
                case = folder / "case"
                shutil.rmtree(case, ignore_errors=True)
                case.mkdir()
                path = spoilt(sources, case, chance)
                if not path.exists():
                    path = next(case.iterdir())
                wall = time.perf_counter()
                outcome = worker.ask(path, also_propose=i % 5 == 0)
                slowest = max(slowest, time.perf_counter() - wall)
                outcomes[outcome.split()[0] if outcome[:2].isupper() else outcome] += 1
                if outcome[:2].isupper():
                    kept = Path(tempfile.gettempdir()) / "gridrisk-fuzz" / f"{seed}-{i}"
                    shutil.rmtree(kept, ignore_errors=True)
                    shutil.copytree(case, kept)
                    bad.append({"file": str(kept / path.name), "outcome": outcome[-1500:]})
        climbed = [*folder.parent.glob("climbed*"), *folder.glob("climbed*")]
        worker.process.kill()
    read = f"{outcomes.total()} of {count} files, seed {seed}"
    print(f"{read}: {dict(outcomes)}; slowest {slowest:.1f} s; {time.perf_counter() - begun:.0f} s")
    for one in bad[:20]:
        print(json.dumps(one, ensure_ascii=False, indent=1).replace("\\n", "\n"))
    if bad or climbed:
        sys.exit(f"{len(bad)} files ended otherwise than in findings or a refusal; paths that climbed: {climbed}")


if __name__ == "__main__":
    main()
