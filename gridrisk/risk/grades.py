"""Four grades by absolute thresholds of risk per km, and floors that rules set; flags; rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.features.columns import coded, flags_of, named
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from gridrisk.params import Parameters

#: From the highest down: 重大, 较大, 一般, 低.
GRADES = ("major", "larger", "general", "low")


def bounds(risk_per_km: pd.Series[float], length_m: pd.Series[float], params: Parameters) -> list[float]:
    """Return the least risk per km of the grades major, larger and general.

    By method ``quantile`` of the file these are the risks at which the length, the worst first, reaches the shares of
    ``length_share``.
    """
    method = params.text("method")
    table = params.table("risk_per_km" if method == "absolute" else "length_share")
    least = [table[name] for name in GRADES[:-1]]
    if sorted(least, reverse=method == "absolute") != least:
        raise ParameterError(
            msg(
                "models/{file}.toml: risk_per_km must fall from major to general, length_share must rise",
                file=params.name,
            )
        )
    if method == "absolute":
        return least
    if method != "quantile":
        raise ParameterError(
            msg("models/{file}.toml: method is absolute or quantile, not {method}", file=params.name, method=method)
        )
    known = risk_per_km.notna().to_numpy(dtype=bool)
    risk, length = risk_per_km.to_numpy(dtype=float)[known], length_m.to_numpy(dtype=float)[known]
    order = np.argsort(-risk, kind="stable")
    along = np.cumsum(length[order])
    if not len(order) or along[-1] == 0:
        return [np.inf, np.inf, np.inf]
    last = np.searchsorted(along / along[-1], np.array(least) - 1e-12).clip(max=len(order) - 1)
    return [float(value) for value in risk[order[last]]]


def grade(risk_per_km: pd.Series[float], floors: pd.DataFrame, params: Parameters, bounds: list[float]) -> pd.DataFrame:
    """Return the grade of each segment.

    Parameters
    ----------
    risk_per_km
        Person-equivalents a km and year.
    floors
        Nullable booleans, one column a ``floor.*`` parameter; unknown lifts nothing.
    params
        ``models/grades.toml``.
    bounds
        See the function `bounds`.

    Returns
    -------
    Frame: grade (text), grade_floor (name of the rule that lifted it, missing where the number decided).
    """
    level = np.select([risk_per_km.to_numpy() >= bound for bound in bounds], list(range(3)), default=3)
    reason = np.full(len(level), -1)
    names = params.group("floor")
    for name in names:
        floor = params.text(f"floor.{name}")
        if name not in floors or floor not in GRADES:
            raise ParameterError(
                msg("models/{file}.toml: floor.{name} = {grade} is not known", file=params.name, name=name, grade=floor)
            )
        lifts = floors[name].fillna(False).to_numpy(dtype=bool) & (level > GRADES.index(floor))
        level = np.where(lifts, GRADES.index(floor), level)
        reason[lifts] = names.index(name)
    index = risk_per_km.index
    return pd.DataFrame({"grade": coded(level, GRADES, index), "grade_floor": coded(reason, names, index)}, index=index)


def floors(facts: pd.DataFrame, major_hazard: pd.Series[bool]) -> pd.DataFrame:
    """Return the conditions that a floor may name."""
    status, trench = facts["safety_status"], facts["trench"]
    unknown = (status.isna() | (status == "unknown")).to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "major_hazard": major_hazard,
            "renew_now": flags_of((status == "renew_now").to_numpy(dtype=bool), unknown),
            "shared_trench_open": flags_of((trench == "open").to_numpy(dtype=bool), trench.isna().to_numpy()),
            "built_over": facts["built_over"],
        },
        index=facts.index,
    )


def flags(facts: pd.DataFrame) -> pd.Series[str]:
    """Return what is the matter with each segment, as a comma list; unknown is not listed."""
    there = {
        name: facts[name].fillna(False).to_numpy(dtype=bool)
        for name in ("built_over", "shared_trench", "void_crossing", "clearance", "encroached")
    }
    there["trench_not_isolated"] = (facts["trench"] == "open").to_numpy(dtype=bool)
    for name in ("basement_near", "critical_place"):
        there[name] = facts[name].fillna(False).to_numpy(dtype=bool)
    there["leaked"] = (facts["leaks"] > 0).to_numpy(dtype=bool)
    return named(there, facts.index)


def rank(risk_per_km: pd.Series[float], risk: pd.Series[float]) -> pd.Series[int]:
    """Return the rank, 1 for the highest risk per km.

    Per km, because a segment's own risk grows with how long the survey happened to draw it; equal ones by risk, then
    by pipe_id.
    """
    per_km = -risk_per_km.to_numpy()
    order = np.argsort(per_km)
    falling = per_km[order]
    same = falling[1:] == falling[:-1]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = order[tied]
        order[tied] = rows[
            np.lexsort((risk.index.take(rows).argsort().argsort(), -risk.to_numpy()[rows], per_km[rows]))
        ]
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(1, len(order) + 1)
    return pd.Series(places, index=risk.index, dtype="Int64")
