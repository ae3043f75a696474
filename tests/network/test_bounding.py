"""No valves save more than the bound."""

from itertools import combinations

import numpy as np
import pytest

from gridrisk.network import bounding
from gridrisk.network.bounding import bound
from gridrisk.network.siting import _choose

from .parts import cut_off_a_year, places, random_part


@pytest.mark.parametrize("seed", range(60))
def test_no_valves_save_more(seed):
    rng = np.random.default_rng(1000 + seed)
    part = random_part(rng, int(rng.integers(3, 10)))
    cost = rng.integers(1, 4, len(part.joints) + 1).astype(float)
    most, money = int(rng.integers(1, 4)), float(rng.integers(1, 9))
    before = cut_off_a_year(part, set())
    best = {None: 0.0, money: 0.0}
    for count in range(1, most + 1):
        for chosen in combinations(places(part), count):
            saved = before - cut_off_a_year(part, set(chosen))
            best[None] = max(best[None], saved)
            if cost[list(chosen)].sum() <= money:
                best[money] = max(best[money], saved)
    for budget, saved in best.items():
        given = _choose([part], cost, 2 * most, None, pairs=False)
        reach = bound([part], given, cost, most=most, budget_yuan=budget)
        assert reach >= saved - 1e-9
        chosen = _choose([part], cost, most, budget)
        assert sum(split.saved for split in chosen) <= saved + 1e-9


@pytest.mark.parametrize("seed", range(60))
def test_what_several_valves_save_is_what_a_search_finds(seed):
    rng = np.random.default_rng(2000 + seed)
    part = random_part(rng, int(rng.integers(2, 12)))
    chosen = {kind for kind in places(part) if rng.random() < 0.6}
    joints = [joint for joint, kind in part.joints.items() if kind in chosen]
    assert bounding.cut_off_a_year(part, joints) == pytest.approx(cut_off_a_year(part, chosen))


def test_money_for_nothing_saves_nothing():
    part = random_part(np.random.default_rng(1), 8)
    cost = np.full(len(part.joints) + 1, 5.0)
    assert bound([part], [], cost, most=3, budget_yuan=4.0) == 0.0


def test_on_a_line_the_bound_is_the_best():
    rng = np.random.default_rng(4)
    part = random_part(rng, 2)
    best = max([0.0, *(cut_off_a_year(part, set()) - cut_off_a_year(part, {k}) for k in places(part))])
    given = _choose([part], np.ones(9), 2, None, pairs=False)
    assert bound([part], given, np.ones(9), most=1, budget_yuan=None) == pytest.approx(best)
