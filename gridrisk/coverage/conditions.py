"""Conditions over customers in three values: true, false, and unknown where a field is not recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridrisk.layers import schema

from .clauses import bilingual

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd

    from gridrisk.i18n import Message

    from .clauses import Conditions
    from .vocabulary import Presumption

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

#: Facts that are no field of the layer `customers`.
_TITLES = {
    "covered": ("inside the coverage of the network", "管网覆盖"),
    "covered_when_opened": ("covered when it opened", "开业时管网覆盖"),
    "meets_gas_standard": ("fit for piped gas", "具备管道燃气安全条件"),
    "development_zone": ("development zone", "开发区"),
    "new_user": ("new user", "新增用户"),
}
_BOOLEANS = (
    "licensed",
    "legal_building",
    "wants_electric",
    "meets_gas_standard",
    "kitchen_outside_opening",
    "needy",
    "old_community",
    "burner_ok",
)
_NUMBERS = ("area_m2", "kitchen_area_m2", "vent_area_m2", "building_height_m")
#: Measured areas carry no more than this; 1.2 m2 of 12 m2 is a tenth although 1.2 / 12 < 0.1 in binary.
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Truth:
    """Three-valued outcome a customer: surely true, surely false, else unknown, with the fields that are missing."""

    true: Mask
    false: Mask
    missing: Mapping[str, Mask]

    @property
    def unknown(self) -> Mask:
        """Where neither true nor false is sure."""
        return ~(self.true | self.false)


def facts(
    customers: gpd.GeoDataFrame,
    *,
    covered: pd.Series | None = None,
    covered_when_opened: pd.Series | None = None,
    development_zone: pd.Series | None = None,
    new_since: dt.date | None = None,
    presumptions: Mapping[str, Presumption] | None = None,
) -> pd.DataFrame:
    """Return what conditions may ask about each customer.

    Parameters
    ----------
    customers
        Layer `customers`.
    covered, covered_when_opened, development_zone
        Nullable booleans on customer_id; what they leave out is unknown.
    new_since
        Day from which on users are new; None where the policy does not tell them apart.
    presumptions
        Fields that are taken as given where not recorded; None asks for what is really recorded.

    Returns
    -------
    DataFrame
        On customer_id. Negative areas are unknown.
    """
    index = customers.index
    table: dict[str, pd.Series] = {
        name: customers[name] if name in customers.columns else pd.Series(index=index, dtype="str")
        for name in ("kind", "premises", "fuel")
    }
    for name in _BOOLEANS:
        table[name] = _boolean(customers[name] if name in customers.columns else None, index)
    for name, series in (
        ("covered", covered),
        ("covered_when_opened", covered_when_opened),
        ("development_zone", development_zone),
    ):
        table[name] = _boolean(series, index)
    for name in _NUMBERS:
        number = customers[name].astype("float64") if name in customers.columns else pd.Series(np.nan, index=index)
        table[name] = number.where(number >= 0)
    opened = customers["opened_on"] if "opened_on" in customers.columns else pd.Series(pd.NaT, index=index)
    table["opened_on"] = opened.astype("datetime64[ms]")
    lit = customers["converted_on"] if "converted_on" in customers.columns else pd.Series(pd.NaT, index=index)
    began = lit.astype("datetime64[ms]").fillna(table["opened_on"])
    new = None if new_since is None else (began >= pd.Timestamp(new_since)).astype("boolean").mask(began.isna())
    table["new_user"] = _boolean(new, index)
    for name, presumption in (presumptions or {}).items():
        key = "needy" if name == "needy_resident" else name
        table[key] = table[key].fillna(presumption.value)
    return pd.DataFrame(table, index=index)


def evaluate(when: Conditions, known: pd.DataFrame) -> Truth:
    """Return whether all conditions of `when` hold, by Kleene's logic: one false settles it, whatever is unknown."""
    true = np.ones(len(known), dtype=bool)
    false = np.zeros(len(known), dtype=bool)
    missing: dict[str, Mask] = {}
    for name, value in when.given():
        one = _one(name, value, known)
        true &= one.true
        false |= one.false
        for field, mask in one.missing.items():
            missing[field] = missing[field] | mask if field in missing else mask
    open_ = ~(true | false)
    return Truth(true, false, {field: mask & open_ for field, mask in missing.items()})


