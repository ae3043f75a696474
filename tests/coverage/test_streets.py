"""The street graph against networkx on random street grids."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridrisk.coverage import streets


def lines(*coordinates):
    return np.array([shapely.LineString(line) for line in coordinates], dtype=object)


def points(*coordinates):
    return shapely.points(np.array(coordinates, dtype=float))


def test_streets_are_cut_where_they_cross():
    graph = streets.build(lines([(0, 0), (10, 0)], [(5, -5), (5, 5)]))
    assert graph.nodes == 5
    assert shapely.length(graph.lines).tolist() == [5, 5, 5, 5]


@pytest.mark.parametrize(
    "roads",
    [lines(), np.array([shapely.Polygon([(0, 0), (1, 0), (1, 1)])], dtype=object), np.array([None], dtype=object)],
)
def test_no_street(roads):
    assert streets.build(roads) is None


def test_doubled_streets_are_one():
    graph = streets.build(lines([(0, 0), (10, 0)], [(0, 0), (10, 0)], [(4, 0), (20, 0)]))
    assert shapely.length(graph.lines).sum() == 20


def test_places_and_their_limit():
    graph = streets.build(lines([(0, 0), (10, 0)]))
    places = streets.place(graph, np.append(points((3, 4), (5, 11)), None), 10)
    assert places.piece.tolist() == [0, -1, -1]
    assert places.along_m[0] == 3
    assert places.off_m[0] == 4


def test_parallel_ways_and_zero_lengths():
    # Two streets between the same crossings, 10 m and 14 m; the source stands on a crossing.
    graph = streets.build(lines([(0, 0), (10, 0)], [(0, 0), (0, 2), (10, 2), (10, 0)]))
    source = streets.place(graph, points((0, 0)), 1)
    customer = streets.place(graph, points((10, 0), (0, 0), (10, 2)), 1)
    way, which, _ = streets.nearest_source(graph, customer, source)
    assert way.tolist() == [10, 0, 12]
    assert which.tolist() == [0, 0, 0]


def test_no_way_and_no_source():
    graph = streets.build(lines([(0, 0), (10, 0)], [(0, 50), (10, 50)]))
    source = streets.place(graph, points((0, 0), (0, 99)), 1)
    customer = streets.place(graph, points((5, 50), (5, 25)), 1)
    way, which, _ = streets.nearest_source(graph, customer, source)
    assert np.isinf(way).all()
    assert which.tolist() == [-1, -1]
    nowhere = streets.place(graph, points((0, 99)), 1)
    assert np.isinf(streets.nearest_source(graph, customer, nowhere)[0]).all()


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_against_networkx(seed):
    """A grid with missing streets; sources and customers at any place on or beside them."""
    random = np.random.default_rng(seed)
    size, step = 5, 10.0
    edges = [((i, j), (i + di, j + dj)) for i in range(size) for j in range(size) for di, dj in ((1, 0), (0, 1))]
    edges = [(a, b) for a, b in edges if max(b) < size and random.random() < 0.7]
    if not edges:
        return
    graph = streets.build(lines(*([(a[0] * step, a[1] * step), (b[0] * step, b[1] * step)] for a, b in edges)))
    spots = [(random.uniform(0, 40), random.uniform(0, 40)) for _ in range(8)]
    sources, customers = streets.place(graph, points(*spots[:3]), 3), streets.place(graph, points(*spots[3:]), 3)
    way, which, _ = streets.nearest_source(graph, customers, sources)

    reference = nx.Graph()
    for piece, line in enumerate(graph.lines):
        stops = [(0.0, ("node", int(graph.start[piece]))), (line.length, ("node", int(graph.end[piece])))]
        stops += [(sources.along_m[s], ("source", s)) for s in np.flatnonzero(sources.piece == piece)]
        stops += [(customers.along_m[c], ("customer", c)) for c in np.flatnonzero(customers.piece == piece)]
        stops.sort(key=lambda stop: stop[0])
        for (a, left), (b, right) in itertools.pairwise(stops):
            if not reference.has_edge(left, right) or reference[left][right]["weight"] > b - a:
                reference.add_edge(left, right, weight=b - a)
    for customer in range(5):
        lengths = {
            s: nx.shortest_path_length(reference, ("source", s), ("customer", customer), weight="weight")
            + sources.off_m[s]
            + customers.off_m[customer]
            for s in range(3)
            if sources.piece[s] >= 0
            and customers.piece[customer] >= 0
            and nx.has_path(reference, ("source", s), ("customer", customer))
        }
        if not lengths:
            assert np.isinf(way[customer])
        else:
            assert way[customer] == pytest.approx(min(lengths.values()))
            assert lengths[which[customer]] == pytest.approx(way[customer])
