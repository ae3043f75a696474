"""The solver's answers against the formula of one pipe, pandapipes' own networks, and what physics demands."""

import math
import warnings

import numpy as np
import pytest

from gridrisk.errors import DataError
from gridrisk.network import gasflow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pandapipes = pytest.importorskip("pandapipes")

GAS = gasflow.Gas("methane", 0.72, 283.15)


def line(nodes, demand, *, bore=0.1, feeds=(0,), kpa=(2.5,), length=50.0):
    drawn = np.full(nodes, float(demand))
    drawn[list(feeds)] = 0.0
    step = np.arange(nodes - 1)
    rest = (np.full(nodes - 1, x) for x in (length, bore, 0.01))
    return gasflow.Area(step, step + 1, *rest, drawn, np.array(feeds), np.array(kpa, float))


def test_one_pipe_is_as_the_formula_has_it():
    """Darcy-Weisbach for isothermal gas: p1² - p2² = λ L/D (m/A)² R T, λ of Colebrook and White."""
    flow_m3h, length, bore, kpa = 400.0, 1000.0, 0.1, 300.0
    (flow,) = gasflow.solve([line(2, flow_m3h, bore=bore, kpa=(kpa,), length=length)], GAS)
    mass = flow_m3h * GAS.density_kg_m3 / 3600
    gas_constant, viscosity = 8314.46 / 16.043, 1.05e-5
    flux = mass / (math.pi * bore**2 / 4)
    reynolds, friction = flux * bore / viscosity, 0.02
    for _ in range(50):
        friction = (-2 * math.log10(2.51 / (reynolds * friction**0.5) + 1e-5 / 3.71 / bore)) ** -2
    before = 101.325 + kpa
    after = math.sqrt(before**2 - friction * length / bore * flux**2 * gas_constant * GAS.temperature_k / 1e6)
    drop = before - after
    assert 3 < drop < 4
    # pandapipes takes the compressibility into account, some per cent of the drop
    assert kpa - flow.kpa[1] == pytest.approx(drop, rel=0.03)
    assert flow.feed_m3h == pytest.approx([flow_m3h], rel=1e-6)


def test_what_the_pipes_cannot_carry_has_no_solution_and_harms_no_other_area():
    flows = gasflow.solve([line(40, 0.3), line(200, 20.0), line(30, 0.1), line(200, 30.0)], GAS)
    assert [flow is None for flow in flows] == [False, True, False, True]
    alone = gasflow.solve([line(40, 0.3)], GAS)[0]
    np.testing.assert_allclose(flows[0].kpa, alone.kpa, atol=1e-5)


def test_two_feeds_share_and_the_lower_one_closes_rather_than_take_gas_back():
    share, closed = gasflow.solve(
        [line(51, 0.3, feeds=(0, 50), kpa=(2.5, 2.5)), line(21, 0.3, feeds=(0, 20), kpa=(2.5, 2.0))], GAS
    )
    assert share.feed_m3h == pytest.approx([7.35, 7.35], rel=1e-3)
    assert share.kpa[25] == share.kpa.min()
    assert closed.feed_m3h == pytest.approx([5.7, 0.0], abs=1e-3)
    assert closed.kpa[20] > 2.4  # what stands before it, not what it is set to


def test_no_demand_no_drop_and_a_place_without_pipes():
    flows = gasflow.solve([line(5, 0.0), line(1, 0.0)], GAS)
    assert all(flow.kpa == pytest.approx(2.5, abs=1e-6) for flow in flows)
    assert gasflow.solve([], GAS) == []


@pytest.mark.parametrize("name", ["gas_tcross1", "gas_meshed_square", "gas_3parallel", "schutterwald_gas"])
def test_pandapipes_own_networks(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = getattr(__import__("pandapipes.networks", fromlist=[name]), name)()
        pandapipes.create_fluid_from_lib(net, "methane", overwrite=True)
    pipe, sink, feed = net.pipe[net.pipe.in_service], net.sink, net.ext_grid
    bore = pipe["inner_diameter_m" if "inner_diameter_m" in pipe else "diameter_m"].to_numpy(float)
    demand = np.zeros(len(net.junction))
    mass = (sink.mdot_kg_per_s * sink.scaling).to_numpy(float)
    np.add.at(demand, net.junction.index.get_indexer(sink.junction), mass * 3600 / GAS.density_kg_m3)
    area = gasflow.Area(
        net.junction.index.get_indexer(pipe.from_junction),
        net.junction.index.get_indexer(pipe.to_junction),
        pipe.length_km.to_numpy(float) * 1000,
        bore,
        pipe.k_mm.to_numpy(float),
        demand,
        net.junction.index.get_indexer(feed.junction),
        feed.p_bar.to_numpy(float) * 100,
    )
    (flow,) = gasflow.solve([area], gasflow.Gas("methane", GAS.density_kg_m3, float(net.junction.tfluid_k.iloc[0])))
    assert gasflow._converges(net, {"friction_model": "colebrook", "max_iter_colebrook": 100})
    theirs, _ = gasflow._results(net)
    plain = (net.pipe["loss_coefficient"] == 0).all() and (net.junction.height_m == net.junction.height_m.iloc[0]).all()
    tolerance = 1e-4 if plain else 2.0  # we know neither heights nor single losses
    np.testing.assert_allclose(flow.kpa, theirs, atol=max(tolerance, 1e-6 * float(theirs.max())))
    assert flow.feed_m3h.sum() == pytest.approx(demand.sum(), rel=1e-6)


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandapipes", None)
    with pytest.raises(DataError, match=r"gridrisk\[hydraulics\]"):
        gasflow.require()
