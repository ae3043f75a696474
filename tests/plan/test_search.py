"""The search at size, and stopped by Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest

from gridrisk import plan
from gridrisk.plan import linear as stages
from gridrisk.plan import parts as pieces
from gridrisk.plan.greedy import greedy
from gridrisk.plan.problem import build_problem, gain_of, keeps_all
from gridrisk.plan.search import search


@pytest.fixture(scope="session")
def case(projects, scenario):
    def build(count, gap, seed=3):
        frame = projects(count, seed=seed).assign(mandatory=False)
        frame["place"] = [f"S{i}" for i in np.random.default_rng(seed).integers(0, count // 3 + 1, count)]
        total = float(frame["cost_yuan"].sum())
        sc = scenario(
            budget_yuan=round(total * 0.06, 2),
            crew_km=round(frame["length_m"].sum() * 0.07e-3, 3),
            mobilisation_shared=0.7,
            gap=gap,
        )
        return frame, sc

    return build


def test_a_large_plan_is_proved_close_to_the_best_and_better_than_greedy(case):
    frame, sc = case(1500, 0.005)
    problem = build_problem(frame, sc)
    found = search(problem, gap=sc.gap, time_limit_s=20)
    assert keeps_all(problem, found.chosen)
    reached = gain_of(problem, found.chosen)
    assert reached <= found.bound
    assert reached >= found.bound * 0.995
    assert reached > gain_of(problem, greedy(problem))


def test_what_is_left_in_doubt_of_a_very_large_plan_gives_the_same_bound(case, monkeypatch):
    frame, sc = case(900, 0.01)
    problem = build_problem(frame, sc)
    whole = search(problem, gap=sc.gap, time_limit_s=20)
    monkeypatch.setattr(stages, "_WHOLE", 500)
    monkeypatch.setattr(pieces, "_SAMPLE", 300)
    monkeypatch.setattr(stages, "_DOUBT", 300)
    parts = search(problem, gap=sc.gap, time_limit_s=20)
    assert keeps_all(problem, parts.chosen)
    assert parts.bound == pytest.approx(whole.bound, rel=2e-3)
    assert gain_of(problem, parts.chosen) >= gain_of(problem, whole.chosen) * 0.99
    assert gain_of(problem, parts.chosen) <= whole.bound * (1 + 1e-9)


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
def test_ctrl_c_keeps_the_best_plan_so_far(case):
    frame, sc = case(600, 0.0)
    before = signal.getsignal(signal.SIGINT)
    asked = []

    def once(_bound, _best, _gap):
        if not asked:
            asked.append(True)
            os.kill(os.getpid(), signal.SIGINT)

    answer = plan.schedule(frame, sc, progress=once, time_limit_s=60)
    assert answer.status == "feasible"
    assert 0 < answer.gap_removed < 0.1
    assert plan.verify(frame, answer, sc) == []
    assert "the search was stopped" in " ".join(str(note) for note in answer.notes)
    assert signal.getsignal(signal.SIGINT) is before
