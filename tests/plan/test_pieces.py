"""Cutting and joining: against networkx and by hand."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from shapely import LineString

from gridrisk.plan import pieces


def random_lines(seed, count=40):
    """Edges of a small lattice: they meet only in its points."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(count):
        x, y = rng.integers(0, 8, 2) * 10.0
        step = [(10.0, 0.0), (0.0, 10.0)][int(rng.integers(2))]
        ends = [(x, y), (x + step[0], y + step[1])]
        lines.append(LineString(ends if rng.random() < 0.5 else ends[::-1]))
    return np.array(lines, dtype=object)


@pytest.mark.parametrize("seed", range(20))
def test_components_are_those_of_networkx(seed):
    rng = np.random.default_rng(seed)
    lines = random_lines(seed)
    key = rng.integers(0, 3, len(lines))
    label = pieces.components(key, pieces.end_nodes(lines, 0.05))
    graph = nx.Graph()
    graph.add_nodes_from(range(len(lines)))
    for a in range(len(lines)):
        for b in range(a):
            shared = {lines[a].coords[0], lines[a].coords[-1]} & {lines[b].coords[0], lines[b].coords[-1]}
            if shared and key[a] == key[b]:
                graph.add_edge(a, b)
    mine = {frozenset(np.flatnonzero(label == value).tolist()) for value in set(label.tolist())}
    assert mine == {frozenset(part) for part in nx.connected_components(graph)}


def test_ends_within_the_tolerance_are_one():
    lines = np.array([LineString([(0, 0), (1, 0)]), LineString([(1.04, 0), (2, 0)]), LineString([(1.2, 0), (3, 0)])])
    nodes = pieces.end_nodes(lines, 0.05)
    assert nodes[0, 1] == nodes[1, 0]
    assert nodes[2, 0] not in {nodes[0, 1], nodes[1, 1]}


def test_lines_without_geometry_touch_nothing():
    nodes = pieces.end_nodes(np.array([None, LineString(), LineString([(0, 0), (1, 1)])], dtype=object), 0.05)
    assert len(set(nodes.ravel().tolist())) == 6
    assert pieces.end_nodes(np.array([None], dtype=object), 0.05).shape == (1, 2)


@pytest.mark.parametrize("seed", range(20))
def test_carved_parts_are_connected_and_short_enough(seed):
    rng = np.random.default_rng(seed)
    lines = random_lines(seed, 80)
    nodes = pieces.end_nodes(lines, 0.05)
    label = pieces.components(np.zeros(len(lines), dtype=np.int64), nodes)
    rows = np.flatnonzero(label == np.bincount(label).argmax())
    length = rng.uniform(1, 30, len(rows))
    part = pieces.carve(length, nodes[rows], 100.0)
    for number in set(part.tolist()):
        inside = np.flatnonzero(part == number)
        assert length[inside].sum() <= 100.0
        assert len(set(pieces.components(np.zeros(len(inside), dtype=np.int64), nodes[rows][inside]).tolist())) == 1


def test_a_path_is_cut_into_stretches():
    # ten segments of 10 m, at most 35 m: from the far end 3, 3, 3, and the first alone
    nodes = np.array([[i, i + 1] for i in range(10)])
    part = pieces.carve(np.full(10, 10.0), nodes, 35.0)
    assert sorted(np.bincount(part).tolist()) == [1, 3, 3, 3]


def test_a_short_piece_joins_its_neighbour_but_makes_no_long_one_a_must():
    nodes = np.array([[0, 1], [1, 2], [2, 3]])
    length = np.array([40.0, 500.0, 30.0])
    same = np.zeros(3, dtype=np.int64)
    joined = pieces.join_short(
        np.arange(3), same, np.array([False, False, True]), length, nodes, limits_m=(50.0, 3000.0)
    )
    assert joined.tolist() == [0, 0, 2]
    # not across a street, and not beyond the greatest length
    other = pieces.join_short(
        np.arange(3), np.arange(3), np.zeros(3, dtype=bool), length, nodes, limits_m=(50.0, 3000.0)
    )
    assert other.tolist() == [0, 1, 2]
    full = pieces.join_short(np.arange(3), same, np.zeros(3, dtype=bool), length, nodes, limits_m=(50.0, 520.0))
    assert full.tolist() == [0, 1, 2]


