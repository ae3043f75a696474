"""Which town a customer belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

from gridrisk.crs import require_metric
from gridrisk.findings import Finding
from gridrisk.i18n import msg
from gridrisk.layers.areas import holding

if TYPE_CHECKING:
    import geopandas as gpd


def assign_towns(customers: gpd.GeoDataFrame, towns: gpd.GeoDataFrame | None) -> tuple[pd.Series, list[Finding]]:
    """Return the town of every customer.

    The recorded town wins (its number, or its name where one town alone has it); where none is recorded, the town
    whose area holds the customer (of several, the first by number). A record that the place contradicts, or that names
    no town of the layer, is a finding.

    Returns
    -------
    town_id
        On customer_id, missing where no town is known.
    findings
        Contradictions and customers in no town.
    """
    recorded = customers["town_id"].astype("str")
    if towns is None:
        return recorded, []
    require_metric(customers, "customers")
    require_metric(towns, "towns")
    once = towns["name"].dropna().drop_duplicates(keep=False)
    by_name = pd.Series(once.index.to_numpy(), index=once.to_numpy(), dtype="str")
    number = recorded.where(recorded.isin(towns.index), recorded.map(by_name).astype("str"))
    inside = _holding(customers, towns)
    town = number.fillna(inside).astype("str").rename("town_id")
    return town, [
        *_findings(customers, recorded.notna() & number.isna(), "town_not_in_layer", recorded, inside),
        *_findings(
            customers, number.notna() & inside.notna() & (number != inside), "town_contradicted", recorded, inside
        ),
        *_findings(customers, town.isna() & recorded.isna(), "customer_in_no_town", recorded, inside),
    ]


def development_zone(town: pd.Series, towns: gpd.GeoDataFrame | None) -> pd.Series:
    """Say for each customer's town whether it is a development zone; missing where that is not known."""
    if towns is None:
        return pd.Series(pd.NA, index=town.index, dtype="boolean")
    zones = towns["development_zone"].astype("boolean").reindex(town.to_numpy())
    return pd.Series(zones.array, index=town.index, dtype="boolean")


def _holding(customers: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> pd.Series:
    which, area = holding(shapely.centroid(customers.geometry.to_numpy()), towns)
    answer = pd.Series(pd.NA, index=customers.index, dtype="str")
    answer.iloc[which] = towns.index.to_numpy()[area]
    return answer


def _findings(
    customers: gpd.GeoDataFrame, faulty: pd.Series, check: str, recorded: pd.Series, inside: pd.Series
) -> list[Finding]:
    rows = customers[faulty.to_numpy(bool)]
    findings = []
    for name, point in zip(rows.index, shapely.centroid(rows.geometry.to_numpy()), strict=True):
        said, lies = recorded[name], inside[name]
        if check == "town_not_in_layer":
            text = msg("customer {id}: there is no town {town} in the layer towns; correct it", id=name, town=said)
        elif check == "town_contradicted":
            text = msg(
                "customer {id}: recorded in {town} but lies in {place}; the record is used, correct one of them",
                id=name,
                town=said,
                place=lies,
            )
        else:
            text = msg("customer {id}: lies in no town; record its town, or correct its place", id=name)
        nowhere = point is None or point.is_empty
        findings.append(
            Finding(
                "customers",
                check,
                "warning",
                text,
                id=str(name),
                field="town_id",
                x=None if nowhere else float(point.x),
                y=None if nowhere else float(point.y),
            )
        )
    return findings
