"""Bottle-to-pipe: decision, reach, money, coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd

from gridrisk import coverage
from gridrisk.errors import DataError, UsageError
from gridrisk.i18n import msg
from gridrisk.pipeline import inputs, results
from gridrisk.pipeline.progress import silent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from gridrisk.findings import Finding
    from gridrisk.params import Parameters
    from gridrisk.pipeline.progress import Progress
    from gridrisk.store import Workspace

#: Layers that the decision needs.
LAYERS = ("customers", "pipes", "roads", "towns")


@dataclass(frozen=True, slots=True)
class Converted:
    """Every bottled-gas customer decided, the coverage by town, and what contradicts itself.

    Attributes
    ----------
    conversion
        On customer_id, with the place of each.
    coverage, kinds, timeline
        By town, by kind of place, by town and month.
    money, appropriations
        What each payer bears by town and year, and what of it is appropriated (see `coverage.against`).
    """

    policy: str
    conversion: pd.DataFrame
    coverage: pd.DataFrame
    kinds: pd.DataFrame
    timeline: pd.DataFrame
    money: pd.DataFrame
    appropriations: pd.DataFrame
    findings: tuple[Finding, ...]


def convert(workspace: Workspace, *, policy: str | None, as_of: dt.date, progress: Progress = silent) -> Converted:
    """Decide by the policy named, else by that of the workspace, and write ``conversion`` and ``coverage``."""
    chosen = chosen_policy(workspace, policy)
    layers = read_layers(workspace, progress)
    return convert_layers(
        workspace, layers, inputs.parameters(workspace), policy=chosen, as_of=as_of, progress=progress
    )


def read_layers(workspace: Workspace, progress: Progress = silent) -> dict[str, gpd.GeoDataFrame | None]:
    """Read what the decision needs.

    Raises
    ------
    DataError
        Where there are no customers.
    """
    progress(msg("reading layers"))
    return inputs.layers(workspace, LAYERS, needed=("customers",))


def chosen_policy(workspace: Workspace, policy: str | None) -> str:
    """Return the policy named, else that of the workspace.

    Raises
    ------
    UsageError
        Where neither names one.
    """
    chosen = policy or workspace.policy
    if chosen is None:
        raise UsageError(
            msg(
                "the workspace names no policy; give one with --policy, such as {known}",
                known=", ".join(coverage.policy_names(workspace.models)),
            )
        )
    return chosen


def convert_layers(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    *,
    policy: str,
    as_of: dt.date,
    progress: Progress = silent,
) -> Converted:
    """Decide from layers that are read already; see `convert`."""
    ready = prepare(workspace, layers, parameters, policy=policy, progress=progress)
    done = judge(workspace, ready, parameters, as_of=as_of, progress=progress)
    tables = {
        "conversion": done.conversion,
        "coverage": done.coverage,
        "coverage_kinds": done.kinds,
        "coverage_timeline": done.timeline,
        "conversion_money": done.money,
        "conversion_appropriations": done.appropriations,
    }
    for name, table in tables.items():
        stamped = table.assign(policy=policy, as_of=as_of.isoformat())
        results.write(workspace, name, stamped, as_of=as_of)
    return done


@dataclass(frozen=True, slots=True)
class Ready:
    """Customers in their towns and their way to the mains, which no date changes."""

    policy: coverage.Policy
    customers: gpd.GeoDataFrame
    towns: gpd.GeoDataFrame | None
    reach: pd.DataFrame
    findings: tuple[Finding, ...]


def prepare(
    workspace: Workspace,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    *,
    policy: str,
    progress: Progress = silent,
) -> Ready:
    """Put customers in their towns and measure their way."""
    customers = layers["customers"]
    if customers is None:
        raise DataError(msg("the workspace has no customers"))
    rules = coverage.load_policy(policy, workspace.models)
    towns = layers["towns"]
    town, findings = coverage.assign_towns(customers, towns)
    placed = customers.assign(town_id=town)
    reach = _reach(placed, layers, parameters, rules, progress)
    return Ready(rules, placed, towns, reach, tuple(findings))


def judge(
    workspace: Workspace,
    ready: Ready,
    parameters: Mapping[str, Parameters],
    *,
    as_of: dt.date,
    progress: Progress = silent,
) -> Converted:
    """Decide, price and count on a day; nothing is written."""
    rules, placed, towns = ready.policy, ready.customers, ready.towns
    table, decisions = _decided(placed, ready.reach, towns, rules, parameters["coverage"], as_of, progress)
    target = rules.target("conversion")
    table["due_month"] = coverage.due_months(table, placed["kind"], target, on=as_of)
    money = coverage.spending(table, table["due_month"], PAYERS, programme="conversion")
    table = coverage.rendered(table, workspace.lang)
    return Converted(
        rules.id,
        _with_place(table, placed),
        coverage.summarise(decisions, placed, towns, rules, on=as_of),
        coverage.summarise_kinds(decisions, placed, rules, on=as_of),
        coverage.timeline(decisions, placed, towns, rules, on=as_of),
        money,
        coverage.against(money, appropriations(workspace)),
        (*ready.findings, *coverage.review(placed, rules, on=as_of)),
    )


#: Payer by column of the money of conversion.
PAYERS = {
    "pay_user": "user",
    "pay_company": "company",
    "government_city": "city",
    "government_district": "district",
    "government_town": "town",
}


def appropriations(workspace: Workspace) -> list[coverage.Appropriation]:
    """Return the money appropriated by year, from the workspace's ``models/appropriations/``."""
    files = sorted((workspace.models / "appropriations").glob("*.toml"))
    return [coverage.parse_appropriation(file.stem, file.read_bytes()) for file in files]


