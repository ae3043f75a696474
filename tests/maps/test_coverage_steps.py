"""The months of the coverage map, and what it shows beside towns and customers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridrisk import maps


@pytest.fixture
def months(city):
    """Three months of every town: nothing, a half, and what the last step shows; the second was closed."""
    parts = []
    for place, (month, share) in enumerate([("2026-09", 0.0), ("2026-10", 0.5), ("2026-11", 1.0)]):
        part = pd.DataFrame({"town_id": city.towns.index, "month": month, "eligible": 10, "verified": 0})
        part["converted"] = int(10 * share)
        part["share"], part["needed"] = share, 0.4
        part["closed"] = pd.Series(3 if place == 1 else pd.NA, index=part.index, dtype="Int64")
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def test_towns_month_by_month(city, as_of, months, read_page, read_numbers):
    shown = read_page(maps.coverage_map(city.coverage, city.towns, timeline=months, as_of=as_of, lang="en"))
    steps = shown.scene["steps"]
    assert steps["labels"] == ["2026-09", "2026-10", "2026-11"]
    assert steps["said"][0].startswith("end of 2026-09 by the records of")
    assert steps["said"][1] == "end of 2026-10 as it was closed (revision 3)"
    assert steps["figures"][1] == [f"{10 * len(city.towns)}", f"{5 * len(city.towns)}", "50 %"]
    assert [set(read_numbers(codes)) for codes in steps["layers"]["towns"]["codes"][:2]] == [{0}, {2}]
    assert read_numbers(steps["layers"]["towns"]["codes"][2]) == read_numbers(shown.layer("towns")["codes"])
    assert steps["layers"]["towns"]["texts"][1][0].endswith("50 %")
    # 0 is less than the 40 % needed, 50 % is not; the last step is what the result says.
    late = [read_numbers(members) for members in steps["layers"]["late"]["members"]]
    assert (len(late[0]), late[1]) == (len(city.towns), [])
    assert late[2] == read_numbers(shown.layer("late")["members"])
    assert steps["layers"]["towns"]["columns"]["converted"][1] == [5] * len(city.towns)


def test_customers_are_converted_in_their_month(city, as_of, months, read_page, read_numbers):
    customers = city.customers.copy()
    done = city.conversion.index[city.conversion["decision"].eq("done")]
    days = pd.Series(pd.NaT, index=customers.index, dtype="datetime64[ms]")
    days[done[0]], days[done[1]], days[done[2]] = (pd.Timestamp(d) for d in ("2020-01-01", "2026-10-31", "2026-11-01"))
    fuel = customers["fuel"].copy()
    fuel[done[2]] = "electric"
    shown = read_page(
        maps.coverage_map(
            city.coverage,
            city.towns,
            conversion=city.conversion,
            customers=customers.assign(converted_on=days, fuel=fuel),
            timeline=months,
            as_of=as_of,
            lang="en",
        )
    )
    layer, change = shown.layer("customers"), shown.scene["steps"]["layers"]["customers"]
    titles = [item["label"] for item in layer["classes"]]
    place = {name: number for number, name in enumerate(layer["ids"])}
    since, before = read_numbers(change["since"]), read_numbers(change["before"])
    assert [since[place[name]] for name in done[:3]] == [0, 1, 2]
    assert [titles[before[place[name]]] for name in done[1:3]] == ["change to pipe gas", "change to electricity"]


def test_one_month_needs_no_slider(city, as_of, months, read_page):
    one = months[months["month"].eq("2026-11")]
    assert "steps" not in read_page(maps.coverage_map(city.coverage, city.towns, timeline=one, as_of=as_of)).scene


def test_zones_extensions_and_depots(city, as_of, read_page):
    x, y = city.towns.geometry.iloc[0].centroid.coords[0]
    line = shapely.LineString([(x, y), (x + 120, y)])
    zones = gpd.GeoDataFrame(
        {"limit_m": [50.0, 100.0], "length_m": [120.0, 0.0]},
        geometry=[line, shapely.MultiLineString()],
        index=pd.Index(["near", "middle"], name="tier"),
        crs=city.towns.crs,
    )
    extensions = gpd.GeoDataFrame(
        {
            "length_m": [120.0],
            "crossings": [1.0],
            "cost_yuan": [432_000.0],
            "users": [7],
            "households": [30],
            "yuan_per_user": [61_714.29],
            "customer_ids": ["a,b"],
        },
        geometry=[line],
        index=pd.Index(["X-0001"], name="extension_id"),
        crs=city.towns.crs,
    )
    depots = gpd.GeoDataFrame(
        {"action": ["keep", "merge"], "capacity_m3": [200.0, np.nan], "users": [40, 0], "users_in_radius": [38, 38]},
        geometry=shapely.points([x, x + 50], [y, y]),
        index=pd.Index(["D1", "D2"], name="depot_id"),
        crs=city.towns.crs,
    )
    shown = read_page(
        maps.coverage_map(
            city.coverage,
            city.towns,
            zones=zones,
            extensions=extensions,
            depots=depots,
            radius_m=500,
            as_of=as_of,
            lang="en",
        )
    )
    assert shown.notes("zones") == {"up to 50 m from a main": "120 m"}
    assert shown.notes("extensions") == {"Proposed extensions of mains": "1 · 120 m · 7 users"}
    assert shown.notes("depots") == {"to be merged": "1", "to be kept": "1"}
    assert shown.layer("depot_radius")["geometry"]["n"] == 1  # a depot that is merged serves nobody
    assert shown.layer("depots")["labels"]["texts"][0] == "D1\n40 users"
