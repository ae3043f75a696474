"""The map of findings, read back from its page."""

from __future__ import annotations

import geopandas as gpd
import shapely

from gridrisk import maps


def findings(severities):
    count = len(severities)
    return gpd.GeoDataFrame(
        {
            "layer": "pipes",
            "id": ["p1", None, "p1", "<b>", "p2"][:count],
            "field": "material",
            "check": "material_was_made",
            "severity": severities,
            "message": [f"</script><b>{i}" for i in range(count)],
        },
        geometry=[shapely.Point(500_000 + i, 3_400_000) for i in range(count)],
        crs="EPSG:4547",
    )


def test_one_layer_a_severity_the_gravest_on_top(read_page, as_of):
    frame = findings(["warning", "error", "warning", "info", "warning"])
    page = read_page(maps.findings_map(frame, None, as_of=as_of, lang="en", unplaced=7))
    assert [layer["key"] for layer in page.scene["layers"]] == ["findings_info", "findings_warning", "findings_error"]
    assert page.layer("findings_warning")["ids"] == ["p1", "p1", "p2"]
    assert page.notes("findings_warning") == {"warnings": "3"}
    assert not page.layer("findings_info")["visible"]
    assert page.layer("findings_error")["ids"] == ["—"]
    assert page.scene["notes"] == ["7 findings have no place on the map"]


def test_what_is_not_there_has_no_layer(read_page, as_of):
    page = read_page(maps.findings_map(findings(["info"]), None, as_of=as_of, lang="zh"))
    assert [layer["key"] for layer in page.scene["layers"]] == ["findings_info"]
    assert page.scene["notes"] == []


def test_pipes_lie_behind(read_page, as_of, city):
    frame = findings(["error"]).set_crs(city.pipes.crs, allow_override=True)
    page = read_page(maps.findings_map(frame, city.pipes, as_of=as_of, lang="en"))
    assert [layer["key"] for layer in page.scene["layers"]] == ["pipes", "findings_error"]
