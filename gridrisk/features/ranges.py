"""Protection and control range of each pipe, as maps draw them and contractors are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.features.pipe import pressure_class, range_of_class
from gridrisk.layers.status import standing

if TYPE_CHECKING:
    import geopandas as gpd

    from gridrisk.params import Parameters


def protection_ranges(pipes: gpd.GeoDataFrame, pressure: Parameters) -> pd.DataFrame:
    """Return the protection and control range of each pipe, from its outer edge.

    Parameters
    ----------
    pipes
        Layer ``pipes``.
    pressure
        ``standards/pressure`` (GB 55009-2021 5.1.6, 5.1.7).

    Returns
    -------
    DataFrame
        On pipe_id, m: ``protection_m``, ``control_m``; the widest of all where the pressure class is unknown, missing
        for abandoned and planned pipes, which have none.
    """
    classes = pressure_class(pipes, pressure)
    widest = {name: range_of_class(classes, pressure.table(name))[1] for name in ("protection_m", "control_m")}
    return pd.DataFrame(widest, index=pipes.index).where(standing(pipes))
