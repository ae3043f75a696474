"""Safety devices: who needs what, who has it, what it costs whom, and when to visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd

from gridrisk import coverage
from gridrisk.errors import DataError
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, results
from gridrisk.pipeline.conversion import appropriations, chosen_policy
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from gridrisk.findings import Finding
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

LAYERS = ("customers", "towns")


@dataclass(frozen=True, slots=True)
class Equipped:
    """Every customer of whom devices are asked, the coverage by town and target, visits by month, and money by year."""

    policy: str
    devices: pd.DataFrame
    coverage: pd.DataFrame
    visits: pd.DataFrame
    money: pd.DataFrame
    appropriations: pd.DataFrame
    findings: tuple[Finding, ...]


def devices(workspace: Workspace, *, policy: str | None, as_of: dt.date, progress: Progress = silent) -> Equipped:
    """Assess by the policy named, else by that of the workspace, and write ``devices`` and ``device_coverage``."""
    chosen = chosen_policy(workspace, policy)
    progress(msg("reading layers"))
    layers = inputs.layers(workspace, LAYERS, needed=("customers",))
    return devices_layers(
        workspace, layers, inputs.parameters(workspace), policy=chosen, as_of=as_of, progress=progress
    )


def devices_layers(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    *,
    policy: str,
    as_of: dt.date,
    progress: Progress = silent,
) -> Equipped:
    """Assess from layers that are read already; see `devices`."""
    customers = layers["customers"]
    if customers is None:
        raise DataError(msg("the workspace has no customers"))
    rules = coverage.load_policy(policy, workspace.models)
    towns = layers["towns"]
    progress(msg("comparing devices with the table of {policy}", policy=policy))
    town, findings = coverage.assign_towns(customers, towns)
    placed = customers.assign(town_id=town)
    assessed = coverage.assess(placed, rules, on=as_of)
    zone = coverage.development_zone(town, towns)
    money = coverage.price_devices(assessed, placed, rules, parameters["coverage"], on=as_of, development_zone=zone)
    table = assessed.join(money)
    table.insert(0, "town_id", town.reindex(table.index))
    table["visit_month"] = coverage.plan_visits(assessed, town, placed, on=as_of)
    by_town = coverage.summarise_devices(table, placed, towns, rules, on=as_of)
    visits = coverage.visit_table(table["visit_month"], table["deadline"], town, towns)
    payers = {f"pay_{name}": name for name in ("user", "company", "city", "district", "town")}
    money_of = coverage.spending(table, table["visit_month"], payers, programme="devices")
    against = coverage.against(money_of, appropriations(workspace))
    stamp = {"policy": policy, "as_of": as_of.isoformat()}
    located = gpd.GeoDataFrame(table.assign(**stamp), geometry=placed.geometry.reindex(table.index), crs=placed.crs)
    results.write(workspace, "devices", located, as_of=as_of)
    results.write(workspace, "device_coverage", by_town.assign(**stamp), as_of=as_of)
    for name, frame in (
        ("device_visits", visits),
        ("device_money", money_of),
        ("device_appropriations", against),
    ):
        results.write(workspace, name, frame.assign(**stamp), as_of=as_of)
    return Equipped(policy, table, by_town, visits, money_of, against, tuple(findings))
