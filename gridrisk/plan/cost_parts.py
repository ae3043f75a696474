"""What each segment of a project costs: pipe, trench, surface, crossing, valves and households, in whole fen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.errors import DataError, ParameterError
from gridrisk.i18n import msg
from gridrisk.plan import money
from gridrisk.plan.payers import grant_share, payer_rule

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]

#: Parts of a price that go with the pipe, and those that go with the works around it.
PIPE_PARTS = ("pipe", "valve", "household")
CIVIL_PARTS = ("trench", "reinstatement", "crossing")
PARTS = (*PIPE_PARTS, *CIVIL_PARTS)
#: Trades whose metres are told apart.
TRADES = ("pe_fusion", "steel_welding", "riser", "drilling")


def segment_costs(
    projects: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    params: Parameters,
    *,
    valves: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    road_class: pd.Series | None = None,
) -> pd.DataFrame:
    """Return one row a segment of a project: payer rule, fen of each part, metres of each trade."""
    pairs = projects[["pipe_ids", "setting", "community_id"]].explode("pipe_ids")
    lost = sorted(set(pairs["pipe_ids"]) - set(pipes.index))
    if lost:
        raise DataError(msg("segments of projects that are not in the pipes: {ids}", ids=", ".join(lost[:5])))
    own = pipes.loc[pairs["pipe_ids"]]
    setting = own["setting"].fillna(pd.Series(pairs["setting"].to_numpy(), index=own.index, dtype="str"))
    granted = params.names("grant_rules") if grant_share(params) > 0 else ()
    out = pd.DataFrame(
        {
            "project_id": pairs.index.to_numpy(),
            "setting": setting.fillna("municipal").to_numpy(dtype=object),
            "rule": payer_rule(setting, own["owner_kind"], pairs["community_id"], granted),
            "length_m": np.nan_to_num(own.geometry.length.to_numpy()),
        }
    )
    size = _sizes(out, own, params)
    small = size <= params.number("pe_max_diameter_mm")
    soft = own["pressure_class"].isin(params.names("pe_pressure")).to_numpy(bool)
    riser = (out["setting"] == "riser").to_numpy(bool)
    kind = np.where(riser, "riser", np.where(small & soft, "pe", "steel"))
    drilled = own["laying"].isin(params.names("drilled_laying")).to_numpy(bool) & ~riser
    _metres_by_trade(out, kind, drilled)
    length = out["length_m"].to_numpy()
    pipe, beyond = _rate(params, "pipe", kind, size)
    yard = np.where(out["setting"] == "municipal", "municipal", "courtyard")
    trench, beyond_trench = _rate(params, "trench", yard, size)
    trench = np.where(riser | drilled, 0.0, trench * _depth_factor(own["depth_m"], params))
    out["beyond_table_m"] = out["length_m"].where(beyond | (beyond_trench & (trench > 0)), 0.0)
    surface = np.where(drilled, 0.0, _surface(out["setting"], own.index, road_class, params))
    out["pipe_fen"] = money.fen(length * pipe + np.where(riser, params.number("riser_each"), 0.0))
    out["trench_fen"] = money.fen(length * trench)
    out["reinstatement_fen"] = money.fen(length * surface)
    out["crossing_fen"] = money.fen(_crossing(own["laying"], length, drilled, params))
    out["valve_fen"] = money.fen(_valves(own.index, size, valves, params))
    out["household_fen"] = money.fen(_households(own.index, customers) * params.number("household"))
    return out


def _sizes(out: pd.DataFrame, own: gpd.GeoDataFrame, params: Parameters) -> Floats:
    """Return the diameter of each segment in mm, an assumed one where it is not known, and note those lengths."""
    assumed = out["setting"].map(params.table("unknown_diameter_mm")).to_numpy(dtype=float)
    diameter = own["diameter_mm"].to_numpy(dtype=float)
    unknown = np.isnan(diameter)
    out["unknown_diameter_m"] = out["length_m"].where(unknown, 0.0)
    return np.where(unknown, assumed, diameter)


def _metres_by_trade(out: pd.DataFrame, kind: NDArray[np.str_], drilled: NDArray[np.bool_]) -> None:
    trade = np.where(drilled, "drilling", np.where(kind == "pe", "pe_fusion", np.where(kind == "riser", "riser", "")))
    trade = np.where(trade == "", "steel_welding", trade)
    for name in TRADES:
        out[f"trade_{name}_m"] = out["length_m"].where(trade == name, 0.0)


def _depth_factor(depth_m: pd.Series, params: Parameters) -> Floats:
    """Return how much dearer the trench gets with its depth: by the next larger depth, 1 where it is not known."""
    steps = _steps(params, "depth_factor")
    depths = np.array(sorted(steps))
    depth = depth_m.to_numpy(dtype=float)
    place = np.minimum(np.searchsorted(depths, np.nan_to_num(depth)), len(depths) - 1)
    factor = np.array([steps[key] for key in sorted(steps)])[place]
    return np.asarray(np.where(np.isnan(depth), 1.0, factor), dtype=np.float64)


def _surface(setting: pd.Series, pipe_ids: pd.Index, road_class: pd.Series | None, params: Parameters) -> Floats:
    """Return yuan per metre to make good what lies above: by setting, in a road by its class where that is known."""
    usual = np.asarray(setting.map(params.table("reinstatement")), dtype=np.float64)
    if road_class is None:
        return usual
    known = road_class.reindex(pipe_ids).astype("str").str.strip().map(params.table("reinstatement_by_class"))
    in_road = (setting == "municipal").to_numpy(bool) & known.notna().to_numpy()
    return np.asarray(np.where(in_road, known.to_numpy(dtype=float), usual), dtype=np.float64)


def _crossing(laying: pd.Series, length: Floats, drilled: NDArray[np.bool_], params: Parameters) -> Floats:
    """Return yuan for each crossing: a sum for every segment laid so, and for drilling a price per metre too."""
    each = laying.map(params.table("crossing")).fillna(0.0).to_numpy(dtype=float)
    return np.asarray(each + np.where(drilled, length * params.number("drilling_per_m"), 0.0), dtype=np.float64)


def _valves(pipe_ids: pd.Index, size: Floats, valves: pd.DataFrame | None, params: Parameters) -> Floats:
    """Return yuan for the valves recorded on each segment, by its diameter."""
    if valves is None or not len(valves):
        return np.zeros(len(pipe_ids))
    count = valves["pipe_id"].value_counts().reindex(pipe_ids).fillna(0).to_numpy(dtype=float)
    rate, _ = _rate(params, "valve", np.full(len(pipe_ids), "each", dtype=object), size)
    return count * rate


def line_stops(pipes: gpd.GeoDataFrame, params: Parameters) -> Floats:
    """Return yuan to stop each segment, as it lies now, while it is in use: PE is squeezed off, other pipe plugged."""
    size = _sizes(pd.DataFrame({"setting": pipes["setting"], "length_m": 0.0}, index=pipes.index), pipes, params)
    # of a pipe without setting no diameter is assumed: take that of a main
    size = np.where(np.isnan(size), params.table("unknown_diameter_mm")["municipal"], size)
    rate, _ = _rate(params, "line_stop", np.where(pipes["material"] == "pe", "pe", "steel"), size)
    return rate


def _households(pipe_ids: pd.Index, customers: pd.DataFrame | None) -> Floats:
    """Return the households that each segment supplies directly; one where a resident's number is not known."""
    if customers is None or not len(customers):
        return np.zeros(len(pipe_ids))
    piped = customers[(customers["kind"] == "resident") & (customers["fuel"] == "pipe")]
    homes = piped["households"].astype("float64").fillna(1.0).groupby(piped["pipe_id"]).sum()
    return np.asarray(homes.reindex(pipe_ids).fillna(0.0).to_numpy(dtype=float))


