"""Choices of a plan that could as well be otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.plan.lagrange import Bound
    from gridrisk.plan.problem import Problem

    Index = NDArray[np.int64]

#: A tie is near where another choice costs at most this share of the risk that the project removes.
_NEAR = 0.02


def near_ties(problem: Problem, chosen: Index, bound: Bound) -> pd.DataFrame:
    """Return choices that could as well be otherwise, the nearest first.

    Returns
    -------
    pandas.DataFrame
        project_id, year (0 = not in the plan), other_year, loss (risk over the horizon that the other choice would
        leave at most more, by the prices of the linear model), share (loss by the risk that the project removes).
    """
    value = problem.worth.max(axis=1, initial=0.0)
    loss = bound.loss.copy()
    rows = np.arange(len(chosen))
    built = chosen >= 0
    # another quarter of the same year is no other choice
    loss[built[:, None] & (problem.years[None, :] == problem.years[np.maximum(chosen, 0)][:, None])] = np.inf
    out_loss = np.where(built & ~problem.forced, np.maximum(bound.net[rows, np.maximum(chosen, 0)], 0.0), np.inf)
    every = np.column_stack([loss, out_loss])
    other = every.argmin(axis=1)
    least = every[rows, other]
    near = np.flatnonzero((least <= _NEAR * value) & (value > 0))
    near = near[np.argsort(least[near] / value[near], kind="stable")]
    years = np.append(problem.years, 0)
    return pd.DataFrame(
        {
            "project_id": problem.ids[near].astype(str),
            "year": np.where(chosen[near] >= 0, problem.years[np.maximum(chosen[near], 0)], 0),
            "other_year": years[other[near]],
            "loss": least[near],
            "share": least[near] / value[near],
        }
    )
