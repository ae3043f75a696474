"""What one failure does: the chance that gas gathers and ignites, and whom and what it hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gridrisk.features.columns import coded
from gridrisk.risk.bands import Band, at_least, by_flag, by_number, by_state, exact, part, replaced
from gridrisk.risk.likelihood import over_factor, size_factor, trench_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridrisk.params import Parameters

    Floats = NDArray[np.float64]


def consequence(facts: pd.DataFrame, params: Parameters) -> dict[str, Band]:
    """Return the terms of the consequence.

    Parameters
    ----------
    facts
        Table of `gridrisk.risk.facts.gather`.
    params
        ``models/consequence/default.toml``.

    Returns
    -------
    Bands by term name: ignition (chance), gather_built_over, gather_void, gather_shared_trench, gather_basement,
    gather_clearance, gather_setting, pressure, size, gather_cap (factors), people, critical, supply, repair
    (person-equivalents).
    """
    chance = _ignition(facts, params)
    product = np.ones(len(facts))
    for band in chance.values():
        product = product * band.value
    highest = params.number("ignition.highest")
    chance["gather_cap"] = exact(np.where(product > highest, highest / product, 1.0))
    return {**chance, **_harm(facts, params)}


def _ignition(facts: pd.DataFrame, params: Parameters) -> dict[str, Band]:
    share = params.table("unknown.flags")
    one = np.ones(len(facts))

    def flag(column: str, factor: float) -> Band:
        return by_flag(facts[column], factor * one, 1.0, share[column], factor)

    return {
        "ignition": exact(params.number("ignition.base") * one),
        "gather_built_over": over_factor(facts, params.table("gather.built_over"), share["built_over"]),
        "gather_void": _void(facts, params),
        "gather_shared_trench": trench_factor(
            facts, params.table("gather.shared_trench"), params.table("unknown.shared_trench")
        ),
        "gather_basement": flag("basement_near", params.number("gather.basement")),
        "gather_clearance": flag("clearance", params.number("gather.clearance")),
        "gather_setting": by_state(facts["setting"], params.table("gather.setting"), params.table("unknown.setting")),
        "pressure": by_state(facts["pressure_class"], params.table("pressure"), params.table("unknown.pressure_class")),
        "size": size_factor(facts, params.table("size"), params.table("unknown.diameter_mm")),
    }


def _void(facts: pd.DataFrame, params: Parameters) -> Band:
    table = params.table("gather.void")
    along = facts["void_crossings"].fillna(1.0).clip(lower=1.0).to_numpy() * table["crossing_reach_m"]
    covered = part(along, facts["length_m"].to_numpy(), 0.0)
    crossing = np.maximum(1 + (table["crossing"] - 1) * covered, table["near"])
    band = by_state(
        facts["void"],
        {"none": 1.0, "near": table["near"], "crossing": table["crossing"]},
        params.table("unknown.void"),
    )
    crosses = (facts["void"] == "crossing").to_numpy(dtype=bool)
    return replaced(band, crosses, crossing)


def _harm(facts: pd.DataFrame, params: Parameters) -> dict[str, Band]:
    table = params.table("people")
    reach = np.pi * facts["impact_radius_m"].fillna(table["reach_m"]).to_numpy()
    near = exact(reach / (reach + 2 * facts["length_m"].fillna(0.0).to_numpy()))
    people = by_number(facts["people"].to_numpy(), params.table("unknown.people"), lambda count: count)
    each = params.number("supply.customer")
    return {
        "people": near
        * at_least(people, facts["people_least"].to_numpy())
        * exact(np.full(len(facts), table["weight"])),
        "critical": near * _critical(facts, params),
        "supply": by_number(
            facts["customers_lost"].to_numpy(), params.table("unknown.customers_lost"), lambda count: count * each
        ),
        "repair": by_state(facts["setting"], params.table("repair.setting"), params.table("unknown.setting")),
    }


def _critical(facts: pd.DataFrame, params: Parameters) -> Band:
    """Return the weight of the places that matter: each kind once; over the shares where unknown."""
    weight = params.table("critical.each")
    place = facts["critical_place"]
    codes, texts = pd.factorize(facts["critical_kinds"])
    sums = np.array([*(_weight_of(text, weight) for text in texts), 0.0], dtype=float)
    named = sums[codes]
    present = np.where(named > 0, named, weight["critical"])
    states = coded(np.where(place.isna().to_numpy() & (named == 0), -1, 0), ["none"], facts.index)
    band = by_state(states, {**weight, "none": 0.0}, params.table("unknown.critical"))
    there = place.fillna(False).to_numpy(dtype=bool) | (named > 0)
    return replaced(band, there, present)


def _weight_of(kinds: str, weight: dict[str, float]) -> float:
    names = sorted({name.strip() for name in kinds.split(",") if name.strip()})
    return sum(weight.get(name, weight["other"]) for name in names)
