"""What projects cost and who pays, in whole fen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.errors import DataError, ParameterError
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.plan import money

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

#: Payers that always have a column; a cost file may name more.
PAYERS = ("gas_company", "city", "owner", "unassigned")
#: Rules of who pays; see `_payer_rule`.
RULES = ("municipal", "courtyard_resident", "courtyard_non_resident", "courtyard_operator", "unknown")
_PARTS = ("pipe", "trench", "reinstatement")


def price(projects: pd.DataFrame, pipes: gpd.GeoDataFrame, params: Parameters) -> pd.DataFrame:
    """Price projects and split the money among those who pay.

    A metre costs pipe (material and installation) + trench (dig and backfill) + reinstatement, by new material, next
    larger diameter and setting; a project costs its metres, a fixed sum, and the overhead on each part. Gas pipes of
    the low and medium classes are renewed in PE, others in steel. A segment without a known setting is priced as
    municipal, the dearer, and its payer is ``unassigned``.

    Parameters
    ----------
    projects
        On project_id: ``pipe_ids``, ``setting``, ``community_id`` of `build_projects`.
    pipes
        Segments, on pipe_id: ``setting``, ``diameter_mm``, ``pressure_class``, ``owner_kind``.
    params
        ``models/cost/<name>.toml``.

    Returns
    -------
    pandas.DataFrame
        On project_id, yuan in whole fen: cost_yuan and cost_<payer> (adding up to it exactly), saving_yuan and
        saving_<payer> (what a year of road works or community renovation saves), pipe_yuan, trench_yuan,
        reinstatement_yuan, fixed_yuan (parts of cost_yuan), fixed_<payer> (adding up to fixed_yuan); and lengths
        told apart: unknown_diameter_m, beyond_table_m (larger than the largest size of the cost file).

    Raises
    ------
    ParameterError
        Where the cost file has a gap or shares that do not add up to 1.
    DataError
        Where a project names a segment that is not there.
    """
    payers = payer_names(params)
    rules = _shares(params, payers)
    segments = _segments(projects, pipes, params)
    parts = segments.groupby(["project_id", "rule"], sort=True)[[f"{part}_fen" for part in _PARTS]].sum()
    parts = _with_fixed(parts, projects, params)
    parts = _with_overhead(parts, params.number("overhead_share"))
    return _totals(parts, projects, segments, rules, payers, params.number("works_saving_share"))


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


def payer_names(params: Parameters) -> list[str]:
    """Return the payers of a cost file: the usual ones first, then those it adds."""
    named = {payer for key in params.group("payers") for payer in params.table(f"payers.{key}")}
    return [*PAYERS, *sorted(named - set(PAYERS))]


def _shares(params: Parameters, payers: list[str]) -> dict[str, dict[str, NDArray[np.int64]]]:
    """Return for every rule and part (pipe, civil) the shares by payer, in parts of a million."""
    rules: dict[str, dict[str, NDArray[np.int64]]] = {}
    for key in params.group("payers"):
        rule, _, part = key.partition(".")
        table = params.table(f"payers.{key}")
        shares = np.array([round(table.get(payer, 0.0) * money.PPM) for payer in payers], dtype=np.int64)
        if (shares < 0).any() or abs(int(shares.sum()) - money.PPM) > len(payers):
            raise ParameterError(
                msg(
                    "models/{file}.toml: the shares of payers.{key} add up to {sum}, not 1",
                    file=params.name,
                    key=key,
                    sum=sum(table.values()),
                )
            )
        shares[int(shares.argmax())] += money.PPM - shares.sum()
        rules.setdefault(rule, {})[part] = shares
    lacking = [
        f"payers.{rule}.{part}" for rule in RULES for part in ("pipe", "civil") if part not in rules.get(rule, {})
    ]
    if lacking:
        raise ParameterError(
            *(
                msg(
                    "models/{file}.toml has no {key}; say who pays, by shares that add up to 1",
                    file=params.name,
                    key=key,
                )
                for key in lacking
            )
        )
    return rules


def _segments(projects: pd.DataFrame, pipes: gpd.GeoDataFrame, params: Parameters) -> pd.DataFrame:
    """Return one row a segment of a project: payer rule and fen of each part."""
    pairs = projects[["pipe_ids", "setting", "community_id"]].explode("pipe_ids")
    lost = sorted(set(pairs["pipe_ids"]) - set(pipes.index))
    if lost:
        raise DataError(msg("segments of projects that are not in the pipes: {ids}", ids=", ".join(lost[:5])))
    own = pipes.loc[pairs["pipe_ids"]]
    setting = own["setting"].fillna(pd.Series(pairs["setting"].to_numpy(), index=own.index, dtype="str"))
    out = pd.DataFrame(
        {
            "project_id": pairs.index.to_numpy(),
            "setting": setting.fillna("municipal").to_numpy(dtype=object),
            "rule": _payer_rule(setting, own["owner_kind"], pairs["community_id"]),
            "length_m": np.nan_to_num(own.geometry.length.to_numpy()),
        }
    )
    assumed = out["setting"].map(params.table("unknown_diameter_mm")).to_numpy(dtype=float)
    diameter = own["diameter_mm"].to_numpy(dtype=float)
    unknown = np.isnan(diameter)
    size = np.where(unknown, assumed, diameter)
    out["unknown_diameter_m"] = out["length_m"].where(unknown, 0.0)
    small = size <= params.number("pe_max_diameter_mm")
    soft = own["pressure_class"].isin(params.names("pe_pressure")).to_numpy(bool)
    kind = np.where(out["setting"] == "riser", "riser", np.where(small & soft, "pe", "steel"))
    pipe, beyond = _rate(params, "pipe", kind, size)
    yard = np.where(out["setting"] == "municipal", "municipal", "courtyard")
    trench, beyond_trench = _rate(params, "trench", yard, size)
    trench = np.where(out["setting"] == "riser", 0.0, trench)
    out["beyond_table_m"] = out["length_m"].where(beyond | (beyond_trench & (trench > 0)), 0.0)
    surface = out["setting"].map(params.table("reinstatement")).to_numpy(dtype=float)
    for part, rate in zip(_PARTS, (pipe, trench, surface), strict=True):
        out[f"{part}_fen"] = money.fen(out["length_m"].to_numpy() * rate)
    return out


def _payer_rule(setting: pd.Series, owner: pd.Series, community: pd.Series) -> NDArray[np.object_]:
    """Name the payer rule: where the pipe lies, and in a courtyard whose it is.

    The gas company's pipes inside a residents' community count as the residents' courtyard, as the rule goes by the
    place. Outside one, ownership decides. What is not known is nobody's yet.
    """
    where = setting.to_numpy(dtype=object)
    whose = owner.to_numpy(dtype=object)
    yard = np.isin(where.astype(str), ("courtyard", "riser", "service"))
    housing = community.notna().to_numpy()
    rule = np.full(len(where), "unknown", dtype=object)
    rule[where == "municipal"] = "municipal"
    rule[yard & ((whose == "resident") | ((whose == "operator") & housing))] = "courtyard_resident"
    rule[yard & (whose == "operator") & ~housing] = "courtyard_operator"
    rule[yard & (whose == "non_resident")] = "courtyard_non_resident"
    return rule


def _rate(
    params: Parameters, table: str, kind: NDArray[np.object_], size_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return yuan per metre of the next larger size, and where the size is beyond the last."""
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
                "models/{file}.toml: {key} must give prices by diameter in mm, none negative",
                file=params.name,
                key=key,
            )
        )
    return steps


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


