"""What is known of each segment, records and surroundings side by side, unknown told apart from no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.errors import DataError
from gridrisk.features.columns import coded, sorted_categories
from gridrisk.features.pipe import pressure_class
from gridrisk.i18n import msg
from gridrisk.layers.status import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridrisk.params import Parameters

_M2_PER_KM2 = 1e6

_RECORDS = ("material", "setting", "laying", "safety_status", "road")
_FLAGS = (
    "built_over",
    "shared_trench",
    "shared_trench_isolated",
    "void_crossing",
    "clearance",
    "encroached",
    "critical_place",
    "basement_near",
)
_NUMBERS = (
    "length_m",
    "age_years",
    "built_over_m",
    "void_crossings",
    "voids_near",
    "ground_movement",
    "people",
    "people_unknown",
    "population",
    "impact_radius_m",
    "leaks",
    "exposure_years",
)
_TEXTS = ("work_zone", "critical_kinds")
#: Fields of the pipes, and features, that `gather` reads.
FIELDS = (*_RECORDS, "pressure_class", "mop_kpa", "cathodic", "diameter_mm", "install_year")
FEATURES = (*_FLAGS, *_NUMBERS, *_TEXTS)


def scored(pipes: pd.DataFrame) -> pd.Series[bool]:
    """Say which segments are scored: all but the abandoned and planned; an unknown status counts as in service."""
    return standing(pipes)


def gather(
    pipes: pd.DataFrame,
    features: pd.DataFrame,
    pressure: Parameters,
    *,
    leaks_recorded: bool,
    customers_lost: pd.Series[float] | None,
) -> pd.DataFrame:
    """Return one table of what the models read.

    Parameters
    ----------
    pipes
        Layer frame.
    features
        Frame on pipe_id, see `gridrisk.features.build`.
    pressure
        ``models/standards/pressure.toml``: gives the class where only the operating pressure is recorded.
    leaks_recorded
        Whether there is a leak record at all.
    customers_lost
        Customers that lose gas with the segment's sector, by pipe_id; None where nobody worked it out.

    Returns
    -------
    Frame on pipe_id: the records material, pressure_class, setting, laying, safety_status, road (categories, NaN =
    unknown), cathodic (boolean), diameter_mm, install_year (float); the features by their names; and trench (none,
    isolated, open, shared), void (none, near, crossing), works (none, control, protection), customers_lost, people
    (along the segment, NaN where not all are known), people_least (as far as known), leaks and exposure_years (NaN
    without a record).

    Raises
    ------
    DataError
        Where segments have no row in `features`.
    """
    around = features_of(features, pipes.index)
    table: dict[str, pd.Series[Any]] = {name: _text(pipes[name]) for name in _RECORDS}
    table["pressure_class"] = _text(pressure_class(pipes, pressure))
    if "unknown" in table["material"].cat.categories:
        table["material"] = table["material"].cat.remove_categories(["unknown"])
    table |= {name: _flag(around, name) for name in _FLAGS}
    table |= {name: _number(around, name) for name in _NUMBERS}
    table |= {name: _text(around[name]) for name in _TEXTS}
    table["cathodic"] = pipes["cathodic"].astype("boolean")
    table["diameter_mm"] = _number(pipes, "diameter_mm").where(lambda d: d > 0)
    table["install_year"] = _number(pipes, "install_year")
    table["age_years"] = table["age_years"].where(table["age_years"] >= 0)  # not laid yet: a wrong year
    table |= _people(table)
    table["trench"] = _trench(table["shared_trench"], table["shared_trench_isolated"])
    table["void"] = _void(table["void_crossing"], table["voids_near"])
    table["works"] = _works(table["encroached"], table["work_zone"])
    if not leaks_recorded:
        for name in ("leaks", "exposure_years"):
            table[name] = pd.Series(np.nan, index=pipes.index)
    table["customers_lost"] = (
        pd.Series(np.nan, index=pipes.index)
        if customers_lost is None
        else customers_lost.reindex(pipes.index).astype("float64")
    )
    return pd.DataFrame(table, index=pipes.index, copy=False)


def features_of(features: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Return the rows of `features` of the segments in `index`.

    Raises
    ------
    DataError
        Where segments have none.
    """
    if features.index.equals(index):
        return features
    lost = index.difference(features.index)
    if len(lost):
        raise DataError(
            msg("{count} segments have no features, first {id}; compute them anew", count=len(lost), id=lost[0])
        )
    return features.loc[index]


def _text(column: pd.Series[str]) -> pd.Series[str]:
    return sorted_categories(column)


def _flag(frame: pd.DataFrame, name: str) -> pd.Series[bool]:
    return frame[name].astype("boolean")


def _number(frame: pd.DataFrame, name: str) -> pd.Series[float]:
    return frame[name].astype("float64")


def _states(index: pd.Index, *cases: tuple[pd.Series[bool], str]) -> pd.Series[str]:
    """Return the state of the first case that is true; missing where none is."""
    masks = [case.fillna(False).to_numpy(dtype=bool) for case, _ in cases]
    code = np.select(masks, list(range(len(cases))), default=-1)
    states = list(dict.fromkeys(state for _, state in cases))
    of = np.array([*(states.index(state) for _, state in cases), -1])
    return coded(of[code], states, index)


def _trench(shared: pd.Series[bool], isolated: pd.Series[bool]) -> pd.Series[str]:
    return _states(
        shared.index,
        (~shared, "none"),
        (shared & ~isolated, "open"),
        (shared & isolated, "isolated"),
        (shared, "shared"),
    )


def _void(crossing: pd.Series[bool], near: pd.Series[float]) -> pd.Series[str]:
    return _states(
        crossing.index,
        (crossing, "crossing"),
        (~crossing & (near > 0), "near"),
        (~crossing & (near == 0), "none"),
    )


def _works(encroached: pd.Series[bool], zone: pd.Series[str]) -> pd.Series[str]:
    # an encroached segment whose zone is not told is taken at the nearer one
    return _states(
        encroached.index,
        ((zone == "protection").astype("boolean"), "protection"),
        ((zone == "control").astype("boolean"), "control"),
        (~encroached, "none"),
        (encroached, "protection"),
    )


def _people(table: Mapping[str, pd.Series[Any]]) -> dict[str, pd.Series[float]]:
    """Return people along the segment, NaN where not all are known, and the least there are.

    The greater of those in buildings and those of the raster's density in the same reach; each misses some.
    """
    radius, length = table["impact_radius_m"], table["length_m"]
    spread = table["population"] * (np.pi * radius**2 + 2 * radius * length) / _M2_PER_KM2
    counted = table["people"].mask(~(table["people_unknown"] == 0))
    least = pd.concat([table["people"], spread], axis=1).max(axis=1)
    return {"people": least.where(counted.notna() | spread.notna()), "people_least": least.fillna(0.0)}
