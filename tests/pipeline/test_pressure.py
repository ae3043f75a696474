"""What `pressure` answers on the street, and on other people's network."""

import geopandas as gpd
import pytest
import shapely

from gridrisk import store

from .street import X, Y, customer, pipe

pytest.importorskip("pandapipes")


def fed_street(**changed):
    customers = [customer(c, x, peak_m3h=6.0, kind="hotel") for c, x in (("a", 50), ("b", 150), ("c", 250))]
    return {"customers": customers} | changed


def test_pressures_as_the_valves_stand(workspace, call):
    root = workspace(**fed_street())
    code, data = call("pressure", root)
    assert code == 0
    assert data["holds"] is True
    (area,) = data["areas"]
    assert area["demand_m3h"] == pytest.approx(18.0)
    assert (area["pressure_class"], area["fed_by"]) == ("low", ["G"])
    assert area["lowest_pipe"] in {"B", "C"}  # at the joint of both
    assert 1.5 < area["lowest_kpa"] < 2.5
    assert data["isolation"] is None
    assert any("as surveyed" in text for text in data["assumed"])
    assert any("hydraulics.toml" in text for text in data["assumed"])
    table = gpd.read_parquet(data["file"]).set_index("pipe_id")
    assert table["kpa"].loc["C"] == pytest.approx(area["lowest_kpa"])
    assert "the pressure holds" in call("pressure", root, as_json=False)[1]


def test_with_the_short_way_isolated_the_long_way_is_too_thin(workspace, call):
    """A ring: the wide way is cut, and what remains is a long pipe of 32 mm."""
    pipes = [pipe(name, start, start + 100) for name, start in (("A", 0), ("B", 100), ("C", 200))]
    around = [(X, Y), (X, Y + 300), (X + 300, Y + 300), (X + 300, Y)]
    pipes.append(pipe("T", 0, 300, diameter_mm=32.0, geometry=shapely.LineString(around)))
    valves = [
        {"valve_id": v, "operable": True, "pipe_id": p, "geometry": shapely.Point(X + x, Y)}
        for v, p, x in (("v1", "A", 99), ("v2", "C", 201))
    ]
    root = workspace(**fed_street(pipes=pipes, valves=valves))
    data = call("pressure", root, "--pipe", "B")[1]
    assert (data["before"]["holds"], data["holds"]) == (True, False)
    assert data["isolation"]["customers"] == ["b"]
    assert data["newly_below"] == ["c"]  # a stands before the valve
    assert "DOES NOT HOLD" in call("pressure", root, "--pipe", "B", as_json=False)[1]


def test_what_is_unknown_is_neither_held_nor_refused(workspace, call):
    data = call("pressure", workspace())[1]
    assert (data["holds"], data["demand_unknown"]) == (None, ["u"])


@pytest.mark.parametrize(("missing", "said"), [("stations", "is_source"), ("customers", "nobody knows the demand")])
def test_without_source_or_customers_it_is_said_what_is_missing(workspace, call, missing, said):
    code, data = call("pressure", workspace(**{missing: None}))
    assert code == 1
    assert said in data["errors"][0]


def test_wrong_use(workspace, call):
    root = workspace(**fed_street())
    assert call("pressure", root, "--pipe", "A", "--station", "G")[0] == 2
    code, data = call("pressure", root, "--open", "v1")
    assert code == 1
    assert "v1 is no closed valve" in data["errors"][0]


@pytest.mark.shared
def test_a_german_town_of_one_bar(german_town, call):
    root = german_town
    assert call("pressure", root)[1]["holds"] is None  # nobody knows the peaks
    made = store.open_workspace(root)
    customers = store.read_layer(made, "customers")
    store.commit_layer(made, "customers", customers.assign(peak_m3h=0.8, kind="shop"), [], detail={})
    data = call("pressure", root)[1]
    (area,) = [area for area in data["areas"] if area["demand_m3h"] > 0]
    assert area["pressure_class"] == "medium_b"
    assert area["demand_m3h"] == pytest.approx(0.8 * 1506, rel=0.01)
    assert 50 < area["lowest_kpa"] < 100
    assert data["holds"] is True
