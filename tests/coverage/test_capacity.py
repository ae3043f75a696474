"""What a main carries and has to spare, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Point

from gridrisk import params
from gridrisk.coverage import capacity, reach

DEMAND = params.load("demand")

SMALL = [("thin", [(0, 0), (100, 0)], {"pressure_class": "low", "diameter_mm": 50.0})]


def test_capacity(make_pipes, parameters):
    pipes = make_pipes(*SMALL, ("open", [(0, 9), (9, 9)], {"diameter_mm": None}))
    flow = capacity.capacity_m3h(pipes, parameters)
    # 5 m/s x pi/4 x 0.05^2 m2 x 3600 s/h x 103.825 / 101.325
    assert flow["thin"] == pytest.approx(36.215, abs=1e-3)
    assert np.isnan(flow["open"])


def test_demand(people, parameters):
    customers = people(
        {"kind": "resident", "households": 30},
        {"kind": "resident"},
        {"kind": "catering"},
        {"kind": "catering", "peak_m3h": 3.0},
        {"kind": "religious"},
    )
    # 30 homes x 2.8 m3/h x 0.19; one home alone; by kind; as surveyed; unknown
    wanted = [15.96, 2.8, 12, 3, 6]
    customers.loc[customers.index[4], "kind"] = "other"
    assert capacity.demand_m3h(customers, parameters, DEMAND).tolist() == pytest.approx(wanted)


def test_homes_on_one_main_draw_together(people, make_pipes, parameters):
    there = people(*({"kind": "resident", "households": 1, "fuel": "pipe", "pipe_id": "thin"} for _ in range(10)))
    spare = capacity.spare_m3h(make_pipes(*SMALL), there, parameters, DEMAND)
    assert spare["thin"] == pytest.approx(36.215 - 10 * 2.8 * 0.25, abs=1e-3)


def test_a_full_main_serves_nobody_more(people, make_pipes, parameters):
    mains = make_pipes(*SMALL, ("wide", [(0, 60), (100, 60)], {}))
    wanted = people({"kind": "catering", "fuel": "bottle", "at": Point(50, 5)})

    def nearest(peak):
        there = people({"kind": "school", "fuel": "pipe", "pipe_id": "thin", "peak_m3h": peak, "at": Point(50, -5)})
        return reach(wanted, mains, None, parameters, connected=there, demand=DEMAND).iloc[0]

    assert nearest(24.2)["nearest_pipe_id"] == "thin"  # 36.215 - 24.2 = 12.015, and 12 are needed
    full = nearest(24.3)
    assert (full["nearest_pipe_id"], round(full["reach_m"], 6), full["covered"]) == ("wide", 55, True)


def test_a_large_customer_needs_medium_pressure_and_a_known_size(people, make_pipes, parameters):
    def found(fields, peak):
        row = {"kind": "industry", "fuel": "bottle", "peak_m3h": peak, "at": Point(50, 5)}
        return reach(people(row), make_pipes(("m", [(0, 0), (100, 0)], fields)), None, parameters, demand=DEMAND).iloc[
            0
        ]["covered"]

    assert found({"pressure_class": "low", "diameter_mm": 200.0}, 60.0) == True  # noqa: E712
    assert found({"pressure_class": "low", "diameter_mm": 200.0}, 60.1) == False  # noqa: E712
    assert found({"diameter_mm": 110.0}, 1000.0) == True  # noqa: E712 - 1424 m3/h at medium pressure A
    assert found({"diameter_mm": 110.0}, 1500.0) == False  # noqa: E712
    assert found({"diameter_mm": None}, 20.0) == True  # noqa: E712 - every main carries so much
    assert str(found({"diameter_mm": None}, 20.1)) == "<NA>"
