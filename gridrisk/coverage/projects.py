"""Extensions of mains as projects of the plan, to be scheduled beside renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gridrisk.i18n import msg

if TYPE_CHECKING:
    from gridrisk.i18n import Language
    from gridrisk.params import Parameters

_UNASSIGNED = "unassigned"


def extension_projects(
    extensions: gpd.GeoDataFrame,
    customers: gpd.GeoDataFrame,
    like: gpd.GeoDataFrame,
    params: Parameters,
    *,
    lang: Language,
) -> gpd.GeoDataFrame:
    """Return extensions as rows that stand beside priced renewal projects.

    The risk that one removes is that of its users' bottles, ``extension.risk_per_user`` a household or place and year;
    it is borne by ``extension.payer``, or by nobody yet where the cost file knows no such payer.

    Parameters
    ----------
    extensions
        As `plan_extensions` gives them.
    customers
        Layer `customers`.
    like
        Renewal projects with their price: columns and types.
    params
        ``models/coverage.toml``.

    Returns
    -------
    GeoDataFrame
        On project_id (the number of the extension), with the columns of `like`; no pipe is renewed by them.
    """
    index = pd.Index(extensions.index.astype("str"), name=like.index.name)
    frame = pd.DataFrame({name: _empty(like[name], index) for name in like.columns if name != "geometry"}, index=index)
    payer = params.text("extension.payer")
    payer = payer if f"cost_{payer}" in like.columns else _UNASSIGNED
    cost = extensions["cost_yuan"].astype("float64").round(2).to_numpy()
    crossing = np.round(extensions["crossings"].to_numpy(float) * params.number("extension.crossing_yuan"), 2)
    told = {
        "name": [
            msg("extension {id} to {users} users", id=name, users=users).render(lang)
            for name, users in zip(index, extensions["users"], strict=True)
        ],
        "setting": "municipal",
        "town_id": extensions["town_id"].to_numpy(),
        "length_m": extensions["length_m"].to_numpy(float),
        "risk": _risk(extensions, customers, params),
        "cost_yuan": cost,
        f"cost_{payer}": cost,
        "pipe_yuan": np.round(cost - crossing, 2),
        "crossing_yuan": crossing,
        "trade_pe_fusion_m": extensions["length_m"].to_numpy(float),
    }
    for name, values in told.items():
        if name in like.columns:
            frame[name] = pd.Series(values, index=index)
    for name in ("pipe_ids", "after"):
        frame[name] = pd.Series([[] for _ in index], index=index, dtype=object)
    if "price_index" in like.columns and len(like):
        frame["price_index"] = like["price_index"].iloc[0]
    frame = frame.astype({n: like[n].dtype for n in frame.columns if like[n].dtype != object})
    return gpd.GeoDataFrame(frame, geometry=extensions.geometry.to_numpy(), crs=like.crs)


def _empty(column: pd.Series, index: pd.Index) -> pd.Series:
    """Return a column of nothing: amounts and flags are none, what may be missing is missing."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return pd.Series(False, index=index, dtype=column.dtype)
    if column.dtype in {np.dtype("float64"), np.dtype("int64")}:
        return pd.Series(0, index=index, dtype=column.dtype)
    missing = (
        pd.NaT if pd.api.types.is_datetime64_any_dtype(column.dtype) else None if column.dtype == object else pd.NA
    )
    return pd.Series(missing, index=index, dtype=column.dtype)


def _risk(extensions: gpd.GeoDataFrame, customers: gpd.GeoDataFrame, params: Parameters) -> np.ndarray:
    table = params.table("extension.risk_per_user")
    homes = customers["households"].astype("float64").where(customers["kind"].eq("resident")).fillna(1).clip(lower=1)
    each = customers["kind"].map(table).fillna(table["default"]).astype("float64") * homes
    sums: np.ndarray = np.array(
        [float(each.reindex(ids.split(",")).sum()) for ids in extensions["customer_ids"]], dtype=float
    )
    return sums
