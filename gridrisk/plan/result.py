"""A plan as it is handed on: frames, plain values for JSON, and the result file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from gridrisk.i18n import msg
from gridrisk.plan.charges import costs, payers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridrisk.i18n import Language, Message
    from gridrisk.plan.relax import Relaxation

Status = Literal["optimal", "feasible", "infeasible", "no_plan"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A plan, and how good it is proved to be.

    Attributes
    ----------
    status
        ``optimal`` (within the gap asked for), ``feasible`` (the time ran out before that was proved), ``infeasible``
        (what must be renewed does not fit: see `relaxation`), ``no_plan`` (the time ran out before any was found).
    assignment
        Year of each project, on project_id; 0 where it is not in the plan.
    quarter
        Quarter of each project, on project_id; missing where it is not in the plan, or the plan is made by years.
    length_m
        Of each project, on project_id.
    objective, bound
        Risk carried over the horizon by all projects under this plan, with what it counts for that households are cut
        off and that projects leave the year of the plan before; and what no plan can go below.
    disruption
        The part of the objective that stands for households cut off.
    gap
        (objective − bound) / objective.
    gap_removed
        The same difference by the risk that the best could remove: stricter, and what the search stops at.
    years
        On year: cost_yuan, budget_yuan (missing where there is no budget in all), length_m, risk_removed, projects.
    risk_removed
        Over the horizon, on project_id; 0 where not in the plan.
    cost_yuan
        On project_id, in the year planned (with what road works save); the full cost where not in the plan.
    mobilisation_saved
        Yuan that each project saves because a neighbour mobilises for it (in `cost_yuan` already), on project_id: one
        column a payer, and ``yuan`` for all; no columns where the scenario shares no mobilisation.
    shadow_price
        Risk more removed by one more yuan, on (limit, year), by the linear model; for the crew by one more kilometre,
        for ``town_works:<town>`` by one more work, for ``heating_households`` by one more household.
    near_ties
        Choices that could as well be otherwise: see `gridrisk.plan.ties.near_ties`.
    reasons
        One sentence a project, on project_id.
    relaxation
        What is missing where the status is ``infeasible``.
    notes
        What the reader of the plan must know, such as a budget that was not given but sized by need.
    """

    status: Status
    assignment: pd.Series
    quarter: pd.Series
    length_m: pd.Series
    disruption: float
    objective: float
    bound: float
    gap: float
    gap_removed: float
    years: pd.DataFrame
    risk_removed: pd.Series
    cost_yuan: pd.Series
    mobilisation_saved: pd.DataFrame
    shadow_price: pd.Series
    near_ties: pd.DataFrame
    reasons: Mapping[str, Message]
    relaxation: Relaxation | None = None
    notes: tuple[Message, ...] = ()

    def to_dict(self, lang: Language = "en") -> dict[str, Any]:
        """Return the plan as plain values for JSON."""
        years = [
            {
                "year": year,
                "cost_yuan": float(row["cost_yuan"]),
                "budget_yuan": None if pd.isna(row["budget_yuan"]) else float(row["budget_yuan"]),
                "length_m": round(float(row["length_m"]), 3),
                "risk_removed": float(row["risk_removed"]),
                "projects": int(row["projects"]),
            }
            for year, row in zip(self.years.index.tolist(), self.years.to_dict("records"), strict=True)
        ]
        prices = [
            {
                "limit": name,
                "year": int(year),
                "risk_removed_per_unit": float(price),
                "unit": unit_of(name),
                "risk_removed_per_million_yuan": float(price) * 1e6 if unit_of(name) == "yuan" else None,
            }
            for (name, year), price in zip(self.shadow_price.index.tolist(), self.shadow_price, strict=True)
        ]
        out: dict[str, Any] = {
            "status": self.status,
            "objective": _number(self.objective),
            "disruption": _number(self.disruption),
            "bound": _number(self.bound),
            "gap": _number(self.gap),
            "gap_removed": _number(self.gap_removed),
            "years": years,
            **self._by_quarter(),
            "shadow_price": prices,
            "near_ties": self.near_ties.to_dict("records"),
            "notes": [note.render(lang) for note in self.notes],
        }
        if self.relaxation is not None:
            out["relaxation"] = {
                "missing": {
                    name: {str(year): amount for year, amount in by_year.items()}
                    for name, by_year in self.relaxation.missing.items()
                },
                "closed": list(self.relaxation.closed),
                "years": self.relaxation.years,
                "proven": self.relaxation.proven,
                "short": self.relaxation.short,
                "blocked": list(self.relaxation.blocked),
                "messages": [text.render(lang) for text in self.relaxation.messages()],
            }
        return out

    def _by_quarter(self) -> dict[str, Any]:
        """Return how much is built in each quarter, where the plan is made by quarters."""
        known = self.quarter.notna()
        if not known.any():
            return {}
        keys = [self.assignment[known], self.quarter[known]]
        cost = self.cost_yuan[known].groupby(keys).agg(["size", "sum"])
        length = self.length_m[known].groupby(keys).sum()
        rows = zip(cost.index.tolist(), cost["size"].tolist(), length.tolist(), cost["sum"].tolist(), strict=True)
        return {
            "quarters": [
                {
                    "year": int(year),
                    "quarter": int(quarter),
                    "projects": int(count),
                    "length_m": round(metres, 3),
                    "cost_yuan": round(yuan, 2),
                }
                for (year, quarter), count, metres, yuan in rows
            ]
        }


