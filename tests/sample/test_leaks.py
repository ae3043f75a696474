"""Leaks follow the known law."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from gridrisk.sample import leaks, makeup
from gridrisk.sample.leaks import Hazards
from gridrisk.sample.nature import Nature

if TYPE_CHECKING:
    from gridrisk import sample

AS_OF = dt.date(2025, 6, 30)


def nature(**columns: object) -> Nature:
    base: dict[str, object] = {
        "pipe_id": np.array(["a"], dtype=object),
        "batch": np.array([0]),
        "year": np.array([2000]),
        "material": np.array([0]),
        "diameter_mm": np.array([200.0]),
        "cathodic": np.array([False]),
        "length_m": np.array([100.0]),
        "idle": np.array([False]),
    }
    return Nature(**(base | columns))  # type: ignore[arg-type]


def test_rate_of_one_pipe_by_hand() -> None:
    made = makeup.load(1, AS_OF)
    # grey iron, 50 years: 0.62 × (50 / 25)^0.8 = 0.62 × 1.7411 = 1.07948; and 0.015 by third parties
    rate = leaks.rate_at(np.array([0.62]), nature(), np.array([50.0]), np.array([True]), made)
    assert rate[0] == pytest.approx(1.07948 + 0.015, abs=1e-4)
    # above ground nobody digs
    rate = leaks.rate_at(np.array([0.62]), nature(), np.array([50.0]), np.array([False]), made)
    assert rate[0] == pytest.approx(1.07948, abs=1e-4)


def test_factors_multiply() -> None:
    made = makeup.load(1, AS_OF)
    two = {"pipe_id": np.array(["a", "b"], dtype=object), "batch": np.array([0, 0]), "idle": np.array([False] * 2)}
    true = nature(
        **two,
        year=np.array([1980, 1980]),
        material=np.array([0, 0]),
        diameter_mm=np.array([200.0, 100.0]),
        cathodic=np.array([False, False]),
        length_m=np.array([1.0, 1.0]),
    )
    hazard = Hazards(np.array([False, True]), np.array([False, True]), np.array([0.0, 0.4]))
    rate = leaks.constant_part(true, hazard, made)
    # built over 2.5, shared trench 1.6, small 1.3, ground 1 + 1.5 × 0.4 = 1.6: 8.32 times, same batch
    assert rate[1] / rate[0] == pytest.approx(2.5 * 1.6 * 1.3 * 1.6)


def test_leaks_agree_with_the_truth(city: sample.City) -> None:
    truth, found = city.truth, city.layers["leaks"]
    assert len(found) == truth["leaks"].sum()
    for _, group in [("all", truth), *truth.groupby("material"), *truth.groupby("built_over")]:
        mean = group["expected_leaks"].sum()
        # 4.5 standard deviations of a Poisson count
        assert abs(group["leaks"].sum() - mean) <= 4.5 * np.sqrt(mean) + 1
    named = found["pipe_id"].dropna().value_counts()
    assert (named <= truth["leaks"].reindex(named.index)).all()
    assert 0.4 < len(found["pipe_id"].dropna()) / len(found) < 0.6


def test_leaks_lie_near_the_pipe_and_within_the_window(city: sample.City) -> None:
    found = city.layers["leaks"]
    named = found[found["pipe_id"].notna()]
    line = city.layers["pipes"].geometry.loc[named["pipe_id"]].array
    assert shapely.distance(line, named.geometry.array).max() < 5.0
    day = found["found_on"].dt.date
    assert day.max() <= AS_OF
    assert day.min() >= AS_OF - dt.timedelta(days=3654)
    assert (found["repaired_on"].dropna() >= found["found_on"][found["repaired_on"].notna()]).all()
    year = city.truth["install_year"].reindex(named["pipe_id"]).to_numpy()
    assert (named["found_on"].dt.year.to_numpy() >= year).all()


def test_older_and_worse_pipes_fail_more(city: sample.City) -> None:
    rate = city.truth.groupby("material")["failures_per_km_year"].median()
    assert rate["grey_cast_iron"] > rate["steel"] > rate["pe"]
    assert city.truth.loc[city.truth["idle"], "expected_leaks"].eq(0).all()


def test_truth_is_by_pipe(city: sample.City) -> None:
    pipes, truth = city.layers["pipes"], city.truth
    assert truth.index.equals(pipes.index)
    np.testing.assert_allclose(truth["length_m"], pipes.length, atol=1e-6)
    known = pipes["material"] != "unknown"
    assert (pipes.loc[known, "material"] == truth.loc[known, "material"]).all()
