"""From files to tables."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deliveries import pipes, write

from gridrisk.errors import FileFormatError
from gridrisk.layers import sources
from gridrisk.layers.crosswalk import LayerCrosswalk

if TYPE_CHECKING:
    from gridrisk.layers.table import Table

PART = LayerCrosswalk()


def open_one(path: Path) -> list[Table]:
    return sources.open_one(path, "pipes", PART)


def test_zip_of_a_shapefile_in_a_folder(tmp_path: Path) -> None:
    write(pipes(), tmp_path / "管线.shp", encoding="GBK")
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in tmp_path.glob("管线.*"):
            archive.write(path, f"数据/{path.name}")
        archive.writestr("数据/readme.md", "x")
        archive.writestr("__MACOSX/._管线.shp", "x")
    (table,) = open_one(packed)
    assert table.file == "a.zip/管线.shp"
    assert table.frame["材质"].iloc[1] == "灰口铸铁"


def test_zip_of_a_geodatabase(tmp_path: Path) -> None:
    write(pipes(), tmp_path / "a.gdb", driver="OpenFileGDB", layer="RQLINE")
    packed = tmp_path / "b.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (tmp_path / "a.gdb").iterdir():
            archive.write(path, f"a.gdb/{path.name}")
    (table,) = open_one(packed)
    assert len(table.frame) == 3


def test_folder_is_read_where_the_names_say_which_file_is_meant(tmp_path: Path) -> None:
    write(pipes(), tmp_path / "RQLINE.shp")
    assert open_one(tmp_path)[0].name == "RQLINE"
    write(pipes(), tmp_path / "其他.shp")
    assert open_one(tmp_path)[0].name == "RQLINE"
    write(pipes(), tmp_path / "管线2.shp")
    (tmp_path / "RQLINE.shp").rename(tmp_path / "旧.shp")
    with pytest.raises(FileFormatError):
        open_one(tmp_path / "nothing")


def test_part_of_a_shapefile_stands_for_the_whole(tmp_path: Path) -> None:
    path = write(pipes(), tmp_path / "a.shp")
    assert len(open_one(path.with_suffix(".dbf"))) == 1
    every = sorted(tmp_path.glob("a.*"))
    assert len(sources.open_all(every, "pipes", PART)) == 1
    path.unlink()
    with pytest.raises(FileFormatError, match=r"give the \.shp"):
        open_one(path.with_suffix(".dbf"))
    path.with_suffix(".shx").unlink()  # then it is a table of its own
    assert open_one(path.with_suffix(".dbf"))[0].frame["材质"].tolist() == ["PE管", "灰口铸铁", "钢管"]


def test_table_is_named_behind_the_file(tmp_path: Path) -> None:
    path = write(pipes(), tmp_path / "a.gpkg", layer="甲")
    write(pipes(), path, layer="乙", mode="a")
    for suffix in ("|乙", "|layername=乙"):
        assert open_one(Path(f"{path}{suffix}"))[0].name == "乙"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.dwg", "cannot read files ending in"),
        ("a.dxf", "not what the ending"),
        ("a.mdb", "Access"),
        ("a.rar", "unpack it"),
        ("a", "cannot read"),
        ("a.zip", "damaged"),
    ],
)
def test_file_of_another_kind_is_refused(tmp_path: Path, name: str, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"nonsense")
    with pytest.raises(FileFormatError, match=message):
        open_one(path)


def test_missing_file_and_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        open_one(tmp_path / "a.shp")
    with pytest.raises(FileFormatError, match="without any file"):
        open_one(tmp_path)
    with pytest.raises(FileFormatError, match="no file given"):
        sources.open_all([], "pipes", PART)


def test_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError) as caught:
        sources.open_all([tmp_path / "a.shp", tmp_path / "b.gpkg"], "pipes", PART)
    assert len(caught.value.messages) == 2


def test_gigabytes_of_nonsense_are_refused_at_the_first_bytes(tmp_path: Path) -> None:
    for name in ("a.shp", "a.gpkg", "a.geojson", "a.csv", "a.xlsx", "a.zip", "a.fgb", "a.parquet"):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.truncate(2 * 1024**3)  # sparse: takes no room on the disk
        with pytest.raises(FileFormatError):
            open_one(path)
        path.unlink()
