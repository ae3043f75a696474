"""Texts beside the lines of a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deliveries import X0, Y0
from test_propose import part_of, proposed, read

from gridrisk.layers import vector
from gridrisk.layers.crosswalk import LayerCrosswalk
from gridrisk.layers.table import Wanted

if TYPE_CHECKING:
    from pathlib import Path

WANTED = Wanted("pipes", LayerCrosswalk())


def drawing(path: Path, encoding: str, texts: list[tuple[float, float, str]]) -> Path:
    """Three lines 20 m apart, on layers that name their pressure, and some texts."""
    rows = ["0", "SECTION", "2", "ENTITIES"]
    for i, layer in enumerate(["燃气_中压A", "燃气_低压", "燃气_中压B"]):
        y = Y0 + 20 * i
        rows += ["0", "LINE", "8", layer, "10", str(X0), "20", str(y), "11", str(X0 + 50), "21", str(y)]
    for dx, dy, text in texts:
        rows += ["0", "TEXT", "8", "注记", "10", str(X0 + dx), "20", str(Y0 + dy), "40", "1.5", "1", text]
    path.write_bytes("\n".join([*rows, "0", "ENDSEC", "0", "EOF", ""]).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_label_belongs_to_the_line_it_clearly_stands_beside(tmp_path: Path, encoding: str) -> None:
    texts = [
        (25, 1, "PE de110"),
        (25, 30, "钢 DN200"),  # half way between two lines
        (25, 39, "灰口铸铁"),
        (30, 41, "DN150"),
        (10, 0.5, "RQ12"),  # the number of a point
        (10, 21, "45.3"),  # a level
        (10, 400, "PE de63"),  # far away
    ]
    (table,) = vector.read(drawing(tmp_path / "a.dxf", encoding, texts), WANTED, "a.dxf")
    assert table.frame["Text"].fillna("").tolist() == ["PE de110", "", "灰口铸铁 DN150"]
    assert table.numbers.tolist() == [1, 2, 3]
    notes = " ".join(str(note) for note in table.notes)
    assert "3 of 5 texts" in notes
    assert "4 objects" in notes


def test_layers_and_labels_of_a_drawing_are_proposed_and_imported(tmp_path: Path) -> None:
    texts = [(25, 1, "PE de110"), (25, 21, "灰口铸铁 DN150"), (25, 41, "PE DE63")]
    path = drawing(tmp_path / "a.dxf", "gb18030", texts)
    part = part_of(proposed(tmp_path, path), "pipes")
    assert {one.field for one in part.fields} == {"pipe_id", "material", "diameter_mm", "pressure_class"}
    frame = read(tmp_path, "pipes", path, source_crs="EPSG:4548").frame
    assert frame["material"].tolist() == ["pe", "grey_cast_iron", "pe"]
    assert frame["diameter_mm"].tolist() == [110, 150, 63]
    assert frame["pressure_class"].tolist() == ["medium_a", "low", "medium_b"]


def test_size_is_read_out_of_labels_that_say_more(tmp_path: Path) -> None:
    texts = [(25, 1, "PE de110 L=45.2m 2008年"), (25, 21, "钢 D159×6 i=0.003"), (25, 41, "PE DE63 1998.11")]
    path = drawing(tmp_path / "a.dxf", "gb18030", texts)
    proposed(tmp_path, path)
    frame = read(tmp_path, "pipes", path, source_crs="EPSG:4548").frame
    assert frame["diameter_mm"].tolist() == [110, 150, 63]
    assert frame["install_year"].fillna(0).tolist() == [2008, 0, 0]


@pytest.mark.parametrize(
    "label",
    ["DN200/DN100 L=12.5", "DN200×100 L=12.5", "DN200-100 L=12.5", "DN200/100 L=12.5", "PE de110 套管DN200 L=12.5"],
)
def test_label_of_two_sizes_tells_none(tmp_path: Path, label: str) -> None:
    texts = [(25, 1, "PE de110 L=45.2m"), (25, 21, label), (25, 41, "PE DE63 L=30.0m")]
    path = drawing(tmp_path / "a.dxf", "gb18030", texts)
    proposed(tmp_path, path)
    frame = read(tmp_path, "pipes", path, source_crs="EPSG:4548").frame
    assert frame["diameter_mm"].fillna(0).tolist() == [110, 0, 63]


def test_composite_pipe_is_neither_steel_nor_polyethylene(tmp_path: Path) -> None:
    texts = [(25, 1, "PE de110 L=45.2m"), (25, 21, "钢骨架PE de160 L=12.0m"), (25, 41, "钢 DN150 L=30.0m")]
    path = drawing(tmp_path / "a.dxf", "gb18030", texts)
    proposed(tmp_path, path)
    frame = read(tmp_path, "pipes", path, source_crs="EPSG:4548").frame
    assert frame["material"].tolist() == ["pe", "other", "steel"]
    assert frame["diameter_mm"].tolist() == [110, 160, 150]