def result_frame(projects: gpd.GeoDataFrame, plan: Schedule, *, lang: Language = "en") -> gpd.GeoDataFrame:
    """Return the projects with their place in the plan, as ``projects.parquet`` holds them.

    Returns
    -------
    geopandas.GeoDataFrame
        On project_id: the columns of `projects`, with cost_yuan and cost_<payer> as planned (at the prices of the
        year, less what is saved in the year of works, and by mobilising together with neighbours), risk_removed over
        the horizon, year (0 = not in the plan), quarter (missing in a plan by years), register_no (year, S municipal,
        T courtyard or U unknown, and a number; missing where not in the plan), reason.
    """
    out = projects.copy()
    year = plan.assignment.reindex(out.index)
    payers = payers_of(out)
    first = int(plan.years.index[0])
    whole, parts = costs(out, plan.years.index.to_numpy(dtype=np.int64), payers)
    row, at = np.arange(len(out)), np.maximum(year.to_numpy(dtype=np.int64) - first, 0)
    planned = year.to_numpy(dtype=np.int64) > 0
    for name, by_year in {"yuan": whole, **parts}.items():
        full = np.rint(out[f"cost_{name}"].to_numpy(float) * 100)
        shared = plan.mobilisation_saved.get(name, pd.Series(0.0, index=out.index))
        neighbours = np.rint(shared.reindex(out.index).to_numpy(float) * 100)
        out[f"cost_{name}"] = (np.where(planned, by_year[row, at], full) - neighbours) / 100
    out["risk_removed"] = plan.risk_removed.reindex(out.index)
    out["year"] = year.astype("int64")
    out["quarter"] = plan.quarter.reindex(out.index)
    out["register_no"] = _register(out)
    out["reason"] = _reasons(plan.reasons, out, lang)
    return gpd.GeoDataFrame(out, geometry="geometry", crs=projects.crs)


def _reasons(reasons: Mapping[str, Message], projects: pd.DataFrame, lang: Language) -> pd.Series:
    """Return the reason of each project, and why neighbours that need not be renewed yet are part of it."""
    joined_m, saving = (
        projects[name].fillna(0.0) if name in projects.columns else pd.Series(0.0, index=projects.index)
        for name in ("joined_m", "joined_saving_yuan")
    )
    texts = []
    for key, length, yuan, year in zip(projects.index, joined_m, saving, projects["year"], strict=True):
        reason = reasons[str(key)]
        if length > 0 and year > 0:
            reason = msg(
                "{reason}; {length} m of other pipe in it are renewed too, {yuan} yuan cheaper than leaving them",
                reason=reason,
                length=f"{length:,.0f}",
                yuan=f"{yuan:,.0f}",
            )
        texts.append(reason.render(lang))
    return pd.Series(texts, index=projects.index, dtype="str")


def _register(projects: pd.DataFrame) -> pd.Series:
    """Return the register number of each planned project, counted by year and setting: 2027-S-001.

    The urgent come first: what must be renewed by its date, then what removes most risk.
    """
    planned = projects[projects["year"] > 0].sort_index()
    planned = planned.assign(date=planned["deadline_year"].where(planned["mandatory"]).astype("Float64").fillna(np.inf))
    planned = planned.sort_values(["date", "risk_removed"], ascending=[True, False], kind="stable")
    letter = planned["setting"].map({"municipal": "S", "courtyard": "T"}).fillna("U")
    place = planned.groupby([planned["year"], letter]).cumcount() + 1
    code = planned["year"].astype("str") + "-" + letter + "-" + place.astype("str").str.zfill(3)
    return code.reindex(projects.index).astype("str")


def unit_of(limit: str) -> str:
    """Return the unit in which a limit is counted."""
    kind = limit.partition(":")[0]
    return {"crew": "km", "town_works": "work", "heating_households": "household"}.get(kind, "yuan")


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
