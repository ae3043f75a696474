"""A flood of findings of one kind is counted, not listed."""

from __future__ import annotations

import shapely


def test_a_flood_is_counted_not_listed(run):
    site = {"kind": "other", "start_on": "2026-01-01", "end_on": None, "geometry": shapely.Point(0, 0)}
    found = run({}, {"works": [site | {"work_id": f"x{i}"} for i in range(1005)]})
    assert len(found) == 1001
    assert "5 more" in str(found[-1].message)
    assert (found[0].x, found[0].y) == (0.0, 0.0)