def _rate(params: Parameters, table: str, kind: NDArray[Any], size_mm: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return yuan per metre (of valves and line stops: a piece) of the next larger size, and where none is so large."""
    rate = np.zeros(len(size_mm))
    beyond = np.zeros(len(size_mm), dtype=bool)
    for name in sorted(set(kind.tolist())):
        steps = _steps(params, f"{table}.{name}")
        rows = np.flatnonzero(kind == name)
        sizes, rates = np.array(sorted(steps)), np.array([steps[key] for key in sorted(steps)])
        place = np.searchsorted(sizes, size_mm[rows])
        over = place == len(sizes)
        value = rates[np.minimum(place, len(sizes) - 1)]
        rate[rows] = np.where(over, value * size_mm[rows] / sizes[-1], value)
        beyond[rows] = over
    return rate, beyond


def _steps(params: Parameters, key: str) -> dict[float, float]:
    table = params.table(key)
    try:
        steps = {float(size): rate for size, rate in table.items()}
    except ValueError:
        steps = {}
    if not steps or any(size <= 0 or rate < 0 for size, rate in steps.items()):
        raise ParameterError(
            msg(
                "models/{file}.toml: {key} must give numbers by diameter in mm (or depth in m), none negative",
                file=params.name,
                key=key,
            )
        )
    return steps
