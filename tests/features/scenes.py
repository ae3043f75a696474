"""Small scenes for the tests of features."""

from __future__ import annotations

import geopandas as gpd
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