def _with_overhead(parts: pd.DataFrame, share: float) -> pd.DataFrame:
    """Add the overhead to every part, rounded to whole fen."""
    ppm = round(share * money.PPM)
    return parts + (parts * ppm + money.PPM // 2) // money.PPM


def _totals(
    parts: pd.DataFrame,
    projects: pd.DataFrame,
    segments: pd.DataFrame,
    rules: dict[str, dict[str, NDArray[np.int64]]],
    payers: list[str],
    saving_share: float,
) -> pd.DataFrame:
    rule = parts.index.get_level_values("rule")
    pipe_shares = np.array([rules[name]["pipe"] for name in rule]).reshape(-1, len(payers))
    civil_shares = np.array([rules[name]["civil"] for name in rule]).reshape(-1, len(payers))
    pipe = (parts["pipe_fen"] + parts["fixed_fen"]).to_numpy()
    civil = (parts["trench_fen"] + parts["reinstatement_fen"]).to_numpy()
    saving = parts["reinstatement_fen"].to_numpy() * round(saving_share * money.PPM) // money.PPM
    civil_by_payer = money.allocate(civil, civil_shares)
    cost_by_payer = money.allocate(pipe, pipe_shares) + civil_by_payer
    saving_by_payer = civil_by_payer - money.allocate(civil - saving, civil_shares)
    columns: dict[str, NDArray[np.int64]] = {"cost_yuan": pipe + civil}
    columns |= {f"cost_{payer}": cost_by_payer[:, i] for i, payer in enumerate(payers)}
    columns |= {"saving_yuan": saving}
    columns |= {f"saving_{payer}": saving_by_payer[:, i] for i, payer in enumerate(payers)}
    columns |= {f"{part}_yuan": parts[f"{part}_fen"].to_numpy() for part in (*_PARTS, "fixed")}
    fixed_by_payer = money.allocate(parts["fixed_fen"].to_numpy(), pipe_shares)
    columns |= {f"fixed_{payer}": fixed_by_payer[:, i] for i, payer in enumerate(payers)}
    fen = pd.DataFrame(columns, index=parts.index).groupby(level="project_id").sum().reindex(projects.index)
    out = fen.astype("float64") / 100
    lengths = segments.groupby("project_id")[["unknown_diameter_m", "beyond_table_m"]].sum()
    return out.join(lengths.reindex(projects.index)).rename_axis(index="project_id")
