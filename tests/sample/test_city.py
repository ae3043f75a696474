"""The generated city: size, topology, pressure levels, and ranges of what is recorded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import cKDTree

from gridrisk import network, params, sample
from gridrisk.errors import UsageError
from gridrisk.layers import schema

if TYPE_CHECKING:
    import geopandas as gpd

AS_OF = dt.date(2025, 6, 30)
_RANK = {"low": 0, "medium_b": 1, "medium_a": 2, "sub_high_b": 3, "sub_high_a": 4, "high_b": 5, "high_a": 6}
_PE_SIZES = {20, 25, 32, 40, 50, 63, 75, 90, 110, 125, 140, 160, 180, 200, 225, 250, 280, 315, 355, 400, 450, 500}


def ends(pipes: gpd.GeoDataFrame) -> np.ndarray:
    lines = pipes.geometry.array
    return shapely.get_coordinates(np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)]))


def nodes(pipes: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start node, end node, and the coordinates of nodes: ends that agree within 1e-6 m are one."""
    xy = np.round(ends(pipes), 6)
    places, number = np.unique(xy, axis=0, return_inverse=True)
    number = number.ravel()
    return number[: len(pipes)], number[len(pipes) :], places


def fed(city: sample.City, *, closed: bool) -> np.ndarray:
    """Walk from the city gates: freely among pipes of one class, through a station only from inlet to outlet class.

    With `closed`, a pipe that bears a closed valve conducts nothing (it is fed if either end is).
    """
    pipes, stations = city.layers["pipes"], city.layers["stations"]
    a, b, places = nodes(pipes)
    klass = pipes["pressure_class"].map(_RANK).to_numpy()
    # a node of the walk is a place at one pressure class
    width = 10
    here, there = a * width + klass, b * width + klass
    at = cKDTree(places).query(shapely.get_coordinates(stations.geometry.array))
    assert at[0].max() < 1e-6
    inlet = at[1] * width + stations["inlet_class"].map(_RANK).to_numpy()
    outlet = at[1] * width + stations["outlet_class"].map(_RANK).to_numpy()
    conducts = np.ones(len(pipes), dtype=bool)
    if closed:
        valves = city.layers["valves"]
        shut = valves[valves["normally_open"].eq(False).fillna(value=False)]
        nearest = shapely.STRtree(pipes.geometry.array).nearest(shut.geometry.array)
        conducts[nearest] = False
    size = len(places) * width
    tail = np.concatenate([here[conducts], there[conducts], inlet])
    head = np.concatenate([there[conducts], here[conducts], outlet])
    source = outlet[stations["is_source"].to_numpy(dtype=bool)]
    tail, head = np.concatenate([tail, np.full(len(source), size)]), np.concatenate([head, source])
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(size + 1, size + 1)).tocsr()
    seen = np.zeros(size + 1, dtype=bool)
    seen[breadth_first_order(graph, size, directed=True, return_predecessors=False)] = True
    return seen[here] | seen[there]


@pytest.mark.parametrize(
    ("pipes", "seed"), [(500, 1), (500, 2), (500, 3), (1500, 4), (1500, 6), (5000, 1), (5000, 7), (20_000, 2)]
)
def test_every_city_has_its_size_is_fed_and_keeps_its_pressures_apart(pipes: int, seed: int) -> None:
    city = sample.generate(pipes, seed, AS_OF)
    lines, stations = city.layers["pipes"], city.layers["stations"]
    assert abs(len(lines) - pipes) <= 0.05 * pipes
    assert fed(city, closed=False).all()
    assert fed(city, closed=True).all()
    a, b, places = nodes(lines)
    klass = lines["pressure_class"].map(_RANK).to_numpy()
    low, high = np.full(len(places), 99), np.full(len(places), -1)
    for node in (a, b):
        np.minimum.at(low, node, klass)
        np.maximum.at(high, node, klass)
    mixed = places[low != high]
    at = cKDTree(shapely.get_coordinates(stations.geometry.array)).query(mixed)[0]
    assert at.max(initial=0) < 1e-6
    assert (a != b).all()


def test_some_valves_are_closed_or_not_known(city: sample.City) -> None:
    assert city.layers["valves"]["normally_open"].eq(False).any()
    assert city.layers["valves"]["normally_open"].isna().any()


