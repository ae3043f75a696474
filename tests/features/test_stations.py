import datetime as dt

import pandas as pd
import pytest
from scenes import PARAMS, layer
from shapely.geometry import Point, box

from gridrisk.features.stations import station_findings, station_surroundings

TODAY = dt.date(2026, 1, 1)


def measure(buildings, **columns):
    usual = {"kind": "regulator_station", "inlet_class": "medium_a", "install_year": 1990, "design_life_years": 30}
    frame = layer("stations", [box(0, 0, 4, 4)], **{**usual, **columns})
    return frame, station_surroundings(frame, buildings, PARAMS["standards/surroundings"], as_of=TODAY)


def houses(gap, **columns):
    return layer("buildings", [box(4 + gap, 0, 40, 4)], **{"height_m": 9.0, **columns})


@pytest.mark.parametrize(
    ("gap", "kind", "short"),
    [(5.0, "住宅", 1.0), (6.0, "住宅", 0.0), (6.0, "小学", 6.0), (12.0, "小学", 0.0)],
)
def test_clearances_by_hand(gap, kind, short):
    _, table = measure(houses(gap, kind=kind))
    assert table["clearance_shortfall_m"].tolist() == pytest.approx([short])
    assert table["clearance"].tolist() == [short > 0]
    assert table["building_gap_m"].tolist() == [gap]


def test_its_own_house_does_not_count():
    _, table = measure(layer("buildings", [box(-1, -1, 5, 5)], height_m=4.0))
    assert not table["clearance"].any()


def test_what_is_not_recorded_is_unknown():
    assert measure(houses(8.0, height_m=None))[1]["clearance"].isna().all()  # may be a tower
    assert measure(houses(5.0), inlet_class=None)[1]["clearance"].isna().all()
    assert measure(None)[1]["clearance"].isna().all()
    assert measure(houses(5.0), design_life_years=None)[1]["past_design_life"].isna().all()


def test_a_station_drawn_as_a_point_is_measured_from_it():
    frame = layer("stations", [Point(0, 0)], kind="regulator_cabinet", inlet_class="medium_a")
    near = layer("buildings", [box(3, -1, 9, 1)], height_m=9.0)
    table = station_surroundings(frame, near, PARAMS["standards/surroundings"], as_of=TODAY)
    assert table["clearance_shortfall_m"].tolist() == [1.0]  # 3 of 4 m


def test_findings_name_station_and_shortfall():
    frame, table = measure(houses(5.0))
    found = station_findings(frame, table)
    assert [item.check for item in found] == ["station_clearance", "station_design_life"]
    assert "1.0 m nearer" in found[0].message.render("en")
    assert "36 years old and was designed for 30" in found[1].message.render("en")
    frame, table = measure(houses(50.0), install_year=pd.NA)
    assert station_findings(frame, table) == []
