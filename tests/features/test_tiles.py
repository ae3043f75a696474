import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scenes import PARAMS, city, layer, pipes
from shapely.geometry import LineString, Point, box

from gridrisk.features import build, geometry
from gridrisk.features.tiles import build_by_tiles, margin_m, tiles

TODAY = dt.date(2026, 1, 1)


@pytest.mark.parametrize("large", [10**9, 0])
@pytest.mark.parametrize("side", [150.0, 700.0])
def test_tiles_give_the_same_bits_as_the_whole(monkeypatch, large, side):
    monkeypatch.setattr(geometry, "LARGE", large)
    frame, layers = city(300, seed=3)
    frame = pd.concat([frame, pipes([None, LineString()], pipe_id=["x", "y"])])
    whole = build(frame, layers, {}, PARAMS, as_of=TODAY)
    parts = build_by_tiles(frame, layers, {}, PARAMS, as_of=TODAY, side_m=side)
    pd.testing.assert_frame_equal(parts, whole, check_exact=True)


def test_each_pipe_belongs_to_one_tile():
    frame, layers = city(120)
    found = list(tiles(frame, layers, PARAMS, side_m=100.0))
    assert len(found) > 4
    assert sorted(np.concatenate([tile.own for tile in found])) == list(range(120))
    for tile in found:
        assert set(frame.index[tile.own]) <= set(tile.pipes.index)
        assert len(tile.layers["buildings"]) < 120
        assert len(tile.layers["leaks"]) == 120  # when recording began hangs on all of them


def test_who_lives_at_the_far_end_of_a_building_in_reach_counts():
    frame = pipes([LineString([(0, 0), (10, 0)]), LineString([(5000, 0), (5010, 0)])])
    layers = {
        "buildings": layer("buildings", [box(5, 5, 2000, 9)]),
        "customers": layer("customers", [Point(1990, 7)], kind="resident", fuel="pipe", households=3),
    }
    parts = build_by_tiles(frame, layers, {}, PARAMS, as_of=TODAY, side_m=100.0)
    assert parts["people"].tolist() == build(frame, layers, {}, PARAMS, as_of=TODAY)["people"].tolist()
    assert parts["people"].iloc[0] > 0


def test_the_margin_reaches_as_far_as_the_widest_range():
    line = [LineString([(0, 0), (10, 0)])]
    low, high = pipes(line), pipes(line, pressure_class="high_a", diameter_mm=800.0)
    assert margin_m(low, PARAMS) >= max(PARAMS["standards/pressure"].table("control_m").values())
    assert margin_m(high, PARAMS) > margin_m(low, PARAMS)


def test_no_pipes_give_the_table_without_rows():
    assert build_by_tiles(pipes([]), {}, {}, PARAMS, as_of=TODAY, side_m=100.0).empty