def test_a_regulator_stands_between_its_inlet_and_its_outlet(city: sample.City) -> None:
    pipes, stations = city.layers["pipes"], city.layers["stations"]
    a, b, places = nodes(pipes)
    where = cKDTree(places).query(shapely.get_coordinates(stations.geometry.array))[1]
    touching = pd.DataFrame({"node": np.r_[a, b], "klass": np.r_[pipes["pressure_class"], pipes["pressure_class"]]})
    held = touching.groupby("node")["klass"].agg(set)
    for node, inlet, outlet, kind in zip(
        where, stations["inlet_class"], stations["outlet_class"], stations["kind"], strict=True
    ):
        assert held[node] == ({outlet} if kind == "city_gate" else {inlet, outlet})
    assert stations["kind"].isin(["city_gate", "regulator_station", "regulator_cabinet", "regulator_box"]).all()
    assert set(stations["kind"]) >= {"city_gate", "regulator_station", "regulator_cabinet"}


def test_ends_that_come_close_meet_exactly(city: sample.City) -> None:
    _, _, places = nodes(city.layers["pipes"])
    assert cKDTree(places).query(places, k=2)[0][:, 1].min() > 0.01


def test_the_medium_network_is_ringed_and_courtyards_are_trees(city: sample.City) -> None:
    pipes = city.layers["pipes"]

    def rings(part: gpd.GeoDataFrame) -> int:
        a, b, places = nodes(part)
        graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(places), len(places)))
        return len(part) - len(places) + connected_components(graph, directed=False)[0]

    street = pipes["setting"] == "municipal"
    assert rings(pipes[street & pipes["pressure_class"].isin(["medium_a", "medium_b"])]) > 20
    assert rings(pipes[~street]) == 0


def test_valves_lie_on_their_pipes(city: sample.City) -> None:
    valves, pipes = city.layers["valves"], city.layers["pipes"]
    known = valves[valves["pipe_id"].notna()]
    assert 0.85 < len(known) / len(valves) < 0.99
    line = pipes.geometry.loc[known["pipe_id"]].array
    assert shapely.distance(line, known.geometry.array).max() < 0.01
    assert valves["operable"].eq(False).any()
    assert valves["operable"].isna().any()


def test_layers_follow_their_schemas(city: sample.City) -> None:
    assert set(city.layers) == set(schema.names())
    for name, frame in city.layers.items():
        spec = schema.load(name)
        assert frame.index.is_unique, name
        assert frame.index.name == spec.id
        assert frame.crs.to_epsg() == 4547
        assert frame.geometry.is_valid.all(), name
        assert not frame.geometry.is_empty.any()
        assert set(frame.geom_type) <= set(spec.geometry)
        for field, kind in spec.fields.items():
            if field == spec.id:
                continue
            values = frame[field]
            assert str(values.dtype) == kind.dtype, (name, field)
            known = values.dropna()
            if kind.type == "choice":
                assert set(known) <= set(kind.choices), (name, field)
            if kind.min is not None:
                assert (known >= kind.min).all(), (name, field)
            if kind.max is not None:
                assert (known <= kind.max).all(), (name, field)
            if kind.type == "date" and field not in {"renew_by", "no_dig_until", "start_on", "end_on"}:
                assert (known.dt.date <= AS_OF).all(), (name, field)


def test_references_between_layers_hold(city: sample.City) -> None:
    pipes = city.layers["pipes"]
    for name in ("valves", "customers", "leaks"):
        assert city.layers[name]["pipe_id"].dropna().isin(pipes.index).all(), name
    for name in ("pipes", "customers"):
        assert city.layers[name]["town_id"].isin(city.layers["towns"].index).all(), name
    assert city.layers["sensors"]["void_id"].isin(city.layers["voids"].index).all()
    assert city.layers["customers"].query("fuel != 'pipe'")["pipe_id"].isna().all()


def test_materials_fit_their_time_and_pressure(city: sample.City) -> None:
    pipes = city.layers["pipes"]
    year, material = pipes["install_year"], pipes["material"]
    grey, plastic = material == "grey_cast_iron", material == "pe"
    assert grey.mean() > 0.01
    assert pipes.loc[grey, "pressure_class"].isin(["low", "medium_b"]).all()
    assert year[grey].dropna().between(1960, 1990).all()
    assert year[plastic].dropna().ge(1998).all()
    assert set(pipes.loc[plastic, "diameter_mm"]) <= _PE_SIZES
    assert pipes.loc[plastic, "cathodic"].isna().all()
    assert 0.005 < year.isna().mean() < 0.12
    assert 0 < (material == "unknown").mean() < 0.06
    assert pipes.loc[pipes["setting"] == "riser", "material"].isin(["steel", "unknown"]).all()
    assert set(pipes["setting"]) == {"municipal", "courtyard", "service", "riser"}


