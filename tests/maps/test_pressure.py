"""The pressure map: classes by the margin that is left, the lowest named, assumptions on the page."""

import numpy as np
import pandas as pd
import pytest

from gridrisk.maps import pressure

NAMES = list(pressure.CLASSES)


@pytest.mark.parametrize(
    ("kpa", "fails", "expected"),
    [
        (1.49, False, "below"),
        (1.5, False, "tight"),
        (1.74, False, "tight"),
        (1.76, False, "fair"),
        (2.2, False, "good"),
        (2.4, True, "below"),  # the regulator before it cannot hold it
        (np.nan, True, "below"),  # no solution
        (np.nan, False, "unknown"),
        (2.4, pd.NA, "unknown"),  # whether the regulator before it can hold it is not known
    ],
)
def test_class_by_the_margin_left(kpa, fails, expected):
    frame = pd.DataFrame({"kpa": [kpa], "limit_kpa": [1.5], "set_kpa": [2.5], "fails": [fails]})
    assert NAMES[pressure.classes_of(frame, np.array([True]))[0]] == expected
    assert NAMES[pressure.classes_of(frame, np.array([False]))[0]] == "none"


@pytest.mark.parametrize(("lang", "word"), [("en", "DOES NOT HOLD"), ("zh", "不能维持")])
def test_page_names_the_lowest_its_limit_the_date_and_what_was_assumed(city, as_of, lang, word):
    pipe = str(city.pipes.index[3])
    at = city.pipes.geometry.iloc[3].centroid
    area = {"pressure_class": "low", "holds": False, "set_kpa": 2.5, "lowest_kpa": 1.23, "limit_kpa": 1.5}
    area |= {"lowest_pipe": pipe, "x": at.x, "y": at.y, "demand_m3h": 80.0, "length_m": 900.0, "fed_by": ("R7",)}
    table = pd.DataFrame({"kpa": 1.23, "limit_kpa": 1.5, "set_kpa": 2.5, "fails": False}, index=city.pipes.index[2:6])
    page = pressure.pressure_map(
        {"holds": False, "demand_m3h": 80.0, "areas": [area]},
        table,
        city.pipes,
        as_of=as_of,
        assumed=["gas of 0.72 kg/m3"],
        lang=lang,
    )
    for said in (word, "1.23 kPa", pipe, as_of.isoformat(), "gas of 0.72 kg/m3", "R7"):
        assert said in page
