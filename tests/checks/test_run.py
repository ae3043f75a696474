"""All checks together."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pytest
import shapely

from gridrisk import checks, params
from gridrisk.errors import ParameterError
from gridrisk.layers import schema


def test_a_clean_city_has_no_findings(run):
    assert run() == []


def test_layers_never_imported_are_no_fault():
    known = {name: params.load(name) for name in ("checks", "standards/pressure", "standards/catalogue")}
    assert checks.run(dict.fromkeys(schema.names()), known, as_of=dt.date(2026, 11, 22)) == []


@pytest.mark.parametrize("rows", [0, 1])
def test_nothing_known_is_no_fault_and_no_failure(rows):
    """Empty layers, and layers of which only ids and places are known."""
    known = {each: params.load(each) for each in ("checks", "standards/pressure", "standards/catalogue")}
    shapes = {
        "Point": shapely.Point(0, 0),
        "LineString": shapely.LineString([(0, 0), (9, 0)]),
        "Polygon": shapely.box(0, 0, 9, 9),
    }
    layers = {}
    for name in schema.names():
        spec = schema.load(name)
        frame = gpd.GeoDataFrame({spec.id: ["a"]}, geometry=[shapes[spec.geometry[0]]], crs="EPSG:4547")
        layers[name] = schema.complete(frame.iloc[:rows], name)
    found = checks.run(layers, known, as_of=dt.date(2026, 11, 22))
    assert {finding.check for finding in found} <= {"field_is_known", "works_have_dates"}


def _overridden(name, text):
    known = {each: params.load(each) for each in ("checks", "standards/pressure", "standards/catalogue")}
    pipes = schema.empty("pipes", "EPSG:4547")
    with pytest.raises(ParameterError) as told:
        checks.run(
            dict.fromkeys(schema.names()) | {"pipes": pipes},
            known
            | {name: params.Parameters(name, {**known[name].entries, **params.parse(name, text.encode()).entries}, "")},
            as_of=dt.date(2026, 11, 22),
        )
    return str(told.value.messages[0])


def test_a_faulty_catalogue_of_the_city_is_named():
    tail = 'unit = "mm"\nsource = "x"\nstatus = "assumption"\n'
    for value in ('"all"', "[]", '["20"]', "[true]"):
        told = _overridden("standards/catalogue", f"[pe_mm]\nvalue = {value}\n{tail}")
        assert "pe_mm must be a list of numbers" in told
    told = _overridden("checks", f'[highest_class.pe]\nvalue = "medium"\n{tail}')
    assert "highest_class.pe must be one of low, medium_b" in told