def test_few_pipes_are_built_over_and_only_by_what_is_illegal(city: sample.City) -> None:
    pipes, houses = city.layers["pipes"], city.layers["buildings"]
    buried = pipes[pipes["setting"] != "riser"]
    regular = houses[~houses["kind"].isin(["违章搭建", "亭棚"])]
    assert len(shapely.STRtree(buried.geometry.array).query(regular.geometry.array, predicate="intersects")[0]) == 0
    assert 0.005 < city.truth["built_over"].mean() < 0.03
    assert houses["permitted"].eq(False).any()


def test_there_is_what_the_other_rooms_look_for(city: sample.City) -> None:
    layers = city.layers
    assert 5 <= len(layers["towns"]) <= 12
    assert layers["towns"]["development_zone"].sum() == 1
    assert set(layers["customers"]["fuel"]) == {"pipe", "bottle", "electric", "none"}
    assert set(layers["works"]["status"]) >= {"active", "planned"}
    assert layers["roads"]["works_year"].notna().any()
    assert layers["roads"]["no_dig_until"].notna().any()
    assert layers["communities"]["renovation_year"].notna().any()
    assert layers["utilities"]["isolated"].notna().any()
    assert layers["pipes"]["shared_trench_with"].notna().any()
    catering = layers["customers"].query("kind == 'catering'")
    for field in ("area_m2", "kitchen_area_m2", "licensed"):
        assert catering[field].isna().any(), field
        assert catering[field].notna().any(), field


def test_larger_cities_hold_every_kind_of_customer() -> None:
    customers = sample.generate(60_000, 5, AS_OF).layers["customers"]
    wanted = set(schema.load("customers").fields["kind"].choices)
    assert set(customers["kind"]) == wanted


def test_the_same_arguments_give_the_same_city(small: sample.City) -> None:
    again = sample.generate(500, 3, AS_OF)
    for name, frame in small.layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(again.layers[name]))
    pd.testing.assert_frame_equal(small.truth, again.truth)
    for name, raster in small.rasters.items():
        np.testing.assert_array_equal(raster.values, again.rasters[name].values)
    other = sample.generate(500, 4, AS_OF)
    assert not other.layers["pipes"].geometry.iloc[0].equals(small.layers["pipes"].geometry.iloc[0])


def test_rasters_cover_the_city(city: sample.City) -> None:
    west, south, east, north = city.layers["pipes"].total_bounds
    for raster in city.rasters.values():
        rows, columns = raster.values.shape
        left, top = raster.transform.c, raster.transform.f
        assert left <= west
        assert top >= north
        assert left + columns * raster.transform.a >= east
        assert top + rows * raster.transform.e <= south
    assert city.rasters["ground_movement"].values.min() >= 0
    assert city.rasters["ground_movement"].values.max() <= 1
    people = city.layers["buildings"]["people"].sum()
    assert city.rasters["population"].values.sum() == pytest.approx(people)


@pytest.mark.parametrize("pipes", [0, 299, 2_000_001])
def test_sizes_out_of_range_are_refused(pipes: int) -> None:
    with pytest.raises(UsageError, match="300"):
        sample.generate(pipes, 1, AS_OF)


def test_the_city_carries_its_own_peak():
    pytest.importorskip("pandapipes")
    made = sample.generate(1000, 3, AS_OF).layers
    pipes, stations, customers = made["pipes"], made["stations"], made["customers"]
    net = network.build(pipes, made["valves"], stations, customers, params.load("network/network"))
    piped = customers[(customers["fuel"] == "pipe").to_numpy(bool)]
    demand = params.load("demand")
    drawn = dict(zip(piped.index, network.peak_demand(piped, demand).m3h, strict=True))
    hydraulics = params.load("network/hydraulics")
    model = network.hydraulics(net, pipes, drawn, hydraulics, network.Setting(), demand_params=demand)
    capacity = stations["capacity_m3h"].dropna().to_dict()
    found = network.pressures(net, model, hydraulics, capacity_m3h=capacity)
    assert len(found.regulators) > 10
    assert all(regulator.capacity_suffices for regulator in found.regulators)
    failing = sum(area.holds is False for area in found.areas)
    assert failing <= len(found.areas) / 20
