"""Tiers, regulators and demand on networks drawn by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from gridrisk import network, params
from gridrisk.network.demand import simultaneity
from gridrisk.network.hydraulics import bore_m

pytest.importorskip("pandapipes")
HYDRAULICS = params.load("network/hydraulics")
DEMAND = params.load("demand")
PE = {"material": "pe", "diameter_mm": 110.0}


def tiers(draw, *, main_mm=110.0, customers=10, **station):
    """A source on medium main M, regulator R, low main L with customers along it."""
    pipes = [
        draw.pipe("M", (0, 0), (1000, 0), pressure_class="medium_a", material="pe", diameter_mm=main_mm),
        draw.pipe("L", (1000, 0), (1300, 0), pressure_class="low", **PE),
    ]
    stations = [
        draw.source("G", (0, 0), outlet_class="medium_a"),
        draw.station("R", (1000, 0), inlet_class="medium_a", outlet_class="low", **station),
    ]
    people = [
        draw.customer(f"c{k}", (1300 - k, 2), kind="hotel", households=None, peak_m3h=4.0, pipe_id="L")
        for k in range(customers)
    ]
    return pipes, [], stations, people


AS_IT_IS = network.Setting()


def solve(draw, network_of, rows, setting=AS_IT_IS, capacity=None, **changed):
    net = network_of(*rows)
    pipes, customers = draw.layer("pipes", rows[0]), draw.layer("customers", rows[3])
    demand = dict(zip(customers.index, network.peak_demand(customers, DEMAND).m3h, strict=True))
    entries = dict(HYDRAULICS.entries)
    for key, value in changed.items():
        entries[key] = dataclasses.replace(entries[key], value=value)
    parameters = params.Parameters("network/hydraulics", entries, "")
    model = network.hydraulics(net, pipes, demand, parameters, setting, demand_params=DEMAND)
    return network.pressures(net, model, parameters, capacity_m3h=capacity)


def test_what_is_drawn_below_passes_the_regulator(draw, network_of):
    found = solve(draw, network_of, tiers(draw))
    assert found.holds is True
    low, medium = sorted(found.areas, key=lambda area: area.set_kpa)
    assert (low.pressure_class, medium.pressure_class) == ("low", "medium_a")
    assert (low.demand_m3h, medium.demand_m3h) == pytest.approx((40.0, 40.0), rel=1e-4)
    assert (low.fed_by, medium.fed_by) == (("R",), ("G",))
    assert low.limit_kpa == 1.5
    assert 1.5 < low.lowest_kpa < 2.5
    assert (low.lowest_pipe, low.x) == ("L", 1300.0)
    (regulator,) = found.regulators
    assert regulator.flow_m3h == pytest.approx(40.0, rel=1e-4)
    assert regulator.inlet_kpa == pytest.approx(medium.lowest_kpa)
    assert (regulator.set_kpa, regulator.inlet_suffices, regulator.capacity_suffices) == (2.5, True, None)
    assert found.pipe_kpa["M"] < 300
    assert found.customers_below == ()


def test_a_regulator_does_not_lift_pressure(draw, network_of):
    """The low area by itself is well; but the thin main before the regulator gives it less than it is set to."""
    rows = tiers(draw, main_mm=50.0)
    found = solve(draw, network_of, rows, set_kpa={**HYDRAULICS.table("set_kpa"), "medium_a": 19.3})
    low = next(area for area in found.areas if area.pressure_class == "low")
    assert low.lowest_kpa > low.limit_kpa
    assert 0.0 < found.regulators[0].inlet_kpa < 3.0
    assert found.regulators[0].inlet_suffices is False
    assert low.holds is False
    assert found.holds is False
    assert len(found.customers_below) == 10


def test_too_much_for_the_pipe_has_no_solution_and_does_not_hold(draw, network_of):
    rows = tiers(draw, customers=200)
    found = solve(draw, network_of, rows)
    low = next(area for area in found.areas if area.pressure_class == "low")
    assert low.holds is False
    assert found.holds is False
    assert len(found.customers_below) > 100


def test_a_regulator_built_for_less_does_not_hold(draw, network_of):
    found = solve(draw, network_of, tiers(draw), capacity={"R": 30.0})
    assert found.regulators[0].capacity_suffices is False
    assert found.holds is False
    assert solve(draw, network_of, tiers(draw), capacity={"R": 50.0}).holds is True


def test_behind_a_regulator_that_is_not_held_nothing_is_known(draw, network_of):
    """The low part looks well by itself, but what feeds it is less than was worked out."""
    pipes = [
        draw.pipe("M", (0, 0), (1000, 0), pressure_class="medium_a", **PE),
        draw.pipe("N", (1000, 0), (1300, 0), pressure_class="medium_b", **PE),
        draw.pipe("L", (1300, 0), (1600, 0), pressure_class="low", **PE),
    ]
    stations = [
        draw.source("G", (0, 0), outlet_class="medium_a"),
        draw.station("R", (1000, 0), inlet_class="medium_a", outlet_class="medium_b"),
        draw.station("S", (1300, 0), inlet_class="medium_b", outlet_class="low"),
    ]
    people = [draw.customer("c", (1500, 2), kind="hotel", households=None, peak_m3h=20.0, pipe_id="L")]
    found = solve(draw, network_of, (pipes, [], stations, people), capacity={"R": 10.0})
    assert {area.pressure_class: area.holds for area in found.areas} == {
        "medium_a": True,
        "medium_b": False,
        "low": None,
    }
    assert found.pipes["fails"].isna().to_dict() == {"L": True, "M": False, "N": False}
    assert found.pipes["fails"].dropna().to_dict() == {"M": False, "N": True}


def test_one_of_two_regulators_down_leaves_all_to_the_other(draw, network_of):
    pipes, valves, stations, people = tiers(draw)
    pipes.append(draw.pipe("N", (0, 0), (600, 300), (1300, 0), pressure_class="medium_a", **PE))
    stations.append(draw.station("S", (1300, 0), inlet_class="medium_a", outlet_class="low"))
    rows = (pipes, valves, stations, people)
    both = solve(draw, network_of, rows)
    assert {r.station_id for r in both.regulators} == {"R", "S"}
    assert sum(r.flow_m3h for r in both.regulators) == pytest.approx(40.0, rel=1e-4)
    one = solve(draw, network_of, rows, network.Setting(down=["S"]))
    assert [(r.station_id, round(r.flow_m3h, 2)) for r in one.regulators] == [("R", 40.0)]
    assert min(a.lowest_kpa for a in one.areas) < min(a.lowest_kpa for a in both.areas)
    dark = solve(draw, network_of, rows, network.Setting(down=["R", "S"]))
    assert {a.pressure_class for a in dark.areas} == {"medium_a"}  # the low part has no gas at all
    assert dark.customers_below == ()


def test_valves_shut_and_opened_change_the_way_of_the_gas(draw, network_of):
    pipes = [
        draw.pipe("A", (0, 0), (100, 0), pressure_class="low", **PE),
        draw.pipe("B", (100, 0), (200, 0), pressure_class="low", **PE),
        draw.pipe("C", (0, 0), (100, 50), (200, 0), pressure_class="low", **PE),
    ]
    valves = [draw.valve("a", (50, 0)), draw.valve("n", (100, 50), pipe_id="C", normally_open=False)]
    people = [draw.customer("c", (199, 1), kind="hotel", peak_m3h=5.0, pipe_id="B")]
    rows = (pipes, valves, [draw.source("G", (0, 0), outlet_class="low")], people)
    assert solve(draw, network_of, rows).demand_m3h == 5.0
    shut = solve(draw, network_of, rows, network.Setting(shut=["a"]))
    assert shut.demand_m3h == 0.0
    assert "B" not in shut.pipe_kpa.index
    other = solve(draw, network_of, rows, network.Setting(shut=["a"], opened=["n"]))
    assert other.demand_m3h == 5.0
    assert other.holds is True


def test_what_is_unknown_is_not_held(draw, network_of):
    pipes, valves, stations, people = tiers(draw)
    people.append(draw.customer("x", (1100, 1), kind="industry", households=None))
    found = solve(draw, network_of, (pipes, valves, stations, people))
    assert (found.holds, found.demand_unknown) == (None, ("x",))
    # nor that of the part that gives it gas
    assert {area.pressure_class: area.holds for area in found.areas} == {"low": None, "medium_a": None}
    assert found.pipes["kpa"].notna().all()
    bare = [draw.pipe("A", (0, 0), (100, 0), **PE)]
    found = solve(draw, network_of, (bare, [], [draw.source("G", (0, 0))], [draw.customer("c", (50, 1))]))
    assert found.holds is None
    assert [(area.holds, area.pressure_class) for area in found.areas] == [(None, "")]


def test_demand_by_survey_households_and_kind(draw):
    rows = [
        draw.customer("s", (0, 0), peak_m3h=7.5),
        draw.customer("h", (0, 0), households=10),
        draw.customer("k", (0, 0), kind="school", households=None),
        draw.customer("u", (0, 0), households=None),
        draw.customer("i", (0, 0), kind="industry", households=None),
    ]
    found = network.peak_demand(draw.layer("customers", rows), DEMAND)
    assert found.m3h[:3] == pytest.approx([7.5, 10 * 2.8 * 0.25, 20.0])
    assert np.isnan(found.m3h[3:]).all()
    assert [found.surveyed.sum(), found.by_households.sum(), found.by_kind.sum()] == [1, 1, 1]
    assert simultaneity(np.array([1.0, 12.5, 5000.0]), DEMAND) == pytest.approx([1.0, 0.235, 0.12])


def test_homes_of_one_area_draw_with_the_simultaneity_of_them_all(draw, network_of):
    pipes, valves, stations, _ = tiers(draw)
    people = [draw.customer(f"c{k}", (1290, 1), households=10) for k in range(10)]
    found = solve(draw, network_of, (pipes, valves, stations, people))
    assert found.demand_m3h == pytest.approx(100 * 2.8 * 0.17)


def test_inner_diameters():
    pipes = pd.DataFrame(
        {
            "material": ["pe", "pe", "steel", "steel", "grey_cast_iron", None, "pe"],
            "diameter_mm": [110.0, 110.0, 219.0, 219.0, 200.0, 100.0, np.nan],
            "wall_mm": [10.0, np.nan, 6.0, np.nan, 12.0, np.nan, np.nan],
        }
    )
    expected = [90.0, 90.0, 207.0, 211.0, 200.0, 100.0, 50.0 * 9 / 11]
    assert bore_m(pipes, HYDRAULICS) * 1000 == pytest.approx(expected)
