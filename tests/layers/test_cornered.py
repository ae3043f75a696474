"""Tables with a row for each corner of a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from deliveries import AS_OF, TARGET, X0, Y0

from gridrisk.layers import Delivery, read_delivery

if TYPE_CHECKING:
    from pathlib import Path

CROSSWALK = """
[pipes]
corners = { line = "管线编号", order = "点序号" }
"""


def imported(folder: Path, **columns: Any) -> Delivery:
    base = {
        "管线编号": ["A", "A", "A", "B", "B"],
        "X": [Y0, Y0 + 10, Y0 + 20, Y0, Y0 + 50],
        "Y": [X0, X0, X0 + 5, X0 + 90, X0 + 90],
        "材质": ["PE", "PE", "PE", "钢", "钢"],
        "管径": "110",
        "压力级别": "低压",
        "建设年代": [2001, None, "2001", 1999, 1999],
    }
    pd.DataFrame(base | columns).to_csv(folder / "拐点.csv", index=False)
    (folder / "c.toml").write_text(CROSSWALK, encoding="utf-8")
    return read_delivery(
        "pipes",
        [folder / "拐点.csv"],
        target=TARGET,
        as_of=AS_OF,
        crosswalk=str(folder / "c.toml"),
        source_crs="EPSG:4548",
    )


def checks(found: Delivery) -> list[tuple[str, str, str | None]]:
    return [(one.check, one.severity, one.id) for one in found.findings if one.severity != "info"]


def test_rows_of_one_number_are_one_line(tmp_path: Path) -> None:
    found = imported(tmp_path)
    assert [list(line.coords) for line in found.frame.geometry] == [
        [(X0, Y0), (X0, Y0 + 10), (X0 + 5, Y0 + 20)],
        [(X0 + 90, Y0), (X0 + 90, Y0 + 50)],
    ]
    assert found.frame["material"].tolist() == ["pe", "steel"]
    assert found.frame["install_year"].tolist() == [2001, 1999]
    assert found.origin["row"].tolist() == [1, 4]
    assert checks(found) == []


def test_the_order_of_corners_is_that_of_their_numbers(tmp_path: Path) -> None:
    found = imported(tmp_path, 点序号=[10, 9, 11, 1, 2])
    assert list(found.frame.geometry.iloc[0].coords) == [(X0, Y0 + 10), (X0, Y0), (X0 + 5, Y0 + 20)]


def test_corners_that_contradict_each_other_leave_the_value_open(tmp_path: Path) -> None:
    found = imported(tmp_path, 材质=["PE", "钢", "PE", "钢", ""])
    assert found.frame["material"].isna().tolist() == [True, False]
    assert ("corners_differ", "warning", None) in checks(found)


@pytest.mark.parametrize(("order", "errors"), [(None, ["a"]), ([1, 2, 3, 1, 2], [])])
def test_corners_that_do_not_stand_together(tmp_path: Path, order: list[int] | None, errors: list[str]) -> None:
    columns = {"管线编号": ["A", "A", "B", "A", "B"]} | ({} if order is None else {"点序号": [1, 2, 1, 3, 2]})
    found = imported(tmp_path, 材质="PE", 建设年代=2001, **columns)
    assert {one[2] for one in checks(found) if one[0] == "corners_apart"} == ({"A", "B"} if errors else set())
    assert found.sound is not bool(errors)


def test_a_single_corner_is_no_line(tmp_path: Path) -> None:
    found = imported(tmp_path, 管线编号=["A", "A", "A", "A", "B"], 材质="PE", 建设年代=2001)
    assert ("no_geometry", "error", "B") in checks(found)


def test_a_corner_without_a_place_leaves_no_shortened_line(tmp_path: Path) -> None:
    found = imported(tmp_path, X=[Y0, None, Y0 + 20, Y0, Y0 + 50])
    assert ("no_geometry", "error", "A") in checks(found)
    assert found.frame.index.tolist() == ["B"]
    assert any("row 2" in str(one.message) for one in found.findings)


@pytest.mark.parametrize(
    ("numbers", "lost"),
    [(["A", "A", None, "B", "B"], [3]), ([None, "A", "A", "B", "B"], [1]), (["A", None, None, "B", None], [])],
)
def test_a_corner_of_no_line_is_told(tmp_path: Path, numbers: list[str | None], lost: list[int]) -> None:
    """Only where each number stands once, in the first corner, do the rows below it belong to it."""
    found = imported(tmp_path, 管线编号=numbers, 材质="PE", 建设年代=2001)
    assert [one.row for one in found.findings if one.check == "no_id"] == lost
    assert found.sound is not bool(lost)
