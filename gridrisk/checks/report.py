"""Turns rows that fail a check into findings, and keeps a flood of them readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.checks.catalogue import BY_ID
from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

#: Findings of one check on one layer that are listed singly; the rest are counted.
LISTED = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Failing:
    """The rows of a layer that fail one check.

    Attributes
    ----------
    frame
        The layer, indexed by id; further columns may serve the message.
    mask
        True for each failing row.
    fields
        Fields of which one must be wrong; the first is named by the findings.
    message
        Given the id and the row, the sentence.
    """

    layer: str
    check: str
    frame: gpd.GeoDataFrame
    mask: NDArray[np.bool_]
    fields: tuple[str, ...]
    message: Callable[[str, pd.Series], Message]

    def findings(self) -> list[Finding]:
        """Return a finding with its place for each failing row, and one that counts those beyond `LISTED`."""
        positions = np.flatnonzero(self.mask)
        severity, field = BY_ID[self.check].severity, self.fields[0] if self.fields else None
        wrong = self.frame.iloc[positions[:LISTED]]
        spots = shapely.point_on_surface(wrong.geometry.to_numpy())
        x, y = shapely.get_x(spots), shapely.get_y(spots)  # NaN without a geometry
        findings = [
            Finding(
                layer=self.layer,
                check=self.check,
                severity=severity,
                message=self.message(str(key), row),
                id=str(key),
                field=field,
                x=float(x[i]) if np.isfinite(x[i]) else None,
                y=float(y[i]) if np.isfinite(y[i]) else None,
            )
            for i, (key, row) in enumerate(wrong.iterrows())
        ]
        if len(positions) > LISTED:
            more = msg(
                "{layer}: {check}: and {count} more of the kind",
                layer=self.layer,
                check=self.check,
                count=len(positions) - LISTED,
            )
            findings.append(Finding(layer=self.layer, check=self.check, severity=severity, message=more, field=field))
        return findings


def each(
    frame: gpd.GeoDataFrame,
    failing: pd.Series | NDArray[np.bool_],
    *,
    layer: str,
    check: str,
    fields: tuple[str, ...] = (),
    message: Callable[[str, pd.Series], Message],
) -> Failing:
    """Return the rows of `frame` where `failing` is true; where it is unknown, nothing is known to be wrong."""
    return Failing(layer, check, frame, known_true(failing), fields, message)


def known_true(values: pd.Series | NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where a three-valued column is certainly true."""
    return pd.Series(values).fillna(False).to_numpy(dtype=bool)
