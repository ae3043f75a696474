"""The works map: verdicts, and ranges at their true width."""

import numpy as np
import pandas as pd
import pytest

from gridrisk import maps
from gridrisk.maps.works import one_row_a_site


def test_one_row_a_site_takes_the_gravest():
    rows = pd.DataFrame(
        {
            "work_id": ["A", "A", "B", "A"],
            "pipe_id": ["p1", "p2", None, "p3"],
            "verdict": ["clear", "forbidden", "clear", "plan_required"],
            "distance_m": [9.0, 1.0, np.nan, 3.0],
        }
    )
    sites = one_row_a_site(rows)
    assert sites["verdict"].to_dict() == {"A": "forbidden", "B": "clear"}
    assert sites.loc["A", "pipes"] == ["p1", "p2", "p3"]
    assert sites.loc["A", "distance_m"] == 1.0


def test_sites_by_verdict(city, as_of, read_page):
    shown = read_page(maps.works_map(city.works, city.sites, city.pipes, as_of=as_of, lang="en"))
    counts = city.sites["verdict"].value_counts()
    assert shown.notes("works")["forbidden"] == str(counts.get("forbidden", 0))


def test_a_site_that_was_not_judged_is_not_clear(city, as_of, read_page):
    shown = read_page(maps.works_map(city.works, city.sites.iloc[3:], city.pipes, as_of=as_of, lang="en"))
    assert shown.notes("works")["not judged"] == "3"


def test_ranges_are_measured_from_the_outer_edge(city, as_of, read_page):
    pipes = city.pipes.iloc[:4].assign(diameter_mm=[200.0, 200.0, np.nan, 200.0])
    ranges = pd.DataFrame(
        {"protection_m": [1.0, 2.0, 1.0, np.nan], "control_m": [6.0, 6.0, 6.0, np.nan]}, index=pipes.index
    )
    shown = read_page(maps.works_map(city.works, city.sites, pipes, ranges=ranges, as_of=as_of, lang="en"))
    protection = shown.layer("range_protection")
    # 1.0 m where the diameter is unknown, 1.1 m and 2.1 m with half of 200 mm; the band is twice as wide
    assert [item["style"]["width_m"] for item in protection["classes"]] == pytest.approx([2.0, 2.2, 4.2])
    assert protection["classes"][0]["note"] == "1 to 2 m"
    assert shown.layer("range_control")["classes"][0]["note"] == "6 m"
    assert [layer["key"] for layer in shown.scene["layers"]] == ["range_control", "range_protection", "pipes", "works"]
