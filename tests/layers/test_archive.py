"""Zipped deliveries."""

from __future__ import annotations

import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from gridrisk.errors import FileFormatError
from gridrisk.layers import archive

if TYPE_CHECKING:
    from pathlib import Path


def test_folder_and_chinese_names_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("数据/管线.csv", "x")
        # a Chinese archiver: the bytes are GB18030, and no flag says so
        packed.writestr("阀门.csv".encode("gb18030").decode("cp437"), "y")
    raw = path.read_bytes()
    found = {"阀门.csv".encode("gb18030").decode("cp437").encode("utf-8"): "阀门.csv".encode("gb18030")}
    for wrong, right in found.items():
        assert wrong in raw
        assert len(right) <= len(wrong)
    archive.unpack(path, tmp_path / "out")
    assert (tmp_path / "out" / "数据" / "管线.csv").read_text() == "x"


def test_name_without_flag_is_gb18030() -> None:
    info = zipfile.ZipInfo("阀门.csv".encode("gb18030").decode("cp437"))
    assert archive._name(info) == "阀门.csv"
    info.flag_bits = 0x800
    info.filename = "阀门.csv"
    assert archive._name(info) == "阀门.csv"


@pytest.mark.parametrize("name", ["../evil.shp", "/evil.shp", "a/../../evil.shp", "..\\evil.shp", "C:/evil.shp"])
def test_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(name, "x")
    out = tmp_path / "deep" / "out"
    with pytest.raises(FileFormatError, match="leads out"):
        archive.unpack(path, out)
    assert not list(tmp_path.rglob("evil*"))


def test_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    info = zipfile.ZipInfo("link.shp")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(FileFormatError, match="leads out"):
        archive.unpack(path, tmp_path / "out")


def test_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_RATIO_FROM_BYTES", 1024**2)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", b"0" * 30 * 1024**2)
    with pytest.raises(FileFormatError, match="far more"):
        archive.unpack(path, tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) <= 12 * 1024**2
    with pytest.raises(FileFormatError, match="far more"):
        archive.check_inflated(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04garbage", b"\0" * 5000])
def test_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="damaged"):
        archive.unpack(path, tmp_path / "out")
    with pytest.raises(FileFormatError, match="damaged"):
        archive.check_inflated(path)


def test_a_document_that_claims_a_zip_version_nobody_reads_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("x.xml", "<x/>")
    content = bytearray(path.read_bytes())
    # the version needed to extract stands six bytes into the entry of the central directory
    content[content.index(b"PK\x01\x02") + 6] = 148
    path.write_bytes(bytes(content))
    with pytest.raises(FileFormatError, match="damaged"):
        archive.check_inflated(path)
