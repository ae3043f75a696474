"""How much gas customers draw at once: the one model of peak demand, for pressures and for the capacity of mains.

Homes do not all cook at once: n of them draw ``n * household_m3h * simultaneity(n)`` (GB 50028-2006, 6.2.3, annex F).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What each customer draws at the peak.

    Attributes
    ----------
    m3h
        Cubic metres an hour, NaN where nobody knows.
    surveyed, by_households, by_kind
        Where it comes from: the survey's peak_m3h; households times simultaneity; the kind of customer.
    """

    m3h: Floats
    surveyed: Bools
    by_households: Bools
    by_kind: Bools


def peak_demand(customers: gpd.GeoDataFrame, params: Parameters) -> Demand:
    """Return the peak of every customer: as surveyed, else of its households, else of its kind.

    A connection of n households draws ``n * household_m3h * simultaneity(n)``, the simultaneity of GB 50028 annex F
    between its rows linearly and beyond its last as there.

    Parameters
    ----------
    customers
        Columns kind, households, peak_m3h.
    params
        ``models/demand.toml``.
    """
    peak = customers["peak_m3h"].to_numpy("float64", na_value=np.nan)
    households = customers["households"].to_numpy("float64", na_value=np.nan)
    kind = customers["kind"].astype(object)
    surveyed = np.isfinite(peak) & (peak >= 0)
    homes = ~surveyed & (households > 0) & (kind == "resident").to_numpy(bool)
    of_kind = kind.map(params.table("peak_m3h")).to_numpy("float64", na_value=np.nan)
    by_kind = ~surveyed & ~homes & np.isfinite(of_kind)
    drawn = households * params.number("household_m3h") * simultaneity(households, params)
    m3h = np.select([surveyed, homes, by_kind], [peak, drawn, of_kind], np.nan)
    return Demand(m3h, surveyed, homes, by_kind)


def drawn_together(m3h: Floats, households: Floats, group: Ints, params: Parameters) -> Floats:
    """Return what each customer draws while all of its group draw, from what each draws at its own peak.

    A connection of n homes has the simultaneity of n; the N homes of a group have that of N. Customers that are no
    homes, or whose households are unknown, draw their peak.

    Parameters
    ----------
    m3h, households
        Peak of every customer, and how many homes it is; 0 or NaN for none.
    group
        Number of the group of every customer.
    params
        ``models/demand.toml``.
    """
    if not len(group):
        return m3h
    homes = np.nan_to_num(households)
    apart = np.bincount(group, homes * simultaneity(homes, params))
    total = np.bincount(group, homes).astype(np.float64)
    share = np.divide(total * simultaneity(total, params), apart, out=np.ones(len(total)), where=apart > 0)
    found: Floats = m3h * np.where(homes > 0, np.minimum(share[group], 1.0), 1.0)
    return found


def simultaneity(households: Floats, params: Parameters) -> Floats:
    """Return which share of its appliances a number of households uses at once."""
    table = sorted((float(count), share) for count, share in params.table("simultaneity").items())
    count, share = (np.array(column) for column in zip(*table, strict=True))
    found: Floats = np.interp(households, count, share)
    return found
