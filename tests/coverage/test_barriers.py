"""Rivers, railways and expressways on the way: by hand, and against networkx on random streets."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from gridrisk.coverage import barriers, estimate_costs, reach, streets

MAIN = [("m", [(0, 0), (0, 10)], {})]


def with_class(roads, *numbers, word="铁路"):
    classes = roads["class"].copy()
    classes.iloc[list(numbers)] = word
    return roads.assign(**{"class": classes})


def measured(people, pipes, roads, parameters, *places):
    return reach(
        people(*({"kind": "catering", "fuel": "bottle", "at": Point(*p)} for p in places)), pipes, roads, parameters
    )


def test_a_crossing_is_no_coverage_and_costs(people, make_pipes, make_roads, parameters):
    pipes = make_pipes(*MAIN)
    open_ = make_roads([(0, 0), (200, 0)])
    crossed = with_class(make_roads([(0, 0), (200, 0)], [(50, -500), (50, 500)]), 1)
    free, cut = (measured(people, pipes, roads, parameters, (80, 0), (40, 0)) for roads in (open_, crossed))
    assert free["covered"].tolist() == [True, True]
    assert cut["covered"].tolist() == [False, True]
    assert cut["reach_m"].tolist() == pytest.approx([80, 40])
    assert cut["crossings"].tolist() == [1, 0]
    assert cut["tier"].tolist() == ["beyond", "near"]
    decisions = pd.DataFrame({"decision": ["pipe", "pipe"]}, index=cut.index)
    customers = people({"kind": "catering"}, {"kind": "catering"})
    cost = estimate_costs(decisions, customers, cut, parameters)["connection"]
    # 12,000 and 350 a metre; the crossing 60,000.
    assert cost.tolist() == [12_000 + 80 * 350 + 60_000, 12_000 + 40 * 350]


def test_a_short_detour_is_better_than_a_crossing(people, make_pipes, make_roads, parameters):
    rail = [(50, -500), (50, 30)]
    around = [(0, 0), (0, 40), (80, 40), (80, 0)]
    roads = with_class(make_roads([(0, 0), (80, 0)], around, rail), 2, word="Railway")
    row = measured(people, make_pipes(("m", [(0, -9), (0, 0)], {})), roads, parameters, (80, 0)).iloc[0]
    assert (row["reach_m"], row["crossings"]) == (pytest.approx(160), 0)


def test_two_tracks_are_one_crossing_and_a_broken_street_as_well(people, make_pipes, make_roads, parameters):
    pipes = make_pipes(*MAIN)
    tracks = with_class(make_roads([(0, 0), (200, 0)], [(50, -9), (50, 9)], [(70, -9), (70, 9)]), 1, 2)
    assert measured(people, pipes, tracks, parameters, (120, 0))["crossings"].tolist() == [1]
    far = with_class(make_roads([(0, 0), (300, 0)], [(50, -9), (50, 9)], [(150, -9), (150, 9)]), 1, 2)
    assert measured(people, pipes, far, parameters, (220, 0))["crossings"].tolist() == [2]
    broken = with_class(make_roads([(0, 0), (50, 0)], [(200, 0), (50, 0)], [(50, -9), (50, 9)]), 2)
    assert measured(people, pipes, broken, parameters, (120, 0))["crossings"].tolist() == [1]


def test_nothing_is_laid_along_a_barrier(people, make_pipes, make_roads, parameters):
    roads = make_roads([(0, 0), (60, 0)])
    assert measured(people, make_pipes(*MAIN), roads, parameters, (60, 0))["method"].tolist() == ["street"]
    assert measured(people, make_pipes(*MAIN), with_class(roads, 0), parameters, (60, 0))["method"].tolist() == [
        "straight"
    ]


def test_the_straight_line_and_the_way_across_the_yard_cross_as_well(people, make_pipes, make_roads, parameters):
    rail = with_class(make_roads([(5, -500), (5, 500)]), 0)
    table = measured(people, make_pipes(*MAIN), rail, parameters, (10, 5), (4, 5))
    assert table["crossings"].tolist() == [1, 0]
    assert table["covered"].tolist() == [False, True]


def test_a_river_that_is_an_area(people, make_pipes, make_roads, parameters):
    roads = with_class(make_roads([(0, 0), (200, 0)], [(0, 0), (1, 1)]), 1, word="河流")
    roads.loc[roads.index[1], "geometry"] = shapely.box(40, -300, 90, 300)
    assert measured(people, make_pipes(*MAIN), roads, parameters, (120, 0))["crossings"].tolist() == [1]


spot = st.tuples(st.integers(0, 40), st.integers(0, 40))


@settings(max_examples=40, deadline=None)
@given(
    cut=st.lists(st.tuples(spot, spot).filter(lambda pair: pair[0] != pair[1]), max_size=3),
    source=spot,
    customers=st.lists(spot, min_size=1, max_size=4),
)
def test_against_networkx(cut, source, customers):
    """Streets every 10 m of a square; barriers anywhere, shifted off the crossings of streets."""
    lines = [shapely.LineString([(x, 0), (x, 40)]) for x in range(0, 50, 10)]
    lines += [shapely.LineString([(0, y), (40, y)]) for y in range(0, 50, 10)]
    across = np.array(
        [shapely.LineString([(a + 0.37, b + 0.61), (c + 0.53, d + 0.29)]) for (a, b), (c, d) in cut], dtype=object
    )
    graph = streets.build(np.array(lines, dtype=object), across)
    assume(bool((graph.crossings.weight == 1).all()))
    crossing_m = 25.0
    net = nx.MultiGraph()
    for piece, start, end in zip(graph.lines, graph.start, graph.end, strict=True):
        net.add_edge(start, end, way=piece.length + crossing_m * barriers.count(np.array([piece]), across)[0])
    nodes = {tuple(np.round(shapely.get_coordinates(p)[k]).astype(int)): n
             for p, s, e in zip(graph.lines, graph.start, graph.end, strict=True) for k, n in ((0, s), (-1, e))}  # fmt: skip
    places = [(round(x / 10) * 10, round(y / 10) * 10) for x, y in (source, *customers)]
    at = streets.place(graph, np.array([shapely.Point(*p) for p in places], dtype=object), 1)
    part = [streets.Places(at.piece[s], at.along_m[s], at.off_m[s]) for s in (slice(0, 1), slice(1, None))]
    way, _, crossed = streets.nearest_source(graph, part[1], part[0], crossing_m)
    expected = nx.single_source_dijkstra_path_length(net, nodes[places[0]], weight="way")
    assert (way + crossing_m * crossed).tolist() == pytest.approx([expected[nodes[p]] for p in places[1:]], abs=1e-6)
    assert np.allclose(crossed, np.round(crossed))
