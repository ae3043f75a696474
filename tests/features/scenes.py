"""Small scenes for the tests of features."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, box

from gridrisk import params
from gridrisk.features import PARAMETER_FILES
from gridrisk.layers import schema

CRS = "EPSG:4547"
PARAMS = {name: params.load(name) for name in PARAMETER_FILES}


def layer(name, geometries, **columns):
    """A frame of the layer with ids a, b, c … and every other field unknown."""
    key = schema.load(name).id
    ids = columns.pop(key, [f"{chr(97 + i)}" if i < 26 else f"z{i}" for i in range(len(geometries))])
    frame = gpd.GeoDataFrame({key: ids, **columns}, geometry=list(geometries), crs=CRS)
    return schema.complete(frame, name)


def pipes(geometries, **columns):
    """Low-pressure polyethylene of 110 mm unless told otherwise."""
    usual = {
        "material": "pe",
        "diameter_mm": 110.0,
        "pressure_class": "low",
        "setting": "municipal",
        "install_year": 2000,
    }
    return layer("pipes", geometries, **{**usual, **columns})


def city(count, seed=0):
    """Draw pipes at random with what lies round them, one thing of each layer a pipe."""
    rng = np.random.default_rng(seed)
    side = np.sqrt(count) * 40
    middle, turn, length = rng.uniform(0, side, (count, 2)), rng.uniform(0, 7, count), rng.uniform(0, 60, count)
    step = np.c_[np.cos(turn), np.sin(turn)] * length[:, None] / 2
    aside = 0.6 * np.c_[-np.sin(turn), np.cos(turn)]
    ids = [f"{i}" for i in range(count)]
    frame = pipes(
        shapely.linestrings(np.stack([middle - step, middle, middle + step], 1)),
        pipe_id=ids,
        setting=rng.choice(["municipal", "courtyard", "service", "riser"], count),
        pressure_class=rng.choice(["low", "medium_b", "sub_high_a"], count),
    )
    corner = rng.uniform(0, side, (count, 2))
    layers = {
        "buildings": layer(
            "buildings", shapely.box(*corner.T, *np.add(corner, (12, 20)).T), building_id=ids, people=5.0
        ),
        "utilities": layer(
            "utilities",
            shapely.linestrings(np.stack([middle - step + aside, middle + step + aside], 1)),
            utility_id=ids,
            kind=rng.choice(["water", "power"], count),
        ),
        "voids": layer("voids", shapely.points(rng.uniform(0, side, (count, 2))), void_id=ids, kind="manhole"),
        "works": layer("works", shapely.points(rng.uniform(0, side, (count, 2))), work_id=ids, kind="piling"),
        "customers": layer("customers", shapely.points(corner + 5), customer_id=ids, kind="school", fuel="pipe"),
        "leaks": layer("leaks", shapely.points(middle), leak_id=ids, found_on=pd.Timestamp("2020-05-05")),
    }
    return frame, layers


# a coarse lattice makes touching, identical and collinear geometries common
at = st.integers(0, 12).map(float)
xy = st.tuples(at, at)
line = st.lists(xy, min_size=2, max_size=5).map(LineString)  # may have no length, may double back
any_line = st.one_of(
    line, line, st.lists(line, min_size=2, max_size=3).map(MultiLineString), st.just(LineString()), st.none()
)


@st.composite
def boxes(draw):
    x, y = draw(xy)
    return box(x, y, x + draw(st.integers(1, 6)), y + draw(st.integers(1, 6)))


@st.composite
def rings_with_hole(draw):
    x, y = draw(xy)
    return Polygon(box(x, y, x + 4, y + 4).exterior.coords, [box(x + 1, y + 1, x + 3, y + 3).exterior.coords])


bowtie = st.tuples(xy).map(
    lambda p: Polygon([p[0], (p[0][0] + 4, p[0][1] + 4), (p[0][0] + 4, p[0][1]), (p[0][0], p[0][1] + 4)])
)
polygon = st.one_of(
    boxes(),
    boxes(),
    rings_with_hole(),
    bowtie,
    st.lists(boxes(), min_size=2, max_size=2).map(MultiPolygon),
    st.just(Polygon()),
    st.none(),
)
