"""Findings about customers and policies that a decision about money must not pass over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gridrisk.findings import Finding
from gridrisk.i18n import Message, msg

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd

    from .vocabulary import Policy


def review(customers: gpd.GeoDataFrame, policy: Policy, *, on: dt.date) -> list[Finding]:
    """Return what contradicts itself in the conversion records, and whether the policy is still in force.

    Checks: ``converted_still_bottled``, ``converted_before_opening``, ``converted_in_future``,
    ``verified_before_converted``, ``verified_not_converted``, ``opens_later``, ``bottled_on_a_pipe``,
    ``negative_area``, ``fuel_unknown``, ``policy_not_issued``, ``policy_expired``.
    """
    lit, opened, verified = customers["converted_on"], customers["opened_on"], customers["verified_on"]
    today = pd.Timestamp(on)
    findings = [
        *_each(
            customers[(customers["fuel"].eq("bottle") & (lit <= today)).to_numpy(bool)],
            "converted_still_bottled",
            "fuel",
            msg("has a date of conversion but still bottled gas as fuel; counted as converted, correct the fuel"),
        ),
        *_each(
            customers[(lit < opened).to_numpy(bool)],
            "converted_before_opening",
            "converted_on",
            msg("converted before it opened; correct one of the dates"),
        ),
        *_each(
            customers[(lit > today).to_numpy(bool)],
            "converted_in_future",
            "converted_on",
            msg("its date of conversion has not come yet; counted as not converted"),
            severity_info=True,
        ),
        *_each(
            customers[(verified < lit).to_numpy(bool)],
            "verified_before_converted",
            "verified_on",
            msg("verified before gas was lit; correct one of the dates"),
        ),
        *_each(
            customers[(verified.notna() & lit.isna()).to_numpy(bool)],
            "verified_not_converted",
            "converted_on",
            msg("verified by the town, but no date of conversion is recorded; counted as not converted"),
        ),
        *_each(
            customers[(opened > today).to_numpy(bool)],
            "opens_later",
            "opened_on",
            msg("opens later than the day on which it is judged; correct one of the dates"),
        ),
        *_each(
            customers[(customers["fuel"].eq("bottle") & customers["pipe_id"].notna() & lit.isna()).to_numpy(bool)],
            "bottled_on_a_pipe",
            "fuel",
            msg("has bottled gas as fuel and a pipe that supplies it: two fuels; counted as bottled, correct one"),
        ),
        *_each(
            customers[customers["fuel"].isna().to_numpy(bool) & lit.isna().to_numpy(bool)],
            "fuel_unknown",
            "fuel",
            msg("its fuel is not recorded; it cannot be decided"),
        ),
    ]
    for name in ("area_m2", "kitchen_area_m2", "vent_area_m2"):
        negative = customers[(customers[name] < 0).fillna(value=False).to_numpy(bool)]
        findings += _each(negative, "negative_area", name, msg("a negative area; taken as not recorded, correct it"))
    if policy.document.issued is not None and on < policy.document.issued:
        text = msg(
            "{document} was issued on {day}; whether it holds for days before that is not said",
            document=policy.document.title,
            day=policy.document.issued,
        )
        findings.append(Finding("customers", "policy_not_issued", "info", text))
    if policy.document.expires is not None and on > policy.document.expires:
        text = msg(
            "{document} was in force until {day}; its subsidies are not given after that",
            document=policy.document.title,
            day=policy.document.expires,
        )
        findings.append(Finding("customers", "policy_expired", "warning", text))
    return findings


def _each(
    rows: gpd.GeoDataFrame, check: str, field: str, what: Message, *, severity_info: bool = False
) -> list[Finding]:
    return [
        Finding(
            "customers",
            check,
            "info" if severity_info else "warning",
            msg("customer {id}: {what}", id=name, what=what),
            id=str(name),
            field=field,
        )
        for name in rows.index
    ]
