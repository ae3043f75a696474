"""Outer diameters of steel pipe brought to the nominal ones by which the layer, the plan and the prices go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk import params
from gridrisk.layers import headings, values
from gridrisk.units import only_size, parse_diameter, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: φ219×7, D108*4: with its wall, a diameter of steel is the outer one.
_WITH_WALL = re.compile(r"\d\s*[x×*✕✖]\s*\d", re.IGNORECASE)
#: Marks of an outer diameter; older surveys write φ100 for a nominal one, but 108 is none.
_OUTER = re.compile(r"φ|ø|∅|⌀|ф|外径|(?<![a-z])(?:de|od|d)\s*\d", re.IGNORECASE)
_OUTER_HEADING = re.compile(r"外径|outer|(?<![a-z])od(?![a-z])", re.IGNORECASE)


def settled(
    diameter: pd.Series, material: pd.Series, column: pd.Series, heading: str
) -> tuple[pd.Series, pd.DataFrame]:
    """Return diameters with outer ones of steel as nominal ones, and which became which in how many rows.

    Parameters
    ----------
    diameter
        As read, mm.
    material
        Of each row; only what is known to be steel is changed.
    column, heading
        The texts the diameters were read from.

    Returns
    -------
    tuple
        Diameters, mm, and a table with the columns outer, nominal and rows.
    """
    series = {float(outer): nominal for outer, nominal in params.load("recognition").table("steel_nominal_mm").items()}
    nominal = diameter.map(series)
    rows = (material == "steel").fillna(value=False).to_numpy(dtype=bool) & nominal.notna().to_numpy(dtype=bool)
    rows[rows] = _are_outer(column[rows], diameter[rows], heading, {float(size) for size in series.values()})
    told = pd.DataFrame({"outer": diameter[rows], "nominal": nominal[rows]}).value_counts().rename("rows").reset_index()
    return diameter.mask(pd.Series(rows, index=diameter.index), nominal), told.sort_values("outer")


def _are_outer(column: pd.Series, diameter: pd.Series, heading: str, nominal: set[float]) -> NDArray[np.bool_]:
    """Say which texts mean the outer diameter: with a wall, or marked as one that is no nominal size."""
    named = bool(_OUTER_HEADING.search(headings.key(heading)))
    places, uniques = pd.factorize(column.astype("object").map(values.text, na_action="ignore"))
    walled = np.array([bool(_WITH_WALL.search(plain(text))) for text in uniques], dtype=bool)
    marked = np.array([named or bool(_OUTER.search(plain(text).casefold())) for text in uniques], dtype=bool)
    # the text may not be where the value was read from
    read = np.array([parse_diameter(text) or only_size(text) or np.nan for text in uniques], dtype="float64")
    if not len(uniques):
        return np.zeros(len(column), dtype=bool)
    own = (places >= 0) & (np.abs(read[places] - diameter.to_numpy(dtype="float64")) < 0.5)
    outer: NDArray[np.bool_] = own & (walled[places] | (marked[places] & ~diameter.isin(nominal).to_numpy(dtype=bool)))
    return outer
