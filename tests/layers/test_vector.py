"""GIS files, whole and broken."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from deliveries import X0, Y0, line, pipes, write
from shapely import Point

from gridrisk.errors import FileFormatError
from gridrisk.layers import vector
from gridrisk.layers.crosswalk import LayerCrosswalk
from gridrisk.layers.table import Table, Wanted

if TYPE_CHECKING:
    from pathlib import Path

WANTED = Wanted("pipes", LayerCrosswalk())


def read(path: Path, wanted: Wanted = WANTED) -> list[Table]:
    return vector.read(path, wanted, path.name)


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson", ".fgb", ".parquet", ".gdb"])
def test_every_format_gives_texts_geometry_and_system(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"管线{suffix}"
    if suffix == ".parquet":
        pipes().to_parquet(path)
    else:
        write(pipes(), path, **({"driver": "OpenFileGDB"} if suffix == ".gdb" else {}))
    (table,) = read(path)
    assert sorted(table.frame["材质"]) == sorted(["PE管", "灰口铸铁", "钢管"])  # FlatGeobuf sorts by place
    assert table.numbers.tolist() == [1, 2, 3]
    assert table.geometry is not None
    assert [geometry.length for geometry in table.geometry] == pytest.approx([50**0.5] * 3, abs=1e-6)
    assert table.crs is not None
    assert table.crs.to_epsg() == 4548


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson", ".fgb", ".parquet"])
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"<OGRVRTDataSource/>", bytes(range(256)) * 40])
def test_content_of_another_kind_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.\w+"):
        read(path)


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson", ".fgb", ".parquet"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_file_cut_off_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        pipes().to_parquet(path)
    else:
        write(pipes(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    tables = []
    with suppress(FileFormatError):
        tables = read(path)
    assert [len(table.frame) for table in tables] in ([], [3])  # GeoPackage keeps free pages at its end


def test_missing_part_of_a_shapefile_is_named(tmp_path: Path) -> None:
    path = write(pipes(), tmp_path / "a.shp")
    path.with_suffix(".shx").unlink()
    with pytest.raises(FileFormatError, match=r"a\.shx is missing"):
        read(path)


def test_cut_off_utf8_headings_and_texts_are_read(tmp_path: Path) -> None:
    frame = pipes(备注=["很长的备注" * 30, "短", None])
    path = write(frame, tmp_path / "a.shp", encoding="UTF-8")
    (table,) = read(path)
    assert "开始使" in table.frame.columns
    # 254 bytes hold 84 characters of three bytes; what is left of the next is dropped
    assert table.frame["备注"].iloc[0] == ("很长的备注" * 30)[:84]


def test_layer_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = write(pipes(), tmp_path / "a.gpkg", layer="其他")
    write(pipes(材质=["PE"] * 3), path, layer="燃气管线", mode="a")
    assert read(path)[0].frame["材质"].tolist() == ["PE"] * 3
    assert read(path, Wanted("pipes", LayerCrosswalk(), "其他"))[0].name == "其他"
    assert read(path, Wanted("valves", LayerCrosswalk(tables=("其*",))))[0].name == "其他"
    with pytest.raises(FileFormatError, match="holds 其他, 燃气管线"):
        read(path, Wanted("valves", LayerCrosswalk()))
    with pytest.raises(FileFormatError, match="not clear"):
        read(path, Wanted("pipes", LayerCrosswalk(), "没有"))


def test_deep_json_is_refused_in_time(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"a":' * 100_000)
    with pytest.raises(FileFormatError):
        read(path)


MIF = """Version 300
Charset "WindowsSimpChinese"
Delimiter ","
CoordSys Earth Projection 8, 104, "m", 117, 0, 1, 500000, 0
Columns 2
  管段编号 Char(20)
  材质 Char(20)
Data

Line 388000 3172000 388005 3172005
    Pen (1,2,0)
Line 388010 3172000 388015 3172005
    Pen (1,2,0)
"""


def test_mapinfo_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "a.mif"
    path.write_bytes(MIF.encode("gb18030"))
    path.with_suffix(".mid").write_bytes('"A1","PE管"\n"A2","灰口铸铁"\n'.encode("gb18030"))
    (table,) = vector.read(path, WANTED, "a.mif")
    assert table.frame["材质"].tolist() == ["PE管", "灰口铸铁"]
    assert table.crs is not None


def test_texts_of_a_drawing_are_left_out(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"Layer": ["RQ", "TEXT"]}, geometry=[line(0), Point(X0, Y0)])
    path = write(frame, tmp_path / "a.dxf", driver="DXF")
    (table,) = vector.read(path, WANTED, "a.dxf")
    assert table.frame["Layer"].tolist() == ["RQ"]
    assert len(table.notes) == 1


def test_plane_that_lies_nowhere_names_no_system(tmp_path: Path) -> None:
    path = tmp_path / "a.mif"
    system = 'CoordSys NonEarth Units "m" Bounds (300000,3000000) (500000,3300000)'
    lines = [system if one.startswith("CoordSys") else one for one in MIF.splitlines()]
    path.write_bytes(("\n".join(lines) + "\n").encode("gb18030"))
    path.with_suffix(".mid").write_bytes('"A1","PE管"\n"A2","灰口铸铁"\n'.encode("gb18030"))
    (table,) = vector.read(path, WANTED, "a.mif")
    assert table.crs is None


def test_damaged_lengths_of_a_flatgeobuf_do_not_end_the_process(tmp_path: Path) -> None:
    path = tmp_path / "a.fgb"
    write(pipes(), path)
    script = f"""
        from pathlib import Path
        from gridrisk.errors import FileFormatError
        from gridrisk.layers import vector
        from gridrisk.layers.crosswalk import LayerCrosswalk
        from gridrisk.layers.table import Wanted
        path, whole = Path({str(path)!r}), Path({str(path)!r}).read_bytes()
        for place in range(len(whole) - 300, len(whole)):
            for bit in (4, 8):
                path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
                try:
                    vector.read(path, Wanted("pipes", LayerCrosswalk()), path.name)
                except FileFormatError:
                    pass
        print("all read")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "all read"), done.stderr[-1000:]
