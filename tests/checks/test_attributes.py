"""Attributes that contradict one another: each check triggered by a case of its own, and not just inside it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("check", "changes", "words"),
    [
        ("material_was_made", {"install_year": 1965}, "1965"),
        ("laid_before_surveyed", {"surveyed_on": "2000-05-01"}, "2000-05-01"),
        ("pressure_within_class", {"mop_kpa": 10.5}, "10.5"),
        ("operating_within_design", {"pressure_class": "medium_a", "mop_kpa": 300.5, "design_kpa": 300}, "300.5"),
        ("design_within_class", {"design_kpa": 10.5}, "10.5"),
        ("plastic_without_cathodic", {"cathodic": True}, "cathodic"),
        (
            "material_at_pressure",
            {"material": "grey_cast_iron", "diameter_mm": 75, "pressure_class": "medium_a"},
            "hazard",
        ),
        ("material_at_pressure", {"pressure_class": "sub_high_a"}, "pe at sub_high_a"),
        ("diameter_in_catalogue", {"diameter_mm": 108}, "nearest: 110 mm"),
        ("diameter_in_catalogue", {"diameter_mm": 10}, "nearest: 16 mm"),
        ("diameter_in_catalogue", {"diameter_mm": 2000}, "nearest: 1200 mm"),
        ("wall_fits_diameter", {"wall_mm": 25}, "25 mm"),
        ("wall_fits_diameter", {"wall_mm": 0.54}, "0.54 mm"),
        ("wall_fits_diameter", {"diameter_mm": 16, "wall_mm": 8}, "8 mm"),
        ("depth_fits_laying", {"laying": "direct", "depth_m": 0.05}, "0.05 m"),
        ("depth_fits_laying", {"laying": "trench", "depth_m": 9}, "9 m"),
        ("depth_fits_laying", {"laying": "overhead", "depth_m": 1}, "overhead"),
        ("laid_before_inspected", {"last_inspection": "2000-05-01", "last_leak_survey": "2010-05-01"}, "2000-05-01"),
        ("retired_after_laying", {"retired_on": "2000-05-01", "status": "abandoned"}, "2000-05-01"),
        ("retired_is_out_of_use", {"retired_on": "2020-05-01", "status": "in_service"}, "2020-05-01"),
        ("retired_is_out_of_use", {"retired_on": "2020-05-01", "status": None}, "2020-05-01"),
        ("field_is_known", {"material": "unknown"}, "1 of 1"),
        ("field_is_known", {"install_year": None}, "install_year"),
    ],
)
def test_contradiction_is_found(the_one, check, changes, words):
    found, message = the_one({"pipes": changes})
    assert found == check
    assert words in message


@pytest.mark.parametrize(
    "changes",
    [
        {"mop_kpa": 10},
        {"mop_kpa": 9, "design_kpa": 9},
        {"design_kpa": 10},
        {"surveyed_on": "2001-01-01"},
        {"retired_on": "2001-01-01", "status": "abandoned"},
        {"last_inspection": "2001-01-01"},
        {"material": "grey_cast_iron", "diameter_mm": 75, "pressure_class": "medium_b"},
        {"pressure_class": "sub_high_b"},
        {"diameter_mm": 109},
        {"wall_mm": 22},
        {"diameter_mm": 25, "wall_mm": 6},
        {"laying": "direct", "depth_m": 0.1},
        {"laying": "casing", "depth_m": 15},
        {"depth_m": 9},
        {"laying": "overhead", "depth_m": -0.5},
        {"material": "steel", "diameter_mm": 108, "cathodic": True},
    ],
)
def test_just_inside_is_no_finding(run, changes):
    assert run({"pipes": changes}) == []
