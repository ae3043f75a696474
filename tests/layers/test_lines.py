"""Lines out of a table of points and one of connections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from deliveries import TARGET, X0, Y0, told
from pyproj import CRS
from shapely import LineString, Point

from gridrisk.errors import CrsError, DataError
from gridrisk.layers import lines
from gridrisk.layers.crosswalk import Lines
from gridrisk.layers.table import Table

if TYPE_CHECKING:
    from gridrisk.layers.collect import Collector

DEGREES = CRS.from_epsg(4490)
HEADINGS = Lines(point="点号", start="起点点号", end="终点点号")


def points(numbers: list[Any], crs: CRS | None = TARGET, file: str = "points.shp") -> Table:
    geometry = np.array([Point(X0 + 10 * i, Y0) for i in range(len(numbers))], dtype=object)
    return Table(file, "points", pd.DataFrame({"点号": numbers}), np.arange(1, len(numbers) + 1), geometry, crs)


def connections(*pairs: tuple[Any, Any]) -> Table:
    frame = pd.DataFrame(pairs, columns=["起点点号", "终点点号"], dtype=object)
    return Table("lines.xlsx", "lines", frame, np.arange(1, len(pairs) + 1))


def test_lines_join_their_points_whatever_the_type_of_the_number(collector: Collector) -> None:
    (built,) = lines.build([connections((1.0, "２"), ("2", 3)), points(["1", "2", "3"])], HEADINGS, None, collector)
    assert built.geometry is not None
    assert [list(line.coords) for line in built.geometry] == [
        [(X0, Y0), (X0 + 10, Y0)],
        [(X0 + 10, Y0), (X0 + 20, Y0)],
    ]
    assert built.crs == TARGET
    assert told(collector) == []


def test_end_that_is_no_point_is_an_error_of_its_row(collector: Collector) -> None:
    (built,) = lines.build(
        [connections(("a", "b"), ("a", "x"), (None, "b")), points(["a", "b"])], HEADINGS, None, collector
    )
    assert built.numbers.tolist() == [1]
    assert told(collector) == [("point_missing", "error", 3), ("point_missing", "error", 2)]
    assert "终点点号 x" in str(collector.result()[1].message)


def test_number_of_points_at_two_places_joins_no_line(collector: Collector) -> None:
    (built,) = lines.build(
        [connections(("a", "b"), ("b", "c")), points(["a", "b", "a", "c"])], HEADINGS, None, collector
    )
    assert built.numbers.tolist() == [2]
    assert told(collector) == [("duplicate_point", "warning", 3), ("point_missing", "error", 1)]
    assert "points at different places" in str(collector.result()[1].message)


def test_points_in_degrees_are_told_apart_by_metres(collector: Collector) -> None:
    """Half a kilometre is less than a hundredth of a degree."""
    at = [Point(114.88, 28.67), Point(114.881, 28.67), Point(114.885, 28.67), Point(114.8800000001, 28.67)]
    spots = Table("p.shp", "p", pd.DataFrame({"点号": ["a", "b", "b", "a"]}), np.arange(1, 5), np.array(at), DEGREES)
    (built,) = lines.build([connections(("a", "b"), ("a", "a")), spots], HEADINGS, None, collector)
    assert built.numbers.tolist() == [2]
    assert "points at different places" in str(collector.result()[-1].message)


def test_lines_join_the_points_of_their_own_file(collector: Collector) -> None:
    """Districts number their points anew."""
    east, west = points(["1", "2"], file="east.xlsx"), points(["0", "1", "2"], file="west.xlsx")
    joined = [replace(connections(("1", "2")), file=file) for file in ("east.xlsx", "west.xlsx", "other.xlsx")]
    built = lines.build([east, west, *joined], HEADINGS, None, collector)
    assert [
        table.geometry[0].coords[0][0] for table in built if table.geometry is not None and len(table.geometry)
    ] == [
        X0,
        X0 + 10,
    ]
    assert told(collector) == [("point_missing", "error", 1)] * 2  # which district the other file means nobody says


def test_either_table_alone_is_refused(collector: Collector) -> None:
    with pytest.raises(DataError, match="table of points too"):
        lines.build([connections(("a", "b"))], HEADINGS, None, collector)
    with pytest.raises(DataError, match="table of lines too"):
        lines.build([points(["a"])], HEADINGS, None, collector)


def test_points_need_one_system(collector: Collector) -> None:
    with pytest.raises(CrsError, match="--crs"):
        lines.build([connections(("a", "b")), points(["a", "b"], None)], HEADINGS, None, collector)
    other = points(["c", "d"], CRS(4547), "more.shp")
    with pytest.raises(CrsError, match="deliver them in one"):
        lines.build([connections(("a", "b")), points(["a", "b"]), other], HEADINGS, None, collector)


def test_table_with_lines_of_its_own_is_kept(collector: Collector) -> None:
    own = Table(
        "own.shp",
        "own",
        pd.DataFrame({"起点点号": ["a"], "终点点号": ["b"]}),
        np.array([1]),
        np.array([LineString([(X0, Y0), (X0 + 1, Y0)])], dtype=object),
        TARGET,
    )
    assert lines.build([own], HEADINGS, None, collector) == [own]


def test_crosswalk_that_would_help_is_named() -> None:
    message = lines.hint(connections(("a", "b")), "pipes", None)
    assert "--crosswalk cjj61" in str(message)
    assert lines.hint(points(["a"]), "pipes", None) is None
    assert lines.hint(connections(("a", "b")), "towns", None) is None


def test_end_that_is_empty_is_told_as_empty(collector: Collector) -> None:
    lines.build([connections(("A", "B"), ("A", "")), points(["A", "B"])], HEADINGS, None, collector)
    assert "row 2: " in str(collector.result()[0].message)
    assert "is empty" in str(collector.result()[0].message)
