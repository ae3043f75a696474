"""Leaks of the sample city, drawn by a Poisson process from the known law in `models/sample/failure_law.toml`.

The rate of a pipe in the year y of its life is ::

    base(material) × (age / reference age) ^ exponent(material) × factors × batch + third party   [failures/(km a)]

with factors for pipes built over, in a shared trench, under cathodic protection, of small grey iron, and for ground
that moves. `batch` is a gamma factor of mean one, common to all that one crew laid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridrisk.sample.nature import GREY, MATERIALS, PE
from gridrisk.sample.segments import RISER
from gridrisk.sample.tables import Layer, dates, flags, numbered, optional, points

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from gridrisk.sample.design import Design
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.nature import Nature

_CAUSES = ("corrosion", "joint", "ground_movement", "material", "equipment", "other")
_CAUSE_SHARES = {
    "grey_cast_iron": (0.30, 0.42, 0.22, 0.04, 0.01, 0.01),
    "ductile_iron": (0.25, 0.52, 0.14, 0.05, 0.02, 0.02),
    "steel": (0.78, 0.08, 0.06, 0.04, 0.03, 0.01),
    "pe": (0.0, 0.58, 0.12, 0.20, 0.06, 0.04),
}


@dataclass(frozen=True)
class Hazards:
    """What truly makes a pipe fail more often: row by row of the segments."""

    built_over: NDArray[np.bool_]
    shared_trench: NDArray[np.bool_]
    ground: NDArray[np.float64]


def built_over(
    lines: NDArray[np.object_], illegal: NDArray[np.object_], setting: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say which buried pipes have something illegal above them."""
    hit = np.zeros(len(lines), dtype=bool)
    if len(illegal):
        hit[shapely.STRtree(lines).query(illegal, predicate="intersects")[1]] = True
    hit &= setting != RISER
    return hit


def _by_material(table: dict[str, float], true: Nature) -> NDArray[np.float64]:
    return np.array([table[name] for name in MATERIALS])[true.material]


def constant_part(true: Nature, hazard: Hazards, makeup: MakeUp) -> NDArray[np.float64]:
    """Return everything of the ageing rate but the age: failures per km and year at the reference age."""
    law = makeup.law
    factor = law.table("factor")
    slope = law.number("ground_movement_slope") * np.where(true.material == PE, 0.5, 1.0)
    shape = law.number("batch_shape")
    batch = makeup.chance(91).gamma(shape, 1 / shape, int(true.batch.max()) + 1)[true.batch]
    rate = _by_material(law.table("base_per_km_year"), true) * batch * (1 + slope * hazard.ground)
    rate = rate * np.where(hazard.built_over, factor["built_over"], 1.0)
    rate = rate * np.where(hazard.shared_trench, factor["shared_trench"], 1.0)
    rate = rate * np.where(true.cathodic, factor["cathodic"], 1.0)
    small = (true.material == GREY) & (true.diameter_mm <= 150)
    out: NDArray[np.float64] = rate * np.where(small, factor["small_diameter"], 1.0)
    return out


def rate_at(
    constant: NDArray[np.float64], true: Nature, age: NDArray[np.float64], buried: NDArray[np.bool_], makeup: MakeUp
) -> NDArray[np.float64]:
    """Return failures per km and year at the given ages."""
    exponent = _by_material(makeup.law.table("age_exponent"), true)
    ageing = constant * (np.maximum(age, 0.5) / makeup.law.number("reference_age_years")) ** exponent
    rate: NDArray[np.float64] = ageing + np.where(buried, makeup.law.number("third_party_per_km_year"), 0.0)
    return rate


