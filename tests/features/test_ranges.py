"""Ranges by class, worked out from GB 55009 5.1.6 and 5.1.7."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridrisk import params
from gridrisk.features.ranges import protection_ranges
from gridrisk.layers import schema


def test_widest_where_the_class_is_unknown_and_none_for_what_carries_no_gas():
    frame = gpd.GeoDataFrame(
        {
            "pipe_id": ["low", "sub", "unknown", "gone"],
            "pressure_class": ["low", "sub_high_a", None, "low"],
            "status": ["in_service", None, None, "abandoned"],
        },
        geometry=[shapely.LineString([(0, 0), (1, 0)])] * 4,
        crs="EPSG:4547",
    )
    found = protection_ranges(schema.complete(frame, "pipes"), params.load("standards/pressure"))
    np.testing.assert_array_equal(found["protection_m"], [0.5, 1.5, 5.0, np.nan])
    np.testing.assert_array_equal(found["control_m"], [5.0, 15.0, 50.0, np.nan])
