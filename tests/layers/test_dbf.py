"""The encoding of a shapefile, from its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from deliveries import pipes, write
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.errors import FileFormatError
from gridrisk.layers import dbf

if TYPE_CHECKING:
    from pathlib import Path


def detected(path: Path, declared: str | None) -> dbf.Encoding:
    return dbf.detect(path, path.with_suffix(".dbf"), declared)


@pytest.mark.parametrize(
    ("written", "declared", "name", "noted"),
    [
        ("UTF-8", "UTF-8", "utf-8", False),
        ("UTF-8", None, "utf-8", False),
        ("GBK", "GBK", "gb18030", False),
        ("GBK", "936", "gb18030", False),
        ("GBK", "ANSI 936", "gb18030", False),
        ("GBK", None, "gb18030", True),
        ("GBK", "UTF-8", "gb18030", True),
        ("GBK", "no such thing", "gb18030", True),
        ("UTF-8", "ASCII", "utf-8", True),
    ],
)
def test_encoding_is_found(tmp_path: Path, written: str, declared: str | None, name: str, noted: bool) -> None:
    path = write(pipes(), tmp_path / "a.shp", encoding=written)
    found = detected(path, declared)
    assert found.name == name
    assert (found.note is not None) == noted


def test_declared_latin1_is_honoured(tmp_path: Path) -> None:
    frame = pipes()[["geometry"]].assign(name=["Straße", "Fluß", "Öl"])
    path = write(frame, tmp_path / "a.shp", encoding="ISO-8859-1")
    assert detected(path, "ISO-8859-1").name == "iso8859-1"


def test_heading_cut_in_the_middle_of_a_character_is_told_apart_from_another_encoding(tmp_path: Path) -> None:
    # 开始使用年月 is 18 bytes of UTF-8; the tenth is the first of three
    assert detected(write(pipes(), tmp_path / "a.shp", encoding="UTF-8"), None).cut
    assert not detected(write(pipes(), tmp_path / "b.shp", encoding="GBK"), None).cut


def test_two_bytes_of_gbk_are_not_the_beginning_of_utf8(tmp_path: Path) -> None:
    frame = pipes()[["geometry"]].assign(have=["有", "无", "有"])
    path = write(frame, tmp_path / "a.shp", encoding="GBK")
    assert detected(path, None).name == "gb18030"


@pytest.mark.parametrize("content", [b"", b"\3" * 20, b"\xff" * 500])
def test_damaged_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.shp"
    path.with_suffix(".dbf").write_bytes(content)
    with pytest.raises(FileFormatError, match="cut off or damaged"):
        detected(path, None)


def test_texts_in_no_known_encoding_are_refused(tmp_path: Path) -> None:
    path = write(pipes()[["geometry"]].assign(t=["a", "b", "xy"]), tmp_path / "a.shp")
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"xy ", b"\xff\xffz"))
    with pytest.raises(FileFormatError, match="neither UTF-8 nor GB18030"):
        detected(path, None)


@given(st.lists(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=9), min_size=1))
def test_texts_read_as_latin1_are_restored(texts: list[str]) -> None:
    for encoding in ("utf-8", "gb18030"):
        wrong = pd.DataFrame(
            {"材质".encode(encoding).decode("latin-1"): [t.encode(encoding).decode("latin-1") for t in texts]}
        )
        right = dbf.decode(wrong, encoding)
        assert right.columns.tolist() == ["材质"]
        assert right["材质"].tolist() == texts
