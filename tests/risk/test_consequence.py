import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_cases import scored

#: People within 30 m of any point of 100 m that one failure reaches: πr / (πr + 2L).
REACHED = 30 * math.pi / (30 * math.pi + 200)


def test_plain_main_by_hand():
    # 0.002 · (160/110)^0.5 · 32 people · 0.320301 + 100 customers · 0.00003 + 0.02 = 0.0477230
    found = scored({}, customers_lost=pd.Series({"p0": 100})).iloc[0]
    assert found["consequence"] == pytest.approx(0.002 * 1.2060453783 * 32 * REACHED + 0.003 + 0.02, rel=1e-9)
    assert found["consequence"] == pytest.approx(0.0477230, rel=1e-5)


def test_gas_gathers_by_hand():
    # built over 10 of 100 m: 1 + 4·0.1; two crossings of 10 m: 1 + 3·0.2; basement 2; clearance 1.3; open trench 3;
    # courtyard 1.5; medium A 2
    around = {
        "built_over": True,
        "built_over_m": 10.0,
        "void_crossing": True,
        "void_crossings": 2,
        "voids_near": 2,
        "basement_near": True,
        "clearance": True,
        "shared_trench": True,
        "shared_trench_isolated": False,
    }
    found = scored({"setting": "courtyard", "pressure_class": "medium_a"}, around=[around]).iloc[0]
    gathers = [found[f"term_gather_{name}"] for name in ("built_over", "void", "basement", "clearance")]
    assert gathers == pytest.approx([1.4, 1.6, 2.0, 1.3])
    assert (found["term_gather_shared_trench"], found["term_gather_setting"], found["term_pressure"]) == (3, 1.5, 2)
    assert found["term_gather_cap"] == 1


def test_the_chance_of_ignition_has_a_ceiling():
    # 0.002 · 5 · 4 · 2 · 1.3 · 3 · 3 · 4 · 2.132 (500 mm) = 7.98 would be more than certain; the ceiling is 0.5
    around = {
        "length_m": 5.0,
        "built_over": True,
        "built_over_m": 5.0,
        "void_crossing": True,
        "void_crossings": 1,
        "basement_near": True,
        "clearance": True,
        "shared_trench": True,
        "shared_trench_isolated": False,
    }
    found = scored({"setting": "riser", "pressure_class": "high_a", "diameter_mm": 500.0}, around=[around]).iloc[0]
    chance = math.prod(found[c] for c in found.index if c.startswith("term_gather") or c in CHANCE)
    assert chance == pytest.approx(0.5)
    assert found["term_gather_cap"] == pytest.approx(0.5 / 7.98, rel=1e-3)


CHANCE = ("term_ignition", "term_pressure", "term_size")


def test_places_that_matter():
    kinds = [("school", 300), ("hospital,school", 600), ("school,school", 300), ("circus", 100), (None, 150)]
    found = scored(*[{}] * len(kinds), around=[{"critical_place": True, "critical_kinds": kind} for kind, _ in kinds])
    assert found["term_critical"].tolist() == pytest.approx([weight * REACHED for _, weight in kinds])


def test_unknown_places_are_neither_none_nor_certain():
    found = scored({}, around=[{"critical_place": None}]).iloc[0]
    assert found["term_critical"] == pytest.approx(0.05 * 150 * REACHED)
    assert "critical_place" in found["unknown"].split(",")


def test_a_lower_bound_of_people_is_kept():
    # unknown: 0.3·3 + 0.5·30 + 0.2·150 = 45.9 on average, but at least the 400 that are known
    found = scored({}, {}, around=[{"people": 400.0, "people_unknown": 2}, {"people": 1.0, "people_unknown": 2}])
    assert found["term_people"].tolist() == pytest.approx([400 * REACHED, 45.9 * REACHED])


@settings(max_examples=8)
@given(st.floats(0, 1000), st.floats(0, 5000), st.sampled_from(["low", "medium_b", "sub_high_a"]))
def test_more_people_or_customers_never_weigh_less(people, customers, pressure):
    lost = pd.Series({"p0": customers, "p1": customers + 10, "p2": customers})
    around = [{"people": people}, {"people": people}, {"people": people + 5}]
    found = scored(*[{"pressure_class": pressure}] * 3, around=around, customers_lost=lost)["consequence"]
    assert found["p1"] > found["p0"]
    assert found["p2"] > found["p0"]
