"""What must hold of every plan, on instances that hypothesis looks for."""

from __future__ import annotations

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridrisk import plan

CALM = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SEEDS = st.integers(0, 10_000)


def a_scenario(scenario, frame, share, quarters, years=2):
    level = frame["cost_yuan"].sum() / years * share
    return scenario(
        years=years,
        budget_yuan=[round(level, 2)] * years,
        crew_km=round(float(frame["length_m"].sum()) / 1000 / years, 3),
        mobilisation_shared=0.5,
        quarters=quarters,
    )


def chained(projects, seed, count=6):
    frame = projects(count, seed=seed, years=2)
    ids = frame.index.tolist()
    frame["after"] = [[ids[row - 1]] if row % 3 == 2 else [] for row in range(count)]
    frame["price_index"] = 0.03
    return frame


@CALM
@given(seed=SEEDS, share=st.floats(0.1, 0.9), more=st.floats(1.0, 2.0), quarters=st.booleans())
def test_more_budget_never_leaves_more_risk(seed, share, more, quarters, projects, scenario):
    frame = chained(projects, seed)
    less = plan.schedule(frame, a_scenario(scenario, frame, share, quarters))
    rich = plan.schedule(frame, a_scenario(scenario, frame, share * more, quarters))
    if less.status == "optimal":
        assert rich.status == "optimal"
        assert rich.objective <= less.objective * (1 + 1e-9)


@CALM
@given(seed=SEEDS, later=st.integers(0, 1), quarters=st.booleans())
def test_a_looser_deadline_never_costs_more(seed, later, quarters, projects, scenario):
    frame = chained(projects, seed)
    sc = a_scenario(scenario, frame, 0.6, quarters)
    tight = plan.schedule(frame.assign(deadline_year=pd.array([2026] * 6, dtype="Int64")), sc)
    loose = plan.schedule(frame.assign(deadline_year=pd.array([2026 + later] * 6, dtype="Int64")), sc)
    if tight.status == "optimal":
        assert loose.status == "optimal"
        assert loose.objective <= tight.objective * (1 + 1e-9)


@CALM
@given(seed=SEEDS, share=st.floats(0.0, 1.2), quarters=st.booleans(), shuffle=st.randoms(use_true_random=False))
def test_a_plan_keeps_every_limit_whatever_the_order_of_rows_or_names_what_is_missing(
    seed, share, quarters, shuffle, projects, scenario
):
    frame = chained(projects, seed, count=9)
    sc = a_scenario(scenario, frame, share, quarters)
    made = plan.schedule(frame, sc)
    assert plan.verify(frame, made, sc) == []
    rows = frame.index.tolist()
    shuffle.shuffle(rows)
    assert plan.schedule(frame.loc[rows], sc).to_dict() == made.to_dict()
    if made.status == "infeasible":
        assert made.relaxation.needed
        assert (made.assignment == 0).all()
    else:
        due = frame["mandatory"] & frame["deadline_year"].notna()  # without a date it is due after these two years
        assert (made.assignment[frame.index[due]] > 0).all()
        assert made.bound <= made.objective * (1 + 1e-12)
