"""What the survey knows of every pipe: the truth with gaps, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.sample import words
from gridrisk.sample.mains import CLASSES, LOW, SUB_HIGH_B
from gridrisk.sample.nature import DUCTILE, GREY, MATERIALS, PE, STEEL
from gridrisk.sample.segments import COURTYARD, MUNICIPAL, RISER, SERVICE, SETTINGS
from gridrisk.sample.streets import INDUSTRY, PUBLIC
from gridrisk.sample.tables import dates, flags, integers, optional

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.sample.design import Design
    from gridrisk.sample.makeup import MakeUp
    from gridrisk.sample.nature import Nature

#: Wall of steel pipe by nominal bore, millimetres.
_STEEL_WALL = {40: 3.5, 50: 3.5, 65: 4.0, 80: 4.0, 100: 4.5, 150: 5.0, 200: 6.0, 250: 7.0, 300: 7.0, 400: 8.0}
_PRESSURE_KPA = (3.0, 150.0, 350.0, 700.0, 1500.0, 2500.0)


def street_names(design: Design) -> NDArray[np.object_]:
    """Return the name of every edge's street."""
    street = design.plan.line_street[design.plan.edge_line]
    _, number = np.unique(street, return_inverse=True)
    return words.streets(number, design.ground.rank)


def pipe_table(
    design: Design,
    true: Nature,
    town: NDArray[np.object_],
    trench: tuple[NDArray[np.object_], pd.arrays.BooleanArray],
    makeup: MakeUp,
) -> pd.DataFrame:
    """Return the fields of the pipe layer as the survey knows them, indexed by pipe_id.

    Parameters
    ----------
    town
        town_id of every pipe.
    trench
        For every pipe the utility it shares a trench with, and whether that is isolated, as recorded.
    """
    rng = makeup.chance(52)
    pipes, n = design.pipes, len(design.pipes)
    unknown = makeup.city.table("unknown")
    blind = rng.random(n) < unknown["install_year"] * np.where(true.year < 1985, 4.0, 0.7)
    unsure = rng.random(n) < unknown["material"] * np.where(true.year < 1985, 3.0, 0.7)
    owner = _owner_kind(design, true)
    status, renew_by = _assessment(true, pipes.setting, makeup, rng)
    return pd.DataFrame(
        {
            "material": np.where(unsure, "unknown", np.array(MATERIALS)[true.material]),
            "diameter_mm": true.diameter_mm,
            "pressure_class": np.array(CLASSES)[pipes.pressure],
            "install_year": integers(true.year, blind),
            "setting": np.array(SETTINGS)[pipes.setting],
            "owner_kind": owner,
            "owner": optional(owner == "operator", words.GAS_COMPANY),
            "mop_kpa": np.array(_PRESSURE_KPA)[pipes.pressure],
            **_build(design, true, makeup, rng),
            "safety_status": status,
            "shared_trench_with": trench[0],
            "trench_isolated": trench[1],
            "status": np.where(true.idle, "idle", "in_service"),
            "renew_by": renew_by,
            "road": np.where(
                pipes.setting == MUNICIPAL,
                street_names(design)[pipes.edge],
                words.compounds(np.maximum(pipes.block, 0), design.blocks.built[pipes.block]),
            ),
            "town_id": town,
            **_record(true, makeup, rng),
        },
    ).set_index(pd.Index(true.pipe_id, name="pipe_id"))


def _owner_kind(design: Design, true: Nature) -> NDArray[np.str_]:
    pipes = design.pipes
    firm = (pipes.block >= 0) & np.isin(design.blocks.kind[pipes.block], (INDUSTRY, PUBLIC))
    owner = np.where(firm, "non_resident", np.where(true.year < 2000, "resident", "operator"))
    return np.where(pipes.setting == MUNICIPAL, "operator", owner)


