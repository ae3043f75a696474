"""Findings of an import."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from deliveries import rows_of
from shapely import LineString

from gridrisk.i18n import msg
from gridrisk.layers.collect import ROWS_TOLD, Collector, shown, shown_all


def test_long_list_is_capped_and_the_rest_counted(collector: Collector) -> None:
    rows = rows_of(ROWS_TOLD + 7)
    collector.add_rows("x", "warning", rows, range(ROWS_TOLD + 7), lambda _, row: msg("{place}!", place=row), field="f")
    found = collector.result()
    assert len(found) == ROWS_TOLD + 1
    assert str(found[0].message) == "file.shp row 1 (A1)!"
    assert "7 more" in str(found[-1].message)
    assert found[-1].severity == "warning"


def test_findings_get_the_place_of_their_object(collector: Collector) -> None:
    frame = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1, 0), (2, 0)])], index=["A2"], crs=4548)
    collector.add_rows("x", "info", rows_of(3), [0, 1], lambda _, row: row)
    first, second = collector.result(frame)
    assert first.x is None
    assert (second.x, second.y) == (1.0, 0.0)


def test_row_without_id_is_named_by_its_number() -> None:
    rows = rows_of(1)
    rows.ids[0] = None
    assert str(rows.place(0)) == "file.shp row 1"
    assert rows_of(3).take(np.array([2])).ids.tolist() == ["A3"]


def test_values_are_shown_on_one_line_and_not_too_long() -> None:
    assert shown("a\n b") == "a b"
    assert len(shown("x" * 500)) < 70
    assert shown_all([]) == "—"
    assert shown_all(["a"] * 100).endswith("…")
