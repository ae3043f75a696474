"""Which pipes are there, by their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_NOT_THERE = ("abandoned", "planned")


def standing(pipes: pd.DataFrame) -> pd.Series[bool]:
    """Say which pipes may carry gas: all but abandoned and planned ones; an unknown status counts as in service.

    Parameters
    ----------
    pipes
        Column ``status``.
    """
    there: pd.Series[bool] = ~pipes["status"].isin(_NOT_THERE)
    return there
