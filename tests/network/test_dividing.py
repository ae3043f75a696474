"""One valve or two: the best split of a part is the best of all, and saves what a search finds."""

from itertools import combinations

import numpy as np
import pytest

from gridrisk.network.dividing import Part, best_split

from .parts import components, cut_off_a_year, places, random_part


def ring(count: int, entries: set[int], customers: dict[int, float]) -> Part:
    """Pieces with even numbers and joints with odd ones, on a ring; every piece fails once in a hundred years."""
    size = 2 * count
    return Part(
        customers={k: customers.get(k, 0.0) for k in range(size)},
        failures=dict.fromkeys(range(0, size, 2), 0.01),
        joints={(k, (k + 1) % size): k for k in range(size)},
        bypassed=(),
        entries=frozenset(entries),
        units=(),
        sector=0,
    )


def test_two_valves_divide_a_ring_between_its_two_feeds():
    # four pieces, fed at 1 and 5 on either side; five customers each on pieces 2 and 6
    part = ring(4, {1, 5}, {2: 5.0, 6: 5.0})
    split = best_split(part, np.full(8, 10.0))
    assert len(split.candidates) == 2
    assert part.a_year == pytest.approx(0.4)
    assert split.saved == pytest.approx(0.2)  # either half, with a feed of its own, is shut alone
    assert [half.lost for half in split.parts] == [5.0, 5.0]
    assert best_split(part, np.full(8, 10.0), most=1) is None
    assert best_split(part, np.full(8, 10.0), most_yuan=19.0) is None
    assert best_split(part, np.full(8, 10.0), pairs=False) is None


@pytest.mark.parametrize("seed", range(120))
def test_the_best_split_is_the_best_of_all_and_saves_what_a_search_finds(seed):
    rng = np.random.default_rng(seed)
    part = random_part(rng, int(rng.integers(3, 11)))
    cost = rng.integers(1, 4, len(part.joints) + 1).astype(float)
    money = float(rng.integers(1, 8))
    before = cut_off_a_year(part, set())
    assert part.a_year == pytest.approx(before)
    bridges = {k for k in places(part) if len(components(part, {k})) == 2}
    rings = [
        pair for pair in combinations(sorted(set(places(part)) - bridges), 2) if len(components(part, set(pair))) == 2
    ]
    worth = {
        chosen: (before - cut_off_a_year(part, set(chosen))) / cost[list(chosen)].sum()
        for chosen in [*((k,) for k in bridges), *rings]
        if cost[list(chosen)].sum() <= money
    }
    split = best_split(part, cost, money)
    if split is None:
        assert max(worth.values(), default=0.0) <= 1e-9
        return
    assert split.saved / cost[list(split.candidates)].sum() == pytest.approx(max(worth.values()))
    assert split.saved == pytest.approx(before - cut_off_a_year(part, set(split.candidates)))
    # a part that is left is divided like the whole
    for half in split.parts:
        again = best_split(half, cost)
        if again is not None:
            both = cut_off_a_year(part, set(split.candidates)) - cut_off_a_year(
                part, {*split.candidates, *again.candidates}
            )
            assert again.saved == pytest.approx(both)


def test_a_long_ring_is_looked_at_in_a_blink():
    part = ring(3000, {1, 3001}, {2000: 50.0, 4000: 50.0})
    split = best_split(part, np.full(6000, 10.0))
    assert split.saved >= 0.9 * 15.0  # the best pair halves what is lost