@dataclass(frozen=True, slots=True)
class Extended:
    """Short extensions of the mains, as projects, and how near the best there is they are."""

    policy: str
    plan: coverage.Extensions
    findings: tuple[Finding, ...]


def extend(workspace: Workspace, *, policy: str | None, as_of: dt.date, progress: Progress = silent) -> Extended:
    """Plan extensions to the customers that would be piped if they were covered, and write ``extensions``."""
    chosen = chosen_policy(workspace, policy)
    progress(msg("reading layers"))
    layers = inputs.layers(workspace, LAYERS, needed=("customers", "pipes", "roads"))
    customers, pipes, roads = (layers[name] for name in ("customers", "pipes", "roads"))
    if customers is None or pipes is None or roads is None:
        raise DataError(msg("extensions need customers, pipes and roads"))
    parameters, rules = inputs.parameters(workspace), coverage.load_policy(chosen, workspace.models)
    town, findings = coverage.assign_towns(customers, layers["towns"])
    placed = customers.assign(town_id=town)
    covered = _reach(placed, layers, parameters, rules, progress)["covered"]
    if_covered = coverage.decide(placed, covered.mask(covered.notna(), other=True), rules, on=as_of)
    wanted = if_covered.index[if_covered["decision"].eq("pipe") & covered.eq(False).fillna(value=False)]
    progress(msg("planning extensions to {count} customers", count=len(wanted)))
    plan = coverage.plan_extensions(placed.loc[wanted], pipes, roads, parameters["coverage"], town=town)
    results.write(workspace, "extensions", plan.projects.assign(policy=chosen, as_of=as_of.isoformat()), as_of=as_of)
    return Extended(chosen, plan, tuple(findings))


def depots(
    workspace: Workspace, *, policy: str | None, as_of: dt.date, progress: Progress = silent
) -> tuple[pd.DataFrame, int]:
    """Plan depots for the customers that stay on bottled gas, by the decisions, and write ``depots``.

    Return the plan, and how many customers it leaves outside every service radius.
    """
    chosen = chosen_policy(workspace, policy)
    sites = inputs.required(workspace, "depots")
    customers = inputs.required(workspace, "customers")
    decided = results.required(workspace, "conversion", "customer_id")["decision"]
    going = decided.index[decided.isin(["pipe", "electric", "done"])]
    progress(msg("planning depots"))
    stay = customers[customers["fuel"].eq("bottle").to_numpy(bool) & ~customers.index.isin(going)]
    guide = inputs.parameters(workspace)["coverage"]
    plan = coverage.plan_depots(stay, sites, guide)
    results.write(workspace, "depots", plan.assign(policy=chosen, as_of=as_of.isoformat()), as_of=as_of)
    return plan, coverage.outside(stay, plan, guide)


def compare(
    workspace: Workspace, first: str, second: str, *, as_of: dt.date, progress: Progress = silent
) -> pd.DataFrame:
    """Decide and price the customers of a workspace under two policies, and count them; nothing is written."""
    layers = read_layers(workspace, progress)
    customers, parameters = layers["customers"], inputs.parameters(workspace)
    if customers is None:
        raise DataError(msg("the workspace has no customers"))
    town, _ = coverage.assign_towns(customers, layers["towns"])
    placed = customers.assign(town_id=town)
    tables = []
    for name in (first, second):
        rules = coverage.load_policy(name, workspace.models)
        reach = _reach(placed, layers, parameters, rules, progress)
        tables.append(_decided(placed, reach, layers["towns"], rules, parameters["coverage"], as_of, progress)[0])
    return coverage.compare_customers(*tables)


def _reach(
    customers: gpd.GeoDataFrame,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    parameters: Mapping[str, Parameters],
    rules: coverage.Policy,
    progress: Progress,
) -> pd.DataFrame:
    candidates = customers[coverage.in_programme(customers)]
    progress(msg("measuring the way to {count} customers", count=len(candidates)))
    guide, demand = parameters["coverage"], parameters["demand"]
    pipes, roads = layers["pipes"], layers["roads"]
    reach = coverage.reach(candidates, pipes, roads, guide, connected=customers, demand=demand)
    if rules.opened_after is not None:
        reach["covered_when_opened"] = coverage.covered_when_opened(
            candidates, pipes, roads, guide, after=rules.opened_after, demand=demand
        )
    return reach


def _decided(
    customers: gpd.GeoDataFrame,
    reach: pd.DataFrame,
    towns: gpd.GeoDataFrame | None,
    rules: coverage.Policy,
    guide: Parameters,
    as_of: dt.date,
    progress: Progress,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return decisions joined with town, reach and money, and the decisions by themselves."""
    progress(msg("deciding by {policy}", policy=rules.id))
    town = customers["town_id"]
    decisions = coverage.decide(customers, reach["covered"], rules, on=as_of)
    money = coverage.price(
        decisions, customers, reach, rules, guide, on=as_of, development_zone=coverage.development_zone(town, towns)
    )
    return decisions.join(town.rename("town_id")).join(reach).join(money), decisions


def _with_place(table: pd.DataFrame, customers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=customers.geometry.reindex(table.index), crs=customers.crs)
