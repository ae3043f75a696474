import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridrisk.network.dominators import dominator_tree


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 14))
    node = st.integers(0, n - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.booleans()), max_size=3 * n))
    sources = draw(st.sets(node, min_size=1, max_size=4))
    return n, arcs, sorted(sources)


def search(n, arcs, sources, without):
    after = [[] for _ in range(n)]
    for a, b in arcs:
        after[a].append(b)
    seen = {s for s in sources if s != without}
    stack = list(seen)
    while stack:
        for b in after[stack.pop()]:
            if b != without and b not in seen:
                seen.add(b)
                stack.append(b)
    return seen


def check(n, arcs, sources, tree):
    fed = search(n, arcs, sources, -1)
    assert {x for x in range(n) if tree.start[x] >= 0} == fed
    for s in range(n):
        lost = fed - search(n, arcs, sources, s) if s in fed else set()
        assert set(tree.dominated(s).tolist()) == lost
        for t in fed:
            assert bool(tree.dominates(np.array([s]), np.array([t]))[0]) == (t in lost)


@given(graphs())
def test_two_way_agrees_with_removing_every_node(graph):
    n, arcs, sources = graph
    tail = np.array([a for a, _, _ in arcs] + [n] * len(sources), np.int64)
    head = np.array([b for _, b, _ in arcs] + sources, np.int64)
    tree = dominator_tree(n + 1, tail, head, n, two_way=True)
    check(n, [(a, b) for a, b, _ in arcs] + [(b, a) for a, b, _ in arcs], sources, tree)


@given(graphs())
def test_one_way_agrees_with_removing_every_node_and_with_igraph(graph):
    n, arcs, sources = graph
    pairs = [(a, b) for a, b, _ in arcs] + [(b, a) for a, b, one_way in arcs if not one_way]
    every = pairs + [(n, s) for s in sources]
    tail, head = (np.array(x, np.int64) for x in zip(*every, strict=True))
    tree = dominator_tree(n + 1, tail, head, n, two_way=False)
    check(n, pairs, sources, tree)
    expected = igraph.Graph(n + 1, every, directed=True).dominator(n, mode="out")
    assert tree.parent.tolist() == [max(int(x), -1) if x == x else -1 for x in expected]  # noqa: PLR0124


@pytest.mark.parametrize("two_way", [True, False])
@pytest.mark.parametrize("shape", ["path", "ring"])
def test_long_networks_do_not_recurse(two_way, shape):
    n = 30_000
    a = np.arange(n - 1)
    b = a + 1
    if shape == "ring":
        a, b = np.append(a, n - 1), np.append(b, 0)
    tail, head = (a, b) if two_way else (np.concatenate([a, b]), np.concatenate([b, a]))
    tree = dominator_tree(n + 1, np.append(tail, n), np.append(head, 0), n, two_way=two_way)
    # on a path node k takes along the n - k nodes from itself on; on a ring only itself, except the fed node
    expected = n - np.arange(n) if shape == "path" else np.where(np.arange(n) == 0, n, 1)
    assert (tree.size[:n] == expected).all()


def test_total_sums_what_is_lost():
    # root 4 feeds 0; 0-1, 1-2, 0-3: losing 1 loses 1 and 2
    tree = dominator_tree(5, np.array([0, 1, 0, 4]), np.array([1, 2, 3, 0]), 4, two_way=True)
    assert tree.total(np.array([1.0, 10.0, 100.0, 1000.0, 0.0])).tolist() == [1111.0, 110.0, 100.0, 1000.0, 1111.0]
