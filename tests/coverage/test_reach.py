"""Reach along streets: small networks measured by hand, and what is unknown about them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from gridrisk import params
from gridrisk.coverage import covered_when_opened, reach, suitable
from gridrisk.errors import CrsError, ParameterError

STREETS = [(0, 0), (0, 300)], [(0, 100), (200, 100)]


def at(*coordinates, **fields):
    return [{"kind": "catering", "fuel": "bottle", "at": Point(*one), **fields} for one in coordinates]


def test_along_the_streets(people, make_pipes, make_roads, parameters):
    # The main lies in the first street up to y = 40. From (80, 110): 10 m to the second street, 80 m along it,
    # 60 m down the first. The straight line would be 106.3 m.
    way = reach(people(*at((80, 110))), make_pipes(("p", [(0, 0), (0, 40)], {})), make_roads(*STREETS), parameters)
    row = way.iloc[0]
    assert row["reach_m"] == pytest.approx(150)
    assert (row["method"], row["nearest_pipe_id"], row["tier"], row["main_year"]) == ("street", "p", "far", 2010)
    assert row["covered"] == False  # noqa: E712 - not merely missing


def test_main_beside_the_street(people, make_pipes, make_roads, parameters):
    # The main runs 4 m beside the street; the customer stands 20 m off it, between two taps: 20 + 4.
    way = reach(people(*at((20, 27))), make_pipes(("p", [(-4, 0), (-4, 55)], {})), make_roads(STREETS[0]), parameters)
    assert way["reach_m"].iloc[0] == pytest.approx(24)
    assert (way["method"].iloc[0], way["tier"].iloc[0]) == ("street", "near")


def test_main_that_crosses_the_street(people, make_pipes, make_roads, parameters):
    # The main crosses at y = 133 between its vertices, away from any spacing: 67 m up to the customer at y = 200.
    pipes = make_pipes(("p", [(-500, 133), (501, 133)], {}))
    way = reach(people(*at((0, 200))), pipes, make_roads(STREETS[0]), parameters)
    assert way["reach_m"].iloc[0] == pytest.approx(67)


@pytest.mark.parametrize(("y", "tier", "covered"), [(150, "near", True), (200, "middle", True), (200.5, "far", False)])
def test_tiers_at_their_limits(people, make_pipes, make_roads, parameters, y, tier, covered):
    way = reach(people(*at((0, y))), make_pipes(("p", [(0, 0), (0, 100)], {})), make_roads(STREETS[0]), parameters)
    assert way["reach_m"].iloc[0] == pytest.approx(y - 100)
    assert (way["tier"].iloc[0], way["covered"].iloc[0]) == (tier, covered)


def test_across_the_yard(people, make_pipes, make_roads, parameters):
    # 12 m to a courtyard main without a street: reached directly; 30 m by the street is not taken.
    pipes = make_pipes(("p", [(50, 200), (50, 260)], {"setting": "courtyard"}))
    way = reach(people(*at((62, 230))), pipes, make_roads(STREETS[0]), parameters)
    assert way["reach_m"].iloc[0] == pytest.approx(12)
    assert way["method"].iloc[0] == "direct"


def test_straight_line_is_the_fallback_and_says_so(people, make_pipes, make_roads, parameters):
    customers = people(*at((150, 0), (500, 500)))
    pipes = make_pipes(("p", [(0, 0), (0, 40)], {}))
    without = reach(customers, pipes, None, parameters)
    assert without["method"].tolist() == ["straight", "straight"]
    assert without["reach_m"].iloc[0] == pytest.approx(150)
    assert set(reach(customers, pipes, make_roads().iloc[:0], parameters)["method"]) == {"straight"}
    # A street that leads to no main, and a customer far from every street.
    apart = reach(customers, pipes, make_roads([(150, 10), (150, 90)]), parameters)
    assert apart["method"].tolist() == ["straight", "straight"]


@pytest.mark.parametrize(
    ("fields", "sure", "perhaps"),
    [
        ({}, True, False),
        ({"pressure_class": "low"}, True, False),
        ({"pressure_class": "medium_b"}, True, False),
        ({"pressure_class": "sub_high_b"}, False, False),
        ({"pressure_class": "high_a"}, False, False),
        ({"pressure_class": None}, False, True),
        ({"status": "idle"}, False, False),
        ({"status": "abandoned"}, False, False),
        ({"status": "planned"}, False, False),
        ({"status": None}, True, False),  # presumed in service
        ({"setting": "riser"}, False, False),
        ({"setting": "service"}, False, False),
        ({"setting": None}, True, False),
        ({"pressure_class": None, "setting": "riser"}, False, False),
    ],
)
def test_suitable(make_pipes, parameters, fields, sure, perhaps):
    answer = suitable(make_pipes(("p", [(0, 0), (1, 0)], fields)), parameters)
    assert [bool(one.iloc[0]) for one in answer] == [sure, perhaps]


def test_status_may_be_left_open(make_pipes, parameters):
    entry = parameters["suitable.unrecorded_status"]
    strict = params.Parameters(
        "coverage",
        {**parameters.entries, entry.name: params.Parameter(entry.name, "unknown", "", "a city", "assumption")},
        "",
    )
    answer = suitable(make_pipes(("p", [(0, 0), (1, 0)], {"status": None})), strict)
    assert [bool(one.iloc[0]) for one in answer] == [False, True]


def test_a_main_of_unknown_pressure_leaves_the_coverage_open(people, make_pipes, make_roads, parameters):
    pipes = make_pipes(
        ("far", [(0, 0), (0, 10)], {}),
        ("near", [(0, 180), (0, 200)], {"pressure_class": None}),
    )
    customers = people(*at((0, 220), (0, 50), (180, 100)))
    way = reach(customers, pipes, make_roads(*STREETS), parameters)
    # 20 m from the doubtful one; 40 m from the sure one; 260 m from the doubtful one at least.
    assert way["covered"].tolist() == [pd.NA, True, False]
    assert way["nearest_pipe_id"].tolist() == ["far", "far", "far"]


def test_unknown_network_and_empty_network(people, make_pipes, make_roads, parameters):
    customers = people(*at((0, 0)))
    unknown = reach(customers, None, make_roads(*STREETS), parameters).iloc[0]
    assert unknown["covered"] is pd.NA
    assert np.isnan(unknown["reach_m"])
    # Surveyed, and there is none.
    nothing = make_pipes(("p", [(0, 0), (1, 0)], {})).iloc[:0]
    empty = reach(customers, nothing, make_roads(*STREETS), parameters).iloc[0]
    assert empty["covered"] == False  # noqa: E712
    assert np.isnan(empty["reach_m"])


def test_customer_without_a_place(people, make_pipes, make_roads, parameters):
    customers = people({"kind": "shop", "at": Point()}, {"kind": "shop", "at": Point(0, 5)})
    way = reach(customers, make_pipes(("p", [(0, 0), (0, 10)], {})), make_roads(*STREETS), parameters)
    assert way["covered"].tolist() == [pd.NA, True]
    assert way["reach_m"].isna().tolist() == [True, False]


def test_no_customers(people, make_pipes, make_roads, parameters):
    none = people({"kind": "shop"}).iloc[:0]
    assert reach(none, make_pipes(("p", [(0, 0), (0, 10)], {})), make_roads(*STREETS), parameters).empty


def test_row_order_does_not_matter(people, make_pipes, make_roads, parameters):
    customers = people(*at((80, 110), (20, 27), (150, 60)))
    pipes = make_pipes(("p", [(0, 0), (0, 40)], {}), ("q", [(200, 90), (200, 99)], {}))
    one = reach(customers, pipes, make_roads(*STREETS), parameters)
    other = reach(customers.iloc[::-1], pipes.iloc[::-1], make_roads(*reversed(STREETS)), parameters)
    pd.testing.assert_frame_equal(one, other.loc[one.index])


def test_a_longer_main_never_lengthens_the_way(people, make_pipes, make_roads, parameters):
    random = np.random.default_rng(4)
    customers = people(*at(*random.uniform(0, 300, (50, 2))))
    roads = make_roads(*STREETS)
    short = reach(customers, make_pipes(("p", [(0, 0), (0, 40)], {})), roads, parameters)
    long = reach(customers, make_pipes(("p", [(0, 0), (0, 40)], {}), ("q", [(0, 40), (0, 300)], {})), roads, parameters)
    both_by_street = short["method"].eq("street") & long["method"].eq("street")
    assert (long.loc[both_by_street, "reach_m"] <= short.loc[both_by_street, "reach_m"] + 1e-9).all()


def test_degrees_are_refused(people, make_pipes, parameters):
    customers = people(*at((0, 0)))
    degrees = customers.set_crs("EPSG:4490", allow_override=True)
    with pytest.raises(CrsError, match="customers"):
        reach(degrees, make_pipes(("p", [(0, 0), (1, 0)], {})), None, parameters)


def test_a_tier_that_does_not_exist(people, make_pipes, parameters):
    entry = params.Parameter("covered_tier", "nearby", "", "a city", "assumption")
    wrong = params.Parameters("coverage", {**parameters.entries, "covered_tier": entry}, "")
    with pytest.raises(ParameterError, match="middle"):
        reach(people(*at((0, 0))), None, None, wrong)


def test_coverage_on_the_day_of_opening(people, make_pipes, make_roads, parameters):
    pipes = make_pipes(
        ("old", [(0, 0), (0, 40)], {"install_year": 2010}),
        ("new", [(0, 200), (0, 300)], {"install_year": 2024}),
    )
    opened = [dt.date(2024, 2, 1), dt.date(2024, 2, 1), dt.date(2025, 2, 1), dt.date(2023, 2, 1), None]
    places = [(0, 50), (0, 250), (0, 250), (0, 50), (0, 50)]
    customers = people(*(at(place, opened_on=day)[0] for place, day in zip(places, opened, strict=True)))
    answer = covered_when_opened(customers, pipes, make_roads(*STREETS), parameters, after=dt.date(2023, 10, 1))
    # Beside the old main: yes. Beside one of the year of the opening: before or after? A year later: yes.
    # Opened before the day, or no date: not asked.
    assert answer.tolist() == [True, pd.NA, True, pd.NA, pd.NA]
    assert covered_when_opened(customers, None, None, parameters, after=dt.date(2023, 10, 1)).isna().all()
