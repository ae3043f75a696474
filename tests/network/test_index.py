import numpy as np
import pytest
import shapely

from gridrisk import network

from .oracle import random_scene


@pytest.mark.parametrize("seed", range(3))
def test_a_stored_network_answers_as_the_one_it_was_made_of(draw, network_of, tmp_path, seed):
    scene = random_scene(draw, np.random.default_rng(700 + seed), 10)
    if seed == 2:
        scene.stations = []
    net = network_of(scene.pipes, scene.valves, scene.stations, scene.customers)
    network.save(net, tmp_path / "net.bin")
    stored = network.load(tmp_path / "net.bin", net.crs)
    stuck = [v["valve_id"] for v in scene.valves[::7]]
    for row in scene.pipes:
        for options in ({}, {"inoperable": stuck}):
            one, other = (network.isolate(n, pipe_id=row["pipe_id"], **options).to_dict() for n in (net, stored))
            assert one == other
        at = row["geometry"].interpolate(0.3, normalized=True)
        one, other = (network.isolate(n, point=(at.x + 2, at.y)).to_dict() for n in (net, stored))
        assert one == other
    if net.has_source:
        fed = [net.stations.station_id[side.station] for side in net.stations.sources]
        assert network.lose_station(net, fed[0]).to_dict() == network.lose_station(stored, fed[0]).to_dict()
    assert (
        network.outage_table(net).drop(columns="geometry").equals(network.outage_table(stored).drop(columns="geometry"))
    )


def test_layers_never_imported_stay_unknown(draw, network_of, tmp_path):
    net = network_of([draw.pipe("管1", (0, 0), (9, 0))], None, None, None)
    network.save(net, tmp_path / "net.bin")
    stored = network.load(tmp_path / "net.bin", net.crs)
    assert (stored.customers, stored.customers_in, stored.all_valves) == (None, None, None)
    one, other = (network.isolate(n, pipe_id="管1").to_dict("zh") for n in (net, stored))
    assert one == other


def test_a_damaged_file_is_no_network(draw, network_of, tmp_path):
    net = network_of([draw.pipe("P", (0, 0), (9, 0))])
    path = tmp_path / "net.bin"
    assert network.load(path, net.crs) is None
    network.save(net, path)
    whole = path.read_bytes()
    for damaged in (
        b"",
        whole[:-1],
        b"{}\n",
        b"x" + whole,
        whole.replace(f'"format": {network.INDEX_FORMAT}'.encode(), b'"format": 0'),
    ):
        path.write_bytes(damaged)
        assert network.load(path, net.crs) is None


def test_lines_near_a_place_are_those_of_a_plain_search():
    from gridrisk.network.topology import Grid, Lines

    rng = np.random.default_rng(1)
    xy = rng.uniform(-2000, 2000, (300, 1, 2)) + rng.normal(size=(300, 4, 2)).cumsum(axis=1) * 150
    geometry = np.array([shapely.LineString(c) for c in xy], dtype=object)
    grid = Grid.of(*shapely.get_coordinates(geometry, return_index=True))
    ids, none = np.arange(300).astype(str), np.zeros(300, np.int64)
    plain = Lines(ids, geometry, shapely.length(geometry), none)
    quick = Lines(ids, geometry, shapely.length(geometry), none, grid)
    for x, y in rng.uniform(-2500, 2500, (100, 2)):
        a, b = plain.near(x, y, 60.0), quick.near(x, y, 60.0)
        assert a[0].tolist() == b[0].tolist()
        assert a[1] == pytest.approx(b[1])