def test_a_long_piece_is_cut_at_valves():
    # ten of 100 m, at most 600: plainly 5 and 5; the valve lies after the fourth, and 4 and 6 are two parts as well
    nodes = np.array([[i, i + 1] for i in range(10)])
    length = np.full(10, 100.0)
    unknown = np.full(10, -1)
    plain = pieces.cut(length, nodes, unknown, limits_m=(50.0, 600.0))
    assert sorted(np.bincount(plain).tolist()) == [5, 5]
    sector = np.array([7] * 4 + [3] * 6)
    part = pieces.cut(length, nodes, sector, limits_m=(50.0, 600.0))
    assert part[:4].tolist() == [part[0]] * 4
    assert part[4:].tolist() == [part[4]] * 6
    assert part[0] != part[4]
    assert pieces.cuts_off_valves(part, nodes, sector).tolist() == []
    assert pieces.cuts_off_valves(plain, nodes, sector).tolist() == [5]
    # where the valve leaves a part too long, two parts cut elsewhere are better than three
    early = np.array([7] * 3 + [3] * 7)
    part = pieces.cut(length, nodes, early, limits_m=(50.0, 600.0))
    assert len(set(part.tolist())) == 2
    assert len(pieces.cuts_off_valves(part, nodes, early)) == 1


def test_one_project_more_is_weighed_against_line_stops():
    # ten of 100 m, at most 600: two parts need a line stop, as the valves lie after the third and the seventh
    nodes = np.array([[i, i + 1] for i in range(10)])
    length, sector = np.full(10, 100.0), np.array([7] * 3 + [5] * 4 + [3] * 3)
    stop = np.full(10, 35_000.0)

    def parts(project_yuan):
        part = pieces.cut(length, nodes, sector, limits_m=(50.0, 600.0), project_yuan=project_yuan, stop_yuan=stop)
        return len(set(part.tolist())), len(pieces.cuts_off_valves(part, nodes, sector))

    assert parts(34_000.0) == (3, 0)
    assert parts(36_000.0) == (2, 1)
    # three parts that meet in one node take two stops, at the price of the dearest pipe there
    star = np.array([[0, 1], [0, 2], [0, 3]])
    assert pieces._stops(np.arange(3), star, np.array([0]), np.array([1.0, 5.0, 2.0])) == 10.0


def test_a_segment_of_unknown_sector_is_no_valve():
    nodes = np.array([[0, 1], [1, 2], [2, 3]])
    part = np.array([0, 1, 1])
    assert pieces.cuts_off_valves(part, nodes, np.array([0, 1, 1])).tolist() == []
    assert pieces.cuts_off_valves(part, nodes, np.array([0, -1, 1])).tolist() == [1]
    assert pieces.cuts_off_valves(part, nodes, np.array([1, 1, 1])).tolist() == [1]


@pytest.mark.parametrize("seed", range(20))
def test_cut_parts_are_connected_short_enough_and_never_more_than_plainly(seed):
    rng = np.random.default_rng(seed)
    lines = random_lines(seed, 80)
    nodes = pieces.end_nodes(lines, 0.05)
    label = pieces.components(np.zeros(len(lines), dtype=np.int64), nodes)
    rows = np.flatnonzero(label == np.bincount(label).argmax())
    length, sector = rng.uniform(1, 30, len(rows)), rng.integers(-1, 6, len(rows))
    part = pieces.cut(length, nodes[rows], sector, limits_m=(10.0, 100.0))
    plain = pieces.cut(length, nodes[rows], np.full(len(rows), -1), limits_m=(10.0, 100.0))
    assert part.max() <= plain.max()
    for number in set(part.tolist()):
        inside = np.flatnonzero(part == number)
        assert length[inside].sum() <= 100.0
        assert len(set(pieces.components(np.zeros(len(inside), dtype=np.int64), nodes[rows][inside]).tolist())) == 1


@pytest.mark.parametrize("seed", range(10))
def test_touching_is_what_a_loop_over_all_pairs_finds(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 9, (12, 2)), rng.integers(0, 9, (7, 2))
    label_a, label_b = rng.integers(0, 5, 12), rng.integers(0, 4, 7)
    slow = {
        (int(x), int(y))
        for x, ends in zip(label_a, a, strict=True)
        for y, others in zip(label_b, b, strict=True)
        if set(ends.tolist()) & set(others.tolist())
    }
    assert [tuple(pair) for pair in pieces.touching(label_a, a, label_b, b).tolist()] == sorted(slow)
    assert pieces.touching(label_a[:0], a[:0], label_b, b).shape == (0, 2)
    assert pieces.touching(label_a, a, label_b[:0], b[:0]).shape == (0, 2)
