"""The isolation map: what is shut, what to close, who loses gas."""

import numpy as np

from gridrisk import maps


def page(city, as_of, read_page, isolation=None, **layers):
    layers = {"valves": city.valves, "customers": city.customers, **layers}
    return read_page(maps.isolation_map(isolation or city.isolation, city.pipes, as_of=as_of, lang="en", **layers))


def test_classes(city, as_of, read_page, read_numbers):
    shown = page(city, as_of, read_page)
    codes = np.array(read_numbers(shown.layer("pipes")["codes"]))
    assert set(city.pipes.index[codes == 0]) == set(city.isolation["pipes"])
    assert set(city.pipes.index[codes == 1]) == set(city.isolation["lost_pipes"])
    assert shown.layer("valves")["labels"]["texts"] == city.isolation["close_valves"]
    assert set(shown.layer("customers")["ids"]) == set(city.isolation["customers"])


def test_a_pipe_inside_that_is_also_listed_as_lost_is_inside(city, as_of, read_page, read_numbers):
    isolation = {**city.isolation, "lost_pipes": [*city.isolation["pipes"], *city.isolation["lost_pipes"]]}
    shown = page(city, as_of, read_page, isolation)
    assert shown.scene["layers"] == page(city, as_of, read_page).scene["layers"]


def test_the_page_opens_on_the_isolated_part(city, as_of, read_page):
    shown = page(city, as_of, read_page)
    west, south, east, north = shown.scene["focus"]
    whole = shown.scene["bounds"]
    assert east - west < whole[2] - whole[0]
    assert north - south < whole[3] - whole[1]


def test_unknown_is_said(city, as_of, read_page):
    isolation = {**city.isolation, "households": None, "unverified_valves": ["V1"], "notes": ["mind the gap"]}
    shown = page(city, as_of, read_page, isolation, customers=None, valves=None)
    assert dict(shown.scene["figures"])["households"] == "unknown"
    notes = " ".join(shown.scene["notes"])
    assert all(text in notes for text in ("mind the gap", "V1", "valves are unknown", "customers are unknown"))


def test_a_valve_without_a_place_is_named(city, as_of, read_page):
    isolation = {**city.isolation, "close_valves": ["V-lost"]}
    assert "valves without a place on the map: V-lost" in page(city, as_of, read_page, isolation).scene["notes"]


def test_stations_to_shut(city, as_of, read_page, read_numbers):
    isolation = {**city.isolation, "close_stations": ["S2"]}
    shown = page(city, as_of, read_page, isolation, backdrop=maps.Backdrop(stations=city.stations))
    assert read_numbers(shown.layer("stations_marked")["members"]) == [2]


def test_nothing_isolated_opens_on_everything(city, as_of, read_page):
    shown = page(city, as_of, read_page, {"pipes": [], "close_valves": []})
    assert shown.scene["focus"] == shown.scene["bounds"]


def test_where_no_source_is_known_nothing_is_called_supplied(city, as_of, read_page):
    titles = [one["label"] for one in page(city, as_of, read_page).layer("pipes")["classes"]]
    assert "still supplied" in titles
    unknown = page(city, as_of, read_page, {**city.isolation, "source_known": False})
    titles = [one["label"] for one in unknown.layer("pipes")["classes"]]
    assert "supply unknown" in titles
    assert "still supplied" not in titles


def test_of_a_divided_pipe_only_the_isolated_stretch_is_drawn_as_such(city, as_of, read_page, read_numbers):
    name = city.isolation["pipes"][0]
    length = city.pipes.geometry.loc[name].length
    isolation = {**city.isolation, "partly": [{"pipe_id": name, "from_m": 0.25 * length, "to_m": 0.5 * length}]}
    shown = page(city, as_of, read_page, isolation)
    codes = np.array(read_numbers(shown.layer("pipes")["codes"]))
    # the pipe is three lines now: supplied, isolated, supplied
    assert len(codes) == len(city.pipes) + 2
    assert codes[-3:].tolist() == [2, 0, 2]
    assert (codes == 0).sum() == len(city.isolation["pipes"])