def draw(design: Design, true: Nature, hazard: Hazards, makeup: MakeUp) -> tuple[Layer, pd.DataFrame]:
    """Draw the leaks of the last years, and return them with the truth.

    Returns
    -------
    leaks
        Fields of the leak layer by leak_id; about half name their pipe.
    truth
        By pipe_id: length_m, material, install_year, built_over, shared_trench, cathodic, idle,
        failures_per_km_year (on the day of the survey) and expected_leaks (over the window), leaks (drawn).
    """
    rng = makeup.chance(92)
    buried = design.pipes.setting != RISER
    constant = constant_part(true, hazard, makeup)
    window = int(makeup.city.number("leak_window_years"))
    as_of = np.datetime64(makeup.as_of)
    n = len(design.pipes)
    expected, total = np.zeros(n), np.zeros(n, dtype=np.int64)
    rows, days, dug = [], [], []
    today = makeup.as_of.year + (makeup.as_of.timetuple().tm_yday - 1) / 365.25
    laid = true.year.astype(np.float64) + 0.5
    for back in range(window, 0, -1):
        age = today - back + 0.5 - laid
        # a pipe laid within the year was in the ground for a part of it
        exposed = np.clip(age + 0.5, 0, 1) * np.where(true.idle, 0.0, 1.0)
        rate = rate_at(constant, true, age, buried, makeup)
        mean = rate * true.length_m / 1000 * exposed
        count = rng.poisson(mean)
        expected += mean
        total += count
        row = np.repeat(np.arange(n), count)
        rows.append(row)
        dug.append(buried[row] & (rng.random(len(row)) * rate[row] < makeup.law.number("third_party_per_km_year")))
        part = rng.random(len(row)) * exposed[row]
        days.append(as_of - np.ceil((back - 1 + part) * 365.25).astype(np.int64))
    row = np.concatenate(rows)
    truth = pd.DataFrame(
        {
            "length_m": true.length_m,
            "material": np.array(MATERIALS, dtype=object)[true.material],
            "install_year": true.year,
            "built_over": hazard.built_over,
            "shared_trench": hazard.shared_trench,
            "cathodic": true.cathodic,
            "idle": true.idle,
            "failures_per_km_year": rate_at(constant, true, today - laid, buried, makeup),
            "expected_leaks": expected,
            "leaks": total,
        },
        index=pd.Index(true.pipe_id, name="pipe_id"),
    )
    return _records(design, true, row, np.concatenate(days), np.concatenate(dug), makeup.as_of, rng), truth


def _records(
    design: Design,
    true: Nature,
    row: NDArray[np.int64],
    day: NDArray[np.datetime64],
    dug: NDArray[np.bool_],
    as_of: dt.date,
    rng: np.random.Generator,
) -> Layer:
    order = np.lexsort((row, day))
    row, day, dug = row[order], day[order], dug[order]
    n = len(row)
    pipes = design.pipes
    t = rng.random(n)[:, None]
    point = pipes.start[row] + t * (pipes.end[row] - pipes.start[row]) + rng.normal(0, 0.5, (n, 2))
    bounds = np.cumsum([_CAUSE_SHARES[name] for name in MATERIALS], axis=1)[true.material[row]]
    cause = np.array(_CAUSES, dtype=object)[(rng.random(n)[:, None] * bounds[:, -1:] > bounds).sum(axis=1)]
    cause[dug] = "third_party"
    cause[rng.random(n) < 0.12] = "unknown"
    near = np.where(pipes.setting[row] < 2, 0.05, 0.2)
    mended = np.minimum(day + rng.geometric(0.35, n) - 1, np.datetime64(as_of))
    table = pd.DataFrame(
        {
            "found_on": dates(day),
            "pipe_id": optional(rng.random(n) < 0.5, true.pipe_id[row]),
            "cause": cause,
            "severity": np.array(["一级", "二级", "三级"], dtype=object)[rng.choice(3, n, p=(0.12, 0.33, 0.55))],
            "in_building": flags(rng.random(n) < near, rng.random(n) < 0.1),
            "repaired_on": dates(mended, rng.random(n) < 0.97),
        }
    )
    return Layer(numbered(table, "LD", "leak_id"), points(point))
