"""Prices and payers, to the fen."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from gridrisk import assets, params, plan
from gridrisk.errors import DataError, ParameterError
from gridrisk.layers import schema

TEXT = (assets.folder("models") / "cost" / "default.toml").read_text(encoding="utf-8")


def priced(pipes, table, rules, prices, **layers):
    projects = plan.build_projects(pipes, table, rules, **layers)
    return plan.price(projects, pipes, prices)


def community():
    frame = gpd.GeoDataFrame({"community_id": ["C1"]}, geometry=[box(-10, -10, 9000, 10)], crs="EPSG:4547")
    return schema.complete(frame, "communities")


def test_a_municipal_street_by_hand(street, risk, rules, prices):
    # 100 m, DN150 low pressure → PE, next larger size 160: 430; trench next larger 200: 400; pavement 480 yuan/m
    # fixed 30,000; overhead 8 %: (43,000 + 40,000 + 48,000 + 30,000) · 1.08 = 173,880
    pipes = street([100])
    out = priced(pipes, risk(pipes, "major"), rules, prices).iloc[0]
    assert (out["pipe_yuan"], out["trench_yuan"], out["reinstatement_yuan"], out["fixed_yuan"]) == (
        46440.0,
        43200.0,
        51840.0,
        32400.0,
    )
    assert out["cost_yuan"] == out["cost_gas_company"] == 173880.0
    assert out["cost_city"] == out["cost_owner"] == out["cost_unassigned"] == 0
    # the year of road works halves the pavement: 25,920
    assert out["saving_yuan"] == out["saving_gas_company"] == 25920.0


def test_a_residents_courtyard_is_split_between_gas_company_and_city(street, risk, rules, prices):
    # 100 m PE 110 (300) and 18 m of riser DN50 (450, no trench; 800 for the riser itself): gas company 30,000 + 8,100
    # + 800 + fixed 12,000, · 1.08
    # city: trench 100 · 200; surface 100 · 200 + 18 · 100, · 1.08
    pipes = street(
        [100, 18], setting=["courtyard", "riser"], diameter_mm=[110.0, 50.0], owner_kind="resident", road="阳光花园"
    )
    out = priced(pipes, risk(pipes, "major"), rules, prices).iloc[0]
    assert out["cost_gas_company"] == pytest.approx(54972.0)
    assert out["cost_city"] == pytest.approx(45144.0)
    assert out["cost_yuan"] == 100116.0
    assert out["saving_city"] == pytest.approx(11772.0)
    assert out["saving_gas_company"] == 0


def test_owners_pay_for_their_own_courtyard(street, risk, rules, prices):
    pipes = street([100], setting="courtyard", owner_kind="non_resident")
    out = priced(pipes, risk(pipes, "major"), rules, prices).iloc[0]
    assert out["cost_owner"] == out["cost_yuan"] > 0


@pytest.mark.parametrize(
    ("setting", "owner", "inside", "payer"),
    [
        ("courtyard", None, False, "unassigned"),
        ("courtyard", None, True, "unassigned"),
        (None, "operator", False, "unassigned"),
        ("courtyard", "operator", False, "gas_company"),
        ("municipal", None, False, "gas_company"),
    ],
)
def test_who_pays_is_not_guessed(street, risk, rules, prices, setting, owner, inside, payer):
    pipes = street([100], setting=setting, owner_kind=owner)
    out = priced(pipes, risk(pipes, "major"), rules, prices, communities=community() if inside else None)
    assert out[f"cost_{payer}"].iloc[0] == out["cost_yuan"].iloc[0]
    checks = [finding.check for finding in plan.cost_findings(out)]
    assert ("payer_unknown" in checks) == (payer == "unassigned")


def test_the_gas_companys_pipe_inside_a_community_is_the_residents_courtyard(street, risk, rules, prices):
    pipes = street([100], setting="courtyard", owner_kind="operator")
    out = priced(pipes, risk(pipes, "major"), rules, prices, communities=community()).iloc[0]
    assert out["cost_city"] > 0
    assert out["cost_gas_company"] > 0


def test_an_unknown_diameter_is_priced_and_told(street, risk, rules, prices):
    pipes = street([100, 100], diameter_mm=[np.nan, 200.0])
    out = priced(pipes, risk(pipes, "major"), rules, prices)
    known = street([100, 100], diameter_mm=[200.0, 200.0])
    assert out["cost_yuan"].to_list() == priced(known, risk(known, "major"), rules, prices)["cost_yuan"].to_list()
    assert out["unknown_diameter_m"].to_list() == [100.0]
    assert [finding.check for finding in plan.cost_findings(out)] == ["unknown_diameter_priced"]


def test_high_pressure_and_large_pipes_are_steel(street, risk, rules, prices):
    def pipe(**fields):
        pipes = street([100], **fields)
        return priced(pipes, risk(pipes, "major"), rules, prices)["pipe_yuan"].iloc[0]

    assert pipe(diameter_mm=300.0) == pytest.approx(98_000 * 1.08)
    assert pipe(diameter_mm=300.0, pressure_class="sub_high_a") == pytest.approx(150_000 * 1.08)
    assert pipe(diameter_mm=300.0, pressure_class=None) == pytest.approx(150_000 * 1.08)
    assert pipe(diameter_mm=450.0) == pytest.approx(255_000 * 1.08)


def test_beyond_the_largest_size_the_price_grows_with_the_diameter(street, risk, rules, prices):
    pipes = street([100], diameter_mm=2000.0)
    out = priced(pipes, risk(pipes, "major"), rules, prices)
    assert out["pipe_yuan"].iloc[0] == pytest.approx(100 * 5600 * 2 * 1.08)
    assert out["beyond_table_m"].to_list() == [100.0]
    assert "diameter_beyond_costs" in [finding.check for finding in plan.cost_findings(out)]


@pytest.mark.parametrize("seed", range(4))
def test_the_parts_add_up_to_the_fen(seed, street, risk, rules, prices):
    rng = np.random.default_rng(seed)
    count = 600
    pick = lambda *values: rng.choice(np.array(values, dtype=object), count)  # noqa: E731
    pipes = street(
        rng.uniform(0.01, 900, count),
        setting=pick("courtyard", "riser", "service", "municipal", None),
        owner_kind=pick("resident", "non_resident", "operator", None),
        diameter_mm=pick(20.0, 90.0, 333.3, 1500.0, np.nan),
        pressure_class=pick("low", "medium_a", "high_a", None),
        road=[f"路{i // 6}" for i in range(count)],
    )
    half = TEXT.replace(
        "[payers.courtyard_resident.civil]\nvalue = { city = 1 }",
        "[payers.courtyard_resident.civil]\nvalue = { city = 0.3333333, gas_company = 0.3333333, grant = 0.3333334 }",
    )
    for model in (prices, params.parse("cost/split", half.encode())):
        out = priced(pipes, risk(pipes, "major"), rules, model)
        payers = plan.payer_names(model)
        fen = (out * 100).round().astype("int64")
        assert (fen[[f"cost_{payer}" for payer in payers]].sum(axis=1) == fen["cost_yuan"]).all()
        assert (fen[[f"saving_{payer}" for payer in payers]].sum(axis=1) == fen["saving_yuan"]).all()
        parts = ["pipe_yuan", "trench_yuan", "reinstatement_yuan", "fixed_yuan"]
        assert (fen[parts].sum(axis=1) == fen["cost_yuan"]).all()
        assert (out[["cost_yuan", "saving_yuan", *parts]] >= 0).all(axis=None)
        money = [column for column in out if column.endswith("_yuan") or column.startswith(("cost_", "saving_"))]
        assert (out[money] == (out[money] * 100).round() / 100).all(axis=None)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("value = { city = 1 }", "value = { city = 0.9 }", "payers.courtyard_resident.civil add up to 0.9"),
        ("[payers.municipal.civil]", "[payers.elsewhere.civil]", "has no payers.municipal.civil"),
        ("value = { 63 = 180,", "value = { small = 180,", "pipe.pe must give numbers by diameter"),
        ("value = { 63 = 180,", "value = { 63 = -180,", "pipe.pe is negative"),
        ("[works_saving_share]", "[works_saving]", "no parameter works_saving_share"),
    ],
)
def test_a_faulty_cost_file_is_refused(street, risk, rules, old, new, expected):
    assert old in TEXT
    pipes = street([100], diameter_mm=63.0)
    with pytest.raises(ParameterError, match=expected):
        priced(pipes, risk(pipes, "major"), rules, params.parse("cost/x", TEXT.replace(old, new).encode()))


def test_segments_that_are_not_there_are_named(street, risk, rules, prices):
    pipes = street([100, 100])
    projects = plan.build_projects(pipes, risk(pipes, "major"), rules)
    with pytest.raises(DataError, match="P0001"):
        plan.price(projects, pipes.iloc[:1], prices)


def test_no_projects_no_prices(street, risk, rules, prices):
    pipes = street([100])
    out = priced(pipes, risk(pipes, "low"), rules, prices)
    assert len(out) == 0
    assert "cost_gas_company" in out.columns
    assert isinstance(out, pd.DataFrame)


def test_depth_class_crossing_and_valves_by_hand(street, risk, rules, prices):
    # 100 m as above at 2.4 m in a main road: trench 400 · 1.6, surface 600; one valve of the next size, 7,000 of DN160
    pipes = street([100], depth_m=2.4)
    projects = plan.build_projects(pipes, risk(pipes, "major"), rules)
    valves = pd.DataFrame({"pipe_id": ["P0000", "P9999", None]})
    out = plan.price(
        projects, pipes, prices, valves=valves, road_class=pd.Series({"P0000": " 主干路 "}, dtype="str")
    ).iloc[0]
    assert out["trench_yuan"] == pytest.approx(100 * 400 * 1.6 * 1.08)
    assert out["reinstatement_yuan"] == pytest.approx(100 * 600 * 1.08)
    assert out["valve_yuan"] == pytest.approx(7000 * 1.08)
    assert out["trade_pe_fusion_m"] == 100
    # drilled under a road instead: no trench, no surface, 30,000 and 900 a metre, a trade of its own
    pipes = street([100], laying="casing")
    projects = plan.build_projects(pipes, risk(pipes, "major"), rules)
    out = plan.price(projects, pipes, prices).iloc[0]
    assert out["trench_yuan"] == out["reinstatement_yuan"] == out["trade_pe_fusion_m"] == 0
    assert out["crossing_yuan"] == pytest.approx((30_000 + 90_000) * 1.08)
    assert out["trade_drilling_m"] == 100


def test_households_are_priced_where_customers_are_known(street, risk, rules, prices):
    pipes = street([100], setting="courtyard", owner_kind="resident", road="阳光花园")
    projects = plan.build_projects(pipes, risk(pipes, "major"), rules)
    customers = pd.DataFrame(
        {
            "kind": ["resident", "resident", "catering", "resident"],
            "fuel": ["pipe", "pipe", "pipe", "bottle"],
            "households": pd.array([40, pd.NA, 1, 9], dtype="Int64"),
            "pipe_id": ["P0000"] * 4,
        }
    )
    out = plan.price(projects, pipes, prices, customers=customers).iloc[0]
    assert out["household_yuan"] == pytest.approx(41 * 650 * 1.08)


def test_prices_are_brought_to_the_year(street, risk, rules, prices):
    pipes = street([100])
    projects = plan.build_projects(pipes, risk(pipes, "major"), rules)
    out = plan.price(projects, pipes, prices, year=2027).iloc[0]
    assert out["cost_yuan"] == pytest.approx(173880 * 1.02**2, abs=0.1)
    assert out["price_index"] == 0.02


def changed(tmp_path, **values):
    text = TEXT
    for key, value in values.items():
        head, _, rest = text.partition(f"[{key}]\nvalue = ")
        text = f"{head}[{key}]\nvalue = {value}\n{rest.partition(chr(10))[2]}"
    file = tmp_path / "cost" / "default.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return params.load("cost/default", tmp_path)


def test_a_grant_is_taken_off_first_and_only_for_what_residents_own(street, risk, rules, tmp_path):
    west = changed(tmp_path, grant_region='"west"')
    pipes = street([100], setting="courtyard", owner_kind="resident", road="阳光花园")
    projects = plan.build_projects(pipes, risk(pipes, "major"), rules)
    plain, out = (
        plan.price(projects, pipes, params.load("cost/default")).iloc[0],
        plan.price(projects, pipes, west).iloc[0],
    )
    assert out["cost_yuan"] == plain["cost_yuan"]
    assert out["cost_central"] == pytest.approx(0.6 * plain["cost_yuan"], abs=0.02)
    assert out["cost_city"] == pytest.approx(0.4 * plain["cost_city"], abs=0.02)
    parts = [round(out[f"cost_{payer}"] * 100) for payer in plan.payer_names(west)]
    assert sum(parts) == round(out["cost_yuan"] * 100)
    pipes = street([100], setting="courtyard", owner_kind="non_resident", road="阳光花园")
    out = plan.price(plan.build_projects(pipes, risk(pipes, "major"), rules), pipes, west).iloc[0]
    assert out["cost_central"] == 0


def test_an_unknown_region_and_negative_prices_are_named(street, risk, rules, tmp_path):
    pipes = street([100])
    projects = plan.build_projects(pipes, risk(pipes, "major"), rules)
    with pytest.raises(ParameterError, match="grant_region is moon; use one of none, east"):
        plan.price(projects, pipes, changed(tmp_path, grant_region='"moon"'))
    with pytest.raises(ParameterError) as caught:
        plan.price(projects, pipes, changed(tmp_path, household=-1, fixed="{ municipal = -5, courtyard = 1 }"))
    texts = " ".join(str(text) for text in caught.value.messages)
    assert "household is negative" in texts
    assert "fixed is negative" in texts


def test_a_line_stop_costs_by_material_and_diameter(street, prices):
    pipes = street([10, 10, 10, 10])
    pipes["material"] = ["pe", "steel", "grey_cast_iron", "steel"]
    pipes["diameter_mm"] = [110.0, 200.0, 250.0, 1200.0]
    # 3,000; 35,000; the next larger of 250 is 300: 55,000; beyond the last in proportion: 350,000 · 1.2; 8 % overhead
    expected = [3_000 * 1.08, 35_000 * 1.08, 55_000 * 1.08, 420_000 * 1.08]
    assert plan.line_stop_yuan(pipes, prices).to_list() == pytest.approx(expected)
    pipes["diameter_mm"] = np.nan
    assert plan.line_stop_yuan(pipes, prices).notna().all()
