"""Turns rows that fail a check into findings, and keeps a flood of them readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

from gridrisk.findings import Finding, Severity
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

#: Findings of one check on one layer that are listed singly; the rest are counted.
LISTED = 1000


def each(
    frame: gpd.GeoDataFrame,
    failing: pd.Series | NDArray[np.bool_],
    *,
    layer: str,
    check: str,
    field: str | None = None,
    severity: Severity = "warning",
    message: Callable[[str, pd.Series], Message],
) -> list[Finding]:
    """Return a finding for each row of `frame` where `failing` is true, with its place.

    Parameters
    ----------
    frame
        Layer, indexed by id.
    failing
        Boolean per row; unknown counts as not failing, since nothing is known to be wrong.
    message
        Given the id and the row, the sentence.
    """
    wrong = frame.loc[_known_true(failing)]
    findings = []
    for key, row in wrong.iloc[:LISTED].iterrows():
        point = None if row.geometry is None or row.geometry.is_empty else shapely.point_on_surface(row.geometry)
        findings.append(
            Finding(
                layer=layer,
                check=check,
                severity=severity,
                message=message(str(key), row),
                id=str(key),
                field=field,
                x=None if point is None else float(point.x),
                y=None if point is None else float(point.y),
            )
        )
    if len(wrong) > LISTED:
        more = msg(
            "{layer}: {check}: and {count} more of the kind", layer=layer, check=check, count=len(wrong) - LISTED
        )
        findings.append(Finding(layer=layer, check=check, severity=severity, message=more, field=field))
    return findings


def _known_true(failing: pd.Series | NDArray[np.bool_]) -> NDArray[np.bool_]:
    return pd.Series(failing).fillna(False).to_numpy(dtype=bool)
