"""Attributes in a table of their own, joined to what is drawn in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from deliveries import TARGET, X0, Y0, told
from pyproj import CRS
from shapely import Point

from gridrisk.layers import joins
from gridrisk.layers.crosswalk import Join
from gridrisk.layers.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridrisk.layers.collect import Collector


@pytest.mark.parametrize(
    ("crs", "places"),
    [
        (TARGET, [(X0, Y0), (X0 + 100, Y0), (X0 + 0.2, Y0 + 0.2), (X0 + 600, Y0)]),
        (CRS.from_epsg(4490), [(114.88, 28.67), (114.881, 28.67), (114.8800001, 28.67), (114.886, 28.67)]),
    ],
)
def test_number_of_points_at_two_places_gives_no_place(
    collector: Collector, crs: CRS, places: Sequence[tuple[float, float]]
) -> None:
    drawn = Table(
        "p.shp",
        "p",
        pd.DataFrame({"点号": ["a", "b", "a", "b"]}),
        np.arange(1, 5),
        np.array([Point(place) for place in places]),
        crs,
    )
    listed = Table("v.csv", "v", pd.DataFrame({"所在点号": ["a", "b"]}), np.arange(1, 3))
    join = Join.model_validate({"attributes": "所在点号", "drawn": "点号", "only": True})
    (found,) = joins.build([drawn, listed], join, collector)
    assert found.geometry is not None
    assert [None if place is None else place.x for place in found.geometry] == [places[0][0], None]
    assert told(collector) == [("join", "warning", None)]
