"""Extension trees against enumeration on small graphs; the bound never exceeds the best."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridrisk.coverage import steiner


def problem(nodes, edges, groups):
    head, tail, cost = (np.array(column, dtype=np.int64) for column in zip(*edges, strict=True))
    return steiner.Problem(
        nodes, head, tail, cost, tuple(group for group, _ in groups), np.array([prize for _, prize in groups])
    )


def best_by_enumeration(p):
    """Try every set of edges that hangs on the root."""
    best = int(p.prize.sum())
    for chosen in itertools.product((False, True), repeat=len(p.cost)):
        reached, grew = {steiner.ROOT}, True
        while grew:
            grew = False
            for use, a, b in zip(chosen, p.head.tolist(), p.tail.tolist(), strict=True):
                if use and (a in reached) != (b in reached):
                    reached |= {a, b}
                    grew = True
        left = sum(prize for group, prize in zip(p.groups, p.prize.tolist(), strict=True) if not reached & set(group))
        best = min(best, int(p.cost[np.array(chosen, dtype=bool)].sum()) + left)
    return best


def test_a_shared_way_pays_where_two_single_ones_do_not():
    # Root - 1 costs 10; from 1 to 2 and to 3 costs 1 each; each is worth 7: alone 11 > 7, together 12 < 14.
    p = problem(4, [(0, 1, 10), (1, 2, 1), (1, 3, 1)], [((2,), 7), ((3,), 7)])
    tree = steiner.solve(p, gap=0.0, seconds=5)
    assert (tree.value, tree.bound, tree.served) == (12, 12, (0, 1))
    assert tree.gap == 0


def test_nothing_is_built_that_does_not_pay():
    tree = steiner.solve(problem(2, [(0, 1, 10)], [((1,), 9)]), gap=0.0, seconds=5)
    assert (tree.edges, tree.value) == ((), 9)


def test_a_group_is_reached_at_any_of_its_nodes():
    p = problem(4, [(0, 1, 3), (1, 2, 3), (2, 3, 3)], [((2, 3), 7)])
    tree = steiner.solve(p, gap=0.0, seconds=5)
    assert (tree.edges, tree.value) == ((0, 1), 6)


@settings(max_examples=40)
@given(seed=st.integers(0, 100_000))
def test_against_enumeration(seed):
    rng = np.random.default_rng(seed)
    nodes = 6
    pairs = [pair for pair in itertools.combinations(range(nodes), 2) if rng.random() < 0.6][:10] or [(0, 1)]
    edges = [(a, b, int(rng.integers(1, 20))) for a, b in pairs]
    groups = {
        tuple(sorted(rng.choice(np.arange(1, nodes), rng.integers(1, 3), replace=False).tolist())): int(
            rng.integers(1, 30)
        )
        for _ in range(4)
    }
    p = problem(nodes, edges, list(groups.items()))
    best = best_by_enumeration(p)
    tree = steiner.solve(p, gap=0.0, seconds=0.3)
    assert steiner.dual_ascent(p, np.zeros(len(p.prize))).bound <= best
    assert tree.bound <= best <= tree.value
    assert tree.value == best
    built = sum(int(p.cost[edge]) for edge in tree.edges)
    left = sum(prize for number, prize in enumerate(p.prize.tolist()) if number not in tree.served)
    assert built + left == tree.value


@pytest.mark.parametrize("seed", [1, 2])
def test_a_grid_is_solved_near_its_bound(seed):
    rng = np.random.default_rng(seed)
    width = 15
    number = np.arange(width * width).reshape(width, width)
    ends = np.concatenate(
        [
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        ]
    )
    edges = [(int(a), int(b), int(rng.integers(80, 120))) for a, b in ends]
    groups = {
        (int(node),): int(rng.integers(50, 400)) for node in rng.choice(np.arange(1, width**2), 60, replace=False)
    }
    tree = steiner.solve(problem(width * width, edges, list(groups.items())), gap=0.005, seconds=40)
    assert tree.gap < 0.02


@pytest.mark.parametrize("seed", range(4))
def test_dear_users_on_a_grid_are_solved_to_the_end(seed):
    """Users worth ten times what a street costs: the first cuts do not make the whole arcs a tree."""
    rng = np.random.default_rng(seed)
    width = 9
    number = np.arange(width * width).reshape(width, width)
    ends = np.concatenate(
        [
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        ]
    )
    edges = [(int(a), int(b), int(rng.integers(80, 120))) for a, b in ends]
    groups = {(int(n),): int(rng.integers(500, 2000)) for n in rng.choice(np.arange(1, width**2), 20, replace=False)}
    tree = steiner.solve(problem(width * width, edges, list(groups.items())), gap=1e-4, seconds=40)
    assert tree.gap <= 1e-4
