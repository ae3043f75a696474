"""How sure a rank is, held against cities whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from risk_cases import AS_OF as DAY
from risk_cases import FEATURE, MODELS, PIPE, features_of, pipes_of
from scipy import stats

from gridrisk.risk import score
from gridrisk.risk.certainty import WORST, certainty
from gridrisk.risk.grades import rank


def numbers_of(value, low, high, length=None, harm=1.0):
    value = np.asarray(value, dtype=float)
    table = pd.DataFrame(
        {
            "length_m": np.full(len(value), 100.0) if length is None else length,
            "failures_per_km_year": value,
            "failures_per_km_year_low": low,
            "failures_per_km_year_high": high,
            "risk_per_km": value * harm,
        },
        index=[f"p{i:04d}" for i in range(len(value))],
    )
    return table, rank(table["risk_per_km"], table["risk_per_km"] * table["length_m"])


def test_without_doubt_the_worst_tenth_is_the_worst_tenth():
    value = np.arange(1.0, 101.0)
    found = certainty(*numbers_of(value, value, value))
    assert found["worst_tenth_probability"].round(6).tolist() == [0.0] * 90 + [1.0] * 10
    assert (found["rank_best"] == found["rank_worst"]).all()


def test_the_chances_add_up_to_a_tenth_of_the_length():
    random = np.random.default_rng(1)
    value, length = random.gamma(1.0, 1.0, 500) + 0.01, random.gamma(2.0, 50.0, 500)
    table, place = numbers_of(value, value / 3, value * 4, length, harm=random.gamma(1.0, 1.0, 500))
    found = certainty(table, place)
    assert (found["worst_tenth_probability"] * length).sum() == pytest.approx(WORST * length.sum(), rel=1e-6)
    assert (found["rank_best"] <= place).all()
    assert (place <= found["rank_worst"]).all()


def test_one_segment_by_hand():
    # ranks of 4, 3, 2, 1; the second may be anything between 1.5 and 4.5
    table, place = numbers_of([4.0, 3.0, 2.0, 1.0], [4.0, 1.5, 2.0, 1.0], [4.0, 4.5, 2.0, 1.0])
    found = certainty(table, place)
    assert found["rank_best"].tolist() == [1, 1, 3, 4]
    assert found["rank_worst"].tolist() == [1, 3, 3, 4]


def test_equals_share_their_place():
    found = certainty(*numbers_of([1.0] * 20, [1.0] * 20, [1.0] * 20))
    assert found["rank_best"].tolist() == [1] * 20
    assert found["rank_worst"].tolist() == [20] * 20


def test_an_empty_network_and_rates_of_nought():
    table, place = numbers_of([], [], [])
    assert certainty(table, place).empty
    found = certainty(*numbers_of([0.0, 0.0], [0.0, 0.0], [0.0, 0.0]))
    assert found["worst_tenth_probability"].between(0, 1).all()


def test_chances_come_true_in_a_city_of_known_truth():
    """Of those said to be among the worst with a chance of p, a part of p are."""
    random = np.random.default_rng(4)
    size, shape = 4000, 1.5
    pipes = pipes_of(*[PIPE | {"material": "steel", "cathodic": False}] * size)
    features = features_of(pipes, *[FEATURE | {"exposure_years": 10.0, "length_m": 400.0, "age_years": 10.0}] * size)
    spread = random.gamma(shape, 1 / shape, size)
    features["leaks"] = pd.array(random.poisson(0.6 * spread * 4.0), dtype="Int64")
    found = score(pipes, features, MODELS, leaks_recorded=True, as_of=DAY)
    truth = pd.Series(spread, index=pipes.index)
    worst = truth >= truth.quantile(0.9)
    chance = found["worst_tenth_probability"]
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 1.0)):
        here = (chance >= low) & (chance < high)
        said, true, count = chance[here].mean(), worst[here].mean(), int(here.sum())
        assert count > 30
        assert abs(said - true) < 0.03 + 3 * stats.binom.std(count, said) / count
