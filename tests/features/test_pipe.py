import numpy as np
import pandas as pd
import pytest
from scenes import PARAMS, pipes
from shapely.geometry import LineString

from gridrisk.errors import ParameterError
from gridrisk.features.pipe import (
    diameter_assumed,
    flags,
    joined,
    outer_radius_m,
    pressure_class,
    range_of_class,
    underground,
)

PRESSURE = PARAMS["standards/pressure"]
HERE = LineString([(0, 0), (1, 0)])


def test_the_operating_pressure_gives_the_class_where_none_is_recorded():
    kpa = [2.0, 9.99, 10.0, 200.0, 200.1, 400.0, 800.0, 1600.0, 2500.0, 4000.0, 4001.0, None]
    frame = pipes([HERE] * 12, mop_kpa=kpa, pressure_class=None)
    found = pressure_class(frame, PRESSURE).tolist()
    expected = [
        "low",
        "low",
        "medium_b",
        "medium_b",
        "medium_a",
        "medium_a",
        "sub_high_b",
        "sub_high_a",
        "high_b",
        "high_a",
    ]
    assert found[:10] == expected
    assert pd.isna(found[10])
    assert pd.isna(found[11])


def test_a_recorded_class_stands_against_the_pressure():
    assert pressure_class(pipes([HERE], mop_kpa=300.0), PRESSURE).tolist() == ["low"]


def test_outer_radius_by_material():
    # PE is given by its outer diameter; DN 100 is 114.3 mm in steel and 118 mm in iron; 159 is no nominal size
    frame = pipes(
        [HERE] * 6,
        material=["pe", "steel", "grey_cast_iron", "steel", "unknown", None],
        diameter_mm=[110, 100, 100, 159, 100, 100],
    )
    assert (outer_radius_m(frame, PRESSURE) * 2000).tolist() == pytest.approx([110, 114.3, 118, 159, 118, 118])


def test_a_missing_diameter_is_the_largest_of_the_class():
    frame = pipes([HERE] * 2, diameter_mm=None, pressure_class=["low", None])
    assert (outer_radius_m(frame, PRESSURE) * 2000).tolist() == pytest.approx([630, 1016])
    assert diameter_assumed(frame).all()


def test_an_unknown_class_spans_the_table():
    low, high = range_of_class(pd.Series(["low", None], dtype="str"), {"low": 0.5, "high_a": 5.0})
    assert low.tolist() == [0.5, 0.5]
    assert high.tolist() == [0.5, 5.0]


def test_a_class_without_value_is_refused():
    with pytest.raises(ParameterError, match="sub_high_a"):
        range_of_class(pd.Series(["sub_high_a"], dtype="str"), {"low": 0.5})


def test_risers_and_overhead_pipes_are_not_in_the_ground():
    frame = pipes(
        [HERE] * 4, setting=["riser", "municipal", None, "courtyard"], laying=[None, "overhead", None, "direct"]
    )
    assert underground(frame).tolist() == [False, False, True, True]


def test_unknown_is_never_no():
    found = flags(np.array([True, True, False, False]), np.array([False, True, True, False]), pd.Index(list("abcd")))
    assert found.tolist() == [True, True, pd.NA, False]


def test_words_are_joined_once_and_in_order():
    found = joined(
        np.array([0, 0, 0, 2]), np.array(["water", "power", "water", "heat"], dtype=object), pd.Index(list("abc"))
    )
    assert found.tolist()[0] == "power,water"
    assert pd.isna(found.iloc[1])
    assert found.iloc[2] == "heat"
