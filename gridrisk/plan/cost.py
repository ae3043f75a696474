"""What projects cost and who pays, in whole fen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import ParameterError
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.plan import money
from gridrisk.plan.cost_parts import CIVIL_PARTS, PARTS, PIPE_PARTS, TRADES, line_stops, segment_costs
from gridrisk.plan.payers import payer_names, shares_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters


def price(
    projects: pd.DataFrame,
    pipes: gpd.GeoDataFrame,
    params: Parameters,
    *,
    valves: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    road_class: pd.Series | None = None,
    year: int | None = None,
) -> pd.DataFrame:
    """Price projects and split the money among those who pay.

    A metre costs pipe (material and installation) + trench (dig and backfill, more where it is deep) + reinstatement
    (by setting and class of road), by new material, next larger diameter and setting; to that come crossings, valves
    and households, a fixed sum a project, and overhead and interest on each part. Gas pipes of the low and medium
    classes are renewed in PE, others in steel. A segment without a known setting is priced as municipal, the dearer,
    and its payer is ``unassigned``.

    Parameters
    ----------
    projects
        On project_id: ``pipe_ids``, ``setting``, ``community_id`` of `build_projects`.
    pipes
        Segments, on pipe_id: ``setting``, ``diameter_mm``, ``pressure_class``, ``owner_kind``, ``laying``, ``depth_m``.
    params
        ``models/cost/<name>.toml``.
    valves, customers
        Layers; None where not surveyed: then neither are priced.
    road_class
        Class of the road that a segment lies in, on pipe_id.
    year
        The year to whose prices all sums are brought by the price index; None leaves them at those of the file.

    Returns
    -------
    pandas.DataFrame
        On project_id, yuan in whole fen: cost_yuan and cost_<payer> (adding up to it exactly), saving_yuan and
        saving_<payer> (what a year of road works or community renovation saves), pipe_yuan, valve_yuan,
        household_yuan, trench_yuan, reinstatement_yuan, crossing_yuan, fixed_yuan (parts of cost_yuan), fixed_<payer>
        (adding up to fixed_yuan); price_index (1/a, only with `year`); and lengths told apart: trade_<name>_m,
        unknown_diameter_m, beyond_table_m (larger than the largest size of the cost file).

    Raises
    ------
    ParameterError
        Where the cost file has a gap, a negative number, or shares that do not add up to 1.
    DataError
        Where a project names a segment that is not there.
    """
    _check_signs(params)
    payers = payer_names(params)
    rules = shares_of(params, payers)
    segments = segment_costs(projects, pipes, params, valves=valves, customers=customers, road_class=road_class)
    parts = segments.groupby(["project_id", "rule"], sort=True)[[f"{part}_fen" for part in PARTS]].sum()
    parts = _with_fixed(parts, projects, params)
    parts = _with_overhead(parts, overhead(params), _level(params, year))
    out = _totals(parts, projects, rules, payers, params.number("works_saving_share"))
    lengths = [*(f"trade_{name}_m" for name in TRADES), "unknown_diameter_m", "beyond_table_m"]
    out = out.join(segments.groupby("project_id")[lengths].sum().reindex(projects.index))
    return out.assign(price_index=params.number("price_index")) if year is not None else out


def renewal_yuan(
    pipes: gpd.GeoDataFrame,
    params: Parameters,
    *,
    valves: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    road_class: pd.Series | None = None,
) -> pd.Series:
    """Return what each segment costs without the fixed sum of a project, with overhead, yuan on pipe_id.

    Parameters are those of `price`; sums are at the prices of the file.
    """
    alone = pd.DataFrame({"pipe_ids": pipes.index, "setting": pipes["setting"], "community_id": None}, pipes.index)
    parts = segment_costs(alone, pipes, params, valves=valves, customers=customers, road_class=road_class)
    fen = parts[[f"{part}_fen" for part in PARTS]].sum(axis=1).to_numpy()
    return pd.Series(fen * (1 + overhead(params)) / 100, index=pipes.index, name="renewal_yuan")


def line_stop_yuan(pipes: gpd.GeoDataFrame, params: Parameters) -> pd.Series:
    """Return what it costs to stop each segment where there is no valve, with overhead, yuan on pipe_id."""
    return pd.Series(line_stops(pipes, params) * (1 + overhead(params)), index=pipes.index, name="line_stop_yuan")


def overhead(params: Parameters) -> float:
    """Return what is added to every part: overhead, and interest over half the time of building, one year."""
    return params.number("overhead_share") + params.number("loan_share") * params.number("loan_rate") / 2


def _level(params: Parameters, year: int | None) -> float:
    if year is None:
        return 1.0
    return float((1 + params.number("price_index")) ** (year - params.number("price_year")))


def _check_signs(params: Parameters) -> None:
    """Refuse a cost file in which anything is negative, and name all of it."""
    faults = []
    for key, entry in params.items():
        values = entry.value.values() if isinstance(entry.value, dict) else [entry.value]
        if any(isinstance(value, int | float) and value < 0 for value in values):
            faults.append(msg("models/{file}.toml: {key} is negative", file=params.name, key=key))
    if faults:
        raise ParameterError(*faults)


def cost_findings(priced: pd.DataFrame) -> list[Finding]:
    """Find projects whose price rests on something unknown."""
    findings = []
    for project_id, row in priced.iterrows():
        if row["unknown_diameter_m"] > 0:
            text = msg(
                "project {id}: {length} m without a diameter are priced at the default one; survey it",
                id=project_id,
                length=round(row["unknown_diameter_m"], 1),
            )
            findings.append(Finding("pipes", "unknown_diameter_priced", "info", text, id=str(project_id)))
        if row["beyond_table_m"] > 0:
            text = msg(
                "project {id}: {length} m exceed every size of the cost file, priced in proportion; add the size",
                id=project_id,
                length=round(row["beyond_table_m"], 1),
            )
            findings.append(Finding("pipes", "diameter_beyond_costs", "warning", text, id=str(project_id)))
        if row["cost_unassigned"] > 0:
            text = msg(
                "project {id}: {cost} yuan have no payer, because setting or kind of owner is unknown",
                id=project_id,
                cost=f"{row['cost_unassigned']:,.2f}",
            )
            findings.append(Finding("pipes", "payer_unknown", "warning", text, id=str(project_id), field="owner_kind"))
    return findings


def _with_fixed(parts: pd.DataFrame, projects: pd.DataFrame, params: Parameters) -> pd.DataFrame:
    """Add the fixed sum of each project, shared among its payer rules in proportion to their pipe part."""
    fixed = params.table("fixed")
    out = parts.copy()
    sums = projects["setting"].fillna("municipal").map(fixed)
    owner = out.index.get_level_values("project_id")
    total = money.fen(sums.reindex(owner).to_numpy(dtype=float))
    share = total.copy()
    pipe = out["pipe_fen"].to_numpy()
    for rows in pd.Series(np.arange(len(out))).groupby(owner.to_numpy()).indices.values():
        if len(rows) > 1:
            share[rows] = money.largest_remainder(int(total[rows[0]]), pipe[rows])
    out["fixed_fen"] = share
    return out


def _with_overhead(parts: pd.DataFrame, share: float, level: float) -> pd.DataFrame:
    """Add the overhead to every part, and bring it to the level of prices, rounded to whole fen."""
    ppm = round((1 + share) * level * money.PPM)
    whole = parts // money.PPM
    return whole * ppm + ((parts - whole * money.PPM) * ppm + money.PPM // 2) // money.PPM


def _totals(
    parts: pd.DataFrame,
    projects: pd.DataFrame,
    rules: dict[str, dict[str, NDArray[np.int64]]],
    payers: list[str],
    saving_share: float,
) -> pd.DataFrame:
    rule = parts.index.get_level_values("rule")
    pipe_shares = np.array([rules[name]["pipe"] for name in rule]).reshape(-1, len(payers))
    civil_shares = np.array([rules[name]["civil"] for name in rule]).reshape(-1, len(payers))
    pipe = parts[[f"{part}_fen" for part in (*PIPE_PARTS, "fixed")]].sum(axis=1).to_numpy()
    civil = parts[[f"{part}_fen" for part in CIVIL_PARTS]].sum(axis=1).to_numpy()
    saving = parts["reinstatement_fen"].to_numpy() * round(saving_share * money.PPM) // money.PPM
    civil_by_payer = money.allocate(civil, civil_shares)
    cost_by_payer = money.allocate(pipe, pipe_shares) + civil_by_payer
    saving_by_payer = civil_by_payer - money.allocate(civil - saving, civil_shares)
    columns: dict[str, NDArray[np.int64]] = {"cost_yuan": pipe + civil}
    columns |= {f"cost_{payer}": cost_by_payer[:, i] for i, payer in enumerate(payers)}
    columns |= {"saving_yuan": saving}
    columns |= {f"saving_{payer}": saving_by_payer[:, i] for i, payer in enumerate(payers)}
    columns |= {f"{part}_yuan": parts[f"{part}_fen"].to_numpy() for part in (*PARTS, "fixed")}
    fixed_by_payer = money.allocate(parts["fixed_fen"].to_numpy(), pipe_shares)
    columns |= {f"fixed_{payer}": fixed_by_payer[:, i] for i, payer in enumerate(payers)}
    fen = pd.DataFrame(columns, index=parts.index).groupby(level="project_id").sum().reindex(projects.index)
    return (fen.astype("float64") / 100).rename_axis(index="project_id")