def both(first: Truth, second: Truth) -> Truth:
    """Return the conjunction of two outcomes."""
    true, false = first.true & second.true, first.false | second.false
    return Truth(true, false, _joined(first, second, ~(true | false)))


def negate(truth: Truth) -> Truth:
    """Return the opposite; unknown stays unknown."""
    return Truth(truth.false, truth.true, truth.missing)


def field_message(fields: tuple[str, ...]) -> Message:
    """Return the titles of fields as one message."""
    known = schema.load("customers").fields
    titles = [
        _TITLES[name]
        if name in _TITLES
        else (known[name].title.en, known[name].title.zh)
        if name in known
        else (name,) * 2
        for name in fields
    ]
    return bilingual(", ".join(title[0] for title in titles), "、".join(title[1] for title in titles))


def _joined(first: Truth, second: Truth, open_: Mask) -> dict[str, Mask]:
    nowhere = np.zeros(len(open_), dtype=bool)
    return {
        field: (first.missing.get(field, nowhere) | second.missing.get(field, nowhere)) & open_
        for field in {**first.missing, **second.missing}
    }


def _boolean(series: pd.Series | None, index: pd.Index) -> pd.Series:
    if series is None:
        return pd.Series(pd.NA, index=index, dtype="boolean")
    return series.reindex(index).astype("boolean")


def _one(name: str, value: Any, known: pd.DataFrame) -> Truth:  # noqa: PLR0911 - one return a condition
    match name:
        case "kind" | "premises" | "fuel":
            return _among(known[name], value)
        case "kind_not" | "premises_not":
            return negate(_among(known[name.removesuffix("_not")], value))
        case "needy_resident":
            needy = both(_among(known["kind"], ("resident",)), _is(known["needy"], wanted=True))
            return needy if value else negate(needy)
        case "max_area_m2":
            return _compared(known, ("area_m2",), known["area_m2"] <= value)
        case "over_area_m2":
            return _compared(known, ("area_m2",), known["area_m2"] > value)
        case "over_building_height_m":
            return _compared(known, ("building_height_m",), known["building_height_m"] > value)
        case "min_vent_ratio":
            surplus = (known["vent_area_m2"] - value * known["kitchen_area_m2"]).round(_DECIMALS)
            return _compared(known, ("vent_area_m2", "kitchen_area_m2"), surplus >= 0)
        case "opened_after":
            return _opened_after(known["opened_on"], value)
        case _:
            return _is(known[name], wanted=value)


def _among(series: pd.Series, words: tuple[str, ...]) -> Truth:
    hit, gone = series.isin(words).to_numpy(bool), series.isna().to_numpy(bool)
    return Truth(hit & ~gone, ~hit & ~gone, {str(series.name): gone})


def _is(series: pd.Series, *, wanted: bool) -> Truth:
    gone = series.isna().to_numpy(bool)
    yes = series.fillna(value=False).to_numpy(bool)
    hit = yes if wanted else ~yes
    return Truth(hit & ~gone, ~hit & ~gone, {str(series.name): gone})


def _compared(known: pd.DataFrame, fields: tuple[str, ...], hit: pd.Series) -> Truth:
    gaps = {field: known[field].isna().to_numpy(bool) for field in fields}
    gone = np.logical_or.reduce(list(gaps.values()))
    met = hit.to_numpy(bool)
    return Truth(met & ~gone, ~met & ~gone, gaps)


def _opened_after(opened: pd.Series, day: dt.date) -> Truth:
    gone = opened.isna().to_numpy(bool)
    later = (opened > pd.Timestamp(day)).to_numpy(bool)
    return Truth(later & ~gone, ~later & ~gone, {"opened_on": gone})
