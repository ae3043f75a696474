"""Layer schemas: one file drives everything, so each must be whole."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS

from gridrisk.errors import ParameterError, UsageError
from gridrisk.layers import schema


@pytest.mark.parametrize("name", schema.names())
def test_every_schema_is_whole(name):
    loaded = schema.load(name)
    assert loaded.layer == name
    assert loaded.id in loaded.fields
    for field, spec in loaded.fields.items():
        assert spec.title.zh != spec.title.en, field
        assert (spec.type == "choice") == bool(spec.choices), field
        assert not any(word.startswith(("是否违", "有无违")) for word in spec.synonyms), (
            "a heading of the opposite meaning"
        )
        if spec.unit in {"m", "mm", "kPa", "m2", "m3/h"}:
            assert spec.min is not None, field


@pytest.mark.parametrize("name", schema.names())
def test_headings_and_words_are_unambiguous(name):
    loaded = schema.load(name)
    headings = [
        w for f, spec in loaded.fields.items() for w in {x.casefold() for x in (f, spec.title.zh, *spec.synonyms)}
    ]
    assert len(headings) == len(set(headings)), sorted(h for h in headings if headings.count(h) > 1)
    for spec in loaded.fields.values():
        words = [w for code, c in spec.choices.items() for w in {x.casefold() for x in (code, c.zh, *c.synonyms)}]
        assert len(words) == len(set(words)), sorted(w for w in words if words.count(w) > 1)


def test_unknown_layer_lists_the_known():
    with pytest.raises(UsageError, match="pipes"):
        schema.load("pipe")


def test_faulty_schema_names_every_fault(tmp_path):
    (tmp_path / "x.toml").write_text('layer = "x"\nid = "x_id"\ngeometri = ["Point"]\n', encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        schema.parse(tmp_path / "x.toml")
    assert len(caught.value.messages) == 4


def test_complete_fills_in_unknowns_and_keeps_the_rest():
    frame = gpd.GeoDataFrame({"valve_id": ["v1"], "note": ["x"]}, geometry=[shapely.Point(0, 0)], crs="EPSG:4547")
    whole = schema.complete(frame, "valves")
    assert whole.index.name == "valve_id"
    assert whole["operable"].isna().all()
    assert str(whole["operable"].dtype) == "boolean"
    assert whole["note"].tolist() == ["x"]
    assert "operable" not in frame.columns


def test_empty_has_every_field():
    frame = schema.empty("pipes", CRS("EPSG:4547"))
    assert len(frame) == 0
    assert {"material", "install_year", "geometry"} <= set(frame.columns)
