"""What conversion and devices cost each payer in each year, against the money appropriated for the year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError

from gridrisk import toml
from gridrisk.errors import ParameterError
from gridrisk.i18n import msg

from . import pace
from .clauses import Payer, Sourced, Strict
from .summary import NO_TOWN

if TYPE_CHECKING:
    import datetime as dt

    from .vocabulary import Target

Programme = Literal["conversion", "devices"]
_PAYERS = ("user", "company", "city", "district", "town", "government")


class Amount(Sourced):
    """Money appropriated for a payer: of all towns together, or of one."""

    programme: Programme
    payer: Payer
    town_id: str | None = None
    yuan: float = Field(strict=True, ge=0)
    spent_yuan: float = Field(default=0.0, strict=True, ge=0)


class Appropriation(Strict):
    """One year's money; a file in the workspace's ``models/appropriations/``."""

    year: int = Field(ge=1990, le=2100)
    document: str = Field(min_length=1)
    amounts: tuple[Amount, ...] = Field(min_length=1)


def parse_appropriation(name: str, content: bytes) -> Appropriation:
    """Read one year's appropriation.

    Raises
    ------
    ParameterError
        Naming every fault of the file at once.
    """
    file = f"appropriations/{name}.toml"
    raw = toml.parse(content, f"models/{file}")
    try:
        return Appropriation.model_validate(raw)
    except ValidationError as error:
        faults = [
            msg("models/{file}: {place}: {what}", file=file, place=fault.place, what=fault.what)
            for fault in toml.faults(error)
        ]
        raise ParameterError(*faults) from error


def due_months(table: pd.DataFrame, kinds: pd.Series, target: Target | None, *, on: dt.date) -> pd.Series:
    """Give every customer that is to be converted a month, so that the deadline holds.

    Within each town they are spread evenly over the months from that of `on` to that of the deadline, the nearest to a
    main first; after the deadline all are due at once. Whom the target does not count has no month.

    Parameters
    ----------
    table
        On customer_id: ``decision``, ``town_id``, ``reach_m``.
    kinds
        Kind of each customer.
    """
    months = pd.Series(pd.NA, index=table.index, dtype="str")
    if target is None:
        return months
    open_ = table["decision"].isin(list(target.decisions)) & ~kinds.reindex(table.index).isin(target.kinds_not)
    if target.kinds:
        open_ &= kinds.reindex(table.index).isin(target.kinds)
    rows = table[open_.to_numpy(bool)]
    order = pd.DataFrame(
        {"town": rows["town_id"].fillna(NO_TOWN), "reach": rows["reach_m"], "id": rows.index}, index=rows.index
    ).sort_values(["reach", "id"], kind="stable")
    order["deadline"] = pd.Timestamp(target.deadline)
    spread = pace.spread_months(order, ["town"], on)
    months.loc[spread.index] = spread
    return months


def spending(table: pd.DataFrame, month: pd.Series, payers: dict[str, str], *, programme: Programme) -> pd.DataFrame:
    """Add up what each payer bears by town and year.

    Parameters
    ----------
    table
        On customer_id: ``town_id`` and the columns of `payers`, yuan, missing where not known.
    month
        Month in which each customer is due; those without one are not counted.
    payers
        Payer by column.

    Returns
    -------
    DataFrame
        ``programme``, ``town_id``, ``year``, ``payer``, ``yuan`` (sum of what is known, missing where nothing is),
        ``customers``, ``unknown`` (customers whose amount is not known).
    """
    due = table[month.notna().to_numpy(bool)]
    keys = [due["town_id"].fillna(NO_TOWN).rename("town_id"), month[due.index].str[:4].astype("int64").rename("year")]
    parts = []
    for column, payer in payers.items():
        amount = due[column].astype("float64")
        cents = pd.Series(np.rint(amount.fillna(0) * 100).astype(np.int64), index=due.index)
        grouped = pd.DataFrame({"fen": cents, "customers": 1, "unknown": amount.isna().astype(int)}).groupby(keys)
        part = grouped.sum().reset_index()
        known = (part["fen"] / 100).where(part["unknown"] < part["customers"])
        parts.append(part.assign(payer=payer, yuan=known))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    frame = frame.assign(programme=programme)[[*_SPENDING]]
    order = frame["payer"].map({name: place for place, name in enumerate(_PAYERS)})
    sorted_ = frame.assign(order=order).sort_values(["town_id", "year", "order"])
    return sorted_.drop(columns="order").reset_index(drop=True)


_SPENDING = ("programme", "town_id", "year", "payer", "yuan", "customers", "unknown")


def against(spent: pd.DataFrame, appropriations: list[Appropriation]) -> pd.DataFrame:
    """Compare what is needed with the money of each year.

    Returns
    -------
    DataFrame
        ``year``, ``programme``, ``payer``, ``town_id`` (missing: all towns), ``appropriated_yuan``, ``spent_yuan``,
        ``needed_yuan`` (known amounts), ``unknown`` (customers whose amount is not known), ``left_yuan`` (negative:
        so much is lacking), ``enough`` (nullable boolean: missing where what is not known may use up the rest),
        ``source``.
    """
    rows = []
    for file in sorted(appropriations, key=lambda one: one.year):
        for amount in file.amounts:
            mine = spent[
                spent["year"].eq(file.year) & spent["payer"].eq(amount.payer) & spent["programme"].eq(amount.programme)
            ]
            if amount.town_id is not None:
                mine = mine[mine["town_id"].eq(amount.town_id)]
            needed, unknown = float(np.round(mine["yuan"].sum(), 2)), int(mine["unknown"].sum())
            left = round(amount.yuan - amount.spent_yuan - needed, 2)
            rows.append(
                {
                    "year": file.year,
                    "programme": amount.programme,
                    "payer": amount.payer,
                    "town_id": amount.town_id,
                    "appropriated_yuan": amount.yuan,
                    "spent_yuan": amount.spent_yuan,
                    "needed_yuan": needed,
                    "unknown": unknown,
                    "left_yuan": left,
                    "enough": False if left < 0 else pd.NA if unknown else True,
                    "source": f"{file.document} {amount.clause}",
                }
            )
    return pd.DataFrame(rows, columns=_AGAINST).astype({"town_id": "str", "source": "str", "enough": "boolean"})


_AGAINST = [
    "year",
    "programme",
    "payer",
    "town_id",
    "appropriated_yuan",
    "spent_yuan",
    "needed_yuan",
    "unknown",
    "left_yuan",
    "enough",
    "source",
]