def _build(design: Design, true: Nature, makeup: MakeUp, rng: np.random.Generator) -> dict[str, Any]:
    """Return how the pipes are built and laid: wall, depth, laying, joint, coating, cathodic protection."""
    pipes, n = design.pipes, len(design.pipes)
    unknown = makeup.city.table("unknown")
    seen = rng.random((n, 4)) >= unknown["field"]
    buried = pipes.setting != RISER
    laying = np.where(pipes.setting == RISER, "overhead", "direct")
    laying = np.where(buried & (rng.random(n) < 0.012), "trench", laying)
    laying = np.where((pipes.setting == COURTYARD) & (pipes.bore >= 100) & (rng.random(n) < 0.12), "casing", laying)
    coat = np.select([true.year < 1990, true.year < 2002], ["石油沥青", "环氧煤沥青"], "3PE")
    coated = (true.material == STEEL) & buried
    return {
        "wall_mm": np.where(seen[:, 0], _wall(true, pipes.bore, pipes.pressure), np.nan),
        "depth_m": np.where(buried & seen[:, 1], _depth(pipes.setting, rng), np.nan),
        "laying": np.where(pipes.wet, "underwater", laying),
        "joint": optional(seen[:, 2], _joint(true, pipes.setting)),
        "coating": optional(coated & seen[:, 3], coat),
        "cathodic": flags(true.cathodic, (rng.random(n) < unknown["boolean"]) | ~coated),
    }


def _record(true: Nature, makeup: MakeUp, rng: np.random.Generator) -> dict[str, Any]:
    """Return when the pipes were last looked at, and where the record comes from."""
    n, as_of = len(true.year), np.datetime64(makeup.as_of)
    seen = rng.random((n, 2)) >= makeup.city.table("unknown")["field"]
    laid = (true.year + 1 - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    surveyed = np.datetime64(f"{makeup.as_of.year - 2}-01-01") + rng.integers(0, 540, n)
    inspected, walked = as_of - rng.integers(20, 900, n), as_of - rng.integers(5, 400, n)
    return {
        "last_inspection": dates(np.maximum(inspected, laid), seen[:, 0] & (laid <= as_of)),
        "last_leak_survey": dates(np.maximum(walked, laid), seen[:, 1] & (laid <= as_of)),
        "source": np.where(true.year < 1990, "探测", "竣工图"),
        "surveyed_on": dates(np.minimum(np.maximum(surveyed, laid), as_of)),
    }


def _assessment(
    true: Nature, setting: NDArray[np.int64], makeup: MakeUp, rng: np.random.Generator
) -> tuple[NDArray[np.object_], pd.Series[Any]]:
    """Draw conclusions of the ageing assessment, by batch, and the dates that "within a limit" names."""
    draw = rng.random(int(true.batch.max()) + 1)[true.batch]
    age = makeup.as_of.year - true.year
    grey = np.select([draw < 0.12, draw < 0.72], ["renew_now", "renew_by"], "unknown")
    aged = np.select([draw < 0.07, draw < 0.37, draw < 0.75], ["renew_by", "control", "ok"], "unknown")
    status = np.where(true.material == GREY, grey, np.where(age >= 20, aged, "unknown")).astype(object)
    status[(setting == SERVICE) & (draw < 0.5)] = "unknown"
    limit = makeup.as_of.year + np.floor(rng.random(int(true.batch.max()) + 1)[true.batch] * 3).astype(np.int64)
    last_day = (limit + 1 - 1970).astype("datetime64[Y]").astype("datetime64[D]") - 1
    return status, dates(last_day, status == "renew_by")


def _wall(true: Nature, bore: NDArray[np.int64], pressure: NDArray[np.int64]) -> NDArray[np.float64]:
    steel = np.full(401, 4.0)
    steel[list(_STEEL_WALL)] = list(_STEEL_WALL.values())
    wall = steel[bore] + np.where(pressure >= SUB_HIGH_B, 1.5, 0.0)
    wall = np.where(
        true.material == PE, np.maximum(true.diameter_mm / np.where(pressure == LOW, 17.6, 11.0), 3.0), wall
    )
    made: NDArray[np.float64] = np.where(np.isin(true.material, (GREY, DUCTILE)), 8.0 + true.diameter_mm / 100, wall)
    return made.round(1)


def _depth(setting: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    least = np.where(setting == MUNICIPAL, 0.9, 0.6).astype(np.float64)
    depth: NDArray[np.float64] = (least + rng.gamma(2.0, 0.16, len(setting))).round(2)
    return depth


def _joint(true: Nature, setting: NDArray[np.int64]) -> NDArray[np.object_]:
    plastic = np.where(true.diameter_mm <= 63, "电熔", "热熔")
    iron = np.where(true.year < 1980, "承插", "机械接口")
    steel = np.where(setting == RISER, "丝接", "焊接")
    return np.where(true.material == PE, plastic, np.where(true.material == STEEL, steel, iron)).astype(object)
